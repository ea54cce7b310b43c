// The shares of a draw's seed: committed, revealed, closed, and seen by witnesses before the randomness exists.
//
// Mirrors src/ledger/office/shares.py. Specification: docs/spec/draw.md, sections 1 and 3.

import { compareText, formatTime } from '../proof/encoding.js';
import { deriveCommitment, deriveDiceShare, WITNESS_LEAD_SECONDS } from '../proof/randomness.js';
import { DRAW } from './draws.js';
import { SERVICE } from './policy.js';
import { checkSame, refuseUnless, rule } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./draws.js').Draw} Draw
 */

/** @param {string} party */
const isDice = (party) => party.startsWith('dice:');

/** @param {Record} record @param {Draw} draw @param {Event} event */
function checkTakingShares(record, draw, event) {
  refuseUnless(draw.frozen, event, 'the slot is not frozen yet');
  refuseUnless(draw.closed === undefined, event, 'the shares are closed');
  refuseUnless(draw.voided === undefined, event, 'the slot is voided');
  const isAhead = Math.max(event.at, record.attestedNow()) < draw.drawAt;
  refuseUnless(isAhead, event, 'T has passed: the randomness may be known, and no share counts any more');
}

/** Return the organiser and the supervisor as far as they have not committed yet. @param {Draw} draw */
function findAwaited(draw) {
  const office = /** @type {{ organiser: string, supervisor: string }} */ (draw.policy.offices.get(draw.office));
  return [office.organiser, office.supervisor].filter((unit) => !draw.commitments.has(unit)).sort();
}

rule('seed.committed/1', DRAW, { check: 'shares' }, (record, event, body) => {
  const draw = record.draws.find(event);
  checkTakingShares(record, draw, event);
  refuseUnless(!draw.commitments.has(event.unit), event, `${event.unit} has committed already`);
  refuseUnless([...draw.shares.keys()].every(isDice), event, 'a share has been revealed: no more commitments');
  refuseUnless(!record.draws.commitments.has(body.commitment), event, 'this commitment stood in the log before');
  refuseUnless((body.encrypted !== undefined) === draw.isSealed, event, 'a share is encrypted in sealed mode, only');
  /** @type {{ to: string, ciphertext: string }[]} */
  const encrypted = body.encrypted ?? [];
  if (draw.isSealed)
    checkRecipients(
      record,
      draw,
      event,
      encrypted.map(({ to }) => to),
    );
  return () => {
    draw.commitments.set(event.unit, body.commitment);
    record.draws.commitments.add(body.commitment);
    if (draw.isSealed) draw.encrypted.set(event.unit, new Map(encrypted.map(({ to, ciphertext }) => [to, ciphertext])));
  };
});

/**
 * Check that a share is encrypted to the service and to two units more, none of them the one that committed; the
 * supervisor is one of them, unless it is its own share.
 * @param {Record} record
 * @param {Draw} draw
 * @param {Event} event
 * @param {string[]} units
 */
function checkRecipients(record, draw, event, units) {
  const supervisor = draw.policy.offices.get(draw.office)?.supervisor ?? '';
  const isOrdered = units.every((unit, i) => i === 0 || compareText(units[i - 1], unit) < 0);
  refuseUnless(isOrdered, event, 'the units that it is encrypted to stand in byte order, each once');
  refuseUnless(units.includes(SERVICE), event, `it is not encrypted to ${SERVICE}`);
  refuseUnless(!units.includes(event.unit), event, `it is encrypted to ${event.unit} itself`);
  refuseUnless([...units, event.unit].includes(supervisor), event, `it is not encrypted to ${supervisor}`);
  for (const unit of units) {
    const isKnown = record.policyAt(event.at).units.has(unit) && record.encryption.has(unit);
    refuseUnless(isKnown, event, `${unit} has no encryption key`);
  }
}

/** @type {import('./rule.js').Terms} */
const checkingTerms = {
  check: 'shares',
  slots: (record, event, body) => [new Set(record.draws.find(event).encrypted.get(body.share_of)?.keys())],
};

rule('share.checked/1', DRAW, checkingTerms, (record, event, body) => {
  const draw = record.draws.find(event);
  checkTakingShares(record, draw, event);
  const before = draw.checked.get(body.share_of) ?? new Set();
  refuseUnless(!before.has(event.unit), event, `${event.unit} has checked it already`);
  return () => draw.checked.set(body.share_of, new Set([...before, event.unit]));
});

rule('dice.rolled/1', DRAW, { check: 'shares' }, (record, event, body) => {
  const draw = record.draws.find(event);
  checkTakingShares(record, draw, event);
  const party = `dice:${event.unit}`;
  refuseUnless(!draw.shares.has(party), event, `${event.unit} has rolled already`);
  const share = deriveDiceShare(body.digits);
  return () => draw.shares.set(party, share);
});

rule('seed.revealed/1', DRAW, { check: 'shares' }, (record, event, body) => {
  const draw = record.draws.find(event);
  refuseUnless(!draw.isSealed, event, 'the shares of a sealed draw are revealed all at once, after the visits');
  checkTakingShares(record, draw, event);
  const awaited = findAwaited(draw);
  refuseUnless(!awaited.length, event, `${awaited.join(' and ')} must commit before any share is revealed`);
  refuseUnless(draw.commitments.has(event.unit), event, `${event.unit} has not committed`);
  refuseUnless(!draw.shares.has(event.unit), event, `${event.unit} has revealed already`);
  checkSame(`commitment of ${event.unit}`, deriveCommitment(body.share), draw.commitments.get(event.unit));
  return () => draw.shares.set(event.unit, body.share);
});

rule('seeds.closed/1', DRAW, { check: 'shares' }, (record, event, body) => {
  const draw = record.draws.find(event);
  checkTakingShares(record, draw, event);
  const awaited = findAwaited(draw);
  refuseUnless(!awaited.length, event, `${awaited.join(' and ')} must commit before the shares are closed`);
  // A sealed share counts once all whom it is encrypted to have checked it.
  const checked = [...draw.encrypted.keys()].filter((unit) => !draw.findUnchecked(unit).length);
  const shares = [...new Set([...draw.shares.keys(), ...checked])].sort(compareText);
  const missing = [...draw.commitments.keys()].filter((unit) => !shares.includes(unit)).sort(compareText);
  checkSame('shares and missing', body, { shares, missing });
  const index = record.size;
  // Dice are public: in sealed mode they add to the seed, and hide nothing.
  const giving = shares.filter((party) => !(draw.isSealed && draw.shares.has(party)));
  return () => {
    draw.closed = index;
    draw.counted = shares;
    draw.missing = missing;
    if (new Set(giving.map((party) => party.replace(/^dice:/, ''))).size < 2) draw.voided = 'too-few-shares';
  };
});

rule('seeds.witnessed/1', DRAW, { check: 'witness' }, (record, event, body) => {
  const draw = record.draws.find(event);
  refuseUnless(draw.closed !== undefined, event, 'the shares are not closed');
  refuseUnless(draw.witnessedAt === undefined, event, 'it is witnessed already');
  const seen = record.checkedCheckpoint(body.checkpoint, draw.policy);
  const seconds = checkWitnessed(event, draw.policy, seen, draw.closed, draw.drawAt);
  return () => {
    draw.witnessedAt = seconds;
    draw.witnessedBy = body.checkpoint;
    record.attest(seen.size, seconds);
  };
});

/**
 * Check that a cosigned checkpoint covers an index, in time for the randomness of T; return the time attested.
 * @param {Event} event @param {import('./policy.js').Policy} policy @param {{ size: number, seconds?: number }} seen
 * @param {number} index @param {number} drawAt
 */
export function checkWitnessed(event, policy, { size, seconds }, index, drawAt) {
  refuseUnless(policy.quorum > 0, event, 'the policy names no witnesses');
  refuseUnless(size > index, event, `the checkpoint of size ${size} does not cover entry ${index}`);
  refuseUnless(seconds !== undefined, event, `cosigned by fewer than ${policy.quorum} of the witnesses`);
  const isInTime = seconds < drawAt - WITNESS_LEAD_SECONDS;
  refuseUnless(
    isInTime,
    event,
    `cosigned by ${formatTime(seconds)}, expected ${WITNESS_LEAD_SECONDS} s before T, ${formatTime(drawAt)}`,
  );
  return seconds;
}

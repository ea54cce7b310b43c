// The shares of a draw's seed: committed, revealed, closed, and seen by witnesses before the randomness exists.
//
// Mirrors src/ledger/office/shares.py. Specification: docs/spec/draw.md, sections 1 and 3.

import { compareText, formatTime } from '../proof/encoding.js';
import { deriveCommitment, deriveDiceShare, WITNESS_LEAD_SECONDS } from '../proof/randomness.js';
import { DRAW } from './draws.js';
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
  return () => {
    draw.commitments.set(event.unit, body.commitment);
    record.draws.commitments.add(body.commitment);
  };
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
  const shares = [...draw.shares.keys()].sort(compareText);
  const missing = [...draw.commitments.keys()].filter((unit) => !draw.shares.has(unit)).sort(compareText);
  checkSame('shares and missing', body, { shares, missing });
  const index = record.size;
  return () => {
    draw.closed = index;
    draw.missing = missing;
    if (new Set(shares.map((party) => party.replace(/^dice:/, ''))).size < 2) draw.voided = 'too-few-shares';
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

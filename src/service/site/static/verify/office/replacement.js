// An officer leaves a case, and chance says who follows (T19). Mirrors src/ledger/office/replacement.py.

import { chooseReplacement, deriveReplacementSeed } from '../proof/draw.js';
import { DAY_SECONDS, parseTime } from '../proof/encoding.js';
import { LedgerError } from '../proof/errors.js';
import { WITNESS_LEAD_SECONDS } from '../proof/randomness.js';
import { byParties, CASE } from './cases.js';
import { checkUnknown, deriveSource } from './draws.js';
import { bringers, checkResult, parseResult } from './results.js';
import { checkSame, refuseUnless, rule } from './rule.js';
import { SealedCase } from './sealed.js';
import { checkWitnessed } from './shares.js';

/**
 * @typedef {import('./cases.js').Case} Case
 * @typedef {import('./cases.js').Recusal} Recusal
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 */

rule('officer.recused/1', CASE, { check: 'replacement', ...byParties }, (record, event, body) => {
  const found = record.cases.findAny(event);
  const { policy } = found.draw;
  const drawAt = parseTime(body.draw_at);
  const { replacement_lead_seconds: lead, draw_within_days: within } = policy.periods;
  const isToCome = !found.visit || found.ordered;
  refuseUnless(isToCome, event, 'the visit is recorded already, and nothing is to be looked at again');
  refuseUnless(found.has(body.officer), event, `${body.officer} is not on the case`);
  refuseUnless(drawAt >= event.at + lead, event, `T′ ${body.draw_at} is less than ${lead} s ahead`);
  const latest = event.at + within * DAY_SECONDS;
  refuseUnless(drawAt <= latest, event, `T′ ${body.draw_at} is more than ${within} days ahead`);
  const source = deriveSource(policy.replacement, drawAt, body.issue);
  refuseUnless(
    (source.kind === 'lottery') === (body.issue !== undefined),
    event,
    "a lottery's issue, and only that, is named",
  );
  checkUnknown(record, event, source);
  /** @type {Recusal} */
  const recusal = { officer: body.officer, index: record.size, entry: event.entry, drawAt, source, renewals: 0 };
  const lapsed = new Set(
    found
      .openRecusals()
      .filter((one) => one.officer === body.officer && isPast(record, event, one))
      .map(({ index }) => index),
  );
  const decided = found.decide(record.size, event, (one) => recuse(one, event, recusal, lapsed));
  return () => {
    if (found instanceof SealedCase) found.recusals.push(recusal);
    decided();
  };
});

/**
 * An officer who is on the case leaves it; one who is recused already only if that has lapsed. Who follows then comes
 * from the fallback roster, so that letting one lapse does not draw again among friends. As often as one lapses, for
 * nothing else can end it, and until it ends nobody can visit; but once where no witnesses are asked for: there a recusal
 * that lapsed can be replaced all the same.
 * @param {Case} found
 * @param {Event} event
 * @param {Recusal} recusal
 * @param {Set<number>} lapsed
 */
function recuse(found, event, recusal, lapsed) {
  const { officer } = recusal;
  refuseUnless(found.has(officer), event, `${officer} is not on the case`);
  const before = found.recusals.get(officer);
  const isFinal = found.draw.policy.quorum === 0;
  const isFree = !before || (lapsed.has(before.index) && !(before.renewals && isFinal));
  refuseUnless(isFree, event, `${officer} is recused already`);
  return () => void found.recusals.set(officer, { ...recusal, renewals: before ? before.renewals + 1 : 0 });
}

/**
 * Tell whether a recusal's time has come without a quorum that saw it before.
 * @param {Record} record
 * @param {Event} event
 * @param {Recusal} recusal
 */
const isPast = (record, event, recusal) =>
  Math.max(event.at, record.attestedNow()) >= recusal.drawAt && recusal.witnessedAt === undefined;

rule('recusal.witnessed/1', CASE, { check: 'replacement' }, (record, event, body) => {
  const found = record.cases.findAny(event);
  const waiting = found.openRecusals().filter((one) => one.witnessedAt === undefined);
  refuseUnless(waiting.length, event, 'no recusal waits for its witnesses');
  const { policy } = found.draw;
  const seen = record.checkedCheckpoint(body.checkpoint, policy);
  const covered = waiting.filter((recusal) => recusal.index < seen.size);
  refuseUnless(covered.length, event, `the checkpoint of size ${seen.size} covers no recusal that waits`);
  // One that comes too late for its own randomness must not hold up the others.
  const last = covered.reduce((latest, one) => (one.drawAt > latest.drawAt ? one : latest));
  const seconds = checkWitnessed(event, policy, seen, last.index, last.drawAt);
  return () => {
    for (const recusal of covered) {
      if (seconds < recusal.drawAt - WITNESS_LEAD_SECONDS) {
        recusal.witnessedAt = seconds;
        recusal.witnessedBy = body.checkpoint;
      }
    }
    record.attest(seen.size, seconds);
  };
});

/**
 * Return who follows a recused officer.
 * @param {Case} found
 * @param {Recusal} recusal
 * @param {import('../proof/randomness.js').Result} result
 */
function deriveReplacement(found, recusal, result) {
  const { ground } = found.draw;
  const { ticket, code, street } = found.sheet;
  const home = ground.officers.find((leaf) => leaf.officer.id === recusal.officer)?.roster ?? '';
  const isSecond = found.replaced.has(found.officers.indexOf(recusal.officer)) || recusal.renewals > 0;
  const taken = new Set([...found.officers, ...found.former]);
  return chooseReplacement(
    deriveReplacementSeed(recusal.entry, result),
    { ticket, code, street: street ?? '' },
    home,
    taken,
    isSecond,
    ground.rosters,
  );
}

rule(
  'officer.replaced/1',
  CASE,
  { check: 'replacement', slots: (record, event, body) => bringers(record, event.at, [body.result]) },
  (record, event, body) => {
    const found = record.cases.findAny(event);
    // Of a sealed case only who holds the shares can derive who follows: nobody else could tell it from a false one.
    const isKnown = !(found instanceof SealedCase) || found.draw.isHeldBy(event.unit);
    refuseUnless(isKnown, event, `${event.unit} does not hold the shares`);
    const { policy } = found.draw;
    const recusals = found.openRecusals().filter(({ officer }) => officer === body.recused);
    refuseUnless(recusals.length, event, `${body.recused} is not recused`);
    const result = parseResult(body.result, policy.replacement);
    const served = findServed(event, policy, recusals, result);
    const index = record.size;
    return found.decide(index, event, (one) => replace(one, event, body, result, served, index));
  },
);

/**
 * Return the indexes of those recusals that are witnessed, and whose randomness this is. Throws if it is none's.
 * @param {Event} event
 * @param {import('./policy.js').Policy} policy
 * @param {Recusal[]} recusals
 * @param {import('../proof/randomness.js').Result} result
 */
function findServed(event, policy, recusals, result) {
  const served = new Set();
  const refused = [];
  for (const recusal of recusals) {
    try {
      const isSeen = policy.quorum === 0 || recusal.witnessedAt !== undefined;
      refuseUnless(isSeen, event, 'the recusal is not witnessed');
      checkResult(event, result, recusal.source, recusal.drawAt);
      served.add(recusal.index);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      refused.push(error);
    }
  }
  if (!served.size) throw refused[0];
  return served;
}

/**
 * @param {Case} found
 * @param {Event} event
 * @param {{ recused: string, officer: string }} body
 * @param {import('../proof/randomness.js').Result} result
 * @param {Set<number>} served
 * @param {number} index
 */
function replace(found, event, { recused, officer }, result, served, index) {
  const recusal = found.recusals.get(recused);
  refuseUnless(recusal && found.has(recused), event, `${recused} is not recused`);
  const earlier = found.openRecusals().filter((one) => one.index < recusal.index);
  // Replacing in another order, once the randomness is known, would change who follows.
  const names = earlier.map((one) => one.officer).join(' and ');
  refuseUnless(!earlier.length, event, `${names} was recused before and is replaced first`);
  refuseUnless(served.has(recusal.index), event, 'the randomness is of another recusal');
  checkSame('officer', officer, deriveReplacement(found, recusal, result));
  const seat = found.officers.indexOf(recused);
  return () => {
    found.officers[seat] = officer;
    found.staffed = index;
    found.former.push(recused);
    found.replaced.set(seat, (found.replaced.get(seat) ?? 0) + 1);
  };
}

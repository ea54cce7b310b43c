// The last stations of a draw: the randomness, what it selects, the supervisor's own word on it; and the void.
//
// Mirrors src/ledger/office/results.py. Specification: docs/spec/draw.md, sections 1 and 2.

import { Malformed, Mismatch, Refused } from '../proof/errors.js';
import { checkLottery, checkRound, isChain, isRound } from '../proof/randomness.js';
import { DRAW } from './draws.js';
import { deriveOutcome } from './outcome.js';
import { sourceName } from './policy.js';
import { checkSame, isEqual, refuseUnless, rule } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./draws.js').Draw} Draw
 * @typedef {import('../proof/randomness.js').Result} Result
 */

/**
 * Return a recorded result as one of the source expected. Throws Mismatch, Malformed.
 * @param {any} body
 * @param {import('./policy.js').Source} source
 * @returns {Result}
 */
export function parseResult(body, source) {
  checkSame('source of randomness', [body.kind, body.name], [source.kind, sourceName(source)]);
  const hasRound = body.round !== undefined && body.signature !== undefined;
  const hasDigits = body.issue !== undefined && body.digits !== undefined;
  if (isChain(source)) {
    if (!hasRound || body.issue !== undefined || body.digits !== undefined)
      throw new Malformed('a drand result has round and signature, and nothing else');
    return { chain: source, number: body.round, signature: body.signature };
  }
  if (!hasDigits || body.round !== undefined || body.signature !== undefined)
    throw new Malformed('a lottery result has issue and digits, and nothing else');
  return { lottery: source, issue: body.issue, digits: body.digits };
}

/**
 * Check one result: the round that follows from T and its signature; or a lottery's issue, form and two hands.
 * @param {Event} event
 * @param {Result} result
 * @param {import('./draws.js').FrozenSource} expected
 * @param {number} drawAt
 */
export function checkResult(event, result, expected, drawAt) {
  if (isRound(result)) {
    checkRound(result, expected.round ?? 0);
    return;
  }
  checkLottery(result, expected.issue ?? '');
  refuseUnless(event.at >= drawAt, event, 'the lottery is not drawn yet');
  refuseUnless(
    event.signatures.length === 2,
    event,
    "a lottery's result is entered by one unit, countersigned by another",
  );
}

/**
 * Any unit may bring the randomness; a lottery's result is brought by two.
 * @param {Record} record
 * @param {number} at
 * @param {{ kind: string }[]} results
 */
export function bringers(record, at, results) {
  const units = new Set(record.policyAt(at).units.keys());
  return results.some(({ kind }) => kind === 'lottery') ? [units, units] : [units];
}

rule(
  'randomness.recorded/1',
  DRAW,
  { check: 'randomness', slots: (record, event, body) => bringers(record, event.at, body.results) },
  (record, event, body) => {
    const draw = record.draws.find(event);
    refuseUnless(draw.closed !== undefined, event, 'the shares are not closed');
    refuseUnless(!draw.results, event, 'the randomness is recorded already');
    refuseUnless(draw.voided !== 'too-few-shares', event, `the draw has no outcome: ${draw.voided}`);
    const isUnwitnessed = draw.policy.quorum > 0 && draw.witnessedAt === undefined;
    refuseUnless(!isUnwitnessed || draw.voided, event, 'the draw failed: no quorum cosigned in time');
    const sources = draw.frozen?.sources ?? [];
    refuseUnless(body.results.length === sources.length, event, 'not all sources, or more than them');
    const results = sources.map((expected, i) => {
      const result = parseResult(body.results[i], draw.policy.final[i]);
      checkResult(event, result, expected, draw.drawAt);
      return result;
    });
    return () => {
      draw.results = results;
    };
  },
);

/**
 * Return the outcome of a draw whose randomness is recorded, and its shares known. Throws Refused before.
 * @param {Draw} draw
 */
export function deriveDrawOutcome(draw) {
  if (draw.isHidden) throw new Refused(`draw/${draw.slot}: the outcome is sealed until its shares are revealed`);
  draw.outcome ??= deriveOutcomeOf(draw, draw.shares);
  return draw.outcome;
}

/**
 * Return the outcome of a draw with shares that need not be public yet. Throws Refused before the randomness is recorded.
 * @param {Draw} draw
 * @param {Map<string, string>} shares party -> share, all that count
 */
export function deriveOutcomeOf(draw, shares) {
  if (!draw.results) throw new Refused(`draw/${draw.slot}: the randomness is not recorded yet`);
  return deriveOutcome(draw, shares);
}

rule('draw.executed/1', DRAW, { check: 'outcome' }, (record, event, body) => {
  const draw = record.draws.find(event);
  if (draw.isSealed) return executeSealed(record, draw, event, body);
  refuseUnless(!draw.executed, event, 'it is executed already');
  const { seed, strata, caps, ref } = deriveDrawOutcome(draw);
  checkPart('seed', body.seed, seed);
  checkPart('selection', body.strata, strata);
  checkPart('officers', body.caps, caps);
  checkPart('outcome', body.outcome, ref);
  const index = record.size;
  return () => {
    draw.executed = true;
    draw.executedAt = index;
    if (draw.voided === undefined) record.draws.count(draw, 1);
  };
});

/**
 * The root of an outcome that only the holders of the shares can compute; the reveal will tell whether it is true. While
 * the supervisor disagrees another one may take its place (T17).
 * @param {Record} record
 * @param {Draw} draw
 * @param {Event} event
 * @param {any} body
 */
function executeSealed(record, draw, event, body) {
  refuseUnless(draw.results, event, 'the randomness is not recorded yet');
  refuseUnless(draw.isHidden, event, 'it is revealed already');
  refuseUnless(!draw.executed || draw.attested === false, event, 'it is executed already');
  refuseUnless(draw.isHeldBy(event.unit), event, `${event.unit} does not hold the shares`);
  const supervisor = draw.policy.offices.get(draw.office)?.supervisor;
  refuseUnless(event.unit !== supervisor, event, `${supervisor} attests the outcome, another unit executes it`);
  checkSame('seed', body.seed, undefined);
  checkSame('caps', body.caps, undefined);
  const counts = draw.ground.strata.map(({ id, quota, eligible }) => {
    const drawn = Math.min(quota, eligible);
    return { id, drawn, shortfall: quota - drawn };
  });
  checkSame('selection', body.strata, counts);
  checkSame(
    'count',
    body.outcome.count,
    counts.reduce((sum, { drawn }) => sum + drawn, 0),
  );
  const index = record.size;
  return () => {
    draw.executed = true;
    draw.executedAt = index;
    draw.roots.push({ index, check: 'outcome', ref: body.outcome });
    draw.claimed = body.outcome;
  };
}

/**
 * Check a part of the outcome, of which each is a numbered check of its own.
 * @param {string} check
 * @param {unknown} found
 * @param {unknown} expected
 */
function checkPart(check, found, expected) {
  try {
    checkSame(check, found, expected);
  } catch (error) {
    if (error instanceof Mismatch) error.check = check;
    throw error;
  }
}

rule('draw.attested/1', DRAW, { check: 'attested' }, (record, event, body) => {
  const draw = record.draws.find(event);
  refuseUnless(draw.executed, event, 'it is not executed yet');
  refuseUnless(draw.attested !== true, event, 'it is attested already');
  const agrees = isEqual(body.outcome, draw.isHidden ? draw.claimed : deriveDrawOutcome(draw).ref);
  const index = record.size;
  return () => {
    draw.attested = agrees;
    draw.attestedAt = index;
    if (draw.isHidden) draw.roots.push({ index, check: 'attested', ref: body.outcome });
  };
});

rule('draw.voided/1', DRAW, { check: 'stations' }, (record, event, { reason }) => {
  const draw = record.draws.find(event);
  refuseUnless(draw.voided === undefined, event, 'it is voided already');
  const isCancelled = reason === 'lottery-cancelled';
  refuseUnless(
    !isCancelled || draw.policy.final.some((source) => !isChain(source)),
    event,
    'no lottery is among its sources',
  );
  refuseUnless(!isCancelled || !draw.results, event, "the lottery's result is recorded");
  refuseUnless(reason !== 'too-few-shares', event, 'seeds.closed says that, by the number of shares');
  const isUnwitnessed = draw.closed !== undefined && draw.witnessedAt === undefined;
  refuseUnless(reason !== 'unwitnessed' || isUnwitnessed, event, 'it is witnessed, or its shares are not closed');
  return () => {
    draw.voided = reason;
    if (draw.hasOutcome) record.draws.count(draw, -1);
  };
});

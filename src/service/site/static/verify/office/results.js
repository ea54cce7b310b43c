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

/** Return the outcome of a draw whose randomness is recorded. Throws Refused before. @param {Draw} draw */
export function deriveDrawOutcome(draw) {
  if (!draw.results) throw new Refused(`draw/${draw.slot}: the randomness is not recorded yet`);
  draw.outcome ??= deriveOutcome(draw);
  return draw.outcome;
}

rule('draw.executed/1', DRAW, { check: 'outcome' }, (record, event, body) => {
  const draw = record.draws.find(event);
  refuseUnless(!draw.executed, event, 'it is executed already');
  const { seed, strata, caps, ref } = deriveDrawOutcome(draw);
  checkPart('seed', body.seed, seed);
  checkPart('selection', body.strata, strata);
  checkPart('officers', body.caps, caps);
  checkPart('outcome', body.outcome, ref);
  return () => {
    draw.executed = true;
    if (draw.voided === undefined) record.draws.count(draw, 1);
  };
});

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
  const agrees = isEqual(body.outcome, deriveDrawOutcome(draw).ref);
  return () => {
    draw.attested = agrees;
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
    if (draw.executed) record.draws.count(draw, -1);
  };
});

// What follows a visit; a case ends only with an outcome (T24). Mirrors src/ledger/office/followup.py.

import { DAY_SECONDS, deriveDay } from '../proof/encoding.js';
import { checkSame, refuseUnless, rule } from './rule.js';
import { caseTerms, checkOpen, checkStaffed, deriveFirst, findProblems, INSPECTION } from './visits.js';

/** So many days an order gives at most: what takes longer is looked at again, and ordered again (T24). */
const RECTIFICATION_DAYS = 366;

/** @param {import('./record.js').Record} record @param {import('./rule.js').Event} event */
function findVisited(record, event) {
  const found = record.cases.find(event);
  checkOpen(event, found);
  refuseUnless(found.visit, event, 'no visit is recorded');
  return found;
}

rule('rectification.ordered/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = findVisited(record, event);
  refuseUnless(!found.ordered, event, 'an order stands that was not looked at again');
  const unknown = body.items.filter((/** @type {string} */ id) => !found.problems.has(id));
  refuseUnless(!unknown.length, event, `no problem was found on ${unknown.join(', ')}`);
  refuseUnless(body.due >= deriveDay(event.at), event, `due on ${body.due}, which has passed`);
  const latest = deriveDay(event.at + RECTIFICATION_DAYS * DAY_SECONDS);
  refuseUnless(body.due <= latest, event, `due on ${body.due}; expected ${latest} or before`);
  return () => {
    found.ordered = body;
  };
});

rule('case.reinspected/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = findVisited(record, event);
  const { ordered } = found;
  refuseUnless(ordered, event, 'nothing was ordered to be mended');
  checkStaffed(event, found);
  checkSame('officers', body.officers, found.officers);
  const lookedAt = body.items.map((/** @type {{ id: string }} */ item) => item.id);
  checkSame('items', lookedAt, ordered.items);
  refuseUnless(body.visited >= found.visit.visited, event, `looked at on ${body.visited}, before the visit`);
  refuseUnless(body.visited <= deriveDay(event.at), event, `looked at on ${body.visited}, which is yet to come`);
  const first = deriveDay(deriveFirst(record, found));
  refuseUnless(body.visited >= first, event, `looked at on ${body.visited}, by officers who came on ${first}`);
  return () => {
    found.ordered = undefined;
    found.problems = new Set([
      ...[...found.problems].filter((id) => !lookedAt.includes(id)),
      ...findProblems(body.items),
    ]);
    found.isReinspected = true;
  };
});

rule('case.transferred/1', INSPECTION, caseTerms, (record, event) => {
  const found = findVisited(record, event);
  refuseUnless(!found.transferred, event, 'it is transferred already');
  return () => {
    found.transferred = true;
  };
});

rule('penalty.decided/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = findVisited(record, event);
  refuseUnless(!found.penalty, event, 'a penalty is decided already');
  refuseUnless(findProblems(found.visit.items).length, event, 'the visit found no problem');
  const isInTime = found.visit.visited <= body.decided && body.decided <= deriveDay(event.at);
  refuseUnless(isInTime, event, `decided on ${body.decided}, expected a day from the visit to today`);
  return () => {
    found.penalty = body;
  };
});

rule('case.closed/1', INSPECTION, caseTerms, (record, event, { outcome }) => {
  const found = findVisited(record, event);
  refuseUnless(found.result, event, 'no result was submitted');
  refuseUnless(!found.ordered, event, 'what was ordered to be mended was not looked at again');
  const submitted = found.result.result;
  const isStillWrong = found.problems.size > 0;
  const outcomes = {
    'no-problem': submitted === 'no-problem',
    'corrected-on-site': submitted === 'corrected-on-site' && !(found.isReinspected && isStillWrong),
    rectified: submitted === 'rectification-ordered' && found.isReinspected && !isStillWrong,
    penalised: found.penalty !== undefined,
    transferred: found.transferred,
    'not-found': submitted === 'not-found',
    'closed-down': submitted === 'closed-down',
  };
  const borneOut = Object.entries(outcomes).flatMap(([name, holds]) => (holds ? [name] : []));
  refuseUnless(
    borneOut.includes(outcome),
    event,
    `outcome ${outcome}; the record bears out ${borneOut.join(' or ') || 'none yet'}`,
  );
  return () => {
    found.closed = true;
  };
});

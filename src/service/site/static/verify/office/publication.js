// What is made public of a case. Mirrors src/ledger/office/publication.py.

import { deriveDay } from '../proof/encoding.js';
import { checkSame, refuseUnless, rule } from './rule.js';
import { caseTerms, findProblems, INSPECTION } from './visits.js';

/**
 * Refuse a result that the visit contradicts.
 * @param {import('./rule.js').Event} event
 * @param {import('./cases.js').Case} found
 * @param {string} result
 */
function checkBorneOut(event, found, result) {
  const problems = findProblems(found.visit.items);
  const isClean = ['no-problem', 'not-found', 'closed-down'].includes(result);
  refuseUnless(
    !(isClean && problems.length),
    event,
    `${result}, but the visit found a problem on ${problems.join(', ')}`,
  );
  refuseUnless(found.visit.party !== 'signed' || result !== 'not-found', event, 'not-found, but the party signed');
}

/**
 * Tell whether a result says something else than another.
 * @param {{ result: string, summary: string }} a
 * @param {{ result: string, summary: string }} b
 */
const isOther = (a, b) => a.result !== b.result || a.summary !== b.summary;

rule('result.submitted/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = record.cases.find(event);
  refuseUnless(found.visit, event, 'no visit is recorded');
  refuseUnless(!found.result, event, 'a result was submitted already');
  checkBorneOut(event, found, body.result);
  return () => {
    found.result = body;
  };
});

rule('result.published/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = record.cases.find(event);
  refuseUnless(found.result, event, 'no result was submitted');
  refuseUnless(!found.shown || isOther(found.shown, found.result), event, 'it is published already');
  checkSame('result', [body.result, body.summary], [found.result.result, found.result.summary]);
  return () => {
    found.shown = body;
  };
});

rule('result.corrected/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = record.cases.find(event);
  refuseUnless(found.result, event, 'no result was submitted');
  refuseUnless(isOther(body, found.result), event, 'the result is the same as before');
  checkBorneOut(event, found, body.result);
  return () => {
    found.result = { result: body.result, summary: body.summary };
  };
});

rule('penalty.published/1', INSPECTION, caseTerms, (record, event) => {
  const found = record.cases.find(event);
  refuseUnless(found.penalty, event, 'no penalty is decided');
  refuseUnless(!found.penaltyPublished, event, 'it is published already');
  return () => {
    found.penaltyPublished = true;
  };
});

rule('publication.withdrawn/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = record.cases.find(event);
  refuseUnless(body.of === 'result' ? found.shown : found.penaltyPublished, event, `no ${body.of} is published`);
  refuseUnless(body.decided <= deriveDay(event.at), event, `decided on ${body.decided}, which is yet to come`);
  return () => {
    if (body.of === 'result') found.shown = undefined;
    else found.penaltyPublished = false;
  };
});

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
  refuseUnless(!found.published, event, 'it is published already');
  checkSame('result', [body.result, body.summary], [found.result.result, found.result.summary]);
  return () => {
    found.published = true;
  };
});

rule('result.corrected/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = record.cases.find(event);
  refuseUnless(found.result, event, 'no result was submitted');
  const isOther = body.result !== found.result.result || body.summary !== found.result.summary;
  refuseUnless(isOther, event, 'the result is the same as before');
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
  refuseUnless(body.of === 'result' ? found.published : found.penaltyPublished, event, `no ${body.of} is published`);
  refuseUnless(body.decided <= deriveDay(event.at), event, `decided on ${body.decided}, which is yet to come`);
  return () => {
    if (body.of === 'result') found.published = false;
    else found.penaltyPublished = false;
  };
});

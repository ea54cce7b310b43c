// What the officers of a case do: receive it, are urged, scan, visit. Mirrors src/ledger/office/visits.py.

import { compareText, DAY_SECONDS, deriveDay, formatTime, parseTime } from '../proof/encoding.js';
import { deriveCaseParties, deriveSealedParties } from './cases.js';
import { checkDay } from './fitness.js';
import { checkSame, refuseUnless, rule, SLOT, slotOf } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./cases.js').Case} Case
 */

/** A drawn case, or an inspection that was approved; which of them there are, `Cases.find` knows. */
export const INSPECTION = `(?:case|inspection)/${SLOT}(?:/(?<case>[0-9]{4,6}))?`;

/** @type {NonNullable<import('./rule.js').Terms['parties']>} */
function deriveParties(record, event, body) {
  const sealed = record.cases.sealed.get(event.subject);
  if (sealed && event.type === 'case.received/1') return deriveSealedParties(sealed.draw, body);
  return deriveCaseParties(record.cases.find(event), body);
}

/** The terms of every event on a case. @type {import('./rule.js').Terms} */
export const caseTerms = { check: 'cases', parties: deriveParties };

/** @param {Event} event @param {Case} found */
export const checkOpen = (event, found) => refuseUnless(!found.closed, event, 'the case is closed');

/** Check that every seat has its officer. Throws Refused, naming who is recused. @param {Event} event @param {Case} found */
export function checkStaffed(event, found) {
  const waiting = found.officers.filter((officer) => found.recusals.has(officer));
  refuseUnless(!waiting.length, event, `${waiting.join(' and ')} is recused and not yet replaced`);
}

/**
 * Return the time, in Unix seconds, before which nobody was there: drawn, approved, put on the case (T20).
 * @param {Record} record
 * @param {Case} found
 */
export function deriveFirst(record, found) {
  return found.staffed === undefined ? found.since : Math.max(found.since, record.stoodBy(found.staffed));
}

rule('case.received/1', INSPECTION, caseTerms, (record, event, body) => {
  const found = record.cases.findAny(event);
  refuseUnless(!found.visit, event, 'the visit is recorded already');
  return found.decide(record.size, event, (one) => {
    refuseUnless(one.has(body.officer), event, `${body.officer} is not on the case`);
    refuseUnless(!one.received.has(body.officer), event, `${body.officer} has received it already`);
    refuseUnless(!one.recusals.has(body.officer), event, `${body.officer} is recused`);
    return () => void one.received.add(body.officer);
  });
});

/**
 * One signature: of the officer's home unit (R16), or of the office's supervisor (R15).
 * @type {NonNullable<import('./rule.js').Terms['slots']>}
 */
function urgingSlots(record, event, body, subject) {
  const { section } = deriveParties(record, event, body, subject);
  const supervisor = record.policyAt(event.at).offices.get(subject.office)?.supervisor;
  return [slotOf(...(section ?? []), ...(supervisor === undefined ? [] : [supervisor]))];
}

rule('case.urged/1', INSPECTION, { ...caseTerms, slots: urgingSlots }, (record, event, body) => {
  const found = record.cases.find(event);
  checkOpen(event, found);
  refuseUnless(found.officers.includes(body.officer), event, `${body.officer} is not on the case`);
  refuseUnless(!found.recusals.has(body.officer), event, `${body.officer} is recused`);
  const isMissing = {
    'not-received': !found.visit && !found.received.has(body.officer),
    'visit-due': !found.visit,
    'result-due': found.visit && !found.result,
  };
  refuseUnless(isMissing[/** @type {keyof typeof isMissing} */ (body.reason)], event, `${body.reason}: that is done`);
  return () => {};
});

rule('visit.scanned/1', INSPECTION, caseTerms, (record, event, body, subject) => {
  const found = record.cases.find(event);
  checkOpen(event, found);
  const scanned = parseTime(body.scanned);
  const days = record.policyAt(event.at).periods.scan_entry_days;
  refuseUnless(found.scanned === undefined, event, 'a scan is entered already');
  refuseUnless(scanned <= event.at, event, `scanned at ${body.scanned}, which is yet to come`);
  refuseUnless(scanned >= found.since, event, `scanned at ${body.scanned}, before ${formatTime(found.since)}`);
  const isLate = deriveDay(scanned) < deriveDay(event.at);
  refuseUnless(!isLate || body.late, event, 'entered on a later day than it was made, and no reason is given');
  refuseUnless(event.at - scanned <= days * DAY_SECONDS, event, `entered more than ${days} days after it was made`);
  const day = deriveDay(scanned);
  checkDay(record, event, found, Number(subject.month.slice(0, 4)), day, day);
  return () => {
    found.scanned = scanned;
  };
});

/** Return the items on which a problem was found. @param {{ id: string, finding: string }[]} items */
export const findProblems = (items) => items.filter((item) => item.finding === 'problem').map((item) => item.id);

rule('visit.recorded/1', INSPECTION, caseTerms, (record, event, body, subject) => {
  const found = record.cases.find(event);
  refuseUnless(!found.visit, event, 'the visit is recorded already');
  checkStaffed(event, found);
  checkSame('officers', body.officers, found.officers);
  refuseUnless(body.visited <= deriveDay(event.at), event, `visited on ${body.visited}, which is yet to come`);
  const [began, ended] = [parseTime(body.began), parseTime(body.ended)];
  refuseUnless(deriveDay(began) === body.visited, event, `began at ${body.began}, not on ${body.visited}`);
  const first = deriveFirst(record, found);
  refuseUnless(began >= first, event, `began at ${body.began}, expected ${formatTime(first)} or later`);
  refuseUnless(
    began < ended && ended <= event.at,
    event,
    `from ${body.began} to ${body.ended}, recorded before its end`,
  );
  checkDay(record, event, found, Number(subject.month.slice(0, 4)), body.visited, deriveDay(parseTime(body.ended)));
  refuseUnless(
    (body.party_reason !== undefined) === (body.party !== 'signed'),
    event,
    'why the party did not sign, and only then',
  );
  checkItems(event, found, body);
  return () => {
    found.visit = body;
    found.problems = new Set(findProblems(body.items));
    if (body.record) record.seals.known.add(body.record.sealed);
  };
});

/**
 * Every drawn item is found on, or dropped with a reason; added ones are on the list (R38).
 * @param {Event} event
 * @param {Case} found
 * @param {any} body
 */
function checkItems(event, found, body) {
  const idsOf = (/** @type {{ id: string }[] | undefined} */ items) => new Set((items ?? []).map((item) => item.id));
  const [added, dropped] = [idsOf(body.added), idsOf(body.dropped)];
  const isNew = (/** @type {string} */ id) => found.listed.has(id) && !found.items.includes(id);
  refuseUnless([...added].every(isNew), event, 'an added item is not on the published list, or was drawn');
  refuseUnless(
    [...dropped].every((id) => found.items.includes(id)),
    event,
    'a dropped item was not drawn',
  );
  const expected = [...new Set([...found.items, ...added])].filter((id) => !dropped.has(id));
  const checked = body.items.map((/** @type {{ id: string }} */ item) => item.id);
  checkSame('items', checked.sort(compareText), expected.sort(compareText));
  refuseUnless(checked.length, event, 'no item was checked');
}

// Inspections that no draw selected: approved first, then recorded and published like any other (R14, R40).
//
// Mirrors src/ledger/office/inspections.py.

import { deriveDay } from '../proof/encoding.js';
import { Case } from './cases.js';
import { checkCap, checkOfficers } from './fitness.js';
import { isApplicable, item as itemKind } from './rows.js';
import { pad, refuseUnless, rule, SLOT, slotOf } from './rule.js';
import { newest } from './targets.js';
import { caseTerms } from './visits.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 */

const SUBJECT = `inspection/${SLOT}`;

/**
 * Return an enterprise's newest row on the roster of a month's year.
 * @param {Record} record
 * @param {string} month
 * @param {string} code
 */
function findTarget(record, month, code) {
  const listing = record.targets.approved.get(Number(month.slice(0, 4)))?.get(code);
  return listing && newest(listing);
}

/** @type {NonNullable<import('./rule.js').Terms['parties']>} */
function findHost(record, event, body, subject) {
  const target = findTarget(record, subject.month, body.code);
  const subRoster = target && record.policyAt(event.at).subRosters.get(target.sub_roster);
  return { host: subRoster ? slotOf(subRoster.host) : slotOf() };
}

rule(
  'inspection.approved/1',
  SUBJECT,
  { check: 'cases', parties: findHost },
  (record, event, body, { office, month, number }) => {
    const policy = record.policyAt(event.at);
    const year = Number(month.slice(0, 4));
    const today = deriveDay(event.at);
    const next = (record.cases.approved.get(`${office} ${month}`) ?? 0) + 1;
    refuseUnless(number === pad(next, 3), event, `the next number of the month is ${pad(next, 3)}`);
    refuseUnless(today.slice(0, 7) === month, event, `approved in ${today.slice(0, 7)}, numbered ${month}`);
    const target = findTarget(record, month, body.code);
    refuseUnless(target, event, `${body.code} is not on the target roster of ${year}`);
    refuseUnless(
      office === 'bureau' || office === target.street,
      event,
      `${body.code} is not an enterprise of ${office}`,
    );
    const isHosted = policy.subRosters.has(target.sub_roster);
    const unhosted = `the policy has no sub-roster ${target.sub_roster}, so nobody hosts the inspection`;
    refuseUnless(isHosted, event, unhosted);
    refuseUnless(policy.bases.has(body.basis), event, `legal basis ${body.basis} is not in the policy`);
    const host = policy.subRosters.get(target.sub_roster)?.host ?? '';
    if (body.line !== undefined) checkPlanned(record, event, office, year, body.line, host);
    refuseUnless((body.line !== undefined) === (body.kind === 'planned'), event, 'a planned one names its plan line');
    const homes = checkOfficers(record, event, body.officers, body.code, year, today);
    const listed = checkItems(record, event, body, target);
    checkComplaint(record, event, body);
    // An exempt visit because of one case names the complaint; else it counts like any other (T25).
    const counts =
      !policy.capExempt.includes(body.kind) || (body.kind === 'case-based' && body.complaint === undefined);
    if (counts) checkCap(record, event, body.code, year);
    const approved = new Case({
      code: body.code,
      host,
      items: body.items,
      listed,
      officers: body.officers,
      homes,
      since: event.at,
    });
    approved.counts = counts;
    approved.kind = body.kind;
    return () => {
      record.cases.approved.set(`${office} ${month}`, next);
      record.cases.bySubject.set(event.subject, approved);
      if (body.complaint !== undefined) record.cases.followed.add(`${body.complaint} ${body.code}`);
      if (counts) record.cases.countInspected(year, body.code, 1);
    };
  },
);

/**
 * A planned one is of a line of the plan, or of an own task of the section that hosts it (R14).
 * @param {Record} record
 * @param {Event} event
 * @param {string} office
 * @param {number} year
 * @param {string} named
 * @param {string} host
 */
function checkPlanned(record, event, office, year, named, host) {
  const task = record.plans.ofTime(record, event.at, office, year).own_tasks?.find(({ id }) => id === named);
  if (!task) record.plans.line(record, event.at, office, year, named);
  else
    refuseUnless(task.unit === host, event, `own task ${named} is of ${task.unit}, and ${host} hosts this enterprise`);
}

/**
 * A complaint that is named was received, not declined, and leads to one inspection of a firm.
 * @param {Record} record
 * @param {Event} event
 * @param {any} body
 */
function checkComplaint(record, event, { complaint, code }) {
  if (complaint === undefined) return;
  const found = record.complaints.get(`complaint/${complaint}`);
  refuseUnless(
    found && found.decided !== 'declined',
    event,
    `complaint ${complaint} was not received, or was declined`,
  );
  refuseUnless(
    !record.cases.followed.has(`${complaint} ${code}`),
    event,
    `complaint ${complaint} led to an inspection of ${code} already`,
  );
}

/**
 * Return the ids of the published list. Each item is on it, and applies to the enterprise (R38).
 * @param {Record} record
 * @param {Event} event
 * @param {any} body
 * @param {import('./rows.js').Target} target
 */
function checkItems(record, event, body, target) {
  refuseUnless(record.plans.items, event, 'no check-item list is published');
  const items = new Map(record.lists.read(record.plans.items, itemKind).map((item) => [item.id, item]));
  for (const id of body.items) {
    refuseUnless(items.has(id), event, `item ${id} is not on the published list`);
    refuseUnless(isApplicable(items.get(id), target), event, `item ${id} does not apply to ${body.code}`);
  }
  return new Set(items.keys());
}

rule('inspection.cancelled/1', SUBJECT, caseTerms, (record, event, _body, { month }) => {
  const found = record.cases.find(event);
  refuseUnless(!found.visit, event, 'the visit is recorded already');
  refuseUnless(found.scanned === undefined, event, 'the supervision code was scanned: the officers were there');
  return () => {
    record.cases.bySubject.delete(event.subject);
    if (found.counts) record.cases.countInspected(Number(month.slice(0, 4)), found.code, -1);
  };
});

// The officer rosters: declared by the home sections and streets, approved by legal-publicity, kept up in the year.
//
// Mirrors src/ledger/office/officers.py.

import { BUREAU } from '../proof/draw.js';
import { deriveDay } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';
import { checkCoverage } from '../proof/quota.js';
import { checkDeclarations } from './lists.js';
import { isCertifiedInPost, officer as officerKind, privateRow } from './rows.js';
import { checkSame, isEqual, OFFICE, rule, slotOf, YEAR } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rows.js').Officer} Officer
 * @typedef {import('./lists.js').ListRef} ListRef
 * A change that took effect at once: an officer's row (of a year), or a conflict (of every year) with a code.
 * @typedef {{ index: number, type: string, officer: string, year?: number, code?: string }} Move
 */

/** Declarations and approved rosters, the conflicts that stand, the moves. */
export class Officers {
  /** @type {Map<string, Map<string, ListRef>>} `year roster` -> unit -> list */
  declared = new Map();
  /** @type {Map<string, { year: number, roster: string, officers: Map<string, Officer> }>} by `year roster` */
  approved = new Map();
  /** @type {Map<string, { officer: string, code: string }>} by `officer|code` */
  conflicts = new Map();
  /** @type {Move[]} */
  moves = [];

  /** @param {number} year @param {string} roster */
  roster(year, roster) {
    return this.approved.get(`${year} ${roster}`)?.officers;
  }

  /** @param {number} year */
  ofYear(year) {
    return [...this.approved.values()].filter((one) => one.year === year);
  }

  /** Return a year's approved rosters. Throws Refused if the bureau's lacks. @param {number} year */
  rosters(year) {
    if (!this.roster(year, BUREAU)) throw new Refused(`no officer roster of the bureau is approved for ${year}`);
    return this.ofYear(year);
  }
}

rule(
  'officers.declared/1',
  `officers/${YEAR}/${OFFICE}/of/(?<unit>.+)`,
  { parties: (_record, _event, _body, subject) => ({ section: slotOf(subject.unit) }) },
  (record, event, body, { unit }) => {
    checkSame('subject', event.subject, `officers/${body.year}/${body.roster}/of/${unit}`);
    if (record.officers.roster(body.year, body.roster)) {
      throw new Refused(
        `the roster ${body.roster} of ${body.year} is approved: changes are single, by officer.changed`,
      );
    }
    if (record.policyAt(event.at).units.get(unit)?.office !== body.roster)
      throw new Refused(`${unit} has no staff on the roster ${body.roster}`);
    for (const officer of record.lists.read(body.list, officerKind))
      checkSame(`home unit of ${officer.id}`, officer.unit, unit);
    const sealed = body.private ? record.lists.read(body.private, privateRow) : [];
    return () => {
      const place = `${body.year} ${body.roster}`;
      const declared = record.officers.declared.get(place) ?? new Map();
      record.officers.declared.set(place, declared.set(unit, body.list));
      record.seals.add(sealed);
    };
  },
);

rule('officers.approved/1', `officers/${YEAR}/${OFFICE}`, { check: 'ground' }, (record, event, body) => {
  checkSame('subject', event.subject, `officers/${body.year}/${body.roster}`);
  if (record.officers.roster(body.year, body.roster))
    throw new Refused(`the roster ${body.roster} of ${body.year} is approved already`);
  const known = record.officers.declared.get(`${body.year} ${body.roster}`) ?? new Map();
  checkDeclarations(`declarations for ${body.roster} ${body.year}`, body.declarations, known);
  const taken = record.officers.ofYear(body.year);
  /** @type {Map<string, Officer>} */
  const officers = new Map();
  for (const ref of known.values()) {
    for (const officer of record.lists.read(ref, officerKind)) {
      if (officers.has(officer.id) || taken.some((other) => other.officers.has(officer.id))) {
        throw new Refused(`officer ${officer.id} stands twice: each has one home roster`);
      }
      officers.set(officer.id, officer);
    }
  }
  const { certified, enrolled } = countCoverage(officers, deriveDay(event.at));
  checkSame('certified_in_post', body.certified_in_post, certified);
  checkSame('enrolled', body.enrolled, enrolled);
  if (body.roster === BUREAU) checkCoverage(enrolled, certified);
  return () =>
    record.officers.approved.set(`${body.year} ${body.roster}`, { year: body.year, roster: body.roster, officers });
});

/**
 * Return how many are certified, established and in post on a day, and how many of those are enrolled (R17).
 * @param {Map<string, Officer>} officers
 * @param {string} day
 */
function countCoverage(officers, day) {
  const certified = [...officers.values()].filter((officer) => isCertifiedInPost(officer, day));
  return { certified: certified.length, enrolled: certified.filter((officer) => officer.enrolled).length };
}

rule(
  'officer.changed/1',
  `officers/${YEAR}/${OFFICE}/changes`,
  { check: 'ground', parties: (_record, _event, body) => ({ section: slotOf(body.officer.unit) }) },
  (record, event, body) => {
    checkSame('subject', event.subject, `officers/${body.year}/${body.roster}/changes`);
    const roster = record.officers.roster(body.year, body.roster);
    if (!roster) throw new Refused(`the roster ${body.roster} of ${body.year} is not approved yet`);
    const { officer } = body;
    const before = roster.get(officer.id);
    const day = deriveDay(event.at);
    if (before && isEqual(before, officer)) throw new Refused(`${officer.id}: the row is the same as before`);
    if (before) checkSame(`home unit of ${officer.id}`, officer.unit, before.unit);
    else if (record.officers.ofYear(body.year).some((other) => other.officers.has(officer.id))) {
      throw new Refused(`officer ${officer.id} stands on another roster: each has one home roster`);
    }
    checkSame(`roster of ${officer.unit}`, record.policyAt(event.at).units.get(officer.unit)?.office, body.roster);
    if (body.roster === BUREAU && !officer.enrolled && isCertifiedInPost(officer, day)) {
      const { certified, enrolled } = countCoverage(new Map([...roster, [officer.id, officer]]), day);
      checkCoverage(enrolled, certified);
    }
    const move = { index: record.size, type: event.type, officer: officer.id, year: body.year };
    return () => {
      roster.set(officer.id, officer);
      record.officers.moves.push(move);
    };
  },
);

/** @type {import('./rule.js').Terms} */
const conflictTerms = {
  check: 'ground',
  parties: (record, _event, body) => ({
    section: slotOf(
      ...[...record.officers.approved.values()].flatMap(({ officers }) => officers.get(body.officer)?.unit ?? []),
    ),
  }),
};

rule('conflict.declared/1', 'conflicts', conflictTerms, (record, event, { officer, code }) => {
  const pair = `${officer}|${code}`;
  if (record.officers.conflicts.has(pair)) throw new Refused(`the conflict of ${officer} with ${code} stands already`);
  const move = { index: record.size, type: event.type, officer, code };
  return () => {
    record.officers.conflicts.set(pair, { officer, code });
    record.officers.moves.push(move);
  };
});

rule('conflict.ended/1', 'conflicts', conflictTerms, (record, event, { officer, code }) => {
  const pair = `${officer}|${code}`;
  if (!record.officers.conflicts.has(pair)) throw new Refused(`no conflict of ${officer} with ${code} stands`);
  const move = { index: record.size, type: event.type, officer, code };
  return () => {
    record.officers.conflicts.delete(pair);
    record.officers.moves.push(move);
  };
});

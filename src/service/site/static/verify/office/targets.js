// The target roster: declared by the keepers of the sub-rosters, approved as one, changed in the year in the open.
//
// What a rule reads of an enterprise is read as it was before any change that is still cooling off (T14).
// Mirrors src/ledger/office/targets.py.

import { DAY_SECONDS, deriveDay } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';
import { checkKeyEnterprises } from './keylists.js';
import { checkDeclarations } from './lists.js';
import { checkSpelling, listNames, privateRow, ruleAttributes, target as targetKind } from './rows.js';
import { checkSame, isEqual, rule, slotOf, YEAR } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rows.js').Target} Target
 * @typedef {import('./lists.js').ListRef} ListRef
 * An enterprise on a year's roster: its rows, each with the index of the entry that made it so, oldest first.
 * @typedef {{ versions: { index: number, target: Target }[], listed: number }} Listing
 */

/** Declarations by year and sub-roster, and the approved rosters: year -> code -> listing. */
export class Targets {
  /** @type {Map<number, Map<string, ListRef>>} */
  declared = new Map();
  /** @type {Map<number, Map<string, Listing>>} */
  approved = new Map();

  /**
   * Return a year's roster. Throws Refused if none is approved: last year's has expired (R32).
   * @param {number} year
   */
  roster(year) {
    const roster = this.approved.get(year);
    if (!roster) throw new Refused(`no target roster is approved for ${year}`);
    return roster;
  }
}

/** @param {Listing} listing */
export const newest = (listing) => listing.versions[listing.versions.length - 1].target;

/**
 * Return the row that rules read now: the newest that is the first, or has cooled off.
 * @param {Record} record
 * @param {number} at
 * @param {import('./policy.js').Policy} policy
 * @param {Listing} listing
 */
export function deriveEffective(record, at, policy, listing) {
  const enough = policy.periods.cooling_off_days * DAY_SECONDS;
  for (let i = listing.versions.length - 1; i > 0; i--) {
    if (record.ageSeconds(listing.versions[i].index, at) >= enough) return listing.versions[i].target;
  }
  return listing.versions[0].target;
}

/** @param {import('./policy.js').Policy} policy @param {Target} target */
function checkWords(policy, target) {
  checkSpelling(target.id);
  if (!policy.subRosters.has(target.sub_roster))
    throw new Refused(`${target.id}: sub-roster ${target.sub_roster} is not in the policy`);
  if (target.street !== undefined && !policy.offices.has(target.street))
    throw new Refused(`${target.id}: street ${target.street} is not in the policy`);
  for (const tag of target.tags ?? []) {
    if (!policy.tags.has(tag) && !policy.subRosters.has(tag))
      throw new Refused(`${target.id}: tag ${tag} is not in the policy`);
  }
  for (const name of listNames(target)) {
    if (!policy.keyLists.has(name)) throw new Refused(`${target.id}: key list ${name} is not in the policy`);
  }
}

/** @param {Record} record @param {number} at @param {string} name */
function findOwner(record, at, name) {
  const subRoster = record.policyAt(at).subRosters.get(name);
  return { owner: subRoster ? slotOf(subRoster.owner) : slotOf() };
}

rule(
  'targets.declared/1',
  `targets/${YEAR}/(?<subRoster>[a-z0-9-]+)`,
  { parties: (record, event, body) => findOwner(record, event.at, body.sub_roster) },
  (record, event, body) => {
    checkSame('subject', event.subject, `targets/${body.year}/${body.sub_roster}`);
    if (record.targets.approved.has(body.year))
      throw new Refused(`the roster of ${body.year} is approved: changes are single, by target.changed`);
    const policy = record.policyAt(event.at);
    for (const target of record.lists.read(body.list, targetKind)) {
      if (target.sub_roster !== body.sub_roster)
        throw new Refused(`${target.id}: sub-roster ${target.sub_roster} in the list of ${body.sub_roster}`);
      checkWords(policy, target);
    }
    const sealed = body.private ? record.lists.read(body.private, privateRow) : [];
    return () => {
      const declared = record.targets.declared.get(body.year) ?? new Map();
      record.targets.declared.set(body.year, declared.set(body.sub_roster, body.list));
      record.seals.add(sealed);
    };
  },
);

rule('targets.approved/1', `targets/${YEAR}`, { check: 'ground' }, (record, event, body) => {
  checkSame('subject', event.subject, `targets/${body.year}`);
  if (record.targets.approved.has(body.year)) throw new Refused(`the roster of ${body.year} is approved already`);
  const known = record.targets.declared.get(body.year) ?? new Map();
  checkDeclarations(`declarations of ${body.year}`, body.declarations, known);
  const roster = merge(record, [...known.values()]);
  checkSame('total', body.total, roster.size);
  checkKeyEnterprises(record, body.year, deriveDay(event.at), roster);
  const last = record.targets.approved.get(body.year - 1);
  const index = record.size;
  return () => {
    record.targets.approved.set(
      body.year,
      new Map([...roster].map(([code, target]) => [code, renew(last?.get(code), target, index)])),
    );
  };
});

/** @param {Record} record @param {ListRef[]} lists */
function merge(record, lists) {
  /** @type {Map<string, Target>} */
  const roster = new Map();
  for (const ref of lists) {
    for (const target of record.lists.read(ref, targetKind)) {
      const other = roster.get(target.id);
      if (other)
        throw new Refused(`${target.id} stands in two sub-rosters, ${other.sub_roster} and ${target.sub_roster}`);
      roster.set(target.id, target);
    }
  }
  return roster;
}

/** @param {Listing | undefined} last @param {Target} target @param {number} index @returns {Listing} */
function renew(last, target, index) {
  if (!last) return { versions: [{ index, target }], listed: index };
  if (ruleAttributes(newest(last)) !== ruleAttributes(target))
    return { versions: [...last.versions, { index, target }], listed: last.listed };
  const before = last.versions.slice(0, -1);
  return { versions: [...before, { index: last.versions[before.length].index, target }], listed: last.listed };
}

rule(
  'target.changed/1',
  `targets/${YEAR}/changes`,
  { check: 'ground', parties: (record, event, body) => findOwner(record, event.at, body.target.sub_roster) },
  (record, event, body) => {
    checkSame('subject', event.subject, `targets/${body.year}/changes`);
    const roster = record.targets.roster(body.year);
    const { target } = body;
    const index = record.size;
    checkWords(record.policyAt(event.at), target);
    const listing = roster.get(target.id);
    if (listing && isEqual(newest(listing), target)) throw new Refused(`${target.id}: the row is the same as before`);
    return () => {
      if (listing) listing.versions.push({ index, target });
      else roster.set(target.id, { versions: [{ index, target }], listed: index });
    };
  },
);

// The ground of a draw: what draw.frozen must say, derived from the entries below its size, never chosen.
//
// Every registered enterprise in scope is a leaf of the pool, also one that cannot be drawn, with the reason (T11).
// Mirrors src/ledger/office/ground.py. Specification: docs/spec/draw.md, section 1; leaves: docs/spec/bundle.md.

import { toHex, utf8 } from '../proof/bytes.js';
import { BUREAU, deriveMembers, nameRoster } from '../proof/draw.js';
import { compareText, DAY_SECONDS, deriveDay, formatCanonical } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';
import { deriveRoot } from '../proof/merkle.js';
import { findStratum } from './plans.js';
import { item as itemKind } from './rows.js';
import { deriveEffective, newest } from './targets.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./policy.js').Policy} Policy
 * @typedef {import('./rows.js').Target} Target
 * @typedef {import('./rows.js').PlanLine} PlanLine
 * @typedef {import('../proof/draw.js').Rosters} Rosters
 * An enterprise in scope: the row that rules read, its stratum, and why it cannot be drawn (undefined if it can).
 * @typedef {{ target: Target, stratum: string, excluded?: string }} PoolLeaf
 * An officer of a roster, and why he or she cannot be drawn (undefined if possible).
 * @typedef {{ officer: import('./rows.js').Officer, roster: string, excluded?: string }} OfficerLeaf
 * @typedef {{ officer: string, code: string }} Conflict
 * @typedef {{ id: string, eligible: number, quota: number, directed: boolean }} FrozenStratum
 */

/** @param {PoolLeaf} leaf @returns {string} the leaf's text */
export const formatPoolLeaf = ({ target, stratum, excluded }) =>
  formatCanonical({
    id: target.id,
    stratum,
    sub_roster: target.sub_roster,
    street: target.street,
    tags: target.tags,
    excluded,
  });

/** @param {OfficerLeaf} leaf @returns {string} the leaf's text */
export const formatOfficerLeaf = ({ officer, roster, excluded }) =>
  formatCanonical({ id: officer.id, roster, unit: officer.unit, excluded });

/** @param {Conflict} conflict @returns {string} the leaf's text */
export const formatConflict = ({ officer, code }) => formatCanonical({ code, id: `${officer}|${code}`, officer });

/** Return the root over leaves, given as text, in hexadecimal. @param {string[]} leaves */
export const rootOf = (leaves) => toHex(deriveRoot(leaves.map(utf8)));

/** Everything that a draw stands on, as of one size of the log; and the moves shortly before, said beside it. */
export class Ground {
  /** @param {{ size: number, pool: PoolLeaf[], officers: OfficerLeaf[], items: import('./rows.js').Item[],
   *   itemsRef: import('./lists.js').ListRef, conflicts: Conflict[], strata: FrozenStratum[], crew: string[], policy: Policy,
   *   recent: { listed: number, cooling_off: number }, moves: import('./officers.js').Move[] }} of */
  constructor({ size, pool, officers, items, itemsRef, conflicts, strata, crew, policy, recent, moves }) {
    this.size = size;
    this.pool = pool;
    this.officers = officers;
    this.items = items;
    this.itemsRef = itemsRef;
    this.conflicts = conflicts;
    this.strata = strata;
    this.crew = crew;
    this.itemsPerCase = policy.itemsPerCase;
    this.recent = recent;
    this.moves = moves;
    this.rosters = deriveRosters(officers, conflicts, policy.fallbackRoster);
    /** @type {Map<string, string>} the home unit of each officer */
    this.homes = new Map(officers.map(({ officer }) => [officer.id, officer.unit]));
    /** @type {Map<string, number>} reason -> how many */
    this.excluded = new Map();
    for (const { excluded } of pool) if (excluded) this.excluded.set(excluded, (this.excluded.get(excluded) ?? 0) + 1);
    const isFree = (/** @type {{ excluded?: string }} */ leaf) => leaf.excluded === undefined;
    this.poolRef = {
      root: rootOf(pool.map(formatPoolLeaf)),
      count: pool.length,
      eligible: pool.filter(isFree).length,
      excluded: this.excluded,
    };
    this.officersRef = {
      root: rootOf(officers.map(formatOfficerLeaf)),
      count: officers.length,
      eligible: officers.filter(isFree).length,
    };
    this.conflictsRef = { root: rootOf(conflicts.map(formatConflict)), count: conflicts.length };
  }

  /** Return the codes of a stratum that can be drawn. @param {string} stratum */
  eligible(stratum) {
    return this.pool
      .filter((leaf) => leaf.stratum === stratum && leaf.excluded === undefined)
      .map((leaf) => leaf.target.id);
  }
}

/** @param {OfficerLeaf[]} leaves @param {Conflict[]} conflicts @param {string} fallback @returns {Rosters} */
function deriveRosters(leaves, conflicts, fallback) {
  const eligible = new Map();
  for (const { officer, roster, excluded } of leaves) {
    if (excluded === undefined) eligible.set(roster, [...(eligible.get(roster) ?? []), officer.id]);
  }
  const apart = new Map();
  for (const { officer, code } of conflicts) apart.set(code, (apart.get(code) ?? new Set()).add(officer));
  return { eligible, conflicts: apart, fallback };
}

/**
 * Return the ground of the draw that an event opens, as of the log with that event. Throws Refused where a roster or
 * list is missing, or where an eligible enterprise cannot be given its officers.
 * @param {Record} record @param {import('./rule.js').Event} event @param {Policy} policy @param {string} office
 * @param {string} month @param {PlanLine} line @param {Map<string, number>} selected code -> how often drawn this year (T25)
 */
export function deriveGround(record, event, policy, office, month, line, selected) {
  const year = Number(month.slice(0, 4));
  const { pool, recent } = derivePool(record, event, policy, office, year, line, selected);
  const officers = deriveOfficers(record, year, deriveDay(event.at));
  const itemsRef = record.plans.items;
  if (!itemsRef) throw new Refused('no check-item list is published: nothing could be checked');
  const items = record.lists.read(itemsRef, itemKind);
  const conflicts = [...record.officers.conflicts.keys()]
    .sort(compareText)
    .map((pair) => /** @type {Conflict} */ (record.officers.conflicts.get(pair)));
  const crew = policy.crewOf(office);
  const strata = deriveStrata(pool, policy, month, line);
  const moves = findMoves(record, event, policy, office, year);
  const ground = new Ground({
    size: record.size + 1,
    pool,
    officers,
    items,
    itemsRef,
    conflicts,
    strata,
    crew,
    policy,
    recent,
    moves,
  });
  checkCrews(pool, ground.rosters, crew);
  return ground;
}

/**
 * @param {Record} record
 * @param {import('./rule.js').Event} event
 * @param {Policy} policy
 * @param {string} office
 * @param {number} year
 * @param {PlanLine} line
 * @param {Map<string, number>} selected
 */
function derivePool(record, event, policy, office, year, line, selected) {
  const since = record.draws.lastOpened(office);
  const pool = [];
  const recent = { listed: 0, cooling_off: 0 };
  const roster = record.targets.roster(year);
  for (const code of [...roster.keys()].sort(compareText)) {
    const listing = /** @type {import('./targets.js').Listing} */ (roster.get(code));
    const target = deriveEffective(record, event.at, policy, listing);
    if (office !== BUREAU && target.street !== office) continue;
    const stratum = findStratum(line.strata, target);
    if (!stratum) continue;
    if (!policy.subRosters.has(target.sub_roster)) {
      throw new Refused(
        `enterprise ${code}: the policy has no sub-roster ${target.sub_roster}, so nobody hosts the case`,
      );
    }
    const isCapped = (selected.get(code) ?? 0) >= policy.yearlyCap;
    const excluded = target.status !== 'open' ? target.status : isCapped ? 'cap-reached' : undefined;
    pool.push({ target, stratum: stratum.id, excluded });
    if (listing.listed > since) recent.listed++;
    if (target !== newest(listing)) recent.cooling_off++;
  }
  return { pool, recent };
}

/**
 * Return what took effect at once since the office opened its slot before, or within the cooling-off (T16).
 * @param {Record} record
 * @param {import('./rule.js').Event} event
 * @param {Policy} policy
 * @param {string} office
 * @param {number} year
 */
function findMoves(record, event, policy, office, year) {
  const ofYear = record.draws.ofOffice(office).filter((draw) => Number(draw.month.slice(0, 4)) === year);
  const sinceOfYear = ofYear.length ? ofYear[ofYear.length - 1].ground.size - 1 : -1;
  const since = new Map([
    [undefined, record.draws.lastOpened(office)],
    [year, sinceOfYear],
  ]);
  const coolingOff = policy.periods.cooling_off_days * DAY_SECONDS;
  const found = [];
  let isYoung = true;
  for (const move of [...record.officers.moves].reverse()) {
    isYoung = isYoung && record.ageSeconds(move.index, event.at) < coolingOff;
    const last = since.get(move.year);
    if (last !== undefined && (isYoung || move.index > last)) found.push(move);
  }
  return found.reverse();
}

/** @param {Record} record @param {number} year @param {string} day */
function deriveOfficers(record, year, day) {
  const leaves = record.officers
    .rosters(year)
    .flatMap(({ roster, officers }) =>
      [...officers.values()].map((officer) => ({ officer, roster, excluded: officerExclusion(officer, day) })),
    );
  return leaves.sort((a, b) => compareText(a.officer.id, b.officer.id));
}

/** @param {import('./rows.js').Officer} officer @param {string} day */
function officerExclusion(officer, day) {
  if (!officer.enrolled) return 'not-enrolled';
  if (!(officer.in_post && officer.on_establishment)) return 'not-in-post';
  return officer.certificate_until >= day ? undefined : 'certificate-expired';
}

/**
 * @param {PoolLeaf[]} pool
 * @param {Policy} policy
 * @param {string} month
 * @param {PlanLine} line
 * @returns {FrozenStratum[]}
 */
function deriveStrata(pool, policy, month, line) {
  return line.strata.map(({ id, month_quotas }) => {
    const eligible = pool.filter((leaf) => leaf.stratum === id && leaf.excluded === undefined).length;
    const quota = month_quotas[Number(month.slice(5, 7)) - 1];
    return {
      id,
      eligible,
      quota,
      directed: eligible < policy.minimumStratum || 2 * Math.min(quota, eligible) > eligible,
    };
  });
}

/**
 * Refuse a freeze under which some eligible enterprise could be left without officers, judged for the worst case: that
 * every earlier role took its officer from the roster that a role needs.
 * @param {PoolLeaf[]} pool @param {Rosters} rosters @param {string[]} crew
 */
function checkCrews(pool, rosters, crew) {
  const known = new Map();
  for (const { target, excluded } of pool) {
    if (excluded !== undefined) continue;
    const street = target.street ?? '';
    const apart = rosters.conflicts.get(target.id);
    if (!apart && !known.has(street)) known.set(street, canCrew(rosters, crew, street, new Set()));
    const can = apart ? canCrew(rosters, crew, street, apart) : known.get(street);
    if (!can)
      throw new Refused(`enterprise ${target.id}, street ${street || 'unknown'}: it could be left without officers`);
  }
}

/** @param {Rosters} rosters @param {string[]} crew @param {string} street @param {Set<string>} apart */
function canCrew(rosters, crew, street, apart) {
  return crew.every((place, earlier) =>
    [nameRoster(place, street), rosters.fallback].some(
      (roster) => deriveMembers(rosters, roster).filter((one) => !apart.has(one)).length > earlier,
    ),
  );
}

// What stands in a roster or list, row by row. Mirrors src/ledger/office/rows.py.

import {
  ascending,
  boolean,
  code,
  count,
  day,
  fieldName,
  fields,
  id,
  ids,
  integer,
  many,
  oneOf,
  optional,
  sealed,
  string,
  table,
  term,
  text,
} from './body.js';
import { isCreditCode } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';

const status = oneOf('open', 'suspended', 'closed');
const risk = oneOf('red', 'orange', 'yellow', 'blue');
const scale = oneOf('large', 'medium', 'small', 'micro');

/** A licence that an enterprise holds, and its last day. */
const licence = fields({ kind: text, until: day });
/** That an enterprise is on one of the policy's key lists. */
const membership = term({ list: id });

/**
 * An enterprise of the target roster.
 * @typedef {{ id: string, name?: string, sub_roster: string, status: string, street?: string, tags?: string[],
 *   risk?: string, scale?: string, hazards?: number, accidents?: number, lists?: { list: string }[] }} Target
 */
export const target = fields({
  id: code,
  name: optional(text),
  sub_roster: id,
  status,
  street: optional(id),
  area: optional(text),
  registrar: optional(text),
  tags: optional(ids),
  risk: optional(risk),
  scale: optional(scale),
  licences: optional(ascending(many(licence, { min: 1 }), ({ kind, until }) => `${kind}\n${until}`)),
  hazards: optional(count),
  accidents: optional(count),
  lists: optional(ascending(many(membership, { min: 1 }), ({ list }) => list)),
});

/**
 * Return what rules read of an enterprise, as text; a change of any of it has to cool off (T14).
 * @param {Target} row
 */
export const ruleAttributes = (row) =>
  JSON.stringify([
    row.sub_roster,
    row.status,
    row.street,
    row.tags,
    row.risk,
    row.scale,
    row.hazards,
    row.accidents,
    listNames(row),
  ]);

/** Return the key lists that an enterprise is on. @param {Target} row */
export const listNames = (row) => (row.lists ?? []).map(({ list }) => list);

/**
 * Check that an enterprise cannot stand under two codes. Throws Refused for a valid credit code behind `reg:`.
 * @param {string} id
 */
export function checkSpelling(id) {
  if (id.startsWith('reg:') && isCreditCode(id.slice(4).replaceAll('-', '').toUpperCase())) {
    throw new Refused(`${id}: a valid credit code stands without reg:, or one enterprise could stand twice`);
  }
}

/** @typedef {{ id: string, since: string, until?: string }} KeyEnterprise an enterprise of a key list (R31), in its term */
export const keyEnterprise = term({ id: code });

/**
 * A certified member of staff, under a pseudonymous id; `unit` is the home section or street.
 * @typedef {{ id: string, unit: string, certificate_until: string, on_establishment: boolean, in_post: boolean, enrolled: boolean }} Officer
 */
export const officer = fields({
  id,
  unit: id,
  certificate_until: day,
  on_establishment: boolean,
  in_post: boolean,
  enrolled: boolean,
  qualifications: optional(ids),
});

/**
 * Tell whether an officer counts in the 80 % rule's denominator on a day.
 * @param {Officer} row
 * @param {string} day
 */
export const isCertifiedInPost = (row, day) => row.on_establishment && row.in_post && row.certificate_until >= day;

/**
 * A check item; `applies_to` names sub-rosters or tags; all, if left out.
 * @typedef {{ id: string, content: string, applies_to?: string[] }} Item
 */
export const item = fields({
  id,
  content: text,
  basis: text,
  basis_edition: optional(text),
  method: text,
  authority: text,
  category: optional(text),
  applies_to: optional(ids),
});

/** Tell whether an item applies to an enterprise. @param {Item} row @param {Target} target */
export const isApplicable = (row, target) =>
  !row.applies_to ||
  row.applies_to.includes(target.sub_roster) ||
  (target.tags ?? []).some((tag) => row.applies_to?.includes(tag));

/** The sealed values of one row: its id, and field -> seal. */
export const privateRow = fields({ id: string(undefined, { min: 1 }), fields: table(fieldName, sealed) });

/** Which enterprises belong to a stratum: a closed vocabulary; left out means any. */
const scope = fields({
  sub_rosters: optional(ids),
  streets: optional(ids),
  risks: optional(many(risk, { min: 1 })),
  scales: optional(many(scale, { min: 1 })),
  tags: optional(ids),
  lists: optional(ids),
  hazards: optional(integer(1)),
  accidents: optional(integer(1)),
});

/** Tell whether an enterprise is in scope. @param {any} scope @param {Target} row */
export function isMatch(scope, row) {
  const holds = (/** @type {string[] | undefined} */ words, /** @type {string | undefined} */ word) =>
    !words || (word !== undefined && words.includes(word));
  return (
    holds(scope.sub_rosters, row.sub_roster) &&
    holds(scope.streets, row.street) &&
    holds(scope.risks, row.risk) &&
    holds(scope.scales, row.scale) &&
    (!scope.tags || (row.tags ?? []).some((tag) => scope.tags.includes(tag))) &&
    (!scope.lists || listNames(row).some((name) => scope.lists.includes(name))) &&
    (row.hazards ?? 0) >= (scope.hazards ?? 0) &&
    (row.accidents ?? 0) >= (scope.accidents ?? 0)
  );
}

export const kind = oneOf('monthly', 'general-campaign', 'special-campaign', 'covert', 'supplementary', 'joint');

/**
 * A stratum of a plan line, with what follows from its scope and ratio.
 * @typedef {{ id: string, scope: any, ratio?: string, count?: number, base: number, year_quota: number, month_quotas: number[] }} PlannedStratum
 */
const plannedStratum = fields({
  id,
  scope,
  ratio: optional(string(/^[1-9][0-9]{0,8}\/[1-9][0-9]{0,8}$/)),
  count: optional(integer(1)),
  base: count,
  year_quota: count,
  month_quotas: many(count, { min: 12, max: 12 }),
});

/**
 * @typedef {{ id: string, title: string, kind: string, strata: PlannedStratum[], weights: number[], frequency?: number
 * }} PlanLine
 */
export const planLine = fields({
  id,
  title: text,
  kind,
  strata: many(plannedStratum, { min: 1 }),
  weights: many(count, { min: 12, max: 12 }),
  frequency: optional(integer(1)),
});

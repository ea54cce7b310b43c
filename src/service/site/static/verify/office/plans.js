// The check-item list and the annual plan: without a plan line, no draw (R10). Mirrors src/ledger/office/plans.py.

import { BUREAU } from '../proof/draw.js';
import { compareText, DAY_SECONDS } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';
import { deriveMonthQuotas, deriveYearQuota } from '../proof/quota.js';
import { isMatch, item as itemKind } from './rows.js';
import { checkSame, OFFICE, refuseUnless, rule, YEAR } from './rule.js';
import { deriveEffective } from './targets.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rows.js').PlanLine} PlanLine
 * @typedef {import('./rows.js').PlannedStratum} PlannedStratum
 * @typedef {import('./rows.js').Target} Target
 */

/** @typedef {{ index: number, lines: PlanLine[], own_tasks?: { id: string, unit: string }[] }} Plan */

/** The newest item list and the names of its editions, and for each office and year its plans, oldest first. */
export class Plans {
  /** @type {import('./lists.js').ListRef | undefined} */
  items = undefined;
  /** @type {Set<string>} */
  editions = new Set();
  /** @type {Map<string, Plan[]>} by `office year` */
  approved = new Map();

  /**
   * Return the plan in force where an event that claims a time comes next. Throws Refused if there is none (R10).
   * @param {Record} record
   * @param {number} at
   * @param {string} office
   * @param {number} year
   */
  ofTime(record, at, office, year) {
    const plans = this.approved.get(`${office} ${year}`) ?? [];
    const notice = record.policyAt(at).periods.notice_days * DAY_SECONDS;
    for (let i = plans.length - 1; i >= 0; i--) {
      if (i === 0 || record.ageSeconds(plans[i].index, at) >= notice) return plans[i];
    }
    throw new Refused(`no plan of ${office} is approved for ${year}: no draw without a plan line`);
  }

  /**
   * Return a line of the plan in force. Throws Refused if there is none (R10).
   * @param {Record} record
   * @param {number} at
   * @param {string} office
   * @param {number} year
   * @param {string} line
   */
  line(record, at, office, year, line) {
    const found = this.ofTime(record, at, office, year).lines.find((one) => one.id === line);
    if (!found) throw new Refused(`the plan of ${office} for ${year} in force has no line ${line}`);
    return found;
  }
}

/**
 * Return the first stratum whose scope an enterprise matches, so that each belongs to one at most.
 * @param {PlannedStratum[]} strata
 * @param {Target} target
 */
export const findStratum = (strata, target) => strata.find((stratum) => isMatch(stratum.scope, target));

/**
 * Return the line with its base, year's and months' numbers as they follow from the roster.
 * @param {PlanLine} line
 * @param {Target[]} targets
 */
function derivePlanLine(line, targets) {
  const bases = new Map();
  for (const target of targets) {
    const stratum = target.status === 'open' ? findStratum(line.strata, target) : undefined;
    if (stratum) bases.set(stratum.id, (bases.get(stratum.id) ?? 0) + 1);
  }
  const strata = line.strata.map((stratum) => {
    const base = bases.get(stratum.id) ?? 0;
    const year_quota = yearQuota(stratum, base);
    return { ...stratum, base, year_quota, month_quotas: deriveMonthQuotas(year_quota, line.weights) };
  });
  return { ...line, strata };
}

/** @param {PlannedStratum} stratum @param {number} base */
function yearQuota({ id, ratio, count }, base) {
  if ((ratio === undefined) === (count === undefined))
    throw new Refused(`stratum ${id}: expected a ratio or a count, one of the two`);
  if (ratio === undefined) return Math.min(base, count ?? 0);
  const [numerator, denominator] = ratio.split('/').map(Number);
  return deriveYearQuota(base, numerator, denominator);
}

rule('items.published/1', 'items', {}, (record, event, body) => {
  refuseUnless(!record.plans.editions.has(body.edition), event, `edition ${body.edition} was published before`);
  const policy = record.policyAt(event.at);
  for (const item of record.lists.read(body.list, itemKind)) {
    const unknown = (item.applies_to ?? []).filter(
      (/** @type {string} */ word) => !policy.subRosters.has(word) && !policy.tags.has(word),
    );
    if (unknown.length)
      throw new Refused(
        `item ${item.id}: ${unknown.sort(compareText)[0]} is neither a sub-roster nor a tag of the policy`,
      );
  }
  return () => {
    record.plans.items = body.list;
    record.plans.editions.add(body.edition);
  };
});

rule('plan.approved/1', `plan/${OFFICE}/${YEAR}`, { check: 'ground' }, (record, event, body) => {
  checkSame('subject', event.subject, `plan/${body.office}/${body.year}`);
  if (hasTwice(body.lines)) throw new Refused('plan: two lines have the same id');
  const policy = record.policyAt(event.at);
  checkWorkload(event, policy, body);
  const roster = [...record.targets.roster(body.year).values()];
  const targets = roster.map((listing) => deriveEffective(record, event.at, policy, listing));
  const own = targets.filter((target) => body.office === BUREAU || body.office === target.street);
  for (const line of body.lines) {
    if (line.kind === 'supplementary') {
      throw new Refused(`plan line ${line.id}: a supplementary draw follows a voided slot, and has no line of its own`);
    }
    if (hasTwice(line.strata)) throw new Refused(`plan line ${line.id}: two strata have the same id`);
    for (const stratum of line.strata) {
      if (stratum.id.includes('/'))
        throw new Refused(`plan line ${line.id}: stratum ${stratum.id}, expected an id without a slash`);
    }
    checkSame(`plan line ${line.id}`, line, derivePlanLine(line, own));
  }
  const plan = { index: record.size, lines: body.lines, own_tasks: body.own_tasks };
  const place = `${body.office} ${body.year}`;
  return () => record.plans.approved.set(place, [...(record.plans.approved.get(place) ?? []), plan]);
});

/**
 * Check a plan's own tasks and budget. Throws Refused, Malformed. Mirrors src/ledger/office/workload.py.
 * @param {import('./rule.js').Event} event
 * @param {import('./policy.js').Policy} policy
 * @param {any} body
 */
function checkWorkload(event, policy, { office, lines, budget, own_tasks: tasks = [] }) {
  if (budget) {
    const whole = budget.officers * budget.working_days;
    refuseUnless(budget.other_days <= whole, event, `other work takes ${budget.other_days} of ${whole} working days`);
  }
  const names = [...lines, ...tasks].map(({ id }) => id);
  for (const { id, unit, count, weights } of tasks) {
    const isAlone = names.filter((name) => name === id).length === 1;
    refuseUnless(isAlone, event, `own task ${id}: a line or another task has the same id`);
    refuseUnless(policy.units.get(unit)?.office === office, event, `own task ${id}: ${unit} is no unit of ${office}`);
    deriveMonthQuotas(count, weights);
  }
}

/** @param {{ id: string }[]} things */
const hasTwice = (things) => new Set(things.map(({ id }) => id)).size !== things.length;

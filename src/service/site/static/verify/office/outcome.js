// What a draw's seed selects: enterprises, their host sections, officers and items, one sheet for each case.
//
// Mirrors src/ledger/office/outcome.py. Specification: docs/spec/draw.md, sections 3 to 9.

import {
  assignOfficers,
  chooseItems,
  deriveSalt,
  deriveSeed,
  deriveSubSeed,
  formatSeedFile,
  select,
} from '../proof/draw.js';
import { compareText, DAY_SECONDS, deriveDay, formatCanonical } from '../proof/encoding.js';
import { rootOf } from './ground.js';
import { isApplicable } from './rows.js';
import { pad } from './rule.js';

/**
 * One case: what was drawn, and the leaf that stands for it under the outcome's root.
 * @typedef {{ number: string, code: string, stratum: string, street?: string, host: string, officers: string[],
 *   items: string[], deadline: string, ticket: string, salt: string }} Sheet
 * @typedef {{ id: string, drawn: number, shortfall: number, largest_ticket?: string }} DrawnStratum
 * All that follows from a seed; `drawn` are the enterprises of each stratum, smallest ticket first.
 * @typedef {{ seedFile: string, seed: string, strata: DrawnStratum[], caps: { role: number, roster: string, cap: number }[],
 *   sheets: Sheet[], ref: import('./lists.js').ListRef, drawn: Map<string, { ticket: string, code: string }[]> }} Outcome
 */

/** @param {Sheet} sheet @returns {string} the leaf's text */
export const formatSheet = ({ number, code, ...sheet }) => formatCanonical({ case: number, id: code, ...sheet });

/**
 * Return the outcome of a draw: anyone with the same bytes gets the same.
 * @param {import('./draws.js').Draw} draw
 * @param {Map<string, string>} shares party -> share, all that count
 * @returns {Outcome}
 */
export function deriveOutcome(draw, shares) {
  const { ground, policy, missing } = draw;
  const seedFile = formatSeedFile(draw.slot, draw.frozenHash, shares, missing, draw.results ?? []);
  const seed = deriveSeed(seedFile);
  const drawn = new Map(
    ground.strata.map(({ id, quota }) => [id, select(deriveSubSeed(seed, 'pool', id), ground.eligible(id), quota)]),
  );
  const leaves = new Map(ground.pool.map((leaf) => [leaf.target.id, leaf]));
  const leafOf = (/** @type {string} */ code) => /** @type {import('./ground.js').PoolLeaf} */ (leaves.get(code));
  const all = [...drawn.values()].flat();
  const cases = all.map(({ ticket, code }) => ({ ticket, code, street: leafOf(code).target.street ?? '' }));
  const seats = assignOfficers(seed, cases, ground.crew, ground.rosters);
  const deadline = deriveDay(draw.drawAt + policy.periods.visit_days * DAY_SECONDS);
  const sheets = all
    .sort((a, b) => compareText(a.code, b.code))
    .map(({ ticket, code }, i) => {
      const { target, stratum } = leafOf(code);
      const applicable = ground.items.filter((item) => isApplicable(item, target)).map((item) => item.id);
      return {
        number: pad(i + 1, 4),
        code,
        stratum,
        street: target.street,
        host: policy.subRosters.get(target.sub_roster)?.host ?? '',
        officers: seats.officers.get(code) ?? [],
        items: chooseItems(seed, code, applicable, ground.itemsPerCase),
        deadline,
        ticket,
        salt: deriveSalt(seed, code),
      };
    });
  const strata = ground.strata.map(({ id, quota }) => {
    const chosen = drawn.get(id) ?? [];
    return {
      id,
      drawn: chosen.length,
      shortfall: quota - chosen.length,
      largest_ticket: chosen[chosen.length - 1]?.ticket,
    };
  });
  return {
    seedFile,
    seed,
    strata,
    caps: seats.caps,
    sheets,
    ref: { root: rootOf(sheets.map(formatSheet)), count: sheets.length },
    drawn,
  };
}

// How many are drawn: whole numbers only, by one formula, so that nobody rounds to taste.
//
// Mirrors src/ledger/proof/quota.py. Specification: docs/spec/draw.md, section 5.

import { Malformed, Refused } from './errors.js';

/**
 * Return the year's number for a stratum: min(base, max(1, ceil(base * numerator / denominator))).
 * @param {number} base
 * @param {number} numerator
 * @param {number} denominator
 */
export function deriveYearQuota(base, numerator, denominator) {
  if (base < 0 || numerator <= 0 || numerator > denominator)
    throw new Malformed(`base ${base}, ratio ${numerator}/${denominator}: expected 0 < ratio <= 1`);
  const exact = (BigInt(base) * BigInt(numerator) + BigInt(denominator) - 1n) / BigInt(denominator);
  return Math.min(base, Math.max(1, Number(exact)));
}

/**
 * Return each month's number: what is left goes to the largest remainders, ties to the earlier month.
 * @param {number} yearQuota
 * @param {number[]} weights twelve, January first
 */
export function deriveMonthQuotas(yearQuota, weights) {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (weights.length !== 12 || Math.min(...weights) < 0 || total === 0n)
    throw new Malformed(`weights ${weights}: expected twelve whole numbers, not all zero`);
  const shares = weights.map((weight) => BigInt(yearQuota) * BigInt(weight));
  const quotas = shares.map((share) => Number(share / total));
  const left = yearQuota - quotas.reduce((sum, quota) => sum + quota, 0);
  const byRemainder = shares.map((share, month) => ({ remainder: share % total, month }));
  byRemainder.sort((a, b) => (a.remainder === b.remainder ? a.month - b.month : a.remainder > b.remainder ? -1 : 1));
  for (const { month } of byRemainder.slice(0, left)) quotas[month] += 1;
  return quotas;
}

/**
 * Check that at least 80 % of the certified staff in post are enrolled (R17). Throws Refused.
 * @param {number} enrolled
 * @param {number} certifiedInPost
 */
export function checkCoverage(enrolled, certifiedInPost) {
  if (5 * enrolled < 4 * certifiedInPost) {
    throw new Refused(
      `officer roster: ${enrolled} of ${certifiedInPost} certified staff in post are enrolled, ` +
        `expected at least 80% (${Math.ceil((4 * certifiedInPost) / 5)})`,
    );
  }
}

// The lists of key enterprises: under licence, seriously dishonest, with a major hazard; by the policy (R31).
//
// Whoever stands on one, in term, has to stand on the target roster. Mirrors src/ledger/office/keylists.py.

import { compareText } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';
import { checkSpelling, keyEnterprise } from './rows.js';
import { checkSame, rule, slotOf, YEAR } from './rule.js';

/** How many codes of a list a refusal names. */
const NAMED = 20;

/**
 * Check that a year's roster has every key enterprise that is in term on a day. Throws Refused, naming them.
 * @param {import('./record.js').Record} record
 * @param {number} year
 * @param {string} day before the year begins, its first day counts, from which on the roster serves
 * @param {Map<string, import('./rows.js').Target>} roster
 */
export function checkKeyEnterprises(record, year, day, roster) {
  const first = `${year}-01-01`;
  const on = day > first ? day : first;
  const missing = [];
  const declared = [...(record.keyLists.get(year) ?? [])].sort(([a], [b]) => compareText(a, b));
  for (const [name, ref] of declared) {
    /** @type {import('./rows.js').KeyEnterprise[]} */
    const rows = record.lists.read(ref, keyEnterprise);
    const current = rows.filter(({ since, until }) => since <= on && (until === undefined || on <= until));
    const codes = current.map(({ id }) => id).filter((id) => (roster.get(id)?.status ?? 'closed') === 'closed');
    if (codes.length) missing.push(`${name} (${codes.length}): ${shorten(codes)}`);
  }
  if (missing.length) {
    throw new Refused(
      `key enterprises are missing from the declarations of ${year}, or closed there: ${missing.join('; ')}`,
    );
  }
}

/** @param {string[]} codes */
const shorten = (codes) => [...codes.slice(0, NAMED), ...(codes.length > NAMED ? ['…'] : [])].join(', ');

/** @type {NonNullable<import('./rule.js').Terms['parties']>} */
function findKeeper(record, event, body) {
  const keyList = record.policyAt(event.at).keyLists.get(body.key_list);
  return { owner: keyList ? slotOf(keyList.owner) : slotOf() };
}

rule(
  'keylist.declared/1',
  `keylists/${YEAR}/(?<keyList>[a-z0-9-]+)`,
  { parties: findKeeper },
  (record, event, body) => {
    checkSame('subject', event.subject, `keylists/${body.year}/${body.key_list}`);
    for (const row of record.lists.read(body.list, keyEnterprise)) checkSpelling(row.id);
    return () => {
      const declared = record.keyLists.get(body.year) ?? new Map();
      record.keyLists.set(body.year, declared.set(body.key_list, body.list));
    };
  },
);

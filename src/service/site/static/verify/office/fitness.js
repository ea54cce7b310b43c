// Whether an inspection that no draw selected may take place: who goes, and whether the enterprise is below its cap.
//
// Asked when it is approved, and once more when its officers are first there (T25). Mirrors src/ledger/office/fitness.py.

import { deriveDay } from '../proof/encoding.js';
import { isCertifiedInPost } from './rows.js';
import { refuseUnless } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 */

/**
 * Return officer -> home unit. Each is enrolled, certified and in post that day, and in no conflict (R17, 回避).
 * @param {Record} record
 * @param {Event} event
 * @param {string[]} officers
 * @param {string} code
 * @param {number} year
 * @param {string} day
 */
export function checkOfficers(record, event, officers, code, year, day) {
  const rosters = record.officers.rosters(year);
  const homes = new Map();
  for (const id of officers) {
    const row = rosters.map((roster) => roster.officers.get(id)).find(Boolean);
    refuseUnless(row?.enrolled, event, `${id} is not enrolled in ${year}`);
    refuseUnless(isCertifiedInPost(row, day), event, `${id} is not certified and in post on ${day}`);
    refuseUnless(!record.officers.conflicts.has(`${id}|${code}`), event, `${id} is in conflict with ${code}`);
    homes.set(id, row.unit);
  }
  return homes;
}

/**
 * Check that an enterprise was drawn and inspected less often in the year than the policy allows. Throws Refused.
 * @param {Record} record
 * @param {Event} event
 * @param {string} code
 * @param {number} year
 * @param {number} [own] how many of those times are this inspection itself
 */
export function checkCap(record, event, code, year, own = 0) {
  const cap = record.policyAt(event.at).yearlyCap;
  const drawn = record.draws.selected.get(year)?.get(code) ?? 0;
  const times = drawn + (record.cases.inspected.get(`${year} ${code}`) ?? 0) - own;
  refuseUnless(times < cap, event, `${code} was drawn or inspected ${times} times this year, and the cap is ${cap}`);
}

/**
 * Check on the days when its officers are there that an inspection may still take place; a drawn one always may. A scan
 * of those days shows that they were there: what changes after it refuses nothing.
 * @param {Record} record
 * @param {Event} event
 * @param {import('./cases.js').Case} found
 * @param {number} year
 * @param {string} first
 * @param {string} last
 */
export function checkDay(record, event, found, year, first, last) {
  if (found.drawn) return;
  if (found.scanned !== undefined && first <= deriveDay(found.scanned) && deriveDay(found.scanned) <= last) return;
  checkOfficers(record, event, found.officers, found.code, year, first);
  if (found.counts) checkCap(record, event, found.code, year, 1);
}

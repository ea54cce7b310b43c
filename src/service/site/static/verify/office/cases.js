// One inspection, from its sheet on: who inspects, and only these events change it (T20). Mirrors src/ledger/office/cases.py.

import { fromHex } from '../proof/bytes.js';
import { deriveDay } from '../proof/encoding.js';
import { Mismatch, Refused } from '../proof/errors.js';
import { checkInclusion } from '../proof/merkle.js';
import { deriveDrawOutcome } from './results.js';
import { checkSame, pad, refuseUnless, rule, SLOT, slotOf } from './rule.js';
import { SealedCase } from './sealed.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./draws.js').Draw} Draw
 * @typedef {import('./outcome.js').Sheet} Sheet
 * An officer who has left a case, and the randomness that will say who follows.
 * @typedef {{ officer: string, index: number, entry: Uint8Array, drawAt: number, source: import('./draws.js').FrozenSource,
 *   renewals: number, witnessedAt?: number, witnessedBy?: string }} Recusal
 */

export const CASE = `case/${SLOT}/(?<case>[0-9]{4,6})`;

/** An inspection, drawn or approved: what is checked where, who inspects now, seat by seat, and what came of it. */
export class Case {
  /** @type {{ draw: Draw, sheet: Sheet } | undefined} where it was drawn */
  drawn = undefined;
  counts = false;
  /** @type {string | undefined} where it was approved without a draw */
  kind = undefined;
  /** @type {number | undefined} index of the entry by which the newest officer came on it */
  staffed = undefined;
  isReinspected = false;
  /** @type {string[]} */
  former = [];
  /** @type {Map<number, number>} seat -> how often it was replaced */
  replaced = new Map();
  /** @type {Map<string, Recusal>} */
  recusals = new Map();
  /** @type {Set<string>} */
  received = new Set();
  /** @type {any} the body of visit.recorded */
  visit = undefined;
  /** @type {number | undefined} */
  scanned = undefined;
  /** @type {any} the body of rectification.ordered */
  ordered = undefined;
  /** @type {Set<string>} */
  problems = new Set();
  transferred = false;
  /** @type {any} the body of penalty.decided */
  penalty = undefined;
  /** @type {{ result: string, summary: string } | undefined} */
  result = undefined;
  /** @type {{ result: string, summary: string } | undefined} the result as it is public now */
  shown = undefined;
  penaltyPublished = false;
  closed = false;

  /**
   * @param {{ code: string, host: string, items: string[], listed: Set<string>, officers: string[],
   *   homes: Map<string, string>, since: number }} of homes: officer -> home unit, of everybody who may come on the case;
   *   since: Unix seconds before which no visit began
   */
  constructor({ code, host, items, listed, officers, homes, since }) {
    this.code = code;
    this.host = host;
    this.items = items;
    this.listed = listed;
    this.officers = [...officers];
    this.homes = homes;
    this.since = since;
  }

  /** The draw that it came from. Throws Refused where it came from none. */
  get draw() {
    return this.#drawn().draw;
  }

  /** Its sheet of the draw's outcome. Throws Refused where it came from no draw. */
  get sheet() {
    return this.#drawn().sheet;
  }

  /** Tell whether an officer is on the case. @param {string} officer */
  has(officer) {
    return this.officers.includes(officer);
  }

  /** Return the recusals of officers who are still on the case. */
  openRecusals() {
    return [...this.recusals.values()].filter(({ officer }) => this.has(officer));
  }

  /**
   * Return the change that an event asks for. Throws LedgerError where the case does not bear it out.
   * @param {number} _index
   * @param {Event} event
   * @param {import('./sealed.js').Claim} claim
   */
  decide(_index, event, claim) {
    return claim(this, event);
  }

  #drawn() {
    if (!this.drawn) throw new Refused(`the inspection of ${this.code} was approved without a draw`);
    return this.drawn;
  }
}

/** All cases by subject, drawn and approved. */
export class Cases {
  /** @type {Map<string, Case>} */
  bySubject = new Map();
  /** @type {Map<string, SealedCase>} drawn ones whose sheets are not shown yet */
  sealed = new Map();
  /** @type {Set<string>} those whose sheets the reveal alone has shown, and no entry has written down yet */
  undisclosed = new Set();
  /** @type {Map<string, number>} `office month` -> how many inspections were approved without a draw */
  approved = new Map();
  /** @type {Set<string>} `complaint code` of those approved because of a complaint */
  followed = new Set();
  /** @type {Map<string, number>} `year code` -> how many of those count for the yearly cap */
  inspected = new Map();

  /**
   * Count an approved inspection towards the yearly cap, or take it back.
   * @param {number} year
   * @param {string} code
   * @param {1 | -1} sign
   */
  countInspected(year, code, sign) {
    const place = `${year} ${code}`;
    this.inspected.set(place, (this.inspected.get(place) ?? 0) + sign);
  }

  /**
   * Count in how many inspections of a year an enterprise stood that count in a draw's pool: only where officers were
   * there, no planned one (R31), nor one of an exempt kind (T25).
   * @param {number} year
   * @param {Map<string, number>} selected code -> how often it was drawn this year
   */
  countUnplanned(year, selected) {
    const counts = new Map(selected);
    for (const { kind, counts: isCounted, since, code, scanned, visit } of this.bySubject.values()) {
      if (kind === undefined || kind === 'planned' || !isCounted || Number(deriveDay(since).slice(0, 4)) !== year)
        continue;
      if (scanned === undefined && !visit) continue;
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return counts;
  }

  /** Return the case that an event is about. Throws Refused if it was not assigned. @param {Event} event */
  find(event) {
    const found = this.bySubject.get(event.subject);
    if (!found && this.sealed.has(event.subject)) {
      throw new Refused(`${event.type} on ${event.subject}: the case is sealed, its sheet is disclosed first`);
    }
    if (!found) throw new Refused(`${event.type} on ${event.subject}: the case was not assigned`);
    return found;
  }

  /** Return the case that an event is about, also one that is sealed. Throws Refused if it was not assigned. @param {Event} event */
  findAny(event) {
    return this.sealed.get(event.subject) ?? this.find(event);
  }
}

/**
 * Return the draw that a case's subject names.
 * @param {Record} record
 * @param {Event} event
 * @param {import('./rule.js').Subject} subject
 */
function findDraw(record, event, subject) {
  const draw = record.draws.bySlot.get(`${subject.office}/${subject.month}/${subject.number}`);
  refuseUnless(draw?.executed, event, 'its draw is not executed');
  return draw;
}

/**
 * Return the sheet that a case's subject names.
 * @param {Draw} draw
 * @param {Event} event
 * @param {import('./rule.js').Subject} subject
 */
function findSheet(draw, event, subject) {
  const { sheets } = deriveDrawOutcome(draw);
  const number = Number(subject.case);
  refuseUnless(number >= 1 && number <= sheets.length, event, `the outcome has ${sheets.length} sheets`);
  const sheet = sheets[number - 1];
  refuseUnless(subject.case === sheet.number, event, `the sheet's number is written ${sheet.number}`);
  return sheet;
}

/**
 * Find the host section, the home units of all officers now on the case, and that of the officer in the body.
 * @param {Case} found
 * @param {{ officer?: string }} body
 * @returns {import('./rule.js').Parties}
 */
export function deriveCaseParties(found, { officer }) {
  const homeOf = (/** @type {string} */ one) => found.homes.get(one) ?? '';
  const isOn = officer !== undefined && found.officers.includes(officer);
  return {
    host: slotOf(found.host),
    homes: new Set(found.officers.map(homeOf)),
    section: isOn ? slotOf(homeOf(officer)) : slotOf(),
  };
}

/**
 * Find who may act on a sealed case: the service or the organiser, in the place of the host section, which would tell
 * whose it is, hands it on; each home unit speaks for its own officers.
 * @param {Draw} draw
 * @param {{ officer?: string }} body
 * @returns {import('./rule.js').Parties}
 */
export function deriveSealedParties({ ground, office, policy }, { officer = '' }) {
  const home = ground.homes.get(officer);
  return {
    host: slotOf('service', policy.offices.get(office)?.organiser ?? ''),
    section: home === undefined ? slotOf() : slotOf(home),
  };
}

/** @type {Partial<import('./rule.js').Terms>} */
export const byParties = {
  parties: (record, event, body, subject) => {
    const draw = findDraw(record, event, subject);
    const found = record.cases.bySubject.get(event.subject);
    if (draw.isHidden && !found) return deriveSealedParties(draw, body);
    return deriveCaseParties(found ?? makeCase(draw, findSheet(draw, event, subject)), body);
  },
};

/**
 * Return a drawn case as it begins.
 * @param {Draw} draw
 * @param {Sheet} sheet
 */
export function makeCase(draw, sheet) {
  const { homes, items } = draw.ground;
  const made = new Case({ ...sheet, listed: new Set(items.map((item) => item.id)), homes, since: draw.drawAt });
  made.drawn = { draw, sheet };
  return made;
}

rule('case.assigned/1', CASE, { check: 'cases', ...byParties }, (record, event, body, subject) => {
  const draw = findDraw(record, event, subject);
  const isAssigned = record.cases.bySubject.has(event.subject) || record.cases.sealed.has(event.subject);
  refuseUnless(!isAssigned, event, 'it is assigned already');
  refuseUnless(draw.attested === true, event, 'the supervisor has not attested the outcome, or disagrees with it');
  const newest = record.heads.get(`draw/${draw.slot}`) ?? 0;
  if (event.seen.size <= newest) {
    throw new Mismatch(
      `${event.type} on ${event.subject}: seen a log of size ${event.seen.size}, which does not cover ` +
        `the draw's newest station, entry ${newest}`,
    );
  }
  if (draw.isHidden) return assignSealed(record, draw, event, body, subject.case);
  const sheet = findSheet(draw, event, subject);
  checkSame('code', body.code, sheet.code);
  checkSame('officers', body.officers, sheet.officers);
  checkSame('leaf', body.leaf, undefined);
  checkSame('path', body.path, undefined);
  return () => record.cases.bySubject.set(event.subject, makeCase(draw, sheet));
});

/**
 * A sheet is handed on unseen: what stands in the record is its leaf, under the root that was executed.
 * @param {Record} record
 * @param {Draw} draw
 * @param {Event} event
 * @param {any} body
 * @param {string} number
 */
function assignSealed(record, draw, event, body, number) {
  const claimed = /** @type {import('./lists.js').ListRef} */ (draw.claimed);
  refuseUnless(isSheet(number, claimed.count), event, `the outcome has ${claimed.count} sheets`);
  checkSame('code', body.code, undefined);
  checkSame('officers', body.officers, undefined);
  refuseUnless(body.leaf !== undefined && body.path !== undefined, event, 'a sealed case has its leaf and path');
  checkInclusion(fromHex(body.leaf), Number(number) - 1, claimed.count, body.path.map(fromHex), fromHex(claimed.root));
  return () => record.cases.sealed.set(event.subject, new SealedCase(draw, number, body.leaf));
}

/**
 * Tell whether a number, as it is written, is that of one of so many sheets.
 * @param {string} number
 * @param {number} count
 */
export const isSheet = (number, count) =>
  number === pad(Number(number), 4) && Number(number) >= 1 && Number(number) <= count;

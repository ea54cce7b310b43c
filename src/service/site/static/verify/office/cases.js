// One inspection, from its sheet on: who inspects, and only these events change it (T20). Mirrors src/ledger/office/cases.py.

import { chooseReplacement, deriveReplacementSeed } from '../proof/draw.js';
import { parseTime } from '../proof/encoding.js';
import { Mismatch, Refused } from '../proof/errors.js';
import { WITNESS_LEAD_SECONDS } from '../proof/randomness.js';
import { checkUnknown, deriveSource } from './draws.js';
import { bringers, checkResult, deriveDrawOutcome, parseResult } from './results.js';
import { checkSame, refuseUnless, rule, SLOT, slotOf } from './rule.js';
import { checkWitnessed } from './shares.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./draws.js').Draw} Draw
 * @typedef {import('./outcome.js').Sheet} Sheet
 * An officer who has left a case, and the randomness that will say who follows.
 * @typedef {{ officer: string, index: number, entry: Uint8Array, drawAt: number, source: import('./draws.js').FrozenSource,
 *   isRenewed: boolean, witnessedAt?: number, witnessedBy?: string }} Recusal
 */

const CASE = `case/${SLOT}/(?<case>[0-9]{4,6})`;

/** An inspection, drawn or approved: what is checked where, who inspects now, seat by seat, and what came of it. */
export class Case {
  /** @type {{ draw: Draw, sheet: Sheet } | undefined} where it was drawn */
  drawn = undefined;
  counts = false;
  staffedAt = 0;
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
  published = false;
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

  #drawn() {
    if (!this.drawn) throw new Refused(`the inspection of ${this.code} was approved without a draw`);
    return this.drawn;
  }
}

/** All cases by subject, drawn and approved. */
export class Cases {
  /** @type {Map<string, Case>} */
  bySubject = new Map();
  /** @type {Map<string, number>} `office month` -> how many inspections were approved without a draw */
  approved = new Map();
  /** @type {Set<string>} `complaint code` of those approved because of a complaint */
  followed = new Set();
  /** @type {Map<string, number>} `year code` -> how many of those count for the yearly cap */
  inspected = new Map();

  /** Return the case that an event is about. Throws Refused if it was not assigned. @param {Event} event */
  find(event) {
    const found = this.bySubject.get(event.subject);
    if (!found) throw new Refused(`${event.type} on ${event.subject}: the case was not assigned`);
    return found;
  }
}

/**
 * Return the draw and the sheet that a case's subject names.
 * @param {Record} record
 * @param {Event} event
 * @param {import('./rule.js').Subject} subject
 */
function findSheet(record, event, subject) {
  const draw = record.draws.bySlot.get(`${subject.office}/${subject.month}/${subject.number}`);
  refuseUnless(draw?.executed, event, 'its draw is not executed');
  const { sheets } = deriveDrawOutcome(draw);
  const number = Number(subject.case);
  refuseUnless(number >= 1 && number <= sheets.length, event, `the outcome has ${sheets.length} sheets`);
  const sheet = sheets[number - 1];
  refuseUnless(subject.case === sheet.number, event, `the sheet's number is written ${sheet.number}`);
  return { draw, sheet };
}

/** @type {Partial<import('./rule.js').Terms>} */
const byParties = {
  parties: (record, event, body, subject) => {
    const { draw, sheet } = findSheet(record, event, subject);
    const officers = record.cases.bySubject.get(event.subject)?.officers ?? sheet.officers;
    const homeOf = (/** @type {string} */ officer) => draw.ground.homes.get(officer) ?? '';
    const isLeaving = event.type === 'officer.recused/1' && officers.includes(body.officer);
    return {
      host: slotOf(sheet.host),
      homes: new Set(officers.map(homeOf)),
      section: isLeaving ? slotOf(homeOf(body.officer)) : slotOf(),
    };
  },
};

rule('case.assigned/1', CASE, { check: 'cases', ...byParties }, (record, event, body, subject) => {
  const { draw, sheet } = findSheet(record, event, subject);
  refuseUnless(!record.cases.bySubject.has(event.subject), event, 'it is assigned already');
  refuseUnless(draw.attested === true, event, 'the supervisor has not attested the outcome, or disagrees with it');
  const newest = record.heads.get(`draw/${draw.slot}`) ?? 0;
  if (event.seen.size <= newest) {
    throw new Mismatch(
      `${event.type} on ${event.subject}: seen a log of size ${event.seen.size}, which does not cover ` +
        `the draw's newest station, entry ${newest}`,
    );
  }
  checkSame('code', body.code, sheet.code);
  checkSame('officers', body.officers, sheet.officers);
  return () => {
    const { homes, items } = draw.ground;
    const assigned = new Case({ ...sheet, listed: new Set(items.map((item) => item.id)), homes, since: draw.drawAt });
    assigned.drawn = { draw, sheet };
    record.cases.bySubject.set(event.subject, assigned);
  };
});

rule('officer.recused/1', CASE, { check: 'replacement', ...byParties }, (record, event, body) => {
  const found = record.cases.find(event);
  const { policy } = found.draw;
  const drawAt = parseTime(body.draw_at);
  const lead = policy.periods.replacement_lead_seconds;
  refuseUnless(!found.visit, event, 'the visit is recorded already');
  refuseUnless(found.officers.includes(body.officer), event, `${body.officer} is not on the case`);
  const before = found.recusals.get(body.officer);
  refuseUnless(!before || isLapsed(record, event, before), event, `${body.officer} is recused already`);
  refuseUnless(drawAt >= event.at + lead, event, `T′ ${body.draw_at} is less than ${lead} s ahead`);
  const source = deriveSource(policy.replacement, drawAt, body.issue);
  refuseUnless(
    (source.kind === 'lottery') === (body.issue !== undefined),
    event,
    "a lottery's issue, and only that, is named",
  );
  checkUnknown(record, event, source);
  /** @type {Recusal} */
  const recusal = {
    officer: body.officer,
    index: record.size,
    entry: event.entry,
    drawAt,
    source,
    isRenewed: before !== undefined,
  };
  return () => found.recusals.set(body.officer, recusal);
});

/**
 * Tell whether a recusal may be made anew: no quorum saw it in time, and it was not made anew before.
 * @param {Record} record
 * @param {Event} event
 * @param {Recusal} recusal
 */
function isLapsed(record, event, recusal) {
  const isPast = Math.max(event.at, record.attestedNow()) >= recusal.drawAt;
  return isPast && recusal.witnessedAt === undefined && !recusal.isRenewed;
}

rule('recusal.witnessed/1', CASE, { check: 'replacement' }, (record, event, body) => {
  const found = record.cases.find(event);
  const waiting = [...found.recusals.values()].filter(
    (one) => found.officers.includes(one.officer) && one.witnessedAt === undefined,
  );
  refuseUnless(waiting.length, event, 'no recusal waits for its witnesses');
  const { policy } = found.draw;
  const seen = record.checkedCheckpoint(body.checkpoint, policy);
  const covered = waiting.filter((recusal) => recusal.index < seen.size);
  refuseUnless(covered.length, event, `the checkpoint of size ${seen.size} covers no recusal that waits`);
  // One that comes too late for its own randomness must not hold up the others.
  const last = covered.reduce((latest, one) => (one.drawAt > latest.drawAt ? one : latest));
  const seconds = checkWitnessed(event, policy, seen, last.index, last.drawAt);
  return () => {
    for (const recusal of covered) {
      if (seconds < recusal.drawAt - WITNESS_LEAD_SECONDS) {
        recusal.witnessedAt = seconds;
        recusal.witnessedBy = body.checkpoint;
      }
    }
    record.attest(seen.size, seconds);
  };
});

/**
 * Return who follows a recused officer.
 * @param {Case} found
 * @param {Recusal} recusal
 * @param {import('../proof/randomness.js').Result} result
 */
function deriveReplacement(found, recusal, result) {
  const { ground } = found.draw;
  const { ticket, code, street } = found.sheet;
  const home = ground.officers.find((leaf) => leaf.officer.id === recusal.officer)?.roster ?? '';
  const isSecond = found.replaced.has(found.officers.indexOf(recusal.officer)) || recusal.isRenewed;
  const taken = new Set([...found.officers, ...found.former]);
  return chooseReplacement(
    deriveReplacementSeed(recusal.entry, result),
    { ticket, code, street: street ?? '' },
    home,
    taken,
    isSecond,
    ground.rosters,
  );
}

rule(
  'officer.replaced/1',
  CASE,
  { check: 'replacement', slots: (record, event, body) => bringers(record, event.at, [body.result]) },
  (record, event, body) => {
    const found = record.cases.find(event);
    const recusal = found.recusals.get(body.recused);
    refuseUnless(recusal && found.officers.includes(body.recused), event, `${body.recused} is not recused`);
    const { policy } = found.draw;
    const earlier = [...found.recusals.values()].filter(
      (one) => one.index < recusal.index && found.officers.includes(one.officer),
    );
    // Replacing in another order, once the randomness is known, would change who follows.
    refuseUnless(
      !earlier.length,
      event,
      `${earlier.map((one) => one.officer).join(' and ')} was recused before and is replaced first`,
    );
    refuseUnless(policy.quorum === 0 || recusal.witnessedAt !== undefined, event, 'the recusal is not witnessed');
    const result = parseResult(body.result, policy.replacement);
    checkResult(event, result, recusal.source, recusal.drawAt);
    checkSame('officer', body.officer, deriveReplacement(found, recusal, result));
    const seat = found.officers.indexOf(body.recused);
    return () => {
      found.officers[seat] = body.officer;
      found.staffedAt = event.at;
      found.former.push(body.recused);
      found.replaced.set(seat, (found.replaced.get(seat) ?? 0) + 1);
    };
  },
);

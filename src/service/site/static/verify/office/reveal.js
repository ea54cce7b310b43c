// How a sealed draw becomes like an open one: sheet by sheet as visits are over, and whole once its shares are shown.
//
// What was said of a sealed case and proves wrong when its sheet is shown is a breach, reported at its own entry: what
// shows it is taken all the same. Mirrors src/ledger/office/reveal.py. Specification: docs/spec/draw.md, section 11.

import { compareText, deriveDay } from '../proof/encoding.js';
import { LedgerError, Mismatch } from '../proof/errors.js';
import { deriveCommitment } from '../proof/randomness.js';
import { CASE, makeCase } from './cases.js';
import { DRAW } from './draws.js';
import { deriveOutcomeOf } from './results.js';
import { checkSame, isEqual, pad, refuseUnless, rule, RULES, SLOT, slotOf } from './rule.js';
import { deriveSheetLeaf, parseSheet } from './sealed.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./draws.js').Draw} Draw
 * @typedef {import('./outcome.js').Outcome} Outcome
 * @typedef {import('./outcome.js').Sheet} Sheet
 */

/** @param {Record} record @param {Event} event */
function findRead(record, event) {
  const draw = record.draws.bySlot.get(event.subject.slice('reads/'.length));
  refuseUnless(draw?.isSealed && draw.closed !== undefined, event, 'no closed sealed draw');
  return draw;
}

/** @type {NonNullable<import('./rule.js').Terms['slots']>} */
function findReaders(record, event, body) {
  const draw = findRead(record, event);
  const units = [...record.policyAt(event.at).units.keys()];
  return [new Set(units.filter((unit) => body.what === 'sheet' || draw.isHeldBy(unit)))];
}

rule('read.recorded/1', `reads/${SLOT}`, { slots: findReaders }, (record, event, body) => {
  const draw = findRead(record, event);
  refuseUnless(draw.isHidden, event, 'it is revealed, nothing of it is sealed any more');
  refuseUnless(draw.executed || body.what === 'shares', event, 'it is not executed yet');
  return () => {};
});

/** @type {import('./rule.js').Terms} */
const disclosingTerms = {
  check: 'cases',
  // What the reveal has shown follows from the shares: whoever says it says the same.
  parties: (record, event, body) => ({
    host: record.cases.undisclosed.has(event.subject)
      ? new Set(record.policyAt(event.at).units.keys())
      : slotOf(body.sheet.host),
  }),
};

rule('case.disclosed/1', CASE, disclosingTerms, (record, event, body) => {
  if (record.cases.undisclosed.has(event.subject)) {
    const known = /** @type {import('./cases.js').Case} */ (record.cases.bySubject.get(event.subject));
    checkSame('leaf', deriveSheetLeaf(parseSheet(known.draw, body.sheet)), deriveSheetLeaf(known.sheet));
    return () => void record.cases.undisclosed.delete(event.subject);
  }
  const sealed = record.cases.sealed.get(event.subject);
  refuseUnless(sealed, event, 'no sealed case is assigned here');
  checkSame('case', body.sheet.case, sealed.number);
  const sheet = parseSheet(sealed.draw, body.sheet);
  checkSame('leaf', deriveSheetLeaf(sheet), sealed.leaf);
  return () => show(record, event.subject, sheet);
});

/**
 * Put a case in the place of a sealed one, and check on it what was claimed of that.
 * @param {Record} record
 * @param {string} subject
 * @param {Sheet} sheet
 */
function show(record, subject, sheet) {
  const sealed = /** @type {import('./sealed.js').SealedCase} */ (record.cases.sealed.get(subject));
  const shown = makeCase(sealed.draw, sheet);
  record.cases.sealed.delete(subject);
  record.cases.bySubject.set(subject, shown);
  for (const { index, event, claim } of sealed.claims) {
    try {
      claim(shown, event)();
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      error.check = RULES.get(event.type)?.check;
      record.breaches.push({ index, error, slot: sealed.draw.slot, isRoot: false });
    }
  }
}

rule('draw.revealed/1', DRAW, { check: 'shares' }, (record, event, body) => {
  const draw = record.draws.find(event);
  refuseUnless(draw.isSealed, event, 'the draw is not sealed');
  refuseUnless(draw.executed, event, 'it is not executed yet');
  refuseUnless(draw.isHidden, event, 'it is revealed already');
  checkTime(record, draw, event);
  const sealed = draw.counted.filter((party) => draw.encrypted.has(party));
  checkSame('shares', [...body.shares.keys()].sort(compareText), sealed);
  for (const [unit, share] of body.shares) {
    checkSame(`commitment of ${unit}`, deriveCommitment(share), draw.commitments.get(unit));
  }
  const shares = new Map([...draw.shares, ...body.shares]);
  const outcome = deriveOutcomeOf(draw, shares);
  return () => {
    draw.shares = shares;
    draw.outcome = outcome;
    draw.isRevealed = true;
    if (draw.voided === undefined) record.draws.count(draw, 1);
    settle(record, draw, outcome);
  };
});

/**
 * Check that the visits are over: each is recorded, and the organiser says so; or their last day has passed, by the
 * witnesses' word where the policy asks for them.
 * @param {Record} record
 * @param {Draw} draw
 * @param {Event} event
 */
function checkTime(record, draw, event) {
  const due = draw.revealDue;
  if (!draw.claimed || deriveDay(draw.policy.quorum ? record.attestedNow() : event.at) > due) return;
  const organiser = draw.policy.offices.get(draw.office)?.organiser;
  refuseUnless(event.unit === organiser, event, `until the end of ${due} only ${organiser} reveals`);
  const numbers = Array.from({ length: draw.claimed?.count ?? 0 }, (_, i) => pad(i + 1, 4));
  const awaited = numbers.filter((number) => !record.cases.bySubject.get(`case/${draw.slot}/${number}`)?.visit).length;
  const why = `until the end of ${due} it is revealed only after all visits, and ${awaited} are not recorded`;
  refuseUnless(!awaited, event, why);
}

/**
 * Show every sheet of a true outcome; where another root was executed, nothing that was done under it stands.
 * @param {Record} record
 * @param {Draw} draw
 * @param {Outcome} outcome
 */
function settle(record, draw, outcome) {
  const prefix = `case/${draw.slot}/`;
  judgeRoots(record, draw, outcome);
  if (isEqual(outcome.ref, draw.claimed)) {
    for (const subject of [...record.cases.sealed.keys()].filter((one) => one.startsWith(prefix))) {
      record.cases.undisclosed.add(subject);
      show(record, subject, outcome.sheets[Number(subject.slice(prefix.length)) - 1]);
    }
    return;
  }
  for (const cases of [record.cases.sealed, record.cases.bySubject]) {
    for (const subject of [...cases.keys()].filter((one) => one.startsWith(prefix))) cases.delete(subject);
  }
  draw.attested = undefined;
}

/**
 * Note every root that was executed or attested and is not the outcome's, also one that another replaced.
 * @param {Record} record
 * @param {Draw} draw
 * @param {Outcome} outcome
 */
function judgeRoots(record, draw, outcome) {
  for (const { index, check, ref } of draw.roots) {
    if (isEqual(ref, outcome.ref)) continue;
    const error = new Mismatch(`draw/${draw.slot}: root ${ref.root}, the revealed shares give ${outcome.ref.root}`);
    error.check = check;
    record.breaches.push({ index, error, slot: draw.slot, isRoot: true });
  }
}

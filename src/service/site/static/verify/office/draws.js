// The first stations of a draw: its slot is opened, and everything but shares and randomness is frozen.
//
// opened -> frozen -> committed -> (revealed) -> closed -> witnessed -> randomness -> executed -> attested; or voided.
// Mirrors src/ledger/office/draws.py. Specification: docs/spec/draw.md, section 1.

import { sha256, toHex } from '../proof/bytes.js';
import { compareText, DAY_SECONDS, deriveDay, formatTime, parseTime } from '../proof/encoding.js';
import { Refused } from '../proof/errors.js';
import { deriveRound, isChain, isRound } from '../proof/randomness.js';
import { deriveGround } from './ground.js';
import { checkParties, checkSameParties } from './joint.js';
import { SERVICE, sourceName } from './policy.js';
import { checkSame, pad, refuseUnless, rule, SLOT } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./policy.js').Source} Source
 * @typedef {{ kind: string, name: string, round?: number, issue?: string }} FrozenSource
 */

export const DRAW = `draw/${SLOT}`;

/** One slot: what is fixed so far. */
export class Draw {
  /** @type {{ draw_at: string, sources: FrozenSource[] } | undefined} */
  frozen = undefined;
  frozenHash = '';
  /** @type {Map<string, string>} */
  commitments = new Map();
  /** @type {Map<string, Map<string, string>>} sealed mode: unit that committed -> unit encrypted to -> ciphertext */
  encrypted = new Map();
  /** @type {Map<string, Set<string>>} sealed mode: unit that committed -> the units that checked its share */
  checked = new Map();
  /** @type {Map<string, string>} party -> share; in sealed mode those of units come with the reveal */
  shares = new Map();
  /** @type {string[]} the parties whose shares count, once they are closed */
  counted = [];
  /** @type {number | undefined} */
  closed = undefined;
  /** @type {string[]} */
  missing = [];
  /** @type {number | undefined} */
  witnessedAt = undefined;
  /** @type {string | undefined} */
  witnessedBy = undefined;
  /** @type {import('../proof/randomness.js').Result[] | undefined} */
  results = undefined;
  /** @type {import('./outcome.js').Outcome | undefined} */
  outcome = undefined;
  /** @type {import('./lists.js').ListRef | undefined} sealed mode: the outcome's root as draw.executed gives it */
  claimed = undefined;
  /** @type {boolean | undefined} */
  attested = undefined;
  /** @type {string | undefined} */
  voided = undefined;
  executed = false;
  executedAt = -1;
  attestedAt = -1;
  /** @type {{ index: number, check: string, ref: import('./lists.js').ListRef }[]} sealed mode: what was executed and attested */
  roots = [];
  isRevealed = false;

  /**
   * @param {string} slot @param {string} office @param {string} month
   * @param {{ line: string, kind: string, mode: string, supplements?: string } & import('./joint.js').Parties} opened
   * @param {import('./policy.js').Policy} policy @param {import('./ground.js').Ground} ground
   */
  constructor(slot, office, month, opened, policy, ground) {
    this.slot = slot;
    this.office = office;
    this.month = month;
    this.opened = opened;
    this.policy = policy;
    this.ground = ground;
  }

  /** T, in Unix seconds; the draw is frozen. */
  get drawAt() {
    return parseTime(/** @type {{ draw_at: string }} */ (this.frozen).draw_at);
  }

  /** Whether the outcome is kept from the public until the visits are over. */
  get isSealed() {
    return this.opened.mode === 'sealed';
  }

  /** Whether the shares are sealed and not revealed yet: until then nobody but their holders can compute. */
  get isHidden() {
    return this.isSealed && !this.isRevealed;
  }

  /** Whether the outcome is recorded, and public. */
  get hasOutcome() {
    return this.executed && !this.isHidden;
  }

  /** Whether an outcome is recorded whose shares are still to be revealed, voided or not. */
  get owesReveal() {
    return this.executed && this.isHidden;
  }

  /** The last day of its visits, from whose end on any holder may reveal; the draw is frozen. */
  get revealDue() {
    return deriveDay(this.drawAt + this.policy.periods.visit_days * DAY_SECONDS);
  }

  /** Tell whether a unit holds every sealed share that counts: its own, and those encrypted to it. @param {string} unit */
  isHeldBy(unit) {
    return this.counted.every((party) => {
      const recipients = this.encrypted.get(party);
      return !recipients || unit === party || recipients.has(unit);
    });
  }

  /** Return the units that a sealed share is encrypted to and that have not checked it. @param {string} unit */
  findUnchecked(unit) {
    const checked = this.checked.get(unit);
    return [...(this.encrypted.get(unit)?.keys() ?? [])].filter((one) => !checked?.has(one)).sort(compareText);
  }

  /** Whether an outcome is still to come: a void before the shares are closed owes none. */
  get owesOutcome() {
    return !this.executed && !(this.voided !== undefined && (this.closed === undefined || this.isWithoutOutcome));
  }

  /** Whether there is no outcome: too few shares, or a lottery cancelled and no result recorded since. */
  get isWithoutOutcome() {
    return this.voided === 'too-few-shares' || (this.voided === 'lottery-cancelled' && !this.results);
  }
}

/** All slots that were used, and what they selected. */
export class Draws {
  /** @type {Map<string, Draw>} */
  bySlot = new Map();
  /** @type {Map<string, number>} office -> index of its newest draw.opened */
  openedAt = new Map();
  /** @type {Set<string>} */
  commitments = new Set();
  /** @type {Map<number, Map<string, number>>} year -> code -> how often it was drawn */
  selected = new Map();

  /** Return the draw that an event is about. Throws Refused if its slot was not opened. @param {Event} event */
  find(event) {
    const draw = this.bySlot.get(event.subject.slice('draw/'.length));
    if (!draw) throw new Refused(`${event.type} on ${event.subject}: the slot was not opened`);
    return draw;
  }

  /**
   * Count a draw's outcome towards the yearly cap, or take it back where it is voided. A directed stratum never counts
   * (T25).
   * @param {Draw} draw
   * @param {1 | -1} sign
   */
  count(draw, sign) {
    const directed = new Set(draw.ground.strata.filter((stratum) => stratum.directed).map((stratum) => stratum.id));
    const year = Number(draw.month.slice(0, 4));
    const counts = this.selected.get(year) ?? new Map();
    this.selected.set(year, counts);
    for (const sheet of draw.outcome?.sheets ?? []) {
      if (!directed.has(sheet.stratum)) counts.set(sheet.code, (counts.get(sheet.code) ?? 0) + sign);
    }
  }

  /** @param {string} office */
  lastOpened(office) {
    return this.openedAt.get(office) ?? -1;
  }

  /** Return an office's draws, in order of opening. @param {string} office */
  ofOffice(office) {
    return [...this.bySlot.values()].filter((draw) => draw.office === office);
  }
}

rule('draw.opened/1', DRAW, { check: 'stations' }, (record, event, body, { office, month, number }) => {
  const slot = `${office}/${month}/${number}`;
  const year = Number(month.slice(0, 4));
  const policy = record.policyAt(event.at);
  const earlier = record.draws.ofOffice(office);
  const expected = pad(earlier.filter((draw) => draw.month === month).length + 1, 3);
  refuseUnless(!record.draws.bySlot.has(slot), event, 'the slot is used');
  refuseUnless(number === expected, event, `the next slot of the month is ${expected}`);
  refuseUnless(policy.offices.has(office), event, `${office} is not an office of the policy`);
  refuseUnless(policy.bases.has(body.basis), event, `legal basis ${body.basis} is not in the policy`);
  if (body.mode === 'sealed') checkReaders(record, event, policy, office);
  const now = Math.max(event.at, record.attestedNow());
  for (const draw of earlier) {
    const isOverdue = draw.frozen && draw.owesOutcome && now >= draw.drawAt;
    refuseUnless(!isOverdue, event, `slot ${draw.slot} is overdue: its outcome is owed first`);
    const isHidden = draw.owesReveal && deriveDay(now) > draw.revealDue;
    refuseUnless(!isHidden, event, `slot ${draw.slot} is overdue: its shares are to be revealed first`);
  }
  const line = record.plans.line(record, event.at, office, year, body.line);
  checkKind(event, body, line.kind, earlier, month);
  checkParties(event, policy, office, body, line.kind === 'joint');
  refuseUnless(
    body.kind === 'supplementary' || line.weights[Number(month.slice(5, 7)) - 1] > 0,
    event,
    `line ${body.line} rests in ${month}`,
  );
  const selected = record.cases.countUnplanned(year, record.draws.selected.get(year) ?? new Map());
  const ground = deriveGround(record, event, policy, office, month, line, selected);
  const pending = earlier.filter(
    (draw) => draw.month.slice(0, 4) === month.slice(0, 4) && !draw.hasOutcome && draw.voided === undefined,
  );
  checkPending(event, ground, pending, selected, policy.yearlyCap);
  const index = record.size;
  return () => {
    record.draws.bySlot.set(slot, new Draw(slot, office, month, body, policy, ground));
    record.draws.openedAt.set(office, index);
  };
});

/**
 * Refuse a sealed draw whose shares could not be encrypted to whom they have to be: the slot would be in vain.
 * @param {Record} record
 * @param {Event} event
 * @param {import('./policy.js').Policy} policy
 * @param {string} office
 */
function checkReaders(record, event, policy, office) {
  const keyed = [...policy.units.keys()].filter((unit) => record.encryption.has(unit));
  for (const unit of [SERVICE, policy.offices.get(office)?.supervisor ?? '']) {
    refuseUnless(keyed.includes(unit), event, `${unit} has no encryption key`);
  }
  refuseUnless(keyed.length >= 4, event, `${keyed.length} units have an encryption key, a sealed draw needs 4`);
}

/**
 * Refuse a slot that could draw an enterprise once more than the cap, beside slots whose outcome is to come (T25).
 * @param {Event} event @param {import('./ground.js').Ground} ground @param {Draw[]} pending @param {Map<string, number>} selected @param {number} cap
 */
function checkPending(event, ground, pending, selected, cap) {
  const could = new Map();
  for (const draw of pending) {
    const random = new Set(
      draw.ground.strata.filter((stratum) => stratum.quota && !stratum.directed).map((stratum) => stratum.id),
    );
    for (const leaf of draw.ground.pool) {
      if (leaf.excluded === undefined && random.has(leaf.stratum))
        could.set(leaf.target.id, (could.get(leaf.target.id) ?? 0) + 1);
    }
  }
  const drawing = new Set(ground.strata.filter((stratum) => stratum.quota).map((stratum) => stratum.id));
  for (const { target, stratum, excluded } of pending.length ? ground.pool : []) {
    const times = could.get(target.id);
    const isOneTooMany =
      excluded === undefined && drawing.has(stratum) && times && (selected.get(target.id) ?? 0) + times >= cap;
    const slots = () => pending.map((draw) => draw.slot).join(' and ');
    if (isOneTooMany)
      refuseUnless(false, event, `${slots()} could draw ${target.id} up to the yearly cap: that outcome comes first`);
  }
}

/**
 * A line is drawn once a month; a supplementary draw names the slot that it follows, which was voided.
 * @param {Event} event
 * @param {any} body
 * @param {string} planned
 * @param {Draw[]} earlier
 * @param {string} month
 */
function checkKind(event, body, planned, earlier, month) {
  const list = (/** @type {Draw[]} */ draws) => draws.map((draw) => draw.slot).join(' ');
  if (body.kind === 'supplementary') {
    const before = earlier.find((draw) => draw.slot === body.supplements);
    refuseUnless(before, event, `it supplements ${body.supplements}, which is not a slot of this office`);
    refuseUnless(before.voided, event, `${before.slot} was not voided`);
    refuseUnless(before.opened.line === body.line, event, `${before.slot} was of line ${before.opened.line}`);
    const repeats = earlier.filter((draw) => draw.opened.supplements === before.slot);
    refuseUnless(!repeats.length, event, `${before.slot} was supplemented by slot ${list(repeats)}`);
    checkSameParties(body, before.opened);
    return;
  }
  refuseUnless(body.kind === planned, event, `kind ${body.kind}, the plan line says ${planned}`);
  refuseUnless(body.supplements === undefined, event, 'only a supplementary draw supplements another');
  const repeats = earlier.filter((draw) => draw.month === month && draw.opened.line === body.line);
  refuseUnless(!repeats.length, event, `line ${body.line} was drawn in ${month} by slot ${list(repeats)}`);
}

/**
 * Return what draw.frozen must say for a time T and the lotteries' issues.
 * @param {Draw} draw
 * @param {number} drawAt
 * @param {Map<string, string>} issues
 * @returns {{ [field: string]: unknown }}
 */
function deriveFrozen({ ground, policy }, drawAt, issues) {
  return {
    size: ground.size,
    pool: ground.poolRef,
    officers: ground.officersRef,
    items: ground.itemsRef,
    conflicts: ground.conflictsRef,
    strata: ground.strata,
    crew: ground.crew,
    items_per_case: ground.itemsPerCase,
    recent: ground.recent,
    draw_at: formatTime(drawAt),
    sources: policy.final.map((source) => deriveSource(source, drawAt, issues.get(sourceName(source)))),
  };
}

/**
 * Return a source as an event names it: a chain's round follows from T, a lottery's issue is named.
 * @param {Source} source
 * @param {number} drawAt
 * @param {string | undefined} issue
 * @returns {FrozenSource}
 */
export function deriveSource(source, drawAt, issue) {
  if (isChain(source)) return { kind: source.kind, name: source.hash, round: deriveRound(source, drawAt) };
  return { kind: 'lottery', name: source.name, issue };
}

rule('draw.frozen/1', DRAW, { check: 'ground' }, (record, event, body) => {
  const draw = record.draws.find(event);
  refuseUnless(!draw.frozen && draw.voided === undefined, event, 'the slot is frozen or voided already');
  const drawAt = parseTime(body.draw_at);
  const { freeze_lead_seconds: lead, draw_within_days: within } = draw.policy.periods;
  refuseUnless(drawAt >= event.at + lead, event, `T ${body.draw_at} is less than ${lead} s after the freeze`);
  refuseUnless(
    drawAt <= event.at + within * DAY_SECONDS,
    event,
    `T ${body.draw_at} is more than ${within} days after the freeze`,
  );
  /** @type {FrozenSource[]} */
  const sources = body.sources;
  const issues = new Map(sources.flatMap(({ name, issue }) => (issue === undefined ? [] : [[name, issue]])));
  const expected = deriveFrozen(draw, drawAt, issues);
  for (const name of Object.keys(expected)) checkSame(name, body[name], expected[name]);
  for (const source of sources) {
    refuseUnless(source.kind !== 'lottery' || source.issue, event, `lottery ${source.name}: its issue is not named`);
    checkUnknown(record, event, source);
  }
  return () => {
    draw.frozen = body;
    draw.frozenHash = toHex(sha256(event.entry));
  };
});

/**
 * Check that a lottery's issue is not one whose result stands in the log already (T1). Throws Refused.
 * @param {Record} record
 * @param {Event} event
 * @param {FrozenSource} source
 */
export function checkUnknown(record, event, source) {
  const results = [...record.draws.bySlot.values()].flatMap((draw) => draw.results ?? []);
  const isKnown = results.some(
    (result) => !isRound(result) && result.lottery.name === source.name && result.issue === source.issue,
  );
  refuseUnless(!isKnown, event, `lottery ${source.name}: the result of issue ${source.issue} is known already`);
}

// The fold: entry after entry, checked whole and then taken in; what it holds is the record's present state.
//
// For every entry, in this order: its form; what it was signed on (`after`, `seen`); its body; whose signatures it needs
// and has; its own rule. Mirrors src/ledger/office/record.py.

import { isSame, utf8 } from '../proof/bytes.js';
import { checkCheckpoint } from '../proof/checkpoint.js';
import { DAY_SECONDS, formatTime } from '../proof/encoding.js';
import { BadSignature, Conflict, LedgerError, Malformed, Mismatch, Refused, Unauthorised } from '../proof/errors.js';
import { parseEvent } from '../proof/event.js';
import { deriveLeafHash, Tree } from '../proof/merkle.js';
import { ED25519, parseNote, parseVkey } from '../proof/note.js';
import { Cases } from './cases.js';
import './calendar.js';
import { Draws } from './draws.js';
import { checkSignatures, deriveSlots } from './duties.js';
import './followup.js';
import './inspections.js';
import { Keys } from './keys.js';
import { Lists, Seals } from './lists.js';
import { Officers } from './officers.js';
import { Plans } from './plans.js';
import './publication.js';
import './reads.js';
import './replacement.js';
import './reveal.js';
import { parseBody, rule, RULES } from './rule.js';
import { Supervision } from './supervision.js';
import { Targets } from './targets.js';
import './visits.js';

/**
 * @typedef {import('../proof/event.js').Event} Event
 * @typedef {import('../proof/note.js').Verifier} Verifier
 * @typedef {import('./policy.js').Policy} Policy
 */

/** How far a signer's clock may lag behind what witnesses have attested. */
const CLOCK_TOLERANCE_SECONDS = 300;
const FOUNDING = 'log.founded/1';
/** The subject on which witnesses' words on the log as a whole stand. */
const WITNESSED = 'log/witnessed';
const OWN_SIGNATURES = [FOUNDING, 'key.enrolled/1', 'key.revoked/1'];

/** The state of the record after the entries taken in so far. */
export class Record {
  origin = '';
  tree = new Tree();
  /** @type {Map<string, number>} subject -> index of its newest entry */
  heads = new Map();
  /** @type {Verifier | undefined} */
  logKey = undefined;
  /** @type {import('../proof/checkpoint.js').Witnessed | undefined} */
  predecessor = undefined;
  /** @type {Verifier | undefined} */
  successor = undefined;
  /**
   * Entries taken while sealed, and found wrong once they were not; isRoot: a root that is not the outcome's, else a claim.
   * @type {{ index: number, error: LedgerError, slot: string, isRoot: boolean }[]}
   */
  breaches = [];
  /** @type {string[]} types of entries that this version does not know */
  unknown = [];
  /** @type {{ index: number, policy: Policy }[]} */
  policies = [];
  /** @type {{ size: number, seconds: number }[]} */
  witnessed = [];
  /** @type {number[]} the time that each entry claims */
  times = [];
  keys = new Keys('');
  /** @type {Map<string, string[]>} unit -> its encryption keys, oldest first */
  encryption = new Map();
  lists = new Lists();
  seals = new Seals();
  /** @type {Set<string>} the signed requests of private reads, each of which counts once */
  requests = new Set();
  /** @type {Map<number, Map<string, import('./lists.js').ListRef>>} the lists of key enterprises: year -> name -> list */
  keyLists = new Map();
  targets = new Targets();
  officers = new Officers();
  plans = new Plans();
  draws = new Draws();
  cases = new Cases();
  supervision = new Supervision();
  /** @type {Map<string, import('./supervision.js').Complaint>} */
  complaints = new Map();

  /**
   * @param {(verifier: Verifier, text: string, line: import('../proof/note.js').Signature) => void} checkSignature
   * throws BadSignature, or collects what is checked later
   */
  constructor(checkSignature) {
    this.checkSignature = checkSignature;
  }

  /** How many entries have been taken in; also the index of the next. */
  get size() {
    return this.tree.size;
  }

  /**
   * Check an entry against the whole record, and take it in. Throws LedgerError with its `check`; nothing then changes.
   * @param {Uint8Array} entry
   * @param {Uint8Array} [leafHash] of the entry, where it is known already
   */
  append(entry, leafHash = deriveLeafHash(entry)) {
    const { event, change } = this.decide(entry);
    change();
    this.heads.set(event.subject, this.size);
    this.times.push(event.at);
    this.tree.append(leafHash);
    return event;
  }

  /**
   * Check an entry against the whole record, and return what it says and the change that it makes. Throws LedgerError
   * with its `check`.
   * @param {Uint8Array} entry @returns {{ event: Event, change: () => void }}
   */
  decide(entry) {
    let check = 'entries';
    try {
      const event = parseEvent(entry, this.origin || readOrigin(entry));
      check = 'history';
      this.#checkHistory(event);
      this.#checkTime(event);
      check = 'entries';
      const found = RULES.get(event.type);
      if (!found) return { event, change: this.#takeUnknown(event) };
      const { body, subject } = parseBody(event, found.subject);
      check = 'signatures';
      if (!OWN_SIGNATURES.includes(event.type)) {
        const parties = found.parties?.(this, event, body, subject) ?? {};
        const slots =
          found.slots?.(this, event, body, subject) ??
          deriveSlots(this.policyAt(event.at), event, subject.office, parties);
        checkSignatures(this, event, slots);
      }
      check = found.check;
      return { event, change: found.decide(this, event, body, subject) };
    } catch (error) {
      if (error instanceof LedgerError) error.check ??= error instanceof Unauthorised ? 'duties' : check;
      throw error;
    }
  }

  /**
   * Check what the signer knew: the subject's head, and a checkpoint of this very log over it (T9, T33).
   * @param {Event} event
   */
  #checkHistory({ type, subject, after, seen }) {
    const place = `${type} on ${subject}`;
    const head = this.heads.get(subject);
    if (after !== head) {
      const Kind = after === undefined || (head !== undefined && after < head) ? Conflict : Mismatch;
      throw new Kind(
        `${place}: signed after ${after === undefined ? 'nothing' : `index ${after}`}, the subject's newest entry is ${head ?? 'none'}`,
      );
    }
    if ((type === FOUNDING) !== (this.size === 0))
      throw new Refused(`${type} at index ${this.size}: a log begins with ${FOUNDING}, and only there`);
    if (this.size && !(seen.size > (head ?? 0) && seen.size <= this.size)) {
      throw new Mismatch(
        `${place}: seen a log of size ${seen.size}, expected one that covers index ${head ?? 0} and is not above ${this.size}`,
      );
    }
    if (this.successor) throw new Refused(`${place}: this log is closed, ${this.successor.name} goes on`);
    if (!isSame(this.tree.root(seen.size), seen.root))
      throw new Mismatch(`${place}: signed on another history than this log's at size ${seen.size}`);
  }

  /**
   * Check the time that the signer claims: not before what came before (T9). The words of witnesses are in the order of
   * what they attest; a clock that ran ahead once must not end them.
   * @param {Event} event
   */
  #checkTime({ type, subject, at }) {
    if (!this.size) return;
    const head = this.heads.get(subject);
    let since = this.attestedNow() - CLOCK_TOLERANCE_SECONDS;
    if (head !== undefined && subject !== WITNESSED)
      since = at >= this.times[head] ? this.times[head] : this.stoodBy(head);
    if (at < since) throw new Refused(`${type} on ${subject}: at ${formatTime(at)}, before ${formatTime(since)}`);
  }

  /** @param {Event} event */
  #takeUnknown(event) {
    try {
      for (const line of event.signatures)
        this.checkSignature(this.keys.ofLine(this, event, line).verifier, event.text, line);
    } catch (error) {
      if (error instanceof BadSignature) error.check = 'signatures';
      throw error;
    }
    return () => this.unknown.push(event.type);
  }

  /**
   * Return the policy in force where an event that claims a time comes next: a new one binds after the notice of the
   * one before it (T37).
   * @param {number} at
   */
  policyAt(at) {
    let current = this.policies[0].policy;
    for (const { index, policy } of this.policies.slice(1)) {
      if (this.ageSeconds(index, at) >= current.periods.notice_days * DAY_SECONDS) current = policy;
    }
    return current;
  }

  /** Note that witnesses had seen the log at a size, at a Unix time. @param {number} size @param {number} seconds */
  attest(size, seconds) {
    this.witnessed.push({ size, seconds });
  }

  /** Return the newest time that witnesses have attested; 0 before the first. */
  attestedNow() {
    return this.witnessed.reduce((latest, { seconds }) => Math.max(latest, seconds), 0);
  }

  /**
   * Return how old an entry is where an event that claims a time comes next, counted between what witnesses attest.
   * @param {number} index
   * @param {number} at
   */
  ageSeconds(index, at) {
    if (this.policies[0].policy.quorum === 0) return at - this.times[index];
    const covering = this.witnessed.filter(({ size }) => size > index).map(({ seconds }) => seconds);
    return covering.length ? this.attestedNow() - covering.reduce((least, seconds) => Math.min(least, seconds)) : 0;
  }

  /**
   * Return by when an entry stood there: the time that it claims, or one attested over it that is earlier. So a signer
   * whose clock runs ahead holds others up until the witnesses' next word, and no longer (T9).
   * @param {number} index
   */
  stoodBy(index) {
    const covering = this.witnessed.filter(({ size }) => size > index);
    return covering.reduce((least, { seconds }) => Math.min(least, seconds), this.times[index]);
  }

  /**
   * Check a cosigned checkpoint of this log, in its one spelling; return its size and the quorum's time, if any.
   * Throws BadSignature, Malformed, Mismatch.
   * @param {string} checkpoint
   * @param {Policy} policy
   */
  checkedCheckpoint(checkpoint, policy) {
    const logKey = /** @type {Verifier} */ (this.logKey);
    const word = checkCheckpoint(utf8(checkpoint), logKey, [...policy.witnessKeys.values()], { isExact: true });
    const { size, root } = word.checkpoint;
    if (size > this.size || !isSame(this.tree.root(size), root))
      throw new Mismatch(`the checkpoint of size ${size} is not of this log's history`);
    return { size, seconds: policy.attestedTime(word.times) };
  }
}

/** Return the name of the log that an event is for, by its first line. Throws Malformed. @param {Uint8Array} entry */
export function readOrigin(entry) {
  const { text } = parseNote(entry);
  const first = text.slice(0, text.indexOf('\n'));
  if (!first.endsWith('/event/v1'))
    throw new Malformed(`first line '${first.slice(0, 120)}', expected <origin>/event/v1`);
  return first.slice(0, -'/event/v1'.length);
}

rule(FOUNDING, 'log', { check: 'signatures' }, (record, event, body) => {
  const origin = readOrigin(event.entry);
  if (body.origin !== origin)
    throw new Mismatch(`log.founded: origin ${body.origin}, the entry's first line says ${origin}`);
  const logKey = parseVkey(body.log);
  if (logKey.name !== body.origin || logKey.algorithm !== ED25519) {
    throw new Malformed(`log.founded: the log's key is ${logKey.name}, expected an Ed25519 key named ${body.origin}`);
  }
  const first = readFirstKeys(body);
  if (
    new Set([logKey, ...first.all().map((key) => key.verifier)].map((key) => key.keyHex)).size !==
    body.keys.size + 1
  ) {
    throw new Refused('log.founded: two parties have the same key');
  }
  const bureau = body.policy.offices.get('bureau');
  for (const unit of bureau ? [bureau.organiser, bureau.supervisor] : []) {
    if (!body.keys.has(unit))
      throw new Refused(`log.founded: ${unit} organises or supervises the bureau's draws and has no key`);
  }
  if (!body.keys.has(event.unit)) throw new Unauthorised(`log.founded: acted ${event.unit}, which has no key in it`);
  const signed = new Set(event.signatures.flatMap((line) => first.find(line) ?? []));
  if (signed.size !== first.all().length || signed.size !== event.signatures.length) {
    throw new BadSignature('log.founded: expected the signature of every key that it lists, and no other');
  }
  for (const line of event.signatures)
    record.checkSignature(/** @type {import('./keys.js').Key} */ (first.find(line)).verifier, event.text, line);
  const predecessor = body.continues && checkPredecessor(body.continues, logKey, body.policy);
  return () => {
    record.origin = origin;
    record.logKey = logKey;
    record.keys = first;
    record.policies.push({ index: 0, policy: body.policy });
    record.predecessor = predecessor;
  };
});

/** @param {any} body of log.founded */
function readFirstKeys(body) {
  const first = new Keys(body.origin);
  for (const unit of [...body.keys.keys()].sort()) {
    if (!body.policy.units.has(unit))
      throw new Refused(`log.founded: ${unit} has a key and is not a unit of the policy`);
    first.add({ unit, verifier: first.parse(body.keys.get(unit), unit), index: 0, waits: false });
  }
  return first;
}

/**
 * Check that a log goes on from another: one of another name and key, at a checkpoint that it signed.
 * @param {{ vkey: string, checkpoint: string }} continued
 * @param {Verifier} logKey
 * @param {Policy} policy
 */
function checkPredecessor(continued, logKey, policy) {
  const old = parseVkey(continued.vkey);
  if (old.algorithm !== ED25519 || old.name === logKey.name || old.keyHex === logKey.keyHex) {
    throw new Refused(`log.founded: it continues ${old.name}; expected a log of another name and another key`);
  }
  return checkCheckpoint(utf8(continued.checkpoint), old, [...policy.witnessKeys.values()], { isExact: true });
}

rule('log.closed/1', 'log', {}, (record, _event, body) => {
  const successor = parseVkey(body.successor);
  const known = /** @type {Verifier} */ (record.logKey);
  if (successor.algorithm !== ED25519 || successor.name === known.name || successor.keyHex === known.keyHex) {
    throw new Refused(`log.closed: ${successor.name} is to go on; expected a log of another name and another key`);
  }
  const owing = [...record.draws.bySlot.values()].find((draw) => draw.owesOutcome);
  if (owing && body.reason === 'key-rotated')
    throw new Refused(`log.closed: the outcome of ${owing.slot} is owed first`);
  const hidden = [...record.draws.bySlot.values()].find((draw) => draw.owesReveal);
  if (hidden && body.reason === 'key-rotated') {
    throw new Refused(`log.closed: the shares of ${hidden.slot} are to be revealed first`);
  }
  return () => {
    record.successor = successor;
  };
});

rule('policy.adopted/1', 'policy', {}, (record, _event, body) => {
  const index = record.size;
  return () => record.policies.push({ index, policy: body.policy });
});

rule('checkpoint.witnessed/1', WITNESSED, { check: 'witness' }, (record, event, body) => {
  const { size, seconds } = record.checkedCheckpoint(body.checkpoint, record.policyAt(event.at));
  if (seconds === undefined)
    throw new Refused("checkpoint.witnessed: cosigned by fewer witnesses than the policy's quorum");
  return () => record.attest(size, seconds);
});

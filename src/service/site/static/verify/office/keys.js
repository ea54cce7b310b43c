// Which key speaks for a unit, and since when. Mirrors src/ledger/office/keys.py and
// encryption.py.

import { DAY_SECONDS } from '../proof/encoding.js';
import { BadSignature, LedgerError, Malformed, Refused, Unauthorised } from '../proof/errors.js';
import { ED25519, parseVkey } from '../proof/note.js';
import { checkEncryptionKey } from '../proof/seal.js';
import { refuseUnless, rule, slotOf } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('../proof/note.js').Verifier} Verifier
 * One key of a unit: since which entry, whether it has to wait, and from which entry on it is revoked.
 * @typedef {{ unit: string, verifier: Verifier, index: number, waits: boolean, revoked?: number }} Key
 */

/** All keys that the log has seen, by key name and id. */
export class Keys {
  /** @type {Map<string, Key>} */
  #keys = new Map();

  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
  }

  all() {
    return [...this.#keys.values()];
  }

  /** @param {{ name: string, keyId: string }} line a signature line, or a key */
  find(line) {
    return this.#keys.get(`${line.name}+${line.keyId}`);
  }

  /** Return a unit's key from its vkey. Throws Malformed. @param {string} vkey @param {string} unit */
  parse(vkey, unit) {
    const verifier = parseVkey(vkey);
    if (verifier.algorithm !== ED25519 || verifier.name !== `${this.origin}/${unit}`) {
      throw new Malformed(`key ${verifier.name}: expected an Ed25519 key named ${this.origin}/${unit}`);
    }
    return verifier;
  }

  /** @param {Key} key */
  add(key) {
    this.#keys.set(`${key.verifier.name}+${key.verifier.keyId}`, key);
  }

  /**
   * Return the key that a line names. Throws BadSignature if unknown, Unauthorised if not in force.
   * @param {Record} record
   * @param {Event} event
   * @param {import('../proof/note.js').Signature} line
   */
  ofLine(record, event, line) {
    const key = this.find(line);
    if (!key)
      throw new BadSignature(`${event.type} on ${event.subject}: signed by ${line.name}, a key that is not enrolled`);
    if (key.revoked !== undefined || !hasWaited(record, event, key)) {
      const state = key.revoked === undefined ? 'has not waited its witnessed days' : 'is revoked';
      throw new Unauthorised(`${event.type} on ${event.subject}: the key ${line.name} ${state}`);
    }
    return key;
  }
}

/** @param {Record} record @param {Event} event @param {Key} key */
function hasWaited(record, event, key) {
  const days = () => record.policyAt(event.at).periods.key_wait_days;
  return !key.waits || Math.floor(record.ageSeconds(key.index, event.at) / DAY_SECONDS) >= days();
}

/**
 * Check the signatures of a key.enrolled, and return whether the key has to wait.
 * @param {Record} record
 * @param {Event} event
 * @param {Verifier} verifier
 */
function checkEnrolment(record, event, verifier) {
  const others = [];
  let hasProof = false;
  for (const line of event.signatures) {
    if (verifier.isNamedBy(line)) {
      record.checkSignature(verifier, event.text, line);
      hasProof = true;
    } else {
      const key = record.keys.ofLine(record, event, line);
      record.checkSignature(key.verifier, event.text, line);
      others.push(key.unit);
    }
  }
  if (!hasProof)
    throw new BadSignature(`key ${verifier.name} did not sign its own enrolment: nobody has shown to hold it`);
  if (others.length === 1 && others[0] === event.unit) return false;
  if (others.length === 2 && others[0] !== others[1] && !others.includes(event.unit)) return true;
  throw new Unauthorised(
    `key ${verifier.name}: expected the signature of the unit's key in force, or of two other units; ` +
      `found ${[...new Set(others)].sort().join(', ') || 'none'}`,
  );
}

rule('key.enrolled/1', 'key/(?<unit>.+)', { check: 'duties' }, (record, event, body, subject) => {
  if (event.unit !== subject.unit || !record.policyAt(event.at).units.has(event.unit)) {
    throw new Refused(`key.enrolled: ${event.unit} acts on ${event.subject}; expected a listed unit, on its own keys`);
  }
  const verifier = record.keys.parse(body.vkey, event.unit);
  if (record.keys.all().some((key) => key.verifier.keyHex === verifier.keyHex))
    throw new Refused(`key ${verifier.name}: these bytes were enrolled before`);
  if (record.keys.find(verifier))
    throw new Refused(`key ${verifier.name}: another key has the id ${verifier.keyId}; make a new one`);
  const key = { unit: event.unit, verifier, index: record.size, waits: checkEnrolment(record, event, verifier) };
  return () => record.keys.add(key);
});

rule('key.revoked/1', 'key/(?<unit>.+)', { check: 'duties' }, (record, event, body, subject) => {
  const verifier = parseRevoked(record, body.vkey, subject.unit);
  const key = record.keys.all().find((one) => one.verifier.keyHex === verifier.keyHex && one.revoked === undefined);
  if (!key) throw new Refused(`key.revoked: ${verifier.name} is not a key in force`);
  const signed = event.signatures.map((line) => record.keys.ofLine(record, event, line));
  event.signatures.forEach((line, i) => record.checkSignature(signed[i].verifier, event.text, line));
  const units = new Set(signed.map((one) => one.unit));
  const isOwn = signed.length === 1 && units.has(key.unit);
  const isByOthers = signed.length === 2 && units.size === 2 && !units.has(key.unit);
  if (!units.has(event.unit) || !(isOwn || isByOthers)) {
    throw new Unauthorised(
      `key.revoked: expected the unit's own signature or two others', found ${[...units].sort().join(', ')}`,
    );
  }
  const index = record.size;
  return () => {
    key.revoked = index;
  };
});

/** @param {Record} record @param {string} vkey @param {string} unit */
function parseRevoked(record, vkey, unit) {
  try {
    return record.keys.parse(vkey, unit);
  } catch (error) {
    if (error instanceof LedgerError) throw new Refused(`key.revoked: ${error.message}`);
    throw error;
  }
}

rule(
  'encryption.enrolled/1',
  'encryption/(?<unit>.+)',
  { check: 'duties', slots: (_record, _event, _body, subject) => [slotOf(subject.unit)] },
  (record, event, body) => {
    refuseUnless(record.policyAt(event.at).units.has(event.unit), event, `${event.unit} is not a unit of the policy`);
    const key = checkEncryptionKey(body.public);
    const isKnown = [...record.encryption.values()].some((keys) => keys.includes(key));
    refuseUnless(!isKnown, event, 'this encryption key stands in the log already');
    return () => record.encryption.set(event.unit, [...(record.encryption.get(event.unit) ?? []), key]);
  },
);

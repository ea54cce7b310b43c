// Signed notes: a text, an empty line, and one line for each signature; readable, and checkable with any tool.
//
// Mirrors src/ledger/proof/note.py. Specification: C2SP signed-note; docs/spec/log.md, section 2.

import { concat, formatBase64, parseBase64, parseUtf8, sha256, toHex, utf8 } from './bytes.js';
import { hasSmallR, isValid, parsePublicKey } from './ed25519.js';
import { BadSignature, Malformed } from './errors.js';

export const ED25519 = 1;
export const COSIGNATURE = 4;

// White space as Python's \s has it, spelled out: JavaScript's \s has other characters.
const NAME = /^[^+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]+$/u;
const LINE_START = '\u2014 ';

/**
 * One signature line: the key's name, the 4 bytes of its id in hexadecimal, and what follows the id.
 * @typedef {{ name: string, keyId: string, signature: Uint8Array }} Signature
 * A note as it was read: its text, ended by a line feed, and its signature lines, none of them checked.
 * @typedef {{ text: string, signatures: Signature[] }} Note
 */

/**
 * Read a note's form, strictly; no signature is checked. Throws Malformed.
 * @param {Uint8Array} bytes
 * @returns {Note}
 */
export function parseNote(bytes) {
  const message = parseUtf8(bytes, 'note');
  if (/[\x00-\x09\x0b-\x1f]/.test(message)) throw new Malformed('note holds a control character');
  const split = message.lastIndexOf('\n\n');
  if (split < 0 || !message.endsWith('\n'))
    throw new Malformed('note has no empty line before its signatures, or does not end with a line feed');
  return {
    text: message.slice(0, split + 1),
    signatures: message
      .slice(split + 2, -1)
      .split('\n')
      .map(parseSignatureLine),
  };
}

/** @param {string} line @returns {Signature} */
function parseSignatureLine(line) {
  const shown = `signature line '${line.slice(0, 80)}'`;
  if (!line.startsWith(LINE_START)) throw new Malformed(`${shown}: expected an em dash and a space first`);
  const space = line.indexOf(' ', 2);
  const name = line.slice(2, space);
  if (space < 0 || !NAME.test(name))
    throw new Malformed(`${shown}: expected a key name without spaces or plus, then base64`);
  const data = parseBase64(line.slice(space + 1));
  if (data.length < 5) throw new Malformed(`${shown}: too short for a key id and a signature`);
  return { name, keyId: toHex(data.subarray(0, 4)), signature: data.subarray(4) };
}

/** A public key with its name, as a vkey spells it. */
export class Verifier {
  /**
   * Throws Malformed where the name or key is not one that may sign.
   * @param {string} name
   * @param {Uint8Array} key
   * @param {number} algorithm
   */
  constructor(name, key, algorithm = ED25519) {
    if (!NAME.test(name)) throw new Malformed(`key name '${name}': expected no spaces and no plus`);
    this.point = parsePublicKey(key);
    this.name = name;
    this.key = key;
    this.keyHex = toHex(key);
    this.algorithm = algorithm;
    this.keyId = toHex(sha256(utf8(`${name}\n`), new Uint8Array([algorithm]), key).subarray(0, 4));
  }

  /**
   * Check 64 bytes of Ed25519 signature over a message. Throws BadSignature.
   * @param {Uint8Array} message
   * @param {Uint8Array} signature
   */
  check(message, signature) {
    if (hasSmallR(signature)) throw new BadSignature(`the signature by ${this.name} has an R of small order`);
    if (!isValid(this.key, this.point, message, signature))
      throw new BadSignature(`the signature by ${this.name} does not fit the text`);
  }

  /** Tell whether a signature line names this key. @param {Signature} line */
  isNamedBy(line) {
    return line.name === this.name && line.keyId === this.keyId;
  }
}

/**
 * Return the key that NAME+ID+BASE64 spells. Throws Malformed, which never repeats a secret key.
 * @param {string} text
 */
export function parseVkey(text) {
  const known = parsed.get(text) ?? readVkey(text);
  parsed.set(text, known);
  return known;
}

/** @type {Map<string, Verifier>} keys as they were spelled: a log names the same ones in each of its policies */
const parsed = new Map();

/** @param {string} text */
function readVkey(text) {
  if (text.startsWith('PRIVATE+KEY+'))
    throw new Malformed('vkey: a secret signing key stands in its place, expected NAME+ID+BASE64 of the public one');
  const [, name, keyId, blob] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text) ?? [];
  if (blob === undefined) throw new Malformed(`vkey '${text.slice(0, 120)}': expected NAME+ID+BASE64`);
  const data = parseBase64(blob);
  if (data[0] !== ED25519 && data[0] !== COSIGNATURE)
    throw new Malformed(`vkey '${text.slice(0, 120)}': algorithm is not Ed25519 (1) or cosignature/v1 (4)`);
  const verifier = new Verifier(name, data.slice(1), data[0]);
  if (verifier.keyId !== keyId)
    throw new Malformed(`vkey '${text.slice(0, 120)}': id ${keyId}, expected ${verifier.keyId}`);
  return verifier;
}

/** @param {Verifier} verifier @returns {string} NAME+ID+BASE64 */
export const formatVkey = (verifier) =>
  `${formatKeyName(verifier)}+${formatBase64(concat([new Uint8Array([verifier.algorithm]), verifier.key]))}`;

/** @param {Verifier} verifier @returns {string} NAME+ID, which tells keys of one name apart */
export const formatKeyName = (verifier) => `${verifier.name}+${verifier.keyId}`;

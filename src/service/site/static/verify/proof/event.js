// An event is a signed note of two lines: what kind of record this is, and one line of canonical JSON.
//
// Mirrors src/ledger/proof/event.py. Specification: docs/spec/events.md.

import { fromHex } from './bytes.js';
import { checkHex, checkId, compareText, parseCanonicalText, parseTime } from './encoding.js';
import { Malformed } from './errors.js';
import { parseNote } from './note.js';

export const MAX_ENTRY_BYTES = 65_535;

const TYPE = /^[a-z]+\.[a-z]+\/[1-9][0-9]*$/;
const REQUIRED = ['at', 'body', 'seen', 'subject', 'type', 'unit'];
const SPELLINGS = [REQUIRED, ['after', ...REQUIRED]].map((names) => names.join());

/**
 * What an entry says, read strictly; whether it may say so is for the signatures and the rules.
 * at     Unix seconds that the signer claims
 * after  index of the subject's newest entry that the signer knew; undefined for a subject's first
 * seen   the newest checkpoint that the signer had itself checked
 * text   what was signed
 * @typedef {{ type: string, subject: string, unit: string, at: number, after: number | undefined,
 *   seen: { size: number, root: Uint8Array }, body: Record<string, any>, text: string,
 *   signatures: import('./note.js').Signature[], entry: Uint8Array }} Event
 */

/**
 * Read an entry's form. Throws Malformed; no signature is checked.
 * @param {Uint8Array} entry
 * @param {string} origin
 * @returns {Event}
 */
export function parseEvent(entry, origin) {
  if (entry.length > MAX_ENTRY_BYTES)
    throw new Malformed(`entry of ${entry.length} bytes, expected at most ${MAX_ENTRY_BYTES}`);
  const { text, signatures } = parseNote(entry);
  const first = text.slice(0, text.indexOf('\n'));
  if (first !== `${origin}/event/v1`)
    throw new Malformed(`first line '${first.slice(0, 120)}', expected '${origin}/event/v1'`);
  const second = text.slice(first.length + 1);
  if (second.indexOf('\n') !== second.length - 1 || !second)
    throw new Malformed("an event's text has exactly two lines");
  for (let i = 1; i < signatures.length; i++) {
    const [before, line] = [signatures[i - 1], signatures[i]];
    if ((compareText(before.name, line.name) || compareText(before.keyId, line.keyId)) >= 0) {
      throw new Malformed('signature lines: expected each key once, in byte order of key name, then of key id');
    }
  }
  return { ...parseFields(parseCanonicalText(second.slice(0, -1))), text, signatures, entry };
}

/** @param {unknown} value @returns {value is Record<string, any>} */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {any} fields */
function parseFields(fields) {
  if (!isObject(fields) || !SPELLINGS.includes(Object.keys(fields).join())) {
    throw new Malformed(
      `event fields ${isObject(fields) ? Object.keys(fields).join(', ').slice(0, 200) : typeof fields}: expected ${REQUIRED.join(', ')} and after`,
    );
  }
  const { seen, after, body } = fields;
  if (!isObject(seen) || Object.keys(seen).join() !== 'root,size')
    throw new Malformed('seen: expected an object with root and size');
  for (const name of ['at', 'subject', 'type', 'unit'])
    if (typeof fields[name] !== 'string') throw new Malformed(`${name}: expected text`);
  if (!TYPE.test(fields.type)) throw new Malformed(`type '${fields.type.slice(0, 80)}': expected noun.verbed/version`);
  if (!isObject(body)) throw new Malformed('body: expected an object');
  if (after !== undefined) checkCount('after', after);
  checkCount('seen.size', seen.size);
  if (typeof seen.root !== 'string') throw new Malformed('seen.root: expected text');
  const subject = checkId(fields.subject);
  const unit = checkId(fields.unit);
  const at = parseTime(fields.at);
  return {
    type: fields.type,
    subject,
    unit,
    at,
    after,
    seen: { size: seen.size, root: fromHex(checkHex(seen.root)) },
    body,
  };
}

/** @param {string} name @param {unknown} value */
function checkCount(name, value) {
  if (typeof value !== 'number' || value < 0)
    throw new Malformed(`${name} ${value}: expected a whole number, not negative`);
}

// One spelling for every value, so that two people hashing the same thing hash the same bytes.
//
// Canonical JSON is RFC 8785, narrowed: strings in NFC, integers within +-(2^53-1), no fractions, no null, names of
// fields in ASCII. Mirrors src/ledger/proof/encoding.py. Specification: docs/spec/encoding.md.

import { parseUtf8, sha256, toHex, utf8 } from './bytes.js';
import { findUnstable, formatCodePoint } from './characters.js';
import { Malformed } from './errors.js';

export const DEPTH_LIMIT = 32;
/** The Unix seconds that the record can say: the years 2000 to 2999. */
export const FIRST_TIME = 946_684_800;
export const LAST_TIME = 32_503_679_999;
const SHANGHAI_SECONDS = 8 * 3600;
export const DAY_SECONDS = 86_400;

const HEX64 = /^[0-9a-f]{64}$/;
export const ID = /^[a-z0-9][a-z0-9/-]*$/;
const CODE = /^[0-9A-Z]{18}$/;
const CREDIT_CODE = /^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$/;
const CREDIT_DIGITS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const NUMBER = /^[!-{}~\u3007\u3014\u3015\u3400-\u4dbf\u4e00-\u9fff\uff08\uff09]{1,100}$/;
const TIME = /^2[0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$/;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const NOT_ASCII = /[^\x00-\x7f]/;
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Return the one spelling of a value as canonical JSON. Fields that are undefined are left out; a Map is an object.
 * Throws Malformed for a value outside the domain.
 * @param {unknown} value
 */
export function formatCanonical(value) {
  return format(value, DEPTH_LIMIT);
}

/**
 * @param {unknown} value
 * @param {number} depth how many lists and objects may stand within one another
 * @returns {string}
 */
function format(value, depth) {
  if (typeof value === 'string') return formatText(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Malformed(`number ${value}: expected an integer within +-(2^53-1)`);
    return Object.is(value, -0) ? '0' : String(value);
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null)
    throw new Malformed(`value ${value}: expected text, integer, boolean, list or object`);
  if (depth === 0) throw new Malformed(`more than ${DEPTH_LIMIT} lists and objects within one another`);
  if (Array.isArray(value)) {
    let list = '';
    for (const inner of value) list += `${list && ','}${format(inner, depth - 1)}`;
    return `[${list}]`;
  }
  const isMap = value instanceof Map;
  const names = isMap ? [...value.keys()] : Object.keys(value);
  let fields = '';
  for (const name of names.sort()) {
    const inner = isMap ? value.get(name) : /** @type {Record<string, unknown>} */ (value)[name];
    if (inner === undefined) continue;
    if (NOT_ASCII.test(name)) throw new Malformed(`field name '${name}': expected ASCII`);
    fields += `${fields && ','}${JSON.stringify(name)}:${format(inner, depth - 1)}`;
  }
  return `{${fields}}`;
}

/** @param {string} text */
function formatText(text) {
  if (NOT_ASCII.test(text)) {
    const unstable = findUnstable(text);
    if (unstable !== undefined)
      throw new Malformed(`text holds ${formatCodePoint(unstable)}, which not every version of Unicode reads alike`);
    if (text.normalize('NFC') !== text)
      throw new Malformed(`text '${text.slice(0, 80)}' is not in Unicode normalisation form C`);
  }
  return JSON.stringify(text); // which escapes what RFC 8785 escapes, in the same letters
}

/**
 * Return the value that canonical JSON spells. It is written again and must give the same text, so repeated fields,
 * other spellings of a number, other escapes and stray spaces are all refused at once. Throws Malformed.
 * @param {string} text
 */
export function parseCanonicalText(text) {
  let value, again;
  try {
    value = JSON.parse(text);
    again = formatCanonical(value);
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed(`not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (again !== text) throw new Malformed(`not canonical: ${firstDifference(text, again)}`);
  return value;
}

/** @param {Uint8Array} bytes */
export const parseCanonical = (bytes) => parseCanonicalText(parseUtf8(bytes, 'JSON'));

/** @param {string} found @param {string} expected */
function firstDifference(found, expected) {
  let at = 0;
  while (at < expected.length && found[at] === expected[at]) at++;
  return `at character ${at + 1} found '${found.slice(at, at + 16)}', expected '${expected.slice(at, at + 16)}'`;
}

/** Return H(text), 64 lowercase hexadecimal characters. By hand: printf '%s' TEXT | sha256sum @param {string} text */
export const deriveHash = (text) => toHex(sha256(utf8(text)));

/** Order texts by code points, which is by their UTF-8 bytes. @param {string} a @param {string} b */
export function compareText(a, b) {
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0; // JavaScript's own order, by UTF-16
  const [left, right] = [a, b].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const at = left.findIndex((point, i) => point !== right[i]);
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -1);
}

/** @param {string} text */
export function checkHex(text) {
  if (!HEX64.test(text)) throw new Malformed(`'${text.slice(0, 80)}': expected 64 lowercase hexadecimal characters`);
  return text;
}

/** @param {string} text */
export function checkId(text) {
  if (!ID.test(text)) throw new Malformed(`id '${text.slice(0, 80)}': expected [a-z0-9][a-z0-9/-]*`);
  return text;
}

/**
 * Return the text if it is an enterprise's code: 18 upper-case characters, or reg: and a number. Source: GB
 * 32100-2015.
 * @param {string} text
 */
export function checkCode(text) {
  if (CODE.test(text) || (text.startsWith('reg:') && NUMBER.test(text.slice(4)))) return text;
  throw new Malformed(
    `code '${text.slice(0, 80)}': expected 18 upper-case characters or digits; or reg: and a number of at most 100 ` +
      'characters, each ASCII without space and bar, a Chinese character, 〇, （） or 〔〕',
  );
}

/**
 * Tell whether a text is a 统一社会信用代码 with the right check digit. Source: GB 32100-2015, annex A.
 * @param {string} text
 */
export function isCreditCode(text) {
  if (!CREDIT_CODE.test(text)) return false;
  let sum = CREDIT_DIGITS.indexOf(text[17]);
  for (let i = 0, weight = 1; i < 17; i++, weight = (weight * 3) % 31) sum += CREDIT_DIGITS.indexOf(text[i]) * weight;
  return sum % 31 === 0;
}

/** @param {number} seconds Unix seconds @returns {string} 2027-01-04T01:00:00Z */
export const formatTime = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/**
 * Return the Unix seconds of a time such as 2027-01-04T01:00:00Z, of the years 2000 to 2999. Throws Malformed.
 * @param {string} text
 */
export function parseTime(text) {
  if (!TIME.test(text))
    throw new Malformed(
      `time '${text.slice(0, 40)}': expected the form 2027-01-04T01:00:00Z, of the years 2000 to 2999`,
    );
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds) || formatTime(milliseconds / 1000) !== text)
    throw new Malformed(`time '${text}' does not exist`);
  return milliseconds / 1000;
}

/** Return the day in Shanghai on which a moment falls. @param {number} seconds Unix seconds */
export const deriveDay = (seconds) => new Date((seconds + SHANGHAI_SECONDS) * 1000).toISOString().slice(0, 10);

/** @param {string} text */
export function checkDay(text) {
  if (!DAY.test(text)) throw new Malformed(`day '${text.slice(0, 40)}': expected the form 2027-01-04`);
  const milliseconds = Date.parse(`${text}T00:00:00Z`);
  const exists = !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().slice(0, 10) === text;
  if (!exists || text.startsWith('0000')) throw new Malformed(`day '${text}' does not exist`);
  return text;
}

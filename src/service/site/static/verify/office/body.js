// How bodies are read: strictly, each field of one kind. Mirrors src/ledger/office/events/body.py.
//
// A kind is a function that takes a value of canonical JSON and the place where it stands, and returns the value as the
// rules hold it, or throws Malformed. Objects with fields of our own naming stay objects; those whose names are data
// (unit -> key) become Maps, so that no name can be mistaken for one of JavaScript's.

import { formatCodePoint } from '../proof/characters.js';
import { checkCode, checkDay, checkHex, compareText, ID, parseTime } from '../proof/encoding.js';
import { Malformed } from '../proof/errors.js';
import { isObject } from '../proof/event.js';

/**
 * @typedef {((value: any, place: string) => any) & { isOptional?: boolean, shape?: Record<string, Kind> }} Kind
 */

/**
 * Return a refusal in the words of src/ledger/audit/wording.zh.json, so that it can be told in Chinese too.
 * @param {string} place @param {string} what @param {unknown} [found] left out where it is not repeated
 */
function refuse(place, what, found) {
  const shown = found === undefined ? '…' : JSON.stringify(found).slice(0, 120);
  return new Malformed(`${place}: ${what}, found ${shown}`);
}

/** @param {RegExp} [pattern] @param {{ min?: number, max?: number }} [length] in characters @returns {Kind} */
export function string(pattern, { min = 0, max = Infinity } = {}) {
  return (value, place) => {
    if (typeof value !== 'string') throw refuse(place, 'Input should be a valid string', value);
    if (value.length < min)
      throw refuse(place, `String should have at least ${min} character${min === 1 ? '' : 's'}`, value);
    if (value.length > max && [...value].length > max)
      throw refuse(place, `String should have at most ${max} characters`, value);
    if (pattern && !pattern.test(value)) throw refuse(place, `String should match pattern '${pattern.source}'`, value);
    return value;
  };
}

/** @param {(text: string) => unknown} check throws Malformed @returns {Kind} */
function checked(check) {
  return (value, place) => {
    if (typeof value !== 'string') throw refuse(place, 'Input should be a valid string', value);
    try {
      check(value);
    } catch (error) {
      if (error instanceof Malformed) throw refuse(place, `Value error, ${error.message}`, value);
      throw error;
    }
    return value;
  };
}

/** @param {number} [min] @param {number} [max] @returns {Kind} */
export function integer(min = 0, max = Infinity) {
  return (value, place) => {
    if (typeof value !== 'number') throw refuse(place, 'Input should be a valid integer', value);
    if (value < min) throw refuse(place, `Input should be greater than or equal to ${min}`, value);
    if (value > max) throw refuse(place, `Input should be less than or equal to ${max}`, value);
    return value;
  };
}

/** @type {Kind} */
export const boolean = (value, place) => {
  if (typeof value !== 'boolean') throw refuse(place, 'Input should be a valid boolean', value);
  return value;
};

/** @type {Kind} */
export const anyObject = (value, place) => {
  if (!isObject(value)) throw refuse(place, 'Input should be a valid dictionary');
  return value;
};

/** @param {...string} words @returns {Kind} */
export function oneOf(...words) {
  const quoted = words.map((word) => `'${word}'`);
  const listed = [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].filter(Boolean).join(' or ');
  return (value, place) => {
    if (!words.includes(value)) throw refuse(place, `Input should be ${listed}`, value);
    return value;
  };
}

/** @param {Kind} kind @param {{ min?: number, max?: number }} [count] @returns {Kind} */
export function many(kind, { min = 0, max = Infinity } = {}) {
  return (value, place) => {
    if (!Array.isArray(value)) throw refuse(place, 'Input should be a valid tuple', value);
    const found = value.map((one, i) => kind(one, `${place}.${i}`));
    if (value.length < min)
      throw refuse(place, `Tuple should have at least ${min} items after validation, not ${value.length}`, value);
    if (value.length > max)
      throw refuse(place, `Tuple should have at most ${max} items after validation, not ${value.length}`, value);
    return found;
  };
}

/**
 * A list in which each stands once, in ascending order.
 * @param {Kind} kind
 * @param {(one: any) => string} [orderOf] what one of them is ordered by
 * @returns {Kind}
 */
export function ascending(kind, orderOf = (one) => one) {
  return (value, place) => {
    const found = kind(value, place);
    for (let i = 1; i < found.length; i++) {
      if (compareText(orderOf(found[i - 1]), orderOf(found[i])) >= 0) {
        throw refuse(place, 'Value error, expected each once, in ascending order', value);
      }
    }
    return found;
  };
}

/** An object whose names are data. @param {Kind} name @param {Kind} kind @returns {Kind} */
export function table(name, kind) {
  return (value, place) => {
    const found = Object.entries(anyObject(value, place));
    return new Map(found.map(([key, one]) => [name(key, `${place}.${key}`), kind(one, `${place}.${key}`)]));
  };
}

/** A field that may be left out. @param {Kind} kind @returns {Kind} */
export function optional(kind) {
  /** @type {Kind} */
  const read = (value, place) => kind(value, place);
  return Object.assign(read, { isOptional: true });
}

/** An object with these fields and no other. @param {Record<string, Kind>} shape @returns {Kind} */
export function fields(shape) {
  /** @type {Kind} */
  const kind = (value, place) => {
    for (const name of Object.keys(anyObject(value, place))) {
      if (!Object.hasOwn(shape, name)) throw refuse(`${place}.${name}`, 'Extra inputs are not permitted');
    }
    /** @type {Record<string, any>} */
    const read = {};
    for (const [name, one] of Object.entries(shape)) {
      if (Object.hasOwn(value, name)) read[name] = one(value[name], `${place}.${name}`);
      else if (!one.isOptional) throw refuse(`${place}.${name}`, 'Field required', value);
    }
    return read;
  };
  return Object.assign(kind, { shape });
}

export const id = string(ID);
export const code = checked(checkCode);
export const hex64 = checked(checkHex);
export const day = checked(checkDay);
export const time = checked(parseTime);
export const anyText = string();
export const fieldName = string(/^[a-z][a-z_]*$/);
/** A signed note, verbatim. */
export const noteText = string(undefined, { min: 1, max: 20_000 });
/** A character that is not seen, or makes a reader see another text (docs/spec/events.md, section 4). */
const HIDDEN =
  /[\0-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
const line = string(undefined, { min: 1, max: 2000 });
const shown = checked((value) => {
  const hidden = HIDDEN.exec(value);
  if (hidden) throw new Malformed(`a text holds ${formatCodePoint(hidden[0])}: expected only what is seen, on one line`);
  if (/^[ \u3000]|[ \u3000]$/.test(value)) throw new Malformed('a text begins or ends with a blank');
});
/** A text on one line that reads as it is signed: all of its characters are seen, but blanks between them. @type {Kind} */
export const text = (value, place) => shown(line(value, place), place);
export const year = integer(2000, 9998);
export const count = integer();
export const ids = ascending(many(id, { min: 1 }));

/** The fields of a time on a list, both days included; without `until` it has no end. */
const termFields = { since: day, until: optional(day) };

/**
 * An object that has a term beside its other fields.
 * @param {Record<string, Kind>} shape
 */
export function term(shape) {
  const whole = fields({ ...termFields, ...shape });
  /** @type {Kind} */
  const kind = (value, place) => {
    const read = whole(value, place);
    if (read.until !== undefined && read.until < read.since) {
      throw refuse(place, 'Value error, expected a term that does not end before it begins', value);
    }
    return read;
  };
  return Object.assign(kind, { shape: whole.shape });
}

/** A name as people read it, in Chinese and in English. */
export const names = fields({ zh: text, en: text });
/** A list that stands in the log in parts: the root over its rows, and how many they are. */
export const listRef = fields({ root: hex64, count });
/** A value that is not public, or not yet. */
export const sealed = fields({ sealed: hex64 });

// How bodies are read: strictly, each field of one kind. Mirrors src/ledger/office/events/body.py.
//
// A kind is a function that takes a value of canonical JSON and the place where it stands, and returns the value as the
// rules hold it, or throws Malformed. Objects with fields of our own naming stay objects; those whose names are data
// (unit -> key) become Maps, so that no name can be mistaken for one of JavaScript's.

import { checkCode, checkDay, checkHex, ID, parseTime } from '../proof/encoding.js';
import { Malformed } from '../proof/errors.js';
import { isObject } from '../proof/event.js';

/**
 * @typedef {((value: any, place: string) => any) & { isOptional?: boolean, shape?: Record<string, Kind> }} Kind
 */

/** @param {string} place @param {string} expected @param {unknown} [found] */
function refuse(place, expected, found) {
  const shown = found === undefined ? '' : `, found ${JSON.stringify(found)?.slice(0, 120)}`;
  return new Malformed(`${place}: expected ${expected}${shown}`);
}

/** @param {RegExp} [pattern] @param {{ min?: number, max?: number }} [length] in characters @returns {Kind} */
export const string = (pattern, { min = 0, max = Infinity } = {}) => (value, place) => {
  if (typeof value !== 'string') throw refuse(place, 'text', value);
  const length = value.length > max ? [...value].length : value.length;
  if (length < min || length > max) throw refuse(place, `${min} to ${max} characters`);
  if (pattern && !pattern.test(value)) throw refuse(place, `the form ${pattern.source}`, value);
  return value;
};

/** @param {(text: string) => unknown} check throws Malformed @returns {Kind} */
const checked = (check) => (value, place) => {
  if (typeof value !== 'string') throw refuse(place, 'text', value);
  try {
    check(value);
  } catch (error) {
    if (error instanceof Malformed) throw refuse(place, error.message);
    throw error;
  }
  return value;
};

/** @param {number} [min] @param {number} [max] @returns {Kind} */
export const integer = (min = 0, max = Infinity) => (value, place) => {
  if (typeof value !== 'number' || value < min || value > max) throw refuse(place, `a whole number from ${min} to ${max}`, value);
  return value;
};

/** @type {Kind} */
export const boolean = (value, place) => {
  if (typeof value !== 'boolean') throw refuse(place, 'true or false', value);
  return value;
};

/** @type {Kind} */
export const anyObject = (value, place) => {
  if (!isObject(value)) throw refuse(place, 'an object', value);
  return value;
};

/** @param {...string} words @returns {Kind} */
export const oneOf = (...words) => (value, place) => {
  if (typeof value !== 'string' || !words.includes(value)) throw refuse(place, words.join(', '), value);
  return value;
};

/** @param {Kind} kind @param {{ min?: number, max?: number }} [count] @returns {Kind} */
export const many = (kind, { min = 0, max = Infinity } = {}) => (value, place) => {
  if (!Array.isArray(value)) throw refuse(place, 'a list', value);
  if (value.length < min || value.length > max) throw refuse(place, `${min} to ${max} of them`);
  return value.map((one, i) => kind(one, `${place}.${i}`));
};

/** A list of texts, each once, ascending. @param {Kind} kind @returns {Kind} */
export const ascending = (kind) => (value, place) => {
  for (let i = 1; i < kind(value, place).length; i++) if (value[i - 1] >= value[i]) throw refuse(place, 'each once, in ascending order');
  return value;
};

/** An object whose names are data. @param {Kind} name @param {Kind} kind @returns {Kind} */
export const table = (name, kind) => (value, place) => {
  const found = Object.entries(anyObject(value, place));
  return new Map(found.map(([key, one]) => [name(key, place), kind(one, `${place}.${key}`)]));
};

/** @param {Kind} kind @returns {Kind} a field that may be left out */
export const optional = (kind) => Object.assign((/** @type {any} */ value, /** @type {string} */ place) => kind(value, place), { isOptional: true });

/** An object with these fields and no other. @param {Record<string, Kind>} shape @returns {Kind} */
export function fields(shape) {
  const names = Object.keys(shape);
  /** @type {Kind} */
  const kind = (value, place) => {
    const found = Object.keys(anyObject(value, place));
    for (const name of found) if (!Object.hasOwn(shape, name)) throw refuse(`${place}.${name}`, 'no such field');
    /** @type {Record<string, any>} */
    const read = {};
    for (const name of names) {
      if (Object.hasOwn(value, name)) read[name] = shape[name](value[name], `${place}.${name}`);
      else if (!shape[name].isOptional) throw refuse(`${place}.${name}`, 'the field, which is missing');
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
/** A text on one line, without control characters and those of direction. */
export const text = string(/^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]*$/, { min: 1, max: 2000 });
export const year = integer(2000, 9998);
export const count = integer();
export const ids = ascending(many(id, { min: 1 }));

/** A name as people read it, in Chinese and in English. */
export const names = fields({ zh: text, en: text });
/** A list that stands in the log in parts: the root over its rows, and how many they are. */
export const listRef = fields({ root: hex64, count });
/** A value that is not public, or not yet. */
export const sealed = fields({ sealed: hex64 });

// One rule for each event type: the form of its subject, who is who, and what it decides. Mirrors src/ledger/office/rule.py.
//
// A rule decides without changing anything and returns the change; the fold makes it once everything has passed.

import { formatCanonical } from '../proof/encoding.js';
import { Malformed, Mismatch, Refused } from '../proof/errors.js';
import { BODIES } from './events.js';

export const OFFICE = '(?<office>bureau|street/[a-z0-9-]+)';
export const YEAR = '(?<year>[0-9]{4})';
export const SLOT = `${OFFICE}/(?<month>[0-9]{4}-(?:0[1-9]|1[0-2]))/(?<number>[0-9]{3})`;

/**
 * @typedef {import('../proof/event.js').Event} Event
 * @typedef {import('./record.js').Record} Record
 * @typedef {() => void} Change
 * @typedef {{ [name: string]: string }} Subject the parts of an event's subject, by name
 * @typedef {Set<string>} Slot the units of which one has to sign
 * @typedef {{ owner?: Slot, host?: Slot, section?: Slot, homes?: Slot }} Parties units that hold a role for one event
 * @typedef {(record: Record, event: Event, body: any, subject: Subject) => Change} Decide
 * What holds for one event type: the numbered check that a refusal belongs to, who holds the roles that depend on the
 * event, whose signatures are needed where the policy's table does not say.
 * @typedef {{ check: string, parties?: (record: Record, event: Event, body: any, subject: Subject) => Parties,
 *   slots?: (record: Record, event: Event, body: any, subject: Subject) => Slot[] }} Terms
 */

/**
 * Event type -> its rule; filled as the modules of the rules are imported.
 * @type {Map<string, Terms & { subject: RegExp, decide: Decide }>}
 */
export const RULES = new Map();

/**
 * Enter the rule of an event type.
 * @param {string} type
 * @param {string} subject
 * @param {Partial<Terms>} terms
 * @param {Decide} decide
 */
export function rule(type, subject, terms, decide) {
  RULES.set(type, { check: 'rules', ...terms, subject: new RegExp(`^(?:${subject})$`), decide });
}

/**
 * Return an event's body and the parts of its subject, read strictly. Throws Malformed.
 * @param {Event} event
 * @param {RegExp} pattern
 */
export function parseBody(event, pattern) {
  const match = pattern.exec(event.subject);
  if (!match) throw new Malformed(`${event.type}: subject '${event.subject}' is not of the form ${pattern.source}`);
  try {
    return { body: BODIES[event.type](event.body, 'body'), subject: /** @type {Subject} */ (match.groups ?? {}) };
  } catch (error) {
    if (error instanceof Malformed) throw new Malformed(`${event.type}: ${error.message}`);
    throw error;
  }
}

/**
 * Refuse an event unless a condition holds.
 * @param {unknown} condition
 * @param {Event} event
 * @param {string} why
 * @returns {asserts condition}
 */
export function refuseUnless(condition, event, why) {
  if (!condition) throw new Refused(`${event.type} on ${event.subject}: ${why}`);
}

/** Tell whether two values of the record are the same. @param {unknown} a @param {unknown} b */
export const isEqual = (a, b) =>
  a === b || (a !== undefined && b !== undefined && formatCanonical(a) === formatCanonical(b));

/**
 * Check that a derived value stands as it is derived. Throws Mismatch with both.
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} expected
 */
export function checkSame(what, found, expected) {
  if (!isEqual(found, expected)) throw new Mismatch(`${what}: found ${show(found)}, expected ${show(expected)}`);
}

/** @param {unknown} value */
function show(value) {
  const text = value === undefined ? 'nothing' : formatCanonical(value);
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

/** @param {...string} units @returns {Slot} */
export const slotOf = (...units) => new Set(units);

/** @param {number} number @param {number} width */
export const pad = (number, width) => String(number).padStart(width, '0');

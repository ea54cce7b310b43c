// Whose signatures an event needs: the policy's table of roles, and who holds a role here. Mirrors src/ledger/office/duties.py.

import { Unauthorised } from '../proof/errors.js';
import { SERVICE } from './policy.js';
import { slotOf } from './rule.js';

/**
 * @typedef {import('./rule.js').Slot} Slot
 * @typedef {import('./policy.js').Policy} Policy
 */

/**
 * Return, for each signature that an event needs, the units that may give it; the acting unit's first. Throws Unauthorised.
 * @param {Policy} policy @param {import('./rule.js').Event} event
 * @param {string | undefined} office whose table of organiser, supervisor and leader applies
 * @param {import('./rule.js').Parties} parties
 */
export function deriveSlots(policy, event, office, parties) {
  const roles = policy.authority.get(event.type);
  if (!roles)
    throw new Unauthorised(`${event.type}: the policy's table of duties does not name it, so nobody may sign it`);
  /** @type {Slot[]} */
  const slots = [];
  for (const role of roles) {
    if (role === 'homes') {
      if (!parties.homes) {
        throw new Unauthorised(
          `${event.type}: the policy's table of duties asks for homes, and no officers are on what it is about, so nobody ` +
            'may sign it',
        );
      }
      for (const unit of [...parties.homes].sort()) slots.push(slotOf(unit));
      continue;
    }
    const party = parties[/** @type {keyof import('./rule.js').Parties} */ (role)];
    let holders = party?.size ? party : findHolders(policy, role, office);
    if (role === 'supervisor' && slots.some((slot) => isSame(slot, holders))) {
      holders = findHolders(policy, 'leader', office); // nobody approves what its own section enters
    }
    slots.push(holders);
  }
  return slots;
}

/** @param {Slot} a @param {Slot} b */
const isSame = (a, b) => a.size === b.size && [...a].every((unit) => b.has(unit));

/** @param {Policy} policy @param {string} role @param {string | undefined} office @returns {Slot} */
function findHolders(policy, role, office) {
  if (role === 'any') return new Set(policy.units.keys());
  if (role === 'service') return slotOf(SERVICE);
  const table = policy.offices.get(office || 'bureau');
  return table && (role === 'organiser' || role === 'supervisor' || role === 'leader') ? slotOf(table[role]) : slotOf();
}

/**
 * Check that exactly the signatures needed stand under an event, each by a key in force. Throws BadSignature, Unauthorised.
 * @param {import('./record.js').Record} record @param {import('./rule.js').Event} event @param {Slot[]} slots
 */
export function checkSignatures(record, event, slots) {
  const units = event.signatures.map((line) => {
    const key = record.keys.ofLine(record, event, line);
    record.checkSignature(key.verifier, event.text, line);
    return key.unit;
  });
  if (!isFilled(event.unit, units, slots)) {
    const wanted = slots.map((slot) => [...slot].sort().join('|') || 'nobody').join(' + ');
    throw new Unauthorised(
      `${event.type} on ${event.subject}: acted ${event.unit}, signed ${units.join(' + ') || 'nobody'}; ` +
        `expected ${wanted.length < 200 ? wanted : `${wanted.slice(0, 200)}…`}`,
    );
  }
}

/** @param {string} acting @param {string[]} units @param {Slot[]} slots */
function isFilled(acting, units, slots) {
  if (new Set(units).size !== units.length || units.length !== slots.length || !units.includes(acting)) return false;
  return (
    slots[0].has(acting) &&
    isMatched(
      units.filter((unit) => unit !== acting),
      slots.slice(1),
    )
  );
}

/**
 * Tell whether every unit can be given a slot of its own, by augmenting paths.
 * @param {string[]} units
 * @param {Slot[]} slots
 */
function isMatched(units, slots) {
  /** @type {Map<number, string>} */
  const holder = new Map();
  /** @type {(unit: string, tried: Set<number>) => boolean} */
  const place = (unit, tried) =>
    slots.some((slot, index) => {
      if (!slot.has(unit) || tried.has(index)) return false;
      tried.add(index);
      const other = holder.get(index);
      if (other !== undefined && !place(other, tried)) return false;
      holder.set(index, unit);
      return true;
    });
  return units.every((unit) => place(unit, new Set()));
}

// A first look through a log's entries, before any rule: their tree, and the keys that the log itself names.
//
// Nothing of it is believed: the replay checks every entry that it was read from. Mirrors src/ledger/audit/survey.py.

import { LedgerError, Malformed } from '../proof/errors.js';
import { parseEvent } from '../proof/event.js';
import { hashLeaf, Tree } from '../proof/merkle.js';
import { parseNote, parseVkey } from '../proof/note.js';
import { BODIES } from '../office/events.js';

/** @param {Uint8Array[]} entries */
export async function deriveTree(entries) {
  const tree = new Tree();
  for (const leafHash of await Promise.all(entries.map(hashLeaf))) tree.append(leafHash);
  return tree;
}

/**
 * Return the log's key as the founding entry names it, and its witnesses' of all policies. Throws Malformed.
 * @param {Uint8Array[]} entries
 */
export function readNamedKeys(entries) {
  if (!entries.length) throw new Malformed('the log is empty');
  const origin = parseNote(entries[0])
    .text.split('\n')[0]
    .replace(/\/event\/v1$/, '');
  const founded = BODIES['log.founded/1'](parseEvent(entries[0], origin).body, 'body');
  const witnesses = [...founded.policy.witnessKeys.values()];
  for (const entry of entries.slice(1)) {
    if (mayAdopt(entry)) witnesses.push(...readLaterWitnesses(entry, origin));
  }
  return { log: parseVkey(founded.log), witnesses };
}

const ADOPTED = '"type":"policy.adopted/1"';
const LOOSE = new TextDecoder();

/** @param {Uint8Array} entry */
const mayAdopt = (entry) => LOOSE.decode(entry).includes(ADOPTED);

/** @param {Uint8Array} entry @param {string} origin @returns {import('../proof/note.js').Verifier[]} */
function readLaterWitnesses(entry, origin) {
  try {
    return [...BODIES['policy.adopted/1'](parseEvent(entry, origin).body, 'body').policy.witnessKeys.values()];
  } catch (error) {
    if (error instanceof LedgerError) return []; // it only looks like one, or is for the replay to refuse
    throw error;
  }
}

// Replaying a log: every entry through every rule, signatures checked by the page's own cryptography where it has it.
//
// The fold is one thread's work; the signatures that it asks for are collected and checked afterwards. What is reported
// is always the first wrong thing in the log's order. Mirrors src/ledger/audit/replay.py and signatures.py.

import { utf8 } from '../proof/bytes.js';
import { isAcceptedByPage } from '../proof/ed25519.js';
import { BadSignature, LedgerError } from '../proof/errors.js';
import { Record } from '../office/record.js';

/** How many signatures are checked side by side, and how often progress is told. */
const RUN = 256;

/**
 * @typedef {{ index: number, error: LedgerError }} Failure the first wrong thing: the entry's index, and what is wrong
 * @typedef {{ verifier: import('../proof/note.js').Verifier, text: string, signature: Uint8Array, index: number }} Task
 * Told now and then: how many of how many entries or signatures are done.
 * @typedef {(stage: 'entries' | 'signatures', done: number, of: number) => void} Progress
 */

/**
 * Fold entries into a record, each checked whole. An event type that this version does not know is taken in and listed
 * in the record's `unknown`.
 * @param {Uint8Array[]} entries
 * @param {import('../proof/merkle.js').Tree} tree over the same entries, whose hashes need not be made twice
 * @param {Progress} [progress]
 * @returns {Promise<{ record: Record, failure: Failure | undefined }>}
 */
export async function replay(entries, tree, progress) {
  /** @type {Task[]} */
  const tasks = [];
  let index = 0;
  const record = new Record((verifier, text, { signature }) => tasks.push({ verifier, text, signature, index }));
  let failure = fold();
  const bad = await checkAll(tasks, progress);
  if (bad && (!failure || bad.index <= failure.index)) failure = bad;
  return { record, failure };

  /** Take entries in until one is refused. @returns {Failure | undefined} */
  function fold() {
    for (index = 0; index < entries.length; index++) {
      try {
        record.append(entries[index], tree.levels[0][index]);
      } catch (error) {
        if (error instanceof LedgerError) return { index, error };
        throw error;
      }
      if (index % RUN === 0) progress?.('entries', index, entries.length);
    }
    return undefined;
  }
}

/**
 * Return the first signature that is bad, if any is.
 * @param {Task[]} tasks in the log's order
 * @param {Progress} [progress]
 * @returns {Promise<Failure | undefined>}
 */
async function checkAll(tasks, progress) {
  for (let first = 0; first < tasks.length; first += RUN) {
    const run = tasks.slice(first, first + RUN);
    const accepted = await Promise.all(
      run.map(({ verifier, text, signature }) => isAcceptedByPage(verifier.key, utf8(text), signature)),
    );
    const bad = run.map((task, i) => (accepted[i] ? undefined : checkOne(task))).find(Boolean);
    if (bad) return bad;
    progress?.('signatures', first + run.length, tasks.length);
  }
  return undefined;
}

/** @param {Task} task @returns {Failure | undefined} */
function checkOne({ verifier, text, signature, index }) {
  try {
    verifier.check(utf8(text), signature);
  } catch (error) {
    if (!(error instanceof BadSignature)) throw error;
    error.check = 'signatures';
    return { index, error };
  }
  return undefined;
}

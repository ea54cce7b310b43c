// Check 4: a log only grows. What was kept from before, what is verified, and what is published now are one history.
//
// Without the published log it is as src/ledger/audit/verify.py has it. With it a bundle is found that the published log
// does not go on from, and one that is older than what was kept finds its place. A few tiles of hashes are enough.
// Specification: C2SP tlog-tiles; RFC 9162, section 2.1.4; docs/spec/log.md, section 5.

import { isSame, toHex } from '../proof/bytes.js';
import { checkCheckpoint, parseCheckpoint } from '../proof/checkpoint.js';
import { LedgerError, Mismatch } from '../proof/errors.js';
import { parseNote } from '../proof/note.js';
import { Unreachable } from './served.js';
import { Tiles } from './tiles.js';
import { translate } from './wording.js';

/**
 * @typedef {import('../proof/checkpoint.js').Checkpoint} Checkpoint
 * A checkpoint: its bytes, and what it says. @typedef {{ data: Uint8Array, word: Checkpoint }} Signed
 * What is compared. since: a checkpoint kept from before; published: how to read the log that is published.
 * @typedef {{ since?: Uint8Array, published?: import('./served.js').ReadFile }} Before
 */

/**
 * Note how check 4 ends; return the largest checkpoint of the history, which is to be kept; undefined where the one that
 * was kept is larger than what is verified, and could not be compared: then it is the one to go on keeping, and check 4
 * is lacking. A published checkpoint that the log's key did not sign fails check 3, tiles that do not give its root fail
 * check 6.
 * @param {import('./report.js').Report} report
 * @param {Signed} verified @param {import('../proof/merkle.js').Tree} tree over all its entries
 * @param {import('../proof/note.js').Verifier} log
 * @param {Before} before
 * @returns {Promise<Signed | undefined>}
 */
export async function checkSince(report, verified, tree, log, { since, published }) {
  /** @type {Signed | undefined} */
  let kept;
  try {
    kept = since && readKept(since, verified.word);
    if (kept && kept.word.size <= tree.size) checkKept(kept.word, tree.root(kept.word.size));
    const newest = published && (await readPublished(published, log));
    if (kept) checkLength(kept.word, newest ? newest.word.size : tree.size);
    if (newest && published) {
      report.facts.published = { size: newest.word.size, root: toHex(newest.word.root) };
      const tiles = new Tiles(published, newest.word.size);
      if (newest.word.size <= tree.size) checkFork(newest.word, tree.root(newest.word.size));
      else checkFork(verified.word, await rootAt(tiles, verified.word.size, newest.word));
      if (kept && kept.word.size > tree.size)
        checkKept(kept.word, await rootAt(tiles, kept.word.size, newest.word));
    }
    noteHistory(report, verified.word, kept?.word, newest?.word);
    return [kept, newest].reduce((a, b) => (b && b.word.size > a.word.size ? b : a), verified);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const isLarger = kept !== undefined && kept.word.size > tree.size;
    if (error instanceof Unreachable) noteUnreachable(report, error, isLarger ? kept?.word : undefined);
    else report.failed(error.check ?? 'since', error);
    return isLarger ? undefined : verified;
  }
}

/** @param {Uint8Array} data @param {Checkpoint} word @returns {Signed} */
function readKept(data, { origin }) {
  const word = parseCheckpoint(parseNote(data).text);
  if (word.origin !== origin) throw new Mismatch(`the kept checkpoint is of ${word.origin}, this log is ${origin}`);
  return { data, word };
}

/** @param {Checkpoint} kept @param {number} size */
function checkLength(kept, size) {
  if (kept.size > size)
    throw new Mismatch(`the kept checkpoint has ${kept.size} entries, this log only ${size}: it was cut short`);
}

/** @param {Checkpoint} kept @param {Uint8Array} found the root that this log had at that size */
function checkKept({ size, root }, found) {
  if (!isSame(found, root))
    throw new Mismatch(`at size ${size} this log has another root than the kept checkpoint: history was changed`);
}

/** @param {Checkpoint} word the smaller one of two @param {Uint8Array} found the root that the larger one had then */
function checkFork({ size, root }, found) {
  if (isSame(found, root)) return;
  const error = new Mismatch(`the log that is published is another at size ${size}: there are two histories`);
  throw Object.assign(error, { zh: `公布的日志在 ${size} 条处与所核验的不同：有两本历史` });
}

/**
 * Return the published log's checkpoint. Throws Unreachable; LedgerError of check 3 if the log's key did not sign it.
 * @param {import('./served.js').ReadFile} read
 * @param {import('../proof/note.js').Verifier} log
 * @returns {Promise<Signed>}
 */
async function readPublished(read, log) {
  const data = await read('checkpoint');
  if (!data) throw new Unreachable('log: checkpoint is missing');
  try {
    return { data, word: checkCheckpoint(data, log).checkpoint };
  } catch (error) {
    if (error instanceof LedgerError) error.check = 'checkpoint';
    throw error;
  }
}

/**
 * Return the root that the published log had at a size, by its tiles, which must give the root that it has now.
 * @param {Tiles} tiles @param {number} size @param {Checkpoint} newest
 */
async function rootAt(tiles, size, newest) {
  try {
    const { old, root } = await tiles.roots(size);
    if (isSame(root, newest.root)) return old;
    throw new Mismatch(`log: the tiles give ${toHex(root)}, the checkpoint says ${toHex(newest.root)}`);
  } catch (error) {
    if (error instanceof LedgerError && !(error instanceof Unreachable)) error.check = 'tree';
    throw error;
  }
}

/**
 * @param {import('./report.js').Report} report
 * @param {Checkpoint} verified @param {Checkpoint | undefined} kept @param {Checkpoint | undefined} newest
 */
function noteHistory(report, verified, kept, newest) {
  const [zh, en] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
  if (kept && kept.size > verified.size) {
    zh.push(`所核验的 ${verified.size} 条是留存的 ${kept.size} 条的开头`);
    en.push(`its ${verified.size} entries are the first of the ${kept.size} kept before`);
  } else if (kept) {
    zh.push(`延续了 ${kept.size} 条时的检查点`);
    en.push(`it extends the checkpoint of ${kept.size} entries`);
  } else {
    zh.push('没有给出以前留存的检查点（--since）');
    en.push('no checkpoint kept from before (--since)');
  }
  if (newest) {
    zh.push(`与公布的 ${newest.size} 条的日志是同一本历史`);
    en.push(`the published log of ${newest.size} entries is the same history`);
  }
  report[kept ? 'passed' : 'unchecked']('since', { zh: zh.join('；'), en: en.join('; ') });
}

/**
 * @param {import('./report.js').Report} report @param {Unreachable} error
 * @param {Checkpoint} [kept] the one kept from before, where nothing could be compared with it
 */
function noteUnreachable(report, { message }, kept) {
  const [zh, en] = [`没有与公布的日志对照：${translate(message)}`, `not compared with the published log: ${message}`];
  if (!kept) return report.unchecked('since', { zh, en });
  const told = {
    zh: `以前留存的 ${kept.size} 条的检查点没有得到对照，仍然留存；${zh}`,
    en: `the checkpoint of ${kept.size} entries kept from before was compared with nothing, and is still kept; ${en}`,
  };
  report.unchecked('since', told, { isWanted: true });
}

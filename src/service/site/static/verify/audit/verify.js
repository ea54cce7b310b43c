// Checking a bundle, or a whole log as it is served: the numbered checks, one after the other.
//
// What can be checked without believing anyone comes first: form, signatures on the checkpoint, the root over all entries.
// Then the whole log is replayed, and what a failed entry means is said by the number of the check that refused it.
// Mirrors src/ledger/audit/verify.py.

import { isSame, toHex } from '../proof/bytes.js';
import { checkCheckpoint, parseCheckpoint } from '../proof/checkpoint.js';
import { BadSignature, LedgerError, Malformed, Mismatch } from '../proof/errors.js';
import { formatKeyName, formatVkey, parseNote } from '../proof/note.js';
import { CHECKPOINT, deriveBundle, findSlot, readBundleEntries } from './bundle.js';
import { CHECKS, numberOf } from './checks.js';
import { parseContainer } from './container.js';
import { noteGaps } from './gaps.js';
import { deriveBits, deriveMoves } from './remarks.js';
import { replay } from './replay.js';
import { Report } from './report.js';
import { checkHashTiles, readLog, Unreachable } from './served.js';
import { checkSince } from './since.js';
import { deriveTree, readNamedKeys } from './survey.js';
import { translate } from './wording.js';

/**
 * @typedef {import('../office/record.js').Record} Record
 * @typedef {import('../office/draws.js').Draw} Draw
 * @typedef {import('../proof/merkle.js').Tree} Tree
 * @typedef {import('../proof/checkpoint.js').Checkpoint} Checkpoint
 * What a verifier brings along: whom it trusts (undefined: the log's identity is not checked), a checkpoint kept from
 * before and the log that is published (undefined: not compared), the slot of the bundle that was asked for.
 * @typedef {{ trust?: import('./trust.js').Trust, progress?: import('./replay.js').Progress, asked?: string } &
 *   import('./since.js').Before} Terms
 * A bundle that was checked: the report, and what it was about as far as that came; the slot that it names, the same
 * once its files were checked, the largest checkpoint of its history, unless a larger one was kept and not compared.
 * @typedef {{ report: Report, record?: Record, named?: string, slot?: string, newest?: Uint8Array }} Verified
 */

const NO_BUNDLE = { zh: '这是日志，不是核验包', en: 'this is a log, not a bundle' };
const BY_REPLAY = CHECKS.filter(({ number }) => number >= numberOf('entries') && number <= numberOf('cases'));

/**
 * Check a bundle's bytes. Throws Malformed if it is not a ZIP file at all.
 * @param {Uint8Array} data
 * @param {Terms} terms
 * @param {string} subject
 * @returns {Promise<Verified>}
 */
export async function verifyBundle(data, terms, subject = 'bundle') {
  const report = new Report(subject);
  const files = openContainer(report, data);
  const checkpoint = files?.get(CHECKPOINT);
  if (files && !checkpoint) report.failed('container', `${CHECKPOINT} is missing`);
  if (!files || !checkpoint) return { report };
  let entries;
  try {
    entries = readBundleEntries(files, parseCheckpoint(parseNote(checkpoint).text).size);
  } catch (error) {
    report.failed(error instanceof BadSignature ? 'checkpoint' : 'tree', refusal(error));
    return { report };
  }
  let slot;
  try {
    slot = findSlot(files);
  } catch (error) {
    report.failed('files', refusal(error));
  }
  if (slot !== undefined && terms.asked !== undefined && slot !== terms.asked) failOther(report, slot, terms.asked);
  const { record, failure, newest } = await verifyLog(report, checkpoint, entries, terms, { isExact: true, slot });
  if (failure || slot === undefined) return { report, record, newest, named: slot };
  return { report, record, newest, named: slot, slot: checkFiles(report, record, entries, checkpoint, files, slot) };
}

/**
 * Fail a bundle that is whole, and not the one that was asked for.
 * @param {Report} report @param {string} found @param {string} asked
 */
function failOther(report, found, asked) {
  const error = new Mismatch(`this is the bundle of slot ${found}, asked for was ${asked}`);
  report.failed('files', Object.assign(error, { zh: `这是批次 ${found} 的核验包，要核验的是 ${asked}` }));
}

/** Return a refusal; anything else that was thrown is a mistake of ours, and is thrown on. @param {unknown} error */
function refusal(error) {
  if (error instanceof LedgerError) return error;
  throw error;
}

/** @param {Report} report @param {Uint8Array} data */
function openContainer(report, data) {
  if (data[0] !== 0x50 || data[1] !== 0x4b)
    throw new Malformed(`${report.subject}: not a bundle (a ZIP file begins with PK)`);
  try {
    const files = parseContainer(data);
    report.passed('container');
    return files;
  } catch (error) {
    report.failed('container', refusal(error));
    return undefined;
  }
}

/**
 * Check a log as it is served, or lies in a folder.
 * @param {import('./served.js').ReadFile} read @param {Terms} terms @param {string} subject
 * @param {{ hasHashTiles?: boolean, words?: import('./report.js').Words }} [how] words: why checks 1 and 24 do not apply
 * @returns {Promise<Verified>} Throws Unreachable.
 */
export async function verifyServed(read, terms, subject, { hasHashTiles = false, words = NO_BUNDLE } = {}) {
  const report = new Report(subject);
  for (const check of ['container', 'files']) report.unchecked(check, words, { isWanted: false });
  try {
    const { checkpoint, entries } = await readLog(read, (done, of) => terms.progress?.('entries', done, of));
    const { record, tree, newest } = await verifyLog(report, checkpoint, entries, terms);
    if (newest && hasHashTiles) await checkHashTiles(read, tree);
    return { report, record, newest };
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    report.failed('tree', refusal(error));
    return { report };
  }
}

/**
 * Check a log: its checkpoint, its root, and by replay every entry. The report is filled as far as it goes.
 * @param {Report} report @param {Uint8Array} checkpoint @param {Uint8Array[]} entries @param {Terms} terms
 * @param {{ isExact?: boolean, slot?: string }} [how] isExact: refuse lines of unknown keys on the checkpoint; slot: the
 *   bundle's, where it is one: what other sealed draws hide, or lied about, is none of its matter
 */
export async function verifyLog(report, checkpoint, entries, terms, { isExact = false, slot } = {}) {
  const tree = await deriveTree(entries);
  const found = readCheckpoint(report, checkpoint, entries, terms, isExact);
  let newest;
  if (found) {
    checkTree(report, found.word, tree);
    // Entries that are not the checkpoint's say nothing about another checkpoint.
    const isTorn = report.withStatus('failed').some(({ check }) => check.id === 'tree');
    const before = { since: terms.since, published: isTorn ? undefined : terms.published };
    newest = (await checkSince(report, { data: checkpoint, word: found.word }, tree, found.log, before))?.data;
  }
  const { record, failure } = await replay(entries, tree, terms.progress);
  reportReplay(report, record, failure, terms, slot);
  return { record, failure, tree, newest };
}

/**
 * Return what a checkpoint says and the log's key; undefined where it is not the log's that was named, or not signed.
 * @param {Report} report
 * @param {Uint8Array} data
 * @param {Uint8Array[]} entries
 * @param {Terms} terms
 * @param {boolean} isExact
 */
function readCheckpoint(report, data, entries, { trust }, isExact) {
  let named;
  try {
    named = readNamedKeys(entries);
  } catch (error) {
    report.failed('entries', `entry 0: ${refusal(error).message}`);
    return undefined;
  }
  const { log, witnesses } = named;
  if (!trust) {
    report.unchecked('identity', {
      zh: '没有给出 --vkey 或 --policy：日志身份未核验',
      en: 'log identity: not checked (no --vkey or --policy)',
    });
  } else if (!trust.logs.some((one) => one.name === log.name && one.keyHex === log.keyHex)) {
    report.failed(
      'identity',
      `this is the log ${formatKeyName(log)}, not ${trust.logs.map(formatKeyName).join(' or ')}`,
    );
    return undefined;
  } else {
    report.passed('identity', { zh: log.name, en: log.name });
  }
  try {
    const word = checkCheckpoint(data, log, [...witnesses, ...(trust?.witnesses.values() ?? [])], {
      isExact,
    }).checkpoint;
    const cosigners = [...(trust?.cosigners(data).keys() ?? [])];
    Object.assign(report.facts, { origin: log.name, size: word.size, root: toHex(word.root) });
    report.passed('checkpoint', { zh: `共 ${word.size} 条`, en: `${word.size} entries` });
    checkCosignatures(report, cosigners, trust);
    return { word, log };
  } catch (error) {
    report.failed('checkpoint', refusal(error));
    return undefined;
  }
}

/** @param {Report} report @param {string[]} cosigners @param {import('./trust.js').Trust | undefined} trust */
function checkCosignatures(report, cosigners, trust) {
  const names = cosigners.sort().join(', ');
  if (!trust)
    report.unchecked('cosignatures', {
      zh: '没有给出 --policy：不知道应信任哪些见证人',
      en: 'no --policy: which witnesses to trust is unknown',
    });
  else if (trust.quorum === undefined)
    report.unchecked('cosignatures', { zh: '信任策略没有要求见证人', en: "the verifier's policy asks for no witness" });
  else if (trust.isMet(cosigners)) report.passed('cosignatures', { zh: names, en: names });
  else report.failed('cosignatures', `the quorum ${trust.quorum} is not met: cosigned ${names || 'nobody'}`);
}

/** @param {Report} report @param {Checkpoint} word @param {Tree} tree */
function checkTree(report, word, tree) {
  const [found, expected] = [toHex(tree.root()), toHex(word.root)];
  if (tree.size !== word.size) report.failed('tree', `${tree.size} entries, the checkpoint says ${word.size}`);
  else if (found !== expected) report.failed('tree', `the entries give ${found}, the checkpoint says ${expected}`);
  else report.passed('tree', { zh: found, en: found });
}

/**
 * @param {Report} report
 * @param {Record} record
 * @param {import('./replay.js').Failure | undefined} failure
 * @param {Terms} terms
 * @param {string | undefined} slot
 */
function reportReplay(report, record, failure, { trust }, slot) {
  const draws = [...record.draws.bySlot.values()];
  report.facts.draws = draws.map(drawFacts);
  report.unchecked('outside', { zh: '本程序不能证明这两点', en: 'no program can prove these two' });
  if (failure) {
    const { check = 'rules', message } = failure.error;
    report.facts.first_wrong = { entry: failure.index, check, reason: message, reason_zh: translate(message) };
    report.failed(check, `entry ${failure.index}: ${message}`);
    return;
  }
  reportBreaches(report, record, slot);
  noteGaps(report, record, trust, slot);
  tellMoves(report, draws);
  tellSuccession(report, record);
  const isExecuted = draws.some((draw) => draw.hasOutcome);
  for (const { id, number } of BY_REPLAY) {
    const isOfOutcome = number >= numberOf('seed') && number <= numberOf('attested');
    if (isOfOutcome && !isExecuted)
      report.unchecked(id, { zh: '还没有产生结果的抽取', en: 'no draw has an outcome yet' });
    else report.passed(id);
  }
}

/**
 * List what was taken while it was sealed and proved wrong since; fail the roots among it, each at its own entry. A claim
 * on a case that did not hold counts for nothing, so nothing fails by it; in a bundle only the roots of its own slot fail.
 * @param {Report} report
 * @param {Record} record
 * @param {string | undefined} bundled
 */
function reportBreaches(report, record, bundled) {
  if (!record.breaches.length) return;
  report.facts.breaches = record.breaches.map(({ index, error: { check = 'rules', message }, slot, isRoot }) => {
    const fails = isRoot && (bundled === undefined || bundled === slot);
    if (fails) report.failed(check, `entry ${index}: ${message}`);
    return { entry: index, check, reason: message, reason_zh: translate(message), slot, fails };
  });
}

/**
 * Say beside check 12 what took effect shortly before each draw (T16); nothing of it fails.
 * @param {Report} report
 * @param {Draw[]} draws
 */
function tellMoves(report, draws) {
  const told = draws.flatMap((draw) => {
    const moves = deriveMoves(draw);
    return moves ? [{ slot: draw.slot, moves }] : [];
  });
  const say = (/** @type {'zh' | 'en'} */ locale) =>
    told.map(({ slot, moves }) => `${slot}: ${moves[locale]}`).join('; ');
  report.passed('ground', { zh: say('zh'), en: say('en') });
}

/**
 * Say beside the check of history which log came before this one, and which goes on; each has its own key.
 * @param {Report} report
 * @param {Record} record
 */
function tellSuccession(report, record) {
  const [zh, en] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
  if (record.predecessor) {
    const { origin, size, root } = record.predecessor.checkpoint;
    report.facts.continues = { origin, size, root: toHex(root) };
    zh.push(`接续日志 ${origin} 的 ${size} 条，旧日志须用其自身公钥核验`);
    en.push(`it continues the log ${origin} of ${size} entries, which its own key verifies`);
  }
  if (record.successor) {
    report.facts.closed = { successor: formatVkey(record.successor) };
    zh.push(`已关闭，由 ${record.successor.name} 接续`);
    en.push(`it is closed, and ${record.successor.name} goes on`);
  }
  if (en.length) report.passed('history', { zh: zh.join('；'), en: en.join('; ') });
}

/** @param {Draw} draw */
function drawFacts(draw) {
  const { ground } = draw;
  const outcome = draw.hasOutcome ? draw.outcome : undefined;
  return {
    slot: draw.slot,
    eligible: ground.poolRef.eligible,
    excluded: Object.fromEntries(ground.excluded),
    listed_since: ground.recent.listed,
    cooling_off: ground.recent.cooling_off,
    moves: ground.moves.map(({ index, type, officer, code }) => ({ entry: index, type, officer, code: code ?? null })),
    bits: deriveBits(draw),
    directed: ground.strata.filter((stratum) => stratum.directed).map((stratum) => stratum.id),
    draw_at: draw.frozen?.draw_at ?? null,
    owes_outcome: draw.owesOutcome,
    witnessed: draw.witnessedAt !== undefined,
    missing: draw.missing,
    voided: draw.voided ?? null,
    mode: draw.opened.mode,
    owes_reveal: draw.owesReveal,
    drawn: outcome?.ref.count ?? null,
    seed: outcome?.seed ?? null,
  };
}

/**
 * Compare every file with what follows from the log; return the slot that the bundle is about, if it names one.
 * @param {Report} report
 * @param {Record} record
 * @param {Uint8Array[]} entries
 * @param {Uint8Array} checkpoint
 * @param {Map<string, Uint8Array>} files
 * @param {string} slot
 */
function checkFiles(report, record, entries, checkpoint, files, slot) {
  let expected;
  try {
    expected = deriveBundle(record, entries, checkpoint, slot);
  } catch (error) {
    report.failed('files', refusal(error));
    return undefined;
  }
  for (const path of [...new Set([...expected.keys(), ...files.keys()])].sort()) {
    const [found, derived] = [files.get(path), expected.get(path)];
    if (!found) report.failed('files', `${path} is missing`);
    else if (!derived) report.failed('files', `${path} does not belong to the bundle`);
    else if (!isSame(found, derived)) report.failed('files', `${path}: ${firstLine(found, derived)}`);
  }
  report.passed('files', { zh: `${files.size} 个文件`, en: `${files.size} files` });
  return slot;
}

/** @param {Uint8Array} found @param {Uint8Array} expected */
function firstLine(found, expected) {
  const [a, b] = [found, expected].map((data) => new TextDecoder().decode(data).split('\n'));
  const at = a.findIndex((line, i) => i < b.length && line !== b[i]);
  if (at < 0) return `${found.length} bytes, expected ${expected.length}`;
  return `line ${at + 1}: found '${a[at].slice(0, 120)}', expected '${b[at].slice(0, 120)}'`;
}

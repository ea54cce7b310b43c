// Checkpoints: the log's signed word on its size and root, and the witnesses' words on having seen it grow.
//
// Mirrors src/ledger/proof/checkpoint.py. Specification: C2SP tlog-checkpoint, tlog-cosignature; docs/spec/log.md.

import { parseBase64, utf8 } from './bytes.js';
import { compareText, FIRST_TIME, LAST_TIME } from './encoding.js';
import { BadSignature, Malformed } from './errors.js';
import { COSIGNATURE, formatKeyName, parseNote } from './note.js';

/**
 * @typedef {import('./note.js').Verifier} Verifier
 * @typedef {import('./note.js').Signature} Signature
 * A log's name (its origin), the number of its entries, their root.
 * @typedef {{ origin: string, size: number, root: Uint8Array }} Checkpoint
 * A checkpoint that was checked, and the Unix times that the named witnesses gave, by key name.
 * @typedef {{ checkpoint: Checkpoint, times: Map<string, number> }} Witnessed
 */

/** Read a checkpoint's text, strictly. Throws Malformed. @param {string} text @returns {Checkpoint} */
export function parseCheckpoint(text) {
  const [origin, ...rest] = text.replace(/\n$/, '').split('\n');
  if (!text.endsWith('\n') || rest.length < 2 || !origin || rest.includes('')) {
    throw new Malformed('checkpoint: expected lines with the origin, the size and the root, none of them empty');
  }
  const [size, root] = rest;
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(size))
    throw new Malformed(`checkpoint: size '${size.slice(0, 40)}', expected a whole number without leading zeros`);
  const rootHash = parseBase64(root);
  if (rootHash.length !== 32) throw new Malformed(`checkpoint: root of ${rootHash.length} bytes, expected 32`);
  return { origin, size: Number(size), root: rootHash };
}

/**
 * Check a checkpoint's bytes against the log's key, and its cosignatures against the witnesses' keys.
 * Throws Malformed; BadSignature if the log did not sign, or a line of a known key does not verify.
 * @param {Uint8Array} data the signed checkpoint; lines by other keys are ignored, as the specification wants
 * @param {Verifier} log @param {Verifier[]} witnesses
 * @param {{ isExact?: boolean }} [how] isExact: refuse lines by other keys too, where the bytes have one spelling
 * @returns {Witnessed}
 */
export function checkCheckpoint(data, log, witnesses = [], { isExact = false } = {}) {
  const note = parseNote(data);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== log.name)
    throw new BadSignature(`checkpoint of ${checkpoint.origin}, expected ${log.name}`);
  // The log's key last: no witness's of the same name and id, which is four bytes, takes its place.
  const known = new Map([...witnesses, log].map((verifier) => [formatKeyName(verifier), verifier]));
  const seen = new Set();
  const times = new Map();
  for (const line of note.signatures) {
    const verifier = known.get(`${line.name}+${line.keyId}`);
    if (!verifier) {
      if (isExact)
        throw new BadSignature(`checkpoint has a line by ${line.name}, which is neither the log nor a witness`);
      continue;
    }
    if (seen.has(verifier.keyHex)) throw new BadSignature(`checkpoint has two lines by ${line.name}`);
    seen.add(verifier.keyHex);
    if (verifier.algorithm === COSIGNATURE) times.set(verifier.name, checkCosignature(note.text, line, verifier));
    else verifier.check(utf8(note.text), line.signature);
  }
  if (!note.signatures.some((line) => log.isNamedBy(line))) throw new BadSignature(describeUnsigned(note, log));
  if (isExact && !isSorted(note.signatures, log)) {
    throw new Malformed("checkpoint's lines: expected the log's, then the witnesses' in byte order of their names");
  }
  return { checkpoint, times };
}

/** @param {import('./note.js').Note} note @param {Verifier} log */
function describeUnsigned(note, log) {
  const other = note.signatures.find((line) => line.name === log.name);
  if (!other) return `checkpoint is not signed by ${log.name}`;
  return `checkpoint is of another log of this name: found ${log.name}+${other.keyId}, expected ${formatKeyName(log)}`;
}

/**
 * Return the Unix time of a witness's line under a checkpoint's text. Throws BadSignature.
 * @param {string} text
 * @param {Signature} line
 * @param {Verifier} witness
 */
export function checkCosignature(text, line, witness) {
  if (line.signature.length !== 72)
    throw new BadSignature(`cosignature by ${line.name} of ${line.signature.length} bytes, expected 72`);
  const view = new DataView(line.signature.buffer, line.signature.byteOffset, 8);
  const seconds = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  if (!(seconds >= FIRST_TIME && seconds <= LAST_TIME))
    throw new BadSignature(`cosignature by ${line.name}: its time is out of range, the years 2000 to 2999`);
  witness.check(utf8(`cosignature/v1\ntime ${seconds}\n${text}`), line.signature.subarray(8));
  return seconds;
}

/**
 * Tell whether lines stand in their one order: the log's, then the witnesses' in byte order of their names.
 * @param {Signature[]} lines
 * @param {Verifier} log
 */
function isSorted(lines, log) {
  return lines.slice(1).every((line, i) => compareLines(lines[i], line, log) <= 0);
}

/** @param {Signature} a @param {Signature} b @param {Verifier} log */
function compareLines(a, b, log) {
  return (
    Number(a.name !== log.name) - Number(b.name !== log.name) ||
    compareText(a.name, b.name) ||
    compareText(a.keyId, b.keyId)
  );
}

/**
 * Return the Unix time by which a quorum of the named witnesses had cosigned; undefined if fewer have. It is the
 * quorum-th smallest of their times.
 * @param {Map<string, number>} times @param {Iterable<string>} names @param {number} quorum
 */
export function deriveAttestedTime(times, names, quorum) {
  const counted = [...new Set(names)].flatMap((name) => times.get(name) ?? []).sort((a, b) => a - b);
  return quorum > 0 ? counted[quorum - 1] : undefined;
}

// A log as static files: its checkpoint, its entries, and whether its tiles of hashes are those that the entries give.
//
// Mirrors src/ledger/audit/folder.py. Specification: C2SP tlog-tiles; docs/spec/log.md, section 5.

import { concat, isSame } from '../proof/bytes.js';
import { parseCheckpoint } from '../proof/checkpoint.js';
import { Malformed, Mismatch } from '../proof/errors.js';
import { parseNote } from '../proof/note.js';
import {
  deriveEntryTiles,
  deriveHashTiles,
  formatEntries,
  formatTilePath,
  HEIGHT,
  parseEntries,
  WIDTH,
} from '../proof/tile.js';

/**
 * Reads one of the log's files; undefined where there is none. @typedef {(path: string) => Promise<Uint8Array |
 * undefined>} ReadFile
 */

/** How many files are asked for side by side. */
const SIDE_BY_SIDE = 6;

/**
 * Read a log over HTTP, from below an address. Throws TypeError without a network.
 * @param {string} base such as /log/
 * @returns {ReadFile}
 */
export function readFrom(base) {
  return async (path) => {
    const answer = await fetch(`${base.replace(/\/$/, '')}/${path}`, {
      cache: path === 'checkpoint' ? 'no-store' : 'default',
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${path}: HTTP status ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
}

/**
 * Return a log's checkpoint, its signatures unchecked, and its entries. Throws Malformed, Mismatch.
 * @param {ReadFile} read
 * @param {(done: number, of: number) => void} [progress]
 */
export async function readLog(read, progress) {
  const checkpoint = await read('checkpoint');
  if (!checkpoint) throw new Malformed('log: checkpoint is missing');
  const { size } = parseCheckpoint(parseNote(checkpoint).text);
  /** @type {Uint8Array[][]} */
  const parts = [];
  /** @type {Promise<void>[]} */
  let waiting = [];
  for (const tile of deriveEntryTiles(size)) {
    waiting.push(readEntries(read, tile).then((entries) => void (parts[tile.number] = entries)));
    if (waiting.length === SIDE_BY_SIDE) {
      await Promise.all(waiting);
      waiting = [];
      progress?.((tile.number + 1) * WIDTH, size);
    }
  }
  await Promise.all(waiting);
  return { checkpoint, entries: parts.flat() };
}

/** @param {ReadFile} read @param {import('../proof/tile.js').Tile} tile */
async function readEntries(read, tile) {
  const path = formatTilePath(tile);
  const exact = await read(path);
  const data = exact ?? (await read(formatTilePath({ ...tile, width: WIDTH })));
  if (!data) throw new Malformed(`log: ${path} is missing`);
  const entries = parseEntries(data, tile.width);
  if (exact && !isSame(exact, formatEntries(entries)))
    throw new Mismatch(`log: ${path} holds more than its ${tile.width} entries`);
  return entries;
}

/**
 * Check that a log's tiles of hashes are those that its entries give. Throws Mismatch.
 * @param {ReadFile} read
 * @param {import('../proof/merkle.js').Tree} tree
 */
export async function checkHashTiles(read, tree) {
  for (const tile of deriveHashTiles(tree.size)) {
    const first = tile.number * WIDTH;
    const expected = concat(tree.levels[HEIGHT * Number(tile.level)].slice(first, first + tile.width));
    const full = async () => (await read(formatTilePath({ ...tile, width: WIDTH })))?.subarray(0, expected.length);
    const found = (await read(formatTilePath(tile))) ?? (await full());
    if (!found || !isSame(found, expected))
      throw new Mismatch(`log: ${formatTilePath(tile)} is missing, or not what the entries give`);
  }
}

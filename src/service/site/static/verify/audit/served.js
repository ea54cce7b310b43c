// A log as static files: its checkpoint, its entries, and whether its tiles of hashes are those that the entries give.
//
// Mirrors src/ledger/audit/folder.py. Specification: C2SP tlog-tiles; docs/spec/log.md, section 5.

import { concat, isSame } from '../proof/bytes.js';
import { parseCheckpoint } from '../proof/checkpoint.js';
import { LedgerError, Malformed, Mismatch } from '../proof/errors.js';
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

/** A file that the network did not bring: what it would have said is not known, so nothing fails by it. */
export class Unreachable extends LedgerError {}

/** How many files are asked for side by side. */
const SIDE_BY_SIDE = 6;

/**
 * Read a log over HTTP, from below an address. What it reads throws Unreachable for any answer but 200 and 404.
 * @param {string} base such as /log/
 * @returns {ReadFile}
 */
export function readFrom(base) {
  return async (path) => {
    const answer = await ask(`${base.replace(/\/$/, '')}/${path}`, path === 'checkpoint' ? 'no-store' : 'default');
    return answer.status === 404 ? undefined : receive(answer);
  };
}

/**
 * Ask for a file. Throws Unreachable.
 * @param {string} address @param {RequestCache} cache
 */
export async function ask(address, cache = 'default') {
  try {
    return await fetch(address, { cache });
  } catch (error) {
    throw new Unreachable(`${address} cannot be reached: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * Return an answer's bytes. Throws Unreachable for any status but 200, or where the connection breaks.
 * @param {Response} answer
 * @param {(done: number, of: number) => void} [progress]
 */
export async function receive(answer, progress) {
  if (answer.status !== 200)
    throw new Unreachable(`${answer.url} answers with the HTTP status ${answer.status}, expected 200`);
  const size = Number(answer.headers.get('Content-Length') ?? 0);
  const parts = [];
  let done = 0;
  try {
    for (const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader(); ;) {
      const { value } = await reader.read();
      if (!value) return concat(parts);
      parts.push(value);
      done += value.length;
      progress?.(done, Math.max(size, done));
    }
  } catch (error) {
    throw new Unreachable(`${answer.url} cannot be reached: ${error instanceof Error ? error.message : error}`);
  }
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
  const tiles = [...deriveHashTiles(tree.size)];
  for (let first = 0; first < tiles.length; first += SIDE_BY_SIDE)
    await Promise.all(tiles.slice(first, first + SIDE_BY_SIDE).map((tile) => checkHashTile(read, tree, tile)));
}

/** @param {ReadFile} read @param {import('../proof/merkle.js').Tree} tree @param {import('../proof/tile.js').Tile} tile */
async function checkHashTile(read, tree, tile) {
  const first = tile.number * WIDTH;
  const expected = concat(tree.levels[HEIGHT * Number(tile.level)].slice(first, first + tile.width));
  const full = async () => (await read(formatTilePath({ ...tile, width: WIDTH })))?.subarray(0, expected.length);
  const found = (await read(formatTilePath(tile))) ?? (await full());
  if (!found || !isSame(found, expected))
    throw new Mismatch(`log: ${formatTilePath(tile)} is missing, or not what the entries give`);
}

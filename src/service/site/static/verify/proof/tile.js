// The names and contents of a log's static files: tiles of hashes, bundles of entries (C2SP tlog-tiles).
//
// Mirrors src/ledger/proof/tile.py. Specification: C2SP tlog-tiles; docs/spec/log.md, section 5.

import { concat } from './bytes.js';
import { Malformed } from './errors.js';

export const WIDTH = 256;
export const HEIGHT = 8;
export const ENTRIES = 'entries';

/**
 * One file of the log: its level (or `entries`), its number in the level, and its width.
 * @typedef {{ level: number | 'entries', number: number, width: number }} Tile
 */

/** @param {Tile} tile @returns {string} such as tile/0/x001/x234/067.p/9 */
export function formatTilePath({ level, number, width }) {
  let name = String(number % 1000).padStart(3, '0');
  for (let rest = Math.floor(number / 1000); rest; rest = Math.floor(rest / 1000)) {
    name = `x${String(rest % 1000).padStart(3, '0')}/${name}`;
  }
  return `tile/${level}/${name}${width === WIDTH ? '' : `.p/${width}`}`;
}

/** Give the tiles that hold the entries of a log of a size. @param {number} size @returns {Generator<Tile>} */
export function* deriveEntryTiles(size) {
  for (let number = 0; number * WIDTH < size; number++) {
    yield { level: ENTRIES, number, width: Math.min(WIDTH, size - number * WIDTH) };
  }
}

/** Give the tiles of hashes that a log of a size has. @param {number} size @returns {Generator<Tile>} */
export function* deriveHashTiles(size) {
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / WIDTH)) {
    for (let number = 0; number * WIDTH < count; number++) {
      yield { level, number, width: Math.min(WIDTH, count - number * WIDTH) };
    }
  }
}

/** @param {Uint8Array[]} entries @returns {Uint8Array} each after its length in two bytes, big-endian */
export function formatEntries(entries) {
  return concat(entries.flatMap((entry) => [new Uint8Array([entry.length >> 8, entry.length & 255]), entry]));
}

/**
 * Return the first `width` entries of a bundle, which must hold only whole ones. Throws Malformed.
 * @param {Uint8Array} data
 * @param {number} width
 */
export function parseEntries(data, width) {
  const entries = [];
  for (let at = 0; at < data.length;) {
    const start = at + 2;
    at = start + (data[at] << 8) + (data[at + 1] ?? 0);
    if (start > data.length || at > data.length) throw new Malformed(`bundle ends within its entry ${entries.length}`);
    entries.push(data.subarray(start, at));
  }
  if (entries.length < width || entries.length > WIDTH)
    throw new Malformed(`bundle holds ${entries.length} entries, expected ${width}`);
  return entries.slice(0, width);
}

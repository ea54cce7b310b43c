// The roots of a log from its tiles of hashes, as far as they are needed: a few files, however long the log is.
//
// Specification: C2SP tlog-tiles; RFC 9162, sections 2.1.1 and 2.1.4.

import { Malformed } from '../proof/errors.js';
import { deriveNodeHash, EMPTY_ROOT, HASH_BYTES, splitCount } from '../proof/merkle.js';
import { formatTilePath, HEIGHT, WIDTH } from '../proof/tile.js';

/** A log's tree as its tiles have it; nothing of it is believed, until the root that it gives is a signed one. */
export class Tiles {
  /** @type {Map<string, Promise<Uint8Array>>} */
  #read = new Map();

  /** @param {import('./served.js').ReadFile} read @param {number} size */
  constructor(read, size) {
    this.read = read;
    this.size = size;
  }

  /**
   * Return the root over the first `old` leaves and the root over all, both from the same hashes: whoever knows the
   * second knows the first. That is a consistency proof and its check in one. Throws Malformed.
   * @param {number} old not more than the size
   */
  async roots(old) {
    if (!this.size) return { old: EMPTY_ROOT, root: EMPTY_ROOT };
    const found = await this.#descend(0, this.size, old);
    return { old: old ? found.old : EMPTY_ROOT, root: found.root };
  }

  /**
   * @param {number} start @param {number} end @param {number} old above start, or 0: then only the root counts
   * @returns {Promise<{ old: Uint8Array, root: Uint8Array }>}
   */
  async #descend(start, end, old) {
    if (old <= start || old >= end) {
      const root = await this.#subtree(start, end);
      return { old: root, root };
    }
    const middle = start + splitCount(end - start);
    if (old <= middle) {
      const left = await this.#descend(start, middle, old);
      return { old: left.old, root: deriveNodeHash(left.root, await this.#subtree(middle, end)) };
    }
    const left = await this.#subtree(start, middle);
    const right = await this.#descend(middle, end, old);
    return { old: deriveNodeHash(left, right.old), root: deriveNodeHash(left, right.root) };
  }

  /** @param {number} start @param {number} end @returns {Promise<Uint8Array>} */
  async #subtree(start, end) {
    const level = Math.log2(end - start);
    if (Number.isInteger(level)) return this.#node(level, start / (end - start));
    const middle = start + splitCount(end - start);
    return deriveNodeHash(await this.#subtree(start, middle), await this.#subtree(middle, end));
  }

  /** Return the hash of a whole subtree of 2^level leaves. @param {number} level @param {number} index */
  async #node(level, index) {
    const count = 2 ** (level % HEIGHT);
    const first = index * count;
    const tile = await this.#tile(Math.floor(level / HEIGHT), Math.floor(first / WIDTH));
    let row = Array.from({ length: count }, (_, i) => {
      const at = ((first % WIDTH) + i) * HASH_BYTES;
      return tile.subarray(at, at + HASH_BYTES);
    });
    while (row.length > 1)
      row = Array.from({ length: row.length / 2 }, (_, i) => deriveNodeHash(row[2 * i], row[2 * i + 1]));
    return row[0];
  }

  /** @param {number} level @param {number} number */
  #tile(level, number) {
    const width = Math.min(WIDTH, Math.floor(this.size / WIDTH ** level) - number * WIDTH);
    const path = formatTilePath({ level, number, width });
    let found = this.#read.get(path);
    if (!found) {
      found = this.#fetch(path, formatTilePath({ level, number, width: WIDTH }), width);
      this.#read.set(path, found);
    }
    return found;
  }

  /** @param {string} path @param {string} full where the tile stands once it is full @param {number} width */
  async #fetch(path, full, width) {
    const data = (await this.read(path)) ?? (await this.read(full));
    if (!data || data.length < width * HASH_BYTES) throw new Malformed(`log: ${path} is missing`);
    return data;
  }
}

// Merkle trees as RFC 6962 has them: one hash that fixes a whole list, and short proofs about it.
//
// Mirrors src/ledger/proof/merkle.py. Specification: RFC 6962 section 2.1, RFC 9162 section 2.1; docs/spec/log.md.

import { concat, isSame, sha256, toHex } from './bytes.js';
import { Malformed, Mismatch } from './errors.js';

export const HASH_BYTES = 32;
const LEAF = new Uint8Array([0]);

export const EMPTY_ROOT = sha256(new Uint8Array());

/** @param {Uint8Array} leaf */
export const deriveLeafHash = (leaf) => sha256(LEAF, leaf);

const NODE = new Uint8Array([1]);
/** From how many bytes on the page's own WebCrypto is the faster one. */
const LONG = 4096;

/**
 * Return a leaf's hash; of a long leaf by the page's own WebCrypto, where it has it.
 * @param {Uint8Array} leaf
 * @returns {Uint8Array | Promise<Uint8Array>}
 */
export function hashLeaf(leaf) {
  const subtle = globalThis.crypto?.subtle;
  if (leaf.length < LONG || !subtle) return deriveLeafHash(leaf);
  return subtle.digest('SHA-256', concat([LEAF, leaf])).then((digest) => new Uint8Array(digest));
}

/** @param {Uint8Array} left @param {Uint8Array} right two hashes of 32 bytes */
export const deriveNodeHash = (left, right) => sha256(NODE, left, right);

/** @param {Iterable<Uint8Array>} leaves */
export function deriveRoot(leaves) {
  const tree = new Tree();
  for (const leaf of leaves) tree.append(deriveLeafHash(leaf));
  return tree.root();
}

/** A growing tree that can tell its root at any size it has had, and prove what it holds. */
export class Tree {
  /** @type {Uint8Array[][]} the hashes of the complete subtrees of 2^level leaves, from the left */
  levels = [[]];

  get size() {
    return this.levels[0].length;
  }

  /** @param {Uint8Array} leafHash */
  append(leafHash) {
    let node = leafHash;
    for (let level = 0; ; level++) {
      if (level === this.levels.length) this.levels.push([]);
      const row = this.levels[level];
      row.push(node);
      if (row.length % 2) return; // the last waits for its other
      node = deriveNodeHash(row[row.length - 2], node);
    }
  }

  /**
   * Return the root over the first `size` leaves. Throws Malformed if there are not so many.
   * @param {number} [size]
   */
  root(size = this.size) {
    if (!(size >= 0 && size <= this.size)) throw new Malformed(`size ${size}: the tree has ${this.size} leaves`);
    return size ? this.#subtree(0, size) : EMPTY_ROOT;
  }

  /**
   * Return the audit path of a leaf in the tree of the first `size` leaves (RFC 6962, 2.1.1).
   * @param {number} index
   * @param {number} size
   */
  proveInclusion(index, size) {
    /** @type {(start: number, end: number) => Uint8Array[]} */
    const path = (start, end) => {
      if (end - start === 1) return [];
      const middle = start + splitCount(end - start);
      if (index < middle) return [...path(start, middle), this.#subtree(middle, end)];
      return [...path(middle, end), this.#subtree(start, middle)];
    };
    return path(0, size);
  }

  /**
   * @param {number} start a multiple of the power of two that the count begins with
   * @param {number} end
   * @returns {Uint8Array}
   */
  #subtree(start, end) {
    let count = end - start;
    /** @type {Uint8Array | undefined} */
    let node;
    for (const row of this.levels) {
      if (count % 2) node = node ? deriveNodeHash(row[end - 1], node) : row[end - 1];
      count = Math.floor(count / 2);
      end = Math.floor(end / 2);
    }
    return /** @type {Uint8Array} */ (node);
  }
}

/** Return the largest power of two below a count above 1. @param {number} count */
export function splitCount(count) {
  let power = 1;
  while (2 * power < count) power *= 2;
  return power;
}

/**
 * Check that a leaf stands at an index in the tree of `size` leaves under a root. Throws Malformed, Mismatch.
 * Source: RFC 9162, section 2.1.3.2.
 * @param {Uint8Array} leafHash @param {number} index @param {number} size @param {Uint8Array[]} path @param {Uint8Array} root
 */
export function checkInclusion(leafHash, index, size, path, root) {
  checkHashes(leafHash, root, ...path);
  if (!(index >= 0 && index < size)) throw new Malformed(`index ${index}: expected one below the size ${size}`);
  let [node, last, hash] = [index, size - 1, leafHash];
  for (const sibling of path) {
    if (last === 0) throw new Mismatch('inclusion proof is longer than the tree is high');
    if (node % 2 || node === last) {
      hash = deriveNodeHash(sibling, hash);
      while (!(node % 2) && node) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = deriveNodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Mismatch('inclusion proof is shorter than the tree is high');
  checkRoot(hash, root);
}

/**
 * Check that one tree is a prefix of another. Throws Malformed, Mismatch. Source: RFC 9162, section 2.1.4.2.
 * @param {number} old @param {number} size @param {Uint8Array[]} path @param {Uint8Array} oldRoot @param {Uint8Array} root
 */
export function checkConsistency(old, size, path, oldRoot, root) {
  checkHashes(oldRoot, root, ...path);
  if (!(old > 0 && old <= size)) throw new Malformed(`sizes ${old} and ${size}: expected 0 < old <= new`);
  if (old === size) {
    if (path.length) throw new Mismatch('consistency proof should be empty');
    checkRoot(root, oldRoot);
    return;
  }
  const hashes = Number.isInteger(Math.log2(old)) ? [oldRoot, ...path] : [...path];
  if (!hashes.length) throw new Mismatch('consistency proof is empty');
  let [node, last] = [old - 1, size - 1];
  while (node % 2) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let fromOld = hashes[0];
  let fromNew = hashes[0];
  for (const sibling of hashes.slice(1)) {
    if (last === 0) throw new Mismatch('consistency proof is longer than the tree is high');
    if (node % 2 || node === last) {
      [fromOld, fromNew] = [deriveNodeHash(sibling, fromOld), deriveNodeHash(sibling, fromNew)];
      while (!(node % 2) && node) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      fromNew = deriveNodeHash(fromNew, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Mismatch('consistency proof is shorter than the tree is high');
  checkRoot(fromOld, oldRoot);
  checkRoot(fromNew, root);
}

/** @param {...Uint8Array} hashes */
function checkHashes(...hashes) {
  for (const hash of hashes)
    if (hash.length !== HASH_BYTES) throw new Malformed(`hash of ${hash.length} bytes, expected 32`);
}

/** @param {Uint8Array} found @param {Uint8Array} expected */
function checkRoot(found, expected) {
  if (!isSame(found, expected)) throw new Mismatch(`root comes out as ${toHex(found)}, expected ${toHex(expected)}`);
}

// Long lists, carried in parts under one root, and sealed values. Mirrors src/ledger/office/lists.py and openings.py.

import { toHex, utf8 } from '../proof/bytes.js';
import { compareText, formatCanonical } from '../proof/encoding.js';
import { Malformed, Mismatch, Refused } from '../proof/errors.js';
import { deriveLeafHash, EMPTY_ROOT, Tree } from '../proof/merkle.js';
import { checkSame, pad, rule } from './rule.js';

/**
 * @typedef {{ root: string, count: number }} ListRef
 * The parts of one list so far: its rows, how many parts, and the tree over the rows until it has the root.
 * @typedef {{ rows: unknown[], number: number, tree: Tree | undefined }} Parts
 */

/** The lists whose parts stand in the log, by their root. One that is whole takes no more parts. */
export class Lists {
  /** @type {Map<string, Parts>} */
  #parts = new Map();

  /** Return the number of the part that a list takes next; undefined if it is whole. @param {string} root */
  nextPart(root) {
    const parts = this.#parts.get(root);
    if (!parts) return 1;
    return parts.tree ? parts.number + 1 : undefined;
  }

  /** @param {string} root @param {unknown[]} rows */
  add(root, rows) {
    const parts = this.#parts.get(root) ?? { rows: [], number: 0, tree: new Tree() };
    this.#parts.set(root, parts);
    const tree = /** @type {Tree} */ (parts.tree);
    for (const row of rows) {
      tree.append(deriveLeafHash(utf8(formatCanonical(row))));
      parts.rows.push(row);
    }
    parts.number += 1;
    if (toHex(tree.root()) === root) parts.tree = undefined;
  }

  /** Return a list's rows. Throws Mismatch if they are not there or not under the root. @param {ListRef} ref */
  rows(ref) {
    if (ref.count === 0 && ref.root === toHex(EMPTY_ROOT)) return [];
    const parts = this.#parts.get(ref.root) ?? { rows: [], number: 0, tree: new Tree() };
    if (parts.tree || parts.rows.length !== ref.count) {
      throw new Mismatch(
        `list ${ref.root}: ${parts.rows.length} rows in ${parts.number} parts stand in the log, ` +
          `${parts.tree ? 'not the whole' : 'the whole'} of it; expected ${ref.count} rows under that root`,
      );
    }
    return parts.rows;
  }
}

/**
 * Return rows read as one kind. Throws Malformed, also for ids that repeat or do not ascend.
 * @param {unknown[]} rows
 * @param {import('./body.js').Kind} kind
 * @returns {any[]}
 */
export function parseRows(rows, kind) {
  let last = '';
  return rows.map((value, i) => {
    const row = kind(value, `row ${i + 1}`);
    if (compareText(row.id, last) <= 0)
      throw new Malformed(`row ${i + 1}: id ${row.id} after ${last}; expected ascending ids, each once`);
    last = row.id;
    return row;
  });
}

/**
 * Check that an approval cites every declaration that stands, each once, ascending. Throws Mismatch.
 * @param {string} what
 * @param {unknown} cited
 * @param {Map<string, ListRef>} known
 */
export function checkDeclarations(what, cited, known) {
  checkSame(
    what,
    cited,
    [...known.keys()].sort(compareText).map((of) => ({ of, list: known.get(of) })),
  );
}

rule('rows.listed/1', 'list/(?<root>[0-9a-f]{64})/(?<part>[0-9]{4})', {}, (record, event, body, subject) => {
  const expected = record.lists.nextPart(subject.root);
  if (expected === undefined) throw new Refused(`${event.subject}: the list is whole already, and takes no more parts`);
  if (!body.rows.length || Number(subject.part) !== expected) {
    throw new Refused(
      `${event.subject}: ${body.rows.length} rows; expected at least one, and part ${pad(expected, 4)} next`,
    );
  }
  return () => record.lists.add(subject.root, body.rows);
});

/** The digests that stand for values, and those of them whose openings are erased. */
export class Seals {
  /** @type {Set<string>} */
  known = new Set();
  /** @type {Set<string>} */
  erased = new Set();

  /** Enter the digests of private rows. @param {{ fields: Map<string, { sealed: string }> }[]} rows */
  add(rows) {
    for (const row of rows) for (const { sealed } of row.fields.values()) this.known.add(sealed);
  }
}

rule('openings.erased/1', 'openings', {}, (record, _event, body) => {
  for (const digest of body.digests) {
    if (!record.seals.known.has(digest)) throw new Refused(`seal ${digest} does not stand in the record`);
    if (record.seals.erased.has(digest)) throw new Refused(`seal ${digest} is erased already`);
  }
  if (new Set(body.digests).size !== body.digests.length) throw new Refused('openings.erased: a digest stands twice');
  return () => body.digests.forEach((/** @type {string} */ digest) => record.seals.erased.add(digest));
});

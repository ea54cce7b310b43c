// Long lists, carried in parts under one root, and sealed values. Mirrors src/ledger/office/lists.py and openings.py.

import { toHex, utf8 } from '../proof/bytes.js';
import { compareText, formatCanonical } from '../proof/encoding.js';
import { Malformed, Mismatch, Refused } from '../proof/errors.js';
import { deriveLeafHash, EMPTY_ROOT, Tree } from '../proof/merkle.js';
import { checkSame, pad, rule } from './rule.js';

/**
 * @typedef {{ root: string, count: number }} ListRef
 * The parts of one list so far: its rows, how many parts, and the tree over the rows until it has the root; and the rows
 * as they were read last.
 * @typedef {{ rows: unknown[], number: number, tree: Tree | undefined, read?: { kind: Kind, rows: any[] } }} Parts
 * @typedef {import('./body.js').Kind} Kind
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

  /**
   * Enter a list's next part.
   * @param {string} root
   * @param {unknown[]} rows
   * @param {string[]} leaves the same rows as they are spelled
   */
  add(root, rows, leaves) {
    const parts = this.#parts.get(root) ?? { rows: [], number: 0, tree: new Tree() };
    this.#parts.set(root, parts);
    const tree = /** @type {Tree} */ (parts.tree);
    for (const leaf of leaves) tree.append(deriveLeafHash(utf8(leaf)));
    for (const row of rows) parts.rows.push(row);
    parts.number += 1;
    if (toHex(tree.root()) === root) parts.tree = undefined;
  }

  /**
   * Return a list's rows, read as one kind. Throws Mismatch if they are not there or not under the root, Malformed for a
   * row of another form, or ids that repeat or do not ascend.
   * @param {ListRef} ref
   * @param {Kind} kind
   * @returns {any[]}
   */
  read(ref, kind) {
    if (ref.count === 0 && ref.root === toHex(EMPTY_ROOT)) return [];
    /** @type {Parts} */
    const parts = this.#parts.get(ref.root) ?? { rows: [], number: 0, tree: new Tree() };
    if (parts.tree || parts.rows.length !== ref.count) {
      throw new Mismatch(
        `list ${ref.root}: ${parts.rows.length} rows in ${parts.number} parts stand in the log, ` +
          `${parts.tree ? 'not the whole' : 'the whole'} of it; expected ${ref.count} rows under that root`,
      );
    }
    if (parts.read?.kind !== kind) parts.read = { kind, rows: parseRows(parts.rows, kind) };
    return parts.read.rows;
  }
}

/** @param {unknown[]} rows @param {Kind} kind @returns {any[]} */
function parseRows(rows, kind) {
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
  const leaves = splitRows(event.text, body.rows);
  return () => record.lists.add(subject.root, body.rows, leaves);
});

/** What stands before and after a part's rows in the canonical JSON of an event's second line. */
const [BEFORE, AFTER] = ['"body":{"rows":[{', '}]},"seen":{"root":"'];

/**
 * Return rows as they are spelled in an event that was proved canonical: what formatCanonical gives, in less time.
 * @param {string} text
 * @param {unknown[]} rows
 */
function splitRows(text, rows) {
  const start = text.indexOf(BEFORE, text.indexOf('\n')) + BEFORE.length;
  const pieces = text.slice(start, text.lastIndexOf(AFTER)).split('},{');
  // As many pieces as rows: then no row holds the brackets between two of them, and each piece is a row.
  return pieces.length === rows.length ? pieces.map((piece) => `{${piece}}`) : rows.map(formatCanonical);
}

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

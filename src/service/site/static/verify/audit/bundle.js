// The bundle of one draw: everything but log/ is derived from log/, for people and for verify.sh.
//
// Mirrors src/ledger/audit/bundle.py. Specification: docs/spec/bundle.md, section 3.

import { utf8 } from '../proof/bytes.js';
import { compareText, formatCanonical } from '../proof/encoding.js';
import { Malformed, Refused } from '../proof/errors.js';
import { parseEvent } from '../proof/event.js';
import { deriveEntryTiles, formatEntries, formatTilePath, parseEntries, WIDTH } from '../proof/tile.js';
import { formatConflict, formatOfficerLeaf, formatPoolLeaf } from '../office/ground.js';
import { formatSheet } from '../office/outcome.js';
import { pad } from '../office/rule.js';
import { formatReadme } from './readme.js';

/**
 * @typedef {import('../office/record.js').Record} Record
 * @typedef {import('../office/draws.js').Draw} Draw
 */

export const CHECKPOINT = 'log/checkpoint';

/**
 * Return the files of a draw's bundle. Throws Refused if the slot has no outcome yet.
 * @param {Record} record
 * @param {Uint8Array[]} entries
 * @param {Uint8Array} checkpoint
 * @param {string} slot
 */
export function deriveBundle(record, entries, checkpoint, slot) {
  const draw = record.draws.bySlot.get(slot);
  if (draw?.owesReveal) {
    throw new Refused(
      `slot ${slot} is sealed until its shares are revealed: its last visits are due on ${draw.revealDue}`,
    );
  }
  if (!draw?.executed || !draw.outcome)
    throw new Refused(`slot ${slot} has no outcome yet: there is nothing to bundle`);
  const files = new Map([
    ['README.md', utf8(formatReadme(record, draw))],
    [CHECKPOINT, checkpoint],
  ]);
  for (const tile of deriveEntryTiles(entries.length)) {
    const first = tile.number * WIDTH;
    files.set(`log/${formatTilePath(tile)}`, formatEntries(entries.slice(first, first + tile.width)));
  }
  for (const index of findStations(record, entries, draw))
    files.set(`draw/entries/${pad(index, 6)}.note`, entries[index]);
  for (const [path, lines] of deriveLists(draw)) files.set(path, utf8(lines.map((line) => `${line}\n`).join('')));
  return files;
}

/**
 * Return the indexes of a draw's own entries: found by walking back along `after` from the newest.
 * @param {Record} record
 * @param {Uint8Array[]} entries
 * @param {Draw} draw
 */
function findStations(record, entries, draw) {
  const indexes = [];
  let at = record.heads.get(`draw/${draw.slot}`);
  while (at !== undefined) {
    indexes.push(at);
    at = parseEvent(entries[at], record.origin).after;
  }
  return indexes;
}

/**
 * Return the lists of a draw that has an outcome: path -> lines.
 * @param {Draw} draw
 * @returns {Map<string, string[]>}
 */
function deriveLists(draw) {
  const { ground, commitments, shares } = draw;
  const outcome = /** @type {import('../office/outcome.js').Outcome} */ (draw.outcome);
  const parties = [...new Set([...commitments.keys(), ...shares.keys()])].sort(compareText);
  const drawnOf = (/** @type {string} */ stratum) => outcome.drawn.get(stratum) ?? [];
  const lists = new Map([
    ['draw/seed.txt', outcome.seedFile.slice(0, -1).split('\n')],
    [
      'draw/shares.txt',
      parties.map((party) => `${party} ${commitments.get(party) ?? '-'} ${shares.get(party) ?? 'missing'}`),
    ],
    [
      'draw/strata.txt',
      ground.strata.map(({ id, eligible, quota }) => `${id} ${eligible} ${quota} ${drawnOf(id).length}`),
    ],
    ['draw/pool.jsonl', ground.pool.map(formatPoolLeaf)],
    ['draw/officers.jsonl', ground.officers.map(formatOfficerLeaf)],
    ['draw/items.jsonl', ground.items.map(formatCanonical)],
    ['draw/conflicts.jsonl', ground.conflicts.map(formatConflict)],
    ['draw/sheets.jsonl', outcome.sheets.map(formatSheet)],
  ]);
  for (const { id } of ground.strata) {
    lists.set(`draw/codes/${id}.txt`, ground.eligible(id));
    lists.set(
      `draw/drawn/${id}.txt`,
      drawnOf(id).map(({ ticket, code }) => `${ticket} ${code}`),
    );
  }
  return lists;
}

/**
 * Return the log's entries out of a bundle's files. Throws Malformed if one of its tiles is missing or cut.
 * @param {Map<string, Uint8Array>} files
 * @param {number} size
 */
export function readBundleEntries(files, size) {
  const entries = [];
  for (const tile of deriveEntryTiles(size)) {
    const path = `log/${formatTilePath(tile)}`;
    const data = files.get(path);
    if (!data) throw new Malformed(`bundle: ${path} is missing`);
    entries.push(...parseEntries(data, tile.width));
  }
  return entries;
}

/**
 * Return the slot that a bundle is about, from its seed.txt. Throws Malformed.
 * @param {Map<string, Uint8Array>} files
 */
export function findSlot(files) {
  const lines = new TextDecoder().decode(files.get('draw/seed.txt') ?? new Uint8Array()).split('\n');
  if (!lines[1]?.startsWith('slot '))
    throw new Malformed('bundle: draw/seed.txt is missing or does not name its slot in the second line');
  return lines[1].slice('slot '.length);
}

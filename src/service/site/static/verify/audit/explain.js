// What a draw meant for one enterprise, and why: shown from the draw's bundle to the enterprise's owner.
//
// Mirrors src/ledger/audit/explain.py; the values have the same names. Specification: docs/spec/draw.md, sections 1, 4, 10.

import { toHex, utf8 } from '../proof/bytes.js';
import { deriveSubSeed, deriveTickets } from '../proof/draw.js';
import { checkCode, compareText } from '../proof/encoding.js';
import { LedgerError, Malformed, Mismatch, Refused } from '../proof/errors.js';
import { deriveLeafHash, Tree } from '../proof/merkle.js';
import { formatPoolLeaf } from '../office/ground.js';
import { formatSheet } from '../office/outcome.js';
import { newest } from '../office/targets.js';
import { deriveMarks, deriveRemarks } from './remarks.js';
import { verifyBundle } from './verify.js';

/**
 * @typedef {import('../office/record.js').Record} Record
 * @typedef {import('../office/draws.js').Draw} Draw
 * @typedef {import('../office/outcome.js').Outcome} Outcome
 */

/** How many enterprises are named where a name is several's. */
const MATCHES = 10;

/**
 * Return what a draw meant for one enterprise, of the shape of `double-random explain --json`. Throws Malformed,
 * Mismatch, Refused.
 * @param {string} code
 * @param {Uint8Array} data the draw's bundle
 */
export async function explain(code, data) {
  const { report, record, slot } = await verifyBundle(data, {});
  for (const { check, reason } of report.withStatus('failed'))
    throw new Mismatch(`the bundle fails check ${check.number}, ${check.id}: ${reason.en}`);
  const draw = record?.draws.bySlot.get(slot ?? '');
  if (!record || !draw) throw new Malformed('the bundle has no draw');
  return explainDraw(code, record, draw);
}

/**
 * Return what a draw of a record that was checked meant for one enterprise.
 * @param {string} asked
 * @param {Record} record
 * @param {Draw} draw it has an outcome
 */
export function explainDraw(asked, record, draw) {
  const { ground } = draw;
  const outcome = /** @type {Outcome} */ (draw.outcome);
  const places = new Map(ground.pool.map(({ target }, i) => [target.id, i]));
  const roster = record.targets.roster(Number(draw.month.slice(0, 4)));
  const code = findSpelling(
    asked,
    places,
    new Map([...roster].map(([id, listing]) => [id, newest(listing).name ?? ''])),
  );
  const place = places.get(code);
  const leaf = place === undefined ? undefined : ground.pool[place];
  const sheet = outcome.sheets.find((one) => one.code === code);
  const listing = roster.get(code);
  const pool = ground.pool.map(formatPoolLeaf);
  const isFree = leaf && leaf.excluded === undefined;
  return {
    origin: record.origin,
    size: record.size,
    root: toHex(record.tree.root()),
    slot: draw.slot,
    seed: outcome.seed,
    asked,
    code,
    pool_root: ground.poolRef.root,
    pool_size: pool.length,
    registered: listing !== undefined && listing.listed < ground.size,
    leaf: place === undefined ? null : toLeaf(pool, place, code),
    neighbours: place === undefined ? findNeighbours(draw, pool, code) : [],
    stratum: leaf?.stratum ?? null,
    sub_roster: leaf ? nameSubRoster(draw, leaf.target.sub_roster) : null,
    excluded: leaf?.excluded ?? null,
    inspection: sheet ? toInspection(record, draw, outcome, sheet) : null,
    outcome_root: outcome.ref.root,
    outcome_size: outcome.sheets.length,
    marks: [...deriveMarks(draw), ...deriveRemarks(draw)],
    ...(isFree ? toTicket(draw, outcome, leaf.stratum, code) : { ticket: null }),
    is_drawn: sheet !== undefined,
  };
}

/** @param {Draw} draw @param {string} subRoster */
function nameSubRoster(draw, subRoster) {
  const names = draw.policy.subRosters.get(subRoster)?.names;
  return { zh: names?.zh ?? subRoster, en: names?.en ?? subRoster };
}

/**
 * Return the spelling of a code that stands in the pool; if none does, the first that can be a code at all.
 * @param {string} asked
 * @param {Map<string, number>} places
 * @param {Map<string, string>} names
 */
function findSpelling(asked, places, names) {
  const tidy = asked.replace(/\s/g, '').toUpperCase().replace(/^REG:/, '');
  const spellings = [asked, tidy, `reg:${tidy}`];
  const found =
    spellings.find((spelling) => places.has(spelling)) ?? (/^reg:/i.test(asked) ? undefined : findNamed(asked, names));
  if (found !== undefined) return found;
  for (const spelling of spellings.slice(0, 2)) {
    try {
      return checkCode(spelling);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  }
  return checkCode(`reg:${tidy}`);
}

/**
 * Return the code of the one enterprise of a name; undefined where what was asked for is rather a code. Throws
 * Refused.
 * @param {string} asked
 * @param {Map<string, string>} names
 */
function findNamed(asked, names) {
  const isChinese = /[\u4e00-\u9fff]/.test(asked);
  if (!isChinese && /[0-9]/.test(asked)) return undefined;
  const fold = (/** @type {string} */ name) => name.replace(/\s/g, '').toLowerCase();
  const wanted = fold(asked);
  const found = [...names].filter(([, name]) => wanted && fold(name).includes(wanted));
  const whole = found.filter(([, name]) => fold(name) === wanted);
  if (whole.length === 1) return whole[0][0];
  if (found.length) {
    const listed = found
      .sort(([a], [b]) => compareText(a, b))
      .slice(0, MATCHES)
      .map(([id, name]) => `${id} ${name}`)
      .join(', ');
    throw new Refused(
      `'${asked}' is in the names of ${found.length} enterprises of the year's roster: expected the code of one; the first are ${listed}`,
    );
  }
  if (isChinese) {
    throw new Refused(
      `'${asked}' is in no public name of the year's roster: expected a credit code, or reg: and a number; names of persons are sealed`,
    );
  }
  return undefined;
}

/** @param {string[]} leaves @param {number} index @param {string} code */
function toLeaf(leaves, index, code) {
  const tree = new Tree();
  for (const leaf of leaves) tree.append(deriveLeafHash(utf8(leaf)));
  return { code, text: leaves[index], index, path: tree.proveInclusion(index, leaves.length).map(toHex) };
}

/**
 * Return the one or two leaves between which a code would have to stand.
 * @param {Draw} draw
 * @param {string[]} pool
 * @param {string} code
 */
function findNeighbours(draw, pool, code) {
  const ids = draw.ground.pool.map(({ target }) => target.id);
  const after = ids.findIndex((id) => compareText(id, code) > 0);
  const place = after < 0 ? ids.length : after;
  return [place - 1, place]
    .filter((index) => index >= 0 && index < ids.length)
    .map((index) => toLeaf(pool, index, ids[index]));
}

/** @param {Draw} draw @param {Outcome} outcome @param {string} stratum @param {string} code */
function toTicket({ ground }, outcome, stratum, code) {
  const subSeed = deriveSubSeed(outcome.seed, 'pool', stratum);
  const eligible = ground.eligible(stratum);
  const tickets = deriveTickets(subSeed, eligible);
  const ticket = tickets[eligible.indexOf(code)];
  const drawn = outcome.strata.find(({ id }) => id === stratum);
  return {
    sub_seed: subSeed,
    ticket,
    rank: 1 + tickets.filter((other) => other < ticket).length,
    eligible: eligible.length,
    drawn: drawn?.drawn ?? 0,
    threshold: drawn?.largest_ticket ?? null,
    commands: [
      `printf '%s|pool|%s' ${outcome.seed} ${quote(stratum)} | sha256sum`,
      `printf '%s%s' ${subSeed} ${quote(code)} | sha256sum`,
    ],
  };
}

/** Return a text as a shell's one word, as Python's shlex.quote writes it. @param {string} text */
function quote(text) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

/**
 * @param {Record} record
 * @param {Draw} draw
 * @param {Outcome} outcome
 * @param {import('../office/outcome.js').Sheet} sheet
 */
function toInspection(record, draw, outcome, sheet) {
  const contents = new Map(draw.ground.items.map((item) => [item.id, item.content]));
  return {
    leaf: toLeaf(outcome.sheets.map(formatSheet), outcome.sheets.indexOf(sheet), sheet.code),
    host: sheet.host,
    host_names: draw.policy.units.get(sheet.host)?.names ?? null,
    officers: sheet.officers,
    serving: record.cases.bySubject.get(`case/${draw.slot}/${sheet.number}`)?.officers ?? null,
    items: sheet.items.map((id) => [id, contents.get(id)]),
    deadline: sheet.deadline,
  };
}

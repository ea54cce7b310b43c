// A case whose sheet is sealed: what can be said of it while nobody outside knows whose it is (T22).
//
// What of that anyone can check is checked at once, and what only the sheet can tell is kept as a claim, and checked when
// the sheet is shown. Mirrors src/ledger/office/sealed.py.

import { toHex, utf8 } from '../proof/bytes.js';
import { Mismatch } from '../proof/errors.js';
import { deriveLeafHash } from '../proof/merkle.js';
import { formatSheet } from './outcome.js';
import { isApplicable } from './rows.js';
import { checkSame } from './rule.js';

/**
 * @typedef {import('./draws.js').Draw} Draw
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./outcome.js').Sheet} Sheet
 * What an event asks of its case: (case, event) -> the change. Throws LedgerError where the case does not bear it.
 * @typedef {(found: import('./cases.js').Case, event: Event) => import('./rule.js').Change} Claim
 */

/**
 * A sealed case: the leaf that stands for its sheet, and what was said of it, in its order. No claim keeps another out:
 * which of several for one thing counts, the first that the sheet bears out, is told when it is opened.
 */
export class SealedCase {
  /** @type {{ index: number, event: Event, claim: Claim }[]} */
  claims = [];
  /** @type {import('./cases.js').Recusal[]} of officers who may be on the case; one officer may have several */
  recusals = [];
  visit = undefined;
  ordered = undefined;

  /**
   * @param {Draw} draw
   * @param {string} number
   * @param {string} leaf
   */
  constructor(draw, number, leaf) {
    this.draw = draw;
    this.number = number;
    this.leaf = leaf;
  }

  /** Tell whether an officer may be on the case: is on a roster of its draw. @param {string} officer */
  has(officer) {
    return this.draw.ground.homes.has(officer);
  }

  /** Return the recusals that may still be served. */
  openRecusals() {
    return this.recusals;
  }

  /**
   * Return the change by which a claim is kept until the sheet is shown.
   * @param {number} index
   * @param {Event} event
   * @param {Claim} claim
   */
  decide(index, event, claim) {
    return () => void this.claims.push({ index, event, claim });
  }
}

/**
 * Return a sheet as it was shown, checked for what a sheet of the draw can be. Throws Mismatch. Whether it is what the
 * seed gives is told by its leaf, once the draw is revealed.
 * @param {Draw} draw
 * @param {any} body
 * @returns {Sheet}
 */
export function parseSheet(draw, body) {
  const { ground, policy, revealDue } = draw;
  const leaf = ground.pool.find(({ target, excluded }) => target.id === body.id && excluded === undefined);
  if (!leaf) throw new Mismatch(`${body.id} could not be drawn in ${draw.slot}`);
  const { target, stratum } = leaf;
  checkSame('stratum', body.stratum, stratum);
  checkSame('street', body.street, target.street);
  checkSame('host', body.host, policy.subRosters.get(target.sub_roster)?.host);
  checkSame('deadline', body.deadline, revealDue);
  const eligible = new Set(
    ground.officers.flatMap(({ officer, excluded }) => (excluded === undefined ? officer.id : [])),
  );
  checkDistinct('officers', body.officers, eligible, ground.crew.length);
  const applicable = new Set(ground.items.filter((item) => isApplicable(item, target)).map((item) => item.id));
  checkDistinct('items', body.items, applicable, Math.min(ground.itemsPerCase, applicable.size));
  const { case: number, id, street, host, officers, items, deadline, ticket, salt } = body;
  return { number, code: id, stratum, street, host, officers, items, deadline, ticket, salt };
}

/**
 * Check that so many different ids are named, all of them known.
 * @param {string} what
 * @param {string[]} named
 * @param {Set<string>} known
 * @param {number} count
 */
function checkDistinct(what, named, known, count) {
  checkSame(what, [named.length, new Set(named).size, named.filter((id) => !known.has(id))], [count, count, []]);
}

/** Return the leaf hash of a sheet, in hexadecimal. @param {Sheet} sheet */
export const deriveSheetLeaf = (sheet) => toHex(deriveLeafHash(utf8(formatSheet(sheet))));

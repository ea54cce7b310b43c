// From seed to outcome. Everything here anyone can do again by hand with sha256sum and sort.
//
// Mirrors src/ledger/proof/draw.py. Specification: docs/spec/draw.md, sections 3, 4 and 6 to 9.

import { sha256, sha256After, toHex, utf8 } from './bytes.js';
import { checkCode, checkHex, checkId, compareText, deriveHash } from './encoding.js';
import { Malformed, Refused } from './errors.js';
import { formatSourceLine } from './randomness.js';

const SEED_FILE_VERSION = 'double-random-seed/1';
export const BUREAU = 'bureau';

/**
 * Return seed.txt. Throws Malformed. By hand: sha256sum seed.txt gives the seed.
 * @param {string} slot @param {string} frozen SHA-256 of the draw.frozen entry
 * @param {Map<string, string>} shares party -> share, those that count
 * @param {string[]} missing parties that committed and are not among the shares
 * @param {import('./randomness.js').Result[]} results in the order of draw.frozen
 */
export function formatSeedFile(slot, frozen, shares, missing, results) {
  const lines = [SEED_FILE_VERSION, `slot ${checkId(slot)}`, `frozen ${checkHex(frozen)}`];
  for (const [party, share] of [...shares].sort(([a], [b]) => compareText(a, b)))
    lines.push(`share ${checkParty(party)} ${checkHex(share)}`);
  for (const party of [...missing].sort(compareText)) lines.push(`share ${checkParty(party)} missing`);
  lines.push(...results.map(formatSourceLine));
  return lines.map((line) => `${line}\n`).join('');
}

/** @param {string} party */
function checkParty(party) {
  checkId(party.replace(/^dice:/, ''));
  return party;
}

/** Return the seed: H of seed.txt. @param {string} seedFile */
export const deriveSeed = (seedFile) => deriveHash(seedFile);

/**
 * Return H(seed + "|" + purpose + "|" + which). By hand: printf '%s|pool|%s' SEED STRATUM | sha256sum
 * @param {string} seed
 * @param {string} purpose
 * @param {string} which
 */
export const deriveSubSeed = (seed, purpose, which = '') => deriveHash(`${checkHex(seed)}|${purpose}|${which}`);

/** Return the salt of one enterprise's sheet. @param {string} seed @param {string} code */
export const deriveSalt = (seed, code) => deriveHash(`${checkHex(seed)}|salt|${code}`).slice(0, 32);

/**
 * Return an enterprise's ticket. By hand: printf '%s%s' SUB_SEED CODE | sha256sum
 * @param {string} subSeed
 * @param {string} code
 */
export const deriveTicket = (subSeed, code) => deriveHash(subSeed + code);

/**
 * Return the tickets of many codes, as deriveTicket gives them.
 * @param {string} subSeed
 * @param {string[]} codes
 */
export const deriveTickets = (subSeed, codes) => codes.map(ticketOf(subSeed)).map(toHex);

/** @param {string} subSeed @returns {(code: string) => Uint8Array} */
function ticketOf(subSeed) {
  const hash = sha256After(utf8(checkHex(subSeed))); // the sub-seed is exactly one block of SHA-256
  return (code) => hash(utf8(code));
}

/**
 * Return the codes with the `count` smallest tickets, smallest first; all of them if there are fewer.
 * Throws Malformed if a code repeats. By hand: for each code, printf '%s%s' SUB_SEED CODE | sha256sum; sort; the first.
 * @param {string} subSeed
 * @param {string[]} codes
 * @param {number} count
 */
export function select(subSeed, codes, count) {
  if (new Set(codes).size !== codes.length) throw new Malformed('a code stands twice');
  // Sorting all tickets to keep a few is slow. A bound a little above the expected largest drawn ticket leaves few to
  // sort; should it ever leave too few, all are sorted. The result is the same.
  const margin = count + 6 * Math.sqrt(count) + 20;
  let lowest = ticketsBelow(subSeed, codes, (256 * margin) / codes.length);
  if (lowest.length < Math.min(count, codes.length)) lowest = ticketsBelow(subSeed, codes, 256);
  return lowest.sort((a, b) => compareAscii(a.ticket, b.ticket) || compareText(a.code, b.code)).slice(0, count);
}

/**
 * Return the codes whose ticket's first byte lies below a bound, with their tickets.
 * @param {string} subSeed
 * @param {string[]} codes
 * @param {number} bound
 */
function ticketsBelow(subSeed, codes, bound) {
  const hash = ticketOf(subSeed);
  const lowest = [];
  for (const code of codes) {
    const ticket = hash(code);
    if (ticket[0] < bound) lowest.push({ ticket: toHex(ticket), code });
  }
  return lowest;
}

/** @param {string} a @param {string} b */
const compareAscii = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * An enterprise that needs officers.
 * @typedef {{ ticket: string, code: string, street: string }} Case
 * Who may be drawn as an officer: roster -> eligible ids; officers by code that may not meet; the fallback roster.
 * @typedef {{ eligible: Map<string, string[]>, conflicts: Map<string, Set<string>>, fallback: string }} Rosters
 */

/**
 * Return the eligible officers of a roster: bureau, a street, all, or not:<street>.
 * @param {Rosters} rosters
 * @param {string} roster
 * @returns {string[]}
 */
export function deriveMembers(rosters, roster) {
  if (roster === 'all') return [...rosters.eligible.values()].flat();
  if (roster.startsWith('not:')) {
    return [...rosters.eligible]
      .filter(([name]) => name !== BUREAU && name !== roster.slice(4))
      .flatMap(([, members]) => members);
  }
  return rosters.eligible.get(roster) ?? [];
}

/** Return the roster that a place of the policy means for a street. @param {string} place @param {string} street */
export function nameRoster(place, street) {
  return place === 'own-street' ? street : place === 'other-streets' ? `not:${street}` : place;
}

/** @param {Rosters} rosters @param {string} officer @param {string} code @param {Iterable<string>} taken */
function mayServe(rosters, officer, code, taken) {
  for (const other of taken) if (other === officer) return false;
  return !rosters.conflicts.get(code)?.has(officer);
}

/**
 * Return the roster that a role draws from for one case: its own, or the fallback if it has nobody eligible. Throws
 * Refused.
 * @param {Rosters} rosters
 * @param {string} place
 * @param {Case} one
 * @param {string[]} taken
 */
function deriveRoster(rosters, place, one, taken) {
  const own = nameRoster(place, one.street);
  for (const roster of [own, rosters.fallback]) {
    if (deriveMembers(rosters, roster).some((officer) => mayServe(rosters, officer, one.code, taken))) return roster;
  }
  throw new Refused(`enterprise ${one.code}: no officer of ${own} or ${rosters.fallback} may serve on it`);
}

/**
 * Return who inspects each case, role by role, and the caps that served. Throws Refused, Malformed.
 * Source: the bureau's plan, rules R25 to R27; docs/spec/draw.md, section 6.
 * @param {string} seed @param {Case[]} cases @param {string[]} crew the place of each role @param {Rosters} rosters
 */
export function assignOfficers(seed, cases, crew, rosters) {
  const ordered = [...cases].sort((a, b) => compareAscii(a.ticket, b.ticket) || compareText(a.code, b.code));
  /** @type {Map<string, string[]>} */
  const officers = new Map(ordered.map((one) => [one.code, []]));
  if (officers.size !== ordered.length) throw new Malformed('an enterprise stands twice among the cases');
  /** @type {Map<string, number>} */
  const held = new Map();
  const caps = [];
  for (const [i, place] of crew.entries()) {
    const subSeed = deriveSubSeed(seed, 'officer', String(i + 1));
    const { chosen, served } = fillRole(subSeed, place, ordered, officers, held, rosters);
    for (const [code, officer] of chosen) {
      /** @type {string[]} */ (officers.get(code)).push(officer);
      held.set(officer, (held.get(officer) ?? 0) + 1);
    }
    for (const [roster, cap] of [...served].sort(([a], [b]) => compareText(a, b)))
      caps.push({ role: i + 1, roster, cap });
  }
  return { officers, caps };
}

/**
 * @param {string} subSeed @param {string} place @param {Case[]} cases @param {Map<string, string[]>} taken
 * @param {Map<string, number>} held @param {Rosters} rosters
 */
function fillRole(subSeed, place, cases, taken, held, rosters) {
  const takenOn = (/** @type {string} */ code) => /** @type {string[]} */ (taken.get(code));
  const rosterOf = cases.map((one) => deriveRoster(rosters, place, one, takenOn(one.code)));
  const members = new Map(rosterOf.map((roster) => [roster, deriveMembers(rosters, roster)]));
  /** @type {Map<string, number>} */
  const caps = new Map();
  for (const [roster, officers] of members) {
    const seats = rosterOf.filter((one) => one === roster).length;
    const holding = officers.reduce((sum, officer) => sum + (held.get(officer) ?? 0), 0);
    caps.set(roster, Math.ceil((seats + holding) / officers.length));
  }
  for (;;) {
    const raised = tryCaps();
    if (raised instanceof Map) return { chosen: raised, served: caps };
    caps.set(raised, /** @type {number} */ (caps.get(raised)) + 1);
  }

  /**
   * Return who was chosen under the caps, or the roster whose cap was too low.
   * @returns {Map<string, string> | string}
   */
  function tryCaps() {
    const load = new Map(held);
    const chosen = new Map();
    for (const [i, { code }] of cases.entries()) {
      const roster = rosterOf[i];
      const cap = /** @type {number} */ (caps.get(roster));
      const free = /** @type {string[]} */ (members.get(roster)).filter(
        (officer) => (load.get(officer) ?? 0) < cap && mayServe(rosters, officer, code, takenOn(code)),
      );
      if (!free.length) return roster;
      const officer = chooseOfficer(subSeed, code, free);
      chosen.set(code, officer);
      load.set(officer, (load.get(officer) ?? 0) + 1);
    }
    return chosen;
  }
}

/**
 * Return things in ascending order of a hash of each, then of themselves.
 * @param {Iterable<string>} things
 * @param {(thing: string) => string} hash
 */
function sortByHash(things, hash) {
  const hashed = [...things].map((thing) => ({ thing, by: hash(thing) }));
  return hashed.sort((a, b) => compareAscii(a.by, b.by) || compareText(a.thing, b.thing)).map(({ thing }) => thing);
}

/**
 * Return the officer with the smallest H(sub-seed + code + "|" + officer).
 * @param {string} subSeed
 * @param {string} code
 * @param {string[]} officers
 */
export const chooseOfficer = (subSeed, code, officers) =>
  sortByHash(officers, (officer) => deriveHash(`${subSeed}${code}|${officer}`))[0];

/**
 * Return the items to check: of those that apply, the `count` smallest H(sub-seed(item) + code + "|" + item).
 * @param {string} seed
 * @param {string} code
 * @param {string[]} items
 * @param {number} count
 */
export function chooseItems(seed, code, items, count) {
  const subSeed = deriveSubSeed(seed, 'item');
  return sortByHash(items, (item) => deriveHash(`${subSeed}${code}|${item}`)).slice(0, count);
}

/**
 * Return the sub-seed that chooses who follows a recused officer.
 * @param {Uint8Array} recusalEntry
 * @param {import('./randomness.js').Result} result
 */
export const deriveReplacementSeed = (recusalEntry, result) =>
  deriveHash(`${toHex(sha256(recusalEntry))}|${formatSourceLine(result)}`);

/**
 * Return the officer who takes a recused officer's seat. Throws Refused if nobody is left.
 * @param {string} subSeed @param {Case} one @param {string} home the roster of the officer who left
 * @param {Set<string>} taken everyone who is or was on the case @param {boolean} isSecond the seat was replaced before
 * @param {Rosters} rosters
 */
export function chooseReplacement(subSeed, one, home, taken, isSecond, rosters) {
  const remaining = (/** @type {string} */ roster) =>
    deriveMembers(rosters, roster).filter((officer) => mayServe(rosters, officer, one.code, taken));
  let candidates = isSecond ? [] : remaining(home);
  if (candidates.length < 3) candidates = remaining(rosters.fallback);
  if (!candidates.length)
    throw new Refused(`enterprise ${one.code}: nobody is left on the fallback roster ${rosters.fallback}`);
  return chooseOfficer(subSeed, checkCode(one.code), candidates);
}

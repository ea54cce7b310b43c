// The policy: everything about the bureau that is data and not code. Mirrors src/ledger/office/policy.py.

import { deriveAttestedTime } from '../proof/checkpoint.js';
import { LedgerError, Malformed } from '../proof/errors.js';
import { COSIGNATURE, parseVkey } from '../proof/note.js';
import { checkEntropy, isChain, isPublic } from '../proof/randomness.js';
import {
  anyText,
  count,
  fields,
  hex64,
  id,
  integer,
  many,
  names,
  oneOf,
  string,
  table,
  text,
  optional,
} from './body.js';

export const SERVICE = 'service';

/** @typedef {import('../proof/randomness.js').Chain | import('../proof/randomness.js').Lottery} Source */

const days = integer(0, 3660);
const dayOfYear = string(/^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/);
const shown = oneOf('public', 'internal');
const nameShown = oneOf('public', 'masked', 'internal');
const role = oneOf('any', 'organiser', 'supervisor', 'leader', 'service', 'owner', 'host', 'section', 'homes');

const settings = fields({
  units: table(id, fields({ names, office: id })),
  offices: table(id, fields({ organiser: id, supervisor: id, leader: id })),
  authority: table(anyText, many(role, { min: 1, max: 6 })),
  sub_rosters: table(id, fields({ names, owner: id, host: id, qualification: optional(id) })),
  precedence: optional(many(id)),
  key_lists: table(id, fields({ names, owner: id })),
  tags: table(id, names),
  bases: table(id, names),
  agencies: table(id, names),
  crew: table(anyText, many(oneOf('own-street', 'other-streets', 'bureau', 'all'), { min: 2, max: 6 })),
  fallback_roster: id,
  items_per_case: integer(1),
  minimum_stratum: count,
  yearly_cap: integer(1),
  cap_exempt: many(oneOf('planned', 'case-based', 'special', 'covert', 'campaign')),
  roster_due: dayOfYear,
  filing_due: dayOfYear,
  periods: fields({
    notice_days: days,
    cooling_off_days: days,
    key_wait_days: days,
    draw_within_days: integer(1, 366),
    freeze_lead_seconds: integer(300),
    replacement_lead_seconds: integer(600),
    visit_days: days,
    month_start_working_days: days,
    receipt_working_days: days,
    scan_entry_days: days,
    result_publication_working_days: days,
    penalty_publication_working_days: days,
    withdrawal_working_days: days,
    complaint_receipt_working_days: days,
    complaint_answer_working_days: days,
    notice_answer_working_days: days,
  }),
  publication: fields({
    name: nameShown,
    officers: nameShown,
    code: shown,
    date: shown,
    result: shown,
    summary: shown,
  }),
  randomness: fields({
    chains: many(
      fields({
        kind: oneOf('drand', 'local'),
        hash: hex64,
        key: string(/^[0-9a-f]{192}$/),
        genesis: count,
        period: integer(1),
      }),
    ),
    lotteries: table(id, fields({ digits: integer(1, 100), bits: integer(1, 330) })),
    final: many(text, { min: 1 }),
    replacement: text,
  }),
  witnesses: fields({ keys: table(id, text), quorum: count }),
});

/** A whole policy, its references checked; its fields are those of docs/spec/events.md, section 3. */
export class Policy {
  /** Throws Malformed where a setting does not fit the others. @param {Record<string, any>} read */
  constructor(read) {
    /** @type {Map<string, { names: { zh: string, en: string }, office: string }>} */
    this.units = read.units;
    /** @type {Map<string, { organiser: string, supervisor: string, leader: string }>} */
    this.offices = read.offices;
    /** @type {Map<string, string[]>} */
    this.authority = read.authority;
    /** @type {Map<string, { names: { zh: string, en: string }, owner: string, host: string, qualification?: string }>} */
    this.subRosters = read.sub_rosters;
    /** @type {Map<string, unknown>} */
    this.tags = read.tags;
    /** @type {Map<string, unknown>} */
    this.bases = read.bases;
    /** @type {Map<string, string[]>} */
    this.crew = read.crew;
    /** @type {Record<string, number>} */
    this.periods = read.periods;
    /** @type {string} */
    this.fallbackRoster = read.fallback_roster;
    /** @type {number} */
    this.itemsPerCase = read.items_per_case;
    /** @type {number} */
    this.minimumStratum = read.minimum_stratum;
    /** @type {number} */
    this.yearlyCap = read.yearly_cap;
    /** @type {string[]} */
    this.capExempt = read.cap_exempt;
    /** @type {number} */
    this.quorum = read.witnesses.quorum;
    /** @type {Record<string, string>} what announcements show of a case */
    this.publication = read.publication;
    /** @type {Map<string, { names: { zh: string, en: string }, owner: string }>} */
    this.keyLists = read.key_lists;
    /** @type {Map<string, unknown>} */
    this.agencies = read.agencies;
    /** @type {string[]} */
    this.precedence = read.precedence ?? [];
    this.#checkUnits(read.witnesses.keys);
    this.#checkWords();
    this.#checkPlaces();
    this.witnessKeys = readWitnessKeys(read.witnesses);
    /** @type {Map<string, Source>} the chains by hash, and the lotteries by id, where no chain has the name */
    this.sources = readSources(read.randomness);
    /** @type {Source[]} the final randomness, in order */
    this.final = read.randomness.final.map((/** @type {string} */ name) => this.#source(name));
    checkEntropy(this.final);
    this.replacement = this.#source(read.randomness.replacement);
  }

  /** @param {Map<string, string>} witnesses */
  #checkUnits(witnesses) {
    const named = [...this.offices.values()].flatMap((office) => [office.organiser, office.supervisor, office.leader]);
    named.push(...[...this.subRosters.values()].flatMap((one) => [one.owner, one.host]), SERVICE);
    named.push(...[...this.keyLists.values()].map((one) => one.owner));
    for (const unit of named)
      if (!this.units.has(unit)) throw new Malformed(`unit ${unit} is named and not listed among the units`);
    for (const [name, office] of this.offices) {
      if (office.supervisor === office.organiser || office.supervisor === office.leader) {
        throw new Malformed(`office ${name}: the supervisor is also the organiser or the leader`);
      }
      for (const unit of witnesses.keys()) {
        if ([SERVICE, office.organiser, office.supervisor].includes(unit))
          throw new Malformed(`witness ${unit} is the service, an organiser or a supervisor`);
      }
    }
    if (!this.crew.has('*')) throw new Malformed('crew: expected a row `*` for the offices not named');
    if (this.quorum > witnesses.size) throw new Malformed(`quorum ${this.quorum} of ${witnesses.size} witnesses`);
  }

  #checkWords() {
    for (const { qualification: asked } of this.subRosters.values()) {
      if (asked !== undefined && !this.tags.has(asked) && !this.subRosters.has(asked)) {
        throw new Malformed(`qualification ${asked} is neither a sub-roster nor a tag of the policy`);
      }
    }
    for (const name of this.precedence) {
      if (!this.subRosters.has(name) || this.precedence.filter((other) => other === name).length > 1) {
        throw new Malformed(`${name}: expected each sub-roster once at most, and no other word`);
      }
    }
    for (const agency of this.agencies.keys()) {
      if (this.units.has(agency)) throw new Malformed(`agency ${agency} is a unit of the policy too`);
    }
  }

  #checkPlaces() {
    if (!this.offices.has('bureau')) {
      throw new Malformed('no office bureau: expected one, for it answers complaints and issues notices');
    }
    for (const places of this.crew.values()) {
      const order = places.map((place) => (place === 'all' ? 2 : place === 'bureau' ? 1 : 0));
      if (order.some((rank, i) => i > 0 && order[i - 1] > rank)) {
        throw new Malformed(`crew: ${places.join(', ')}; expected streets first, then the bureau, then all`);
      }
    }
    const streets = [...this.offices.keys()].filter((office) => office.startsWith('street/'));
    if (!['bureau', 'all', ...streets].includes(this.fallbackRoster)) {
      throw new Malformed('fallback_roster: expected bureau, a street of the policy, or all');
    }
  }

  /** @param {string} name a chain's hash, or a lottery's id */
  #source(name) {
    const source = this.sources.get(name);
    if (!source) throw new Malformed(`randomness ${name} is neither a listed chain's hash nor a listed lottery`);
    return source;
  }

  /**
   * Return the Unix time by which the quorum had cosigned; undefined where it had not, or where none is asked.
   * @param {Map<string, number>} times
   */
  attestedTime(times) {
    return deriveAttestedTime(
      times,
      [...this.witnessKeys.values()].map((verifier) => verifier.name),
      this.quorum,
    );
  }

  /** Return the place of each role in an office's draws. @param {string} office */
  crewOf(office) {
    return /** @type {string[]} */ (this.crew.get(office) ?? this.crew.get('*'));
  }
}

/**
 * @param {{ keys: Map<string, string> }} witnesses
 * @returns {Map<string, import('../proof/note.js').Verifier>} by unit
 */
function readWitnessKeys({ keys }) {
  const read = new Map([...keys].map(([unit, vkey]) => [unit, parseVkey(vkey)]));
  for (const verifier of read.values()) {
    if (verifier.algorithm !== COSIGNATURE)
      throw new Malformed("a witness's key must be one for cosignatures (algorithm 4)");
  }
  const keyNames = [...read.values()].map((verifier) => verifier.name);
  if (new Set(keyNames).size !== keyNames.length) throw new Malformed('two witnesses have keys of one name');
  return read;
}

/**
 * @param {{ chains: import('../proof/randomness.js').Chain[], lotteries: Map<string, { digits: number, bits: number }>
 * }} randomness
 */
function readSources({ chains, lotteries }) {
  /** @type {Map<string, Source>} */
  const sources = new Map(
    [...lotteries].map(([name, { digits, bits }]) => [name, { kind: 'lottery', name, digits, bits }]),
  );
  for (const chain of chains) {
    if (chain.kind === 'drand' && !isPublic(chain))
      throw new Malformed(`chain ${chain.hash} is none of the public chains known: its kind is local, not drand`);
    sources.set(chain.hash, chain);
  }
  return sources;
}

/** Return the name that policy and events use: a chain's hash, a lottery's id. @param {Source} source */
export const sourceName = (source) => (isChain(source) ? source.hash : source.name);

/** @type {import('./body.js').Kind} */
export const policy = (value, place) => {
  try {
    return new Policy(settings(value, place));
  } catch (error) {
    if (error instanceof LedgerError) throw new Malformed(error.message);
    throw error;
  }
};
policy.shape = settings.shape;

// Whom to trust is an argument: the log's key, the witnesses, the quorum, as a tlog-policy file or a single vkey.
//
// Mirrors src/ledger/audit/trust.py. Specification: C2SP tlog-policy; docs/spec/bundle.md, section 7.

import { checkCosignature } from '../proof/checkpoint.js';
import { Malformed } from '../proof/errors.js';
import { COSIGNATURE, ED25519, parseNote, parseVkey } from '../proof/note.js';

/** @typedef {import('../proof/note.js').Verifier} Verifier */

/**
 * The logs and witnesses that a verifier trusts, and the quorum it wants (undefined: no cosignature is asked for).
 */
export class Trust {
  /** @type {Map<string, Verifier>} */
  witnesses = new Map();
  /** @type {Map<string, { threshold: number, members: string[] }>} */
  groups = new Map();
  /** @type {string | undefined} */
  quorum = undefined;

  /** @param {Verifier[]} logs */
  constructor(logs = []) {
    this.logs = logs;
  }

  /**
   * Tell whether witnesses, by their names in this policy, make up the quorum.
   * @param {Iterable<string>} cosigners
   */
  isMet(cosigners) {
    const met = new Set(cosigners);
    for (const [name, { threshold, members }] of this.groups) {
      if (members.filter((member) => met.has(member)).length >= threshold) met.add(name);
    }
    return this.quorum === undefined || met.has(this.quorum);
  }

  /**
   * Return the witnesses, by their names in this policy, whose own keys cosigned a checkpoint, and when. Throws
   * Malformed, BadSignature.
   * @param {Uint8Array} checkpoint
   * @returns {Map<string, number>}
   */
  cosigners(checkpoint) {
    const { text, signatures } = parseNote(checkpoint);
    const times = new Map();
    for (const [name, verifier] of this.witnesses) {
      for (const line of signatures)
        if (verifier.isNamedBy(line)) times.set(name, checkCosignature(text, line, verifier));
    }
    return times;
  }
}

/** Return a log's key. Throws Malformed, also for a key of another kind. @param {string} vkey */
export function parseLogKey(vkey) {
  const verifier = parseVkey(vkey);
  if (verifier.algorithm !== ED25519) throw new Malformed(`the key of log ${verifier.name} is not an Ed25519 key`);
  return verifier;
}

/** Read a tlog-policy file. Throws Malformed, naming the line. @param {Uint8Array} bytes */
export function parseTrust(bytes) {
  const trust = new Trust();
  /** @type {Set<string>} members of a group */
  const listed = new Set();
  let hasQuorum = false;
  for (const { number, words } of splitPolicy(bytes)) {
    try {
      if (words[0] === 'quorum' && hasQuorum) throw new Malformed('a second quorum');
      hasQuorum ||= words[0] === 'quorum';
      takeLine(trust, listed, words);
    } catch (error) {
      if (error instanceof Malformed) throw new Malformed(`policy, line ${number}: ${error.message}`);
      throw error;
    }
  }
  if (!hasQuorum) throw new Malformed('policy: it has no quorum line (quorum none asks for no witness)');
  return trust;
}

/** Give the lines of a policy as words, without comments. @param {Uint8Array} bytes */
function* splitPolicy(bytes) {
  const lines = Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join('')
    .split('\n');
  for (const [i, line] of lines.entries()) {
    const refused = /[^\t\x20-\x7e\x80-\xff]/.exec(line);
    if (refused)
      throw new Malformed(
        `policy, line ${i + 1}: octet ${refused[0].charCodeAt(0).toString(16).padStart(2, '0')}; a line ends with a line feed alone`,
      );
    const words = line.split(/[ \t]+/).filter(Boolean).map(decodeWord);
    if (words.length && !words[0].startsWith('#')) yield { number: i + 1, words };
  }
  if (lines[lines.length - 1])
    throw new Malformed('policy: its last line does not end with a line feed, so it may be cut short');
}

/**
 * Return a word of octets as text; where it is not UTF-8, each octet beyond ASCII as a lone surrogate, so that no two
 * words become one.
 * @param {string} octets each a character
 */
function decodeWord(octets) {
  try {
    const bytes = Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return octets.replace(/[\x80-\xff]/g, (octet) => String.fromCharCode(0xdc00 + octet.charCodeAt(0)));
  }
}

/** @param {Trust} trust @param {Set<string>} listed @param {string[]} words */
function takeLine(trust, listed, [kind, ...rest]) {
  const isKnown = (/** @type {string} */ name) => trust.witnesses.has(name) || trust.groups.has(name);
  const checkKnown = (/** @type {string} */ name) => {
    if (!isKnown(name)) throw new Malformed(`${name} is neither a witness nor a group named before`);
  };
  const refuseUsed = (/** @type {string} */ name) => {
    if (name === 'none' || isKnown(name)) throw new Malformed(`the name ${name} is used already`);
  };
  if (kind === 'log' && (rest.length === 1 || rest.length === 2)) {
    const verifier = parseLogKey(rest[0]);
    if (trust.logs.some((other) => other.keyHex === verifier.keyHex))
      throw new Malformed(`the key of log ${verifier.name} is another log's too`);
    trust.logs.push(verifier);
  } else if (kind === 'witness' && (rest.length === 2 || rest.length === 3)) {
    refuseUsed(rest[0]);
    takeWitness(trust, rest[0], parseVkey(rest[1]));
  } else if (kind === 'group' && rest.length > 2) {
    const [name, threshold, ...members] = rest;
    refuseUsed(name);
    for (const member of members) {
      checkKnown(member);
      if (listed.has(member)) throw new Malformed(`${member} is a member of a group already`);
      listed.add(member);
    }
    trust.groups.set(name, { threshold: parseThreshold(threshold, members), members });
  } else if (kind === 'quorum' && rest.length === 1) {
    if (rest[0] !== 'none') checkKnown(rest[0]);
    trust.quorum = rest[0] === 'none' ? undefined : rest[0];
  } else {
    throw new Malformed(`'${[kind, ...rest].join(' ').slice(0, 80)}': expected log, witness, group or quorum`);
  }
}

/** @param {Trust} trust @param {string} name @param {Verifier} verifier */
function takeWitness(trust, name, verifier) {
  if (verifier.algorithm !== COSIGNATURE) throw new Malformed(`the key of witness ${name} is not one for cosignatures`);
  if ([...trust.witnesses.values()].some((other) => other.keyHex === verifier.keyHex))
    throw new Malformed(`the key of witness ${name} is another witness's too`);
  trust.witnesses.set(name, verifier);
}

/** @param {string} word @param {string[]} members */
function parseThreshold(word, members) {
  if (word === 'any' || word === 'all') return word === 'any' ? 1 : members.length;
  if (!/^[0-9]{1,9}$/.test(word) || Number(word) < 1 || Number(word) > members.length) {
    throw new Malformed(`threshold ${word.slice(0, 80)}: expected any, all, or a number from 1 to ${members.length}`);
  }
  return Number(word);
}

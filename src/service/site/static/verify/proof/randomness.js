// Public randomness that does not exist yet when everything else is fixed: drand rounds, lotteries; and dice.
//
// Mirrors src/ledger/proof/randomness.py and the pairing of src/ledger/audit/pairing.py.
// Specification: docs/spec/draw.md, section 2; drand protocol, scheme bls-unchained-g1-rfc9380.

import { bls12_381 } from '../../vendor/noble-curves/bls12-381.js';
import { fromHex, isSame, sha256, toHex } from './bytes.js';
import { checkHex, checkId, deriveHash } from './encoding.js';
import { BadSignature, Malformed, Mismatch } from './errors.js';

export const MINIMUM_BITS = 40;
export const ADVISED_BITS = 64;
const DRAND_BITS = 256;
const MINIMUM_DICE = 20;
/** Witnesses must have cosigned so many seconds before the randomness comes to exist. */
export const WITNESS_LEAD_SECONDS = 60;

const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

/**
 * A drand chain, pinned by policy; `kind` is drand, or local for one with a key of the installation's own.
 * @typedef {{ kind: 'drand' | 'local', hash: string, key: string, genesis: number, period: number }} Chain
 * A public lottery, pinned by policy: how many digits a result has, and what they are worth in bits.
 * @typedef {{ kind: 'lottery', name: string, digits: number, bits: number }} Lottery
 * What came of a source: a drand round, or a lottery's digits.
 * @typedef {{ chain: Chain, number: number, signature: string }} Round
 * @typedef {{ lottery: Lottery, issue: string, digits: string }} LotteryResult
 * @typedef {Round | LotteryResult} Result
 */

/** @type {Chain} the League of Entropy's chain quicknet */
const QUICKNET = {
  kind: 'drand',
  hash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  key:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2' +
    '2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesis: 1692803367,
  period: 3,
};

/** Tell whether a chain is one that may be called drand; any other is `local`. @param {Chain} chain */
export function isPublic(chain) {
  return (
    chain.hash === QUICKNET.hash &&
    chain.key === QUICKNET.key &&
    chain.genesis === QUICKNET.genesis &&
    chain.period === QUICKNET.period
  );
}

/** @param {Chain | Lottery} source @returns {source is Chain} */
export const isChain = (source) => source.kind !== 'lottery';

/** @param {Result} result @returns {result is Round} */
export const isRound = (result) => 'chain' in result;

/** Return the line that stands for a result in seed.txt, without its line feed. @param {Result} result */
export function formatSourceLine(result) {
  if (isRound(result)) return `${result.chain.kind} ${result.chain.hash} ${result.number} ${result.signature}`;
  return `lottery ${result.lottery.name} ${result.issue} ${result.digits}`;
}

/**
 * Return the first round that exists at or after a Unix time. Throws Malformed for a time before the chain began.
 * @param {Chain} chain
 * @param {number} seconds
 */
export function deriveRound(chain, seconds) {
  if (seconds < chain.genesis)
    throw new Malformed(`time ${seconds} is before the chain's first round, ${chain.genesis}`);
  return 1 + Math.ceil((seconds - chain.genesis) / chain.period);
}

/**
 * Check that a round is the one expected, in its one spelling, and signed by its chain.
 * Source: drand, scheme bls-unchained-g1-rfc9380: the message is SHA-256 of the round as 8 bytes, big-endian.
 * @param {Round} round @param {number} expected
 */
export function checkRound({ chain, number, signature }, expected) {
  if (number !== expected) throw new Mismatch(`round ${number}, expected ${expected}`);
  if (!/^[0-9a-f]{96}$/.test(signature))
    throw new Malformed(`round ${number}: expected a signature of 96 lowercase hexadecimal characters`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  checkPairing(fromHex(chain.key), sha256(bytes), fromHex(signature));
}

/**
 * Check a BLS signature in G1 against a public key in G2. Throws BadSignature, also for bytes that are no point, for the
 * point at infinity, for a point outside the prime-order subgroup, and for another than a point's one spelling.
 * @param {Uint8Array} publicKey 96 bytes @param {Uint8Array} message @param {Uint8Array} signature 48 bytes
 */
export function checkPairing(publicKey, message, signature) {
  const { G1, G2, shortSignatures } = bls12_381;
  const key = parsePoint(G2.Point, publicKey, 'public key');
  const point = parsePoint(G1.Point, signature, 'signature');
  if (!shortSignatures.verify(point, shortSignatures.hash(message, DOMAIN), key)) {
    throw new BadSignature("the round's signature does not fit the chain's public key");
  }
}

/** @param {any} group @param {Uint8Array} bytes @param {string} what */
function parsePoint(group, bytes, what) {
  let point;
  try {
    point = group.fromBytes(bytes);
    point.assertValidity();
  } catch {
    throw new Malformed(`${what} ${toHex(bytes)} is no point of BLS12-381`);
  }
  if (point.is0() || !point.isTorsionFree())
    throw new BadSignature(`${what} is the point at infinity, or outside the subgroup of prime order`);
  if (!isSame(point.toBytes(true), bytes)) throw new Malformed(`${what} ${toHex(bytes)} is not in its one spelling`);
  return point;
}

/**
 * Check the form of a lottery's result. Throws Mismatch, Malformed.
 * @param {LotteryResult} result
 * @param {string} issue
 */
export function checkLottery({ lottery, issue: found, digits }, issue) {
  checkId(lottery.name);
  if (!/^[0-9]{1,20}$/.test(issue))
    throw new Malformed(`lottery ${lottery.name}: issue '${issue.slice(0, 40)}', expected 1 to 20 digits`);
  if (found !== issue) throw new Mismatch(`lottery ${lottery.name}: issue ${found}, expected ${issue}`);
  if (!/^[0-9]+$/.test(digits) || digits.length !== lottery.digits) {
    throw new Malformed(`lottery ${lottery.name}: '${digits}', expected ${lottery.digits} digits`);
  }
}

/** Return how many bits the final randomness is worth. Throws Malformed. @param {(Chain | Lottery)[]} sources */
export function checkEntropy(sources) {
  const names = sources.map((source) => (isChain(source) ? source.hash : source.name));
  if (new Set(names).size !== names.length) throw new Malformed('a source of randomness stands twice');
  const bits = sources.reduce((sum, source) => sum + (isChain(source) ? DRAND_BITS : source.bits), 0);
  if (bits < MINIMUM_BITS) throw new Malformed(`final randomness of ${bits} bits, expected at least ${MINIMUM_BITS}`);
  return bits;
}

/**
 * Return the share that a run of ten-sided dice makes. Throws Malformed. By hand: printf '%s' DIGITS | sha256sum
 * @param {string} digits
 */
export function deriveDiceShare(digits) {
  if (!/^[0-9]+$/.test(digits) || digits.length < MINIMUM_DICE)
    throw new Malformed(`dice '${digits.slice(0, 40)}': expected at least ${MINIMUM_DICE} digits`);
  return deriveHash(digits);
}

/** Return the commitment of a share. By hand: printf '%s' SHARE | sha256sum @param {string} share */
export const deriveCommitment = (share) => deriveHash(checkHex(share));

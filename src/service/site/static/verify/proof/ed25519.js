// Ed25519 in the one profile that the log is read in: RFC 8032, without cofactor, S below the group's order, no key and
// no R of small order, keys in their one spelling. Mirrors what src/ledger/proof/note.py keeps over OpenSSL (ADR 0012).
//
// The page's own WebCrypto checks many signatures at once where it knows Ed25519 (plain HTTP and older phones have none).
// What it accepts is accepted; what it does not is asked here again, so that every "bad" has one source.

import { ed25519 } from '../../vendor/noble-curves/ed25519.js';
import { sha512 } from '../../vendor/noble-hashes/sha2.js';
import { concat, isSame, toHex } from './bytes.js';
import { Malformed } from './errors.js';

const { Point } = ed25519;
const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The encodings of all points of small order, in hexadecimal. */
const SMALL_ORDER = new Set(
  [0n, 1n, FIELD - 1n, ORDER_8_Y, FIELD - ORDER_8_Y]
    .flatMap((y) => [y, y + 2n ** 255n])
    .map((y) => toHex(toLittleEndian(y))),
);

/** @param {bigint} number */
function toLittleEndian(number) {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 255n));
}

/** @param {Uint8Array} bytes */
function fromLittleEndian(bytes) {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

/**
 * Return the point of a public key. Throws Malformed for one that is not 32 bytes, not in its one spelling, off the
 * curve, or of small order. Source: RFC 8032, section 5.1.3.
 * @param {Uint8Array} key
 */
export function parsePublicKey(key) {
  if (key.length !== 32) throw new Malformed(`Ed25519 key of ${key.length} bytes, expected 32`);
  if ((fromLittleEndian(key) & (2n ** 255n - 1n)) >= FIELD)
    throw new Malformed('Ed25519 key is not in its one spelling');
  if (SMALL_ORDER.has(toHex(key))) throw new Malformed('Ed25519 key is of small order');
  let point;
  try {
    point = Point.fromBytes(key, false);
  } catch {
    throw new Malformed('Ed25519 key is not a point of the curve');
  }
  return point;
}

/** Tell whether the R of a signature is of small order: here libraries differ. @param {Uint8Array} signature */
export const hasSmallR = (signature) => SMALL_ORDER.has(toHex(signature.subarray(0, 32)));

/**
 * Tell whether a signature fits a message. Source: RFC 8032, section 5.1.7, the check without cofactor.
 * @param {Uint8Array} key its bytes @param {ReturnType<typeof parsePublicKey>} point the same key
 * @param {Uint8Array} message @param {Uint8Array} signature
 */
export function isValid(key, point, message, signature) {
  if (signature.length !== 64 || hasSmallR(signature)) return false;
  const r = signature.subarray(0, 32);
  const s = fromLittleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  const k = fromLittleEndian(sha512(concat([r, key, message]))) % ORDER;
  return isSame(Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k)).toBytes(), r);
}

/** @type {Map<string, Promise<CryptoKey | undefined>>} */
const imported = new Map();

/** Return a key for WebCrypto; undefined where the page has no Ed25519. @param {Uint8Array} key */
function importKey(key) {
  const hex = toHex(key);
  let found = imported.get(hex);
  if (!found) {
    const subtle = globalThis.crypto?.subtle;
    found = Promise.resolve(
      subtle?.importKey('raw', /** @type {BufferSource} */ (key), { name: 'Ed25519' }, false, ['verify']),
    ).catch(() => undefined);
    imported.set(hex, found);
  }
  return found;
}

/**
 * Tell whether the page's own WebCrypto accepts a signature; false says only that it is to be asked of isValid.
 * @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature
 */
export async function isAcceptedByPage(key, message, signature) {
  if (signature.length !== 64 || hasSmallR(signature)) return false;
  const known = await importKey(key);
  if (!known) return false;
  try {
    return await crypto.subtle.verify(
      'Ed25519',
      known,
      /** @type {BufferSource} */ (signature),
      /** @type {BufferSource} */ (message),
    );
  } catch {
    return false;
  }
}

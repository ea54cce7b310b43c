// To which key what only one unit may read is encrypted. Mirrors what src/ledger/proof/seal.py checks of such a key.
//
// Specification: RFC 7748; docs/spec/encoding.md, section 5.

import { x25519 } from '../../vendor/noble-curves/ed25519.js';
import { fromHex, toHex } from './bytes.js';
import { checkHex } from './encoding.js';
import { Malformed } from './errors.js';

const FIELD = 2n ** 255n - 19n;
const ANY_SECRET = new Uint8Array(32).fill(1);

/**
 * Return the public half of an encryption key. Throws Malformed if it is not 64 lowercase hexadecimal characters, not the
 * one spelling of its number, or a point of low order (RFC 7748, section 6.1).
 * @param {string} text
 */
export function checkEncryptionKey(text) {
  const key = fromHex(checkHex(text));
  const number = BigInt(`0x${toHex(Uint8Array.from(key).reverse())}`);
  if (number >= FIELD) throw new Malformed(`encryption key ${text}: not the one spelling of its number`);
  try {
    x25519.getSharedSecret(ANY_SECRET, key);
  } catch {
    throw new Malformed(`encryption key ${text}: a point of low order`);
  }
  return text;
}

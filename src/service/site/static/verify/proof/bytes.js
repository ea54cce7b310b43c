// Bytes as text and text as bytes: UTF-8, hexadecimal, base64 in its one spelling, SHA-256.

import { sha256 as noble } from '../../vendor/noble-hashes/sha2.js';
import { Malformed } from './errors.js';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @param {string} text @returns {Uint8Array} its UTF-8 */
export const utf8 = (text) => ENCODER.encode(text);

/** Return the text that bytes spell in UTF-8. Throws Malformed. @param {Uint8Array} bytes @param {string} what */
export function parseUtf8(bytes, what) {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new Malformed(`${what} is not UTF-8`);
  }
}

/** @param {Uint8Array} bytes @returns {string} lowercase hexadecimal */
export function toHex(bytes) {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte];
  return hex;
}

/** Return the bytes of lowercase hexadecimal characters, which the caller has checked. @param {string} hex */
export function fromHex(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** @param {Uint8Array[]} parts */
export function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function isSame(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Return the bytes of standard base64 in its one spelling. Throws Malformed. @param {string} text */
export function parseBase64(text) {
  if (!BASE64.test(text)) throw new Malformed(`'${text.slice(0, 80)}' is not base64`);
  const raw = atob(text);
  if (btoa(raw) !== text) throw new Malformed(`'${text.slice(0, 80)}' is base64 in another than its one spelling`);
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

/** @param {Uint8Array} bytes @returns {string} standard base64, padded */
export function formatBase64(bytes) {
  let raw = '';
  for (const byte of bytes) raw += String.fromCharCode(byte);
  return btoa(raw);
}

const start = noble.create();
const work = noble.create();

/**
 * Return SHA-256 of bytes, given in one part or more. One hash state serves all: a new one each time takes twice as long.
 * The page's own WebCrypto answers each hash only in a later turn, ten times slower for texts as short as a ticket's.
 * @param {...Uint8Array} parts
 */
export function sha256(...parts) {
  start._cloneInto(work);
  for (const part of parts) work.update(part);
  return work.digest();
}

/** Return a function that gives SHA-256 of a beginning and what follows it. @param {Uint8Array} beginning */
export function sha256After(beginning) {
  const begun = noble.create().update(beginning);
  return (/** @type {Uint8Array} */ rest) => begun._cloneInto(work).update(rest).digest();
}

// The one form of a bundle: a ZIP file with nothing in it that could be otherwise.
//
// Files stand in byte order of their names, stored and not compressed, dated 1980-01-01 00:00, without extra fields,
// comments or attributes. Reading writes the files again and compares. Mirrors src/ledger/audit/container.py.
// Specification: APPNOTE.TXT of the ZIP format, sections 4.3 and 4.4; docs/spec/bundle.md, section 2.

import { concat, isSame, utf8 } from '../proof/bytes.js';
import { Malformed } from '../proof/errors.js';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const DATE_1980 = 33;
const HEADER_BYTES = 30;
const LIMIT = 2 ** 32 - 1;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} data */
function crc32(data) {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Return numbers as little-endian bytes. @param {...[number, 2 | 4]} numbers each with its width */
function pack(...numbers) {
  const bytes = new Uint8Array(numbers.reduce((sum, [, width]) => sum + width, 0));
  let at = 0;
  for (const [number, width] of numbers) {
    for (let i = 0; i < width; i++) bytes[at++] = (number / 256 ** i) & 255;
  }
  return bytes;
}

/**
 * Return the bytes of a bundle. Throws Malformed for a path that is not plain, or too much.
 * @param {Map<string, Uint8Array>} files
 */
export function formatContainer(files) {
  const [body, directory] = [/** @type {Uint8Array[]} */ ([]), /** @type {Uint8Array[]} */ ([])];
  let start = 0;
  for (const name of [...files.keys()].sort()) {
    checkName(name);
    const data = /** @type {Uint8Array} */ (files.get(name));
    const path = utf8(name);
    const common = pack(
      [VERSION, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [DATE_1980, 2],
      [crc32(data), 4],
      [data.length, 4],
      [data.length, 4],
      [path.length, 2],
      [0, 2],
    );
    if (start + data.length + path.length + HEADER_BYTES > LIMIT)
      throw new Malformed('bundle: larger than a ZIP file can be without extensions');
    body.push(pack([LOCAL, 4]), common, path, data);
    directory.push(pack([CENTRAL, 4], [VERSION, 2]), common, pack([0, 2], [0, 2], [0, 2], [0, 4], [start, 4]), path);
    start += HEADER_BYTES + path.length + data.length;
  }
  if (files.size > 0xffff - 1) throw new Malformed(`bundle: ${files.size} files, expected fewer than 65,535`);
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = pack([END, 4], [0, 2], [0, 2], [files.size, 2], [files.size, 2], [size, 4], [start, 4], [0, 2]);
  return concat([...body, ...directory, end]);
}

/** @param {string} name */
function checkName(name) {
  const isPlain = /^[ -[\]-~]+$/.test(name) && !name.split('/').some((part) => ['', '.', '..'].includes(part));
  if (!isPlain) throw new Malformed(`bundle: path '${name}' is not plain`);
}

/**
 * Return the files of a bundle. Throws Malformed if it is no ZIP file, or not in its one form.
 * @param {Uint8Array} data
 * @returns {Map<string, Uint8Array>}
 */
export function parseContainer(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  let at = 0;
  while (at + HEADER_BYTES <= data.length && view.getUint32(at, true) === LOCAL) {
    const start = at + HEADER_BYTES + view.getUint16(at + 26, true);
    const end = start + view.getUint32(at + 22, true);
    if (end > data.length) throw new Malformed('bundle: a file in it claims to be larger than the whole');
    files.set(String.fromCharCode(...data.subarray(at + HEADER_BYTES, start)), data.subarray(start, end));
    at = end;
  }
  // What was not read here, and what was read and should not be there, shows when it is written again.
  if (!isSame(formatContainer(files), data)) throw new Malformed('bundle: a ZIP file, but not in its one form');
  return files;
}

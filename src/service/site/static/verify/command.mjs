#!/usr/bin/env node
// 抽取核验 at a command line: node verify/command.mjs BUNDLE [--vkey KEY | --policy FILE] [--since FILE] [--strict] [--json]
//
// The same checks as in the browser, by the same modules; the report and the exit status are those of
// `double-random verify`. BUNDLE is a .zip, or a log's folder. With --explain CODE, what the draw meant for one enterprise.

import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { explain } from './audit/explain.js';
import { UNREADABLE } from './audit/report.js';
import { parseTrust, Trust } from './audit/trust.js';
import { verifyBundle, verifyServed } from './audit/verify.js';
import { translate, useWording } from './audit/wording.js';
import { parseCheckpoint } from './proof/checkpoint.js';
import { LedgerError, Malformed } from './proof/errors.js';
import { parseNote, parseVkey } from './proof/note.js';

const options = /** @type {const} */ ({
  vkey: { type: 'string' },
  policy: { type: 'string' },
  since: { type: 'string' },
  wording: { type: 'string' },
  explain: { type: 'string' },
  strict: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
});

/** @param {string} path */
const read = async (path) => new Uint8Array(await readFile(path));

/** @param {string} path */
const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Return whom the reader trusts. Throws Malformed.
 * @param {string | undefined} vkey
 * @param {string | undefined} policy a file
 */
async function readTrust(vkey, policy) {
  if (policy === undefined) return vkey === undefined ? undefined : new Trust([parseVkey(vkey)]);
  const trust = parseTrust(await read(policy));
  if (vkey !== undefined) trust.logs.push(parseVkey(vkey));
  if (!trust.logs.length) throw new Malformed(`${policy}: it names no log; --vkey names one`);
  return trust;
}

/**
 * Return a kept checkpoint's bytes. Throws Malformed if the file holds none: that is no fault of the log.
 * @param {string | undefined} file
 */
async function readSince(file) {
  if (file === undefined) return undefined;
  const data = await read(file);
  parseCheckpoint(parseNote(data).text);
  return data;
}

/**
 * Check what lies at a path: a bundle, a log's folder, or an installation's.
 * @param {string} path
 * @param {import('./audit/verify.js').Terms} terms
 */
async function verify(path, terms) {
  if (!(await stat(path)).isDirectory()) return verifyBundle(await read(path), terms, path);
  const folder = (await exists(join(path, 'log', 'checkpoint'))) ? join(path, 'log') : path;
  if (!(await exists(join(folder, 'checkpoint'))))
    throw new Malformed(`${path}: neither a bundle nor a folder with a log (it has no checkpoint)`);
  const isUnpacked = await exists(join(path, 'draw'));
  const words = {
    zh: '这是拆开的核验包，draw/ 未核验，请核验 .zip',
    en: 'unpacked: draw/ was not checked, verify the .zip',
  };
  const readFrom = async (/** @type {string} */ file) =>
    (await exists(join(folder, file))) ? read(join(folder, file)) : undefined;
  return verifyServed(readFrom, terms, path, {
    hasHashTiles: await exists(join(folder, 'tile', '0')),
    ...(isUnpacked ? { words } : {}),
  });
}

/** @param {string[]} argv @returns {Promise<number>} the exit status */
async function main(argv) {
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  const locale = (process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '').startsWith('zh')
    ? 'zh'
    : 'en';
  const [path] = positionals;
  if (path === undefined) throw new Malformed('expected the path of a bundle (.zip) or of a log');
  if (values.wording !== undefined) useWording(JSON.parse(await readFile(values.wording, 'utf8')));
  try {
    if (values.explain !== undefined) {
      console.log(JSON.stringify(await explain(values.explain, await read(path)), null, 1));
      return 0;
    }
    const terms = { trust: await readTrust(values.vkey, values.policy), since: await readSince(values.since) };
    const { report } = await verify(path, terms);
    const how = { isStrict: values.strict };
    console.log(values.json ? JSON.stringify(report.toJson(how), null, 1) : report.formatText(locale));
    return report.exitStatus(how);
  } catch (error) {
    const isTold = error instanceof LedgerError || (error instanceof Error && 'code' in error);
    if (!isTold) throw error;
    const told = { subject: path, error: error.message, error_zh: translate(error.message), exit_status: UNREADABLE };
    if (values.json) console.log(JSON.stringify(told, null, 1));
    console.error(locale === 'zh' ? `无法读取：${told.error_zh}` : `could not be read: ${told.error}`);
    return UNREADABLE;
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  return UNREADABLE;
});

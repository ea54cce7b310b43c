#!/usr/bin/env node
// 抽取核验 at a command line: the same checks as in the browser, by the same modules. `--help` says how it is used.
//
// The report and the exit status are those of `double-random verify`, the explanation that of `double-random explain`.

import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { explain } from './audit/explain.js';
import { formatExplanation } from './audit/explanation.js';
import { UNREADABLE } from './audit/report.js';
import { ask, readFrom, receive } from './audit/served.js';
import { parseTrust, Trust } from './audit/trust.js';
import { verifyBundle, verifyServed } from './audit/verify.js';
import { translate, useWording } from './audit/wording.js';
import { parseCheckpoint } from './proof/checkpoint.js';
import { LedgerError, Malformed } from './proof/errors.js';
import { parseNote, parseVkey } from './proof/note.js';

const USAGE = {
  zh: `用法：node command.mjs 核验包或日志 [选项]

核验一次抽取或整本日志，逐项编号，与浏览器中的“抽取核验”相同。
核验包（.zip）或日志：文件、日志的文件夹，或以 http:// 或 https:// 开头的网址。

  --vkey KEY       所信任的日志公钥
  --policy FILE    tlog-policy 文件：日志、见证人、法定数
  --since FILE     以前留存的检查点文件
  --log URL        公布的日志的网址，如 https://…/log/：核验包与它是否同一本历史（第 4 项）
  --explain CODE   不核验全部，只说明某企业为什么抽中或没有抽中
  --strict         应核验而未核验的也算不合格（状态 3）
  --json           输出 JSON
  --wording FILE   原因的中文说法 wording.zh.json；不给出时自动寻找
  --help           显示本说明

退出状态：0 没有不通过的；1 有不通过的；2 没有可以读取的内容；3 加 --strict 时有应核验而未核验的。`,
  en: `Usage: node command.mjs BUNDLE-OR-LOG [OPTIONS]

Checks a draw or a whole log by numbered checks, as the page of verification does in the browser.
BUNDLE (.zip) or LOG: a file, a log's folder, or an address that begins with http:// or https://.

  --vkey KEY       the log's verifier key that you trust
  --policy FILE    a tlog-policy file: log, witnesses, quorum
  --since FILE     a checkpoint kept from before
  --log URL        where the log is published, such as https://HOST/log/: is the bundle of its history (check 4)
  --explain CODE   tell instead why one enterprise was drawn or not
  --strict         what was wanted and not checked counts too (status 3)
  --json           print JSON
  --wording FILE   the reasons in Chinese, wording.zh.json; looked for where it is not given
  --help           show this help

Exit status: 0 nothing failed; 1 something failed; 2 nothing could be read; 3 with --strict: something wanted was not
checked.`,
};

const options = /** @type {const} */ ({
  vkey: { type: 'string' },
  policy: { type: 'string' },
  since: { type: 'string' },
  log: { type: 'string' },
  wording: { type: 'string' },
  explain: { type: 'string' },
  strict: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});

const { LC_ALL, LC_MESSAGES, LANG } = process.env;
/** The reader's language, by the first of these that is set. */
const locale = (LC_ALL || LC_MESSAGES || LANG || '').toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** @param {string} path */
const read = async (path) => new Uint8Array(await readFile(path));

/** @param {string | URL} path */
const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

const isAddress = (/** @type {string} */ path) => /^https?:\/\//.test(path);

/** Return a bundle's bytes. Throws Unreachable. @param {string} path or address */
const readBundle = async (path) => (isAddress(path) ? receive(await ask(path)) : read(path));

/** Load the reasons in Chinese: from a file, or from where this stands on a site or in the source. @param {string} [file] */
async function loadWording(file) {
  const places = ['wording.zh.json', '../../../../ledger/audit/wording.zh.json'];
  for (const place of file ? [file] : places.map((path) => new URL(path, import.meta.url))) {
    if (!file && !(await exists(place))) continue;
    useWording(JSON.parse(await readFile(place, 'utf8')));
    return;
  }
}

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
 * Check what lies at a path or address: a bundle, a log, or an installation's folder.
 * @param {string} path
 * @param {import('./audit/verify.js').Terms} terms
 */
async function verify(path, terms) {
  const isNoLog = `${path}: neither a bundle nor a folder with a log (it has no checkpoint)`;
  if (isAddress(path) && !path.endsWith('.zip')) {
    const served = readFrom(path);
    if (!(await served('checkpoint'))) throw new Malformed(isNoLog);
    return verifyServed(served, terms, path, { hasHashTiles: true });
  }
  if (isAddress(path) || !(await stat(path)).isDirectory()) return verifyBundle(await readBundle(path), terms, path);
  const folder = (await exists(join(path, 'log', 'checkpoint'))) ? join(path, 'log') : path;
  if (!(await exists(join(folder, 'checkpoint')))) throw new Malformed(isNoLog);
  const isUnpacked = await exists(join(path, 'draw'));
  const words = {
    zh: '这是拆开的核验包，draw/ 未核验，请核验 .zip',
    en: 'unpacked: draw/ was not checked, verify the .zip',
  };
  const readFile = async (/** @type {string} */ file) =>
    (await exists(join(folder, file))) ? read(join(folder, file)) : undefined;
  return verifyServed(readFile, terms, path, {
    hasHashTiles: await exists(join(folder, 'tile', '0')),
    ...(isUnpacked ? { words } : {}),
  });
}

/** A command line that cannot be understood. */
class Misuse extends Error {}

/** Return the options, and what is to be checked unless help is wanted. Throws Misuse. @param {string[]} args */
function parseLine(args) {
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (!values.help && positionals.length !== 1)
    throw new Misuse(
      locale === 'zh' ? '应给出一个核验包（.zip）或一本日志' : 'expected the path of a bundle (.zip) or of a log',
    );
  return { values, path: positionals[0] };
}

/** @param {string[]} args @returns {Promise<number>} the exit status */
async function main(args) {
  const { values, path } = parseLine(args);
  if (values.help) {
    console.log(USAGE[locale]);
    return 0;
  }
  await loadWording(values.wording);
  try {
    if (values.explain !== undefined) {
      const told = await explain(values.explain, await readBundle(path));
      const lines = formatExplanation(told).map((words) => words[locale]);
      console.log(values.json ? JSON.stringify(told, null, 1) : lines.join('\n'));
      return 0;
    }
    const published = values.log === undefined ? undefined : readFrom(values.log);
    const terms = { trust: await readTrust(values.vkey, values.policy), since: await readSince(values.since), published };
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
  // A line that cannot be understood is told in a sentence; a mistake of ours shows where it happened.
  console.error(error instanceof Misuse ? `${error.message}\n\n${USAGE[locale]}` : error);
  return UNREADABLE;
});

// 抽取核验 in a thread of its own, so that the page stays alive: it is asked by messages and answers by messages.
//
// In:  { id, ask: 'verify', bundle?, log?, slot?, policy?, vkey?, since? }
//        bundle: bytes or an address; log: an address, which is verified, or compared with the bundle; slot: of the draw
//        that was asked for, no other bundle will do; vkey: the log's key where the policy names none
//      { id, ask: 'explain', code }   of the bundle that was verified last
// Out: { id, progress: { stage, done, of } }, any number of times; then { id, answer } or { id, error: { zh, en } }
//
// `answer` is the report as `double-random verify --json` has it, and beside it `lacking`, the numbers of what
// `--strict` wants and was not checked; `log`, the log's key name; `slot`, the one that the bundle names; and, where
// nothing failed and the log was the one that was named, the newest `checkpoint` of its history as text: whoever keeps it
// hands it in as `since` the next time. It is never smaller than `since`: where that could not be compared there is none,
// and 4 is among `lacking`.
// Or it is the explanation as `explain --json` has it, without officers where the policy keeps them internal, of a code
// alone where it keeps codes internal; with the `sentences` of `explain`, the `verdict` in one of them, each in both
// languages, and the enterprise's `name` and the number of its `case`, empty where there is none or it is not public.

import { explainDraw } from './audit/explain.js';
import { formatExplanation, formatVerdict } from './audit/explanation.js';
import { ask, readFrom, receive } from './audit/served.js';
import { parseTrust, Trust } from './audit/trust.js';
import { verifyBundle, verifyServed } from './audit/verify.js';
import { translate, useWording } from './audit/wording.js';
import { newest as newestRow } from './office/targets.js';
import { parseUtf8, utf8 } from './proof/bytes.js';
import { LedgerError, Malformed, Mismatch, Refused } from './proof/errors.js';
import { formatKeyName, parseVkey } from './proof/note.js';

/**
 * @typedef {{ id: number, ask: 'verify' | 'explain' | 'wording', bundle?: Uint8Array | string, log?: string,
 *   slot?: string, policy?: string, vkey?: string, since?: Uint8Array, code?: string, wording?: { en: string, zh: string }[] }} Asked
 */

/** @type {import('./audit/verify.js').Verified | undefined} what was verified last */
let verified;

/** @param {Asked} asked */
async function verify({ id, bundle, log, slot, policy, vkey, since }) {
  verified = undefined;
  const progress = (/** @type {string} */ stage, /** @type {number} */ done, /** @type {number} */ of) =>
    postMessage({ id, progress: { stage, done, of } });
  const published = log === undefined ? undefined : readFrom(log);
  const terms = { trust: readTrust(policy, vkey), since, progress, asked: slot };
  if (typeof bundle === 'string') {
    const data = await receive(await ask(bundle), (done, of) => progress('download', done, of));
    verified = await verifyBundle(data, { ...terms, published }, bundle);
  } else if (bundle) verified = await verifyBundle(bundle, { ...terms, published }, 'bundle');
  else if (published) verified = await verifyServed(published, terms, log, { hasHashTiles: true });
  else throw new Refused('neither a bundle nor a log to verify');
  const { report, record, named, newest } = verified;
  const isKept = newest && terms.trust && report.exitStatus() === 0;
  return {
    ...report.toJson(),
    lacking: report.lacking.map(({ check }) => check.number),
    slot: named,
    log: record?.logKey && formatKeyName(record.logKey),
    ...(isKept ? { checkpoint: parseUtf8(newest, 'checkpoint') } : {}),
  };
}

/**
 * Return whom the reader trusts; undefined where that is not said. Throws Malformed.
 * @param {string} [policy] a tlog-policy @param {string} [vkey] the log's key, where the policy names none
 */
function readTrust(policy = '', vkey = '') {
  if (!policy && !vkey) return undefined;
  const trust = policy ? parseTrust(utf8(policy)) : new Trust();
  if (!trust.logs.length && vkey) trust.logs.push(parseVkey(vkey));
  if (trust.logs.length) return trust;
  const error = new Malformed("the policy names no log: the log's key is wanted beside it");
  throw Object.assign(error, { zh: '信任策略里没有日志，需要填写日志公钥' });
}

/** @param {Asked} asked */
function explain({ code = '' }) {
  const { report, record, slot } = verified ?? {};
  const failed = report?.withStatus('failed')[0];
  if (failed)
    throw new Mismatch(`the bundle fails check ${failed.check.number}, ${failed.check.id}: ${failed.reason.en}`);
  const draw = record?.draws.bySlot.get(slot ?? '');
  if (!record || !draw) throw new Refused('no bundle of a draw was verified yet');
  const shown = draw.policy.publication;
  const told = shown.code === 'public' ? explainDraw(code, record, draw) : explainByCode(code, record, draw);
  // The bundle has them; what this page tells is what the site's own pages tell.
  if (told.inspection && shown.officers === 'internal') Object.assign(told.inspection, { officers: [], serving: null });
  const listing = record.targets.roster(Number(draw.month.slice(0, 4))).get(told.code);
  const sheet = shown.code === 'public' && draw.outcome?.sheets.find((one) => one.code === told.code);
  const number = sheet && `${draw.slot}/${sheet.number}`;
  return {
    ...told,
    verdict: formatVerdict(told),
    sentences: formatExplanation(told),
    name: (shown.name === 'public' && listing && newestRow(listing).name) || '',
    case: number && record.cases.bySubject.has(`case/${number}`) ? number : '',
  };
}

/**
 * Explain where codes are kept internal: a name tells none. Throws LedgerError.
 * @param {string} asked
 * @param {import('./office/record.js').Record} record @param {import('./office/draws.js').Draw} draw
 */
function explainByCode(asked, record, draw) {
  const tidy = asked.replace(/\s+/g, '').toUpperCase().replace(/^REG:/, '');
  const byName = new Refused('by the rules for publication codes are not told: ask by the code');
  Object.assign(byName, { zh: '按公开规定不公布代码：请用代码查询。' });
  try {
    const told = explainDraw(asked, record, draw);
    if ([asked, tidy, `reg:${tidy}`].includes(told.code)) return told;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  throw byName;
}

/** @param {Asked} asked */
function takeWording({ wording = [] }) {
  useWording(wording);
  return true;
}

const ASKS = { verify, explain, wording: takeWording };

addEventListener('message', async ({ data }) => {
  const asked = /** @type {Asked} */ (data);
  try {
    postMessage({ id: asked.id, answer: await ASKS[asked.ask](asked) });
  } catch (error) {
    // The one place where whatever was thrown ends: a mistake of ours is told as one, and is no verdict.
    const en = error instanceof LedgerError ? error.message : `this page failed: ${error}`;
    const zh = error instanceof LedgerError ? (error.zh ?? translate(en)) : `本页出错：${error}`;
    postMessage({ id: asked.id, error: { zh, en } });
  }
});

// 抽取核验 in a thread of its own, so that the page stays alive: it is asked by messages and answers by messages.
//
// In:  { id, ask: 'verify', bundle?, log?, policy?, vkey?, since? }  bundle: bytes or an address; log: an address, which
//                                                                   is verified, or compared with the bundle
//      { id, ask: 'explain', code }                                 of the bundle that was verified last
// Out: { id, progress: { stage, done, of } }, any number of times; then { id, answer } or { id, error: { zh, en } }
//
// `answer` is the report as `double-random verify --json` has it, with the newest `checkpoint` of its history as text
// where nothing failed: whoever keeps it hands it in as `since` the next time. Or it is the explanation as `explain --json` has
// it, with the `sentences` of `explain` and the `verdict` in one of them, each in both languages.

import { explainDraw } from './audit/explain.js';
import { formatExplanation, formatVerdict } from './audit/explanation.js';
import { ask, readFrom, receive } from './audit/served.js';
import { parseTrust, Trust } from './audit/trust.js';
import { verifyBundle, verifyServed } from './audit/verify.js';
import { translate, useWording } from './audit/wording.js';
import { parseUtf8, utf8 } from './proof/bytes.js';
import { LedgerError, Mismatch, Refused } from './proof/errors.js';
import { parseVkey } from './proof/note.js';

/**
 * @typedef {{ id: number, ask: 'verify' | 'explain' | 'wording', bundle?: Uint8Array | string, log?: string,
 *   policy?: string, vkey?: string, since?: Uint8Array, code?: string, wording?: { en: string, zh: string }[] }} Asked
 */

/** @type {import('./audit/verify.js').Verified | undefined} what was verified last */
let verified;

/** @param {Asked} asked */
async function verify({ id, bundle, log, policy, vkey, since }) {
  const trust = policy === undefined ? vkey && new Trust([parseVkey(vkey)]) : parseTrust(utf8(policy));
  const progress = (/** @type {string} */ stage, /** @type {number} */ done, /** @type {number} */ of) =>
    postMessage({ id, progress: { stage, done, of } });
  const published = log === undefined ? undefined : readFrom(log);
  const terms = { trust: trust || undefined, since, progress };
  verified = undefined;
  if (typeof bundle === 'string') {
    const data = await receive(await ask(bundle), (done, of) => progress('download', done, of));
    verified = await verifyBundle(data, { ...terms, published }, bundle);
  } else if (bundle) verified = await verifyBundle(bundle, { ...terms, published }, 'bundle');
  else if (published) verified = await verifyServed(published, terms, log, { hasHashTiles: true });
  else throw new Refused('neither a bundle nor a log to verify');
  const { report, newest } = verified;
  const isGood = newest && report.exitStatus() === 0;
  return { ...report.toJson(), ...(isGood ? { checkpoint: parseUtf8(newest, 'checkpoint') } : {}) };
}

/** @param {Asked} asked */
function explain({ code = '' }) {
  const { report, record, slot } = verified ?? {};
  const failed = report?.withStatus('failed')[0];
  if (failed)
    throw new Mismatch(`the bundle fails check ${failed.check.number}, ${failed.check.id}: ${failed.reason.en}`);
  const draw = record?.draws.bySlot.get(slot ?? '');
  if (!record || !draw) throw new Refused('no bundle of a draw was verified yet');
  const told = explainDraw(code, record, draw);
  return { ...told, verdict: formatVerdict(told), sentences: formatExplanation(told) };
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
    postMessage({
      id: asked.id,
      error: { zh: error instanceof LedgerError ? translate(en) : `本页出错：${error}`, en },
    });
  }
});

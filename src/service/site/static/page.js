// The page of verification: asks verify/worker.js, and shows what it answers in the list that the page came with.
//
// What is remembered between visits (kept.js) stays in this browser; nothing leaves it.

import { startWorker } from './ask.js';
import { drop, keep, readKept } from './kept.js';
import { conclude, language, sayPlain, STAGES, STATUS, t, tellCheck } from './words.js';

const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[data-root]'));
const root = new URL(script.dataset.root ?? './', document.baseURI);

/** @param {string} id @returns {any} */
const find = (id) => document.getElementById(id);

const ask = startWorker(new URL('static/verify/worker.js', root), {
  language,
  progress: showProgress,
  crashed: t(
    '这个浏览器太旧，不能运行核验程序；请换一个，或下载核验包用命令行核验',
    'this browser is too old to run the verifier; use another, or download the bundle and check it on a command line',
  ),
});

/** Refusals are written in English; the worker tells them in Chinese once it has these rows. */
const wording =
  language === 'zh' &&
  fetch(new URL('static/verify/wording.zh.json', root))
    .then((answer) => answer.json())
    .then((rows) => ask({ ask: 'wording', wording: rows }))
    .catch(() => undefined); // without them a refusal stands there in English

/**
 * What the form asks: which draw, or which file from elsewhere, and by whose keys.
 * @typedef {{ file: File | undefined, slot: string, policy: string, vkey: string }} Question
 */

/** What was asked when a draw was verified last and passed; null where none was. @type {Question | null} */
let verified = null;

/** @param {{ stage: string, done: number, of: number }} progress */
function showProgress({ stage, done, of }) {
  find('progress').value = done / Math.max(of, 1);
  const count = stage === 'download' ? [done, of].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`) : [done, of];
  const told = STAGES[/** @type {keyof typeof STAGES} */ (stage)] ?? stage;
  if (find('stage').textContent !== told) find('stage').textContent = told; // it is read out, each stage once
  find('count').textContent = count.join(' / ');
}

/** Return the one log that the reader names, by its key's name, NAME+ID; empty where it is none, or several. */
function nameLog() {
  const named = [...find('policy').value.matchAll(/^[ \t]*log[ \t]+(\S+)/gm)].map(([, vkey]) => vkey);
  const [vkey, ...others] = named.length ? named : [find('vkey').value.trim()];
  return others.length ? '' : vkey.split('+').slice(0, 2).join('+');
}

/** Forget the checkpoint that is shown. */
function forget() {
  drop(nameLog());
  showKept();
  find('run').focus();
}

/** Show what this browser keeps of the log. */
function showKept() {
  const checkpoint = readKept(nameLog());
  find('kept').hidden = checkpoint === null;
  if (checkpoint === null) return;
  const [, size] = checkpoint.split('\n');
  find('kept-told').textContent = t(
    `本浏览器留存着 ${size} 条时的检查点，每次核验自动对照（第 4 项）。`,
    `This browser keeps the checkpoint of ${size} entries; every verification compares with it (check 4).`,
  );
  find('kept-text').textContent = checkpoint;
}

/** Show a report in the list of checks, and the verdict above it. @param {any} report @param {Question} question */
function showReport(report, question) {
  const slot = question.file ? '' : question.slot;
  for (const { number, status, reason } of report.checks) {
    const item = find(`check-${number}`);
    item.dataset.status = status;
    item.querySelector('.status').textContent = STATUS[/** @type {keyof typeof STATUS} */ (status)];
    item.querySelector('.reason').textContent = sayPlain(reason[language]);
  }
  const [failed, open, passed] = ['failed', 'not checked', 'passed'].map((status) =>
    report.checks.filter((/** @type {any} */ one) => one.status === status),
  );
  const counts = t(
    `通过 ${passed.length} 项，不通过 ${failed.length} 项，未核验 ${open.length} 项。`,
    `${passed.length} passed, ${failed.length} failed, ${open.length} not checked.`,
  );
  const told = (failed.length ? failed : open).map(tellCheck);
  showVerdict(...conclude(report, failed, slot), [nameSubject(report, question), `${counts}${nameTrust(report)}`], told);
}

/** Return what a draw is called, with its slot; the slot alone where this site has no such draw. @param {string} slot */
function nameDraw(slot) {
  const named = [...find('slot').options].find((/** @type {any} */ option) => option.value === slot);
  return named ? t(`${named.text}（${slot}）`, `${named.text} (${slot})`) : slot;
}

/** Return which log and draw were verified. @param {any} report @param {Question} question */
function nameSubject({ log, size, slot }, question) {
  const draw = slot
    ? nameDraw(slot)
    : question.file?.name || (question.slot ? nameDraw(question.slot) : t('整本日志', 'the whole log'));
  const told = t(`核验的是：${draw}`, `What was verified: ${draw}`);
  if (log === undefined || size === undefined) return told;
  return told + t(`；日志 ${log}，共 ${size} 条。`, `; log ${log}, ${size} entries.`);
}

/** Return by whose word the log's key and the witnesses were taken. @param {any} report */
function nameTrust({ checks }) {
  const isSites = ['vkey', 'policy'].every((id) => find(id).value === find(id).defaultValue);
  if (!isSites || checks[1].status !== 'passed') return '';
  return t(
    '日志公钥和见证人是按本站所说的取的：请在“更多”里与公报或见证人处的核对。',
    ' The log’s key and the witnesses are those that this site names: compare them, under “More”, with the gazette’s or the witnesses’ own.',
  );
}

/**
 * @param {'passed' | 'failed' | 'open' | 'unknown'} status
 * @param {string} short
 * @param {string[]} sentences
 * @param {string[]} [points]
 */
function showVerdict(status, short, sentences, points = []) {
  const verdict = find('verdict');
  verdict.hidden = false;
  verdict.dataset.status = status;
  verdict.querySelector('strong').textContent = short;
  verdict.querySelector('div').replaceChildren(...sentences.map(paragraph));
  verdict.querySelector('ul').replaceChildren(
    ...points.map((textContent) => Object.assign(document.createElement('li'), { textContent })),
  );
  verdict.focus();
}

/** Take back what was shown of an earlier verification, so that none of it passes for this one's. */
function clearReport() {
  verified = null;
  find('verdict').hidden = true;
  find('answer').replaceChildren();
  for (const item of document.querySelectorAll('.checks > li')) {
    /** @type {HTMLElement} */ (item).removeAttribute('data-status');
    for (const part of item.querySelectorAll('.status, .reason')) part.textContent = '';
  }
}

/** @returns {Question} */
function readQuestion() {
  const [slot, policy, vkey] = ['slot', 'policy', 'vkey'].map((id) => find(id).value.trim());
  return { file: find('bundle').files[0], slot, policy, vkey };
}

/** Return whether what was verified last answers a question: of the same file, by the same keys. @param {Question} asked */
const isVerified = (asked) =>
  verified !== null && Object.entries(verified).every(([name, value]) => value === asked[/** @type {keyof Question} */ (name)]);

/** Verify what the form names, and say how it ended. @returns {Promise<void>} */
async function verify() {
  const question = readQuestion();
  const { file, slot, policy, vkey } = question;
  const log = nameLog();
  const kept = log ? readKept(log) : null;
  clearReport();
  setBusy(true);
  try {
    await wording;
    const bundle = file
      ? new Uint8Array(await file.arrayBuffer())
      : new URL(`data/bundles/${slot.replaceAll('/', '-')}.zip`, root).href;
    const report = await ask({
      ask: 'verify',
      // A bundle of another log is none of what this site publishes.
      ...(log === script.dataset.log || !file ? { log: new URL('log/', root).href } : {}),
      ...(file || slot ? { bundle } : {}),
      ...(file || !slot ? {} : { slot }),
      ...(policy ? { policy: `${policy}\n` } : {}),
      ...(vkey ? { vkey } : {}),
      ...(kept === null ? {} : { since: new TextEncoder().encode(kept) }),
    });
    showReport(report, question);
    if (report.checkpoint && report.log === log) keep(log, report.checkpoint, kept);
    if (report.exit_status === 0 && (file || slot)) verified = question;
  } catch (error) {
    showVerdict('unknown', t('没能核验', 'Could not be verified'), [/** @type {Error} */ (error).message]);
  } finally {
    setBusy(false);
    showKept();
  }
}

/** @param {boolean} isBusy */
function setBusy(isBusy) {
  for (const field of find('form').elements) field.disabled = isBusy; // the report is of what stands there
  find('ask').disabled = isBusy;
  find('working').hidden = !isBusy;
  find('progress').value = 0;
  find('stage').textContent = '';
  find('count').textContent = '';
}

/** Tell one enterprise what the draw meant for it; verify the draw first, where that was not done. */
async function explain() {
  const code = find('code').value.trim();
  find('answer').replaceChildren();
  if (!code) {
    find('code').focus();
    return find('answer').replaceChildren(
      paragraph(t('请填写代码或名称。', 'Enter a code or a name.')),
    );
  }
  const question = readQuestion();
  if (!isVerified(question)) await verify();
  if (verified === null) {
    const why = question.file || question.slot
      ? t('核验没有通过，所以不作解释：见上面的结论。', 'The verification did not pass, so nothing is explained: see above.')
      : t('请先选择一次抽取。', 'Choose a draw first.');
    return find('answer').replaceChildren(paragraph(why));
  }
  const told = await ask({ ask: 'explain', code });
  if (verified === null) return; // the form was changed meanwhile
  const lines = told.sentences.map((/** @type {any} */ words) => words[language]);
  const headline = Object.assign(document.createElement('strong'), { textContent: told.verdict[language] });
  const whose = [nameDraw(told.slot), `${told.name} ${told.code}`.trim()].map(paragraph);
  find('answer').replaceChildren(headline, ...whose, ...[findCase(told) ?? []].flat(), ...lines.map(paragraph));
}

/** Return a link to the inspection that followed, where this site has its page. @param {any} told */
function findCase({ case: number }) {
  if (!number || find('bundle').files.length) return undefined;
  const href = new URL(`${language === 'en' ? 'en/' : ''}cases/${number}/`, root).href;
  const line = document.createElement('p');
  line.append(Object.assign(document.createElement('a'), { href, textContent: t('看这次检查', 'See the inspection') }));
  return line;
}

/** Return a sentence as a paragraph; of one that is indented the command alone, to be copied. @param {string} line */
function paragraph(line) {
  const [command, what] = line.startsWith('  ') ? line.trim().split('    ') : [];
  if (command === undefined) return Object.assign(document.createElement('p'), { textContent: line });
  return Object.assign(document.createElement('pre'), { textContent: command, title: what, tabIndex: 0 });
}

/** Do what the address asks for, once the page is seen: whoever came by a button need not press another. */
function start() {
  if (document.visibilityState !== 'visible') return;
  document.removeEventListener('visibilitychange', start);
  if (find('code').value) answer();
  else verify();
}

const answer = () => explain().catch((error) => find('answer').replaceChildren(paragraph(error.message)));

const wanted = new URLSearchParams(location.search);
const slot = wanted.get('slot');
const isKnown = slot && [...find('slot').options].some((option) => option.value === slot);
if (isKnown) find('slot').value = slot;
find('code').value = wanted.get('code') ?? '';
showKept();
find('form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  verify();
});
find('form').addEventListener('input', () => {
  clearReport();
  showKept();
});
find('mine').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  answer();
});
find('forget').addEventListener('click', forget);
find('verifier').hidden = false;
if (isKnown) {
  document.addEventListener('visibilitychange', start);
  start();
} else if (slot) {
  const why = t(
    `本站没有批次 ${slot}，或它还没有结果，所以没有可核验的。请在上面另选一次。`,
    `This site has no draw ${slot}, or it has no outcome yet: there is nothing to verify. Choose another above.`,
  );
  showVerdict('unknown', t('没有这次抽取', 'There is no such draw'), [why]);
}

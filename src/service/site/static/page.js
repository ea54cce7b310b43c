// The page of verification: asks verify/worker.js, and shows what it answers in the list that the page came with.
//
// What is remembered between visits is one checkpoint of each log, in this browser only; nothing leaves it.

import { startWorker } from './ask.js';

const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[data-root]'));
const root = new URL(script.dataset.root ?? './', document.baseURI);
const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';

/** Say something in the page's language. @param {string} zh @param {string} en */
const t = (zh, en) => (language === 'zh' ? zh : en);

/** @param {string} id @returns {any} */
const find = (id) => document.getElementById(id);

const STATUS = {
  passed: t('通过', 'passed'),
  failed: t('不通过', 'failed'),
  'not checked': t('未核验', 'not checked'),
};
const STAGES = {
  download: t('下载', 'downloading'),
  entries: t('逐条核验规则', 'checking the rules, entry by entry'),
  signatures: t('逐个核验签名', 'checking the signatures'),
};
/** What the command line calls its options is another thing here. @type {[RegExp, string][]} */
const OPTIONS = [
  [/ ?[（(]--since[）)]/g, t('：这是第一次', ': this is the first visit')],
  [/ ?[（(]no --vkey or --policy[）)]/g, ': no key and no policy is given'],
  [/ ?--vkey ?/g, t('日志公钥', ' key')],
  [/ ?--policy ?/g, t('信任策略', ' policy')],
];

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

/** What was verified last and passed: its name in the form; null where nothing was. @type {string | null} */
let verified = null;

/** @param {{ stage: string, done: number, of: number }} progress */
function showProgress({ stage, done, of }) {
  find('progress').value = done / Math.max(of, 1);
  const count = stage === 'download' ? [done, of].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`) : [done, of];
  find('stage').textContent = `${STAGES[/** @type {keyof typeof STAGES} */ (stage)] ?? stage} ${count.join(' / ')}`;
}

/** @param {string} origin */
const keptName = (origin) => `checkpoint ${origin}`;

/**
 * Return the checkpoint of a log kept from the last visit; null without one, or where the browser keeps nothing.
 * @param {string} origin
 */
function readKept(origin) {
  try {
    return localStorage.getItem(keptName(origin));
  } catch {
    return null; // storage is switched off: then nothing is compared, and check 4 says so
  }
}

/** Return the name of the log that the reader names: by its policy, its key, or else that of this site. */
const nameLog = () =>
  find('policy').value.match(/^log (\S+)\+[0-9a-f]{8}\+/m)?.[1] ??
  (find('vkey').value.trim().split('+')[0] || script.dataset.origin || '');

/** @param {string} checkpoint */
function keep(checkpoint) {
  try {
    localStorage.setItem(keptName(checkpoint.split('\n')[0]), checkpoint);
  } catch {
    // storage is switched off; showKept then shows that there is nothing
  }
}

/** Forget the checkpoint that is shown. */
function forget() {
  try {
    localStorage.removeItem(keptName(nameLog()));
  } catch {
    // storage is switched off: there is nothing to forget
  }
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

/** @param {string} reason */
const sayPlain = (reason) => OPTIONS.reduce((text, [option, word]) => text.replace(option, word), reason);

/** Show a report in the list of checks, and the verdict above it. @param {any} report */
function showReport(report) {
  for (const { number, status, reason } of report.checks) {
    const item = find(`check-${number}`);
    item.dataset.status = status;
    item.querySelector('.status').textContent = STATUS[/** @type {keyof typeof STATUS} */ (status)];
    item.querySelector('.reason').textContent = sayPlain(reason[language]);
  }
  const failed = report.checks.filter((/** @type {any} */ one) => one.status === 'failed');
  const passed = report.checks.filter((/** @type {any} */ one) => one.status === 'passed').length;
  const rest = report.checks.length - passed - failed.length;
  const numbers = failed.map((/** @type {any} */ one) => one.number).join(t('、', ', '));
  const first = failed[0] && sayPlain(failed[0].reason[language]);
  showVerdict(
    failed.length ? 'failed' : 'passed',
    failed.length ? t(`不通过：第 ${numbers} 项不符`, `Failed: check ${numbers}`) : t('没有发现不符之处', 'Nothing failed'),
    t(
      `通过 ${passed} 项，不通过 ${failed.length} 项，未核验 ${rest} 项。`,
      `${passed} passed, ${failed.length} failed, ${rest} not checked.`,
    ) + (first ? ` ${first}` : ''),
  );
}

/** @param {'passed' | 'failed' | 'unknown'} status @param {string} short @param {string} long */
function showVerdict(status, short, long) {
  const verdict = find('verdict');
  verdict.hidden = false;
  verdict.dataset.status = status;
  verdict.querySelector('strong').textContent = short;
  verdict.querySelector('span').textContent = long;
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

/** Return what the form names: a file from elsewhere, a draw of this site, or the whole log. */
const readSubject = () => find('bundle').value || find('slot').value;

/** Verify what the form names, and say how it ended. @returns {Promise<void>} */
async function verify() {
  const subject = readSubject();
  const file = find('bundle').files[0];
  const slot = find('slot').value;
  const [policy, vkey] = [find('policy').value.trim(), find('vkey').value.trim()];
  const kept = readKept(nameLog());
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
      ...(nameLog() === script.dataset.origin || !file ? { log: new URL('log/', root).href } : {}),
      ...(file || slot ? { bundle } : {}),
      ...(policy ? { policy: `${policy}\n` } : vkey ? { vkey } : {}),
      ...(kept === null ? {} : { since: new TextEncoder().encode(kept) }),
    });
    showReport(report);
    if (report.checkpoint) keep(report.checkpoint);
    if (report.exit_status === 0 && (file || slot)) verified = subject;
  } catch (error) {
    showVerdict('unknown', t('没能核验', 'Could not be verified'), /** @type {Error} */ (error).message);
  } finally {
    setBusy(false);
    showKept();
  }
}

/** @param {boolean} isBusy */
function setBusy(isBusy) {
  find('run').disabled = isBusy;
  find('ask').disabled = isBusy;
  find('working').hidden = !isBusy;
  find('progress').value = 0;
  find('stage').textContent = '';
}

/** Tell one enterprise what the draw meant for it; verify the draw first, where that was not done. */
async function explain() {
  if (verified !== readSubject()) await verify();
  if (verified === null) {
    const why = find('slot').value
      ? t('核验没有通过，所以不作解释：见上面的结论。', 'The verification did not pass, so nothing is explained: see above.')
      : t('请先选择一次抽取。', 'Choose a draw first.');
    return find('answer').replaceChildren(paragraph(why));
  }
  const { verdict, sentences } = await ask({ ask: 'explain', code: find('code').value });
  const lines = sentences.map((/** @type {any} */ words) => words[language]);
  const headline = Object.assign(document.createElement('strong'), { textContent: verdict[language] });
  find('answer').replaceChildren(headline, ...lines.map(paragraph));
}

/** Return a sentence as a paragraph; of one that is indented the command alone, to be copied. @param {string} line */
function paragraph(line) {
  const [command, what] = line.startsWith('  ') ? line.trim().split('    ') : [];
  if (command === undefined) return Object.assign(document.createElement('p'), { textContent: line });
  return Object.assign(document.createElement('pre'), { textContent: command, title: what, tabIndex: 0 });
}

const wanted = new URLSearchParams(location.search);
const slot = wanted.get('slot');
if (slot && [...find('slot').options].some((option) => option.value === slot)) find('slot').value = slot;
find('code').value = wanted.get('code') ?? '';
showKept();
find('form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  verify();
});
find('mine').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  explain().catch((error) => find('answer').replaceChildren(paragraph(error.message)));
});
find('forget').addEventListener('click', forget);
find('verifier').hidden = false;

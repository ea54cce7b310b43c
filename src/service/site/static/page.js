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
/** What a citizen does about a checkpoint that too few witnesses have signed. */
const UNSEEN = t(
  '。刚有新记录时，见证人可能还没来得及签名：过几分钟再核验；一直如此，请向见证人查问。',
  '. Where something was recorded just now, the witnesses may still be about to sign: verify again in a few minutes; if it stays so, ask a witness.',
);
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
  const told = STAGES[/** @type {keyof typeof STAGES} */ (stage)] ?? stage;
  if (find('stage').textContent !== told) find('stage').textContent = told; // it is read out, each stage once
  find('count').textContent = count.join(' / ');
}

/** @param {string} log its key's name */
const keptName = (log) => `checkpoint ${log}`;

/**
 * Return the checkpoint of a log kept from the last visit; null without one, or where the browser keeps nothing.
 * @param {string} log its key's name
 */
function readKept(log) {
  try {
    return localStorage.getItem(keptName(log));
  } catch {
    return null; // storage is switched off: then nothing is compared, and check 4 says so
  }
}

/** Return the one log that the reader names, by its key's name, NAME+ID; empty where it is none, or several. */
function nameLog() {
  const named = [...find('policy').value.matchAll(/^[ \t]*log[ \t]+(\S+)/gm)].map(([, vkey]) => vkey);
  const [vkey, ...others] = named.length ? named : [find('vkey').value.trim()];
  return others.length ? '' : vkey.split('+').slice(0, 2).join('+');
}

/** @param {string} log its key's name, as the reader gave it @param {string} checkpoint */
function keep(log, checkpoint) {
  try {
    localStorage.setItem(keptName(log), checkpoint);
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

/** Show a report in the list of checks, and the verdict above it. @param {any} report @param {string} asked the slot */
function showReport(report, asked) {
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
  showVerdict(...conclude(report, failed, asked), [nameSubject(report), `${counts}${nameTrust(report)}`], told);
}

/**
 * Return how a verification ended, and that in words: as the exit status of `verify --strict`.
 * @param {any} report @param {any[]} failed @param {string} asked the slot
 * @returns {['passed' | 'failed' | 'open', string]}
 */
function conclude(report, failed, asked) {
  if (asked && report.slot && report.slot !== asked)
    return ['failed', t('不通过：这是另一次抽取', 'Failed: this is another draw')];
  const numbers = failed.map((/** @type {any} */ one) => one.number).join(t('、', ', '));
  if (failed.length) return ['failed', t(`不通过：第 ${numbers} 项不符`, `Failed: check ${numbers}`)];
  const nothing = t('没有发现不符之处', 'Nothing failed');
  const lacking = report.lacking.join(t('、', ', '));
  if (!lacking) return ['passed', nothing];
  if (report.lacking.includes(2))
    return ['open', nothing + t('，但没有核对是谁的日志', ', but whose log it is was not checked')];
  return ['open', nothing + t(`，但第 ${lacking} 项没有核验`, `, but check ${lacking} was not done`)];
}

/** Return what a draw is called, with its slot; the slot alone where this site has no such draw. @param {string} slot */
function nameDraw(slot) {
  const named = [...find('slot').options].find((/** @type {any} */ option) => option.value === slot);
  return named ? t(`${named.text}（${slot}）`, `${named.text} (${slot})`) : slot;
}

/** Return which log and draw were verified. @param {any} report */
function nameSubject({ log, size, slot }) {
  const draw = slot ? nameDraw(slot) : t('整本日志或没有写明批次的核验包', 'the whole log, or a bundle without a slot');
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

/** Return a check that did not pass, and why, in a line. @param {any} check */
function tellCheck({ number, name, status, reason }) {
  const told = `${STATUS[/** @type {keyof typeof STATUS} */ (status)]}${t('：', ': ')}`;
  const isUnseen = number === 5 && status === 'failed';
  const why = sayPlain(reason[language]) + (isUnseen ? UNSEEN : '');
  return `${told}${t(`第 ${number} 项，`, `${number}, `)}${name[language]}${why && t('——', ' — ')}${why}`;
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

/** Return what the form names: a file from elsewhere, a draw of this site, or the whole log. */
const readSubject = () => find('bundle').value || find('slot').value;

/** Verify what the form names, and say how it ended. @returns {Promise<void>} */
async function verify() {
  const subject = readSubject();
  const file = find('bundle').files[0];
  const slot = find('slot').value;
  const [policy, vkey] = [find('policy').value.trim(), find('vkey').value.trim()];
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
    showReport(report, file ? '' : slot);
    if (report.checkpoint && report.log === log) keep(log, report.checkpoint);
    if (report.exit_status === 0 && (file || slot)) verified = subject;
  } catch (error) {
    showVerdict('unknown', t('没能核验', 'Could not be verified'), [/** @type {Error} */ (error).message]);
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
  if (verified === null || verified !== readSubject()) await verify();
  if (verified === null) {
    const why = readSubject()
      ? t('核验没有通过，所以不作解释：见上面的结论。', 'The verification did not pass, so nothing is explained: see above.')
      : t('请先选择一次抽取。', 'Choose a draw first.');
    return find('answer').replaceChildren(paragraph(why));
  }
  const told = await ask({ ask: 'explain', code });
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
find('mine').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  answer();
});
find('forget').addEventListener('click', forget);
find('verifier').hidden = false;
if (isKnown) {
  document.addEventListener('visibilitychange', start);
  start();
}

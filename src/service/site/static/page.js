// The page of verification: asks verify/worker.js, and shows what it answers in the list that the page came with.
//
// What is remembered between visits is one checkpoint of each log, in this browser only; nothing leaves it.

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

/** One worker for the page's life; each question has a number, by which its answer is known. */
const worker = new Worker(new URL('static/verify/worker.js', root), { type: 'module' });
/** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
const waiting = new Map();
let asked = 0;

worker.addEventListener('message', ({ data: { id, progress, answer, error } }) => {
  if (progress) return showProgress(progress);
  const waiter = waiting.get(id);
  waiting.delete(id);
  if (error) waiter?.reject(new Error(error[language]));
  else waiter?.resolve(answer);
});
worker.addEventListener('error', () => {
  for (const { reject } of waiting.values())
    reject(new Error(t('这个浏览器不能运行核验程序', 'this browser cannot run the verifier')));
  waiting.clear();
});

/** @param {object} question @returns {Promise<any>} */
function ask(question) {
  asked += 1;
  const id = asked;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, ...question });
  });
}

/** Refusals are written in English; the worker tells them in Chinese once it has these rows. */
const told =
  language === 'zh' &&
  fetch(new URL('static/verify/wording.zh.json', root))
    .then((answer) => answer.json())
    .then((wording) => ask({ ask: 'wording', wording }))
    .catch(() => undefined); // without them a refusal stands there in English

/** @param {{ stage: string, done: number, of: number }} progress */
function showProgress({ stage, done, of }) {
  find('progress').value = done / Math.max(of, 1);
  find('stage').textContent = `${STAGES[/** @type {keyof typeof STAGES} */ (stage)] ?? stage} ${done} / ${of}`;
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
const nameLog = (/** @type {string} */ policy, /** @type {string} */ vkey) =>
  policy.match(/^log (\S+)\+[0-9a-f]{8}\+/m)?.[1] ?? (vkey.split('+')[0] || script.dataset.origin || '');

/** @param {string} checkpoint */
function keep(checkpoint) {
  try {
    localStorage.setItem(keptName(checkpoint.split('\n')[0]), checkpoint);
    return true;
  } catch {
    return false;
  }
}

/** Show a report in the list of checks, and the verdict above it. @param {any} report */
function showReport(report) {
  for (const { number, status, reason } of report.checks) {
    const item = find(`check-${number}`);
    item.dataset.status = status;
    item.querySelector('.status').textContent = STATUS[/** @type {keyof typeof STATUS} */ (status)];
    item.querySelector('.reason').textContent = reason[language];
  }
  const failed = report.checks.filter((/** @type {any} */ one) => one.status === 'failed');
  const passed = report.checks.filter((/** @type {any} */ one) => one.status === 'passed').length;
  const rest = report.checks.length - passed - failed.length;
  const verdict = find('verdict');
  verdict.dataset.status = failed.length ? 'failed' : 'passed';
  verdict.hidden = false;
  const numbers = failed.map((/** @type {any} */ one) => one.number).join(t('、', ', '));
  verdict.querySelector('strong').textContent = failed.length
    ? t(`不通过：第 ${numbers} 项不符`, `Failed: check ${numbers}`)
    : t('没有发现不符之处', 'Nothing failed');
  verdict.querySelector('span').textContent = t(
    `通过 ${passed} 项，不通过 ${failed.length} 项，未核验 ${rest} 项`,
    `${passed} passed, ${failed.length} failed, ${rest} not checked`,
  );
  verdict.focus();
}

/** @param {string} message */
function showTrouble(message) {
  const verdict = find('verdict');
  verdict.hidden = false;
  verdict.dataset.status = 'failed';
  verdict.querySelector('strong').textContent = t('无法核验', 'Could not be verified');
  verdict.querySelector('span').textContent = message;
  verdict.focus();
}

/** Verify what the form names: a slot of this site, or a file from elsewhere. @param {SubmitEvent} event */
async function verify(event) {
  event.preventDefault();
  const file = find('bundle').files[0];
  const slot = find('slot').value;
  const bundle = file
    ? new Uint8Array(await file.arrayBuffer())
    : new URL(`data/bundles/${slot.replaceAll('/', '-')}.zip`, root).href;
  const policy = find('policy').value.trim();
  const vkey = find('vkey').value.trim();
  const kept = readKept(nameLog(policy, vkey));
  setBusy(true);
  try {
    await told;
    const report = await ask({
      ask: 'verify',
      bundle,
      ...(policy ? { policy: `${policy}\n` } : vkey ? { vkey } : {}),
      ...(kept === null ? {} : { since: new TextEncoder().encode(kept) }),
    });
    showReport(report);
    const isGood = report.exit_status === 0;
    if (isGood && report.checkpoint && keep(report.checkpoint)) find('kept').textContent = tellKept(report.checkpoint);
    find('ask').disabled = !isGood;
    if (isGood && find('code').value) await explain();
  } catch (error) {
    showTrouble(/** @type {Error} */ (error).message);
  } finally {
    setBusy(false);
  }
}

/** @param {string} checkpoint */
function tellKept(checkpoint) {
  const [, size] = checkpoint.split('\n');
  return t(
    `已在本浏览器留存 ${size} 条时的检查点，下次核验自动对照（第 4 项）。`,
    `This browser keeps the checkpoint of ${size} entries; the next verification compares with it (check 4).`,
  );
}

/** @param {boolean} isBusy */
function setBusy(isBusy) {
  find('run').disabled = isBusy;
  find('working').hidden = !isBusy;
}

/** Tell one enterprise what the draw that was verified meant for it. */
async function explain() {
  const told = await ask({ ask: 'explain', code: find('code').value });
  const lines = tell(told);
  find('answer').replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement('p'), { textContent: line })),
    ...(told.commands ?? []).map((/** @type {string} */ line) =>
      Object.assign(document.createElement('pre'), { textContent: line }),
    ),
  );
}

const EXCLUDED = {
  closed: t('已关闭', 'it is closed'),
  suspended: t('已停业', 'its work is suspended'),
  'cap-reached': t('本年度抽中或检查次数已达上限', 'it was drawn or inspected this year as often as it may be'),
};

/** Return an explanation as sentences. @param {any} told */
function tell(told) {
  if (!told.leaf) {
    const beside = told.neighbours.map((/** @type {any} */ one) => one.code).join(t(' 与 ', ' and '));
    return [
      t(`${told.code} 不在这次抽取的名录中。`, `${told.code} was not in the pool of this draw.`),
      t(`它应在的位置旁边是 ${beside}。`, `Beside the place where it would stand: ${beside}.`),
    ];
  }
  const place = t(
    `${told.code} 在名录中：第 ${told.leaf.index + 1} 户，共 ${told.pool_size} 户，属于 ${told.stratum} 层。`,
    `${told.code} was in the pool: number ${told.leaf.index + 1} of ${told.pool_size}, in stratum ${told.stratum}.`,
  );
  if (told.excluded) {
    const why = EXCLUDED[/** @type {keyof typeof EXCLUDED} */ (told.excluded)] ?? told.excluded;
    return [place, t(`这次不能抽取：${why}。`, `It could not be drawn: ${why}.`)];
  }
  const smaller = told.rank - 1;
  return [
    place,
    told.is_drawn ? t('抽中。', 'It was drawn.') : t('没有抽中。', 'It was not drawn.'),
    t(`签号 ${told.ticket}`, `Its ticket: ${told.ticket}`),
    t(`抽中的最大签号 ${told.threshold ?? '—'}`, `The largest drawn ticket: ${told.threshold ?? '—'}`),
    t(
      `同层 ${told.eligible} 个签号中有 ${smaller} 个比它小；最小的 ${told.drawn} 个被抽中。`,
      `Of the ${told.eligible} tickets of its stratum ${smaller} are smaller; the ${told.drawn} smallest were drawn.`,
    ),
    t('自己核对，运行：', 'To check it yourself, run:'),
  ];
}

const wanted = new URLSearchParams(location.search).get('slot');
if (wanted && [...find('slot').options].some((option) => option.value === wanted)) find('slot').value = wanted;
const kept = readKept(script.dataset.origin ?? '');
if (kept) find('kept').textContent = tellKept(kept);
find('form').addEventListener('submit', verify);
find('mine').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  explain().catch((error) => find('answer').replaceChildren(error.message));
});
find('verifier').hidden = false;

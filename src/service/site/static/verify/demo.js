// The least page that uses worker.js: for trying it, and for bench/browser.py.

const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });

/** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
const waiting = new Map();

worker.addEventListener('message', ({ data: { id, progress, answer, error } }) => {
  if (progress) {
    const bar = /** @type {HTMLProgressElement} */ (find('progress'));
    bar.value = progress.done / Math.max(progress.of, 1);
    find('stage').textContent = `${progress.stage} ${progress.done} / ${progress.of}`;
    return;
  }
  if (error) waiting.get(id)?.reject(new Error(`${error.zh} ${error.en}`));
  else waiting.get(id)?.resolve(answer);
  waiting.delete(id);
});

/** @param {string} id @returns {HTMLElement} */
const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id */
const valueOf = (id) => /** @type {HTMLInputElement} */ (find(id)).value.trim();

/** Ask the worker, and wait for its answer. @param {object} asked @returns {Promise<any>} */
export function ask(asked) {
  const id = Math.random();
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, ...asked });
  });
}

find('verify').addEventListener('click', async () => {
  const file = /** @type {HTMLInputElement} */ (find('bundle')).files?.[0];
  if (!file) return;
  const bundle = new Uint8Array(await file.arrayBuffer());
  const report = await ask({ ask: 'verify', bundle, vkey: valueOf('vkey') || undefined });
  const lines = report.checks.map((/** @type {any} */ { name, status, reason }) => {
    const line = document.createElement('li');
    line.textContent = `${status} ${name.zh} ${name.en} ${reason.zh}`;
    return line;
  });
  find('checks').replaceChildren(...lines);
});

find('explain').addEventListener('click', async () => {
  const told = await ask({ ask: 'explain', code: valueOf('code') }).catch((error) => error.message);
  find('answer').textContent = typeof told === 'string' ? told : JSON.stringify(told, null, 1);
});

Object.assign(globalThis, { ask });

// The page's side of verify/worker.js: each question has a number, by which its answer is known.

/**
 * @param {URL} address of the worker
 * @param {{ language: 'zh' | 'en', progress: (told: { stage: string, done: number, of: number }) => void, crashed: string }}
 *   how the language of refusals; who is told of progress; what is said where the browser cannot run it
 * @returns {(question: object) => Promise<any>}
 */
export function startWorker(address, { language, progress, crashed }) {
  const worker = new Worker(address, { type: 'module' });
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let asked = 0;
  let isBroken = false;
  worker.addEventListener('message', ({ data }) => {
    if (data.progress) return progress(data.progress);
    const waiter = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) waiter?.reject(new Error(data.error[language]));
    else waiter?.resolve(data.answer);
  });
  worker.addEventListener('error', () => {
    isBroken = true;
    for (const { reject } of waiting.values()) reject(new Error(crashed));
    waiting.clear();
  });
  return (question) =>
    new Promise((resolve, reject) => {
      if (isBroken) return reject(new Error(crashed));
      asked += 1;
      waiting.set(asked, { resolve, reject });
      worker.postMessage({ id: asked, ...question });
    });
}

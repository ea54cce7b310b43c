// The search page where it is a static copy: looks in data/search.json. A server that answers itself sends no script.

const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[data-root]'));
const root = new URL(script.dataset.root ?? './', document.baseURI);
const isEnglish = document.documentElement.lang.startsWith('en');
const MOST = 200;

/** Return a text as it is compared. @param {string} text */
const normalise = (text) => text.normalize('NFKC').toLowerCase().split(/\s+/).filter(Boolean).join(' ');

/** Return whether somebody meant a credit code, and it is none. @param {string} word */
async function isMistyped(word) {
  const code = normalise(word).replaceAll(' ', '').toUpperCase();
  if (!/^[0-9A-Z]{15,20}$/.test(code) || !/[0-9]/.test(code)) return false;
  const { isCreditCode } = await import('./verify/proof/encoding.js');
  return !isCreditCode(code);
}

/** @param {string} word */
async function search(word) {
  const wanted = normalise(word);
  const found = /** @type {HTMLElement} */ (document.getElementById('found'));
  /** @type {{ kind: 'draw' | 'enterprise' | 'case', id: string, name: string, page: string, why?: string, called?: Record<string, string> }[]} */
  const all = await (await fetch(new URL('data/search.json', root))).json();
  const call = (/** @type {typeof all[0]} */ hit) => hit.called?.[isEnglish ? 'en' : 'zh'];
  const holds = (/** @type {typeof all[0]} */ hit) =>
    normalise(`${hit.id} ${hit.name} ${call(hit) ?? ''}`).includes(wanted) ||
    hit.id.toLowerCase().includes(wanted.replaceAll(' ', ''));
  const hits = wanted ? all.filter(holds) : [];
  const count = document.createElement('p');
  count.textContent = isEnglish ? `${hits.length} found.` : `检索到 ${hits.length} 条记录。`;
  if (!hits.length) {
    count.textContent = isEnglish ? `Nothing found for “${word}”.` : `没有检索到“${word}”。`;
    if (await isMistyped(word)) {
      count.textContent += isEnglish
        ? ` “${word}” is no credit code with a right check digit: see first that it is copied well.`
        : `“${word}”不是校验无误的统一社会信用代码，请先核对是否抄错。`;
    } else {
      count.textContent += isEnglish
        ? ' The name may be masked: try the unified social credit code, or a part of the name.'
        : '名称可能打了星号：请改用统一社会信用代码，或名称中的几个字。';
    }
  }
  if (hits.length > MOST) count.textContent += isEnglish ? ` These are the first ${MOST}.` : `这里是前 ${MOST} 条。`;
  const locate = (/** @type {string} */ page) => new URL((isEnglish ? 'en/' : '') + page, root).href;
  const list = document.createElement('ul');
  list.className = 'hits';
  for (const hit of hits.slice(0, MOST)) {
    const item = document.createElement('li');
    const kind = Object.assign(document.createElement('span'), { className: 'hint', textContent: script.dataset[hit.kind] });
    const link = document.createElement('a');
    link.href = locate(hit.page);
    link.textContent = `${call(hit) ?? hit.id} ${hit.name}`.trim();
    item.append(kind, ' ', link);
    if (hit.why) {
      const why = Object.assign(document.createElement('a'), { className: 'why', href: locate(hit.why) });
      why.textContent = isEnglish ? 'Its ticket, and why it was drawn or not' : '签号是多少，为什么抽中或没有抽中';
      item.append(' · ', why);
    }
    list.append(item);
  }
  found.replaceChildren(count, list);
}

const word = new URLSearchParams(location.search).get('q');
if (word) {
  /** @type {HTMLInputElement} */ (document.getElementById('q')).value = word;
  search(word);
}

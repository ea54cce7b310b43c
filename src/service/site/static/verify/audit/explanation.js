// What a draw meant for one enterprise, as sentences for its owner, in Chinese and in English.
//
// Mirrors src/ledger/audit/explanation.py; a test compares them sentence by sentence.

import { compareText, isCreditCode } from '../proof/encoding.js';

/**
 * @typedef {import('./report.js').Words} Words
 * What audit/explain.js answers. @typedef {Awaited<ReturnType<typeof import('./explain.js').explainDraw>>} Told
 */

/** @type {Record<string, Words>} */
const EXCLUDED = {
  closed: { zh: '已关闭', en: 'it is closed' },
  suspended: { zh: '已停业', en: 'its work is suspended' },
  'cap-reached': {
    zh: '本年度抽中或检查次数已达上限',
    en: 'it was drawn or inspected this year as often as it may be',
  },
};

/** Return an explanation as sentences, one a line. @param {Told} told @returns {Words[]} */
export function formatExplanation(told) {
  return [
    ...formatIntroduction(told),
    ...(told.leaf ? formatPresence(told) : formatAbsence(told)),
    ...(told.ticket ? formatChance(told) : []),
    ...(told.inspection ? formatSheet(told.inspection) : []),
    ...(told.ticket ? formatByHand(told.commands) : []),
  ];
}

/** Return the answer in one short sentence. @param {Told} told @returns {Words} */
export function formatVerdict(told) {
  const { leaf, excluded, is_drawn } = told;
  if (isMistyped(told))
    return { zh: '不在本次抽取的名录中：代码可能抄错', en: 'Not in the pool of this draw: the code may be mistyped' };
  if (!leaf) return { zh: '不在本次抽取的名录中', en: 'Not in the pool of this draw' };
  if (excluded) return { zh: '在名录中，但本次不能抽取', en: 'In the pool, but it could not be drawn' };
  return is_drawn ? { zh: '抽中', en: 'Drawn' } : { zh: '在名录中，没有抽中', en: 'In the pool, not drawn' };
}

/** Return whether somebody meant a credit code, and it is none. @param {Told} told */
const isMistyped = ({ leaf, code, asked }) => !leaf && !isCreditCode(code) && !/^reg:/i.test(asked);

/** @param {Told} told */
function* formatIntroduction(told) {
  const { slot, origin, size, root, marks, code, asked } = told;
  if (isMistyped(told)) {
    yield {
      zh: `“${asked}”不是校验无误的统一社会信用代码，请先核对是否抄错。`,
      en: `${quote(asked)} is no credit code with a right check digit: see first that it is copied well.`,
    };
  }
  yield {
    zh: `抽取批次 ${slot}；日志 ${origin}，共 ${size} 条，根 ${root}`,
    en: `Draw ${slot}; log ${origin} of ${size} entries, root ${root}`,
  };
  for (const { zh, en } of marks) yield { zh: `注意：${zh}`, en: `Note: ${en}` };
  if (asked !== code) {
    yield {
      zh: `记录中没有“${asked}”这一代码，以下按“${code}”查询。`,
      en: `The record has no code written ${quote(asked)}; this is about ${quote(code)}.`,
    };
  }
}

/** Return a text as Python's repr writes it, as far as a code or a name needs it. @param {string} text */
const quote = (text) => (text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`);

/** @param {Told} told */
function* formatPresence({ code, leaf, pool_size, pool_root, stratum, sub_roster, excluded }) {
  const place = (leaf?.index ?? 0) + 1;
  yield {
    zh:
      `${code} 在本次抽取的名录中：第 ${place} 户，共 ${pool_size} 户，属于分册“${sub_roster?.zh}”，抽取层代号 ${stratum}。` +
      `名录的根为 ${pool_root}，抽取之前已经固定。`,
    en:
      `${code} stands in the pool of this draw: number ${place} of ${pool_size}, of sub-roster ` +
      `${sub_roster?.en}, in the stratum with the id ${stratum}. The pool's root is ${pool_root}, fixed before the draw.`,
  };
  if (!excluded) return;
  const why = EXCLUDED[excluded] ?? { zh: excluded, en: excluded };
  yield {
    zh: `它不参加本次摇号，原因：${why.zh}（${excluded}）。`,
    en: `It could not be drawn: ${why.en} (${excluded}).`,
  };
}

/** @param {Told} told */
function* formatAbsence({ code, neighbours, pool_size, pool_root, registered }) {
  const place = formatPlace(code, neighbours.map((leaf) => leaf.code));
  yield {
    zh: `${code} 不在本次抽取的名录中（共 ${pool_size} 户，根 ${pool_root}）：${place.zh}。`,
    en: `${code} is not in the pool of this draw (${pool_size} enterprises, root ${pool_root}): ${place.en}.`,
  };
  if (registered) {
    yield {
      zh: '年度名录中有它，但不属于本次抽取的范围。',
      en: "It is on the year's roster, but outside the scope of this draw.",
    };
  } else {
    yield {
      zh: '年度名录中也没有它；如属漏列，请向监督科室反映。',
      en: "Nor is it on the year's roster; if it was left out, tell the supervising section.",
    };
  }
}

/** @param {string} code @param {string[]} codes those beside its place, one or two or none @returns {Words} */
function formatPlace(code, codes) {
  const [first, second] = codes;
  if (second !== undefined) {
    return {
      zh: `按次序它应当排在 ${first} 与 ${second} 之间，而这两户紧挨着`,
      en: `it would have to stand between ${first} and ${second}, which stand next to each other`,
    };
  }
  if (first === undefined) return { zh: '名录是空的', en: 'the pool is empty' };
  if (compareText(code, first) < 0)
    return { zh: `它应当排在第一户 ${first} 之前`, en: `it would have to stand before the first, ${first}` };
  return { zh: `它应当排在最后一户 ${first} 之后`, en: `it would have to stand after the last, ${first}` };
}

/** @param {Told} told */
function* formatChance(told) {
  const { ticket, rank, eligible, drawn, threshold, is_drawn } = /** @type {Told & { rank: number, eligible: number,
    drawn: number, threshold: string | null }} */ (told);
  const smaller = rank - 1;
  const percentile = Math.floor((100 * smaller) / eligible);
  yield { zh: `它的签号是 ${ticket}。`, en: `Its ticket is ${ticket}.` };
  yield {
    zh: `该层可抽 ${eligible} 户，从小到大它排第 ${rank}；比它小的有 ${smaller} 户，占 ${percentile}%（去尾）。`,
    en:
      `Of the ${eligible} tickets of its stratum it is number ${rank} from the smallest; ${smaller} are smaller, ` +
      `${percentile} % rounded down.`,
  };
  if (threshold === null) {
    yield { zh: '该层本次没有抽取任何单位。', en: 'Nobody was drawn from this stratum.' };
    return;
  }
  const verdict = is_drawn
    ? { zh: '不大于它，因此抽中。', en: 'is not above it: it was drawn.' }
    : { zh: '大于它，因此没有抽中。', en: 'is above it: it was not drawn.' };
  yield {
    zh: `该层抽取签号最小的 ${drawn} 户，其中最大的签号是 ${threshold}；该户的签号${verdict.zh}`,
    en: `The ${drawn} smallest were drawn, the largest of them ${threshold}; this enterprise's ${verdict.en}`,
  };
}

/** @param {NonNullable<Told['inspection']>} sheet where nobody is among its officers, they were left out */
function* formatSheet({ host, host_names, officers, serving, items, deadline }) {
  yield {
    zh: `主办科室：${host_names?.zh}（${host}）`,
    en: `Host section: ${host_names?.en} (${host})`,
  };
  yield officers.length
    ? {
        zh: `抽中的执法人员（代号）：${officers.join('、')}`,
        en: `Officers drawn (pseudonyms): ${officers.join(', ')}`,
      }
    : { zh: '执法人员：按公开规定不公布', en: 'Officers: not announced, by the rules for publication' };
  if (serving && serving.join() !== officers.join()) {
    yield {
      zh: `回避递补后的执法人员：${serving.join('、')}`,
      en: `Officers after recusals: ${serving.join(', ')}`,
    };
  }
  for (const [id, content] of items) yield { zh: `检查事项 ${id}：${content}`, en: `To be checked, ${id}: ${content}` };
  yield { zh: `检查期限：${deadline}`, en: `Visit due by: ${deadline}` };
}

/** @param {string[]} [commands] */
function* formatByHand([first, second] = []) {
  yield { zh: '自己核验（任何 Linux 命令行）：', en: 'Check it yourself, on any Linux command line:' };
  yield { zh: `  ${first}    得到层种子`, en: `  ${first}    gives the sub-seed` };
  yield { zh: `  ${second}    得到签号`, en: `  ${second}    gives the ticket` };
}

// What a report and an explanation say beside a draw: weak or unproved randomness, moves, marks.
//
// All of it follows from the record; nothing of it fails a check. Mirrors src/ledger/audit/remarks.py and readme.py.

import { isChain, isRound, ADVISED_BITS, checkEntropy } from '../proof/randomness.js';

/**
 * @typedef {import('../office/draws.js').Draw} Draw
 * @typedef {import('../office/officers.js').Move} Move
 * @typedef {import('./report.js').Words} Words
 */

/** How many moves a sentence names; a report in JSON names all. */
const NAMED = 20;

/** Return the lotteries' results that a draw was made by; empty where there are none. @param {Draw} draw */
export function formatLotteries(draw) {
  return (draw.results ?? [])
    .flatMap((result) => (isRound(result) ? [] : `${result.lottery.name} ${result.issue} ${result.digits}`))
    .join('; ');
}

/** Return how many bits a draw's final randomness is worth. @param {Draw} draw */
export const deriveBits = (draw) => checkEntropy(draw.policy.final);

const MOVE_WORDS = new Map([
  ['officer.changed/1', { zh: '执法人员变更', en: "officers' rows changed" }],
  ['conflict.declared/1', { zh: '声明回避', en: 'conflicts declared' }],
  ['conflict.ended/1', { zh: '解除回避', en: 'conflicts ended' }],
]);

/**
 * Return what took effect at once shortly before a slot was opened; undefined if nothing did.
 * @param {Draw} draw
 * @returns {Words | undefined}
 */
export function deriveMoves(draw) {
  /** @type {Map<string, Move[]>} */
  const kinds = new Map();
  for (const move of draw.ground.moves) kinds.set(move.type, [...(kinds.get(move.type) ?? []), move]);
  if (!kinds.size) return undefined;
  const told = [...kinds].map(([type, moves]) => ({ words: MOVE_WORDS.get(type) ?? { zh: type, en: type }, moves }));
  return {
    zh: told.map(({ words, moves }) => `${words.zh} ${moves.length} 项：${nameMoves(moves, '、')}`).join('；'),
    en: told.map(({ words, moves }) => `${words.en}, ${moves.length}: ${nameMoves(moves, ', ')}`).join('; '),
  };
}

/** @param {Move[]} moves @param {string} mark */
function nameMoves(moves, mark) {
  const named = moves
    .slice(0, NAMED)
    .map(({ officer, code, index }) => `${officer}${code ? ` ${code}` : ''} (#${index})`);
  return [...named, ...(moves.length > NAMED ? ['…'] : [])].join(mark);
}

/** Return what has to be said beside a draw before anything else. @param {Draw} draw @returns {Words[]} */
export function deriveMarks(draw) {
  const marks = [];
  const directed = draw.ground.strata
    .filter((stratum) => stratum.directed)
    .map((stratum) => stratum.id)
    .join(', ');
  if (draw.policy.final.some((source) => isChain(source) && source.kind === 'local')) {
    marks.push({
      zh: '随机数来自本装置自有的链（local），仅供测试或演示，不是公共随机数。',
      en: "the randomness came from a chain of the installation's own (local), for tests and demonstrations; it is not public randomness.",
    });
  }
  if (draw.witnessedAt === undefined) {
    marks.push({
      zh: '本次抽取没有见证人在随机数产生前联署。',
      en: 'no witnesses cosigned this draw before its randomness existed.',
    });
  }
  if (draw.witnessedAt === undefined && draw.policy.quorum) {
    marks.push({
      zh: '政策要求见证而未能及时见证，无法证明结果是随机的；其抽中的单位按定向检查对待。',
      en: 'the policy wants witnesses and they did not see it in time: nothing shows that chance decided, and those that it selects count as directed.',
    });
  }
  if (draw.voided) {
    marks.push({
      zh: `本批次已作废（${draw.voided}）；按并集规则，抽中的单位仍然有效。`,
      en: `this slot was voided (${draw.voided}); by the union rule, those it drew stay drawn.`,
    });
  }
  if (directed) {
    marks.push({
      zh: `以下各层属定向抽查（对象过少或抽取过半），不是随机抽查：${directed}。`,
      en: `these strata are directed, not random (too few enterprises, or more than half drawn): ${directed}.`,
    });
  }
  return marks;
}

/** Return what is said beside a draw further. @param {Draw} draw @returns {Words[]} */
export function deriveRemarks(draw) {
  const remarks = [];
  const { recent, poolRef } = draw.ground;
  const [lotteries, bits] = [formatLotteries(draw), deriveBits(draw)];
  if (lotteries) {
    remarks.push({
      zh: `随机数来自公共彩票，程序不能证明其真伪，请与公告核对：${lotteries}。`,
      en: `the randomness is of public lotteries, whose truth no program can check; compare with the newspaper: ${lotteries}.`,
    });
  }
  if (bits < ADVISED_BITS) {
    remarks.push({
      zh: `随机数只有 ${bits} 比特，不足 ${ADVISED_BITS} 比特。`,
      en: `the randomness is worth only ${bits} bits, fewer than the ${ADVISED_BITS} advised.`,
    });
  }
  if (recent.listed > 0 && recent.listed < poolRef.count) {
    remarks.push({
      zh: `自上一批次以来，范围内新列入 ${recent.listed} 户。`,
      en: `enterprises in scope listed since the office's slot before: ${recent.listed}.`,
    });
  }
  if (recent.cooling_off) {
    remarks.push({
      zh: `范围内有 ${recent.cooling_off} 户的变更未满冷静期，本次仍按原情况抽取。`,
      en: `enterprises in scope whose change is too young, and was passed over: ${recent.cooling_off}.`,
    });
  }
  return [...remarks, ...deriveMoved(draw)];
}

/** Return the sentence on what took effect shortly before, if anything did (T16). @param {Draw} draw @returns {Words[]} */
export function deriveMoved(draw) {
  const moves = deriveMoves(draw);
  if (!moves) return [];
  return [
    { zh: `启用前不久即时生效的变更：${moves.zh}。`, en: `took effect shortly before it was opened: ${moves.en}.` },
  ];
}

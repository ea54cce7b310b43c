// Refusals in Chinese: as src/ledger/audit/wording.py, by the same rows of wording.zh.json, which the page hands in.
//
// A refusal is written once, in English, where the rule stands. Without the rows it stays as it is.

const SHAPES = {
  n: /^-?[0-9]+$/,
  check: /^[a-z]+$/,
  type: /^[a-z]+\.[a-z]+\/[0-9]+$/,
  subject: /^[a-z0-9][a-z0-9/-]*$/,
};
/** Names in braces that may hold words of ours, which are then translated too; a `message` must. */
const WORDS = ['message', 'rest', 'what', 'who', 'state'];
const DEPTH_LIMIT = 8;

/**
 * A sentence in both languages: the English between the holes, the holes' names, whether it tells only a place.
 * @typedef {{ literals: string[], names: string[], zh: string, isPlace: boolean }} Row
 */

/** @type {Row[]} */
let rows = [];

/** Take the rows of wording.zh.json. @param {{ en: string, zh: string }[]} sentences */
export function useWording(sentences) {
  rows = sentences.map(({ en, zh }) => {
    const parts = en.split(/\{([a-z0-9_]+)\}/);
    const names = parts.filter((_, i) => i % 2);
    const isPlace =
      names.length > 1 && names[names.length - 1] === 'rest' && names.slice(0, -1).every((name) => name in SHAPES);
    return { literals: parts.filter((_, i) => i % 2 === 0), names, zh, isPlace };
  });
  const weight = (/** @type {Row} */ row) => row.literals.join('').length;
  rows.sort((a, b) => Number(b.isPlace) - Number(a.isPlace) || weight(b) - weight(a));
}

/** Return a refusal in Chinese; a text that is no sentence of ours is returned as it is. @param {string} message */
export const translate = (message) => translateWithin(message, DEPTH_LIMIT) ?? message;

/** @param {string} message @param {number} depth @returns {string | undefined} */
function translateWithin(message, depth) {
  for (const row of depth ? rows : []) {
    const held = match(row, message);
    if (!held) continue;
    let isOurs = true;
    for (const name of WORDS.filter((word) => held.has(word))) {
      const told = translateWithin(held.get(name) ?? '', depth - 1);
      if (told === undefined && name === 'message') isOurs = false;
      held.set(name, told ?? held.get(name) ?? '');
    }
    if (isOurs) return row.zh.replace(/\{([a-z0-9_]+)\}/g, (whole, name) => held.get(name) ?? whole);
  }
  return undefined;
}

/**
 * Return what a message has in a row's holes, each as short as can be; undefined if it is another sentence.
 * @param {Row} row
 * @param {string} message
 */
function match({ literals, names }, message) {
  const [first, last] = [literals[0], literals[literals.length - 1]];
  if (!names.length) return message === first ? new Map() : undefined;
  const end = message.length - last.length;
  if (!message.startsWith(first) || !message.endsWith(last)) return undefined;
  /** @type {string[]} */
  const values = [];
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = message.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return undefined;
    values.push(message.slice(at, found));
    at = found + literal.length;
  }
  if (at > end) return undefined;
  values.push(message.slice(at, end));
  const isFit = names.every((name, i) => SHAPES[/** @type {keyof typeof SHAPES} */ (name)]?.test(values[i]) ?? true);
  return isFit ? new Map(names.map((name, i) => [name, values[i]])) : undefined;
}

// The README of a bundle, in Chinese and English: derived like all else in it, so that nobody can slip words in.
//
// Mirrors src/ledger/audit/readme.py and bundle_readme.md.

import { formatTime } from '../proof/encoding.js';
import { deriveMarks, deriveMoved } from './remarks.js';

const SHANGHAI_SECONDS = 8 * 3600;

/**
 * Return the README of a draw's bundle; the draw has an outcome.
 * @param {import('../office/record.js').Record} record
 * @param {import('../office/draws.js').Draw} draw
 */
export function formatReadme(record, draw) {
  const outcome = /** @type {import('../office/outcome.js').Outcome} */ (draw.outcome);
  const marks = [...deriveMarks(draw), ...deriveMoved(draw)];
  return format({
    origin: record.origin,
    slot: draw.slot,
    utc: formatTime(draw.drawAt),
    beijing: formatTime(draw.drawAt + SHANGHAI_SECONDS)
      .replace('T', ' ')
      .replace('Z', ''),
    pool: draw.ground.poolRef.count,
    eligible: draw.ground.poolRef.eligible,
    drawn: outcome.ref.count,
    seed: outcome.seed,
    marks_zh: marks.map(({ zh }) => `**注意：${zh}**\n\n`).join(''),
    marks_en: marks.map(({ en }) => `**Note: ${en}**\n\n`).join(''),
  });
}

/** @param {{ [name: string]: string | number }} words */
const format = (words) => `# 双随机抽取核验包 ${words.slot}

日志：${words.origin}
抽取时刻 T：北京时间 ${words.beijing}
名录在范围内 ${words.pool} 户，可抽 ${words.eligible} 户，抽中 ${words.drawn} 户
种子：${words.seed}

${words.marks_zh}## 怎样核验

1. 用正式发布的程序核验全部项目：\`double-random verify 本文件.zip --vkey 日志公钥\`。日志公钥请从公示网站、公告或见证人处取得，不要从本文件中取。
2. 只用系统自带命令：解压后运行正式发布的 \`verify.sh\`（\`double-random verify --script\` 可以输出）。它核验种子、份额、签号与抽取，其余项目写明“未核验”。
3. 手工核验一户：\`printf '%s%s' 层种子 统一社会信用代码 | sha256sum\` 就是该户的签号；层种子是 \`printf '%s|pool|%s' 种子 层名 | sha256sum\`。签号不大于该层最大中签号即抽中。

\`log/\` 是截至检查点的全部记录；其余文件都由它推得，供人阅读，逐字节可重算。

本包不能证明名录没有遗漏应列的单位，也不能证明执法人员到过现场。

---

# Bundle of the draw ${words.slot}

Log: ${words.origin}
Time of the draw, T: ${words.utc}
In scope ${words.pool}, could be drawn ${words.eligible}, drawn ${words.drawn}
Seed: ${words.seed}

${words.marks_en}## How to check it

1. Everything, with the released program: \`double-random verify THIS.zip --vkey KEY\`. Take the log's key from the public site, a notice or a witness, never from this file.
2. With what every system has: unpack it and run the released \`verify.sh\` (\`double-random verify --script\` prints it). It checks the seed, the shares, the tickets and the selection, and says "not checked" of the rest.
3. One enterprise by hand: \`printf '%s%s' SUB-SEED CODE | sha256sum\` is its ticket; the sub-seed is \`printf '%s|pool|%s' SEED STRATUM | sha256sum\`. It was drawn if its ticket is not above the largest drawn one of its stratum.

\`log/\` is the whole record up to the checkpoint; everything else follows from it, byte for byte, and is here for reading.

This bundle does not prove that the roster is complete, nor that a visit took place.
`;

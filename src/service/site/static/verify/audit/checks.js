// The numbered checks. A number means the same in the code, the report, the pages, the specification and verify.sh.
//
// Mirrors src/ledger/audit/checks.py; a test compares.

/** @typedef {{ number: number, id: string, zh: string, en: string, isWanted: boolean }} Check */

const NAMES = [
  ['container', '文件包是唯一的规范形式', 'the bundle is in its one form'],
  ['identity', '日志就是所指定的那一本', 'the log is the one that was named'],
  ['checkpoint', '检查点由日志密钥签名', "the checkpoint is signed by the log's key"],
  ['since', '日志延续了以前留存的检查点', 'the log extends the checkpoint kept from before'],
  ['cosignatures', '检查点有足够的见证人联署', 'enough witnesses cosigned the checkpoint'],
  ['tree', '全部条目与检查点的根一致', "the entries give the checkpoint's root"],
  ['entries', '每个条目只有一种写法且可读', 'every entry is in its one spelling'],
  ['signatures', '每个签名都有效且密钥已登记', 'every signature verifies, by an enrolled key'],
  ['duties', '签名单位有权办理该事项', 'every signer had the duty and a key in force'],
  ['history', '次序无误，签名者所见即本日志', 'every signer saw this very history, in order'],
  ['rules', '名录、清单与计划符合规则', 'rosters, lists and plans keep the rules'],
  ['ground', '冻结内容可由此前记录推得', 'what was frozen follows from the record'],
  ['stations', '抽取各环节次序正确，批次不重不漏', "the draw's stations stand in order, no slot skipped"],
  ['shares', '种子份额与事先封存的承诺相符', 'the shares fit what was committed'],
  ['witness', '随机数产生前已有见证', 'witnesses saw it before the randomness existed'],
  ['randomness', '公共随机数真实且为事先指定', 'the public randomness is genuine and the one named'],
  ['seed', '种子可重算', 'the seed comes out the same'],
  ['selection', '抽中对象可重算', 'the same enterprises are drawn'],
  ['officers', '执法人员席位上限可重算', "the officers' caps come out the same"],
  ['outcome', '抽取结果（主办科室、人员、事项）可重算', 'the sheets (host, officers, items) come out the same'],
  ['attested', '监督科室已复核且一致', 'the supervisor recomputed it and agrees'],
  ['replacement', '回避递补由新的随机数决定', 'replacements follow from fresh randomness'],
  ['cases', '受领、检查、结果与公开按序办理', 'cases were received, visited and published in order'],
  ['files', '附件与记录推得的内容逐字节一致', 'the files beside the log are what the record gives'],
  ['outside', '名录是否完整、检查是否到场', 'whether the roster is complete and visits took place'],
];
/** No policy can want these: the first needs a checkpoint kept from before, the second no program can check. */
const UNWANTED = ['since', 'outside'];

/** @type {Check[]} */
export const CHECKS = NAMES.map(([id, zh, en], i) => ({ number: i + 1, id, zh, en, isWanted: !UNWANTED.includes(id) }));

/** Return the number of a check. @param {string} id */
export const numberOf = (id) => CHECKS.findIndex((check) => check.id === id) + 1;

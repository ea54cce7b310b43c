// What a replay leaves open although nothing was refused: said beside the check that it concerns, with the slots.
//
// Mirrors src/ledger/audit/gaps.py.

import { utf8 } from '../proof/bytes.js';
import { checkCheckpoint } from '../proof/checkpoint.js';
import { deriveDay } from '../proof/encoding.js';
import { LedgerError } from '../proof/errors.js';
import { ADVISED_BITS, isRound, WITNESS_LEAD_SECONDS } from '../proof/randomness.js';
import { deriveBits, formatLotteries } from './remarks.js';

/**
 * @typedef {import('./report.js').Report} Report
 * @typedef {import('./trust.js').Trust} Trust
 * @typedef {import('../office/record.js').Record} Record
 * @typedef {import('../office/draws.js').Draw} Draw
 */

/**
 * Note on a report what a replay without a failure could not check.
 * @param {Report} report
 * @param {Record} record
 * @param {Trust | undefined} trust whom the reader trusts
 * @param {string} [slot] the bundle's, where it is one
 */
export function noteGaps(report, record, trust, slot) {
  const draws = [...record.draws.bySlot.values()];
  if (record.unknown.length) {
    const kinds = [...new Set(record.unknown)].sort().join(', ');
    report.unchecked('rules', {
      zh: `本版本不认识的事项类型：${kinds}`,
      en: `event types unknown to this version: ${kinds}`,
    });
  }
  noteStations(report, record, draws);
  noteSealed(report, record, draws, slot);
  noteWitnesses(report, record, draws, trust);
  noteRandomness(report, draws);
  noteAttested(report, draws);
  noteReplacements(report, record);
}

/**
 * Note a gap at each of the places, if there are any.
 * @param {Report} report
 * @param {string} check
 * @param {string[]} places
 * @param {string} zh
 * @param {string} en
 */
function note(report, check, places, zh, en) {
  const listed = places.join(', ');
  if (listed) report.unchecked(check, { zh: `${zh}：${listed}`, en: `${en}: ${listed}` });
}

/** @param {Draw[]} draws @param {(draw: Draw) => unknown} holds */
const slotsWhere = (draws, holds) => draws.filter(holds).map((draw) => draw.slot);

/** @param {Report} report @param {Record} record @param {Draw[]} draws */
function noteStations(report, record, draws) {
  const now = record.attestedNow();
  const overdue = slotsWhere(draws, (draw) => draw.frozen && draw.owesOutcome && now >= draw.drawAt);
  note(report, 'stations', overdue, '已过抽取时刻而没有结果的批次', 'slots past their time without an outcome');
  if (record.successor) {
    const owing = slotsWhere(draws, (draw) => draw.owesOutcome);
    note(report, 'stations', owing, '日志已关闭而没有结果的批次', 'slots without an outcome in a log that is closed');
    const hidden = slotsWhere(draws, (draw) => draw.owesReveal);
    note(report, 'stations', hidden, '日志已关闭而没有公开份额的批次', 'slots still sealed in a log that is closed');
  }
  const cancelled = slotsWhere(draws, (draw) => draw.voided === 'lottery-cancelled');
  note(
    report,
    'stations',
    cancelled,
    '以彩票停开为由作废，请与公告核对',
    'voided for a cancelled lottery: compare with the newspaper',
  );
}

/**
 * Note what nobody outside can check of sealed draws before their reveal, and who kept a share from counting.
 * @param {Report} report
 * @param {Record} record
 * @param {Draw[]} draws
 * @param {string | undefined} slot
 */
function noteSealed(report, record, draws, slot) {
  const hidden = slotsWhere(draws, (draw) => draw.owesReveal).join(', ');
  const told = {
    zh: `封存中的抽取，份额公开后才能核验：${hidden}`,
    en: `sealed until the shares are revealed: ${hidden}`,
  };
  for (const check of hidden && slot === undefined ? ['seed', 'selection', 'officers', 'outcome'] : []) {
    if (draws.some((draw) => draw.hasOutcome))
      report.passed(check, { zh: `除外：${told.zh}`, en: `but for draws ${told.en}` });
    else report.unchecked(check, told);
  }
  const day = deriveDay(record.attestedNow());
  const overdue = slotsWhere(draws, (draw) => draw.owesReveal && day > draw.revealDue);
  note(report, 'stations', overdue, '逾期没有公开份额的封存抽取', 'sealed draws whose reveal is overdue');
  const spoiled = draws.flatMap((draw) =>
    draw.missing
      .filter((unit) => draw.encrypted.has(unit))
      .map((unit) => `${draw.slot} ${unit} (${draw.findUnchecked(unit).join(', ')})`),
  );
  const [zh, en] = ['份额未计入，括号内为没有核对的单位', 'shares that do not count, and who did not check them'];
  note(report, 'shares', spoiled, zh, en);
}

/** @param {Report} report @param {Record} record @param {Draw[]} draws @param {Trust | undefined} trust */
function noteWitnesses(report, record, draws, trust) {
  const closed = draws.filter((draw) => draw.closed !== undefined);
  note(
    report,
    'witness',
    slotsWhere(closed, (draw) => draw.witnessedAt === undefined),
    '没有见证的抽取',
    'unwitnessed draws',
  );
  if (trust?.quorum === undefined) return;
  const isUnseen = (/** @type {string | undefined} */ checkpoint, /** @type {number} */ drawAt) =>
    checkpoint !== undefined && !isSeen(record, trust, checkpoint, drawAt);
  const [zh, en] = ['您所信任的见证人没有及时联署', 'not cosigned in time by the witnesses that you trust'];
  note(
    report,
    'witness',
    slotsWhere(closed, (draw) => isUnseen(draw.witnessedBy, draw.drawAt)),
    zh,
    en,
  );
  const recusals = [...record.cases.bySubject].flatMap(([subject, one]) =>
    [...one.recusals.values()].map((recusal) => ({ subject, recusal })),
  );
  const late = recusals.filter(({ recusal }) => isUnseen(recusal.witnessedBy, recusal.drawAt));
  note(
    report,
    'replacement',
    late.map(({ subject }) => subject),
    zh,
    en,
  );
}

/**
 * Tell whether the reader's quorum had cosigned a checkpoint a minute before the randomness of a time.
 * @param {Record} record
 * @param {Trust} trust
 * @param {string} checkpoint
 * @param {number} drawAt
 */
function isSeen(record, trust, checkpoint, drawAt) {
  try {
    checkCheckpoint(utf8(checkpoint), /** @type {import('../proof/note.js').Verifier} */ (record.logKey), [
      ...trust.witnesses.values(),
    ]);
    const inTime = [...trust.cosigners(utf8(checkpoint))].filter(
      ([, seconds]) => seconds < drawAt - WITNESS_LEAD_SECONDS,
    );
    return trust.isMet(inTime.map(([name]) => name));
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

/** @param {Report} report @param {Draw[]} draws */
function noteRandomness(report, draws) {
  const lotteries = draws.flatMap((draw) => (formatLotteries(draw) ? [`${draw.slot} (${formatLotteries(draw)})`] : []));
  const weak = slotsWhere(draws, (draw) => draw.results?.length && deriveBits(draw) < ADVISED_BITS).join(', ');
  const [zh, en] = ['彩票号码请与公告核对', 'compare the lottery results with the newspaper'];
  const words = weak
    ? [`随机数不足 ${ADVISED_BITS} 比特：${weak}；${zh}`, `fewer than ${ADVISED_BITS} bits: ${weak}; ${en}`]
    : [zh, en];
  note(report, 'randomness', lotteries, words[0], words[1]);
  const local = slotsWhere(draws, (draw) =>
    draw.results?.some((result) => isRound(result) && result.chain.kind === 'local'),
  ).sort();
  note(
    report,
    'randomness',
    local,
    '随机数来自装置自有的链（local），不是公共随机数',
    "the randomness is of the installation's own chain (local), not public",
  );
}

/** @param {Report} report @param {Draw[]} draws */
function noteAttested(report, draws) {
  const disputed = slotsWhere(draws, (draw) => draw.attested === false);
  if (disputed.length) report.failed('attested', `the supervisor's own result differs: ${disputed.join(', ')}`);
  note(
    report,
    'attested',
    slotsWhere(draws, (draw) => draw.executed && draw.attested === undefined),
    '尚未复核',
    'not attested yet',
  );
}

/** @param {Report} report @param {Record} record */
function noteReplacements(report, record) {
  const cases = [...record.cases.bySubject];
  const renewals = cases.map(([subject, one]) => ({
    subject,
    number: [...one.recusals.values()].reduce((sum, recusal) => sum + recusal.renewals, 0),
  }));
  note(
    report,
    'replacement',
    renewals.filter(({ number }) => number).map(({ subject, number }) => `${subject} × ${number}`),
    '回避未及时见证而重新申请',
    'a recusal that lapsed was made anew',
  );
  const often = cases.filter(([, one]) => [...one.replaced.values()].some((number) => number > 1));
  note(
    report,
    'replacement',
    often.map(([subject]) => subject),
    '同一席位递补不止一次',
    'a seat was replaced more than once',
  );
}

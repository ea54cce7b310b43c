// What the page of verification says of a report, in the page's language.

export const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';

/** Say something in the page's language. @param {string} zh @param {string} en */
export const t = (zh, en) => (language === 'zh' ? zh : en);

export const STATUS = {
  passed: t('通过', 'passed'),
  failed: t('不通过', 'failed'),
  'not checked': t('未核验', 'not checked'),
};
/** What a citizen does about a checkpoint that too few witnesses have signed. */
const UNSEEN = t(
  '。刚有新记录时，见证人可能还没来得及签名：过几分钟再核验；一直如此，请向见证人查问。',
  '. Where something was recorded just now, the witnesses may still be about to sign: verify again in a few minutes; if it stays so, ask a witness.',
);
/** What check 1 says of a file, for whoever knows of no forms of files. */
const CHANGED = t('。文件与原件不一致，可能被改动，或没有下载完整', '. The file is not as it was made: it may have been changed, or cut short');
export const STAGES = {
  download: t('下载', 'downloading'),
  entries: t('逐条核验规则', 'checking the rules, entry by entry'),
  signatures: t('逐个核验签名', 'checking the signatures'),
};
/** What the command line calls its options is another thing here. @type {[RegExp, string][]} */
const OPTIONS = [
  [/ ?[（(]--since[）)]/g, t('：这是第一次', ': this is the first visit')],
  [/ ?[（(]no --vkey or --policy[）)]/g, ': no key and no policy is given'],
  [/ ?--vkey ?/g, t('日志公钥', ' key')],
  [/ ?--policy ?/g, t('信任策略', ' policy')],
];

/** @param {string} reason */
export const sayPlain = (reason) => OPTIONS.reduce((text, [option, word]) => text.replace(option, word), reason);

/**
 * Return how a verification ended, and that in words: as the exit status of `verify --strict`.
 * @param {any} report @param {any[]} failed @param {string} asked the slot
 * @returns {['passed' | 'failed' | 'open', string]}
 */
export function conclude(report, failed, asked) {
  if (asked && report.slot && report.slot !== asked)
    return ['failed', t('不通过：这是另一次抽取', 'Failed: this is another draw')];
  const numbers = failed.map((/** @type {any} */ one) => one.number).join(t('、', ', '));
  if (failed.length) {
    const plain = failed[0].number === 1 ? CHANGED : '';
    return ['failed', t(`不通过：第 ${numbers} 项不符`, `Failed: check ${numbers}`) + plain];
  }
  const nothing = t('没有发现不符之处', 'Nothing failed');
  const lacking = report.lacking.join(t('、', ', '));
  if (!lacking) return ['passed', nothing];
  if (report.lacking.includes(2))
    return ['open', nothing + t('，但没有核对是谁的日志', ', but whose log it is was not checked')];
  return ['open', nothing + t(`，但第 ${lacking} 项没有核验`, `, but check ${lacking} was not done`)];
}

/** Return a check that did not pass, and why, in a line. @param {any} check */
export function tellCheck({ number, name, status, reason }) {
  const told = `${STATUS[/** @type {keyof typeof STATUS} */ (status)]}${t('：', ': ')}`;
  const isUnseen = number === 5 && status === 'failed';
  const why = sayPlain(reason[language]) + (isUnseen ? UNSEEN : '');
  return `${told}${t(`第 ${number} 项，`, `${number}, `)}${name[language]}${why && t('——', ' — ')}${why}`;
}

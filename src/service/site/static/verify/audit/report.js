// A report: each numbered check as passed, failed or not checked, and why. Mirrors src/ledger/audit/report.py.

import { LedgerError } from '../proof/errors.js';
import { CHECKS } from './checks.js';
import { translate } from './wording.js';

/**
 * @typedef {'passed' | 'failed' | 'not checked'} Status
 * @typedef {{ zh: string, en: string }} Words
 * @typedef {{ check: import('./checks.js').Check, status: Status, reason: Words }} Finding
 */

const STATUS_WORDS = {
  passed: { zh: '通过', en: 'passed' },
  failed: { zh: '不通过', en: 'FAILED' },
  'not checked': { zh: '未核验', en: 'not checked' },
};

/** The exit status where there was nothing that could be read. */
export const UNREADABLE = 2;

const UNREACHED = {
  zh: '前面的核验未通过，或没有可核验的内容',
  en: 'an earlier check failed, or there was nothing to check',
};

/** The results of an audit. What was never touched reads "not checked". */
export class Report {
  /** @type {Record<string, unknown>} what the reader wants to know beside the checks: origin, size, draws */
  facts = {};
  /** @type {Map<string, { status: Status, reason: Words }>} */
  #found = new Map();
  /** @type {Map<string, boolean>} whether a check is wanted here, where that is not as always */
  #wanted = new Map();

  /** @param {string} subject what was audited */
  constructor(subject) {
    this.subject = subject;
  }

  /** Note that a check passed, unless it has failed. @param {string} check @param {Words} [reason] */
  passed(check, reason = { zh: '', en: '' }) {
    this.#note(check, 'passed', reason);
  }

  /** Note that a check failed; the first reason stands. @param {string} check @param {LedgerError | string} error */
  failed(check, error) {
    const { message: en, zh } = error instanceof LedgerError ? error : { message: error, zh: undefined };
    this.#note(check, 'failed', { zh: zh ?? translate(en), en });
  }

  /**
   * Note why something could not be checked, unless it was; `isWanted` is false where it does not apply, and true where
   * what is not always wanted is.
   * @param {string} check
   * @param {Words} reason
   * @param {{ isWanted?: boolean }} [how]
   */
  unchecked(check, reason, { isWanted } = {}) {
    this.#note(check, 'not checked', reason);
    if (isWanted !== undefined) this.#wanted.set(check, isWanted);
  }

  /** @param {string} check @param {Status} status @param {Words} reason */
  #note(check, status, reason) {
    const before = this.#found.get(check);
    if (!before || (status === 'failed' && before.status !== 'failed')) this.#found.set(check, { status, reason });
  }

  /** All checks, in order of their numbers. @returns {Finding[]} */
  get findings() {
    return CHECKS.map((check) => ({
      check,
      ...(this.#found.get(check.id) ?? { status: 'not checked', reason: UNREACHED }),
    }));
  }

  /** @param {Status} status */
  withStatus(status) {
    return this.findings.filter((finding) => finding.status === status);
  }

  /** What was wanted and not checked. @returns {Finding[]} */
  get lacking() {
    return this.withStatus('not checked').filter(({ check }) => this.#wanted.get(check.id) ?? check.isWanted);
  }

  /**
   * Return 0 if nothing failed, 1 if something did; 3 if strict and something wanted was not checked.
   * @param {{ isStrict?: boolean }} [how]
   */
  exitStatus({ isStrict = false } = {}) {
    if (this.withStatus('failed').length) return 1;
    return isStrict && this.lacking.length ? 3 : 0;
  }

  /**
   * Return the report as a value of JSON, of the shape of `double-random verify --json`.
   * @param {{ isStrict?: boolean }} [how]
   */
  toJson(how) {
    const checks = this.findings.map(({ check: { number, id, zh, en }, status, reason }) => ({
      number,
      id,
      name: { zh, en },
      status,
      reason,
    }));
    return { subject: this.subject, ...this.facts, checks, exit_status: this.exitStatus(how) };
  }

  /** @param {'zh' | 'en'} locale */
  formatText(locale) {
    const lines = this.findings.map(({ check, status, reason }) => {
      const why = reason[locale] ? ` — ${reason[locale]}` : '';
      return `${String(check.number).padStart(2)} ${STATUS_WORDS[status][locale]}  ${check[locale]}${why}`;
    });
    return lines.join('\n');
  }
}

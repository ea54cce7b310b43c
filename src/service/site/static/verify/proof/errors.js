// The kinds of reason for which something is refused: as src/ledger/proof/errors.py.
//
// Every refusal is a LedgerError. Any other exception is a mistake of ours, and never passes for a verdict.

/** Anything that is refused; `check` names the numbered check that it belongs to, where one is known. */
export class LedgerError extends Error {
  /** @type {string | undefined} */
  check = undefined;
  /** @type {string | undefined} the message in Chinese, where wording.zh.json has no row for it */
  zh = undefined;
}

/** Bytes that are not the one accepted spelling of what they claim to be. */
export class Malformed extends LedgerError {}

/** A signature that is missing, unknown, or does not verify. */
export class BadSignature extends LedgerError {}

/** A signature that verifies, by a unit without the duty, or by a key not in force. */
export class Unauthorised extends LedgerError {}

/** A derived value, hash or proof that differs from what anyone recomputes. */
export class Mismatch extends LedgerError {}

/** An event that the rules do not allow at this point of the record. */
export class Refused extends LedgerError {}

/** An event signed on an older state of its subject than the record's. */
export class Conflict extends LedgerError {}

"""An enterprise's code: its 统一社会信用代码, or `reg:` and the number as registered.

A firm is never made undrawable by a typing error: what looks like a credit code but fails its check digit goes in as
`reg:` with a warning. What a spreadsheet destroyed (digits lost in a number) is refused, never guessed.
"""

import re
from typing import NamedTuple

from stdnum.cn import ric, uscc

from ledger.intake.findings import Remark, Unread
from ledger.intake.text import normalise_symbols
from ledger.proof.encoding import check_code, is_credit_code
from ledger.proof.errors import Malformed

_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_LIKE_CREDIT_CODE = re.compile(r"[0-9A-Z]{16,20}")
_EXPONENT = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+")
_FRACTION = re.compile(r"[0-9]+\.[0-9]*")
_PREFIX = re.compile(r"^(?:REG:|['`])+")  # an apostrophe is how a spreadsheet is told that digits are text
_EXACT_DIGITS = 15  # digits that Excel keeps of a number; the sixteenth is already a nought
_MASK = re.compile(r"[*×＊•●]{2,}|[*＊]")


class Code(NamedTuple):
    """A code, and what was remarked while reading it."""

    text: str
    remarks: tuple[Remark, ...] = ()


def parse_code(text: str) -> Code:
    """Return the code of an enterprise as it enters the record.

    text  a cell: a credit code, an older registration number, or what a spreadsheet made of either

    Raises Unread if digits were lost, the code is masked, holds no digit, or is a person's identity number.
    Source: GB 32100-2015; docs/spec/draw.md for `reg:`.
    Law: parse_code(parse_code(x).text).text == parse_code(x).text.
    """
    if is_credit_code(text):  # the plain case; whatever else a code may be, stdnum is asked below
        return Code(text)
    compact = _PREFIX.sub("", normalise_symbols(text.upper()))
    remarks = (Remark("code-normalised", text, compact),) if compact != text.removeprefix("reg:") else ()
    if _EXPONENT.fullmatch(compact):
        raise Unread("code-rounded", text)
    if _FRACTION.fullmatch(compact):
        digits, _, fraction = compact.partition(".")
        if fraction.strip("0") or len(digits) > _EXACT_DIGITS:
            raise Unread("code-rounded", text)
        compact, remarks = digits, (Remark("code-number", text, digits),)
    if _MASK.search(compact):
        raise Unread("code-masked", text)
    return _classify(compact, text, remarks)


def _classify(compact: str, text: str, remarks: tuple[Remark, ...]) -> Code:
    joined = compact.replace("-", "") if len(compact) > 18 else compact
    if is_credit_code(joined) or uscc.is_valid(joined):
        return Code(joined, (Remark("code-normalised", text, joined),) if joined != text else ())
    if not any("0" <= char <= "9" for char in compact):
        raise Unread("code-wordy", text)
    if len(compact) == 18 and ric.is_valid(compact):
        raise Unread("value-identity")
    if compact.isascii() and compact.isdigit() and len(compact) == 18 and compact.endswith("000"):
        raise Unread("code-rounded", text)
    if _CREDIT_CODE.fullmatch(compact):
        remarks += (Remark("code-check-digit", compact),)
    elif _LIKE_CREDIT_CODE.fullmatch(compact):
        remarks += (Remark("code-form", compact),)
    try:
        return Code(check_code(f"reg:{compact}"), remarks)
    except Malformed as problem:
        raise Unread("code-unreadable", text) from problem

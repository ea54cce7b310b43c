"""One spelling for every value, so that two people hashing the same thing hash the same bytes.

Canonical JSON is RFC 8785, narrowed: strings in NFC, integers within +-(2^53-1), no fractions, no null,
names of fields in ASCII. Reading is strict: the value is written again and must give the same bytes, so
repeated fields, other spellings of a number, other escapes and stray spaces are all refused at once.

Specification: docs/spec/encoding.md.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NewType

from .characters import find_unstable, format_code_point
from .errors import Malformed

Hash = NewType("Hash", bytes)
"""32 bytes of SHA-256."""
Hex = NewType("Hex", str)
"""64 lowercase hexadecimal characters."""

INTEGER_LIMIT = 2**53 - 1
DEPTH_LIMIT = 32
"""Lists and objects within one another; without a limit of our own, each version of Python would have another."""
TIMES = range(946_684_800, 32_503_680_000)
"""The Unix seconds that the record can say, the years 2000 to 2999: no sum of periods leaves what `datetime` can."""
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991; zoneinfo needs a data package

_HEX64 = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[a-z0-9][a-z0-9/-]*")
_CODE = re.compile(r"[0-9A-Z]{18}")
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_CREDIT_DIGITS = bytes.maketrans(b"0123456789ABCDEFGHJKLMNPQRTUWXY", b"0123456789abcdefghijklmnopqrstu")
# Named characters, not "printable" ones: what a program calls printable changes with its edition of Unicode.
_NUMBER = re.compile("[!-{}~\u3007\u3014\u3015\u3400-\u4dbf\u4e00-\u9fff\uff08\uff09]{1,100}")
# All of it is said here, for what `datetime` reads changes: Python 3.13 takes 24:00 for the next day's 00:00.
_TIME = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _refuse_number(spelling: str) -> Any:
    raise Malformed(f"number {spelling}: found a fraction, an exponent or no number, expected an integer")


def _parse_integer(spelling: str) -> int:
    if len(spelling) > 17 or abs(int(spelling)) > INTEGER_LIMIT:
        raise Malformed(f"integer {spelling[:24]}: expected one within +-(2^53-1)")
    return int(spelling)


_DECODER = json.JSONDecoder(
    parse_float=_refuse_number, parse_int=_parse_integer, parse_constant=_refuse_number, strict=True
)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_CONTAINERS = (dict, list, tuple)
_BATCH = 256  # values that format_each writes at once: few enough to stay in a processor's cache


def format_canonical(value: Any) -> bytes:
    """Return the one spelling of a value as canonical JSON, in UTF-8, without a line feed.

    value  dicts with ASCII names, lists or tuples, strings in NFC, integers, booleans; nothing else;
           at most DEPTH_LIMIT lists and objects within one another

    Raises Malformed for any other value.
    Source: RFC 8785; docs/spec/encoding.md, section 1.
    """
    _check_value(value, DEPTH_LIMIT)
    return _ENCODER.encode(value).encode()


def format_each(values: Sequence[Any]) -> list[bytes]:
    """Return format_canonical of each value, written many at a time: for the rows of a long list.

    Raises Malformed as format_canonical does.
    """
    texts: list[bytes] = []
    for start in range(0, len(values), _BATCH):
        batch = values[start : start + _BATCH]
        for value in batch:
            _check_value(value, DEPTH_LIMIT)
        texts += split_list(_ENCODER.encode(batch), batch)
    return texts


def parse_canonical(data: bytes) -> Any:
    """Return the value that canonical JSON bytes spell; parse_canonical(format_canonical(v)) == v.

    Raises Malformed where the bytes are not the one spelling of a value of our domain.
    Source: RFC 8785; docs/spec/encoding.md, section 1.
    """
    try:
        return parse_canonical_text(data.decode())
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from None


def parse_canonical_text(text: str) -> Any:
    """Return the value that canonical JSON spells, as parse_canonical does, of its text. Raises Malformed."""
    try:
        value, _ = _DECODER.raw_decode(text)  # what follows the value shows when it is written again
        again = _ENCODER.encode(value)
        # Writing again compares order, spaces, escapes and repeats. What it cannot see is looked for by walking.
        is_deep = text.count("{") + text.count("[") > DEPTH_LIMIT
        if again == text and (is_deep or not text.isascii() or "null" in text):
            _check_value(value, DEPTH_LIMIT)
    except RecursionError:
        raise Malformed("JSON nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from None
    if again != text:
        raise Malformed(f"not canonical: {_first_difference(text, again)}")
    return value


def split_list(text: str, items: Sequence[Any]) -> list[bytes]:
    """Return the items of a list as they are spelled in it: what format_canonical gives for each, in less time.

    text   the list in canonical JSON, proved so by parse_canonical before; this does not look again
    items  what it spells
    """
    if items and all(type(item) is dict for item in items):
        # As many pieces as items: then no item holds the brackets between two of them, and each piece is an item.
        pieces = text[2:-2].split("},{")
        if len(pieces) == len(items):
            return [f"{{{piece}}}".encode() for piece in pieces]
    return [_ENCODER.encode(item).encode() for item in items]


def _check_value(value: Any, depth: int) -> None:
    """Check a value in which at most `depth` lists and objects may stand within one another."""
    if isinstance(value, str):
        if not value.isascii():
            _check_text(value)
    elif isinstance(value, _CONTAINERS):
        if depth == 0:
            raise Malformed(f"more than {DEPTH_LIMIT} lists and objects within one another")
        if isinstance(value, dict):
            _check_names(value)
            value = value.values()
        for inner in value:
            # Most values are texts in ASCII; one call less for each of them.
            if type(inner) is not str or not inner.isascii():
                _check_value(inner, depth - 1)
    elif isinstance(value, bool):
        pass
    elif isinstance(value, int):
        if abs(value) > INTEGER_LIMIT:
            raise Malformed(f"integer {value}: expected one within +-(2^53-1)")
    else:
        raise Malformed(f"value of kind {type(value).__name__}: expected text, integer, boolean, list or object")


def _check_text(text: str) -> None:
    unstable = find_unstable(text)
    if unstable is not None:
        raise Malformed(f"text holds {format_code_point(unstable)}, which not every version of Unicode reads alike")
    if not unicodedata.is_normalized("NFC", text):
        raise Malformed(f"text {text!r} is not in Unicode normalisation form C")


def _check_names(fields: dict[Any, Any]) -> None:
    try:
        is_ascii = all(map(str.isascii, fields))
    except TypeError:
        is_ascii = False
    if not is_ascii:
        raise Malformed(f"field names {list(fields)!r:.80}: expected ASCII")


def _first_difference(found: str, expected: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b), len(expected))
    return f"at character {at + 1} found {found[at : at + 16]!r}, expected {expected[at : at + 16]!r}"


def derive_hash(text: str) -> Hex:
    """Return H(text): SHA-256 of the text's UTF-8 bytes, as 64 lowercase hexadecimal characters.

    By hand: printf '%s' TEXT | sha256sum
    """
    return Hex(hashlib.sha256(text.encode()).hexdigest())


def check_hex(text: str) -> Hex:
    """Return the text if it is 64 lowercase hexadecimal characters. Raises Malformed."""
    if not _HEX64.fullmatch(text):
        raise Malformed(f"{text[:80]!r}: expected 64 lowercase hexadecimal characters")
    return Hex(text)


def check_id(text: str) -> str:
    """Return the text if it is an id of a unit, roster, stratum, officer, item or subject. Raises Malformed."""
    if not ID.fullmatch(text):
        raise Malformed(f"id {text[:80]!r}: expected [a-z0-9][a-z0-9/-]*")
    return text


def check_code(text: str) -> str:
    """Return the text if it is an enterprise's code: 18 upper-case characters, or reg: and a number as registered.

    The check digit is not looked at here: a firm is never made undrawable by a typing error.

    Raises Malformed.
    Source: GB 32100-2015; docs/spec/encoding.md, section 3.
    """
    if _CODE.fullmatch(text):
        return text
    number = text.removeprefix("reg:")
    if number == text or not _NUMBER.fullmatch(number):
        raise Malformed(
            f"code {text[:80]!r}: expected 18 upper-case characters or digits; or reg: and a number of at most 100 "
            "characters, each ASCII without space and bar, a Chinese character, 〇, （） or 〔〕"
        )
    return text


def is_credit_code(text: str) -> bool:
    """Tell whether a text is a 统一社会信用代码 as it is printed, its check digit right.

    Each character has a value from 0 to 30 (0-9, then A-Y without I, O, S, V); the i-th of the first 17 has the
    weight 3^(i-1) mod 31 (1, 3, 9, 27, 19, ...), the last the weight 1. The weighted sum is a multiple of 31.

    Source: GB 32100-2015, annex A; docs/spec/encoding.md, section 3.
    """
    if not _CREDIT_CODE.fullmatch(text):
        return False
    # 34 is 3 modulo 31: the digits of a number in base 34, from its right, have the weights.
    digits = text.encode().translate(_CREDIT_DIGITS)
    return (int(digits[16::-1], 34) + int(digits[17:], 34)) % 31 == 0


def format_time(seconds: int) -> str:
    """Return Unix seconds, one of TIMES, as the record writes times: 2027-01-04T01:00:00Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> int:
    """Return the Unix seconds of a time such as 2027-01-04T01:00:00Z; parse_time(format_time(s)) == s.

    Raises Malformed for any other spelling, and for a day or hour that does not exist; and for years other than
    2000 to 2999, so that every sum of a time and the policy's periods is a time too.
    """
    if not _TIME.fullmatch(text):
        raise Malformed(f"time {text[:40]!r}: expected the form 2027-01-04T01:00:00Z, of the years 2000 to 2999")
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise Malformed(f"time {text!r} does not exist") from None


def derive_day(seconds: int) -> str:
    """Return the day in Shanghai, 2027-01-04, on which a moment given in Unix seconds falls."""
    return datetime.fromtimestamp(seconds, SHANGHAI).strftime("%Y-%m-%d")


def check_day(text: str) -> str:
    """Return the text if it is a day that exists, such as 2027-01-04. Raises Malformed."""
    if not _DAY.fullmatch(text):
        raise Malformed(f"day {text[:40]!r}: expected the form 2027-01-04")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(f"day {text!r} does not exist") from None
    return text

"""The closed vocabularies of changes: what each word means, for help texts; an office's words, for the record's ids."""

from collections.abc import Mapping

from ledger.cli.speech import tr
from ledger.intake import parse_code
from ledger.intake.text import normalise_word
from ledger.office.record import Record
from ledger.proof.errors import Refused

Meanings = Mapping[str, tuple[str, str]]
"""A closed vocabulary: word -> what it means, in Chinese and in English."""

STATUS: Meanings = {
    "open": ("存续", "at work"),
    "suspended": ("停业、歇业", "not at work for now"),
    "closed": ("注销、吊销、迁出", "deregistered, revoked or moved away"),
}
RISK: Meanings = {
    "red": ("重大风险", "grave"),
    "orange": ("较大风险", "high"),
    "yellow": ("一般风险", "ordinary"),
    "blue": ("低风险", "low"),
}
SCALE: Meanings = {
    "large": ("大型", "a large firm"),
    "medium": ("中型", "a medium one"),
    "small": ("小型", "a small one"),
    "micro": ("微型", "a very small one"),
}
CONFLICT: Meanings = {
    "kinship": ("近亲属关系", "close relatives"),
    "interest": ("利害关系", "an interest in the firm"),
    "former-employment": ("曾在该单位任职", "worked there before"),
    "party-request": ("当事人申请回避", "the firm asked for it"),
    "other": ("其他可能影响公正的关系", "anything else that could sway the officer"),
}
CLEARABLE = {field: field for field in ("name", "street", "area", "registrar", "tags", "risk", "scale")}
"""The fields of an enterprise that may be left out."""


def list_meanings(words: Meanings) -> str:
    """Return a closed vocabulary for a help text, in the reader's language."""
    return tr(
        "、".join(f"{word}（{zh}）" for word, (zh, _) in words.items()),
        ", ".join(f"{word} ({en})" for word, (_, en) in words.items()),
    )


def look_up(words: Mapping[str, str], text: str, what: str) -> str:
    """Return the id of a word. Raises Refused with the ids that there are."""
    found = words.get(normalise_word(text))
    if found is None:
        raise Refused(f"{what}: found {text!r}, expected {', '.join(dict.fromkeys(words.values()))}")
    return found


def find_code(record: Record, year: int, asked: str) -> str | None:
    """Return the code under which an enterprise stands on a year's roster, or None. Raises Unread, Refused."""
    roster = record.targets.roster(year)
    if asked in roster:
        return asked
    code = parse_code(asked).text
    return code if code in roster else None

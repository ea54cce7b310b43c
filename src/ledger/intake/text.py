"""Cleaning of cell text: what is trimmed, what is normalised, and lists within a cell.

What the record later refuses (stray spaces, invisible characters, other Unicode forms) is mended here, and said.
"""

import re
import unicodedata

from ledger.office.events.body import HIDDEN
from ledger.proof.characters import find_unstable

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = re.compile(rf"\s|{HIDDEN.pattern}")
_LIST = re.compile(r"[、，,;；/|\n]+")
_WHOLE = re.compile(r"-?\d+\.0+")


def normalise_text(raw: str) -> str:
    """Return the text in NFC, every kind of space as one plain space, without invisible characters or outer spaces.

    raw  a cell's text

    Law: normalise_text(normalise_text(x)) == normalise_text(x).
    """
    # isprintable is false for every space but U+0020: nearly all cells stop here.
    if raw.isprintable() and not HIDDEN.search(raw) and unicodedata.is_normalized("NFC", raw):
        return raw.strip(" ")
    spaced = "".join(" " if char.isspace() else char for char in raw)
    visible = "".join(char for char in spaced if char == " " or not _INVISIBLE.match(char))
    return unicodedata.normalize("NFC", visible).strip(" ")


def is_damaged(text: str) -> bool:
    """Tell whether a text holds what no file holds in earnest: “�”, or a character that the record does not take."""
    return "\ufffd" in text or find_unstable(text) is not None


def normalise_word(raw: str) -> str:
    """Return the text for looking a word up: half width, lower case, without any space.

    Law: full-width and half-width brackets, digits and letters give the same word.
    """
    return "".join(unicodedata.normalize("NFC", raw.translate(_HALF_WIDTH)).lower().split())


def normalise_symbols(raw: str) -> str:
    """Return the text of a code or a ratio: half width, NFC, without any space or invisible character."""
    text = unicodedata.normalize("NFC", raw.translate(_HALF_WIDTH))
    return _INVISIBLE.sub("", text)


def parse_list(text: str) -> list[str]:
    """Return the parts of a cell that lists several things: 涉液氨、有限空间作业."""
    return [part for part in (normalise_text(part) for part in _LIST.split(text)) if part]


def normalise_whole(text: str) -> str:
    """Return a whole number's digits without the `.0` that a spreadsheet adds; other text as it is."""
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def split_words(words: str) -> tuple[str, ...]:
    """Return the words of a list written with spaces between them."""
    return tuple(words.split())

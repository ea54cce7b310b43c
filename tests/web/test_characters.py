"""The characters that a text may hold are normalised alike by every version of Unicode, and both programs list them.

Python 3.11 knows Unicode 14.0, the node of today 17.0: what lies between is where two versions could differ.
"""

import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.office.events.body import HIDDEN, Text
from ledger.proof.characters import STABLE, find_unstable
from ledger.proof.encoding import format_canonical
from ledger.proof.errors import Malformed
from web.node import Node


@pytest.fixture(scope="module")
def known(node: Node) -> dict[str, Any]:
    """What node knows: the characters assigned, and those that decompose or have a combining class."""
    answer: dict[str, Any] = node.ask("characters")
    return answer


def is_assigned(char: str) -> bool:
    return unicodedata.category(char) not in ("Cn", "Cs")


def format_ranges(codes: list[int]) -> list[str]:
    """Return code points as ranges, as the list has them."""
    firsts = [code for before, code in pairwise([-2, *codes]) if code != before + 1]
    lasts = [code for code, after in pairwise([*codes, -2]) if after != code + 1]
    return [f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in zip(firsts, lasts, strict=True)]


def test_both_programs_list_the_same_characters(known: dict[str, Any]) -> None:
    assert known["stable"].split() == STABLE.split()


def test_every_character_that_this_python_and_node_assign_is_listed_unless_versions_differ_on_it(
    known: dict[str, Any], node: Node
) -> None:
    special = set(known["special"])
    special |= {part for char in special for part in node.ask("normalise", text=char, form="NFD")}
    assigned = list(map(chr, known["assigned"]))
    unlisted = {char for char in assigned if find_unstable(char)}
    assert unlisted <= special, "nothing is left out without a reason"
    if unicodedata.unidata_version == "14.0.0":
        assert not any(map(is_assigned, unlisted)), "nothing that 14.0 assigns is left out"
        listed = [char for char in assigned if is_assigned(char) or char not in special]
        if known["unicode"].startswith("17."):
            assert format_ranges([ord(char) for char in listed]) == STABLE.split()
            assert len(unlisted) == 92


def test_t28_what_is_listed_is_normalised_alike(node: Node) -> None:
    codes = [code for code in range(0x110000) if code < 0xE000 or 0xF8FF < code < 0xF0000]  # private use has no forms
    stable = [chr(code) for code in codes if not 0xD800 <= code < 0xE000 and not find_unstable(chr(code))]
    # Marks of combining classes high, low and between, so that one which has another would change places.
    text = "".join(f"\u0345{char}\u0334{char}\u0301" for char in stable)
    for form in ("NFC", "NFD"):
        assert node.ask("normalise", text=text, form=form) == unicodedata.normalize(form, text)


@pytest.mark.parametrize(
    "text",
    ["\U00016d67\U00016d67", "\U00016d68", "a\u0897", "a\U00010efd", "\u0378", "\uffff", "\U0001f8ff", "\U000fffff"],
)
def test_t28_a_text_that_versions_of_unicode_read_differently_is_refused_by_both(text: str, node: Node) -> None:
    with pytest.raises(Malformed, match=f"U\\+{ord(text.lstrip('a')[0]):04X}"):
        format_canonical(text)
    assert node.refuses("canonical", data=f'"{text}"'.encode()) == "Malformed"


@pytest.mark.parametrize(
    "text", ["深圳㐀𠮷\U0002ebf0\U00033479", "\U0001fae8 😀", "ཀྵ", "ᠮᠣᠩᠭᠣᠯ", "ئۇيغۇر", "ꆈꌠ", "\ue000"]
)
def test_what_is_written_in_china_is_taken_by_both(text: str, node: Node) -> None:
    text = unicodedata.normalize("NFC", text)
    assert node.ask("canonical", data=format_canonical(text)) == f'"{text}"'


def test_t28_both_refuse_the_same_characters_in_a_public_text(known: dict[str, Any], node: Node) -> None:
    texts = TypeAdapter(Text)
    for char in [chr(code) for code in range(0x3200)] + list("\ufe00\ufe0f\ufe10\ufeff\uffa0\ufff9\ufffb\ufffd"):
        if not find_unstable(char) and unicodedata.is_normalized("NFC", char):
            is_refused = node.refuses("text", value=f"甲{char}公司") is not None
            assert is_refused == bool(HIDDEN.search(char)), ascii(char)
            if is_refused:
                with pytest.raises(ValidationError):
                    texts.validate_python(f"甲{char}公司")
    for char in "\U0001bca0\U0001d173\U000e0001\U000e0041\U000e0100\U000e01ef":
        assert HIDDEN.search(char), ascii(char)
        assert node.refuses("text", value=f"甲{char}公司") == "Malformed", ascii(char)
    assert not HIDDEN.search("区应急管理局 “甲”（乙）\u2027\u2030𠮷")

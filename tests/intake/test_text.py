"""Trimming and normalising of cell text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from intake.tables import VOCABULARY, make_csv
from ledger.intake import read_items
from ledger.intake.ids import derive_content_id, derive_pseudonym, parse_id
from ledger.intake.text import normalise_text, normalise_whole, normalise_word, parse_list
from ledger.office.events.body import Text
from ledger.proof.errors import Malformed

ITEMS = ["检查内容", "检查依据", "检查方式", "检查主体"]


@given(st.text(max_size=30))
def test_t28_text_has_one_form(text: str) -> None:
    clean = normalise_text(text)
    assert normalise_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == clean.strip()
    assert not any(unicodedata.category(char) == "Cc" for char in clean)


def test_what_is_trimmed() -> None:
    assert normalise_text("\u3000甲公司\xa0\n") == "甲公司"
    assert normalise_text("甲\n公司\u200b") == "甲 公司"
    assert normalise_text("\ufeffe\u0301") == "é"
    assert normalise_text("甲（某）公司") == "甲（某）公司"
    for hidden in "\xad\u034f\u061c\u115f\u180b\u200d\u2060\u3164\ufe0f\ufeff\uffa0\ufff9\U000e0041\U000e0100":
        assert normalise_text(f"甲{hidden}公司") == "甲公司", ascii(hidden)


def test_words_are_compared_whatever_their_width() -> None:
    assert normalise_word("企业名称（全 称）") == normalise_word("企业名称(全称)")
    assert normalise_word("ＡＢ１") == "ab1"


def test_lists_and_whole_numbers() -> None:
    assert parse_list("涉液氨、粉尘涉爆；有限空间作业/ ") == ["涉液氨", "粉尘涉爆", "有限空间作业"]
    assert [normalise_whole(text) for text in ("51.0", "51", "5.5", "五")] == ["51", "51", "5.5", "五"]


def test_ids() -> None:
    assert parse_id("ＡＱ_001.2") == "aq-001-2"
    assert parse_id("3.0") == "3"
    # printf '%s' 劳动防护用品管理情况 | sha256sum
    assert derive_content_id("item", "劳动防护用品管理情况") == "item-11da044f30b2"
    # printf '%s' 粤执-0001 | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef
    assert derive_pseudonym(b"0123456789abcdef", "粤执-0001") == "o-478005ec74d6"


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Malformed):
        derive_pseudonym(b"short", "粤执-0001")


@given(st.text(st.characters(max_codepoint=0x2070) | st.sampled_from("\u3164\ufe0f\U000e0100甲"), max_size=30))
def test_t28_the_record_takes_every_text_that_was_cleaned(text: str) -> None:
    clean = normalise_text(text)
    assert clean == "" or TypeAdapter(Text).validate_python(clean) == clean


def test_marks_of_direction_are_taken_out_and_it_is_said() -> None:
    hidden = "甲\u2066司公\u2069"
    assert normalise_text(hidden) == "甲司公"
    (row,) = (
        reading := read_items(make_csv([ITEMS, [hidden, "依据", "现场检查", "区局"]]), vocabulary=VOCABULARY)
    ).rows
    assert row["content"] == "甲司公"
    assert "text-trimmed" in [finding.code for finding in reading.findings]

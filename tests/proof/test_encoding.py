"""T28: one spelling for every value; everything that looks alike and is not the same bytes is refused."""

import unicodedata
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.proof.characters import find_unstable
from ledger.proof.encoding import (
    INTEGER_LIMIT,
    format_canonical,
    format_each,
    parse_canonical,
    split_list,
)
from ledger.proof.errors import Malformed

HOSTILE = {
    "nothing": b"",
    "only a space": b" ",
    "repeated field": b'{"a":1,"a":1}',
    "repeated field, other value": b'{"a":1,"a":2}',
    "repeated field inside": b'{"a":{"b":1,"b":1}}',
    "fields out of order": b'{"b":1,"a":2}',
    "upper case after lower": b'{"a":1,"B":2}',
    "space after colon": b'{"a": 1}',
    "space after comma": b"[1, 2]",
    "space before": b" 1",
    "space after": b"1 ",
    "line feed after": b"1\n",
    "tab inside": b"[\t1]",
    "carriage return inside": b"[\r1]",
    "trailing bytes": b"1x",
    "two values": b"1 2",
    "trailing comma": b"[1,]",
    "trailing comma in object": b'{"a":1,}',
    "comment": b"[1/**/]",
    "single quotes": b"'a'",
    "bare name": b"{a:1}",
    "name is a number": b"{1:1}",
    "escaped non-ASCII": b'"\\u00e9"',
    "escaped ASCII": b'"\\u0061"',
    "escaped slash": b'"\\/"',
    "line feed by number": b'"\\u000a"',
    "tab by number": b'"\\u0009"',
    "upper-case escape": b'"\\u001F"',
    "escaped DEL": b'"\\u007f"',
    "escaped line separator": b'"\\u2028"',
    "escaped pair": b'"\\ud83d\\ude00"',
    "unknown escape": b'"\\x41"',
    "raw control character": b'"\x01"',
    "raw line feed": b'"\n"',
    "unclosed text": b'"a',
    "minus zero": b"-0",
    "plus": b"+1",
    "leading zero": b"01",
    "fraction": b"1.5",
    "whole as fraction": b"1.0",
    "exponent": b"1e3",
    "upper-case exponent": b"1E3",
    "minus zero as fraction": b"-0.0",
    "tiny": b"1e-400",
    "huge": b"1e400",
    "bare point": b".5",
    "2^53": b"9007199254740992",
    "-2^53": b"-9007199254740992",
    "2^64": b"18446744073709551616",
    "10^5000": b"1" + b"0" * 5000,
    "hexadecimal": b"0x10",
    "underscore": b"1_000",
    "full-width digit": "１".encode(),
    "not a number": b"NaN",
    "infinity": b"Infinity",
    "minus infinity": b"-Infinity",
    "null": b"null",
    "null inside": b'{"a":null}',
    "null in list": b"[null]",
    "capital True": b"True",
    "lone high surrogate, escaped": b'"\\ud800"',
    "lone low surrogate, escaped": b'"\\udc00"',
    "lone surrogate as name": b'{"\\ud800":1}',
    "lone surrogate, raw": b'"\xed\xa0\x80"',
    "byte order mark": b"\xef\xbb\xbf1",
    "byte order mark inside": b"[\xef\xbb\xbf1]",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "invalid UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "cut UTF-8": b'"\xe5\x8f"',
    "not in NFC": unicodedata.normalize("NFD", '"é"').encode(),
    "compatibility ideograph": '"\uf900"'.encode(),
    "angstrom sign": '"\u212b"'.encode(),
    "two signs that Unicode 16 composes": '"\U00016d67\U00016d67"'.encode(),
    "a mark of Unicode 15, which has a combining class": '"a\U00010efd"'.encode(),
    "a character that no version assigns yet": '"\u0378"'.encode(),
    "a noncharacter": '"\uffff"'.encode(),
    "field name not ASCII": '{"名":1}'.encode(),
    "field name not ASCII, escaped": b'{"\\u540d":1}',
    "ideographic space between": "[1,\u30002]".encode(),
    "no-break space after": "1\u00a0".encode(),
    "one list too deep": b"[" * 33 + b"]" * 33,
    "one object too deep": b'{"a":' * 32 + b"{}" + b"}" * 32,
    "one too deep among many": b"[" + b"1," * 40 + b"[" * 32 + b"]" * 33,
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and unclosed": b"[" * 100_000,
}
EXACT = [
    b'"\x7f"', '"\u2028"'.encode(), '"\u2029"'.encode(), '"双随机"'.encode(), '"😀"'.encode(), b'"\\u001f\\n\\"\\\\/"',
    '"\U0002ebf0\U00033479\U0001fae8\ue000"'.encode(),
]  # fmt: skip
"""Where RFC 8785 writes the character itself, only that is accepted; also one that this Python does not know."""


@pytest.mark.parametrize("name", HOSTILE)
def test_t28_hostile_spelling_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        parse_canonical(HOSTILE[name])


@pytest.mark.parametrize("data", EXACT)
def test_the_one_spelling_is_accepted(data: bytes) -> None:
    assert format_canonical(parse_canonical(data)) == data


@pytest.mark.parametrize(
    "value",
    [
        None, 1.0,
        float("nan"), float("inf"), 2**53, -(2**53), b"bytes", {1, 2}, {1: 2}, {"名": 1}, {None: 1}, "\ud800",
        "a\udfffb", "e\u0301", ["e\u0301"], "\u0378", ["\U00016d67"], {"a": {"b": None}}, (1, [2.5]), 1j, object(),
    ],
)  # fmt: skip
def test_value_outside_the_domain_is_not_written(value: object) -> None:
    with pytest.raises(Malformed):
        format_canonical(value)


names = st.text(st.characters(max_codepoint=127), max_size=6)
texts = (
    st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=8)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(lambda text: find_unstable(text) is None)  # of those that a newer Python assigns
)
integers = st.integers(-INTEGER_LIMIT, INTEGER_LIMIT)
values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_round_trip(value: Any) -> None:
    assert parse_canonical(format_canonical(value)) == value


@given(st.lists(values, max_size=5))
def test_many_values_are_written_as_each_would_be(many: list[Any]) -> None:
    assert format_each(many) == [format_canonical(value) for value in many]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 512, 600])
def test_any_number_of_values_is_written(count: int) -> None:
    rows = [{"id": number, "name": f"第{number}家"} for number in range(count)]
    assert format_each(rows) == [format_canonical(row) for row in rows]


@pytest.mark.parametrize("value", [None, 0.5, "e\u0301", ',"e\u0301",', {"e\u0301": 1}, "\ud800", 2**53])
def test_value_outside_the_domain_is_not_written_among_others_either(value: object) -> None:
    with pytest.raises(Malformed):
        format_each([{"id": "a"}, {"id": value}, {"id": "b"}])


@given(st.lists(values, max_size=5) | st.lists(st.dictionaries(st.just("a"), values | st.just("},{")), max_size=5))
@example([{"a": "},{"}])
@example([{"a": "},{"}, {"b": [{}, {"c": 1}, {"d": {}}]}])
@example([{}, {}])
@example([])
def test_items_of_a_list_are_cut_out_as_they_would_be_written(items: list[Any]) -> None:
    assert split_list(format_canonical(items).decode(), items) == [format_canonical(item) for item in items]


@given(values)
def test_agrees_with_two_other_implementations(value: Any) -> None:
    written = format_canonical(value)
    assert written == rfc8785.dumps(value)
    assert written == orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(values, st.data())
def test_t28_any_other_bytes_are_refused_or_mean_another_value(value: Any, data: st.DataObject) -> None:
    written = format_canonical(value)
    at = data.draw(st.integers(0, len(written) - 1))
    other = written[:at] + bytes([written[at] ^ data.draw(st.integers(1, 255))]) + written[at + 1 :]
    try:
        read = parse_canonical(other)
    except Malformed:
        return
    assert format_canonical(read) == other


@given(st.binary(max_size=40) | st.text('[]{}",:0123456789.eE+-\\unltrfas \n', max_size=40).map(str.encode))
def test_t28_any_bytes_are_malformed_or_canonical(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except Malformed:
        return
    assert rfc8785.dumps(value) == data


@pytest.mark.parametrize(("one", "other"), [(b"true", b"1"), (b"false", b"0"), (b"[]", b"{}"), (b'"1"', b"1")])
def test_values_that_python_takes_for_equal_keep_their_kind(one: bytes, other: bytes) -> None:
    assert type(parse_canonical(one)) is not type(parse_canonical(other))
    assert format_canonical(parse_canonical(one)) == one


@pytest.mark.parametrize("depth", [33, 100, 900, 3000, 100_000])
def test_t28_depth_is_limited_alike_in_every_version_of_python(depth: int) -> None:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    with pytest.raises(Malformed, match="more than 32"):
        format_canonical(value)
    with pytest.raises(Malformed):
        parse_canonical(b"[" * depth + b"]" * depth)
    deepest = b"[" * 32 + b"]" * 32
    assert format_canonical(parse_canonical(deepest)) == deepest


def test_refusal_says_where() -> None:
    with pytest.raises(Malformed, match="at character 6 found ' 1}', expected '1}'"):
        parse_canonical(b'{"a": 1}')

"""Server-sent events as the HTML Standard has them: any reader can read ours, and we read what anyone writes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.client.stream import COMMENT, Sent, format_sent, parse_stream
from ledger.proof.errors import Malformed

LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)
SENT = st.builds(
    Sent,
    LINE.filter(bool),
    st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=60),
    LINE,
    st.none() | st.integers(0, 10**8),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Return data in pieces."""
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.lists(SENT, max_size=5), st.lists(st.integers(0, 10_000), max_size=8))
def test_what_is_written_is_read_back_however_it_comes(sent: list[Sent], places: list[int]) -> None:
    data = COMMENT.join(map(format_sent, sent)) + COMMENT
    assert list(parse_stream(cut(data, places), 10_000)) == sent


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_any_end_of_line_ends_it(end: str, size: int) -> None:
    lines = "\ufeffdata: a\ndata:  b\ndata\ndata:c: d\n: a comment\nevent: x\nunknown: y\n\nevent: none\n\n"
    lines += "data: e\nretry: 1x\n\n"
    data = lines.replace("\n", end).encode()
    told = list(parse_stream([data[start : start + size] for start in range(0, len(data), size)], 100))
    assert told == [Sent("x", "a\n b\n\nc: d"), Sent("message", "e")]


def test_what_no_empty_line_ends_is_no_event() -> None:
    whole = format_sent(Sent("receipt", "a\nb\n", "7", 100))
    assert whole == b"event: receipt\nid: 7\nretry: 100\ndata: a\ndata: b\ndata: \n\n"
    for length in range(len(whole)):
        assert list(parse_stream([whole[:length]], 1000)) == []


@pytest.mark.parametrize("data", [b"data: " + b"x" * 200, b"data: x\n" * 40, b"data: \xff\n\n"])
def test_what_is_too_long_or_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=re.escape("stream: ")):
        list(parse_stream([data], 100))

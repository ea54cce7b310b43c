"""Server-sent events: how a service tells how far long work is, in one answer that comes bit by bit.

Specification: HTML Living Standard, sections 9.2.5 and 9.2.6 (`text/event-stream`).
"""

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ledger.proof.errors import Malformed

MEDIA_TYPE = "text/event-stream"
COMMENT = b":\n\n"
"""What says nothing, and keeps a connection from looking dead."""


class Sent(NamedTuple):
    """One server-sent event.

    name   its type, of one line
    data   any text without CR; its lines are separated by LF
    id     where in the stream it stands, of one line; empty for none
    retry  after how many milliseconds whoever listens may ask again; None where it is not said
    """

    name: str
    data: str
    id: str = ""
    retry: int | None = None


def format_sent(sent: Sent) -> bytes:
    """Return the bytes of an event in a stream; parse_stream([format_sent(s)]) gives s again."""
    lines = [f"event: {sent.name}"]
    if sent.id:
        lines.append(f"id: {sent.id}")
    if sent.retry is not None:
        lines.append(f"retry: {sent.retry}")
    lines += [f"data: {line}" for line in sent.data.split("\n")]
    return "".join(f"{line}\n" for line in [*lines, ""]).encode()


def parse_stream(chunks: Iterable[bytes], limit: int) -> Iterator[Sent]:
    """Give the events of a stream as they come; one that is not ended by an empty line is none.

    limit  how many characters one event may have

    Raises Malformed for a longer one, and for what is no UTF-8.
    """
    fields: dict[str, str] = {}
    data: list[str] = []
    length = 0
    for line in _split_lines(chunks, limit):
        length += len(line)
        if length > limit:
            raise Malformed(f"stream: an event has more than {limit} characters")
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name in ("event", "id", "retry"):
                fields[name] = value
            continue
        if data:
            retry = fields.get("retry", "")
            is_number = retry.isascii() and retry.isdecimal() and len(retry) < 10
            yield Sent(
                fields.get("event", "message"), "\n".join(data), fields.get("id", ""), int(retry) if is_number else None
            )
        fields, data, length = {}, [], 0


def _split_lines(chunks: Iterable[bytes], limit: int) -> Iterator[str]:
    """Give lines, ended by CR LF, LF or CR; what follows the last end is no line."""
    decoder, rest, is_after_cr = getincrementaldecoder("utf-8-sig")(), "", False
    for chunk in chunks:
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise Malformed(f"stream: {error}") from None
        if not text:
            continue
        if is_after_cr:  # its LF, if there is one, ends no further line
            text = text.removeprefix("\n")
        is_after_cr = text.endswith("\r")
        *lines, rest = (rest + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if len(rest) > limit:
            raise Malformed(f"stream: an event has more than {limit} characters")
        yield from lines

"""Marked values, searched for: however a file, a page or an answer may spell them, and inside what is packed."""

import base64
import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from urllib.parse import quote, quote_from_bytes


@cache
def spellings(value: str | bytes) -> frozenset[bytes]:
    """Return a value, a text or a secret's bytes, as whoever tells it may spell it.

    As it is, in hexadecimal and base64 wherever it may begin in them; a text also in other encodings, and as JSON,
    HTML and addresses escape it.
    """
    data = value.encode() if isinstance(value, str) else value
    found = {data, data.hex().encode(), data.hex().upper().encode(), *_spell_base64(data)}
    if isinstance(value, str):
        codes = [ord(character) for character in value]
        found |= {value.encode("gb18030"), value.encode("utf-16-le"), quote(value, safe="").encode()}
        found.add("".join(f"%{byte:02x}" for byte in data).encode())
        if not value.isascii():
            for form in ("\\u{:04x}", "\\u{:04X}", "&#{};", "&#x{:x};", "&#x{:X};"):
                found.add("".join(form.format(code) for code in codes).encode())
    else:
        found.add(quote_from_bytes(data).encode())
    return frozenset(found)


def _spell_base64(data: bytes) -> Iterator[bytes]:
    """Yield the characters that stand for nothing but these bytes, by where among three they begin."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data + bytes(2))
        spelt = whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        yield spelt
        yield spelt.translate(bytes.maketrans(b"+/", b"-_"))


def unpack(data: bytes) -> bytes:
    """Return a file's bytes, and for an archive or a compressed file what is in it, however deep."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join((data, *(unpack(archive.read(name)) for name in archive.namelist())))
    if data.startswith(b"\x1f\x8b"):
        return b"\n".join((data, unpack(gzip.decompress(data))))
    return data


def find_marks(data: bytes, marks: Iterable[str | bytes]) -> list[str | bytes]:
    """Return the marks that stand in some bytes."""
    whole = unpack(data)
    return [mark for mark in marks if any(spelling in whole for spelling in spellings(mark))]


def find_all(answers: Mapping[str, bytes], marks: Iterable[str | bytes]) -> dict[str, list[str | bytes]]:
    """Return by name the answers in which a mark stands. The beginning of one in which none does is not looked at."""
    wanted, clean, found = [*marks], b"", dict[str, list[str | bytes]]()
    for name, data in sorted(answers.items(), key=lambda item: (item[1], item[0]), reverse=True):
        if clean.startswith(data):
            continue
        there = find_marks(data, wanted)
        if there:
            found[name] = there
        else:
            clean = data
    return found

"""Text files: which encoding, which separator, and the cells between.

UTF-8 and UTF-16 with a byte order mark, plain UTF-8, else GB18030; comma, tab, semicolon or bar.
"""

import csv
import io
import re

from ledger.intake.findings import Remark, Unread
from ledger.intake.sheets import CELL_LIMIT, Sheet

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_SEPARATORS = ",\t;|"
_ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
csv.field_size_limit(1 << 20)


def parse_text(content: bytes) -> str:
    """Return a text file's text, whatever of the usual encodings it is in.

    Raises Unread if it is in none of them, cut within a character, or no text at all.
    """
    text = _decode(content)
    control = _CONTROL.search(text)
    if control:
        raise Unread("file-kind", f"二进制数据/binary data (0x{ord(control[0]):02x})")
    return text


def _decode(content: bytes) -> str:
    try:
        if content.startswith(b"\xef\xbb\xbf"):
            return content[3:].decode("utf-8")
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
    except UnicodeDecodeError as problem:
        raise Unread("file-encoding", str(problem)) from problem
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.reason == "unexpected end of data" and problem.start > 3:
            raise Unread("file-damaged", f"UTF-8: {problem}") from problem
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as problem:
        raise Unread("file-encoding", str(problem)) from problem


def parse_delimited(text: str) -> list[Sheet]:
    """Return the one sheet of a separated text. Raises Unread if its quotes do not pair."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_derive_separator(text), strict=True)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in reader:
            rows.append(row)
            cells += len(row)
            if cells > CELL_LIMIT:
                raise Unread("file-too-large", f"> {CELL_LIMIT}", str(CELL_LIMIT))
    except csv.Error as problem:
        raise Unread("csv-quotes", str(problem), row=len(rows) + 1) from problem
    return [Sheet("", rows, broken=derive_broken(rows))]


def _derive_separator(text: str) -> str:
    """Return the separator that occurs most in the first lines; a comma if none does."""
    opening = "\n".join(text[:65536].splitlines()[:10])
    return max(_SEPARATORS, key=opening.count)


def derive_broken(rows: list[list[str]]) -> dict[tuple[int, int], Remark]:
    """Return the cells whose text is an error that a spreadsheet wrote out, as #REF!."""
    return {
        (r, c): Remark("cell-error", cell)
        for r, row in enumerate(rows)
        for c, cell in enumerate(row)
        if cell[:1] == "#" and cell.strip() in _ERRORS
    }

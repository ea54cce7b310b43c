"""Any table that an office saves, read as sheets.

The kind of file is told by its content, never by its name: offices save XML as .xlsx and web pages as .xls.
"""

from pathlib import Path

from ledger.intake.delimited import parse_delimited, parse_text
from ledger.intake.findings import Unread
from ledger.intake.markup import parse_html, parse_spreadsheetml
from ledger.intake.sheets import Sheet
from ledger.intake.workbook import parse_compound, parse_zip

Source = Path | str | bytes
"""A file's path, or its bytes."""

_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"{\\rtf", "RTF"),
)
_PAGE_OPENINGS = ("<html", "<!doctype html", "<table", "<meta", "<head", "<style", "<body", "<div")


def read_bytes(source: Source) -> bytes:
    """Return a file's bytes. Raises Unread if it is not there."""
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as problem:
        raise Unread("file-absent", Path(source).name) from problem


def parse_sheets(content: bytes) -> list[Sheet]:
    """Return the sheets of a file: .xlsx, .xls, .ods, SpreadsheetML 2003, a web page's table, or separated text.

    content  the whole file

    Raises Unread, naming what was found, if it is none of these, cut short, encrypted or too large.
    """
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Unread("file-empty")
    for mark, kind in _FOREIGN:
        if content.startswith(mark):
            raise Unread("file-kind", kind)
    if content.startswith(b"PK"):
        return parse_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return parse_compound(content)
    text = parse_text(content)
    opening = text[:4096].lstrip().lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in opening and opening.startswith("<"):
        return parse_spreadsheetml(text)
    if opening.startswith(_PAGE_OPENINGS) or (opening.startswith(("<?xml", "<!")) and "<table" in opening):
        return parse_html(text)
    if opening.startswith(("<?xml", "<!")):
        return parse_spreadsheetml(text)
    return parse_delimited(text)

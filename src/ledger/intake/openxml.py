"""The XML of an .xlsx workbook, looked through for what calamine leaves silent: its extent, errors, empty formulas.

Source: ECMA-376, part 1, section 18.3 (worksheets).
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from ledger.intake.findings import Remark, Unread, derive_column_letters
from ledger.intake.sheets import CELL_LIMIT, Silent

_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_NO_SHEETS = frozenset({"xl/sharedStrings.xml", "xl/styles.xml"})
# Few cells lie beyond column Z or row 99,999, or have their place in an odd spelling: only a file that has one is
# measured cell by cell.
_FAR_CELL = re.compile(rb"""r(?:="(?:[A-Za-z]{2,}\d+|[A-Za-z]?\d{6,})"|=[\s']|\s+=)""")
_ANY_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d+)[\"']")
_CELL_NAME = re.compile(r"([A-Z]+)\d+")


def parse_openxml(archive: zipfile.ZipFile) -> dict[str, Silent]:
    """Return what is silent in each sheet, by the sheet's name.

    archive  the .xlsx file, opened

    Raises Unread if a sheet spans too many cells, or its XML is damaged or has entities.
    """
    parts = {}
    for name in archive.namelist():
        if name.startswith("xl/") and name.endswith((".xml", ".rels")) and name not in _NO_SHEETS:
            parts[name] = archive.read(name)
            _check_extent(parts[name])
    try:
        return {name: _derive_silent(parts[path]) for name, path in _derive_paths(parts).items() if path in parts}
    except DefusedXmlException as problem:
        raise Unread("file-entities", type(problem).__name__) from problem
    except (ParseError, ValueError) as problem:
        raise Unread("file-damaged", str(problem)) from problem


def _check_extent(part: bytes) -> None:
    if not _FAR_CELL.search(part):
        return
    rows = columns = 1
    for letters, digits in _ANY_CELL.findall(part):
        rows = max(rows, int(digits[:9]))
        columns = max(columns, derive_column_number(letters.decode().upper()))
    if rows * columns > CELL_LIMIT:
        raise Unread("file-too-large", f"{derive_column_letters(columns)}{rows}", str(CELL_LIMIT))


def derive_column_number(letters: str) -> int:
    """Return a column's number from its letters: A is 1, AA is 27; the inverse of derive_column_letters."""
    number = 0
    for letter in letters[:6]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _derive_paths(parts: dict[str, bytes]) -> dict[str, str]:
    """Return the path of each sheet's XML by the sheet's name."""
    book = fromstring(parts[_BOOK], forbid_dtd=True) if _BOOK in parts else ()
    links = fromstring(parts[_LINKS], forbid_dtd=True) if _LINKS in parts else ()
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    paths = {}
    for sheet in (element for group in book for element in group if element.tag.endswith("}sheet")):
        link = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        target = targets.get(link, "")
        paths[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return paths


def _derive_silent(part: bytes) -> Silent:
    """Return the error cells and the formulas without a result; a sheet that has none is not read cell by cell."""
    broken: dict[tuple[int, int], Remark] = {}
    formulas = 0
    if not any(mark in part for mark in (b"<f", b":f", b't="e"', b"t='e'")):
        return Silent(broken, formulas)
    for place, formula, kind, value in _read_cells(part):
        formulas += formula is not None
        if kind == "e":
            broken[place] = Remark("cell-error", value or "#REF!")
        elif formula is not None and not value and kind != "str":
            broken[place] = Remark("cell-formula", f"={formula}")
    return Silent(broken, formulas)


def _read_cells(part: bytes) -> Iterator[tuple[tuple[int, int], str | None, str, str]]:
    """Yield place, formula, type and value of each cell of a sheet's XML; a cell without a place follows the last."""
    row = column = -1
    for event, element in iterparse(io.BytesIO(part), events=("start", "end"), forbid_dtd=True):
        name = element.tag.rpartition("}")[2]
        if name == "row" and event == "start":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif name == "row":
            element.clear()
        elif name == "c" and event == "end":
            place = _CELL_NAME.fullmatch(element.get("r", ""))
            column = derive_column_number(place[1]) - 1 if place else column + 1
            children = {child.tag.rpartition("}")[2]: child for child in element}
            value = "".join(children["v"].itertext()) if "v" in children else ""
            formula = children["f"].text or "" if "f" in children else None
            yield (row, column), formula, element.get("t", ""), value

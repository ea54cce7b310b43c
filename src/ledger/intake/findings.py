"""What was found wrong, doubtful or untidy in an office's file: where, what was expected, and whether the row is taken.

An error refuses the row (or the file), a warning keeps it, a note says what was trimmed or normalised. Every kind
of finding has a fixed code and one text in Chinese and in English; docs/guide/intake.md lists them all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from ledger.intake.kinds import FIELD_WORDS, KINDS
from ledger.proof.errors import Malformed

Severity = Literal["error", "warning", "note"]
Locale = Literal["zh", "en"]

_SEVERITY_WORDS: Mapping[Severity, Mapping[Locale, str]] = {
    "error": {"zh": "错误", "en": "error"},
    "warning": {"zh": "提醒", "en": "warning"},
    "note": {"zh": "说明", "en": "note"},
}
_FOUND_LIMIT = 120  # characters of a cell that a message repeats


class Remark(NamedTuple):
    """A kind of finding and its data, before it is known in which cell it stands."""

    code: str
    found: str = ""
    expected: str = ""


class Unread(Malformed):
    """A file or a cell that could not be read; carries the remark from which a finding is made."""

    def __init__(self, code: str, found: str = "", expected: str = "", row: int | None = None) -> None:
        self.remark = Remark(code, found, expected)
        self.row = row
        finding = Finding(code, found=found, expected=expected, row=row)
        super().__init__(f"{finding.message_zh} / {finding.message_en}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a file. Rows and columns count from 1, as a spreadsheet shows them; None: the whole file.

    code      which kind of finding, one of KINDS
    field     the column's field, as in docs/guide/intake.md
    found     the text found
    expected  what would have been right, where the message needs it
    """

    code: str
    sheet: str = ""
    row: int | None = None
    column: int | None = None
    field: str = ""
    found: str = ""
    expected: str = ""

    @property
    def severity(self) -> Severity:
        """error (refuses the row), warning (keeps it) or note (something was normalised)."""
        return KINDS[self.code].severity

    @property
    def message_zh(self) -> str:
        """The message in Chinese, without the place."""
        return self._fill(KINDS[self.code].zh)

    @property
    def message_en(self) -> str:
        """The message in English, without the place."""
        return self._fill(KINDS[self.code].en)

    def _fill(self, template: str) -> str:
        found = self.found if len(self.found) <= _FOUND_LIMIT else self.found[:_FOUND_LIMIT] + "…"
        return template.format(found=found, expected=self.expected, field=self.field)


def derive_fields(finding: Finding) -> dict[str, str | int]:
    """Return a finding as flat fields for a script to read; places that do not apply are left out."""
    values: dict[str, str | int | None] = {
        "severity": finding.severity,
        "code": finding.code,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "field": finding.field,
        "found": finding.found,
        "expected": finding.expected,
        "message_zh": finding.message_zh,
        "message_en": finding.message_en,
    }
    return {name: value for name, value in values.items() if value is not None and value != ""}


def derive_column_letters(column: int) -> str:
    """Return a column's letters as a spreadsheet shows them: 1 is A, 27 is AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def format_finding(finding: Finding, locale: Locale = "zh") -> str:
    """Return one line: severity, place, field, message.

    By hand: the place "B12" is the cell that the spreadsheet calls B12.
    """
    place = _format_place(finding, locale)
    message = finding.message_zh if locale == "zh" else finding.message_en
    word = _SEVERITY_WORDS[finding.severity][locale]
    if locale == "zh":
        return f"{word} {place}：{message}" if place else f"{word}：{message}"
    return f"{word} {place}: {message}" if place else f"{word}: {message}"


def _format_place(finding: Finding, locale: Locale) -> str:
    cell = f"{derive_column_letters(finding.column or 0)}{finding.row or ''}"
    field = FIELD_WORDS.get(finding.field, finding.field) if locale == "zh" else finding.field
    parts = [finding.sheet, cell, f"({field})" if field else ""]
    return " ".join(part for part in parts if part)


def format_findings(findings: Iterable[Finding], locale: Locale = "zh", *, each: int = 3) -> list[str]:
    """Return lines for a person: errors one by one, notes of one kind as one line with their number.

    each  how many cells such a line names; warnings of one kind are gathered too where there are more than these

    A file of 40,000 rows with a stray space in each gives one line, not 40,000.
    """
    order = {"error": 0, "warning": 1, "note": 2}
    listed = sorted(findings, key=lambda finding: order[finding.severity])
    kinds = Counter((finding.code, finding.field) for finding in listed if finding.severity == "warning")
    lines, gathered = [], []
    for finding in listed:
        is_one_of_many = finding.severity == "note" or kinds[finding.code, finding.field] > each
        if is_one_of_many:
            gathered.append(finding)
        else:
            lines.append(format_finding(finding, locale))
    gathered.sort(key=lambda f: (order[f.severity], f.code, f.field))
    for _, group in groupby(gathered, key=lambda f: (f.code, f.field)):
        lines.append(_format_group(list(group), locale, each))
    return lines


def _format_group(found: list[Finding], locale: Locale, each: int) -> str:
    first = format_finding(found[0], locale)
    if len(found) == 1:
        return first
    others = ", ".join(_format_place(note, locale) for note in found[1 : each + 1])
    if locale == "zh":
        return f"{first}（同类共 {len(found)} 处：另有 {others}{'等' if len(found) > each + 1 else ''}）"
    return f"{first} ({len(found)} of this kind: also {others}{', …' if len(found) > each + 1 else ''})"

"""One sheet of a table, as text cells in their true places, whatever kind of file it came from.

Row 1 is the first row, column A the first column, so that a finding names the cell that the spreadsheet shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.intake.findings import Remark

CELL_LIMIT = 20_000_000
"""Cells that one sheet may span; a stray mark in the last corner of a sheet would otherwise fill the memory."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `rows[0]` is row 1, `rows[0][0]` is cell A1.

    merged   (first row, first column, last row, last column), counted from 0
    broken   by (row, column) from 0: cells that hold an error or a formula without a result
    formulas cells whose value is the saved result of a formula
    """

    name: str
    rows: Sequence[list[str]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    broken: Mapping[tuple[int, int], Remark] = field(default_factory=dict)
    formulas: int = 0
    hidden: bool = False


class Silent(NamedTuple):
    """What a workbook's XML tells of one sheet and calamine does not: its broken cells, and the number of formulas."""

    broken: dict[tuple[int, int], Remark]
    formulas: int

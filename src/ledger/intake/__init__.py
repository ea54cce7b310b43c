"""Spreadsheets as offices save them, read into rows with findings that name sheet, row and column.

Nothing here touches the log: a file goes in, a `Reading` comes out. Read in this order: `findings` and `kinds` (what
can be found), `files`, `delimited`, `workbook`, `markup`, `sheets` (bytes to cells), `columns` (which column is which),
`text`, `codes`, `dates`, `quotas`, `scopes`, `ids` (cells to values), `reading` (a file row by row), then
`keylists`, `attributes`, `targets`, `officers`, `items`, `plans` (what a row must hold) and `refused` (rows to mend and
import again).
"""

from ledger.intake.codes import Code, parse_code
from ledger.intake.dates import parse_date, parse_months
from ledger.intake.files import Source, parse_sheets
from ledger.intake.findings import (
    Finding,
    Locale,
    Severity,
    Unread,
    derive_fields,
    format_finding,
    format_findings,
)
from ledger.intake.items import read_items
from ledger.intake.keylists import read_key_list
from ledger.intake.officers import read_officers
from ledger.intake.plans import read_plan
from ledger.intake.quotas import Count, Quota, Ratio, parse_frequency, parse_ratio
from ledger.intake.reading import Reading, RefusedRows, Row
from ledger.intake.refused import write_refused
from ledger.intake.sheets import Sheet
from ledger.intake.targets import read_targets
from ledger.intake.vocabulary import Vocabulary

__all__ = [
    "Code",
    "Count",
    "Finding",
    "Locale",
    "Quota",
    "Ratio",
    "Reading",
    "RefusedRows",
    "Row",
    "Severity",
    "Sheet",
    "Source",
    "Unread",
    "Vocabulary",
    "derive_fields",
    "format_finding",
    "format_findings",
    "parse_code",
    "parse_date",
    "parse_frequency",
    "parse_months",
    "parse_ratio",
    "parse_sheets",
    "read_items",
    "read_key_list",
    "read_officers",
    "read_plan",
    "read_targets",
    "write_refused",
]

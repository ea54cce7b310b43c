"""Lists of key enterprises (重点生产经营单位): the code, and since when and until when it is on the list.

Names in the sheet are for whoever reads it, and are not carried: the target roster has them.
"""

from ledger.intake.codes import parse_code
from ledger.intake.columns import KEY_LISTS
from ledger.intake.dates import LASTING, parse_date
from ledger.intake.files import Source
from ledger.intake.findings import Remark, Unread
from ledger.intake.reading import Reading, Row, Subject, Taken, read_table
from ledger.intake.records import Record


def read_key_list(source: Source, *, name: str = "") -> Reading:
    """Return the rows of a key list as an office saved it.

    source  a path, or the file's bytes
    name    the file's name for messages, where source is bytes

    Rows have id, since, and until where the sheet tells one that is not 长期.
    Source: docs/guide/intake.md.
    """
    return read_table(source, Subject(KEY_LISTS, repeated="code-repeated"), _take, name=name)


def _take(record: Record) -> Taken | None:
    raw = record.read_required("code")
    try:
        code, remarks = parse_code(raw) if raw else ("", ())
    except Unread as problem:
        record.report(problem.remark, "code")
        return None
    for remark in remarks:
        record.report(remark, "code")
    row: Row = {"id": code, **read_term(record, record.read_required("since"), record.read_text("until"))}
    return Taken(code, row) if code else None


def read_term(record: Record, since: str, until: str, fields: tuple[str, str] = ("since", "until")) -> Row:
    """Return a term's days from its texts, `until` left out where there is none; what is wrong stands on the record.

    fields  the sheet's fields of the two
    """
    days = (_read_day(record, field, text) for field, text in zip(fields, (since, until), strict=True))
    term = {name: day for name, day in zip(("since", "until"), days, strict=True) if day}
    if term.get("until") == LASTING:
        del term["until"]
    if "since" in term and term.get("until", LASTING) < term["since"]:
        record.report(Remark("date-reversed", term["until"], term["since"]), fields[1])
    return term


def _read_day(record: Record, field: str, text: str) -> str:
    if not text:
        return ""
    try:
        day, remarks = parse_date(text)
    except Unread as problem:
        record.report(problem.remark, field)
        return ""
    for remark in remarks:
        record.report(remark, field)
    return day

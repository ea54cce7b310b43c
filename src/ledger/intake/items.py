"""Check-item lists (抽查事项清单): what may be checked, on which legal basis, how, and by whom.

An item without its basis, method or authority is refused: nothing outside a complete list may be checked.
"""

from ledger.intake.columns import ITEMS
from ledger.intake.files import Source
from ledger.intake.findings import Finding, Remark, Unread
from ledger.intake.ids import derive_content_id, parse_id
from ledger.intake.reading import Reading, Row, Subject, Taken, read_table
from ledger.intake.records import Record
from ledger.intake.scopes import parse_scope
from ledger.intake.vocabulary import Vocabulary, Words


def read_items(source: Source, *, vocabulary: Vocabulary, authority: str | None = None, name: str = "") -> Reading:
    """Return the check items of a list as an office saved it.

    source      a path, or the file's bytes
    vocabulary  the office's words for sub-rosters and tags
    authority   the inspecting authority (抽查主体) of rows for which the sheet names none
    name        the file's name for messages, where source is bytes

    Rows have id, content, basis, method, authority, and where told basis_edition, category, applies_to.
    Without a 编号 the id is `item-` and twelve characters of the content's SHA-256, so it outlives a new 序号.
    Source: docs/guide/intake.md.
    """
    reader = _ItemReader(Words(vocabulary), authority)
    fields = ITEMS if authority is None else ITEMS._replace(required=ITEMS.required[:3])
    reading = read_table(source, Subject(fields, groups=True), reader.take, name=name)
    return reading.with_findings(
        [Finding("column-absent", sheet, field="authority", expected=authority or "") for sheet in reader.absent]
    )


class _ItemReader:
    def __init__(self, words: Words, authority: str | None) -> None:
        self.words = words
        self.authority = authority
        self.absent: dict[str, None] = {}

    def take(self, record: Record) -> Taken | None:
        content, category = record.read_required("content"), record.read_text("category") or record.group
        sub_item = record.read_text("sub_item")
        if sub_item:
            content, category = sub_item, content
        row: Row = {"id": "", "content": content}
        for field in ("basis", "method"):
            row[field] = record.read_required(field)
        row["authority"] = self._read_authority(record)
        if edition := record.read_text("basis_edition"):
            row["basis_edition"] = edition
        if category:
            row["category"] = category
        try:
            if applies_to := self._read_applies_to(record):
                row["applies_to"] = applies_to
            row["id"] = _read_id(record, content)
        except Unread as problem:
            record.report(problem.remark, "applies_to" if problem.remark.code == "value-unknown" else "id")
            return None
        return Taken(row["id"], row)

    def _read_authority(self, record: Record) -> str:
        if self.authority is None:
            return record.read_required("authority")
        if not record.has("authority"):
            self.absent.setdefault(record.sheet)
        return record.read_text("authority") or self.authority

    def _read_applies_to(self, record: Record) -> list[str]:
        applies_to, remarks = parse_scope(record.read_text("applies_to"), self.words.tags)
        for remark in remarks:
            record.report(remark, "applies_to")
        return applies_to


def _read_id(record: Record, content: str) -> str:
    own_id = record.read_text("id")
    if own_id:
        return parse_id(own_id)
    derived = derive_content_id("item", content)
    record.report(Remark("id-derived", derived), "content")
    return derived

"""Long lists, carried in parts: a roster of 40,000 rows is some 150 entries, and one root that fixes all of it.

Part k of a list stands on the subject list/<root>/<nnnn>; an event then cites the root and the count. A list has one
home in the log: its root. Rows stand in ascending order of the UTF-8 bytes of their ids, each id once (T13).
"""

from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from ledger.office.events.body import Body, ListRef
from ledger.office.events.log import RowsListed
from ledger.office.rule import Change, Subject, rule
from ledger.proof.encoding import format_canonical
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.event import MAX_ENTRY_BYTES, Event
from ledger.proof.merkle import derive_root

if TYPE_CHECKING:
    from ledger.office.record import Record

R = TypeVar("R", bound=Body)

PART_BYTES = MAX_ENTRY_BYTES - 2_500
"""What one part's rows may weigh, so that the envelope and a signature still fit."""


class Lists:
    """The lists whose parts stand in the log: root -> part number -> the rows' canonical bytes."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, list[bytes]]] = {}

    def add(self, root: str, number: int, rows: list[bytes]) -> None:
        """Enter a part."""
        self._parts.setdefault(root, {})[number] = rows

    def is_complete(self, ref: ListRef) -> bool:
        """Tell whether all rows of a list are there, by their count."""
        return sum(map(len, self._parts.get(ref.root, {}).values())) == ref.count

    def leaves(self, ref: ListRef) -> list[bytes]:
        """Return a list's rows, as canonical JSON. Raises Mismatch if they are not there or not under the root."""
        parts = self._parts.get(ref.root, {})
        rows = [row for number in sorted(parts) for row in parts[number]]
        if len(rows) != ref.count or sorted(parts) != list(range(1, len(parts) + 1)):
            raise Mismatch(f"list {ref.root}: {len(rows)} rows in {len(parts)} parts stand in the log, not {ref.count}")
        found = derive_root(rows).hex()
        if found != ref.root:
            raise Mismatch(f"list {ref.root}: its rows give the root {found}")
        return rows


def parse_rows(leaves: list[bytes], kind: TypeAdapter[R]) -> list[R]:
    """Return rows read as one kind. Raises Malformed for a row of another form, or ids that repeat or do not ascend."""
    rows: list[R] = []
    last = ""
    for number, leaf in enumerate(leaves, start=1):
        try:
            row = kind.validate_json(leaf)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Malformed(f"row {number}: {place}: {first['msg']}, found {first['input']!r:.120}") from None
        if row.id <= last:  # type: ignore[attr-defined]
            raise Malformed(f"row {number}: id {row.id} after {last}; expected ascending ids, each once")  # type: ignore[attr-defined]
        last = row.id  # type: ignore[attr-defined]
        rows.append(row)
    return rows


def split_rows(leaves: list[bytes]) -> list[list[bytes]]:
    """Return rows in parts that fit an entry each."""
    parts: list[list[bytes]] = [[]]
    weight = 0
    for leaf in leaves:
        if weight + len(leaf) + 1 > PART_BYTES:
            parts.append([])
            weight = 0
        parts[-1].append(leaf)
        weight += len(leaf) + 1
    return parts


@rule("rows.listed/1", RowsListed, r"list/(?P<root>[0-9a-f]{64})/(?P<part>[0-9]{4})", check="rules")
def list_rows(record: "Record", event: Event, body: RowsListed, subject: Subject) -> Change:
    """One part of a list."""
    if event.after is not None:
        raise Refused(f"{event.subject}: this part stands in the log already, at index {event.after}")
    if not body.rows or subject["part"] == "0000":
        raise Refused(f"{event.subject}: expected at least one row, and parts numbered from 0001")
    rows = [format_canonical(row) for row in body.rows]
    return lambda: record.lists.add(subject["root"], int(subject["part"]), rows)

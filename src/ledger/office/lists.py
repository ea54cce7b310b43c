"""Long lists, carried in parts: a roster of 40,000 rows is some 150 entries, and one root that fixes all of it.

Part k of a list stands on the subject list/<root>/<nnnn>; an event then cites the root and the count. A list has one
home in the log: its root. Parts come in order, and end where the root is reached, so that nobody can spoil a list
that others cite. Rows stand in ascending order of the UTF-8 bytes of their ids, each id once (T13).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from ledger.office.events.body import Body, ListRef
from ledger.office.events.log import RowsListed
from ledger.office.events.rosters import Declared
from ledger.office.rule import Change, Subject, check_same, rule
from ledger.proof.encoding import split_list
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.event import MAX_ENTRY_BYTES, Event
from ledger.proof.merkle import Tree, derive_leaf_hash, derive_root

if TYPE_CHECKING:
    from ledger.office.record import Record

R = TypeVar("R", bound=Body)

_BEFORE, _AFTER = '"body":{"rows":', '},"seen":{"root":"'
"""What stands before and after a part's rows in canonical JSON."""

EMPTY = ListRef(root=derive_root(()).hex(), count=0)
"""The list without rows; it needs no part."""

PART_BYTES = MAX_ENTRY_BYTES - 2_500
"""What one part's rows may weigh, so that the envelope and a signature still fit."""


@dataclass(slots=True)
class Parts:
    """The parts of one list so far: their rows' canonical bytes, and the tree over them until it has the root."""

    rows: list[bytes] = field(default_factory=list)
    number: int = 0
    tree: Tree | None = field(default_factory=Tree)


class Lists:
    """The lists whose parts stand in the log, by their root. One that is whole takes no more parts."""

    def __init__(self) -> None:
        self._parts: dict[str, Parts] = {}

    def next_part(self, root: str) -> int | None:
        """Return the number of the part that a list takes next; None if it is whole."""
        parts = self._parts.get(root)
        if parts is None:
            return 1
        return parts.number + 1 if parts.tree is not None else None

    def add(self, root: str, rows: list[bytes]) -> None:
        """Enter a list's next part."""
        parts = self._parts.setdefault(root, Parts())
        assert parts.tree is not None, root
        parts.tree.extend(map(derive_leaf_hash, rows))
        parts.rows += rows
        parts.number += 1
        if parts.tree.root().hex() == root:
            parts.tree = None

    def is_complete(self, ref: ListRef) -> bool:
        """Tell whether all rows of a list are there, under its root."""
        parts = self._parts.get(ref.root)
        return parts is not None and parts.tree is None and len(parts.rows) == ref.count

    def leaves(self, ref: ListRef) -> list[bytes]:
        """Return a list's rows, as canonical JSON. Raises Mismatch if they are not there or not under the root."""
        parts = self._parts.get(ref.root, Parts())
        if ref == EMPTY:
            return []
        if not self.is_complete(ref):
            whole = "the whole" if parts.tree is None else "not the whole"
            raise Mismatch(
                f"list {ref.root}: {len(parts.rows)} rows in {parts.number} parts stand in the log, {whole} of it; "
                f"expected {ref.count} rows under that root"
            )
        return parts.rows


def parse_rows(leaves: list[bytes], kind: TypeAdapter[R]) -> Iterator[R]:
    """Give rows read as one kind, one at a time: forty thousand at once would only be made to be let go.

    Raises Malformed for a row of another form, or ids that repeat or do not ascend.
    """
    last = ""
    for number, leaf in enumerate(leaves, start=1):
        try:
            row = kind.validate_json(leaf)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Malformed(f"row {number}: {place}: {first['msg']}, found {first['input']!r:.120}") from None
        id: str = row.id  # type: ignore[attr-defined]
        if id <= last:
            raise Malformed(f"row {number}: id {id} after {last}; expected ascending ids, each once")
        last = id
        yield row


def check_declarations(what: str, cited: tuple[Declared, ...], known: dict[str, ListRef]) -> None:
    """Check that an approval cites every declaration that stands, each once, in ascending order. Raises Mismatch."""
    check_same(what, cited, tuple(Declared(of=of, list=known[of]) for of in sorted(known)))


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
    expected = record.lists.next_part(subject["root"])
    if expected is None:
        raise Refused(f"{event.subject}: the list is whole already, and takes no more parts")
    if not body.rows or int(subject["part"]) != expected:
        raise Refused(f"{event.subject}: {len(body.rows)} rows; expected at least one, and part {expected:04d} next")
    # In the signed text's second line, proved canonical, the rows stand as the leaves they are. Before them come only a
    # number and a time (the first line holds the origin, which may be any text), after them only ids and hex.
    start = event.text.index(_BEFORE, event.text.index("\n")) + len(_BEFORE)
    rows = split_list(event.text[start : event.text.rindex(_AFTER)], body.rows)
    return lambda: record.lists.add(subject["root"], rows)

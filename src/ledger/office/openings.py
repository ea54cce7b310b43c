"""Sealed values: which digests stand in the record, and which can never be opened again.

No value that a draw or a rule depends on is sealed, so erasing an opening changes no proof (T38).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.log import OpeningsErased
from ledger.office.rows import PrivateRow
from ledger.office.rule import Change, Subject, rule
from ledger.proof.errors import Refused
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record


@dataclass(slots=True)
class Seals:
    """The digests that stand for values, and those of them whose openings are erased.

    rows  digest -> id of the row that the record has it in; values that stand in no row have none
    """

    known: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    rows: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Iterable[PrivateRow]) -> None:
        """Enter the digests of private rows."""
        for row in rows:
            for sealed in row.fields.values():
                self.known.add(sealed.sealed)
                self.rows.setdefault(sealed.sealed, row.id)


@rule("openings.erased/1", OpeningsErased, "openings")
def erase_openings(record: "Record", event: Event, body: OpeningsErased, subject: Subject) -> Change:
    """These values can no longer be shown; two signatures, one of them the supervisor's."""
    for digest in body.digests:
        if digest not in record.seals.known:
            raise Refused(f"seal {digest} does not stand in the record")
        if digest in record.seals.erased:
            raise Refused(f"seal {digest} is erased already")
    if len(set(body.digests)) != len(body.digests):
        raise Refused("openings.erased: a digest stands twice")
    return lambda: record.seals.erased.update(body.digests)

"""What a unit signs next: an event's text on the record as it stands, and the parts of a long list.

The signer runs this on a record that it has checked itself; `seen` is then its own word for what it saw.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from ledger.office.events.body import Body, ListRef
from ledger.office.events.log import RowsListed
from ledger.office.lists import split_rows
from ledger.office.record import Record
from ledger.proof.encoding import format_each, format_time
from ledger.proof.event import Seen, format_event_text
from ledger.proof.merkle import derive_root


def format_body(body: Body) -> dict[str, Any]:
    """Return a body as it stands in an event: fields that are not there are left out."""
    return body.model_dump(mode="json", exclude_none=True)


def compose_event(
    record: Record,
    type: str,
    subject: str,
    unit: str,
    body: Body,
    seconds: int,
    seen: Seen | None = None,
    after: int | None = None,
) -> str:
    """Return the text of the event that a unit would sign now.

    seconds  Unix time that the signer claims
    seen     the newest checkpoint it has checked; None for the record's own newest state
    after    the entry that it follows on the subject, where that is to be recorded just before; else the record's
    """
    assert record.origin is not None
    return format_event_text(
        record.origin,
        type=type,
        subject=subject,
        unit=unit,
        at=format_time(seconds),
        after=record.heads.get(subject) if after is None else after,
        seen=seen or Seen(record.size, record.tree.root()),
        body=format_body(body),
    )


class Listed(NamedTuple):
    """A list made ready: its root and count, and its leaves."""

    ref: ListRef
    leaves: list[bytes]


def derive_list(rows: Sequence[dict[str, Any]]) -> Listed:
    """Return rows as a list: canonical JSON, in ascending order of their ids, under one root."""
    leaves = format_each(sorted(rows, key=itemgetter("id")))
    return Listed(ListRef(root=derive_root(leaves).hex(), count=len(leaves)), leaves)


def compose_parts(record: Record, unit: str, listed: Listed, seconds: int) -> list[str]:
    """Return the texts of a long list's parts, each on a subject of its own; none if the list is in the log already."""
    ref, leaves = listed
    if not leaves or record.lists.is_complete(ref):
        return []
    assert record.origin is not None
    texts = []
    for number, part in enumerate(split_rows(leaves), start=1):
        # The leaves are canonical already; joining them saves encoding a large roster once more.
        subject = f"list/{ref.root}/{number:04d}"
        empty = compose_event(record, "rows.listed/1", subject, unit, RowsListed(rows=()), seconds)
        texts.append(empty.replace('"rows":[]', f'"rows":[{b",".join(part).decode()}]', 1))
    return texts

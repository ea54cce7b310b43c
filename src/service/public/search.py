"""检索: enterprises by name as shown or code, draws by slot, inspections by number, among what is public.

Hits are in one order, draws first, then enterprises, then inspections, each by its key. A page begins after the key of
the last hit before it, so that what comes in meanwhile neither repeats a hit nor skips one.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from ledger.office.record import Record
from ledger.views.registries import find_policy, list_targets, show_name

WORD_CHARACTERS = 100
"""How long what is looked for may be."""

_ORDER = ("draw", "enterprise", "case")


class Hit(NamedTuple):
    """One thing that may be found.

    key    `<0|1|2>/` and the id: what hits are ordered by, and what a next page begins after
    kind   draw, enterprise or case
    id     the slot, the code (empty where it is not public), or the case's number
    name   of the enterprise, as it may be shown
    year   of the roster that the enterprise is on; None for others
    """

    key: str
    kind: str
    id: str
    name: str
    year: int | None = None


class Index:
    """Everything that may be found, as of one state of the log."""

    def __init__(self, record: Record) -> None:
        """Take the record; only its public side is read."""
        self._hits = sorted(_list_hits(record))
        self._keys = [hit.key for hit in self._hits]
        self._codes = [hit.id.casefold() for hit in self._hits]
        self._texts = [normalise(f"{hit.id} {hit.name}") for hit in self._hits]

    def find(self, word: str, after: str, limit: int) -> tuple[list[Hit], str | None]:
        """Return the first hits after a key, and the key to go on after; None where there are no more.

        word  looked for in ids and names, without regard to case and width, in ids without its spaces too; nothing is
              found of an empty one
        """
        wanted, joined, found = normalise(word), join(word).casefold(), list[Hit]()
        if not wanted:
            return [], None
        for place in range(bisect_right(self._keys, after), len(self._hits)):
            if wanted in self._texts[place] or joined in self._codes[place]:
                if len(found) == limit:
                    return found, found[-1].key
                found.append(self._hits[place])
        return found, None

    def all(self) -> list[Hit]:
        """Return all hits in their order."""
        return self._hits


def normalise(text: str) -> str:
    """Return a text as it is compared: NFKC, without case, spaces as one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def join(text: str) -> str:
    """Return a text as a code is written: NFKC, in capitals, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def _list_hits(record: Record) -> Iterator[Hit]:
    for slot in record.draws.by_slot:
        yield _make("draw", slot, "")
    year = max(record.targets.approved, default=None)
    for row in [] if year is None else list_targets(record, year):
        # Where codes are not public, the index of the entry that listed it tells two of one name apart.
        yield _make("enterprise", row["id"], row["name"], row["id"] or f"{row['name']}/{row['entry']}", year)
    in_force = find_policy(record)
    for subject, case in record.cases.by_subject.items():
        policy = in_force if case.drawn is None else case.draw.policy
        roster = record.targets.approved.get(int(subject.rsplit("/", 3 if case.drawn else 2)[1][:4]), {})
        name = show_name(policy.publication.name, roster[case.code].newest.name) if case.code in roster else ""
        code = case.code if policy.publication.code == "public" else ""
        yield _make("case", subject.partition("/")[2], f"{name} {code}".strip())


def _make(kind: str, id: str, name: str, key: str | None = None, year: int | None = None) -> Hit:
    return Hit(f"{_ORDER.index(kind)}/{id if key is None else key}", kind, id, name, year)

"""The lists of key enterprises: under licence, seriously dishonest, with a major hazard; by the policy (R31).

Whoever stands on one, in term, has to stand on the target roster, whatever else is planned for that enterprise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.body import ListRef
from ledger.office.events.keylists import KeyListDeclared
from ledger.office.lists import parse_rows
from ledger.office.rows import KEY_ENTERPRISE, KeyEnterprise, Target, check_spelling
from ledger.office.rule import YEAR, Change, Parties, Subject, check_same, rule
from ledger.proof.errors import Refused
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

_NAMED = 20
"""How many codes of a list a refusal names."""


@dataclass(slots=True)
class KeyLists:
    """The newest declarations, by (year, key list)."""

    declared: dict[tuple[int, str], ListRef] = field(default_factory=dict)

    def rows(self, record: "Record", year: int) -> dict[str, list[KeyEnterprise]]:
        """Return a year's lists, by name."""
        return {
            name: [*parse_rows(record.lists.leaves(ref), KEY_ENTERPRISE)]
            for (of, name), ref in sorted(self.declared.items())
            if of == year
        }


def find_missing(record: "Record", year: int, day: str, roster: Mapping[str, Target]) -> dict[str, list[str]]:
    """Return key list -> codes in term that a year's roster lacks, or has as closed; lists that lack none are left out.

    day  the day to look at; before the year begins, its first day counts, from which on the roster serves
    """
    day = max(day, f"{year}-01-01")
    found = {
        name: [row.id for row in rows if row.is_current(day) and not _is_listed(roster.get(row.id))]
        for name, rows in record.keylists.rows(record, year).items()
    }
    return {name: codes for name, codes in found.items() if codes}


def _is_listed(target: Target | None) -> bool:
    return target is not None and target.status != "closed"


def check_key_enterprises(record: "Record", year: int, day: str, roster: Mapping[str, Target]) -> None:
    """Check that a year's roster has every key enterprise that is in term on a day. Raises Refused, naming them."""
    missing = find_missing(record, year, day, roster)
    if missing:
        found = "; ".join(f"{name} ({len(codes)}): {_shorten(codes)}" for name, codes in missing.items())
        raise Refused(
            f"key enterprises are missing from the declarations of {year}, or closed there; declare them first: {found}"
        )


def _shorten(codes: list[str]) -> str:
    return ", ".join([*codes[:_NAMED], *(["…"] if len(codes) > _NAMED else [])])


def _keeper(record: "Record", event: Event, body: KeyListDeclared, subject: Subject) -> Parties:
    key_list = record.policy_at(event.at).key_lists.get(body.key_list)
    return {"owner": frozenset([key_list.owner]) if key_list else frozenset()}


@rule("keylist.declared/1", KeyListDeclared, f"keylists/{YEAR}/(?P<key_list>[a-z0-9-]+)", parties=_keeper)
def declare_key_list(record: "Record", event: Event, body: KeyListDeclared, subject: Subject) -> Change:
    """A keeper hands in its list of key enterprises for a year; the newest counts, also when it is shorter."""
    check_same("subject", event.subject, f"keylists/{body.year}/{body.key_list}")
    for row in parse_rows(record.lists.leaves(body.list), KEY_ENTERPRISE):
        check_spelling(row.id)

    def change() -> None:
        record.keylists.declared[body.year, body.key_list] = body.list

    return change

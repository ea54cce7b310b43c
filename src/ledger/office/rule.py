"""One rule for each event type: the form of its body and subject, who is who, and what it decides.

A rule decides without changing anything and returns the change; the fold makes it once everything has passed. So a
refusal leaves the record as it was.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ledger.office.events.body import Body
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

Change = Callable[[], None]
Subject = re.Match[str]
Parties = Mapping[str, frozenset[str]]
"""Role -> the units that hold it for one event, beyond those that the office's own table gives."""

OFFICE = r"(?P<office>bureau|street/[a-z0-9-]+)"
YEAR = r"(?P<year>[0-9]{4})"
SLOT = OFFICE + r"/(?P<month>[0-9]{4}-(?:0[1-9]|1[0-2]))/(?P<number>[0-9]{3})"

B = TypeVar("B", bound=Body)
Decide = Callable[["Record", Event, B, Subject], Change]
FindParties = Callable[["Record", Event, B, Subject], Parties]
FindSlots = Callable[["Record", Event, B, Subject], list[frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one event type.

    check    the numbered check that a refusal belongs to (ledger.audit.checks)
    parties  who holds the roles that depend on the event; None where the office's table is enough
    slots    whose signatures are needed, where the policy's table does not say; one set of units for each
    """

    body: type[Body]
    type: str
    subject: re.Pattern[str]
    check: str
    parties: Callable[..., Parties] | None
    slots: Callable[..., list[frozenset[str]]] | None
    decide: Callable[..., Change]

    def parse(self, event: Event) -> tuple[Any, Subject]:
        """Return the event's body and subject, read strictly. Raises Malformed."""
        subject = self.subject.fullmatch(event.subject)
        if subject is None:
            raise Malformed(f"{self.type}: subject {event.subject!r} is not of the form {self.subject.pattern}")
        try:
            return self.body.model_validate(event.body), subject
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            # Here may stand what should have been sealed: it is not repeated.
            is_private = first["type"] in ("model_type", "extra_forbidden") or place.endswith("sealed")
            found = "…" if is_private else f"{first['input']!r:.120}"
            why = "Expected 64 lowercase hexadecimal characters" if place.endswith("sealed") else first["msg"]
            raise Malformed(f"{self.type}: body.{place}: {why}, found {found}") from None


RULES: dict[str, Rule] = {}
"""Event type -> its rule; filled as the rules' modules are imported by ledger.office.record."""


def rule(
    type: str,
    body: type[B],
    subject: str,
    *,
    check: str = "rules",
    parties: "FindParties[B] | None" = None,
    slots: "FindSlots[B] | None" = None,
) -> Callable[["Decide[B]"], "Decide[B]"]:
    """Enter a function as the rule of an event type."""

    def enter(decide: "Decide[B]") -> "Decide[B]":
        assert type not in RULES, type
        RULES[type] = Rule(body, type, re.compile(subject), check, parties, slots, decide)
        return decide

    return enter


def refuse_unless(condition: object, event: Event, why: str) -> None:
    """Refuse an event unless a condition holds. Raises Refused, naming the event's type and subject."""
    if not condition:
        raise Refused(f"{event.type} on {event.subject}: {why}")


def check_same(what: str, found: object, expected: object) -> None:
    """Check that a derived value stands as it is derived. Raises Mismatch with both."""
    if found != expected:
        raise Mismatch(f"{what}: found {_shown(found)}, expected {_shown(expected)}")


def _shown(value: object) -> str:
    text = value.model_dump_json(exclude_none=True) if isinstance(value, Body) else repr(value)
    return text if len(text) <= 300 else text[:300] + "…"

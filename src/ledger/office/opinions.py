"""What supervises from outside: an overseer's opinions and decisions, and what the bureau answers (国令第825号).

Overseers are the units that belong to no office of the policy: the district's justice bureau, the resident discipline
inspection. They change nothing in the record: what they say stands in it, numbered, for everybody to read.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.opinions import OpinionAnswered, OpinionGiven
from ledger.office.policy import SERVICE, Policy
from ledger.office.rule import YEAR, Change, Subject, refuse_unless, rule
from ledger.office.supervision import NUMBER, check_number
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

OPINION = f"opinion/{YEAR}/{NUMBER}"


@dataclass(slots=True)
class Opinion:
    """An opinion: when it was given, by whom, what it says, when it was answered."""

    at: int
    unit: str
    given: OpinionGiven
    answered: int | None = None


@dataclass(slots=True)
class Opinions:
    """All opinions by subject."""

    by_subject: dict[str, Opinion] = field(default_factory=dict)


def find_overseers(policy: Policy) -> frozenset[str]:
    """Return the units that belong to no office of the policy, the service aside."""
    return frozenset(id for id, unit in policy.units.items() if unit.office not in policy.offices and id != SERVICE)


def _overseers(record: "Record", event: Event, body: OpinionGiven, subject: Subject) -> list[frozenset[str]]:
    return [find_overseers(record.policy_at(event.at))]


@rule("opinion.given/1", OpinionGiven, OPINION, slots=_overseers)
def give_opinion(record: "Record", event: Event, body: OpinionGiven, subject: Subject) -> Change:
    """An overseer says to a unit what it finds, over subjects that stand in the record."""
    policy = record.policy_at(event.at)
    is_inside = body.to in policy.units and policy.units[body.to].office in policy.offices
    refuse_unless(is_inside, event, f"{body.to} is not a unit of an office of the policy")
    unknown = [about for about in body.about if about not in record.heads]
    refuse_unless(not unknown, event, f"{', '.join(unknown)} does not stand in the record")
    count = check_number(record, event, subject)

    def change() -> None:
        count()
        record.opinions.by_subject[event.subject] = Opinion(event.at, event.unit, body)

    return change


def _find(record: "Record", event: Event) -> Opinion:
    opinion = record.opinions.by_subject.get(event.subject)
    refuse_unless(opinion is not None, event, "no such opinion was given")
    assert opinion is not None
    return opinion


def _addressee(record: "Record", event: Event, body: OpinionAnswered, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([_find(record, event).given.to])]


@rule("opinion.answered/1", OpinionAnswered, OPINION, slots=_addressee)
def answer_opinion(record: "Record", event: Event, body: OpinionAnswered, subject: Subject) -> Change:
    """The unit that it is addressed to answers, once."""
    opinion = _find(record, event)
    refuse_unless(opinion.answered is None, event, "it is answered already")

    def change() -> None:
        opinion.answered = event.at

    return change

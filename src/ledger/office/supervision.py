"""The supervisor's work, and what streets and units report: notices, bulletins, filings, training, suggestions.

None of it changes a draw. Nobody supervises itself: where a notice goes to the supervisor's own section, the leader
issues it (Q8).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.supervision import (
    BulletinIssued,
    FilingAcknowledged,
    FilingMade,
    NoticeAnswered,
    NoticeIssued,
    NoticeSettled,
    SuggestionAnswered,
    SuggestionMade,
    TrainingHeld,
)
from ledger.office.rule import OFFICE, YEAR, Change, Subject, check_same, refuse_unless, rule
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

NUMBER = "(?P<number>[0-9]{4})"
NOTICE = f"notice/{YEAR}/{NUMBER}"
SUGGESTION = f"suggestion/{YEAR}/{NUMBER}"
FILING = f"filing/(?P<office>street/[a-z0-9-]+)/{YEAR}"


@dataclass(slots=True)
class Notice:
    """A notice: when it was issued, what it says, the answer, how it was settled."""

    at: int
    issued: NoticeIssued
    answered: int | None = None
    settled: NoticeSettled | None = None


@dataclass(slots=True)
class Suggestion:
    """A suggestion: when it was made, by whom, and whether it was answered."""

    at: int
    unit: str
    made: SuggestionMade
    answered: int | None = None


@dataclass(slots=True)
class Filing:
    """A street's filing: when it came, the document, when the bureau acknowledged it."""

    at: int
    made: FilingMade
    acknowledged: int | None = None


@dataclass(slots=True)
class Supervision:
    """All of it by subject; `numbered` counts the subjects of a series, so that none is left out."""

    notices: dict[str, Notice] = field(default_factory=dict)
    suggestions: dict[str, Suggestion] = field(default_factory=dict)
    filings: dict[str, Filing] = field(default_factory=dict)
    trainings: dict[str, TrainingHeld] = field(default_factory=dict)
    bulletins: dict[str, BulletinIssued] = field(default_factory=dict)
    numbered: dict[str, int] = field(default_factory=dict)


def check_number(record: "Record", event: Event, subject: Subject) -> Change:
    """Check that a subject has the next number of its series and the year of its event; return the counting."""
    series = event.subject.rpartition("/")[0]
    number = record.supervision.numbered.get(series, 0) + 1
    refuse_unless(int(subject["number"]) == number, event, f"the next number is {number:04d}")
    refuse_unless(derive_day(event.at)[:4] == subject["year"], event, f"numbered {subject['year']}, made another year")

    def count() -> None:
        record.supervision.numbered[series] = number

    return count


def find_watcher(record: "Record", event: Event, of: str | None) -> str:
    """Return who watches over a unit: the bureau's supervisor, or its leader where it is the supervisor's own (Q8)."""
    office = record.policy_at(event.at).offices[BUREAU]
    return office.leader if of == office.supervisor else office.supervisor


def _find_notice(record: "Record", event: Event) -> Notice:
    notice = record.supervision.notices.get(event.subject)
    refuse_unless(notice is not None, event, "no such notice was issued")
    assert notice is not None
    return notice


def _issuer(record: "Record", event: Event, body: NoticeIssued, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([find_watcher(record, event, body.to)])]


@rule("notice.issued/1", NoticeIssued, NOTICE, slots=_issuer)
def issue_notice(record: "Record", event: Event, body: NoticeIssued, subject: Subject) -> Change:
    """A unit is called to account, over subjects that stand in the record (R15)."""
    refuse_unless(body.to in record.policy_at(event.at).units, event, f"{body.to} is not a unit of the policy")
    unknown = [about for about in body.about if about not in record.heads]
    refuse_unless(not unknown, event, f"{', '.join(unknown)} does not stand in the record")
    count = check_number(record, event, subject)

    def change() -> None:
        count()
        record.supervision.notices[event.subject] = Notice(event.at, body)

    return change


def _addressee(record: "Record", event: Event, body: NoticeAnswered, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([_find_notice(record, event).issued.to])]


@rule("notice.answered/1", NoticeAnswered, NOTICE, slots=_addressee)
def answer_notice(record: "Record", event: Event, body: NoticeAnswered, subject: Subject) -> Change:
    """The unit answers, once."""
    notice = _find_notice(record, event)
    refuse_unless(notice.answered is None, event, "it is answered already")

    def change() -> None:
        notice.answered = event.at

    return change


def _settler(record: "Record", event: Event, body: NoticeSettled, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([find_watcher(record, event, _find_notice(record, event).issued.to)])]


@rule("notice.settled/1", NoticeSettled, NOTICE, slots=_settler)
def settle_notice(record: "Record", event: Event, body: NoticeSettled, subject: Subject) -> Change:
    """The matter ends, or goes further; without an answer it can only go further."""
    notice = _find_notice(record, event)
    refuse_unless(notice.settled is None, event, "it is settled already")
    refuse_unless(notice.answered is not None or body.outcome == "escalated", event, "there is no answer to accept")

    def change() -> None:
        notice.settled = body

    return change


@rule("bulletin.issued/1", BulletinIssued, f"bulletin/{YEAR}/{NUMBER}")
def issue_bulletin(record: "Record", event: Event, body: BulletinIssued, subject: Subject) -> Change:
    """A period that is over, and its figures (R15)."""
    refuse_unless(body.first <= body.last, event, f"from {body.first} to {body.last}")
    refuse_unless(body.last <= derive_day(event.at), event, f"up to {body.last}, which is yet to come")
    count = check_number(record, event, subject)

    def change() -> None:
        count()
        record.supervision.bulletins[event.subject] = body

    return change


@rule("filing.made/1", FilingMade, FILING)
def make_filing(record: "Record", event: Event, body: FilingMade, subject: Subject) -> Change:
    """A street files its plan; a later one takes its place, and the clock that counts is the first one's (R49)."""
    street = subject["office"]
    refuse_unless(street in record.policy_at(event.at).offices, event, f"{street} is not an office of the policy")
    first = record.supervision.filings.get(event.subject)
    filing = Filing(first.at if first else event.at, body)

    def change() -> None:
        record.supervision.filings[event.subject] = filing

    return change


def _bureau(record: "Record", event: Event, body: FilingAcknowledged, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([record.policy_at(event.at).offices[BUREAU].organiser])]


@rule("filing.acknowledged/1", FilingAcknowledged, FILING, slots=_bureau)
def acknowledge_filing(record: "Record", event: Event, body: FilingAcknowledged, subject: Subject) -> Change:
    """The bureau's organiser says which document it has."""
    filing = record.supervision.filings.get(event.subject)
    refuse_unless(filing is not None, event, "nothing was filed")
    assert filing is not None
    check_same("document", body.document, filing.made.document)
    refuse_unless(filing.acknowledged is None, event, "it is acknowledged already")

    def change() -> None:
        filing.acknowledged = event.at

    return change


@rule("training.held/1", TrainingHeld, f"training/{OFFICE}/{YEAR}/{NUMBER}")
def hold_training(record: "Record", event: Event, body: TrainingHeld, subject: Subject) -> Change:
    """Officers of the office's roster of that year were trained (R51)."""
    refuse_unless(body.held <= derive_day(event.at), event, f"held on {body.held}, which is yet to come")
    roster = record.officers.approved.get((int(subject["year"]), subject["office"]), {})
    unknown = [officer for officer in body.attended if officer not in roster]
    refuse_unless(not unknown, event, f"{', '.join(unknown)} is not on the roster of {subject['office']}")
    count = check_number(record, event, subject)

    def change() -> None:
        count()
        record.supervision.trainings[event.subject] = body

    return change


@rule("suggestion.made/1", SuggestionMade, SUGGESTION)
def suggest(record: "Record", event: Event, body: SuggestionMade, subject: Subject) -> Change:
    """Any unit may propose to improve something (R48)."""
    count = check_number(record, event, subject)

    def change() -> None:
        count()
        record.supervision.suggestions[event.subject] = Suggestion(event.at, event.unit, body)

    return change


@rule("suggestion.answered/1", SuggestionAnswered, SUGGESTION)
def answer_suggestion(record: "Record", event: Event, body: SuggestionAnswered, subject: Subject) -> Change:
    """The organiser answers, once."""
    suggestion = record.supervision.suggestions.get(event.subject)
    refuse_unless(suggestion is not None, event, "no such suggestion was made")
    assert suggestion is not None
    refuse_unless(suggestion.answered is None, event, "it is answered already")

    def change() -> None:
        suggestion.answered = event.at

    return change

"""Events of the supervisor's work, and what units report: notices, bulletins, filings, training, suggestions."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Count, Day, FieldName, Hex64, Id, Many, Text
from ledger.office.rows import Ids

Subjects = Annotated[Many[Id], Field(min_length=1, max_length=200)]
"""Subjects of the record that something is about."""


class NoticeIssued(Body):
    """notice.issued/1, subject `notice/<year>/<nnnn>`: the supervisor calls a unit to account (监督通知)."""

    to: Id
    about: Subjects
    grounds: Literal[
        "not-received",
        "visit-overdue",
        "result-overdue",
        "publication-overdue",
        "outcome-overdue",
        "draw-repeated",
        "recusals",
        "other",
    ]
    demand: Text


class NoticeAnswered(Body):
    """notice.answered/1: the unit's answer."""

    answer: Text


class NoticeSettled(Body):
    """notice.settled/1: the supervisor accepts the answer, or takes the matter further."""

    outcome: Literal["accepted", "escalated"]


class BulletinIssued(Body):
    """bulletin.issued/1, subject `bulletin/<year>/<nnnn>`: the internal bulletin of a period (内部通报; R15).

    figures   what it counts, name -> number (`double-random bulletin` derives them)
    document  SHA-256 of the bulletin as it was circulated
    """

    first: Day
    last: Day
    figures: dict[FieldName, Count]
    document: Hex64


class FilingMade(Body):
    """filing.made/1, subject `filing/<street>/<year>`: a street files its own plan with the bureau (备案; R49)."""

    title: Text
    document: Hex64


class FilingAcknowledged(Body):
    """filing.acknowledged/1: the bureau has it."""

    document: Hex64


class TrainingHeld(Body):
    """training.held/1, subject `training/<office>/<year>/<nnnn>`: who was trained in what (业务培训; R51)."""

    held: Day
    title: Text
    hours: Annotated[int, Field(ge=1, le=1000)]
    attended: Ids


class SuggestionMade(Body):
    """suggestion.made/1, subject `suggestion/<year>/<nnnn>`: a unit proposes to improve something (R48)."""

    text: Text


class SuggestionAnswered(Body):
    """suggestion.answered/1: the organiser's answer."""

    answer: Text

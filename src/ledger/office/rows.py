"""What stands in a roster or list, row by row. A row's canonical JSON is a leaf of the list's root."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from ledger.office.events.body import Body, Code, Count, Day, FieldName, Id, Many, Sealed, Text
from ledger.proof.encoding import is_credit_code
from ledger.proof.errors import Refused

Status = Literal["open", "suspended", "closed"]
Risk = Literal["red", "orange", "yellow", "blue"]
Scale = Literal["large", "medium", "small", "micro"]


def _is_ascending(ids: tuple[str, ...]) -> tuple[str, ...]:
    if any(before >= after for before, after in pairwise(ids)):
        raise ValueError("expected each once, in ascending order")
    return ids


Ids = Annotated[Many[Id], Field(min_length=1), AfterValidator(_is_ascending)]
"""Ids, each once, ascending; left out rather than empty."""


class Term(Body):
    """A time on a list, both days included; without `until` it has no end."""

    since: Day
    until: Day | None = None

    @model_validator(mode="after")
    def _check_order(self) -> "Term":
        if self.until is not None and self.until < self.since:
            raise ValueError("expected a term that does not end before it begins")
        return self

    def is_current(self, day: str) -> bool:
        """Tell whether a day lies in the term."""
        return self.since <= day and (self.until is None or day <= self.until)


class Membership(Term):
    """That an enterprise is on one of the policy's key lists."""

    list: Id


class Licence(Body):
    """A licence that an enterprise holds, and its last day; `kind` as the sheet calls it."""

    kind: Text
    until: Day


def _is_in_order(rows: tuple[Membership, ...]) -> tuple[Membership, ...]:
    _is_ascending(tuple(row.list for row in rows))
    return rows


def _is_sorted(rows: tuple[Licence, ...]) -> tuple[Licence, ...]:
    _is_ascending(tuple(f"{row.kind}\n{row.until}" for row in rows))
    return rows


class Target(Body):
    """An enterprise of the target roster. `name` is left out where it is a person's; `street` where it is not known.

    licences   what it holds, and until when; ascending by kind and day
    hazards    major hidden hazards (重大事故隐患) that are open
    accidents  accidents in the last twelve months
    lists      the key lists that it is on, each once, ascending
    """

    id: Code
    name: Text | None = None
    sub_roster: Id
    status: Status
    street: Id | None = None
    area: Text | None = None
    registrar: Text | None = None
    tags: Ids | None = None
    risk: Risk | None = None
    scale: Scale | None = None
    licences: Annotated[Many[Licence], Field(min_length=1), AfterValidator(_is_sorted)] | None = None
    hazards: Count | None = None
    accidents: Count | None = None
    lists: Annotated[Many[Membership], Field(min_length=1), AfterValidator(_is_in_order)] | None = None

    def rule_attributes(self) -> tuple[object, ...]:
        """Return what rules read; a change of any of it has to cool off (T14)."""
        graded = (self.sub_roster, self.status, self.street, self.tags, self.risk, self.scale)
        return (*graded, self.hazards, self.accidents, self.list_names())

    def list_names(self) -> tuple[str, ...]:
        """Return the key lists that it is on."""
        return tuple(one.list for one in self.lists or ())


class KeyEnterprise(Term):
    """An enterprise of a key list (R31), in its term."""

    id: Code


class Officer(Body):
    """A certified member of staff, under a pseudonymous id; `unit` is the home section or street."""

    id: Id
    unit: Id
    certificate_until: Day
    on_establishment: bool
    in_post: bool
    enrolled: bool
    qualifications: Ids | None = None

    def is_certified_in_post(self, day: str) -> bool:
        """Tell whether this one counts in the 80% rule's denominator on a day."""
        return self.on_establishment and self.in_post and self.certificate_until >= day


class Item(Body):
    """A check item: basis, subject, content, method (R35); `applies_to` names sub-rosters or tags; all, if left out."""

    id: Id
    content: Text
    basis: Text
    basis_edition: Text | None = None
    method: Text
    authority: Text
    category: Text | None = None
    applies_to: Ids | None = None

    def is_applicable(self, sub_roster: str, tags: tuple[str, ...]) -> bool:
        """Tell whether this item applies to an enterprise."""
        return self.applies_to is None or sub_roster in self.applies_to or any(t in self.applies_to for t in tags)


class PrivateRow(Body):
    """The sealed values of one row: its id, and field -> seal."""

    id: Annotated[str, Field(min_length=1)]
    fields: dict[FieldName, Sealed]


class Scope(Body):
    """Which enterprises belong to a stratum: a closed vocabulary, never a text or a name (T12). Left out means any.

    hazards, accidents  at least so many
    """

    sub_rosters: Ids | None = None
    streets: Ids | None = None
    risks: Annotated[Many[Risk], Field(min_length=1)] | None = None
    scales: Annotated[Many[Scale], Field(min_length=1)] | None = None
    tags: Ids | None = None
    lists: Ids | None = None
    hazards: Annotated[int, Field(ge=1)] | None = None
    accidents: Annotated[int, Field(ge=1)] | None = None

    def is_match(self, target: Target) -> bool:
        """Tell whether an enterprise is in scope."""
        return (
            (self.sub_rosters is None or target.sub_roster in self.sub_rosters)
            and (self.streets is None or target.street in self.streets)
            and (self.risks is None or target.risk in self.risks)
            and (self.scales is None or target.scale in self.scales)
            and (self.tags is None or any(tag in self.tags for tag in target.tags or ()))
            and (self.lists is None or any(name in self.lists for name in target.list_names()))
            and (self.hazards is None or (target.hazards or 0) >= self.hazards)
            and (self.accidents is None or (target.accidents or 0) >= self.accidents)
        )


Kind = Literal["monthly", "general-campaign", "special-campaign", "covert", "supplementary", "joint"]


class PlannedStratum(Body):
    """A stratum of a plan line: its scope and its ratio, with what follows from them (docs/spec/draw.md, section 5).

    ratio         p/q, or `count`, a number for the year; one of the two
    base          eligible enterprises when the plan was approved
    year_quota    how many in the year
    month_quotas  how many in each month, January first
    """

    id: Id
    scope: Scope
    ratio: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}$")] | None = None
    count: Annotated[int, Field(ge=1)] | None = None
    base: Count
    year_quota: Count
    month_quotas: Annotated[Many[Count], Field(min_length=12, max_length=12)]


class PlanLine(Body):
    """A line of the annual plan (R10 to R13, R23): kind, strata, and a weight for each month."""

    id: Id
    title: Text
    kind: Kind
    strata: Annotated[Many[PlannedStratum], Field(min_length=1)]
    weights: Annotated[Many[Count], Field(min_length=12, max_length=12)]
    frequency: Annotated[int, Field(ge=1)] | None = None


def check_spelling(code: str) -> None:
    """Check that an enterprise cannot stand under two codes. Raises Refused for a valid credit code behind `reg:`."""
    if code.startswith("reg:") and is_credit_code(code[4:].replace("-", "").upper()):
        raise Refused(f"{code}: a valid credit code stands without reg:, or one enterprise could stand twice")


TARGET = TypeAdapter(Target)
KEY_ENTERPRISE = TypeAdapter(KeyEnterprise)
OFFICER = TypeAdapter(Officer)
ITEM = TypeAdapter(Item)
PRIVATE = TypeAdapter(PrivateRow)

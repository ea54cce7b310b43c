"""What the public API answers, in models that the OpenAPI shows. Only what the policy lets be public is in them."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Rows(_Model, Generic[T]):
    """A page of rows, in the order of their keys."""

    size: int = Field(description="over how many entries of the log this was derived")
    rows: list[T]
    next: str | None = Field(description="`after` of the next page; null where this is the last")


class RegistryRow(_Model):
    """A row of a registry: the columns of `double-random registry NAME --json`."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Month(_Model):
    """How many were planned, drawn and visited of a stratum, in the month of their draw."""

    quota: int
    drawn: int
    visited: int


class Stratum(_Model):
    """A stratum of a plan's line."""

    id: str
    year_quota: int
    months: list[Month] = Field(description="January first")


class Line(_Model):
    """A line of a plan."""

    id: str
    title: str
    kind: str
    strata: list[Stratum]


class Plan(_Model):
    """An office's plan of a year, newest edition, with how far it is."""

    office: str
    year: int
    lines: list[Line]


class DrawRow(_Model):
    """A slot; void ones stay."""

    id: str = Field(description="the slot, with `-` for `/`")
    slot: str = Field(examples=["bureau/2027-01/001"])
    office: str
    month: str
    kind: str
    mode: Literal["open", "sealed"]
    line: str
    supplements: str | None
    opened: str = Field(description="the day")
    executed: str | None
    attested: bool | None = Field(description="whether the supervisor came to the same outcome; null: no word yet")
    revealed: str | None
    voided: str | None = Field(description="why it is void")
    pool: int
    eligible: int
    drawn: int | None = Field(description="null while there is no outcome, or it is sealed")


class Station(_Model):
    """An event on a subject."""

    index: int
    at: str = Field(description="as the signer claims it, UTC")
    type: str
    unit: str
    signed: list[str] = Field(description="the units whose signatures stand under it")


class Selected(_Model):
    """An enterprise that was drawn, and who goes there."""

    number: str
    code: str = Field(description="empty where the policy does not publish it")
    name: str
    stratum: str
    host: str
    officers: list[str] = Field(description="drawn first; ids, empty where the policy does not publish them")
    deadline: str


class DrawnStratum(_Model):
    """A stratum of a draw."""

    id: str
    eligible: int
    quota: int
    is_directed: bool = Field(description="named, not drawn")
    excluded: dict[str, int] = Field(description="reason -> how many")
    drawn: int | None
    sub_seed: str | None
    threshold: str | None = Field(description="the largest ticket drawn")


class OverdueRow(_Model):
    """Something that was due and does not stand in the log."""

    kind: str
    subject: str
    unit: str
    due: str
    is_provisional: bool


class Draw(DrawRow):
    """A draw with every station; `attempts` are all slots of its office and month."""

    size: int = Field(description="over how many entries of the log this was derived")
    seed: str | None
    outcome_root: str | None
    attempts: list[str]
    stations: list[Station]
    strata: list[DrawnStratum]
    selected: list[Selected]
    overdue: list[OverdueRow]


class CaseRow(_Model):
    """An inspection, drawn or approved."""

    id: str = Field(description="its number, with `-` for `/`")
    subject: str
    slot: str | None
    kind: str
    code: str
    name: str
    host: str
    officers: list[str]
    due: str
    visited: str | None
    result: str | None = Field(description="as it is public now")
    summary: str | None
    published: str | None = Field(description="the day")
    closed: str | None


class Case(CaseRow):
    """An inspection with its items and every event on it."""

    size: int = Field(description="over how many entries of the log this was derived")
    items: list[str]
    steps: list[Station]


class Disclosure(_Model):
    """A row of the disclosure log: what was made public, corrected, withdrawn, voided or drawn anew."""

    index: int
    day: str
    kind: str
    subject: str
    unit: str
    what: str
    reason: str | None
    carriers: list[str]
    changes: int | None = Field(description="index of the entry that it corrects or withdraws")
    due: str | None
    is_late: bool
    is_provisional: bool


class Found(_Model):
    """Something that was looked for."""

    kind: Literal["draw", "enterprise", "case"]
    id: str
    name: str
    year: int | None


class Statistics(_Model):
    """A year's statistics, as `double-random statistics --json` has them; numbers that are too few say so."""

    model_config = ConfigDict(frozen=True, extra="allow")

    size: int = Field(description="over how many entries of the log this was derived")
    year: int
    cases: int


class Explanation(_Model):
    """One enterprise in one draw, as `double-random explain --json` has it, to be checked with sha256sum."""

    model_config = ConfigDict(frozen=True, extra="allow")

    size: int = Field(description="over how many entries of the log this was derived")
    slot: str
    code: str
    is_drawn: bool
    excluded: str | None
    leaf: dict[str, Any] | None
    pool_root: str
    pool_size: int

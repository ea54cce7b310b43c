"""The rows that entries are folded into, table by table: what `fold` fills, and what all else here reads."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.office.calendar import Calendar
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

Fields = dict[str, Any]


@dataclass(slots=True)
class DrawRow:
    """A slot: the day of each station, what was drawn, whether it was voided, when and why."""

    slot: str
    office: str
    kind: str
    mode: str
    line: str
    opened: str
    supplements: str | None = None
    lead: str | None = None
    participants: tuple[str, ...] = ()
    draw_at: int | None = None
    closed: str | None = None
    randomness: str | None = None
    executed: str | None = None
    attested: str | None = None
    revealed: str | None = None
    drawn: int = 0
    shortfall: int = 0
    eligible: int = 0
    voided: str | None = None
    void_reason: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def owes_outcome(self) -> bool:
        """Tell whether an outcome is still to come: a void after the shares are closed does not end that (T5, T7)."""
        if self.executed is not None or self.draw_at is None:
            return False
        is_cancelled = self.void_reason == "lottery-cancelled" and self.randomness is None
        is_without_outcome = self.void_reason == "too-few-shares" or is_cancelled
        return self.voided is None or (self.closed is not None and not is_without_outcome)


@dataclass(slots=True)
class CaseRow:
    """An inspection: who hosts it, who goes, and the day of each step (None: not yet).

    Of a sealed case code and officers are empty until its sheet is disclosed; `followed` has who took whose place.
    """

    subject: str
    office: str
    host: str
    code: str
    officers: list[str]
    slot: str | None
    kind: str
    assigned: str
    began: str
    due: str
    staffed: str = ""
    received: dict[str, str] = field(default_factory=dict)
    recused: list[str] = field(default_factory=list)
    followed: dict[str, str] = field(default_factory=dict)
    urged: int = 0
    visited: str | None = None
    scanned: str | None = None
    problems: int = 0
    entered: str | None = None
    penalty_entered: str | None = None
    submitted: str | None = None
    result: str | None = None
    published: str | None = None
    first_published: str | None = None
    withdrawn: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    stale_since: str | None = None
    """The day of a correction while an earlier result is public; None where what is public is what was submitted."""
    ordered_due: str | None = None
    penalty_decided: str | None = None
    penalty_published: str | None = None
    first_penalty_published: str | None = None
    closed: str | None = None
    outcome: str | None = None
    cancelled: str | None = None


@dataclass(slots=True)
class ComplaintRow:
    """A complaint: the day of each step."""

    subject: str
    kind: str
    received: str
    of: str | None = None
    decided: str | None = None
    decision: str | None = None
    answered: str | None = None
    outcome: str | None = None


@dataclass(slots=True)
class NoticeRow:
    """A supervision notice: to whom, and the day of each step."""

    subject: str
    to: str
    issued: str
    answered: str | None = None
    settled: str | None = None


class Certified(NamedTuple):
    """An officer as declared or changed newest: home unit, certificate, and whether the certificate is needed."""

    unit: str
    until: str
    is_needed: bool


@dataclass(slots=True)
class Tables:
    """All rows so far, and what days are counted by.

    homes      officer -> home unit, of every officer who was ever declared
    certified  year -> officer -> certificate, on that year's rosters
    coverage   roster -> (year, enrolled, certified and in post)
    declared   the subjects of the officer rosters of which a part is declared
    approved   a roster's subject -> day of its approval
    filings    (street, year) -> day of the first filing
    plans      (office, year) -> its plans, oldest first, each with its day
    """

    size: int = 0
    index: int = -1
    """Of the entry taken or passed over last."""
    day: str = ""
    attested: str = ""
    """The newest day that a quorum of witnesses has attested in the record."""
    passed_over: set[str] = field(default_factory=set)
    """Subjects of which an entry, or of whose draw one, was passed over."""
    policies: list[tuple[int, int, Fields]] = field(default_factory=list)
    """(index of the entry, the time that it claims, what it says)"""
    witnessed: list[tuple[int, int]] = field(default_factory=list)
    """(size, the quorum's time) of every checkpoint that witnesses' words carry."""
    calendar: Calendar = field(default_factory=Calendar)
    homes: dict[str, str] = field(default_factory=dict)
    certified: dict[int, dict[str, Certified]] = field(default_factory=dict)
    listed: dict[str, dict[str, Certified]] = field(default_factory=dict)
    """Officers by a list's root: anybody may put a list into the log, it says nothing until it is declared."""
    coverage: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    approved: dict[str, str] = field(default_factory=dict)
    plans: dict[tuple[str, int], list[tuple[str, Fields]]] = field(default_factory=dict)
    draws: dict[str, DrawRow] = field(default_factory=dict)
    cases: dict[str, CaseRow] = field(default_factory=dict)
    complaints: dict[str, ComplaintRow] = field(default_factory=dict)
    notices: dict[str, NoticeRow] = field(default_factory=dict)
    opinions: dict[str, NoticeRow] = field(default_factory=dict)
    """An overseer's opinion has the steps of a notice, but is never settled."""
    filings: dict[tuple[str, int], str] = field(default_factory=dict)
    trainings: list[tuple[str, str, int]] = field(default_factory=list)
    recusals: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(day, case, officer, reason)"""
    bulletins: dict[str, Fields] = field(default_factory=dict)

    def policy(self, day: str) -> Fields:
        """Return the policy by which a day's deadlines are counted: the newest that binds by then (events.md, 3)."""
        if not self.policies:
            raise Refused(f"the log held nothing on {day}")
        chosen = self.policies[0][2]
        for index, at, policy in self.policies[1:]:
            binds = self._binds_at(index, at, chosen["periods"]["notice_days"] * 86_400)
            if binds is not None and derive_day(binds) <= day:
                chosen = policy
        return chosen

    def _binds_at(self, index: int, at: int, notice: int) -> int | None:
        """Return when an entry's notice had passed: by the witnesses' clock, where the first policy asks for any."""
        if self.policies[0][2]["witnesses"]["quorum"] == 0:
            return at + notice
        since = min((seconds for size, seconds in self.witnessed if size > index), default=0)
        return min((seconds for _, seconds in self.witnessed if since and seconds >= since + notice), default=None)

    def party(self, office: str, role: str, day: str) -> str:
        """Return who organises, supervises or leads an office: by the newest policy that knows it, up to a day's."""
        known = [self.policy(day), *(policy for _, _, policy in reversed(self.policies))]
        return str(next(policy["offices"][office][role] for policy in known if office in policy["offices"]))

    def rows(self) -> dict[str, Any]:
        """Return all rows, table by table, in their order."""
        return {
            "plans": self.plans,
            "draws": [*self.draws.values()],
            "cases": [*self.cases.values()],
            "complaints": [*self.complaints.values()],
            "notices": [*self.notices.values()],
            "opinions": [*self.opinions.values()],
            "homes": self.homes,
            "certified": self.certified,
            "coverage": self.coverage,
            "declared": self.declared,
            "approved": self.approved,
            "filings": self.filings,
            "trainings": self.trainings,
            "recusals": self.recusals,
            "bulletins": self.bulletins,
        }

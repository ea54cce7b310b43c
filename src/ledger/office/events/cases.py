"""Events on one inspection: subject `case/<office>/<yyyy-mm>/<nnn>/<nnnn>`, the last being the sheet's number."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Code, Day, Hex64, Id, Many, NoteText, Sealed, Text, Time
from ledger.office.events.draws import Result


class CaseAssigned(Body):
    """case.assigned/1: the host section hands the sheet to its officers, who receive it (受领).

    leaf, path  sealed mode, in place of code and officers: the sheet's leaf hash, and its path to the outcome's root
    """

    code: Code | None = None
    officers: Many[Id] | None = None
    leaf: Hex64 | None = None
    path: Many[Hex64] | None = None


class CaseSheet(Body):
    """A sheet of an outcome, as its leaf holds it (docs/spec/draw.md, section 9)."""

    case: Annotated[str, Field(pattern=r"^[0-9]{4,6}$")]
    deadline: Day
    host: Id
    id: Code
    items: Many[Id]
    officers: Many[Id]
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    stratum: Id
    street: Id | None = None
    ticket: Hex64


class CaseDisclosed(Body):
    """case.disclosed/1: the sheet of a sealed case, when it need not be hidden any more: at the visit, mostly."""

    sheet: CaseSheet


RecusalReason = Literal["conflict-of-interest", "leave", "illness", "transfer", "party-request-granted"]


class OfficerRecused(Body):
    """officer.recused/1: an officer leaves the case; fresh randomness at `draw_at` will say who follows (T19)."""

    officer: Id
    reason: RecusalReason
    draw_at: Time
    issue: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")] | None = None


class RecusalWitnessed(Body):
    """recusal.witnessed/1: a checkpoint over the recusal, cosigned by the quorum a minute before its randomness."""

    checkpoint: NoteText


class OfficerReplaced(Body):
    """officer.replaced/1: who follows, derived from the recusal's bytes and the randomness."""

    recused: Id
    officer: Id
    result: Result


class CheckedItem(Body):
    """What was found on one item."""

    id: Id
    finding: Literal["conforms", "problem", "not-applicable"]


class ItemReason(Body):
    """An item that was added or dropped, and why (Q1)."""

    id: Id
    reason: Text


ItemReasons = Annotated[Many[ItemReason], Field(min_length=1)]
"""Left out rather than empty."""


class CaseReceived(Body):
    """case.received/1: an officer of the acting unit has received the task (受领; R14, R22)."""

    officer: Id


class CaseUrged(Body):
    """case.urged/1: the officer's home section, or the supervisor, urges (督办; R16)."""

    officer: Id
    reason: Literal["not-received", "visit-due", "result-due"]


class VisitScanned(Body):
    """visit.scanned/1: the firm's supervision code was scanned (扫码入企; Shenzhen 深府规〔2025〕6号).

    reference  the scan's number on the city's platform
    late       why it was entered later than it was made: the network was down, or it was an emergency
    """

    scanned: Time
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    late: Literal["network", "emergency"] | None = None


class VisitRecorded(Body):
    """visit.recorded/1: the visit took place; signed by the home units of all its officers (T20).

    Work Safety Law (2021), article 68: time, place, content, problems and handling are recorded, both sides sign, and a
    refusal to sign is recorded.

    party   whether the inspected party signed; `party_reason` says why not
    record  the site record (现场检查笔录), sealed until publication: place, who was there, what was said
    """

    visited: Day
    began: Time
    ended: Time
    mode: Literal["on-site", "off-site"]
    officers: Many[Id]
    items: Many[CheckedItem]
    added: ItemReasons | None = None
    dropped: ItemReasons | None = None
    party: Literal["signed", "refused", "absent"]
    party_reason: Text | None = None
    record: Sealed | None = None

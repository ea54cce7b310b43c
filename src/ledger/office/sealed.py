"""A case whose sheet is sealed: what can be said of it while nobody outside knows whose it is (T22).

Its draw's outcome is recorded as a root alone, and the case as a leaf under it. Who receives it and who is recused is
recorded all the same: what of that anyone can check is checked at once, and what only the sheet can tell is kept as a
claim, and checked when the sheet is shown (docs/adr/0016).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.draws import Draw
from ledger.office.events.cases import CaseSheet
from ledger.office.outcome import Sheet
from ledger.office.rule import Change, check_same
from ledger.proof.encoding import Hex
from ledger.proof.errors import LedgerError, Mismatch, Refused
from ledger.proof.event import Event
from ledger.proof.merkle import derive_leaf_hash

if TYPE_CHECKING:
    from ledger.office.cases import Case, Recusal

Claim = Callable[["Case", Event], Change]
"""What an event asks of its case: (case, event) -> the change. Raises LedgerError where the case does not bear it."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An entry that was taken while what it says was sealed, and that proved wrong once it was shown.

    slot     its draw
    is_root  whether it gave a root that is not the outcome's; else it is a claim on a case, which does not count
    """

    index: int
    error: LedgerError
    slot: str
    is_root: bool


@dataclass(slots=True)
class SealedCase:
    """A sealed case: the leaf that stands for its sheet, and what was said of it.

    No claim keeps another out: which of several for one thing counts, the first that the sheet bears out, is told when
    it is opened. A false one would else close the door to the true one.

    claims    (index, event, claim), in their order
    recusals  of officers who may be on the case, in their order; one officer may have several
    """

    draw: Draw
    number: str
    leaf: Hex
    claims: list[tuple[int, Event, Claim]] = field(default_factory=list)
    recusals: "list[Recusal]" = field(default_factory=list)
    visit: None = None
    ordered: None = None

    def has(self, officer: str) -> bool:
        """Tell whether an officer may be on the case: is on a roster of its draw."""
        return officer in self.draw.ground.homes

    def open_recusals(self) -> "list[Recusal]":
        """Return the recusals that may still be served."""
        return self.recusals

    def find_home(self, officer: str) -> str:
        """Return an officer's home unit. Raises Refused for one who cannot be on the case."""
        if not self.has(officer):
            raise Refused(f"{officer} is not on a roster of {self.draw.slot}")
        return self.draw.ground.homes[officer]

    def decide(self, index: int, event: Event, claim: Claim) -> Change:
        """Return the change by which a claim is kept until the sheet is shown."""
        return lambda: self.claims.append((index, event, claim))


def parse_sheet(draw: Draw, body: CaseSheet) -> Sheet:
    """Return a sheet as it was shown, checked for what a sheet of the draw can be.

    Raises Mismatch. Whether it is what the seed gives is told by its leaf, once the draw is revealed.
    """
    leaf = next((leaf for leaf in draw.ground.pool if leaf.target.id == body.id and leaf.excluded is None), None)
    if leaf is None:
        raise Mismatch(f"{body.id} could not be drawn in {draw.slot}")
    target, ground = leaf.target, draw.ground
    check_same("stratum", body.stratum, leaf.stratum)
    check_same("street", body.street, target.street)
    check_same("host", body.host, draw.policy.sub_rosters[target.sub_roster].host)
    check_same("deadline", body.deadline, draw.reveal_due)
    eligible = {one.officer.id for one in ground.officers if one.excluded is None}
    officers, items = {*body.officers}, {*body.items}
    found = (len(body.officers), len(officers), officers - eligible)
    check_same("officers", found, (len(ground.crew), len(ground.crew), set()))
    applicable = {item.id for item in ground.items if item.is_applicable(target.sub_roster, target.tags or ())}
    expected = min(ground.items_per_case, len(applicable))
    check_same("items", (len(body.items), len(items), items - applicable), (expected, expected, set()))
    return Sheet(
        number=body.case,
        code=body.id,
        stratum=body.stratum,
        street=body.street,
        host=body.host,
        officers=body.officers,
        items=body.items,
        deadline=body.deadline,
        ticket=Hex(body.ticket),
        salt=body.salt,
    )


def derive_sheet_leaf(sheet: Sheet) -> Hex:
    """Return the leaf hash of a sheet."""
    return Hex(derive_leaf_hash(sheet.format()).hex())


def derive_sheet_info(origin: str, slot: str, case: str, to: str) -> str:
    """Return what a sheet is encrypted for (HPKE `info`): the log, the slot, the case, and for whom."""
    return f"{origin}|{slot}|sheet|{case}|{to}"

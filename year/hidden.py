"""What is different in the year's sealed draws: encrypted shares, sheets shown visit by visit, the reveal."""

import hashlib
from typing import TYPE_CHECKING

from ledger.cli import sealing, steps
from ledger.office.cases import Case
from ledger.office.events.cases import CaseReceived
from ledger.office.outcome import Outcome
from ledger.office.policy import SERVICE
from ledger.office.reveal import open_case
from ledger.proof.encoding import Hex, derive_day
from ledger.proof.seal import derive_encryption_key

if TYPE_CHECKING:
    from year.life import Year

SEALED = {"03": "covert-chemicals", "04": "monthly", "08": "monthly", "11": "monthly"}
"""Month -> the bureau's line that is drawn sealed in it."""


def make_private(unit: str) -> Hex:
    """Return a unit's encryption key, made of its name."""
    return Hex(hashlib.sha256(f"simulated {unit}".encode()).hexdigest())


def enrol(year: "Year") -> None:
    """Those whom the bureau's shares are encrypted to enrol their keys."""
    office = year.desk.office("bureau")
    for unit in (SERVICE, office.organiser, office.supervisor, office.leader):
        sealing.enrol_encryption(year.desk, unit, derive_encryption_key(make_private(unit)))


def commit(year: "Year", slot: str, shares: dict[str, str]) -> None:
    """The units commit, encrypt, open and check."""
    for unit, share in shares.items():
        sealing.commit_sealed(year.desk, slot, unit, share)
    draw = steps.find_draw(year.desk.record, slot)
    for share_of, ciphertexts in draw.encrypted.items():
        for unit in ciphertexts:
            sealing.open_share(year.desk.record, draw, share_of, unit, make_private(unit))
            sealing.check_share(year.desk, slot, unit, share_of)


def compute(year: "Year", slot: str) -> Outcome:
    """The service reads the shares, and says so; return what they give."""
    sealing.record_read(year.desk, slot, SERVICE)
    draw = steps.find_draw(year.desk.record, slot)
    return sealing.compute_outcome(year.desk.record, draw, SERVICE, make_private(SERVICE))


def assign(year: "Year", slot: str) -> list[str]:
    """Hand on every sheet unseen, and have each task received; return the cases."""
    outcome = compute(year, slot)
    sealing.assign_sealed(year.desk, slot, outcome)
    homes = steps.find_draw(year.desk.record, slot).ground.homes
    year.sheets |= {f"case/{slot}/{sheet.number}": sheet for sheet in outcome.sheets}
    for sheet in outcome.sheets:
        body = CaseReceived(officer=sheet.officers[0])
        year.desk.submit("case.received/1", f"case/{slot}/{sheet.number}", body, homes[sheet.officers[0]])
    return [f"case/{slot}/{sheet.number}" for sheet in outcome.sheets]


def find(year: "Year", subject: str) -> Case | None:
    """Return what a sealed case is, as the service knows it; None if it is not sealed."""
    sealed = year.desk.record.cases.sealed.get(subject)
    return None if sealed is None else open_case(sealed, year.sheets[subject])[0]


def disclose(year: "Year", subjects: list[str]) -> None:
    """The host sections show the sheets of the cases that are visited now."""
    for subject in subjects:
        if subject in year.desk.record.cases.sealed:
            slot = subject.removeprefix("case/").rpartition("/")[0]
            sealing.disclose_case(year.desk, slot, year.sheets[subject])


def reveal_overdue(year: "Year") -> None:
    """What is still sealed is revealed by the supervisor, on the day after its last day."""
    for draw in year.desk.record.draws.by_slot.values():
        if draw.owes_reveal:
            year.clock.set(derive_day(draw.draw_at + (draw.policy.periods.visit_days + 1) * 86_400))
            year.witness()
            supervisor = year.desk.office(draw.office).supervisor
            shares = {unit: Hex(year.make_share(draw.slot, unit)) for unit in draw.encrypted}
            sealing.reveal_draw(year.desk, draw.slot, supervisor, shares)

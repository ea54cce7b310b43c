"""What a draw's seed selects: enterprises, their host sections, officers and items, one sheet for each case.

Specification: docs/spec/draw.md, sections 3 to 9.
"""

from dataclasses import dataclass
from typing import Any

from ledger.office.events.body import ListRef
from ledger.office.events.draws import DrawnStratum, ServedCap
from ledger.office.ground import Ground
from ledger.office.policy import Policy
from ledger.proof.draw import (
    Case,
    Drawn,
    assign_officers,
    choose_items,
    derive_salt,
    derive_seed,
    derive_sub_seed,
    format_seed_file,
    select,
)
from ledger.proof.encoding import Hex, derive_day, format_canonical
from ledger.proof.merkle import derive_root
from ledger.proof.randomness import Result


@dataclass(frozen=True, slots=True)
class Sheet:
    """One case: what was drawn, and the leaf that stands for it under the outcome's root."""

    number: str
    code: str
    stratum: str
    street: str | None
    host: str
    officers: tuple[str, ...]
    items: tuple[str, ...]
    deadline: str
    ticket: Hex
    salt: str

    def format(self) -> bytes:
        """Return the sheet's bytes."""
        fields: dict[str, Any] = {
            "case": self.number,
            "deadline": self.deadline,
            "host": self.host,
            "id": self.code,
            "items": self.items,
            "officers": self.officers,
            "salt": self.salt,
            "stratum": self.stratum,
            "ticket": self.ticket,
        }
        if self.street is not None:
            fields["street"] = self.street
        return format_canonical(fields)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that follows from a seed."""

    seed_file: str
    seed: Hex
    strata: tuple[DrawnStratum, ...]
    caps: tuple[ServedCap, ...]
    sheets: tuple[Sheet, ...]
    ref: ListRef

    def find(self, code: str) -> Sheet | None:
        """Return the sheet of an enterprise, if it was drawn."""
        return next((sheet for sheet in self.sheets if sheet.code == code), None)


def derive_outcome(
    slot: str,
    frozen: Hex,
    ground: Ground,
    policy: Policy,
    draw_at: int,
    shares: dict[str, Hex],
    missing: tuple[str, ...],
    results: list[Result],
) -> Outcome:
    """Return the outcome of a draw. Pure: anyone with the same bytes gets the same.

    shares   party -> share, those that count;  missing  parties whose share does not
    results  the final randomness, in the order of draw.frozen
    """
    seed_file = format_seed_file(slot, frozen, shares, missing, results)
    seed = derive_seed(seed_file)
    drawn = {
        stratum.id: select(derive_sub_seed(seed, "pool", stratum.id), ground.eligible(stratum.id), stratum.quota)
        for stratum in ground.strata
    }
    targets = {leaf.target.id: leaf for leaf in ground.pool}
    tickets = {one.code: one.ticket for chosen in drawn.values() for one in chosen}
    cases = [Case(ticket, code, targets[code].target.street or "") for code, ticket in tickets.items()]
    seats = assign_officers(seed, cases, ground.crew, ground.rosters())
    deadline = derive_day(draw_at + policy.periods.visit_days * 86_400)
    sheets = []
    for number, code in enumerate(sorted(tickets), start=1):
        leaf = targets[code]
        target = leaf.target
        applicable = [item.id for item in ground.items if item.is_applicable(target.sub_roster, target.tags or ())]
        sheets.append(
            Sheet(
                number=f"{number:04d}",
                code=code,
                stratum=leaf.stratum,
                street=target.street,
                host=policy.sub_rosters[target.sub_roster].host,
                officers=seats.officers[code],
                items=tuple(choose_items(seed, code, applicable, ground.items_per_case)),
                deadline=deadline,
                ticket=tickets[code],
                salt=derive_salt(seed, code),
            )
        )
    return Outcome(
        seed_file=seed_file,
        seed=seed,
        strata=tuple(_report(ground, stratum.id, stratum.quota, drawn[stratum.id]) for stratum in ground.strata),
        caps=tuple(ServedCap(role=cap.role, roster=cap.roster, cap=cap.cap) for cap in seats.caps),
        sheets=tuple(sheets),
        ref=ListRef(root=derive_root(sheet.format() for sheet in sheets).hex(), count=len(sheets)),
    )


def _report(ground: Ground, stratum: str, quota: int, drawn: list[Drawn]) -> DrawnStratum:
    largest = drawn[-1].ticket if drawn else None
    return DrawnStratum(id=stratum, drawn=len(drawn), shortfall=quota - len(drawn), largest_ticket=largest)

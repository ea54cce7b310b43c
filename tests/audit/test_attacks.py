"""An attacker who holds the log's key, and keys of units, makes the log anew: the first wrong entry is named, and why.

Each row of the table is one attack: what is done to which entry, who signs it, and the check that must refuse it. The
checkpoint is always a fresh one, signed by the log for just these entries.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from audit.evidence import TERMS, failed, month, pack, replace, sign_again, sign_checkpoint, verify_entries
from forge import ENFORCEMENT, LEADER, SUPERVISOR, Fields, other_key
from ledger.audit.verify import verify_bundle
from ledger.proof.note import Signer
from world import make_targets

Signers = tuple[str | Signer, ...]


class Attack(NamedTuple):
    """A change of the n-th entry of a type, who signs it (nobody: the same units as before), and what it fails."""

    name: str
    type: str
    number: int
    change: Callable[[Fields], Any]
    signers: Signers
    check: str


def body(**values: Any) -> Callable[[Fields], Any]:
    """Return a change of fields of the body."""
    return lambda fields: fields["body"].update(values)


def set_row(fields: Fields) -> None:
    """Move the first enterprise of a list to another street."""
    fields["body"]["rows"][0]["street"] = "street/buji"


def swap_first_officer(fields: Fields) -> None:
    """Put a friend into the first seat of a case."""
    fields["body"]["officers"][0] = "o-bureau-legal-publicity-00"


def as_it_is(fields: Fields) -> None:
    """Change nothing: the attack is in who signs."""


def set_first(of: str, name: str, value: Any) -> Callable[[Fields], Any]:
    """Return a change of a field of the first part of a list in the body."""
    return lambda fields: fields["body"][of][0].update({name: value})


OTHER = "0" * 64
THIEF = other_key(ENFORCEMENT)
FORGER = other_key("bureau/hazchem")

ATTACKS = [
    Attack("a roster's row, by a key of the attacker's own", "rows.listed", 0, set_row, (THIEF,), "signatures"),
    Attack("a conflict ended, by a key of the attacker's own", "conflict.ended", 0, as_it_is,
           (FORGER, SUPERVISOR), "signatures"),
    Attack("T32 the supervisor alone approves", "target.changed", 0, as_it_is, (SUPERVISOR,), "duties"),
    Attack("T32 the organiser countersigns instead of the supervisor", "target.changed", 0, as_it_is,
           (ENFORCEMENT, LEADER), "duties"),
    Attack("T32 a street publishes the items", "items.published", 0,
           lambda fields: fields.update(unit="street/pinghu"), ("street/pinghu", SUPERVISOR), "duties"),
    Attack("T32 the organiser attests for the supervisor", "draw.attested", 0,
           lambda fields: fields.update(unit=ENFORCEMENT), (ENFORCEMENT,), "duties"),
    Attack("a coverage of the officers that is none", "officers.approved", 0, body(enrolled=1), (), "ground"),
    Attack("T15 a quota rounded to taste", "plan.approved", 0,
           lambda fields: fields["body"]["lines"][0]["strata"][0].update(year_quota=1), (), "ground"),
    Attack("T2 a slot left out", "draw.opened", 0,
           lambda fields: fields.update(subject="draw/bureau/2027-01/002"), (), "stations"),
    Attack("T3 another pool", "draw.frozen", 0, lambda fields: fields["body"]["pool"].update(root=OTHER), (), "ground"),
    Attack("T11 an enterprise fewer in the pool", "draw.frozen", 0,
           lambda fields: fields["body"]["pool"].update(count=83), (), "ground"),
    Attack("T15 another quota", "draw.frozen", 0, set_first("strata", "quota", 4), (), "ground"),
    Attack("T4 a second commitment of a unit", "seed.committed", 1,
           lambda fields: fields.update(unit=ENFORCEMENT), (ENFORCEMENT,), "shares"),
    Attack("T6 another share than was committed", "seed.revealed", 0, body(share=OTHER), (), "shares"),
    Attack("T6 a share left out", "seeds.closed", 0,
           lambda fields: fields["body"]["shares"].pop(), (), "shares"),
    Attack("T8 the round before", "randomness.recorded", 0,
           lambda fields: fields["body"]["results"][0].update(
               round=fields["body"]["results"][0]["round"] - 1), (), "randomness"),
    Attack("T8 a forged round", "randomness.recorded", 0,
           set_first("results", "signature", "ab" * 48), (), "randomness"),
    Attack("T17 another seed", "draw.executed", 0, body(seed=OTHER), (), "seed"),
    Attack("T17 another largest ticket", "draw.executed", 0,
           set_first("strata", "largest_ticket", OTHER), (), "selection"),
    Attack("T17 other caps", "draw.executed", 0, set_first("caps", "cap", 9), (), "officers"),
    Attack("T17 another outcome", "draw.executed", 0,
           lambda fields: fields["body"]["outcome"].update(root=OTHER), (), "outcome"),
    Attack("T20 an officer swapped", "case.assigned", 0, swap_first_officer, (), "cases"),
    Attack("T20 another enterprise", "case.assigned", 0,
           body(code=make_targets("industry-trade", 9)[8]["id"]), (), "cases"),
    Attack("T19 a friend follows", "officer.replaced", 0,
           body(officer="o-bureau-legal-publicity-00"), (), "replacement"),
    Attack("T24 published as it was not submitted", "result.published", 0, body(summary="好"), (), "cases"),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_t18_an_entry_made_anew_is_named_with_the_check_that_refuses_it(attack: Attack) -> None:
    index = month().index(attack.type, attack.number)
    entry = sign_again(month().entries[index], attack.change, *attack.signers)
    assert entry != month().entries[index]
    entries = replace(month().entries, index, entry)
    report = verify_entries(entries)
    assert failed(report) == [attack.check], report.facts["first_wrong"]
    assert report.facts["first_wrong"]["entry"] == index
    assert report.facts["first_wrong"]["check"] == attack.check
    assert verify_bundle(pack(month(), entries, sign_checkpoint(entries)), TERMS).exit_status() == 1
    assert failed(verify_entries(entries, month().checkpoint)) == ["tree", attack.check]

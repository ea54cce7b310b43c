"""The stations of a draw, and of a case, in every other order are refused."""

from collections.abc import Sequence
from copy import deepcopy

import pytest

from forge import (
    ENFORCEMENT,
    LEADER,
    SLOT,
    SUPERVISOR,
    Fields,
    assert_refused,
    fields_now,
    read_fields,
    read_signers,
    rebuild,
    sign,
)
from ledger.office.compose import format_body
from ledger.office.results import derive_executed
from ledger.office.shares import derive_closing
from ledger.proof.encoding import format_time
from ledger.proof.errors import LedgerError, Mismatch, Refused
from month import month_entries
from world import World

DRAW = {
    "opened": {"frozen", "voided"},
    "frozen": {"committed E", "committed S", "dice", "voided"},
    "committed E": {"committed S", "dice", "voided"},
    "committed S": {"dice", "revealed E", "revealed S", "closed", "voided"},
    "dice": {"revealed E", "revealed S", "closed", "voided"},
    "revealed E": {"revealed S", "closed", "voided"},
    "revealed S": {"closed", "voided"},
    "closed": {"witnessed", "voided"},
    "witnessed": {"randomness", "voided"},
    "randomness": {"executed", "voided"},
    "executed": {"attested", "voided"},
    "attested": {"voided"},
    "voided": set(),
}
"""Station -> what may come next; the keys stand in the order in which the month has them."""

CASE: dict[str, set[str]] = {
    "assigned": {"received A", "received B", "recused", "scanned", "urged", "visited"},
    "recused": {"received B", "recusal witnessed", "scanned"},
    "recusal witnessed": {"received B", "replaced", "scanned"},
    "replaced": {"received A", "received B", "recused", "scanned", "urged", "visited"},
    "urged": {"received A", "received B", "recused", "scanned", "urged", "visited"},
    "received A": {"received B", "recused", "scanned", "visited"},
    "received B": {"recused", "scanned", "visited"},
    "scanned": {"recused", "visited"},
    "visited": {"ordered", "penalty", "submitted", "transferred"},
    "submitted": {"corrected", "ordered", "penalty", "published", "transferred"},
    "published": {"corrected", "ordered", "penalty", "transferred", "withdrawn"},
    "ordered": {"corrected", "penalty", "recused", "reinspected", "transferred", "withdrawn"},
    "reinspected": {"corrected", "penalty", "transferred", "withdrawn"},
    "penalty": {"closed", "corrected", "penalty published", "transferred", "withdrawn"},
    "penalty published": {"closed", "corrected", "transferred", "withdrawn"},
    "transferred": {"closed", "corrected", "withdrawn"},
    "withdrawn": {"closed", "corrected", "published"},
    "corrected": {"closed"},
    "closed": set(),
}
"""The same for a case: who inspects, what they find, what is made public and what follows go on side by side."""


def station_indexes(subject: str, names: Sequence[str]) -> dict[str, int]:
    """Return the index of each station's entry in the month."""
    found = [index for index, entry in enumerate(month_entries()) if read_fields(entry)["subject"] == subject]
    assert len(found) == len(names)
    return dict(zip(names, found, strict=True))


def crew_now(world: World, fields: Fields) -> tuple[list[str], list[str]]:
    """Return who is on a case now, and their home units; as the event says where it is not assigned."""
    draw, case = world.draw(SLOT), world.record.cases.by_subject.get(fields["subject"])
    officers = case.officers if case else fields["body"]["officers"]
    homes = {leaf.officer.id: leaf.officer.unit for leaf in draw.ground.officers}
    return list(officers), [homes[officer] for officer in officers]


def month_crew() -> list[str]:
    """Return who inspects the month's case in the end, seat by seat."""
    visits = (read_fields(entry) for entry in month_entries())
    crew: list[str] = next(visit for visit in visits if visit["type"] == "visit.recorded/1")["body"]["officers"]
    return crew


def signed_now(world: World, entry: bytes) -> bytes:
    """Return a station's event as its units would sign it now; what is derived or cited is so as far as it can be."""
    fields, units = read_fields(entry), read_signers(entry)
    body = body_now(world, fields)
    if fields["type"] in ("visit.recorded/1", "visit.scanned/1", "case.reinspected/1"):
        officers, homes = crew_now(world, fields)
        body |= {"officers": officers} if "officers" in body else {}
        units = sorted(set(homes))
    at = world.record.times[-1] + 10
    times = {"scanned": at, "began": at - 5, "ended": at}
    body |= {name: format_time(seconds) for name, seconds in times.items() if name in body}
    if fields["type"] in ("case.received/1", "case.urged/1"):
        officers, homes = crew_now(world, fields)
        seat = int(fields["body"]["officer"] == month_crew()[1])
        body["officer"], units = officers[seat], [homes[seat]]
    if fields["type"] == "officer.recused/1" and fields["subject"] in world.record.cases.by_subject:
        officers, homes = crew_now(world, fields)
        body["draw_at"] = format_time(world.record.times[-1] + 900)
        body["officer"] = officers[0]
        units = [homes[0], LEADER if homes[0] == SUPERVISOR else SUPERVISOR]
    is_adapted = fields["type"] in ("officer.recused/1", "visit.recorded/1")  # the acting unit comes first there
    unit = fields["unit"] if fields["unit"] in units and not is_adapted else units[0]
    now = fields_now(world.record, fields["type"], fields["subject"], unit, body, at)
    return sign(now, *units)


def body_now(world: World, fields: Fields) -> Fields:
    """Return a station's body; where it is derived or cites a checkpoint, as it would be now, so far as it can be."""
    draw = world.draw(SLOT)
    if fields["type"] == "seeds.closed/1":
        return format_body(derive_closing(draw))
    if fields["type"] in ("seeds.witnessed/1", "recusal.witnessed/1"):
        return {"checkpoint": world.cosigned().decode()}
    if fields["type"] == "draw.executed/1" and draw.results:
        return format_body(derive_executed(draw))
    body: Fields = fields["body"]
    return body


def try_each(subject: str, table: dict[str, set[str]], after: str) -> set[str]:
    """Return which stations' events are taken in right after a station; every other must be refused by a rule."""
    indexes = station_indexes(subject, [*table])
    world = rebuild(month_entries()[: indexes[after] + 1])
    before = deepcopy(world.record)
    taken = set()
    for name, index in indexes.items():
        try:
            world.record.append(signed_now(world, month_entries()[index]))
        except LedgerError as error:
            if type(error) not in (Refused, Mismatch):
                raise
        else:
            taken.add(name)
            world.log.record = deepcopy(before)
    return taken


@pytest.mark.parametrize("after", DRAW)
def test_a_draws_stations_come_in_their_one_order(after: str) -> None:
    assert try_each(f"draw/{SLOT}", DRAW, after) == DRAW[after]


@pytest.mark.parametrize("after", CASE)
def test_a_cases_stations_come_in_their_one_order(after: str) -> None:
    assert try_each(f"case/{SLOT}/0001", CASE, after) == CASE[after]


@pytest.mark.parametrize("station", [name for name in DRAW if name != "opened"])
def test_no_station_without_an_opened_slot(station: str) -> None:
    world = World().prepare_year()
    entry = month_entries()[station_indexes(f"draw/{SLOT}", [*DRAW])[station]]
    fields = read_fields(entry)
    now = fields_now(world.record, fields["type"], f"draw/{SLOT}", fields["unit"], fields["body"], world.now)
    assert_refused(world.record, sign(now, *read_signers(entry)), Refused, "not opened")


def test_a_case_is_not_assigned_before_the_supervisor_has_attested() -> None:
    world = World().prepare_year()
    world.run_to("randomness")
    entry = month_entries()[station_indexes(f"case/{SLOT}/0001", [*CASE])["assigned"]]
    fields = read_fields(entry)
    now = fields_now(world.record, fields["type"], fields["subject"], fields["unit"], fields["body"], world.now)
    assert_refused(world.record, sign(now, ENFORCEMENT), Refused, "not executed")


def test_the_supervisor_may_not_attest_what_is_not_executed() -> None:
    world = World().prepare_year()
    slot = world.run_to("randomness")
    body = {"outcome": {"root": "00" * 32, "count": 1}}
    now = fields_now(world.record, "draw.attested/1", f"draw/{slot}", SUPERVISOR, body, world.now)
    assert_refused(world.record, sign(now, SUPERVISOR), Refused, "not executed")

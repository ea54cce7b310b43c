"""A sealed draw of the made-up bureau at any station, to be attacked."""

from copy import deepcopy
from functools import cache

from forge import SLOT, Fields
from ledger.cli import sealing
from ledger.office.outcome import Outcome
from ledger.proof.encoding import parse_canonical
from world import World

FIRST = f"case/{SLOT}/0001"


@cache
def _world_at(station: str) -> World:
    world = World().prepare_year()
    world.run_sealed_to(station)
    return world


def copy(world: World) -> World:
    """Return a world of its own from here on."""
    other = deepcopy(world)
    other.desk.clock = lambda: other.now
    return other


def world_at(station: str) -> World:
    """Return a world whose sealed January draw stands at a station."""
    return copy(_world_at(station))


def pass_deadline(world: World) -> None:
    """Let the last day of the visits pass, witnessed."""
    world.pass_days(32)


def sheet_fields(outcome: Outcome, number: int = 1) -> Fields:
    """Return what a sheet says."""
    fields = parse_canonical(outcome.sheets[number - 1].format())
    assert isinstance(fields, dict)
    return fields


def disclose(world: World, number: int = 1) -> None:
    """The host section shows a sheet."""
    sealing.disclose_case(world.desk, SLOT, world.compute(SLOT).sheets[number - 1])

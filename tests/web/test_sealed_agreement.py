"""Sealed draws: while they are hidden, as their sheets are shown, revealed, and found to be wrong. Both tell the same.

A log whose newest draw is hidden has no bundle of it; it is checked as it is served.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from audit.evidence import TERMS, sign_checkpoint
from audit.test_sealed import bundle, rig
from forge import ENFORCEMENT, SLOT, append
from hidden import FIRST, disclose, pass_deadline, world_at
from ledger.audit.report import Report
from ledger.audit.verify import verify_log
from ledger.cli import sealing, steps
from ledger.proof.tile import WIDTH, derive_entry_tiles, format_entries, format_tile_path
from month import replace_officer
from web.node import Node
from web.node import pack as base64_of
from web.test_agreement import Row, by_browser, by_program, shorten
from world import World


def hidden() -> World:
    return world_at("assign")


def overdue() -> World:
    world = world_at("assign")
    pass_deadline(world)
    return world


def shown() -> World:
    """Return a world in which an officer was recused and replaced while the case was sealed, and its sheet is shown."""
    world = world_at("assign")
    case, _ = sealing_case(world)
    append(world, "case.received/1", FIRST, {"officer": case[1]}, world.draw(SLOT).ground.homes[case[1]])
    disclose(world)
    replace_officer(world, FIRST)
    return world


def sealing_case(world: World) -> tuple[tuple[str, ...], str]:
    """Return the officers and the host of the first sheet, as a holder of the shares knows them."""
    sheet = world.compute(SLOT).sheets[0]
    return sheet.officers, sheet.host


def revealed() -> World:
    world = overdue()
    world.reveal_sealed(SLOT)
    return world


def unchecked_share() -> World:
    world = world_at("commit")
    world.close(SLOT)
    return world


def invented_root() -> World:
    world = world_at("randomness")
    rigged = rig(world.compute(SLOT))
    steps.execute_draw(world.desk, SLOT, ENFORCEMENT, rigged)
    steps.attest_draw(world.desk, SLOT, rigged)
    sealing.assign_sealed(world.desk, SLOT, rigged)
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    return world


def false_claim() -> World:
    world = world_at("assign")
    homes, (on, _) = world.draw(SLOT).ground.homes, sealing_case(world)
    other = next(officer for officer in sorted(homes) if officer not in on)
    append(world, "case.received/1", FIRST, {"officer": other}, homes[other])
    disclose(world)
    return world


WORLDS = [hidden, overdue, shown, revealed, unchecked_share, invented_root, false_claim]


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_a_log_with_a_sealed_draw_gives_the_same_report(make: Callable[[], World], node: Node) -> None:
    entries = make().log.entries
    checkpoint = sign_checkpoint(entries)
    report = Report("log")
    verify_log(report, checkpoint, list(entries), TERMS)
    files = {"checkpoint": base64_of(checkpoint)}
    for tile in derive_entry_tiles(len(entries)):
        part = entries[tile.number * WIDTH : tile.number * WIDTH + tile.width]
        files[format_tile_path(tile)] = base64_of(format_entries(part))
    found = shorten(node.ask("verify_served", files=files, subject="log"))
    expected = shorten(json.loads(report.format_json()))
    assert breaches(found) == breaches(expected)
    beside = (1, 24)  # they do not apply to a log, and are told by whoever reads it from a folder
    assert [one for one in found["checks"] if one[0] not in beside] == [
        one for one in expected["checks"] if one[0] not in beside
    ]
    assert found["draws"] == expected["draws"]


def breaches(report: dict[str, Any]) -> list[tuple[int, str]]:
    """Return the entries that proved wrong, and the checks that they fail."""
    return [(one["entry"], one["check"]) for one in report.get("breaches", [])]


@pytest.mark.parametrize("make", [revealed], ids=lambda make: make.__name__)
def test_a_bundle_of_a_sealed_draw_gives_the_same_report(make: Callable[[], World], node: Node) -> None:
    row = Row("sealed", bundle(make()))
    assert by_browser(row, node) == by_program(row)
    assert row.data

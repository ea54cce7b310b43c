"""The second implementation on a sealed draw: once its shares are shown it gives the root recorded weeks before."""

import json
from collections import defaultdict
from typing import Any, cast

import pytest

from forge import SLOT, read_fields
from hidden import pass_deadline, world_at
from ledger.audit.bundle import derive_bundle
from second import draw
from world import World


@pytest.fixture(scope="module")
def world() -> World:
    """A world whose sealed January draw is revealed."""
    world = world_at("assign")
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    return world


@pytest.fixture(scope="module")
def files(world: World) -> dict[str, bytes]:
    return derive_bundle(world.record, world.log.entries, world.cosigned(), SLOT)


def read_entry(world: World, type: str) -> tuple[bytes, dict[str, Any]]:
    """Return the draw's entry of a type, and its body."""
    found = [entry for entry in world.log.entries if read_fields(entry)["type"] == type]
    entry = next(entry for entry in found if read_fields(entry)["subject"] == f"draw/{SLOT}")
    return entry, read_fields(entry)["body"]


def read_lines(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"draw/{name}.jsonl"].splitlines()]


def read_pool(files: dict[str, bytes]) -> list[draw.Target]:
    """Return the enterprises that could be drawn."""
    return [
        {
            "code": row["id"],
            "stratum": row["stratum"],
            "sub_roster": row["sub_roster"],
            "street": row.get("street", ""),
            "tags": row.get("tags", []),
        }
        for row in read_lines(files, "pool")
        if "excluded" not in row
    ]


def read_officers(files: dict[str, bytes], fallback: str) -> draw.Officers:
    """Return the officers who could be drawn, by home roster, and the conflicts."""
    homes: dict[str, list[str]] = defaultdict(list)
    for row in read_lines(files, "officers"):
        if "excluded" not in row:
            homes[row["roster"]].append(row["id"])
    conflicts = {(row["officer"], row["code"]) for row in read_lines(files, "conflicts")}
    return draw.Officers(homes, conflicts, fallback)


def test_it_gives_the_root_that_was_recorded_before_anybody_could_compute_it(
    world: World, files: dict[str, bytes]
) -> None:
    frozen, ground = read_entry(world, "draw.frozen/1")
    (result,) = read_entry(world, "randomness.recorded/1")[1]["results"]
    shares = read_entry(world, "draw.revealed/1")[1]["shares"]
    source = (result["kind"], result["name"], result["round"], result["signature"])
    text = draw.seed_txt(SLOT, frozen, shares, [*shares], [source])
    assert text == files["draw/seed.txt"]
    seed, policy = draw.h(text.decode()), read_fields(world.log.entries[0])["body"]["policy"]
    cases = draw.select(seed, read_pool(files), {stratum["id"]: stratum["quota"] for stratum in ground["strata"]})
    team, _ = draw.seat(seed, cases, ground["crew"], read_officers(files, policy["fallback_roster"]))
    items = cast("list[draw.Item]", read_lines(files, "items"))
    picked = {case.code: draw.pick_items(seed, case.target, items, ground["items_per_case"]) for case in cases}
    hosts = {name: row["host"] for name, row in policy["sub_rosters"].items()}
    due = draw.deadline(ground["draw_at"], policy["periods"]["visit_days"])
    sheets = draw.sheets(seed, cases, team, picked, hosts, due)
    executed = read_entry(world, "draw.executed/1")[1]
    assert executed["outcome"] == {"count": len(sheets), "root": draw.root(sheets).hex()}
    assert "seed" not in executed

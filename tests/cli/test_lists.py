"""Lists on their way into the log: made once, cut out of the signed parts as they were signed."""

import gc
from contextlib import suppress

import pytest

from ledger.audit.collector import collector_held
from ledger.cli import steps
from ledger.office.compose import derive_list
from ledger.proof.encoding import format_canonical
from ledger.proof.merkle import derive_root
from world import World

ROW = {"id": "91440300000000001X", "sub_roster": "hazchem", "status": "open"}
# What a row says may look like the frame around it.
ROWS = [
    {**ROW, "id": f"9144030000000000{number:02d}", "area": area}
    for number, area in enumerate(('"body":{"rows":[', '},"seen":{"root":"', "]}", '\\"],[', "所[1],{2}\\"))
]


@pytest.fixture
def world() -> World:
    return World()


def test_rows_that_look_like_their_frame_stand_in_the_log_as_their_leaves(world: World) -> None:
    steps.declare_targets(world.desk, 2027, "hazchem", ROWS)
    record = world.desk.record
    ref = record.targets.declared[2027, "hazchem"]
    leaves = [format_canonical(row) for row in ROWS]
    assert record.lists.leaves(ref) == leaves
    assert ref.root == derive_root(leaves).hex()


def test_a_list_made_before_is_signed_as_its_rows_would_be(world: World) -> None:
    listed = derive_list(ROWS[::-1])
    steps.declare_targets(world.desk, 2027, "hazchem", listed)
    assert world.desk.record.targets.declared[2027, "hazchem"] == listed.ref


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_as_it_was_after_an_import_even_one_that_failed(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        with suppress(RuntimeError), collector_held():
            assert not gc.isenabled()
            raise RuntimeError("the import stops")
        assert gc.isenabled() == is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()

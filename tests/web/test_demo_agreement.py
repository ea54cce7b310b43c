"""The demonstration, drawn by a real round of the public beacon, and its three riggings: both tell the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run
from ledger.cli.installation import Installation
from ledger.cli.riggings import change_seed, edit_roster, swap_officer
from web.node import Node
from web.test_agreement import Row, by_browser, by_program

Rig = Callable[[bytes, Installation], bytes]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration that ran."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    assert run("demo", "--dir", folder).status == 0
    return folder


@pytest.fixture(scope="module")
def policy(demo: Path) -> bytes:
    return run("log", "policy", "--dir", demo).out.encode()


def bundle(demo: Path) -> bytes:
    (file,) = (demo / "bundles").glob("*.zip")
    return file.read_bytes()


def test_a_draw_by_the_public_beacon_passes_every_check(demo: Path, policy: bytes, node: Node) -> None:
    row = Row("demo", bundle(demo), policy)
    report = by_browser(row, node)
    assert report == by_program(row)
    assert [number for number, status, _ in report["checks"] if status != "passed"] == [4, 25]


@pytest.mark.parametrize(
    ("rig", "failed"),
    [(edit_roster, 11), (swap_officer, 23), (change_seed, 14)],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_rigging_fails_the_same_check(rig: Rig, failed: int, demo: Path, policy: bytes, node: Node) -> None:
    data = rig(bundle(demo), Installation(demo))
    for trusted in (None, policy):
        row = Row(rig.__name__, data, trusted)
        report = by_browser(row, node)
        assert report == by_program(row)
        assert failed in [number for number, status, _ in report["checks"] if status == "failed"]

"""A real roster of 42,782 enterprises: imported whole, drawn from at 3%, verified."""

import hashlib
from pathlib import Path

import pytest

from cli.run import run
from ledger.audit.container import parse_container
from ledger.cli import steps
from ledger.cli.demo import DRAW_AT, DRAW_ROUND, DRAW_SIGNATURE
from ledger.cli.installation import Installation
from ledger.proof.encoding import parse_time
from world import make_items, make_officers

PLAN = {
    "id": "all",
    "title": "不定向抽查",
    "kind": "monthly",
    "weights": [0] * 8 + [1] + [0] * 3,
    "strata": [{"id": "trade", "scope": {"sub_rosters": ["industry-trade"]}, "ratio": "3/100"}],
}
SLOT = "bureau/2023-09/001"


def at(time: str) -> tuple[str, str]:
    return "--at", f"2023-09-15T{time}Z"


@pytest.fixture(scope="module")
def drawn(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installation in which a draw of 3% was executed."""
    folder = tmp_path_factory.mktemp("real") / "data"
    sheet = shared / "data" / "zj_draw_list_2017_check03.xlsx"
    ran = run("import", "targets", sheet, "--dir", folder, "--json", "--at", "2023-08-25T01:00:00Z")
    assert ran.status == 0, ran.err
    report = ran.json()
    assert (report["read"], report["taken"], report["refused"]) == (42782, 42782, 0)
    installation = Installation(folder, lambda: parse_time("2023-08-25T02:00:00Z"))
    with installation.open_desk() as (_, desk):
        steps.approve_targets(desk, 2023)
        steps.declare_officers(desk, 2023, "bureau/enforcement", make_officers("bureau/enforcement", 40))
        steps.approve_officers(desk, 2023, "bureau")
        steps.publish_items(desk, "2023-1", make_items())
        steps.approve_plan(desk, "bureau", 2023, [PLAN])
    for words in (
        ("draw", "open", "all", "--month", "2023-09", *at("10:00:00")),
        ("draw", "freeze", SLOT, "--draw-at", DRAW_AT, *at("10:01:00")),
        ("draw", "commit", SLOT, "--unit", "bureau/enforcement", *at("10:10:00")),
        ("draw", "commit", SLOT, "--unit", "bureau/legal-publicity", *at("10:11:00")),
        ("draw", "reveal", SLOT, "--unit", "bureau/enforcement", *at("10:20:00")),
        ("draw", "reveal", SLOT, "--unit", "bureau/legal-publicity", *at("10:21:00")),
        ("draw", "close", SLOT, *at("10:30:00")),
        ("draw", "witness", SLOT, *at("10:40:00")),
        ("draw", "randomness", SLOT, "--result", f"{DRAW_ROUND}:{DRAW_SIGNATURE}", *at("11:00:30")),
        ("draw", "execute", SLOT, *at("11:01:00")),
        ("draw", "attest", SLOT, *at("11:02:00")),
        ("export", "bundle", SLOT, *at("11:03:00")),
    ):
        ran = run(*words, "--dir", folder)
        assert ran.status == 0, (words, ran.err)
    return folder


def test_three_per_cent_are_1284_and_verify(drawn: Path) -> None:
    bundle = drawn / "bundles" / "bureau-2023-09-001.zip"
    ran = run("verify", bundle, "--vkey", run("log", "vkey", "--dir", drawn).out.strip(), "--json")
    assert ran.status == 0, ran.out
    (draw,) = ran.json()["draws"]
    assert draw["eligible"] == 42782
    assert draw["drawn"] == 1284


def test_every_ticket_is_what_sha256sum_gives(drawn: Path) -> None:
    files = parse_container((drawn / "bundles" / "bureau-2023-09-001.zip").read_bytes())
    seed = hashlib.sha256(files["draw/seed.txt"]).hexdigest()
    sub_seed = hashlib.sha256(f"{seed}|pool|trade".encode()).hexdigest()
    codes = files["draw/codes/trade.txt"].decode().split("\n")[:-1]
    tickets = sorted((hashlib.sha256((sub_seed + code).encode()).hexdigest(), code) for code in codes)
    expected = "".join(f"{ticket} {code}\n" for ticket, code in tickets[:1284])
    assert files["draw/drawn/trade.txt"].decode() == expected


def test_csv_and_xlsx_give_the_same_root(shared: Path, tmp_path: Path) -> None:
    roots = set()
    for name in ("zj_draw_list_2017_check03.xlsx", "zj_draw_list_2017_check03.csv"):
        ran = run("import", "targets", shared / "data" / name, "--dir", tmp_path, "--dry-run", "--json")
        assert ran.status == 0
        roots.add(ran.json()["root"])
    assert len(roots) == 1
    assert not list(tmp_path.iterdir()), "a dry run writes nothing"

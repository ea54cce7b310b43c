"""The demonstration: it runs, what it leaves verifies, its riggings are caught, and two runs differ only in secrets."""

import socket
from pathlib import Path

import pytest

from cli.run import run
from ledger.audit.container import parse_container
from ledger.cli.demo import ENDS, tell_program


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration that ran."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    ran = run("demo", "--dir", folder)
    assert ran.status == 0, ran.err
    for rigging in ("roster edit", "swapped officer", "changed seed"):
        assert rigging in ran.out
    assert "NOT CAUGHT" not in ran.out
    return folder


def vkey(folder: Path) -> str:
    return run("log", "vkey", "--dir", folder).out.strip()


def bundle(folder: Path) -> Path:
    (file,) = (folder / "bundles").glob("*.zip")
    return file


def test_the_bundle_verifies_with_the_logs_key(demo: Path) -> None:
    ran = run("verify", bundle(demo), "--vkey", vkey(demo), "--json")
    assert ran.status == 0
    statuses = {check["id"]: check["status"] for check in ran.json()["checks"]}
    unchecked = {id for id, status in statuses.items() if status == "not checked"}
    assert unchecked == {"since", "cosignatures", "outside"}
    assert "failed" not in statuses.values()


def test_the_bundle_verifies_strictly_with_the_witnesses_policy(demo: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text(run("log", "policy", "--dir", demo).out)
    assert run("verify", bundle(demo), "--policy", policy, "--strict").status == 0
    assert run("verify", bundle(demo), "--vkey", vkey(demo), "--strict").status == 3


def test_the_whole_installation_and_its_log_verify(demo: Path) -> None:
    assert run("verify", demo, "--vkey", vkey(demo)).status == 0
    assert run("verify", demo / "log", "--vkey", vkey(demo)).status == 0


def test_another_logs_key_fails(demo: Path, tmp_path: Path) -> None:
    other = run("keys", "new", "x", tmp_path / "key").out.strip()
    ran = run("verify", bundle(demo), "--vkey", other, "--json")
    assert ran.status == 1
    assert ran.json()["checks"][1]["status"] == "failed"


def test_what_cannot_be_read_is_status_2(tmp_path: Path) -> None:
    file = tmp_path / "no.zip"
    file.write_bytes(b"no bundle")
    assert run("verify", file).status == 2
    assert run("verify", tmp_path / "absent.zip").status == 2
    assert run("verify", tmp_path).status == 2


def test_a_log_cut_short_of_a_kept_checkpoint_fails(demo: Path, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text(run("log", "checkpoint", "--dir", demo).out)
    assert run("verify", bundle(demo), "--vkey", vkey(demo), "--since", kept).status == 0
    shorter = parse_container(bundle(demo).read_bytes())["log/checkpoint"]
    assert shorter == kept.read_bytes()


def test_explain_names_the_ticket_of_a_drawn_and_of_an_undrawn_enterprise(demo: Path) -> None:
    files = parse_container(bundle(demo).read_bytes())
    drawn = files["draw/drawn/industry-trade.txt"].decode().split("\n")[0]
    ticket, _, code = drawn.partition(" ")
    ran = run("explain", code, "--bundle", bundle(demo), "--json")
    assert ran.status == 0
    assert ran.json()["ticket"] == ticket
    assert ran.json()["is_drawn"] is True


def test_replay_to_an_index_gives_the_state_of_then(demo: Path) -> None:
    whole = run("replay", "--dir", demo, "--json").json()
    assert whole["draws"] == {"bureau/2023-09/001": "executed"}
    then = run("replay", "--dir", demo, "--to", "20", "--json").json()
    assert then["size"] == 20
    assert then["draws"] == {}


def test_the_demonstration_wants_an_empty_folder(demo: Path) -> None:
    ran = run("demo", "--dir", demo)
    assert ran.status == 2
    assert "not empty" in ran.err


def test_chinese_readers_read_chinese(demo: Path) -> None:
    assert "通过" in run("verify", bundle(demo), "--vkey", vkey(demo), locale="zh_CN.UTF-8").out


def test_what_stands_in_the_way_of_the_site_is_found_before_anything_is_played(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("demo", "--serve", "--port", str(port), "--dir", tmp_path / "data")
    assert (ran.status, ran.out) == (2, "")
    assert f"cannot listen on port {port}: Address already in use; --port takes another" in ran.err
    assert not (tmp_path / "data").exists()


def test_where_a_demonstration_is_already_it_is_told_how_to_see_its_site(demo: Path) -> None:
    ran = run("demo", "--serve", "--port", "0", "--dir", demo)
    assert ran.status == 2
    assert f"to see the site of one that is there: serve --dir {demo} --at {ENDS}" in ran.err


def test_what_to_try_next_is_told_as_the_program_is_called_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = tmp_path / "a clone/.venv/bin/double-random"
    assert tell_program(called) == tell_program(Path("double-random")) == "double-random"
    called.parent.mkdir(parents=True)
    door = tmp_path / "a clone/run"
    door.touch()
    assert tell_program(called) == f"'{door}'"
    monkeypatch.chdir(door.parent)
    assert tell_program(called) == "./run"

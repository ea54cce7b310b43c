"""The ceremony by which one log ends and another goes on, rehearsed at the command line."""

import shutil
from pathlib import Path

import pytest

from cli.run import Ran, run

OLD, NEXT = "longgang.example/double-random", "longgang.example/next"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    assert run("init", "--dir", folder).status == 0
    assert run("log", "witness", "--dir", folder).status == 0
    return folder


def found_next(tmp_path: Path, checkpoint: Path, vkey: str, *words: str | Path) -> Ran:
    going_on = ("--continues", checkpoint, "--continues-key", vkey)
    return run("init", "--dir", tmp_path / "next", "--origin", NEXT, *going_on, *words)


@pytest.mark.parametrize("reason", ["key-rotated", "key-compromised"])
def test_the_logs_key_is_changed_by_closing_it_and_founding_the_next(folder: Path, tmp_path: Path, reason: str) -> None:
    key = tmp_path / "next-log.key"
    vkey = run("keys", "new", "next", key, "--origin", "longgang.example").out.strip()
    old_vkey = run("log", "vkey", "--dir", folder).out.strip()
    assert run("log", "close", vkey, "--reason", reason, "--dir", folder).status == 0
    closed = run("log", "witness", "--dir", folder)
    assert (closed.status, f"closed, {NEXT} goes on" in closed.err) == (2, True)
    last = folder / "log" / "checkpoint"
    founded = found_next(tmp_path, last, old_vkey, "--log-key", key)
    assert founded.status == 0, founded.err
    assert run("log", "vkey", "--dir", tmp_path / "next").out.strip() == vkey
    old = run("verify", folder, "--vkey", old_vkey, "--since", last, "--json")
    assert (old.status, old.json()["closed"]) == (0, {"successor": vkey})
    new = run("verify", tmp_path / "next", "--vkey", vkey, "--json")
    assert (new.status, new.json()["continues"]["origin"], new.json()["continues"]["size"]) == (0, OLD, 3)
    assert new.json()["continues"]["root"] == old.json()["root"]


def test_t30_where_entries_are_lost_the_next_log_goes_on_from_what_a_witness_has(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "store", tmp_path / "backup")
    assert run("log", "witness", "--dir", folder).status == 0
    kept = tmp_path / "kept.txt"
    kept.write_bytes((folder / "log" / "checkpoint").read_bytes())
    vkey = run("log", "vkey", "--dir", folder).out.strip()
    shutil.rmtree(folder / "store")
    shutil.copytree(tmp_path / "backup", folder / "store")
    refused = run("log", "witness", "--dir", folder)
    assert (refused.status, "the store is an old copy" in refused.err) == (2, True)
    founded = found_next(tmp_path, kept, vkey)
    assert founded.status == 0, founded.err
    told = run("verify", tmp_path / "next", locale="zh_CN.UTF-8")
    assert f"接续日志 {OLD} 的 3 条" in told.out


def test_half_of_a_predecessor_or_one_of_the_same_name_is_refused(folder: Path, tmp_path: Path) -> None:
    last, vkey = folder / "log" / "checkpoint", run("log", "vkey", "--dir", folder).out.strip()
    half = run("init", "--dir", tmp_path / "next", "--origin", NEXT, "--continues", last)
    assert (half.status, "go together" in half.err) == (2, True)
    same = run("init", "--dir", tmp_path / "same", "--continues", last, "--continues-key", vkey)
    assert (same.status, "another name and another key" in same.err) == (2, True)
    key = tmp_path / "other.key"
    run("keys", "new", "other", key, "--origin", "longgang.example")
    named = found_next(tmp_path, last, vkey, "--log-key", key)
    assert (named.status, "expected the log's name" in named.err) == (2, True)

"""The command line on PostgreSQL: two settings of the environment, and everything else as it is."""

from pathlib import Path

import pytest

from cli.run import run
from ledger.cli.settings import DATABASE, LOCK
from postgres import OWNER, READER, WRITER, Server


def test_an_installation_keeps_its_entries_in_postgresql(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres.make_database()
    migrated = run("log", "migrate", postgres.dsn(name, OWNER), "--writer", WRITER, "--reader", READER)
    assert (migrated.status, DATABASE in migrated.out) == (0, True)
    folder, lock = tmp_path / "installation", tmp_path / "elsewhere" / "lock"
    monkeypatch.setenv(DATABASE, postgres.dsn(name, WRITER))
    monkeypatch.setenv(LOCK, str(lock))
    assert run("init", "--dir", folder).status == 0
    assert run("log", "witness", "--dir", folder).status == 0
    assert {"store", "lock"}.isdisjoint(file.name for file in folder.iterdir())
    assert (lock / "checkpoint").is_file()
    assert run("verify", folder, "--dir", folder).status == 0
    checked = run("fsck", "--dir", folder)
    assert (checked.status, "2 entries on 2 subjects" in checked.out) == (0, True), checked.out + checked.err
    again = run("init", "--dir", folder)
    assert (again.status, "is here already" in again.err) == (2, True)
    other = run("init", "--dir", tmp_path / "other")
    assert (other.status, "lock/checkpoint: checkpoint is of another log of this name" in other.err) == (2, True)
    monkeypatch.delenv(DATABASE)
    lost = run("log", "witness", "--dir", folder)
    assert (lost.status, "the store is missing" in lost.err) == (2, True)
    postgres.reset(name)


def test_a_database_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, f"host={tmp_path} dbname=none user=nobody")
    refused = run("init", "--dir", tmp_path / "installation")
    assert refused.status == 2
    assert "store:" in refused.err

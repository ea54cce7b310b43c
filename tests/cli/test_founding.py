"""Founding an installation: the witnesses that its policy names count, and trial ones only where it names none."""

import os
import shutil
from pathlib import Path

import pytest

from ledger.cli.installation import DEFAULT_ORIGIN, Installation, write_secret
from ledger.log.book import Book
from ledger.office.events.log import Continued
from ledger.office.policy import read_default_policy
from ledger.proof.encoding import parse_time
from ledger.proof.errors import LedgerError, Refused
from ledger.proof.note import COSIGNATURE, Signer, format_vkey

OUTSIDE = {
    unit: format_vkey(Signer(f"outside.example/{unit}", unit.encode().ljust(32, b"."), COSIGNATURE).verifier)
    for unit in ("witness/justice", "witness/discipline")
}


def found(folder: Path, **changes: object) -> Installation:
    installation = Installation(folder, lambda: parse_time("2023-08-24T01:00:00Z"))
    installation.found(DEFAULT_ORIGIN, {**read_default_policy(), **changes})
    return installation


def read_witnesses(installation: Installation) -> tuple[dict[str, str], int]:
    with installation.open_book() as book:
        witnesses = book.record.policies[-1][1].witnesses
    return witnesses.keys, witnesses.quorum


def test_t04_witnesses_that_the_policy_names_are_not_replaced_by_ones_of_the_house(tmp_path: Path) -> None:
    installation = found(tmp_path, witnesses={"keys": OUTSIDE, "quorum": 1})
    assert read_witnesses(installation) == (OUTSIDE, 1)
    assert not (tmp_path / "witnesses").exists()


def test_a_policy_without_witnesses_gets_trial_ones_and_all_must_sign(tmp_path: Path) -> None:
    installation = found(tmp_path)
    keys, quorum = read_witnesses(installation)
    assert sorted(keys) == ["witness/discipline", "witness/justice"]
    assert quorum == 2
    with installation.open_book() as book:
        assert installation.cosign(book).count(b"/witness/") == 2


@pytest.mark.parametrize("wrong", ["continues", "log key", "policy", "own name"])
def test_a_founding_that_is_refused_writes_nothing(tmp_path: Path, wrong: str) -> None:
    other = Signer("other.example/log", bytes(32))
    continued = Continued(vkey=format_vkey(other.verifier), checkpoint="other.example/log\n0\n\n\n— x AAAA\n")
    installation = Installation(tmp_path / "new", lambda: parse_time("2023-08-24T01:00:00Z"))
    with pytest.raises((LedgerError, ValueError)):
        installation.found(
            "no name" if wrong == "own name" else DEFAULT_ORIGIN,
            {"units": {}} if wrong == "policy" else read_default_policy(),
            continued if wrong == "continues" else None,
            other if wrong == "log key" else None,
        )
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("stop", ["keys", "store"])
def test_a_founding_that_was_stopped_goes_on_with_its_own_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise OSError("disk full")

        if stop == "keys":
            patched.setattr(Installation, "_open", fail)
        else:
            patched.setattr(Book, "append", fail)
        with pytest.raises(OSError, match="disk full"):
            found(tmp_path)
    kept = {file: file.read_bytes() for file in tmp_path.rglob("*.key")}
    assert kept
    with pytest.raises(Refused, match="begun here with another key"):
        Installation(tmp_path).found(DEFAULT_ORIGIN, read_default_policy(), None, Signer(DEFAULT_ORIGIN, bytes(32)))
    assert read_witnesses(found(tmp_path))[1] == 2
    assert {file: file.read_bytes() for file in kept} == kept
    with pytest.raises(Refused, match="an installation is here already"):
        found(tmp_path)


def test_a_secret_is_on_the_disk_before_anything_is_said_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, sync = set[int](), os.fsync

    def watch(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    file = tmp_path / "private/log.key"
    write_secret(file, "secret\n")
    assert {file.stat().st_ino, file.parent.stat().st_ino, tmp_path.stat().st_ino} <= synced


def test_a_secret_that_could_not_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError("disk full")

    file = tmp_path / "log.key"
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            write_secret(file, "secret\n")
    assert not file.exists()
    write_secret(file, "secret\n")
    with pytest.raises(Refused, match="never written over"):
        write_secret(file, "another\n")
    assert file.read_text() == "secret\n"


def test_t30_a_lost_log_is_not_begun_again_with_its_key(tmp_path: Path) -> None:
    found(tmp_path)
    for name in ("store", "log", "lock"):
        shutil.rmtree(tmp_path / name)
    with pytest.raises(Refused, match="was founded and is lost"):
        found(tmp_path)


@pytest.mark.parametrize("folder", ["private", "keys/bureau"])
def test_keys_can_be_read_by_their_owner_only(tmp_path: Path, folder: str) -> None:
    found(tmp_path)
    files = list((tmp_path / folder).glob("*.key"))
    assert files
    assert {file.stat().st_mode & 0o077 for file in files} == {0}

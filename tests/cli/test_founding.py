"""Founding an installation: the witnesses that its policy names count, and trial ones only where it names none."""

from pathlib import Path

import pytest

from ledger.cli.installation import DEFAULT_ORIGIN, Installation
from ledger.office.policy import read_default_policy
from ledger.proof.encoding import parse_time
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


@pytest.mark.parametrize("folder", ["private", "keys/bureau"])
def test_keys_can_be_read_by_their_owner_only(tmp_path: Path, folder: str) -> None:
    found(tmp_path)
    files = list((tmp_path / folder).glob("*.key"))
    assert files
    assert {file.stat().st_mode & 0o077 for file in files} == {0}

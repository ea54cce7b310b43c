"""No mutation survives: not a bit of an entry or of a file, not an entry dropped, repeated or moved.

The log's key is given to the attacker wherever it could be of use: then there is always a fresh checkpoint over what he
has made, and only the units' signatures and the rules stand against him.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from audit.evidence import TERMS, failed, month, sign_checkpoint, verify_entries
from ledger.audit import verify as verifying
from ledger.audit.bundle import CHECKPOINT, derive_bundle
from ledger.audit.container import format_container, parse_container
from ledger.audit.pairing import check_pairing
from ledger.audit.report import Report
from ledger.audit.verify import verify_bundle
from ledger.office.record import Record
from ledger.proof.checkpoint import check_checkpoint
from ledger.proof.errors import LedgerError, Malformed, Mismatch
from ledger.proof.merkle import Tree, check_inclusion, derive_leaf_hash
from ledger.proof.note import Verifier
from ledger.proof.tile import format_entries, parse_entries

SHORT = 1_300
"""Entries up to so many bytes are tried at every byte; of longer ones every n-th byte of the body, and all others."""

SMALL = 2_000
"""Files below so many bytes are tried at every byte."""


def flip(data: bytes, position: int, bit: int | None = None) -> bytes:
    """Return bytes with one bit flipped; which one changes from position to position if it is not named."""
    flipped = bytearray(data)
    flipped[position] ^= 1 << (5 * position % 8 if bit is None else bit)
    return bytes(flipped)


def positions_of(entry: bytes) -> Iterator[int]:
    """Yield where an entry is tried."""
    start = entry.index(b'"body":')
    end = entry.index(b',"seen":{"root":"')
    step = 1 if len(entry) <= SHORT else 41
    yield from range(start)
    yield from range(start, end, step)
    yield from range(end, len(entry))


def test_the_month_as_it_is_passes() -> None:
    assert failed(verify_entries(month().entries)) == []
    assert failed(verify_bundle(month().data, TERMS)) == []


def test_no_flipped_bit_of_any_entry_gives_the_same_root() -> None:
    tree = Tree(map(derive_leaf_hash, month().entries))
    size, root, survived = len(tree), tree.root(), []
    for index, entry in enumerate(month().entries):
        path = tree.prove_inclusion(index, size)
        for position in range(len(entry)):
            try:
                check_inclusion(derive_leaf_hash(flip(entry, position)), index, size, path, root)
            except Mismatch:
                continue
            survived.append((index, position))
    assert survived == []


def test_no_flipped_bit_of_any_entry_survives_a_checkpoint_that_the_log_has_signed_for_it() -> None:
    record, survived, tried = Record(None, check_pairing, takes_unknown=True), [], 0
    checks: set[str | None] = set()
    for index, entry in enumerate(month().entries):
        for position in positions_of(entry):
            tried += 1
            try:
                record.append(flip(entry, position))
            except LedgerError as error:
                checks.add(error.check)
            else:
                survived.append((index, position))
                break
        if survived:
            break
        record.append(entry)
    assert {"entries", "signatures", "history"} <= checks
    assert None not in checks
    assert survived == []
    assert tried > 30_000


@pytest.mark.parametrize("index", range(0, len(month().entries), 4))
def test_a_flipped_bit_is_named_by_its_entry(index: int) -> None:
    entry = month().entries[index]
    changed = [*month().entries[:index], flip(entry, entry.index(b'"body":{"') + 12, 0), *month().entries[index + 1 :]]
    assert failed(verify_entries(changed, month().checkpoint))
    report = verify_entries(changed)
    assert report.exit_status() == 1
    assert report.facts["first_wrong"]["entry"] == index


def arrangements() -> Iterator[tuple[str, list[bytes]]]:
    """Yield the log with one entry dropped, repeated, or put before its neighbour."""
    entries = list(month().entries)
    for index, entry in enumerate(entries):
        yield f"dropped {index}", entries[:index] + entries[index + 1 :]
        yield f"repeated {index}", [*entries[: index + 1], entry, *entries[index + 1 :]]
        yield f"repeated at the end {index}", [*entries, entry]
        if index:
            yield f"moved {index}", [*entries[: index - 1], entry, entries[index - 1], *entries[index + 1 :]]


def test_no_entry_dropped_repeated_or_moved_gives_the_checkpoints_root() -> None:
    root = check_checkpoint(month().checkpoint, log_key()).checkpoint.root
    assert [name for name, other in arrangements() if Tree(map(derive_leaf_hash, other)).root() == root] == []


def test_no_entry_dropped_repeated_or_moved_survives_a_checkpoint_that_the_log_has_signed_for_it() -> None:
    survived = [name for name, other in arrangements() if verify_entries(other).exit_status() == 0]
    # The newest entry can be left off as if it had never come: only who kept a later checkpoint sees that.
    assert survived == [f"dropped {len(month().entries) - 1}"]
    report = verify_entries(month().entries[:-1], terms=verifying.Terms(since=month().checkpoint))
    assert failed(report) == ["since"]


def log_key() -> Verifier:
    """Return the log's public key."""
    key = month().world.record.log_key
    assert key is not None
    return key


@cache
def derived() -> dict[str, bytes]:
    """Return the bundle's files once more, as a verifier derives them."""
    return derive_bundle(month().world.record, month().entries, month().checkpoint, month().slot)


def survives(monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]) -> bool:
    """Tell whether the comparison of a bundle's files lets these pass; what the log gives is derived only once."""
    monkeypatch.setattr(verifying, "derive_bundle", lambda *_: derived())
    report = Report("tampered")
    record, entries = month().world.record, list(month().entries)
    verifying._check_files(report, record, entries, month().checkpoint, files)
    return report.exit_status() == 0


BESIDE_THE_LOG = [path for path in month().files if not path.startswith("log/")]


@pytest.mark.parametrize("path", BESIDE_THE_LOG)
def test_no_flipped_bit_of_a_file_beside_the_log_survives(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files, data = month().files, month().files[path]
    assert survives(monkeypatch, files)
    step = 1 if len(data) < SMALL else 7
    changed = ({**files, path: flip(data, position)} for position in range(0, len(data), step))
    assert not any(survives(monkeypatch, one) for one in changed)
    assert not survives(monkeypatch, {**files, path: data + b"\n"})
    assert not survives(monkeypatch, {**files, path: data[:-1]}) or not data


@pytest.mark.parametrize("path", BESIDE_THE_LOG)
def test_a_changed_file_beside_the_log_fails_the_whole_bundle(path: str) -> None:
    data = month().files[path]
    changed = flip(data, len(data) // 2) if data else b"{}\n"
    report = verify_bundle(format_container({**month().files, path: changed}), TERMS)
    assert failed(report) == ["files"]
    (finding,) = report.with_status("failed")
    assert finding.reason.en.startswith(f"{path}: line ")


@pytest.mark.parametrize("path", month().files)
def test_a_dropped_file_fails(path: str) -> None:
    files = {name: data for name, data in month().files.items() if name != path}
    assert verify_bundle(format_container(files), TERMS).exit_status() == 1


@pytest.mark.parametrize(
    "path", ["a", "draw/entries/000099.note", "draw/codes/third.txt", "log/tile/0/000", "log/tile/entries/001", "zz"]
)
def test_an_added_file_fails(path: str) -> None:
    report = verify_bundle(format_container({**month().files, path: b"x\n"}), TERMS)
    assert failed(report) == ["files"]


def test_no_flipped_bit_of_the_checkpoint_survives() -> None:
    checkpoint, survived = month().files[CHECKPOINT], []
    witnesses = list(month().world.policy.witness_keys.values())
    for position in range(len(checkpoint)):
        for bit in range(8):
            try:
                check_checkpoint(flip(checkpoint, position, bit), log_key(), witnesses, is_exact=True)
            except LedgerError:
                continue
            survived.append((position, bit))
    assert survived == []


def test_no_flipped_bit_of_the_tiles_lengths_survives() -> None:
    (path,) = (path for path in month().files if path.startswith("log/tile"))
    data, at, survived = month().files[path], 0, []
    for entry in month().entries:
        for position in (at, at + 1):
            for bit in range(8):
                try:
                    entries = parse_entries(flip(data, position, bit), len(month().entries))
                except Malformed:
                    continue
                if failed(verify_entries(entries, month().checkpoint)) == []:
                    survived.append(position)
        at += 2 + len(entry)
    assert at == len(data)
    assert survived == []


def test_every_byte_of_a_bundle_is_some_files() -> None:
    assert parse_container(month().data) == month().files
    (path,) = (path for path in month().files if path.startswith("log/tile"))
    assert month().files[path] == format_entries(month().entries)


def test_a_checkpoint_of_another_size_or_root_fails() -> None:
    for entries in (month().entries[:-1], [*month().entries[:-1], b"x"], [*month().entries, b"x"]):
        bundle = {**month().files, CHECKPOINT: sign_checkpoint(entries)}
        report = verify_bundle(format_container(bundle), TERMS)
        assert set(failed(report)) & {"tree", "files"}

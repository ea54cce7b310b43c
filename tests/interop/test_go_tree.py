"""Trees, proofs and tile logs made here are the ones that Go's sumdb/tlog makes and accepts."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from interop.conftest import Sumdb
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note, format_vkey

LOG = Signer("ledger.example/log", bytes(range(32)))
WIDTH = 256


def make_entries(count: int) -> list[bytes]:
    """The leaves that the Go program takes too."""
    return [f"leaf {n}".encode() for n in range(count)]


def write_checkpoint(file: Path, tree: Tree, size: int) -> None:
    text = format_checkpoint(Checkpoint(LOG.name, size, tree.root(size)))
    file.write_bytes(format_note(text, [LOG.sign_text(text)]))


def write_tile(folder: Path, number: int, width: int, data: bytes) -> None:
    file = folder / (f"{number:03}" if width == WIDTH else f"{number:03}.p/{width}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def write_log(folder: Path, entries: list[bytes]) -> Tree:
    """Lay a log out in a folder as C2SP tlog-tiles has it (up to 256,000 entries: their tiles' numbers are short)."""
    tree = Tree(map(derive_leaf_hash, entries))
    for first in range(0, len(entries), WIDTH):
        bundle = entries[first : first + WIDTH]
        data = b"".join(len(entry).to_bytes(2, "big") + entry for entry in bundle)
        write_tile(folder / "tile/entries", first // WIDTH, len(bundle), data)
    level = 0
    while hashes := tree.level(8 * level):
        for first in range(0, len(hashes), WIDTH):
            tile = hashes[first : first + WIDTH]
            write_tile(folder / f"tile/{level}", first // WIDTH, len(tile), b"".join(tile))
        level += 1
    write_checkpoint(folder / "checkpoint", tree, len(tree))
    return tree


def test_every_root_and_proof_is_gos(sumdb: Sumdb) -> None:
    count = 40
    tree = Tree(map(derive_leaf_hash, make_entries(count)))
    lines = sumdb("proofs", str(count)).stdout.splitlines()
    assert len(lines) == count
    for line in map(json.loads, lines):
        size = line["Size"]
        inclusion = [[b64decode(one) for one in path] for path in line["Inclusion"]]
        consistency = [[b64decode(one) for one in path] for path in line["Consistency"]]
        assert tree.root(size) == b64decode(line["Root"])
        assert inclusion == [tree.prove_inclusion(index, size) for index in range(size)]
        assert consistency == [tree.prove_consistency(old, size) for old in range(1, size + 1)]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_go_accepts_a_tile_log(sumdb: Sumdb, tmp_path: Path, size: int) -> None:
    tree = write_log(tmp_path, make_entries(size))
    write_checkpoint(tmp_path / "older", tree, (size + 1) // 2)
    checked = sumdb("log", tmp_path, format_vkey(LOG.verifier), tmp_path / "older")
    assert checked.stdout.split()[:1] == [str(size).encode()], checked.stderr


def test_go_refuses_a_tile_log_with_one_entry_changed(sumdb: Sumdb, tmp_path: Path) -> None:
    write_log(tmp_path, make_entries(300))
    bundle = tmp_path / "tile/entries/001.p/44"
    bundle.write_bytes(bundle.read_bytes().replace(b"leaf 299", b"leaf 298"))
    checked = sumdb("log", tmp_path, format_vkey(LOG.verifier))
    assert (checked.returncode, checked.stdout) == (1, b"")
    assert b"entry 299" in checked.stderr


def test_go_refuses_a_checkpoint_of_another_history(sumdb: Sumdb, tmp_path: Path) -> None:
    write_log(tmp_path, make_entries(300))
    other = Tree(map(derive_leaf_hash, [b"another beginning", *make_entries(99)]))
    write_checkpoint(tmp_path / "older", other, 100)
    checked = sumdb("log", tmp_path, format_vkey(LOG.verifier), tmp_path / "older")
    assert (checked.returncode, checked.stdout) == (1, b"")

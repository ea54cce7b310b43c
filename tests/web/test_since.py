"""Check 4 with the log that is published: what was kept, what is verified and what is published are one history."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from audit.evidence import collude, month, replace, sign_again, sign_checkpoint, write_log
from audit.evidence import pack as pack_bundle
from audit.test_history import set_street
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import format_vkey
from ledger.proof.tile import ENTRIES, HEIGHT, WIDTH, Tile, derive_tiles, format_tile_path
from web.node import Node, RefusedError, pack
from world import ORIGIN, key

VKEY = format_vkey(key(ORIGIN).verifier)
Files = dict[str, str | None]


def published(entries: Sequence[bytes], folder: Path, checkpoint: bytes | None = None) -> Files:
    """Return a log's files as the driver takes them."""
    write_log(folder, entries, checkpoint or sign_checkpoint(entries))
    return {
        file.relative_to(folder).as_posix(): pack(file.read_bytes()) for file in folder.rglob("*") if file.is_file()
    }


def hash_tiles(size: int) -> list[Tile]:
    """Return the tiles of hashes that a log of a size has."""
    return [tile for tile in derive_tiles(0, size) if tile.level != ENTRIES]


@cache
def older() -> tuple[bytes, ...]:
    """The entries of the month as they were before its last ten, after the draw."""
    return tuple(month().entries[:-10])


@cache
def forked() -> tuple[bytes, ...]:
    """The month with another street, everything after it signed anew by all who signed."""
    index = month().index("rows.listed")
    return tuple(collude(replace(month().entries, index, sign_again(month().entries[index], set_street)), index + 1))


def verify(node: Node, entries: Sequence[bytes], **asked: Any) -> tuple[str, dict[int, str], str]:
    """Return the status of check 4, the reasons of all that failed by number, and the reason of check 4."""
    data = month().data if entries is month().entries else pack_bundle(month(), entries, sign_checkpoint(entries))
    given = {name: pack(value) if isinstance(value, bytes) else value for name, value in asked.items()}
    report = node.ask("verify", data=data, subject="bundle", vkey=VKEY, **given)
    failed = {one["number"]: one["reason"]["en"] for one in report["checks"] if one["status"] == "failed"}
    four = report["checks"][3]
    assert four["status"] == "failed" or four["reason"]["zh"] != four["reason"]["en"], "told in both languages"
    # An older log gives other lists than those that the month's bundle has beside it: check 24 is no matter here.
    failed.pop(24, None)
    return four["status"], failed, four["reason"]["en"]


def test_the_published_log_goes_on_from_an_older_bundle(node: Node, tmp_path: Path) -> None:
    status, failed, reason = verify(node, older(), published=published(month().entries, tmp_path))
    assert (status, failed) == ("not checked", {})
    assert f"the published log of {len(month().entries)} entries is the same history" in reason


def test_what_was_kept_and_what_is_published_are_both_compared(node: Node, tmp_path: Path) -> None:
    status, failed, reason = verify(node, older(), published=published(month().entries, tmp_path), since=month().kept)
    assert (status, failed) == ("passed", {})
    assert "it extends the checkpoint of" in reason


def test_a_bundle_older_than_what_was_kept_finds_its_place(node: Node, tmp_path: Path) -> None:
    kept = sign_checkpoint(month().entries)
    assert verify(node, older(), since=kept)[0] == "failed", "without the published log nobody can tell"
    status, failed, reason = verify(node, older(), published=published(month().entries, tmp_path), since=kept)
    assert (status, failed) == ("passed", {})
    assert "are the first of the" in reason


def test_t10_a_published_log_of_another_history_is_found(node: Node, tmp_path: Path) -> None:
    for entries, other in ((older(), forked()), (month().entries, forked()), (month().entries, forked()[:-10])):
        files = published(other, tmp_path / str(len(entries)) / str(len(other)))
        status, failed, reason = verify(node, entries, published=files)
        assert (status, [*failed]) == ("failed", [4])
        assert "there are two histories" in reason


def test_t10_what_was_kept_of_another_history_is_found(node: Node, tmp_path: Path) -> None:
    files = published(month().entries, tmp_path)
    for size in (len(older()) - 1, len(older()) + 1):
        kept = sign_checkpoint(forked()[:size])
        assert [*verify(node, older(), published=files, since=kept)[1]] == [4]


def test_t10_a_log_cut_shorter_than_what_was_kept_is_found(node: Node, tmp_path: Path) -> None:
    files = published(older(), tmp_path)
    status, failed, reason = verify(node, older(), published=files, since=sign_checkpoint(month().entries))
    assert (status, [*failed]) == ("failed", [4])
    assert "it was cut short" in reason


def test_t10_a_tile_that_was_tampered_with_is_check_6(node: Node, tmp_path: Path) -> None:
    files = published(month().entries, tmp_path)
    size = len(month().entries)
    for tile in hash_tiles(size):
        path = format_tile_path(tile)
        data = bytearray((tmp_path / path).read_bytes())
        data[-1] ^= 1
        _, failed, _ = verify(node, older(), published={**files, path: pack(bytes(data))})
        assert [*failed] in ([6], []), path  # the bit may be none of those that were needed
    right_edge = format_tile_path(hash_tiles(size)[-1])
    status, failed, _ = verify(node, older(), published={**files, right_edge: pack(bytes(32))})
    assert (status, [*failed]) == ("not checked", [6])


def test_t10_a_published_checkpoint_of_another_key_is_check_3(node: Node, tmp_path: Path) -> None:
    other = sign_checkpoint(month().entries).replace(b"\n\n\xe2\x80\x94 ", b"\n\n\xe2\x80\x94 x")
    _, failed, _ = verify(node, older(), published=published(month().entries, tmp_path, other))
    assert [*failed] == [3]


@pytest.mark.parametrize("path", ["checkpoint", "tile"])
def test_what_cannot_be_reached_is_not_checked(node: Node, tmp_path: Path, path: str) -> None:
    files = published(month().entries, tmp_path)
    gone = {name: None if name.startswith(path) else data for name, data in files.items()}
    status, failed, reason = verify(node, older(), published=gone, since=month().kept)
    assert (status, failed) == ("not checked", {})
    assert "not compared with the published log" in reason
    assert verify(node, older(), published={})[0] == "not checked", "a site without its log"


SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_536, 65_537, 70_003]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(derive_leaf_hash(b"%d" % number) for number in range(SIZES[-1]))


@pytest.mark.parametrize("size", SIZES)
def test_a_few_tiles_give_every_older_root(size: int, tree: Tree, node: Node) -> None:
    files = {}
    for tile in hash_tiles(size):
        part = slice(tile.number * WIDTH, tile.number * WIDTH + tile.width)
        files[format_tile_path(tile)] = pack(b"".join(tree.level(HEIGHT * int(tile.level))[part]))
    for old in sorted({0, 1, size // 3, size // 2, size - 1, size, *(one for one in SIZES if one < size)}):
        assert node.ask("tile_roots", files=files, size=size, old=old) == [tree.root(old).hex(), tree.root(size).hex()]
    with pytest.raises(RefusedError, match="is missing"):
        node.ask("tile_roots", files={}, size=size, old=0)

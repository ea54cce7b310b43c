"""Tiles: their paths, their bytes, what a reader refuses, and roots and proofs read from them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.book import Book
from ledger.log.tiles import TileTree, derive_hashes, open_log, read_entries, write_tile
from ledger.proof.errors import BadSignature, Malformed, Mismatch
from ledger.proof.merkle import Tree, check_consistency, check_inclusion, derive_leaf_hash
from ledger.proof.tile import (
    ENTRIES,
    Tile,
    derive_tiles,
    format_entries,
    format_tile_path,
    parse_entries,
    parse_tile_path,
)
from log.fakes import LOG, SayRecord, check_log, say


def write_tiles(folder: Path, tree: Tree, old: int = 0) -> None:
    for tile in derive_tiles(old, len(tree)):
        if tile.level != ENTRIES:
            write_tile(folder, tile, derive_hashes(tree, tile))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),  # the specification's example
        (Tile(ENTRIES, 0, 1), "tile/entries/000.p/1"),
        (Tile(ENTRIES, 999), "tile/entries/999"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(63, 0), "tile/63/000"),
        (Tile(2, 1_000_000), "tile/2/x001/x000/000"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert format_tile_path(tile) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",  # a leading group of zeros: 001 is its path
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/X001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/entries/000.p/999",
        "tile/0/000.p",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "checkpoint",
        "",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_tile_path(path)


@given(st.builds(Tile, st.integers(-1, 63), st.integers(0, 2**40), st.integers(1, 256)))
def test_paths_parse_back(tile: Tile) -> None:
    assert parse_tile_path(format_tile_path(tile)) == tile


def test_the_tiles_of_the_specifications_example() -> None:
    tiles = list(derive_tiles(0, 70_000))
    hashes = [tile for tile in tiles if tile.level != ENTRIES]
    assert sum(tile.level == 0 and tile.width == 256 for tile in hashes) == 273
    assert [tile for tile in hashes if tile.level or tile.width != 256] == [
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert list(derive_tiles(0, 256)) == [Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)]
    assert list(derive_tiles(0, 0)) == []


@given(st.integers(0, 70_000), st.integers(0, 700))
def test_growing_writes_what_is_new_and_nothing_twice(old: int, more: int) -> None:
    new = set(derive_tiles(old, old + more))
    assert new == set(derive_tiles(0, old + more)) - set(derive_tiles(0, old))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_parses_back(entries: list[bytes]) -> None:
    assert parse_entries(format_entries(entries), len(entries)) == entries
    assert parse_entries(format_entries(entries), 1) == entries[:1]
    assert parse_entries(format_entries(entries)) == entries


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01", b"\x00\x01aa", b"\x00\x01a\x00", b"\x00\x00" * 257])
def test_a_bundle_that_is_cut_short_or_too_long_is_refused(data: bytes) -> None:
    for width in (1, None):
        with pytest.raises(Malformed):
            parse_entries(data, width)


def test_a_bundle_with_fewer_entries_than_wanted_is_refused() -> None:
    with pytest.raises(Malformed, match="holds 1 entries, expected 2"):
        parse_entries(format_entries([b"one"]), 2)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 513])
def test_a_published_log_of_each_size(tmp_path: Path, size: int) -> None:
    entries = say(0, size)
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(entries)
    assert check_log(tmp_path / "log")[1] == entries
    witnessed, tree = open_log(tmp_path / "log", LOG.verifier)
    assert witnessed.checkpoint.size == len(tree) == size
    assert list(read_entries(tmp_path / "log", size)) == entries
    assert list(read_entries(tmp_path / "log", size, size // 2)) == entries[size // 2 :]
    for index in {0, size // 2, size - 1} if size else ():
        path = tree.prove_inclusion(index, size)
        check_inclusion(derive_leaf_hash(entries[index]), index, size, path, witnessed.checkpoint.root)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 70_000])
def test_roots_and_proofs_of_a_large_log_need_few_tiles(tmp_path: Path, size: int) -> None:
    tree = Tree(derive_leaf_hash(b"%d" % n) for n in range(size))
    for tile in derive_tiles(0, size):
        if tile.level > 0 or tile.number in (0, size // 512, (size - 1) // 256):
            write_tile(tmp_path, tile, derive_hashes(tree, tile) if tile.level != ENTRIES else b"")
    read = TileTree(tmp_path, size)
    assert read.root() == tree.root()
    for index in (0, size // 2, size - 1):
        assert read.leaf_hash(index) == tree.leaf_hash(index)
        check_inclusion(tree.leaf_hash(index), index, size, read.prove_inclusion(index, size), tree.root())
    check_consistency(100, size, read.prove_consistency(100, size), tree.root(100), tree.root())


@given(st.data())
def test_a_tree_read_from_tiles_is_the_tree(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    old, index = data.draw(st.integers(1, size)), data.draw(st.integers(0, size - 1))
    folder = tmp_path_factory.mktemp("log")
    tree = Tree(derive_leaf_hash(b"%d" % n) for n in range(size))
    write_tiles(folder, tree)
    read = TileTree(folder, size)
    assert read.root(old) == tree.root(old)
    assert read.prove_inclusion(index, size) == tree.prove_inclusion(index, size)
    assert read.prove_consistency(old, size) == tree.prove_consistency(old, size)
    assert list(read.level(3)) == list(tree.level(3))


def test_an_older_size_is_read_from_full_tiles(tmp_path: Path) -> None:
    entries = say(0, 300)
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(entries[:100])
        older = TileTree(tmp_path / "log", 100).root()
        book.append(entries[100:])
    assert not (tmp_path / "log/tile/0/000.p").exists()
    assert not (tmp_path / "log/tile/entries/000.p").exists()
    assert TileTree(tmp_path / "log", 100).root() == older
    assert list(read_entries(tmp_path / "log", 100)) == entries[:100]


def test_a_tile_is_never_written_over(tmp_path: Path) -> None:
    write_tile(tmp_path, Tile(0, 0, 1), b"a" * 32)
    write_tile(tmp_path, Tile(0, 0, 1), b"a" * 32)
    with pytest.raises(Mismatch, match="differs"):
        write_tile(tmp_path, Tile(0, 0, 1), b"b" * 32)


def test_tiles_that_do_not_fit_the_checkpoint_are_refused(tmp_path: Path) -> None:
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(0, 5))
    tile = tmp_path / "log/tile/0/000.p/5"
    hashes = tile.read_bytes()
    tile.write_bytes(hashes[32:] + hashes[:32])
    with pytest.raises(Mismatch, match="the checkpoint says"):
        open_log(tmp_path / "log", LOG.verifier)
    tile.write_bytes(hashes[:-1])
    with pytest.raises(Malformed, match="159 bytes, expected 160"):
        open_log(tmp_path / "log", LOG.verifier)
    tile.unlink()
    with pytest.raises(Mismatch, match="missing"):
        open_log(tmp_path / "log", LOG.verifier)


def test_a_checkpoint_by_another_key_is_refused(tmp_path: Path) -> None:
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(0, 5))
    file = tmp_path / "log/checkpoint"
    file.write_bytes(file.read_bytes().replace(b"\n5\n", b"\n4\n"))
    with pytest.raises(BadSignature):
        open_log(tmp_path / "log", LOG.verifier)

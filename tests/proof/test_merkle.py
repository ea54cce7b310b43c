"""Merkle trees: published vectors, a naive definition to compare with, and every way to spoil a proof."""

import base64
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError, Malformed, Mismatch
from ledger.proof.merkle import (
    EMPTY_ROOT,
    Absence,
    Tree,
    check_absence,
    check_consistency,
    check_inclusion,
    derive_leaf_hash,
    derive_node_hash,
    derive_root,
    prove_absence,
)

LEAVES = [b"leaf %d" % number for number in range(140)]
TREE = Tree(map(derive_leaf_hash, LEAVES))
SIZES = 70


@cache
def naive_root(start: int, end: int) -> bytes:
    """RFC 6962, section 2.1, as it is written: MTH(D[n]) = H(1 || MTH(D[0:k]) || MTH(D[k:n]))."""
    if start == end:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return hashlib.sha256(b"\x00" + LEAVES[start]).digest()
    k = 1
    while 2 * k < end - start:
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(start, start + k) + naive_root(start + k, end)).digest()


def read_vectors(shared: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    files = sorted((shared / "vectors" / kind).rglob("*.json"))
    assert len(files) > 90
    return [(str(file), json.loads(file.read_text())) for file in files]


def decode(value: str | None) -> bytes:
    return base64.b64decode(value or "")


def is_accepted(check: Callable[[], None]) -> bool:
    try:
        check()
    except (Malformed, Mismatch):
        return False
    return True


def should_be_accepted(vector: dict[str, Any], hashes: list[bytes]) -> bool:
    """A vector with hashes that are not 32 bytes is refused, whatever it says of itself."""
    return not vector["wantErr"] and all(len(one) == 32 for one in hashes)


def test_published_inclusion_vectors(shared: Path) -> None:
    for file, vector in read_vectors(shared, "inclusion"):
        leaf, root = decode(vector["leafHash"]), decode(vector["root"])
        path = [decode(one) for one in vector["proof"] or []]
        check = partial(check_inclusion, leaf, vector["leafIdx"], vector["treeSize"], path, root)
        assert is_accepted(check) is should_be_accepted(vector, [leaf, root, *path]), file


def test_published_consistency_vectors(shared: Path) -> None:
    for file, vector in read_vectors(shared, "consistency"):
        old, new = decode(vector["root1"]), decode(vector["root2"])
        path = [decode(one) for one in vector["proof"] or []]
        check = partial(check_consistency, vector["size1"], vector["size2"], path, old, new)
        assert is_accepted(check) is should_be_accepted(vector, [old, new, *path]), file


def test_hashes_by_hand() -> None:
    # sha256sum </dev/null
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert derive_leaf_hash(b"") == hashlib.sha256(b"\x00").digest()
    assert derive_node_hash(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()


def test_root_is_the_naive_one_at_every_size() -> None:
    for size in range(len(LEAVES) + 1):
        assert TREE.root(size) == naive_root(0, size) == derive_root(LEAVES[:size])
    assert TREE.root() == naive_root(0, len(LEAVES))


@given(st.lists(st.integers(0, 20), max_size=6))
def test_adding_many_leaves_at_once_makes_the_same_tree(counts: list[int]) -> None:
    one_by_one, at_once = Tree(), Tree()
    hashes = iter(map(derive_leaf_hash, LEAVES))
    for count in counts:
        many = list(islice(hashes, count))
        at_once.extend(many)
        for leaf_hash in many:
            one_by_one.append(leaf_hash)
        assert at_once.root() == one_by_one.root()
    for level in range(8):
        assert list(at_once.level(level)) == list(one_by_one.level(level))


def test_levels_are_the_complete_subtrees() -> None:
    for level in range(9):
        width = 1 << level
        expected = [naive_root(at, at + width) for at in range(0, len(LEAVES) - width + 1, width)]
        assert list(TREE.level(level)) == expected
    assert TREE.leaf_hash(3) == derive_leaf_hash(LEAVES[3])


@pytest.mark.parametrize("size", [-1, len(LEAVES) + 1])
def test_root_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(Malformed):
        TREE.root(size)


def test_whatever_is_proved_is_accepted_at_every_small_size() -> None:
    for size in range(1, SIZES + 1):
        for index in range(size):
            check_inclusion(TREE.leaf_hash(index), index, size, TREE.prove_inclusion(index, size), TREE.root(size))
        for old in range(1, size + 1):
            check_consistency(old, size, TREE.prove_consistency(old, size), TREE.root(old), TREE.root(size))


@given(st.integers(1, 3000), st.data())
def test_whatever_is_proved_is_accepted_at_random_sizes(size: int, data: st.DataObject) -> None:
    tree = Tree(derive_leaf_hash(b"%d" % number) for number in range(size))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path = tree.prove_inclusion(index, size)
    assert len(path) <= size.bit_length()
    check_inclusion(tree.leaf_hash(index), index, size, path, tree.root())
    check_consistency(old, size, tree.prove_consistency(old, size), tree.root(old), tree.root())


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (6, 5), (0, 0), (0, len(LEAVES) + 1)])
def test_impossible_inclusion_is_not_proved(index: int, size: int) -> None:
    with pytest.raises(Malformed):
        TREE.prove_inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (0, 5), (0, 0), (6, 5), (5, len(LEAVES) + 1)])
def test_impossible_consistency_is_not_proved_nor_accepted(old: int, new: int) -> None:
    with pytest.raises(Malformed):
        TREE.prove_consistency(old, new)
    if new <= len(LEAVES):
        with pytest.raises(Malformed):
            check_consistency(old, new, [], EMPTY_ROOT, EMPTY_ROOT)


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 7), (3, 7), (6, 7), (10, 11), (63, 64)])
def test_every_flipped_bit_of_an_inclusion_proof_is_refused(index: int, size: int) -> None:
    leaf, root, path = TREE.leaf_hash(index), TREE.root(size), TREE.prove_inclusion(index, size)
    for at, sibling in enumerate(path):
        for bit in range(256):
            with pytest.raises(Mismatch):
                check_inclusion(leaf, index, size, [*path[:at], flipped(sibling, bit), *path[at + 1 :]], root)
    for bit in range(256):
        with pytest.raises(Mismatch):
            check_inclusion(flipped(leaf, bit), index, size, path, root)
        with pytest.raises(Mismatch):
            check_inclusion(leaf, index, size, path, flipped(root, bit))


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 2), (4, 7), (6, 7), (3, 11), (64, 70)])
def test_every_flipped_bit_of_a_consistency_proof_is_refused(old: int, new: int) -> None:
    roots, path = (TREE.root(old), TREE.root(new)), TREE.prove_consistency(old, new)
    for at, sibling in enumerate(path):
        for bit in range(256):
            with pytest.raises(Mismatch):
                check_consistency(old, new, [*path[:at], flipped(sibling, bit), *path[at + 1 :]], *roots)
    for bit in range(256):
        with pytest.raises(Mismatch):
            check_consistency(old, new, path, flipped(roots[0], bit), roots[1])
        with pytest.raises(Mismatch):
            check_consistency(old, new, path, roots[0], flipped(roots[1], bit))


def test_proof_of_another_shape_is_refused() -> None:
    for index, size in [(0, 1), (4, 5), (3, 8), (6, 7), (9, 21)]:
        leaf, root, path = TREE.leaf_hash(index), TREE.root(size), TREE.prove_inclusion(index, size)
        for other in ([*path, path[-1] if path else root], [leaf, *path], path[:-1], path[1:], path[::-1]):
            if other != path:
                with pytest.raises(Mismatch):
                    check_inclusion(leaf, index, size, other, root)
        for place in range(size):
            if place != index:
                with pytest.raises(Mismatch):
                    check_inclusion(leaf, place, size, path, root)
    for old, new in [(1, 1), (1, 5), (4, 8), (5, 8), (7, 21)]:
        roots, path = (TREE.root(old), TREE.root(new)), TREE.prove_consistency(old, new)
        for other in ([*path, roots[0]], [roots[0], *path], path[:-1], path[1:], path[::-1]):
            if other != path:
                with pytest.raises(Mismatch):
                    check_consistency(old, new, other, *roots)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hash_that_is_not_32_bytes_is_refused(length: int) -> None:
    short, whole = bytes(length), bytes(32)
    for leaf, path, root in [(short, [whole], whole), (whole, [short], whole), (whole, [whole], short)]:
        with pytest.raises(Malformed):
            check_inclusion(leaf, 0, 2, path, root)
        with pytest.raises(Malformed):
            check_consistency(1, 2, path, leaf, root)
    with pytest.raises(Malformed):
        check_consistency(1, 1, [], short, short)


def test_node_cannot_pass_for_a_leaf() -> None:
    """The 0x00 and 0x01 in front keep an inner node from being shown as an entry."""
    node = derive_node_hash(TREE.leaf_hash(0), TREE.leaf_hash(1))
    assert derive_leaf_hash(TREE.leaf_hash(0) + TREE.leaf_hash(1)) != node


def make_roster(ids: list[str]) -> tuple[list[str], list[bytes], Hash]:
    leaves = [f'{{"id":"{one}"}}'.encode() for one in ids]
    return ids, leaves, derive_root(leaves)


@given(st.sets(st.text("abcde深圳", min_size=1, max_size=4), max_size=40), st.text("abcde深圳", min_size=1, max_size=4))
def test_t11_absence_is_proved_exactly_for_what_is_absent(members: set[str], id: str) -> None:
    ids, leaves, root = make_roster(sorted(members))
    if id in members:
        with pytest.raises(Mismatch):
            prove_absence(id, ids, leaves)
    else:
        check_absence(id, prove_absence(id, ids, leaves), len(ids), root)


def test_order_of_ids_is_that_of_their_bytes() -> None:
    ids = ["reg:\uffee", "reg:\U0001f600", "reg:深", "9144", "reg:a"]
    assert sorted(ids) == sorted(ids, key=str.encode)


def test_t11_absence_of_a_member_cannot_be_shown() -> None:
    ids, leaves, root = make_roster(["b", "d", "f", "h", "k"])
    proofs = [prove_absence(one, ids, leaves) for one in "acegiz"]
    neighbours = [None, *(n for proof in proofs for n in (proof.before, proof.after) if n)]
    for before in neighbours:
        for after in neighbours:
            for member in ids:
                with pytest.raises(LedgerError):
                    check_absence(member, Absence(before, after), len(ids), root)


def test_t11_spoiled_absence_is_refused() -> None:
    ids, leaves, root = make_roster(["b", "d", "f", "h", "k"])
    absence = prove_absence("e", ids, leaves)
    assert absence.before is not None
    assert absence.after is not None
    for spoiled in (
        Absence(absence.after, absence.before),
        Absence(absence.before, None),
        Absence(None, absence.after),
        Absence(None, None),
        dataclasses.replace(absence, before=dataclasses.replace(absence.before, index=0)),
        dataclasses.replace(absence, before=dataclasses.replace(absence.before, leaf=b"other")),
        dataclasses.replace(absence, after=dataclasses.replace(absence.after, path=absence.before.path)),
        dataclasses.replace(absence, after=dataclasses.replace(absence.after, index=3)),
        dataclasses.replace(absence, after=dataclasses.replace(absence.after, id="e")),
    ):
        with pytest.raises((Malformed, Mismatch)):
            check_absence("e", spoiled, len(ids), root)
    for size in (0, 2, 4):  # a size beyond the true one is caught by its own root, for the two are signed together
        with pytest.raises((Malformed, Mismatch)):
            check_absence("e", absence, size, root)
    with pytest.raises(Mismatch):
        check_absence("e", absence, len(ids), EMPTY_ROOT)


def test_t11_empty_list_holds_nobody() -> None:
    check_absence("a", prove_absence("a", [], []), 0, EMPTY_ROOT)
    with pytest.raises(Mismatch):
        check_absence("a", Absence(None, None), 0, TREE.root(1))


def test_a_level_is_a_sequence_of_hashes() -> None:
    level, hashes = TREE.level(0), list(map(derive_leaf_hash, LEAVES))
    assert list(level) == hashes
    assert (level[0], level[-1], level[2:5], level[::-2]) == (hashes[0], hashes[-1], hashes[2:5], hashes[::-2])
    with pytest.raises(IndexError):
        level[len(LEAVES)]
    with pytest.raises(IndexError):
        level[-len(LEAVES) - 1]


def test_a_tree_takes_64_bytes_a_leaf() -> None:
    tree = Tree(derive_leaf_hash(b"%d" % number) for number in range(10_000))
    assert sum(sys.getsizeof(row) for row in tree._levels) < 64 * 10_000 * 1.2

"""Merkle trees as RFC 6962 has them: one hash that fixes a whole list, and short proofs about it.

A leaf's hash is SHA-256(0x00 || leaf), a node's SHA-256(0x01 || left || right); the empty tree's is SHA-256 of
nothing. `prove_` and `check_` are pairs: whatever prove_ gives, check_ accepts, and nothing else.

Specification: RFC 6962 section 2.1, RFC 9162 section 2.1; docs/spec/log.md, section 1.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

from .encoding import Hash
from .errors import Malformed, Mismatch

HASH_BYTES = 32

EMPTY_ROOT = Hash(hashlib.sha256(b"").digest())

_sha256 = hashlib.sha256


def derive_leaf_hash(leaf: bytes) -> Hash:
    """Return a leaf's hash. By hand: (printf '\\0'; cat leaf) | sha256sum"""
    return Hash(_sha256(b"\x00" + leaf).digest())


def derive_node_hash(left: bytes, right: bytes) -> Hash:
    """Return the hash of a node over two 32-byte hashes."""
    return Hash(_sha256(b"\x01" + left + right).digest())


def derive_root(leaves: Iterable[bytes]) -> Hash:
    """Return the root over leaves in the order given."""
    return Tree(map(derive_leaf_hash, leaves)).root()


class _Level(Sequence[Hash]):
    """The hashes of one level, read out of its bytes as they are asked for."""

    __slots__ = ("_row",)

    def __init__(self, row: bytearray) -> None:
        self._row = row

    def __len__(self) -> int:
        return len(self._row) // HASH_BYTES

    @overload
    def __getitem__(self, place: int) -> Hash: ...
    @overload
    def __getitem__(self, place: slice) -> list[Hash]: ...
    def __getitem__(self, place: int | slice) -> Hash | list[Hash]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        return _read(self._row, range(len(self))[place])


def _read(row: bytearray, place: int) -> Hash:
    return Hash(bytes(row[HASH_BYTES * place : HASH_BYTES * (place + 1)]))


class Tree:
    """A growing tree that can tell its root at any size it has had, and prove what it holds.

    Keeps every complete subtree's hash, 64 bytes a leaf in all, so a root or proof takes O(log n) hashes.
    """

    def __init__(self, leaf_hashes: Iterable[Hash] = ()) -> None:
        # A level is one run of bytes: an object for each hash would take three times the memory.
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaf_hashes)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf_hash: Hash) -> None:
        """Add one leaf's hash at the end."""
        levels, level = self._levels, 0
        node: bytes = leaf_hash
        while True:
            if level == len(levels):
                levels.append(bytearray())
            row = levels[level]
            row += node
            if len(row) & HASH_BYTES:  # an odd number of hashes: the last waits for its other
                return
            node = _sha256(b"\x01" + row[-2 * HASH_BYTES :]).digest()
            level += 1

    def extend(self, leaf_hashes: Iterable[Hash]) -> None:
        """Add leaves' hashes at the end, a level at a time: the same tree as adding one by one, in less time."""
        row = self._levels[0]
        for leaf_hash in leaf_hashes:
            row += leaf_hash
        level = 0
        while len(row) > HASH_BYTES:
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            above = self._levels[level]
            for at in range(2 * len(above), len(row) - 2 * HASH_BYTES + 1, 2 * HASH_BYTES):
                above += _sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest()
            row = above

    def leaf_hash(self, index: int) -> Hash:
        """Return the hash of the leaf at an index."""
        return self.level(0)[index]

    def level(self, level: int) -> Sequence[Hash]:
        """Return the hashes of all complete subtrees of 2^level leaves, from the left (empty if there are none)."""
        return _Level(self._levels[level]) if level < len(self._levels) else ()

    def root(self, size: int | None = None) -> Hash:
        """Return the root over the first `size` leaves (default: all). Raises Malformed if there are not so many."""
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise Malformed(f"size {size}: the tree has {len(self)} leaves")
        return self._subtree(0, size) if size else EMPTY_ROOT

    def prove_inclusion(self, index: int, size: int) -> list[Hash]:
        """Return the audit path of leaf `index` in the tree of the first `size` leaves (RFC 6962, 2.1.1)."""
        if not 0 <= index < size <= len(self):
            raise Malformed(f"index {index}, size {size}: the tree has {len(self)} leaves")
        return self._path(index, 0, size)

    def prove_consistency(self, old: int, new: int) -> list[Hash]:
        """Return the proof that the first `old` leaves are a prefix of the first `new` (RFC 6962, 2.1.2)."""
        if not 0 < old <= new <= len(self):
            raise Malformed(f"sizes {old} and {new}: expected 0 < old <= new <= {len(self)}")
        return self._consistency(old, 0, new, True)

    def _subtree(self, start: int, end: int) -> Hash:
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return _read(self._levels[level], start >> level)
        # From the right: complete subtrees, whose sizes are the count in binary. A root is asked for with every event.
        node = b""
        for row in self._levels:
            if count & 1:
                left = row[HASH_BYTES * (end - 1) : HASH_BYTES * end]
                node = _sha256(b"\x01" + left + node).digest() if node else bytes(left)
            count, end = count >> 1, end >> 1
        return Hash(node)

    def _path(self, index: int, start: int, end: int) -> list[Hash]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._subtree(middle, end)]
        return [*self._path(index, middle, end), self._subtree(start, middle)]

    def _consistency(self, old: int, start: int, end: int, is_whole: bool) -> list[Hash]:
        if start + old == end:
            return [] if is_whole else [self._subtree(start, end)]
        split = _split(end - start)
        middle = start + split
        if old <= split:
            return [*self._consistency(old, start, middle, is_whole), self._subtree(middle, end)]
        return [*self._consistency(old - split, middle, end, False), self._subtree(start, middle)]


def _split(count: int) -> int:
    """Return the largest power of two below count (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def check_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at `index` in the tree of `size` leaves under `root`.

    Raises Malformed for impossible numbers or hashes that are not 32 bytes, Mismatch if the root comes out otherwise.
    Source: RFC 9162, section 2.1.3.2.
    """
    _check_hashes(leaf_hash, root, *path)
    if not 0 <= index < size:
        raise Malformed(f"index {index}: expected one below the size {size}")
    node, last, node_hash = index, size - 1, Hash(leaf_hash)
    for sibling in path:
        if last == 0:
            raise Mismatch("inclusion proof is longer than the tree is high")
        if node & 1 or node == last:
            node_hash = derive_node_hash(sibling, node_hash)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            node_hash = derive_node_hash(node_hash, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Mismatch("inclusion proof is shorter than the tree is high")
    _check_root(node_hash, root)


def check_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `old` leaves under `old_root` is a prefix of the one of `new` under `new_root`.

    Raises Malformed for impossible numbers or hashes that are not 32 bytes, Mismatch if a root comes out otherwise.
    Source: RFC 9162, section 2.1.4.2.
    """
    _check_hashes(old_root, new_root, *path)
    if not 0 < old <= new:  # every tree extends the empty one: such a proof would say nothing
        raise Malformed(f"sizes {old} and {new}: expected 0 < old <= new")
    if old == new:
        if path:
            raise Mismatch("consistency proof should be empty")
        _check_root(Hash(new_root), old_root)
        return
    hashes = list(path)
    if old & (old - 1) == 0:
        hashes.insert(0, Hash(old_root))
    if not hashes:
        raise Mismatch("consistency proof is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    from_old = from_new = Hash(hashes[0])
    for sibling in hashes[1:]:
        if last == 0:
            raise Mismatch("consistency proof is longer than the tree is high")
        if node & 1 or node == last:
            from_old, from_new = derive_node_hash(sibling, from_old), derive_node_hash(sibling, from_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            from_new = derive_node_hash(from_new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Mismatch("consistency proof is shorter than the tree is high")
    _check_root(from_old, old_root)
    _check_root(from_new, new_root)


def _check_hashes(*hashes: bytes) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise Malformed(f"hash of {len(one)} bytes, expected 32")


def _check_root(found: bytes, expected: bytes) -> None:
    if found != expected:
        raise Mismatch(f"root comes out as {found.hex()}, expected {expected.hex()}")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A leaf beside the place where an absent id would stand: its id, its bytes, index and path."""

    id: str
    leaf: bytes
    index: int
    path: tuple[Hash, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """The one or two neighbours between which an id would have to stand (None before the first, after the last)."""

    before: Neighbour | None
    after: Neighbour | None


def prove_absence(id: str, ids: Sequence[str], leaves: Sequence[bytes], tree: Tree | None = None) -> Absence:
    """Return the neighbours that show that an id is not in a list sorted by the ids' UTF-8 bytes.

    ids     the list's ids, ascending by UTF-8 bytes (which is also code point order)
    leaves  their leaves, in the same order
    tree    of these leaves, if it is there already

    Raises Mismatch if the id is there.
    """
    place = bisect_left(ids, id)
    if place < len(ids) and ids[place] == id:
        raise Mismatch(f"{id} is in the list, at index {place}")
    grown = Tree(derive_leaf_hash(leaf) for leaf in leaves) if tree is None else tree

    def neighbour(index: int) -> Neighbour | None:
        if not 0 <= index < len(ids):
            return None
        return Neighbour(ids[index], leaves[index], index, tuple(grown.prove_inclusion(index, len(ids))))

    return Absence(neighbour(place - 1), neighbour(place))


def check_absence(id: str, absence: Absence, size: int, root: bytes) -> None:
    """Check that `id` is not in the sorted list of `size` leaves under `root`.

    The caller reads each neighbour's id out of its leaf; the list's order is the roster's rule, checked by replay.

    Raises Mismatch if the neighbours do not enclose the id, are not adjacent, or are not under the root.
    """
    before, after = absence.before, absence.after
    if (before.index + 1 if before else 0) != (after.index if after else size):
        raise Mismatch("the neighbours are not adjacent")
    for neighbour in (before, after):
        if neighbour is not None:
            check_inclusion(derive_leaf_hash(neighbour.leaf), neighbour.index, size, neighbour.path, root)
    if (before and before.id >= id) or (after and after.id <= id):
        raise Mismatch(f"{id} does not stand between {before and before.id} and {after and after.id}")
    if before is None and after is None:
        _check_root(EMPTY_ROOT, root)

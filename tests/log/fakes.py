"""A made-up record with made-up rules, and a checker of published logs that shares nothing with the writer."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ledger.proof.checkpoint import Checkpoint, check_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import Mismatch, Refused
from ledger.proof.event import Event, Seen
from ledger.proof.merkle import EMPTY_ROOT, Tree, derive_leaf_hash, derive_root
from ledger.proof.note import COSIGNATURE, Signer, Verifier

LOG = Signer("ledger.example/log", sha256(b"log").digest())
WITNESS = Signer("witness.example", sha256(b"witness").digest(), COSIGNATURE)


class SayRecord:
    """Entries are `SUBJECT words`; it refuses those that say `refuse`, and whatever stands after `closed`."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.closed: set[str] = set()

    def append(self, entry: bytes, latest: int | None = None) -> Event:
        subject, _, words = entry.decode(errors="replace").partition(" ")
        if words.startswith("refuse") or subject in self.closed:
            raise Refused(f"{subject} may not say {words[:20]}")
        if words.startswith("closed"):
            self.closed.add(subject)
        self.tree.append(derive_leaf_hash(entry))
        return Event(
            type="thing.said/1",
            subject=subject,
            unit="bureau",
            at=0,
            after=None,
            seen=Seen(0, EMPTY_ROOT),
            body={},
            text=words,
            signatures=(),
            entry=entry,
        )


class SayReader:
    """What fsck is told of such entries, and of this log's keys."""

    def check(self, entries: Sequence[bytes], subjects: Sequence[str], types: Sequence[str]) -> None:
        for entry, subject, type in zip(entries, subjects, types, strict=True):
            said = entry.decode(errors="replace").partition(" ")[0]
            if (subject, type) != (said, "thing.said/1"):
                raise Mismatch(f"it stands as {type} on {subject}, its bytes say thing.said/1 on {said}")

    def look(self, entry: bytes) -> None:
        """No entry names a key."""

    def keys(self) -> tuple[Verifier, list[Verifier]]:
        return LOG.verifier, [WITNESS.verifier]


def say(first: int, count: int, size: int = 20) -> list[bytes]:
    """Entries of three subjects in turn, each of another text."""
    return [f"{'abc'[i % 3]} entry {i} ".encode().ljust(size, b".") for i in range(first, first + count)]


def check_log(folder: Path) -> tuple[Checkpoint, list[bytes]]:
    """Check a published log from its files alone, each partial file of its size being there; return what it holds."""
    checkpoint = check_checkpoint((folder / "checkpoint").read_bytes(), LOG.verifier).checkpoint
    entries: list[bytes] = []
    for number in range((checkpoint.size + 255) // 256):
        width = min(256, checkpoint.size - 256 * number)
        bundle = (folder / "tile/entries" / tile_name(number, width)).read_bytes()
        at = 0
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            entries.append(bundle[at + 2 : end])
            at = end
        assert at == len(bundle)
    assert len(entries) == checkpoint.size
    assert derive_root(entries) == checkpoint.root
    level, hashes = 0, [derive_leaf_hash(entry) for entry in entries]
    while hashes:
        for number in range((len(hashes) + 255) // 256):
            tile = hashes[256 * number : 256 * number + 256]
            assert (folder / f"tile/{level}" / tile_name(number, len(tile))).read_bytes() == b"".join(tile)
        hashes = [Hash(Tree(hashes[256 * n : 256 * n + 256]).root()) for n in range(len(hashes) // 256)]
        level += 1
    return checkpoint, entries


def tile_name(number: int, width: int) -> str:
    assert number < 1000
    return f"{number:03}" if width == 256 else f"{number:03}.p/{width}"

"""fsck of a whole installation, against the same reads with nothing but hashing."""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Line, Target, compare, format_rate
from bench.world import ORIGIN, START, make_code, make_signer
from ledger.audit.glance import Glance
from ledger.log.book import Book
from ledger.log.fsck import fsck
from ledger.proof.encoding import format_time
from ledger.proof.event import Event, Seen, format_event_text, parse_event
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signature, Verifier, format_note

SIZE = 100_000
BATCH = 1_000
CASE = 10
"""Entries of one subject."""


def measure(size: int = SIZE, rounds: int = 7) -> list[Line]:
    """Measure fsck of store, tiles, checkpoint and lock; no signature but the log's on the two is checked."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        entries = make_entries(size)
        make_installation(folder, entries)
        length = sum(map(len, entries)) // size
        del entries
        done = compare(lambda: hash_all(folder), lambda: check_all(folder, size), rounds)
    what = f"fsck of {size:,} entries of {length} bytes"
    against = f"the same rows and files read and hashed ({format_rate(size, done.baseline_seconds)})"
    return [Line(what, against, done.speed, Target(0.6), note=format_rate(size, done.our_seconds))]


def make_entries(size: int) -> list[bytes]:
    """Return events of the right form with signatures of the right length, which nobody has made."""
    name = f"{ORIGIN}/bureau/hazchem"
    entries = []
    for number in range(size):
        hash = hashlib.sha256(b"%d" % number).digest()
        text = format_event_text(
            ORIGIN,
            type="case.submitted/1",
            subject=f"case/bureau/2027-01/001/{number // CASE:06}",
            unit="bureau/hazchem",
            at=format_time(START + number),
            after=number,
            seen=Seen(number, derive_leaf_hash(hash)),
            body={
                "code": make_code(number),
                "items": ["item-01", "item-02"],
                "result": "no-problem",
                "summary": "现场检查未发现问题，已当场告知企业负责人，由其签字确认",
            },
        )
        entries.append(format_note(text, [Signature(name, hash[:4], hash + hash)]))
    return entries


class NoRules:
    """A record that takes anything, all of it on the subject and of the type that it says."""

    def __init__(self) -> None:
        """Begin without entries."""
        self.tree = Tree()

    def append(self, entry: bytes, latest: int | None = None) -> Event:
        """Take an entry in."""
        event = parse_event(entry, ORIGIN)
        self.tree.append(derive_leaf_hash(entry))
        return event


class BenchReader(Glance):
    """The bureau's reader, for a log that has no entry to name its key."""

    def keys(self) -> tuple[Verifier, list[Verifier]]:
        """Return the log's key."""
        return make_signer(ORIGIN).verifier, []


def make_installation(folder: Path, entries: Sequence[bytes]) -> None:
    """Record the entries as the book does, some at a time."""
    with Book.open(folder, make_signer(ORIGIN), NoRules()) as book:
        for start in range(0, len(entries), BATCH):
            book.append(entries[start : start + BATCH])


def hash_all(folder: Path) -> None:
    """The baseline: each row read and its bytes hashed as a leaf, each file read and hashed once."""
    uri = f"{(folder / 'store/entries.sqlite').as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        rows = database.execute(
            "SELECT originator_id, originator_version, topic, state, rowid FROM stored_events ORDER BY rowid"
        )
        while chunk := list(islice(rows, 256)):
            for row in chunk:
                hashlib.sha256(b"\x00" + row[3]).digest()
    for file in (folder / "log").rglob("*"):
        if file.is_file():
            hashlib.sha256(file.read_bytes()).digest()


def check_all(folder: Path, size: int) -> None:
    """Ours."""
    report = fsck(folder, BenchReader())
    assert (report.size, report.is_finished) == (size, True), report

"""Every byte that is evidence is changed, one after the other, and `fsck` must find each, and name where it is.

The log has 1,000 short entries; its last tiles stand there partial, at three older sizes too. Changed are:

    store        every byte of the table's pages and the index's that SQLite has used, but one in each row (`_IDLE`)
    tiles        every byte of every file
    checkpoints  every byte of log/checkpoint, which a witness cosigned, and of lock/checkpoint

Not evidence are, in SQLite's file: its first page, with counters, settings and the schema (which has a check of its
own); and space within pages that holds nothing.

Each byte gets one other value, chosen by the seed.
"""

import argparse
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple
from zlib import crc32

from ledger.log.book import Book
from ledger.log.fsck import fsck
from ledger.log.witness import Witness
from ledger.proof.errors import LedgerError
from log.fakes import LOG, WITNESS, SayReader, SayRecord, say

SIZES = (700, 800, 950, 1_000)
STORE = "store/entries.sqlite"
_INDEX_INNER, _TABLE_INNER, _TABLE_LEAF = 2, 5, 13
_IDLE = 1
"""Place in a row's header of the rowid's kind. The rowid stands elsewhere: SQLite looks at neither kind nor value."""
EMPTY = {"lock/swap", "store/writer"}
"""Files that only hold a lock, and a process's id for who waits."""
PARTS = 64
"""Into how many parts the work is cut; each makes an installation of its own."""


class Place(NamedTuple):
    """A byte that is evidence: the file in the installation, and what a message on a change of it must say."""

    path: str
    offset: int
    name: str


def make_installation(folder: Path) -> None:
    """Record the entries in a few batches, and have the last checkpoint cosigned."""
    witness = Witness(folder.with_name("witness"), WITNESS, [LOG.verifier])
    with Book.open(folder, LOG, SayRecord()) as book:
        for old, new in zip((0, *SIZES), SIZES, strict=False):
            book.append(say(old, new - old))
        book.publish([witness.cosign(book.checkpoint, [], 1_800_000_000)])
    witness.close()


def list_places(folder: Path) -> list[Place]:
    """Return every byte that is evidence, in the same order for the same installation."""
    places = list(_list_pages((folder / STORE).read_bytes()))
    for file in sorted(file for name in ("log", "lock") for file in (folder / name).rglob("*") if file.is_file()):
        path = file.relative_to(folder).as_posix()
        if path not in EMPTY:
            places += [Place(path, offset, path.removeprefix("log/tile/")) for offset in range(file.stat().st_size)]
    return places


def _list_pages(data: bytes) -> Iterator[Place]:
    """Give every byte of a database that is in use; see https://www.sqlite.org/fileformat.html, section 1.6."""
    page_size = int.from_bytes(data[16:18], "big")
    for page in range(page_size, len(data), page_size):
        kind, count = data[page], int.from_bytes(data[page + 3 : page + 5], "big")
        head = page + (12 if kind in (_TABLE_INNER, _INDEX_INNER) else 8)
        yield from (Place(STORE, offset, "store") for offset in range(page, head + 2 * count))
        for pointer in range(head, head + 2 * count, 2):
            yield from _list_cell(data, kind, page + int.from_bytes(data[pointer : pointer + 2], "big"))


def _list_cell(data: bytes, kind: int, start: int) -> Iterator[Place]:
    """Give every byte of a cell; those of a row's columns are named by the entry."""
    length, at = _read_varint(data, start + (4 if kind in (_TABLE_INNER, _INDEX_INNER) else 0))
    end = at if kind == _TABLE_INNER else at + length  # within the tree, the table has keys alone
    columns, idle, name = end, end, ""
    if kind == _TABLE_LEAF:
        rowid, at = _read_varint(data, at)
        end = at + length
        columns, idle, name = at + data[at], at + _IDLE, f"entry {rowid - 1}"
    for offset in range(start, end):
        if offset != idle:
            yield Place(STORE, offset, name if offset >= columns else "store")


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte, at = data[at], at + 1
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at


def try_place(folder: Path, place: Place, seed: int) -> str | None:
    """Change one byte, check, and put it back; return None if the change was found and named, else what was said."""
    mask = 1 + crc32(f"{seed} {place.path} {place.offset}".encode()) % 255
    descriptor = os.open(folder / place.path, os.O_RDWR)
    try:
        byte = os.pread(descriptor, 1, place.offset)
        os.pwrite(descriptor, bytes([byte[0] ^ mask]), place.offset)
        try:
            return f"mask {mask:#04x}: {fsck(folder, SayReader())}"
        except LedgerError as error:
            is_named = place.name in str(error) or not (folder / "store").exists()
            return None if is_named else f"mask {mask:#04x}: {error}"
        finally:
            os.pwrite(descriptor, byte, place.offset)
    finally:
        os.close(descriptor)


class Tried(NamedTuple):
    """What became of some places: how many by file, and those of which a change was not found, with what was said."""

    counts: Counter[str]
    survivors: list[tuple[Place, str]]


def try_part(part: int, parts: int, seed: int, *, is_log_alone: bool) -> Tried:
    """Try every so many-th place, with the store and lock there, or with the log alone."""
    tried = Tried(Counter(), [])
    with TemporaryDirectory() as name:
        folder = Path(name) / "installation"
        make_installation(folder)
        places = list_places(folder)
        if is_log_alone:
            places = [place for place in places if place.path.startswith("log/")]
            for gone in ("store", "lock"):
                shutil.rmtree(folder / gone)
        for place in places[part::parts]:
            said = try_place(folder, place, seed)
            tried.counts[place.path.rpartition("/")[0]] += 1
            if said is not None:
                tried.survivors.append((place, said))
        assert fsck(folder, SayReader()).is_finished, "every byte was put back"
    return tried


def main(words: Sequence[str]) -> int:
    """Try every place; print how many there were, how long it took, and what was not found. Return the exit status."""
    parser = argparse.ArgumentParser(prog="./run faults flips", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="chooses the values")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many processes")
    asked = parser.parse_args(words)
    print(f"seed {asked.seed}", flush=True)
    start, all_tried = perf_counter(), Tried(Counter(), [])
    with ProcessPoolExecutor(asked.jobs) as pool:
        runs = [
            pool.submit(try_part, part, PARTS, asked.seed, is_log_alone=is_log_alone)
            for is_log_alone in (False, True)
            for part in range(PARTS)
        ]
        for done, run in enumerate(runs, 1):
            tried = run.result()
            all_tried.counts.update(tried.counts)
            all_tried.survivors.extend(tried.survivors)
            print(f"\r{done} of {len(runs)} parts, {len(all_tried.survivors)} not found", end="", flush=True)
    for folder, count in sorted(all_tried.counts.items()):
        print(f"\n{count:7,} bytes in {folder}", end="")
    for place, said in all_tried.survivors:
        print(f"\nNOT FOUND: {place.path}, byte {place.offset} ({place.name}), {said}", end="")
    total = all_tried.counts.total()
    print(f"\n{total:,} changes in {perf_counter() - start:,.0f} s, {len(all_tried.survivors)} not found")
    return 1 if all_tried.survivors else 0

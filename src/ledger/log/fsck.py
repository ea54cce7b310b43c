"""fsck: all that an installation holds is derived again from the entries' bytes, and compared byte by byte.

    store       every entry is where its own bytes put it; every page of the database is whole
    log         every tile, partial ones too, says what the entries give; none is missing, and nothing else is there
    checkpoint  signed by the log, over a tree that the entries give; so is the lock's; cosignatures verify

It needs no secret and changes nothing, and stops at the first difference. A writer may go on beside it: what it lists
it lists before it reads the store, and the store has every entry before any file tells of it. In memory are one tile
of each level, a number for each subject, and the names of the files.

Specification: docs/spec/log.md, section 11.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count, product
from pathlib import Path
from typing import NamedTuple, Protocol

from ledger.audit.collector import collector_held
from ledger.proof.checkpoint import check_checkpoint, parse_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch
from ledger.proof.note import Note, Signature, Verifier, format_note, parse_note
from ledger.proof.tile import ENTRIES, WIDTH, Tile, format_tile_path, parse_entries
from ledger.store.entries import EntryStore
from ledger.store.scan import Block, SqliteScan, StoreScan

from .comparison import Comparison
from .files import read_if_any
from .listing import CHECKPOINT, list_log
from .tiles import read_tile

PUBLISHED, LOCKED = "log/checkpoint", "lock/checkpoint"
Progress = Callable[[int, int], None]


class Reader(Protocol):
    """What fsck must be told of the entries' form; `ledger.audit.glance.Glance` is one."""

    def check(self, entries: Sequence[bytes], subjects: Sequence[str], types: Sequence[str]) -> None:
        """Check that entries say the subjects and types beside them. Raises LedgerError, with what the first says."""
        ...

    def look(self, entry: bytes) -> None:
        """Look at an entry beside which nothing stands. This or `check` is called for every entry, in order."""
        ...

    def keys(self) -> tuple[Verifier, Sequence[Verifier]]:
        """Return the log's key and its witnesses', from the entries or by trust. Raises LedgerError."""
        ...


class FsckReport(NamedTuple):
    """What was found sound.

    origin     the log's name; None where nothing was signed yet
    size       how many entries there are, all of them derived again
    root       the root over all of them
    signed     how many of them lock/checkpoint has; None where there is no lock/ here, or nothing in it yet
    published  how many log/checkpoint has; None where nothing was published yet
    subjects   how many subjects the store knows; None where there is no store here
    files      how many tiles were compared, and how many bytes they have
    cosigned   each witness whose line was checked, and the Unix time it gave
    leftovers  temporary files that a stopped writer left, which do no harm
    """

    origin: str | None
    size: int
    root: Hash
    signed: int | None
    published: int | None
    subjects: int | None
    files: int
    bytes: int
    cosigned: dict[str, int]
    leftovers: list[str]

    @property
    def is_finished(self) -> bool:
        """Tell whether all that is kept is signed and published; if not, the next start of the book carries on."""
        return self.published == self.size and self.signed in (None, self.size)


def fsck(
    folder: Path,
    reader: Reader,
    progress: Progress | None = None,
    *,
    store: EntryStore | None = None,
    lock_folder: Path | None = None,
) -> FsckReport:
    """Check everything in an installation's folder, or in a log's alone, and return what was found sound.

    folder       holds log/, store/ and lock/; a copy may lack lock/, or both lock/ and store/, and may be log/ itself
    reader       new for each call
    progress     called with how many entries are done, and how many there are
    store        where the entries are, open for reading; None for store/
    lock_folder  where the last checkpoint signed is kept; None for lock/

    Raises a LedgerError at the first difference, naming the file or entry, what was found and what was expected;
    OSError where something cannot be read, FileNotFoundError where nothing of a log is here.
    """
    is_installation = any((folder / name).is_dir() for name in ("log", "store", "lock"))
    log = folder / "log" if is_installation else folder
    lock = lock_folder or folder / "lock"
    words = _read_words(lock, log)
    if not words and not is_installation:
        raise FileNotFoundError(f"{folder}: neither an installation nor a log's folder")
    sizes = {where: _read_size(where, data) for where, data in words.items()}
    tiles = Comparison(log, list_log(log), frozenset(sizes.values()))
    total = max(sizes.values(), default=0)

    def advance(done: int) -> None:
        if progress is not None:
            progress(done, max(done, total))

    subjects = None
    with collector_held():
        if store is not None or (folder / "store").is_dir() or lock.is_dir():
            file = folder / "store" / "entries.sqlite"
            with StoreScan(store) if store is not None else _open_store(file, is_begun=bool(words)) as scan:
                subjects = _compare_with_store(scan, tiles, reader, advance)
        else:
            _compare_bundles(tiles, reader, advance)
    origin, cosigned = _check_signatures(words, reader)
    _check_order(lock, sizes, tiles.size)
    tiles.check_whole({where: parse_checkpoint(parse_note(data).text) for where, data in words.items()})
    return FsckReport(
        origin=origin,
        size=tiles.size,
        root=tiles.root(),
        signed=sizes.get(LOCKED),
        published=sizes.get(PUBLISHED),
        subjects=subjects,
        files=tiles.files,
        bytes=tiles.bytes,
        cosigned=cosigned,
        leftovers=tiles.listing.leftovers,
    )


def _read_words(lock: Path, log: Path) -> dict[str, bytes]:
    """Return the checkpoints that are there, by where they stand; first the one that a writer changes last."""
    found = {PUBLISHED: read_if_any(log / CHECKPOINT), LOCKED: read_if_any(lock / CHECKPOINT)}
    return {where: data for where, data in found.items() if data is not None}


def _read_size(where: str, data: bytes) -> int:
    """Return the size that a checkpoint states; its signature is for later, when its key is known."""
    try:
        return parse_checkpoint(parse_note(data).text).size
    except LedgerError as error:
        raise type(error)(f"{where}: {error}") from error


def _open_store(file: Path, *, is_begun: bool) -> SqliteScan:
    try:
        return SqliteScan(file)
    except FileNotFoundError:
        if is_begun:
            raise Mismatch("the store is missing, or has no table, but entries were signed") from None
        raise


def _compare_with_store(
    store: SqliteScan | StoreScan, tiles: Comparison, reader: Reader, advance: Callable[[int], None]
) -> int:
    """Compare the store's columns and the log's tiles with the store's entries; return how many subjects there are."""
    counts: dict[str, int] = {}
    with ThreadPoolExecutor(1) as other_core:  # SQLite checks its pages without Python's help
        checked = other_core.submit(store.check)
        for block in store.blocks(WIDTH):
            _check_columns(tiles.size, block, reader, counts)
            tiles.add(block.entries)
            advance(tiles.size)
        checked.result()
    return len(counts)


def _check_columns(start: int, block: Block, reader: Reader, counts: dict[str, int]) -> None:
    """Check that each entry of a block, the first of index `start`, stands where its bytes put it.

    counts  how many entries each subject has had before; is brought up to date
    """
    try:
        reader.check(block.entries, block.subjects, block.types)
    except LedgerError:
        for index, (subject, _, type, entry) in enumerate(zip(*block, strict=True), start):
            _check_entry(index, entry, subject, type, reader)
        raise
    for index, (subject, position) in enumerate(zip(block.subjects, block.positions, strict=True), start):
        if position != counts.get(subject, 0):
            expected = counts.get(subject, 0)
            raise Mismatch(f"store: entry {index} stands at position {position} of {subject}, expected {expected}")
        counts[subject] = position + 1


def _check_entry(index: int, entry: bytes, subject: str, type: str, reader: Reader) -> None:
    try:
        reader.check([entry], [subject], [type])
    except LedgerError as error:
        raise Mismatch(f"store: entry {index}: {error}") from error


def _compare_bundles(tiles: Comparison, reader: Reader, advance: Callable[[int], None]) -> None:
    """Compare the log's tiles with one another; the entries are those of the widest bundles."""
    for number in count():
        width = max(tiles.listing.widths.get((ENTRIES, number), ()), default=0)
        if width:
            tile = Tile(ENTRIES, number, width)
            try:
                entries = parse_entries(read_tile(tiles.folder, tile), width)
            except Malformed as error:
                raise Malformed(f"log: {format_tile_path(tile)}: {error}") from error
            for entry in entries:
                reader.look(entry)
            tiles.add(entries)
            advance(tiles.size)
        if width < WIDTH:
            return


def _check_signatures(words: Mapping[str, bytes], reader: Reader) -> tuple[str | None, dict[str, int]]:
    """Check who signed the checkpoints; return the log's name, and the witnesses' times.

    The lock has one line, the log's. Strangers' lines beside the published one mean nothing; but the signature of a key
    that is known, under another name or id, shows that the line was changed.
    """
    if not words:
        return None, {}
    log, witnesses = reader.keys()
    times: dict[str, int] = {}
    for where, data in words.items():
        try:
            if where == LOCKED:
                check_checkpoint(data, log, is_exact=True)
            else:
                times = check_checkpoint(data, log, witnesses).times
                _check_names(parse_note(data), log, witnesses)
        except LedgerError as error:
            raise type(error)(f"{where}: {error}") from error
    return log.name, times


def _check_names(note: Note, log: Verifier, witnesses: Sequence[Verifier]) -> None:
    known = {(verifier.name, verifier.key_id) for verifier in (log, *witnesses)}
    own = next(line for line in note.signatures if (line.name, line.key_id) == (log.name, log.key_id))
    strangers = [line for line in note.signatures if (line.name, line.key_id) not in known]
    for line, witness in product(strangers, witnesses):
        # A character of base64 reaches from the key id into the time, whose first byte is 0 in every year allowed.
        for signature in (line.signature, b"\0" + line.signature[1:]):
            renamed = Signature(witness.name, witness.key_id, signature)
            with suppress(BadSignature):
                check_checkpoint(format_note(note.text, [own, renamed]), log, [witness])
                raise Mismatch(f"the line by {line.name} is signed with the key of {witness.name}")


def _check_order(lock: Path, sizes: Mapping[str, int], size: int) -> None:
    """Check that an interrupted write, at most, stands between the store, the lock and what is published."""
    signed, published = sizes.get(LOCKED), sizes.get(PUBLISHED)
    if signed is None and lock.is_dir() and (size or published is not None):
        raise Mismatch(f"lock/checkpoint is missing, but there are {size} entries")
    if published is None and (size or signed):
        raise Mismatch(f"log/checkpoint is missing, but there are {size} entries")
    if signed is not None and published is not None and published > signed:
        raise Mismatch(f"lock/checkpoint has a checkpoint of {signed} entries, log/checkpoint one of {published}")

"""fsck: a sound installation is said to be sound, whatever is damaged is found and named, a crash is told apart."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from faults.flips import EMPTY, SIZES, list_places, make_installation, try_place

from ledger.log.book import Book
from ledger.log.fsck import FsckReport, fsck
from ledger.log.witness import Witness
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import BadSignature, LedgerError, Mismatch
from ledger.proof.merkle import derive_root
from ledger.proof.note import Signature, Signer, format_note, parse_note
from log.fakes import LOG, WITNESS, SayReader, SayRecord, say
from log.test_book import rewrite
from log.test_crash import NEW, OLD, WRITER, fail_at, leave_unsigned

SIZE = SIZES[-1]
NOBODY = 65_534
SAMPLE = 400
"""How many places a run of the tests tries; `./run faults flips` tries all."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation to copy: 1,000 entries, cosigned; its last tiles stand there partial, at four sizes."""
    folder = tmp_path_factory.mktemp("whole") / "installation"
    make_installation(folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A sound installation, to be damaged."""
    shutil.copytree(whole, tmp_path / "installation")
    return tmp_path / "installation"


def check(folder: Path) -> FsckReport:
    return fsck(folder, SayReader())


def sign(size: int, root: Hash, *more: Signature, signer: Signer = LOG) -> bytes:
    text = format_checkpoint(Checkpoint(signer.name, size, root))
    return format_note(text, [signer.sign_text(text), *more])


def root_of(size: int) -> Hash:
    return derive_root(say(0, size))


# Sound


def test_a_sound_installation(folder: Path) -> None:
    report = check(folder)
    assert report == FsckReport(
        origin=LOG.name,
        size=SIZE,
        root=root_of(SIZE),
        signed=SIZE,
        published=SIZE,
        subjects=3,
        files=len([file for file in (folder / "log/tile").rglob("*") if file.is_file()]),
        bytes=sum(file.stat().st_size for file in (folder / "log/tile").rglob("*") if file.is_file()),
        cosigned={WITNESS.name: 1_800_000_000},
        leftovers=[],
    )
    assert report.is_finished
    assert {file.name for file in (folder / "log/tile/0/003.p").iterdir()} == {str(size - 768) for size in SIZES[1:]}


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 600])
def test_a_sound_installation_of_each_size(tmp_path: Path, size: int) -> None:
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        for start in range(0, size, 85):
            book.append(say(start, min(85, size - start)))
    for _ in ("with store and lock", "the log alone"):
        report = check(tmp_path)
        assert (report.size, report.root, report.is_finished) == (size, root_of(size), True)
        for name in ("store", "lock"):
            shutil.rmtree(tmp_path / name, ignore_errors=True)


def test_a_log_whose_tree_has_three_levels_of_tiles(tmp_path: Path) -> None:
    size = 65_536 + 300
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(0, 65_000))
        book.append(say(65_000, size - 65_000))
    assert (tmp_path / "log/tile/2/000.p/1").exists()
    report = check(tmp_path)
    assert (report.size, report.root, report.is_finished) == (size, root_of(size), True)
    for path in ("1/000", "1/001.p/1", "2/000.p/1"):
        file = tmp_path / "log/tile" / path
        data = file.read_bytes()
        file.write_bytes(data[:-1] + b"\0")
        with pytest.raises(Mismatch, match=f"tile/{path}: hash"):
            check(tmp_path)
        file.write_bytes(data)


def test_a_published_log_is_checked_alone(folder: Path, tmp_path: Path) -> None:
    for name in ("store", "lock"):
        shutil.rmtree(folder / name)
    alone = check(folder)
    assert (alone.size, alone.root, alone.is_finished) == (SIZE, root_of(SIZE), True)
    assert (alone.subjects, alone.signed) == (None, None)
    assert check(folder / "log") == alone


def test_a_copy_without_the_lock(folder: Path) -> None:
    shutil.rmtree(folder / "lock")
    report = check(folder)
    assert (report.subjects, report.signed, report.is_finished) == (3, None, True)


def test_it_says_how_far_it_is(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    fsck(folder, SayReader(), lambda done, total: told.append((done, total)))
    assert told == [(256, SIZE), (512, SIZE), (768, SIZE), (SIZE, SIZE)]


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(0, 10_000, 1_000))
    check(tmp_path)
    tracemalloc.start()
    check(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000  # of 10 MB of entries


# Changing nothing, beside a writer, without rights


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        file.relative_to(folder).as_posix(): (file.stat().st_mtime_ns, file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_it_changes_nothing(folder: Path) -> None:
    before = state_of(folder)
    check(folder)
    assert state_of(folder) == before


@contextmanager
def nobodys_copy(folder: Path) -> Iterator[Path]:
    """A copy of an installation that we may read and not write, ourselves being nobody."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "installation"
        shutil.copytree(folder, copy)
        for file in (Path(name), copy, *copy.rglob("*")):
            file.chmod(0o555 if file.is_dir() else 0o444)
        was_root = os.geteuid() == 0
        if was_root:
            os.seteuid(NOBODY)
        try:
            yield copy
        finally:
            if was_root:
                os.seteuid(0)
            for file in (Path(name), copy, *copy.rglob("*")):
                file.chmod(0o755)


def test_a_copy_that_may_only_be_read(folder: Path) -> None:
    with nobodys_copy(folder) as copy:
        with pytest.raises(PermissionError):
            (copy / "store/new").touch()
        assert check(copy).is_finished


@pytest.mark.parametrize("path", ["log/tile/0/000", "log/checkpoint", "lock/checkpoint", "store/entries.sqlite"])
def test_a_file_that_may_not_be_read_is_named(folder: Path, path: str) -> None:
    with nobodys_copy(folder) as copy:
        euid = os.geteuid()
        os.seteuid(os.getuid())
        (copy / path).chmod(0)
        os.seteuid(euid)
        with pytest.raises(PermissionError, match=path):
            check(copy)


def test_a_writer_may_go_on_beside_it(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    end = time.monotonic() + 2
    sizes = []
    while time.monotonic() < end:
        report = check(tmp_path)
        assert report.published is not None
        assert report.signed is not None
        assert report.published <= report.signed <= report.size
        sizes.append(report.size)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert sizes[-1] > sizes[0] > 0
    check(tmp_path)
    Book.open(tmp_path, LOG, SayRecord()).close()
    assert check(tmp_path).is_finished


class Meanwhile(SayReader):
    """Does something once the first entries are read: by then the files are listed, and few of them are read."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work: Callable[[], object] | None = work

    def check(self, entries: Sequence[bytes], subjects: Sequence[str], types: Sequence[str]) -> None:
        super().check(entries, subjects, types)
        if self._work is not None:
            self._work()
            self._work = None


def test_a_writer_that_begins_meanwhile_makes_it_start_again(folder: Path) -> None:
    def write() -> None:
        with Book.open(folder, LOG, SayRecord()) as book:
            book.append(say(SIZE, 1))

    with pytest.raises(OSError, match="a writer began while it was read; check again"):
        fsck(folder, Meanwhile(write))
    assert check(folder).size == SIZE + 1


def test_a_partial_tile_may_go_meanwhile_if_its_full_one_has_come(folder: Path) -> None:
    tile = folder / "log/tile/0/003.p/32"
    with pytest.raises(FileNotFoundError, match=r"tile/0/003\.p/32"):
        fsck(folder, Meanwhile(tile.unlink))
    tile.touch()

    def fill() -> None:
        tile.unlink()
        (folder / "log/tile/0/003").touch()

    assert fsck(folder, Meanwhile(fill)).size == SIZE


# What a crash leaves


@pytest.mark.parametrize("is_done", [False, True], ids=["lost", "done-but-reported-lost"])
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_power_cut_at_each_step_of_an_append_is_no_difference(tmp_path: Path, name: str, is_done: bool) -> None:
    steps, is_reached, states = 0, True, []
    while is_reached:
        steps += 1
        folder = tmp_path / str(steps)
        book = Book.open(folder, LOG, SayRecord())
        book.append(say(0, OLD))
        with pytest.MonkeyPatch.context() as patched:
            reached = fail_at(patched, name, steps, is_done=is_done)
            with suppress(OSError):
                book.append(say(OLD, NEW))
            is_reached = reached()
        book.close()
        report = check(folder)
        states.append((report.size, report.signed, report.published))
        Book.open(folder, LOG, SayRecord()).close()
        assert check(folder)._replace(leftovers=[]).is_finished
    old, new = OLD, OLD + NEW
    assert set(states) == {(new, old, old), (new, new, old), (new, new, new)}


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_power_cut_at_each_step_of_a_beginning_is_no_difference(tmp_path: Path, name: str) -> None:
    steps, is_reached = 0, True
    states: list[tuple[int | None, int | None, bool | None]] = []
    while is_reached:
        steps += 1
        folder = tmp_path / str(steps)
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patched:
            reached = fail_at(patched, name, steps, is_done=False)
            with suppress(OSError):
                Book.open(folder, LOG, SayRecord()).close()
            is_reached = reached()
        try:
            report = check(folder)
            states.append((report.signed, report.published, report.is_finished))
        except FileNotFoundError:
            states.append((None, None, None))
        Book.open(folder, LOG, SayRecord()).close()
        assert check(folder).is_finished
    expected = {(None, None, False), (0, None, False), (0, 0, True)}
    assert expected <= set(states) <= {*expected, (None, None, None)}


@pytest.mark.parametrize("lost", ["lock/checkpoint", "log/checkpoint", "log/tile/0/000.p/250", "store/entries.sqlite"])
def test_what_is_lost_beside_an_interrupted_write_is_a_difference(tmp_path: Path, lost: str) -> None:
    leave_unsigned(tmp_path)
    assert not check(tmp_path).is_finished
    (tmp_path / lost).unlink()
    for beside in (tmp_path / "store").glob("*-*"):
        beside.unlink()
    with pytest.raises(Mismatch, match="missing"):
        check(tmp_path)


def test_tiles_of_entries_that_are_not_signed_yet_are_compared(tmp_path: Path) -> None:
    with Book.open(tmp_path, LOG, SayRecord()) as book, pytest.MonkeyPatch.context() as patched:
        book.append(say(0, 5))
        patched.setattr(Book, "_sign", lambda book: None)
        book.append(say(5, 5))
    assert (check(tmp_path).size, check(tmp_path).signed) == (10, 5)
    file = tmp_path / "log/tile/0/000.p/10"
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    with pytest.raises(Mismatch, match=r"tile/0/000\.p/10: hash 9"):
        check(tmp_path)


def test_what_a_stopped_writer_left_is_named_as_harmless(folder: Path) -> None:
    left = ["log/.checkpoint.tmp", "log/tile/0/.004.tmp", "log/tile/0/004.p/.7.tmp", "log/tile/entries/.000.tmp"]
    for path in left:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"half")
    (folder / "log/tile/1/001.p").mkdir()
    report = check(folder)
    assert report.leftovers == sorted(path.removeprefix("log/") for path in left)
    assert report.is_finished


# Damage to the log's files


def edit(path: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_bytes(change((folder / path).read_bytes()))


def put(path: str, data: bytes = b"") -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)

    return write


def copy(source: str, target: str) -> Callable[[Path], object]:
    return lambda folder: put(target, (folder / source).read_bytes())(folder)


def drop(path: str) -> Callable[[Path], object]:
    return lambda folder: (folder / path).unlink()


LOG_DAMAGE = [
    (edit("log/tile/0/001", lambda data: data + b"\0"), r"tile/0/001 has 8193 bytes, expected 8192"),
    (edit("log/tile/0/001", lambda data: data[:-32]), r"tile/0/001 has 8160 bytes, expected 8192"),
    (edit("log/tile/0/001", lambda _: b""), r"tile/0/001 has 0 bytes"),
    (edit("log/tile/0/001", lambda data: data[32:64] + data[:32] + data[64:]), r"tile/0/001: hash 256 is [0-9a-f]{64}"),
    (edit("log/tile/0/003.p/32", lambda data: data[:-1] + b"\0"), r"tile/0/003\.p/32: hash 799"),
    (edit("log/tile/1/000.p/3", lambda data: data + data[:32]), r"tile/1/000\.p/3 has 128 bytes, expected 96"),
    (edit("log/tile/entries/000", lambda data: data + b"\0\0"), r"tile/entries/000 has 5634 bytes, expected 5632"),
    (edit("log/tile/entries/000", lambda data: data[:-1]), r"tile/entries/000 has 5631 bytes"),
    (edit("log/tile/entries/000", lambda data: data.replace(b"entry 7", b"entry 8")), r"byte 164, of entry 7, is 38"),
    (edit("log/tile/entries/003.p/32", lambda data: data[:-1] + b"x"), r"entries/003\.p/32: byte 703, of entry 799"),
    (drop("log/tile/0/002"), r"tile/0/002 is missing"),
    (drop("log/tile/entries/001"), r"tile/entries/001 is missing"),
    (drop("log/tile/0/003.p/232"), r"tile/0/003\.p/232 is missing"),
    (drop("log/tile/1/000.p/3"), r"tile/1/000\.p/3 is missing"),
    (drop("log/checkpoint"), r"log/checkpoint is missing"),
    (lambda folder: shutil.rmtree(folder / "log/tile/entries"), r"tile/entries/000 is missing"),
    (lambda folder: shutil.rmtree(folder / "log"), r"log/checkpoint is missing"),
    (copy("log/tile/0/000", "log/tile/0/001"), r"tile/0/001: hash 256"),
    (copy("log/tile/0/000", "log/tile/0/004"), r"tile/0/004 is there, but a log of 1000 entries does not have it"),
    (copy("log/tile/0/003.p/232", "log/tile/0/003.p/233"), r"tile/0/003\.p/233 is there"),
    (copy("log/tile/0/003.p/232", "log/tile/0/003.p/231"), r"tile/0/003\.p/231 has 7424 bytes, expected 7392"),
    (copy("log/tile/0/003.p/232", "log/tile/0/003"), r"tile/0/003 is there"),
    (put("log/tile/2/000.p/1", bytes(32)), r"tile/2/000\.p/1 is there"),
    (put("log/tile/63/000", bytes(8192)), r"tile/63/000 is there"),
    (put("log/tile/entries/x001/000"), r"tile/entries/x001/000 is there"),
    (put("log/tile/0/0003"), r"tile/0/0003 does not belong to a log"),
    (put("log/tile/0/000.p/256"), r"tile/0/000\.p/256 does not belong"),
    (put("log/tile/0/000 (copy)"), r"000 \(copy\) does not belong"),
    (put("log/tile/0/000.bak"), r"000\.bak does not belong"),
    (put("log/tile/0/.000"), r"tile/0/\.000 does not belong"),
    (put("log/tile/0/.index.html.tmp"), r"\.index\.html\.tmp does not belong"),
    (put("log/index.html"), r"index\.html does not belong"),
    (lambda folder: os.mkfifo(folder / "log/tile/0/004"), r"tile/0/004 is neither a file nor a folder"),
    (lambda folder: (folder / "log/tile/0/004").symlink_to("nowhere"), r"tile/0/004 is neither a file nor a folder"),
    (lambda folder: (folder / "log/tile/9").symlink_to("0"), r"tile/9 is neither a file nor a folder"),
]


@pytest.mark.parametrize(("damage", "message"), LOG_DAMAGE, ids=[message for _, message in LOG_DAMAGE])
def test_damage_to_a_file_of_the_log_is_named(folder: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(folder)
    with pytest.raises(Mismatch, match=message):
        check(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edit("log/tile/entries/000", lambda data: data.replace(b"entry 7", b"entry 8")), r"tile/0/000: hash 7 is"),
        (edit("log/tile/entries/000", lambda data: data[:-1]), r"tile/entries/000: bundle ends within its entry 255"),
        (edit("log/tile/entries/000", lambda data: data + b"\0\0"), r"tile/entries/000: bundle holds 257 entries"),
        (edit("log/tile/entries/003.p/232", lambda data: data + b"\0\0"), r"tile/entries/003\.p/232 has 5106 bytes"),
        (drop("log/tile/entries/001"), r"tile/entries/001 is missing"),
        (drop("log/tile/entries/003.p/232"), r"tile/entries/003\.p/232 is missing"),
        (drop("log/tile/1/000.p/3"), r"tile/1/000\.p/3 is missing"),
        (edit("log/checkpoint", lambda _: sign(SIZE, root_of(SIZE - 1))), r"log/checkpoint has the root"),
    ],
)
def test_damage_to_a_log_alone_is_named(folder: Path, damage: Callable[[Path], object], message: str) -> None:
    for name in ("store", "lock"):
        shutil.rmtree(folder / name)
    damage(folder)
    with pytest.raises(LedgerError, match=message):
        check(folder)


def test_a_partial_tile_may_be_gone_where_its_full_one_is_there(folder: Path) -> None:
    for size in SIZES[1:-1]:
        for path in ("0", "entries"):
            (folder / f"log/tile/{path}/003.p/{size - 768}").unlink()
    (folder / "log/checkpoint").write_bytes(sign(700, root_of(700)))
    assert (check(folder).size, check(folder).published) == (SIZE, 700)


# Checkpoints


def cosignature(checkpoint: bytes, tmp_path: Path) -> Signature:
    witness = Witness(tmp_path / "another-witness", WITNESS, [LOG.verifier])
    line = witness.cosign(checkpoint, [], 1_800_000_000)
    witness.close()
    return line


def test_lines_of_strangers_mean_nothing(folder: Path) -> None:
    note = parse_note((folder / "log/checkpoint").read_bytes())
    strangers = [
        Signature("stranger.example", b"1234", bytes(72)),
        Signature(WITNESS.name, b"1234", bytes(72)),  # another key of the witness, or another algorithm
        Signature("stranger.example", WITNESS.verifier.key_id, bytes(72)),
    ]
    (folder / "log/checkpoint").write_bytes(format_note(note.text, [*note.signatures, *strangers]))
    assert check(folder).cosigned == {WITNESS.name: 1_800_000_000}


def change_at_the_seam(line: Signature) -> Signature:
    """Change the one character of base64 that holds the end of the key id and the beginning of the time."""
    key_id = line.key_id[:-1] + bytes([line.key_id[-1] ^ 1])
    return line._replace(key_id=key_id, signature=b"\xf0" + line.signature[1:])


CHECKPOINT_DAMAGE = [
    (
        "log",
        lambda line: line._replace(name="witness.exam"),
        r"log/checkpoint: the line by witness\.exam is signed with",
    ),
    ("log", lambda line: line._replace(key_id=b"1234"), r"log/checkpoint: the line by witness\.example is signed with"),
    (
        "log",
        lambda line: line._replace(signature=line.signature[:-1] + b"\0"),
        r"log/checkpoint: the signature by witness",
    ),
    ("log", change_at_the_seam, r"log/checkpoint: the line by witness\.example is signed with the key of witness"),
    ("log", lambda line: line._replace(signature=bytes(8) + line.signature[8:]), r"its time is out of range"),
    ("log", lambda line: line._replace(signature=line.signature[:64]), r"of 64 bytes, expected 72"),
    ("lock", lambda line: line, r"lock/checkpoint: checkpoint has a line by witness\.example"),
]


@pytest.mark.parametrize(("where", "change", "message"), CHECKPOINT_DAMAGE, ids=[row[2] for row in CHECKPOINT_DAMAGE])
def test_a_cosignature_that_was_changed_is_found(
    folder: Path, where: str, change: Callable[[Signature], Signature], message: str
) -> None:
    own, line = parse_note((folder / "log/checkpoint").read_bytes()).signatures
    note = parse_note((folder / where / "checkpoint").read_bytes())
    (folder / where / "checkpoint").write_bytes(format_note(note.text, [own, change(line)]))
    with pytest.raises((BadSignature, Mismatch), match=message):
        check(folder)


@pytest.mark.parametrize("where", ["log", "lock"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: b"", "note has no empty line"),
        (lambda: b"\xff", "not UTF-8"),
        (lambda: sign(SIZE, root_of(SIZE))[:-1], "does not end with a line feed"),
        (lambda: sign(SIZE, root_of(SIZE)) + b"x", "does not end with a line feed"),
        (lambda: sign(SIZE, root_of(SIZE)).replace(b"\n1000\n", b"\n0999\n"), "without leading zeros"),
        (lambda: sign(SIZE, root_of(SIZE)).replace(b"\n1000\n", b"\n999\n"), "does not fit the text"),
        (
            lambda: sign(SIZE, root_of(SIZE), signer=Signer(LOG.name, bytes(32))),
            "is not signed by|of another log of this name|is neither the log nor a witness",
        ),
        (lambda: sign(SIZE, root_of(SIZE), signer=Signer("other.example", bytes(32))), "checkpoint of other"),
        (lambda: sign(SIZE, root_of(SIZE - 1)), "has the root [0-9a-f]{64}, but the first 1000 entries give"),
        (lambda: sign(700, root_of(701)), "has the root|lock/checkpoint has a checkpoint of 700"),
        (lambda: sign(0, root_of(1)), "has the root|lock/checkpoint has a checkpoint of 0"),
    ],
)
def test_a_checkpoint_that_does_not_hold_is_found(
    folder: Path, where: str, data: Callable[[], bytes], message: str
) -> None:
    (folder / where / "checkpoint").write_bytes(data())
    with pytest.raises(LedgerError, match=f"{where}/checkpoint.*({message})|{message}"):
        check(folder)


def test_t30_a_lock_older_than_what_is_published_is_found(folder: Path) -> None:
    (folder / "lock/checkpoint").write_bytes(sign(700, root_of(700)))
    with pytest.raises(Mismatch, match="lock/checkpoint has a checkpoint of 700 entries, log/checkpoint one of 1000"):
        check(folder)


def test_t30_a_missing_lock_is_found(folder: Path) -> None:
    (folder / "lock/checkpoint").unlink()
    with pytest.raises(Mismatch, match="lock/checkpoint is missing, but there are 1000 entries"):
        check(folder)


# Damage to the store

UPDATES = [
    ("state = CAST('b another' AS BLOB)", "store: entry 7 has the leaf hash"),
    ("state = CAST('c another' AS BLOB)", "entry 7: it stands as thing.said/1 on b, its bytes say thing.said/1 on c"),
    ("state = x''", "entry 7: it stands"),
    ("originator_id = 'z'", "entry 7: it stands as thing.said/1 on z"),
    ("originator_id = CAST(originator_id AS BLOB)", "entry 7 is kept in other than text"),
    ("originator_id = CAST(x'ff' AS TEXT)", "entry 7 cannot be read"),
    ("topic = 'thing.sung/1'", "entry 7: it stands as thing.sung/1 on b"),
    ("topic = x'00'", "entry 7 is kept in other than text"),
    ("originator_version = 99999", "entry 7 stands at position 99999 of b, expected 2"),
    ("originator_version = 2.5", "entry 7 is kept in other than text, integer"),
    ("originator_version = 'two'", "entry 7 is kept in other than text, integer"),
    ("rowid = 0", "entry 0 is missing, the next one there is -1"),
    ("rowid = -5", "entry 0 is missing, the next one there is -6"),
    ("rowid = 2000", "entry 7 is missing, the next one there is 8"),
]
STORE_DAMAGE = [
    *((f"UPDATE stored_events SET {update} WHERE rowid = 8", message) for update, message in UPDATES),
    ("DELETE FROM stored_events WHERE rowid = 8", "entry 7 is missing, the next one there is 8"),
    ("DELETE FROM stored_events WHERE rowid = 1", "entry 0 is missing"),
    ("DELETE FROM stored_events WHERE rowid > 990", "checkpoint of 1000 entries, but there are only 990"),
    ("DELETE FROM stored_events", "checkpoint of 1000 entries, but there are only 0"),
]


@pytest.mark.parametrize(("statement", "message"), STORE_DAMAGE)
def test_t18_an_entry_changed_in_the_database_is_named(folder: Path, statement: str, message: str) -> None:
    rewrite(folder, statement)
    with pytest.raises(Mismatch, match=message):
        check(folder)


def test_an_entry_too_long_for_a_bundle_is_named(tmp_path: Path) -> None:
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(0, 3))
    rewrite(tmp_path, "UPDATE stored_events SET state = ? WHERE rowid = 2", b"b " + bytes(65_535))
    with pytest.raises(Mismatch, match="store: entry 1 has the leaf hash"):
        check(tmp_path)
    (tmp_path / "log/tile/0/000.p/3").unlink()
    with pytest.raises(Mismatch, match="store: entry 1 has 65537 bytes, expected at most 65535"):
        check(tmp_path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TRIGGER entries_follow", "entries_follow"),
        ("CREATE TABLE more (a)", "more"),
        ("CREATE INDEX more ON stored_events (topic)", "more"),
        ("DROP TABLE stored_events", "the store is missing, or has no table"),
    ],
)
def test_t18_a_store_of_another_schema_is_named(folder: Path, statement: str, message: str) -> None:
    with closing(sqlite3.connect(folder / "store/entries.sqlite")) as database, database:
        database.execute(statement)
    with pytest.raises(Mismatch, match=message):
        check(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (drop("store/entries.sqlite"), "the store is missing"),
        (lambda folder: shutil.rmtree(folder / "store"), "the store is missing"),
        (put("store/entries.sqlite", b""), "the store is missing, or has no table"),
        (put("store/entries.sqlite", bytes(8192)), "the database is damaged: file is not a database"),
        (edit("store/entries.sqlite", lambda data: data[: len(data) // 2]), "damaged|cannot be read"),
        (edit("store/entries.sqlite", lambda data: data + bytes(4096)), "the file has 77824 bytes, expected 73728"),
    ],
)
def test_damage_to_the_database_is_found(folder: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(folder)
    with pytest.raises(Mismatch, match=message):
        check(folder)


def test_an_index_that_does_not_fit_its_table_is_found(folder: Path) -> None:
    file = folder / "store/entries.sqlite"
    data = bytearray(file.read_bytes())
    for page in range(4096, len(data), 4096):
        if data[page] == 10:  # a leaf of the index: its last bytes are its first cell's row
            data[page + 4095] ^= 1
    file.write_bytes(data)
    with pytest.raises(Mismatch, match=r"the database is damaged: .*index"):
        check(folder)


@pytest.mark.parametrize("name", ["empty", "nothing"])
def test_what_is_no_installation_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="neither an installation nor a log's folder"):
        check(tmp_path / name)


# Every byte


@pytest.mark.parametrize("is_log_alone", [False, True], ids=["installation", "log-alone"])
def test_t18_a_byte_changed_anywhere_is_found_and_named(folder: Path, is_log_alone: bool) -> None:
    seed = random.SystemRandom().randrange(2**32)
    places = list_places(folder)
    assert {place.path for place in places} == {
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
    } - EMPTY
    if is_log_alone:
        places = [place for place in places if place.path.startswith("log/")]
        for name in ("store", "lock"):
            shutil.rmtree(folder / name)
    sample = random.Random(seed).sample(places, SAMPLE)
    survived = {place: said for place in sample if (said := try_place(folder, place, seed))}
    assert survived == {}, f"seed {seed}"
    assert check(folder).is_finished


def test_a_change_that_is_not_found_would_be_told(folder: Path) -> None:
    (place,) = [place for place in list_places(folder) if place[:2] == ("log/checkpoint", 0)]
    assert try_place(folder, place, 1) is None
    assert "log/checkpoint" in (try_place(folder, place._replace(name="another file"), 1) or "")
    assert "FsckReport" in (try_place(folder, place._replace(path="store/writer"), 1) or "")


def test_the_places_are_the_entries_columns_and_the_files_bytes(folder: Path) -> None:
    places = list_places(folder)
    data = (folder / "store/entries.sqlite").read_bytes()
    for index in (0, 7, 999):
        row = bytes(data[place.offset] for place in places if place.name == f"entry {index}")
        subject, entry = "abc"[index % 3], say(index, 1)[0]
        assert row.startswith(subject.encode())
        assert row.endswith(b"thing.said/1" + entry)
    files = [
        file for file in folder.rglob("*") if file.is_file() and file.name not in ("writer", "swap", "entries.sqlite")
    ]
    assert len([place for place in places if not place.path.startswith("store")]) == sum(
        file.stat().st_size for file in files
    )

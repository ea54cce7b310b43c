"""The memory that `verify` takes for a log of a million entries: its peak, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.measure import Line, Target
from bench.world import ORIGIN, approve_staff, found, make_code, make_signer, trust
from ledger.audit.pairing import check_pairing
from ledger.log.tiles import derive_hashes
from ledger.office.events.rosters import ConflictDeclared, ConflictEnded
from ledger.office.record import Record
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.note import format_note, format_vkey
from ledger.proof.tile import ENTRIES, WIDTH, Tile, derive_tiles, format_entries, format_tile_path

SIZE = 1_000_000
TARGET_MB = 300

PROGRAM = "import sys; from ledger.cli import app; app(sys.argv[1:])"
LOOK_SECONDS = 0.1
"""How often the processes are looked at; a peak that the kernel kept is not missed between two looks."""


def measure(size: int = SIZE) -> list[Line]:
    """Write a log of conflicts declared and ended in turn, and measure the process that verifies it.

    What the record keeps of such an entry is its time and its hash in the tree. Kinds of which it keeps more take more
    on top: see bench/README.md.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_log(folder, size)
        stored = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        own, worker, seconds = verify_apart(folder, size)
    what = f"`verify` of a log of {size:,} entries ({stored:,.0f} MB of files), peak memory of its process"
    return [
        Line(what, "", own, Target(TARGET_MB, is_least=False), "MB", f"{seconds:,.0f} s"),
        Line("the same, of the largest process that it started, for signatures", "", worker, None, "MB"),
    ]


class TileLog:
    """A log that is written to a folder as it grows, so that no entry stays in memory."""

    def __init__(self, folder: Path, record: Record) -> None:
        """Begin with a record without entries."""
        self.record = record
        self._folder = folder
        self._waiting: list[bytes] = []

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Take entries in; every bundle is written when it is full."""
        for entry in entries:
            self.record.append(entry)
            self._waiting.append(entry)
            if len(self._waiting) == WIDTH:
                self._write_bundle()
        size = self.record.size
        return list(range(size - len(entries), size))

    def finish(self) -> None:
        """Write what waits, the tiles of hashes, and the signed checkpoint."""
        size, tree = self.record.size, self.record.tree
        if self._waiting:
            self._write_bundle()
        for tile in derive_tiles(0, size):
            if tile.level != ENTRIES:
                self._write(format_tile_path(tile), derive_hashes(tree, tile))
        text = format_checkpoint(Checkpoint(ORIGIN, size, tree.root()))
        self._write("checkpoint", format_note(text, [make_signer(ORIGIN).sign_text(text)]))

    def _write_bundle(self) -> None:
        number = (self.record.size - 1) // WIDTH
        self._write(format_tile_path(Tile(ENTRIES, number, len(self._waiting))), format_entries(self._waiting))
        self._waiting = []

    def _write(self, path: str, data: bytes) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def write_log(folder: Path, size: int) -> None:
    """Write a log of `size` entries, all but the first few of them a conflict declared, or the same one ended."""
    log = TileLog(folder, Record(ORIGIN, check_pairing, check_signature=trust))
    desk = found(log)
    for number, (unit, officer) in enumerate(cycle(approve_staff(desk))):
        code = make_code(number)
        declared = ConflictDeclared(officer=officer, code=code, reason="kinship")
        ended = ConflictEnded(officer=officer, code=code)
        for kind, body, units in (
            ("conflict.declared/1", declared, [unit]),
            ("conflict.ended/1", ended, [unit, "bureau/legal-publicity"]),
        ):
            if log.record.size == size:
                log.finish()
                return
            desk.submit(kind, "conflicts", body, *units)


def verify_apart(folder: Path, size: int) -> tuple[float, float, float]:
    """Return the peaks in MB of a fresh process that verifies a log, and of its largest child; and the seconds."""
    words = ["verify", str(folder), "--vkey", format_vkey(make_signer(ORIGIN).verifier), "--json"]
    peaks: dict[int, float] = {}
    start = perf_counter()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE) as process:
        printed = None
        while printed is None:
            with suppress(subprocess.TimeoutExpired):
                printed, _ = process.communicate(timeout=LOOK_SECONDS)
            peaks |= read_peaks(process.pid)
    seconds = perf_counter() - start
    report = json.loads(printed)
    assert (report["exit_status"], report["size"]) == (0, size)
    own = peaks.pop(process.pid, float("nan"))
    return own, max(peaks.values(), default=float("nan")), seconds


def read_peaks(pid: int) -> dict[int, float]:
    """Return the peak memory so far of a process and its children, in MB, as Linux keeps it; nothing elsewhere.

    Not getrusage's: that of a child begins with what its parent had when it was started.
    """
    peaks = {}
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            for line in Path(f"/proc/{one}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peaks[one] = int(line.split()[1]) / 1024
    return peaks

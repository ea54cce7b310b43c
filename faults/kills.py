"""Every file system call of a write fails (EIO), finds the disk full (ENOSPC), or is the writer's last (SIGKILL).

strace does it, from outside: the writer is the program as it is. After each fault the installation is opened again, as
a restart would: it is repaired, `fsck` finds nothing, every acknowledged entry is there, and of what was not
acknowledged all or nothing. The calls are those that strace has seen one undisturbed run make, so none is forgotten.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from faults.writer import NEW, OLD
from ledger.log.book import Book
from ledger.log.fsck import fsck
from log.fakes import LOG, SayReader, SayRecord, check_log, say

FAULTS = {"EIO": "error=EIO:when={n}", "ENOSPC": "error=ENOSPC:when={n}+", "kill": "signal=KILL:when={n}"}
"""Fault -> how strace is told: the nth call fails; it and all later ones find the disk full; it is the last."""

WORKS = ("append", "begin", "repair")


class Case(NamedTuple):
    """One fault: while what is done, at which call of the system, for which time, and how."""

    work: str
    call: str
    number: int
    fault: str


@dataclass
class Told:
    """What the writer said of its work, and how it ended; None where it could not say."""

    outcome: str | None = None
    status: int | None = None


class Writer:
    """The process of `faults.writer`, and strace beside its children."""

    def __init__(self) -> None:
        """Start it."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "faults.writer"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, bufsize=0
        )

    def run(self, work: str, folder: Path, strace: Sequence[str]) -> Told:
        """Have a work done with strace watching, told what to do to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{work} {folder}\n".encode())
        ready = self._read_line()
        assert ready.startswith("ready "), ready
        pid = ready.split()[1]
        with subprocess.Popen(["strace", "-qq", "-p", pid, *strace], stderr=subprocess.PIPE) as watcher:
            _await_attached(pid, watcher)
            os.kill(int(pid), signal.SIGUSR1)
            told = Told()
            while told.status is None:
                word, _, rest = self._read_line().partition(" ")
                if word == "exited":
                    told.status = int(rest)
                else:
                    told.outcome = f"{word} {rest}"
            watcher.wait(timeout=30)
        return told

    def _read_line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().rstrip("\n")

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def _await_attached(pid: str, watcher: "subprocess.Popen[bytes]") -> None:
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if watcher.poll() is not None:
            assert watcher.stderr is not None
            raise OSError(f"strace cannot watch here: {watcher.stderr.read().decode()}")


def prepare(work: str, folder: Path) -> None:
    """Make the folder as it stands before a work."""
    if work == "begin":
        folder.mkdir()
        return
    with Book.open(folder, LOG, SayRecord()) as book:
        book.append(say(0, OLD))
        if work == "repair":  # the power went when the store had just kept the batch
            entries = [book._replay.append(data) for data in say(OLD, NEW)]
            book._store.append(entries, OLD)


def find_cases(writer: Writer, folder: Path) -> Iterator[Case]:
    """Give every fault at every call that the works make."""
    for work in WORKS:
        trace = folder / f"{work}.trace"
        template, copy = folder / work, folder / f"{work}.watched"
        prepare(work, template)
        shutil.copytree(template, copy)
        told = writer.run(work, copy, ["-o", str(trace), "-e", "trace=%file,%desc"])
        assert told.outcome is not None
        assert told.outcome.startswith("done"), told
        calls = Counter(re.findall(r"^(\w+)\(", trace.read_text(), re.MULTILINE))
        calls["write"] -= 1  # its own report
        for call, times in sorted(calls.items()):
            for number in range(1, times + 1):
                yield from (Case(work, call, number, fault) for fault in FAULTS)


def try_case(writer: Writer, case: Case, template: Path, folder: Path) -> None:
    """Let one fault happen, and check what is left. Raises whatever is wrong with it."""
    shutil.copytree(template, folder)
    inject = f"inject={case.call}:{FAULTS[case.fault].format(n=case.number)}"
    told = writer.run(case.work, folder, ["-o", os.devnull, "-e", f"trace={case.call}", "-e", inject])
    is_acknowledged = (told.outcome or "").startswith("done")
    check_repaired(case.work, folder, is_acknowledged)
    shutil.rmtree(folder)


def check_repaired(work: str, folder: Path, is_acknowledged: bool) -> None:
    """Open the installation as a restart would, and check that it is sound, whole and goes on."""
    sizes = {"begin": {0}, "repair": {OLD + NEW}}.get(work) or ({OLD + NEW} if is_acknowledged else {OLD, OLD + NEW})
    with Book.open(folder, LOG, SayRecord()) as book:
        assert book.size in sizes, (book.size, sizes)
        assert check_log(folder / "log")[1] == say(0, book.size)
        assert (folder / "lock" / "checkpoint").read_bytes() == book.checkpoint
    assert fsck(folder, SayReader()).is_finished
    with Book.open(folder, LOG, SayRecord()) as book:
        book.append(say(0, OLD + NEW + 3))
    assert check_log(folder / "log")[1] == say(0, OLD + NEW + 3)


def run(sample: int | None = None, seed: int = 0) -> int:
    """Run every case, or a sample; print what did not hold. Returns 1 if anything did not."""
    bad = 0
    with TemporaryDirectory() as place:
        folder = Path(place)
        writer = Writer()
        cases = list(find_cases(writer, folder))
        chosen = cases if sample is None else random.Random(seed).sample(cases, sample)
        for number, case in enumerate(chosen):
            try:
                try_case(writer, case, folder / case.work, folder / f"case-{number}")
            except Exception as error:  # noqa: BLE001 - whatever it is, the case did not hold
                bad += 1
                print(f"{case}: {type(error).__name__}: {error}")
        writer.close()
    by_work = Counter(case.work for case in chosen)
    print(f"kills: {len(chosen)} of {len(cases)} places {dict(by_work)}, {bad} did not hold")
    return int(bad > 0)


def main(words: Sequence[str]) -> int:
    """Run what the command line asks for. Return the exit status."""
    parser = argparse.ArgumentParser(prog="./run faults kills", description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many places, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(words)
    return run(asked.sample, asked.seed)

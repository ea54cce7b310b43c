"""The service is killed (SIGKILL) under load, again and again: nothing acknowledged is lost, and nothing forks.

Twelve submitters hand in events as fast as they are answered, and four importers many at a time, whose receipts come as
they are recorded. At a random moment the process is killed; it is started again on the same folder, and whoever got no
answer, or not all of it, hands in the same bytes once more. At the end of a stretch of kills the log is read as anyone
reads it: every acknowledged event stands at the index of its receipt, every receipt's checkpoint is one of this very
history, nothing stands twice, no event of an import stands before one that was handed in before it, and `fsck` finds
nothing.
"""

import argparse
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import urllib3

from ledger.cli.installation import Installation
from ledger.cli.published import read_record
from ledger.client.stream import parse_stream
from ledger.log.tiles import read_entries
from ledger.office.compose import compose_parts, derive_list
from ledger.office.record import Record
from ledger.proof.event import format_entry
from ledger.proof.note import Signer
from ledger.proof.receipt import check_receipt, parse_receipt
from ledger.proof.tile import format_entries

SUBMITTERS, IMPORTERS = 12, 4
SERIES = 40
"""How many events an import has: more than share a checkpoint."""

STRETCH = 25
"""How many kills one log goes through; then it is checked, and another is begun."""

LONGEST_SECONDS = 0.4
UNIT = "bureau/enforcement"
PROGRAM = "import sys; from ledger.cli import main; sys.argv[0] = 'double-random'; main()"


class Server:
    """The service in a process of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it, and wait until it listens."""
        environment = os.environ | {"LC_ALL": "C.UTF-8", "DOUBLE_RANDOM_SERVE_RATE": "100000000 per minute"}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        command = [sys.executable, "-c", PROGRAM, "serve", "--dir", str(folder), "--port", "0"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "http://" in line, f"it does not start again: {line!r}, status {self._process.poll()}"
        self.url = "http://" + line.partition("http://")[2].split(" ")[0]

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(timeout=30)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._process.terminate()
        assert self._process.wait(timeout=60) == 0


class Load:
    """Submitters, what was acknowledged to them, and what they got no answer to."""

    def __init__(self, record: Record, signer: Signer) -> None:
        """Take the founded record, on which every event is signed, and the key that signs."""
        self._record, self._signer = record, signer
        self._count = 0
        self._turn = threading.Lock()
        self.acknowledged: list[tuple[bytes, bytes]] = []
        self.unanswered: list[bytes] = []
        self.refused: list[bytes] = []
        self.series: list[list[bytes]] = []
        self.unfinished: list[list[bytes]] = []
        self.broken = 0

    def compose(self) -> bytes:
        """Return the next event: a list of one row, on a subject of its own."""
        with self._turn:
            self._count += 1
            number = self._count
        (text,) = compose_parts(self._record, UNIT, derive_list([{"id": f"row-{number}"}]), int(time.time()))
        return format_entry(text, [self._signer])

    def submit(self, url: str, is_over: threading.Event) -> None:
        """Hand in until the service is gone: first what was not answered, then what is new."""
        pool = urllib3.PoolManager()
        while not is_over.is_set():
            with self._turn:
                entry = self.unanswered.pop() if self.unanswered else None
            entry = entry or self.compose()
            try:
                answer = pool.request(
                    "POST", f"{url}/api/v1/events", body=entry, headers={"Content-Type": "text/plain"},
                    retries=False, timeout=30,
                )  # fmt: skip
            except urllib3.exceptions.HTTPError:
                with self._turn:
                    self.unanswered.append(entry)
                return
            with self._turn:
                if answer.status == 200:
                    self.acknowledged.append((entry, answer.data))
                else:
                    self.refused.append(answer.data)
        pool.clear()

    def hand_in(self, url: str, is_over: threading.Event) -> None:
        """Hand in many at a time until the service is gone: first what was not answered in full, then what is new."""
        pool = urllib3.PoolManager()
        while not is_over.is_set():
            with self._turn:
                entries = self.unfinished.pop() if self.unfinished else None
            if entries is None:
                entries = [self.compose() for _ in range(SERIES)]
                with self._turn:
                    self.series.append(entries)
            receipts: list[bytes] = []
            with suppress(urllib3.exceptions.HTTPError):
                self._read(pool, url, entries, receipts)
            with self._turn:  # those that came are acknowledged, also of an answer that broke off
                self.acknowledged += zip(entries, receipts, strict=False)
                if len(receipts) < len(entries):
                    self.unfinished.append(entries)
                    self.broken += bool(receipts)
                    return
        pool.clear()

    def _read(self, pool: urllib3.PoolManager, url: str, entries: Sequence[bytes], receipts: list[bytes]) -> None:
        answer = pool.request(
            "POST", f"{url}/api/v1/imports", body=format_entries(entries),
            headers={"Content-Type": "application/octet-stream"}, retries=False, timeout=30, preload_content=False,
        )  # fmt: skip
        assert answer.status == 200, answer.data
        for sent in parse_stream(iter(lambda: answer.read1(1 << 16), b""), 1 << 20):
            if sent.name == "receipt":
                receipts.append(sent.data.encode())
            elif sent.name == "problem":
                with self._turn:
                    self.refused.append(sent.data.encode())


def kill_under_load(folder: Path, load: Load, seconds: float) -> None:
    """Start the service, let submitters press it, and kill it after so many seconds of that."""
    server, is_over = Server(folder), threading.Event()
    before = len(load.acknowledged)
    work = [load.submit] * SUBMITTERS + [load.hand_in] * IMPORTERS
    threads = [threading.Thread(target=one, args=(server.url, is_over)) for one in work]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 30
    while len(load.acknowledged) == before:
        assert time.monotonic() < end, "nothing is acknowledged"
        time.sleep(0.005)
    time.sleep(seconds)
    server.kill()
    is_over.set()
    for thread in threads:
        thread.join(60)


def check(folder: Path, load: Load) -> None:
    """Check all that was acknowledged against the log, as anyone reads it. Raises whatever is wrong."""
    server, is_over = Server(folder), threading.Event()  # a start carries on what the last kill left
    threading.Timer(0.2, is_over.set).start()
    load.submit(server.url, is_over)
    while load.unfinished:
        is_over.clear()
        threading.Timer(0.05, is_over.set).start()
        load.hand_in(server.url, is_over)
    server.stop()
    record = read_record(folder)
    entries = list(read_entries(folder / "log", record.size))
    assert len(set(entries)) == len(entries), "an event stands twice"
    assert record.log_key is not None
    policy = record.policies[0][1]
    witnesses = list(policy.witness_keys.values())
    for entry, receipt in load.acknowledged:
        word = check_receipt(receipt, entry, record.log_key, witnesses)
        assert policy.attested_time(word.times) is not None, "a receipt without the quorum"
        assert entries[parse_receipt(receipt).index] == entry, "an acknowledged event is not where its receipt says"
        assert record.tree.root(word.checkpoint.size) == word.checkpoint.root, "a receipt of another history"
    assert not load.refused, load.refused[0]
    places = {entry: index for index, entry in enumerate(entries)}
    for series in load.series:
        indexes = [places[entry] for entry in series]
        assert indexes == sorted(indexes), "an event of an import stands before one that was handed in before it"
    command = [sys.executable, "-c", PROGRAM, "fsck", "--dir", str(folder)]
    looked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stdout + looked.stderr


def run(kills: int, seed: int) -> int:
    """Kill it so many times; print what did not hold. Returns 1 if anything did not."""
    chosen, bad, done, events, broken = random.Random(seed), 0, 0, 0, 0
    while done < kills:
        with TemporaryDirectory() as place:
            folder = Path(place) / "data"
            installation = Installation(folder)
            installation.found_default()
            load = Load(read_record(folder), installation.read_keys()[UNIT])
            stretch = min(STRETCH, kills - done)
            try:
                for _ in range(stretch):
                    kill_under_load(folder, load, chosen.uniform(0, LONGEST_SECONDS))
                    done += 1
                check(folder, load)
            except Exception as error:  # noqa: BLE001 - whatever it is, it did not hold
                bad += 1
                print(f"after {done} kills: {type(error).__name__}: {error}")
                done += 1
            events += len(load.acknowledged)
            broken += load.broken
    print(
        f"service: killed {kills} times under load, {events} events acknowledged, {broken} imports broken off between "
        f"two receipts, {bad} stretches did not hold"
    )
    return int(bad > 0)


def main(words: Sequence[str]) -> int:
    """Run what the command line asks for. Return the exit status."""
    parser = argparse.ArgumentParser(prog="./run faults service", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(words)
    return run(asked.kills, asked.seed)

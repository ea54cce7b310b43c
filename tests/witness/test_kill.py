"""A witness that is killed under load, again and again: all that it ever signed is one history.

A log that cheats asks it: at every size it has three next checkpoints, of which none extends another, and it has all of
them sent at once. When the witness was killed, the log looks what it knows, and goes on from there in three new ways.
"""

import math
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import urllib3

from ledger.log.submission import Submission, format_submission
from ledger.proof.checkpoint import Checkpoint, check_cosignature, format_checkpoint, parse_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Verifier, format_note, format_vkey, parse_note, parse_vkey
from log.fakes import LOG
from witness.client import Client
from witness.process import start_witness

WAYS = 3
KILLS = 3


class Cheat:
    """A log that has as many histories as it can."""

    def __init__(self) -> None:
        self.histories: dict[bytes, list[Hash]] = {Tree().root(): []}
        self.given: list[tuple[Checkpoint, bytes]] = []
        self.enough: float = math.inf
        self.kill: Callable[[], None] = lambda: None
        self._count = 0
        self._turn = threading.Lock()

    def extend(self, leaves: list[Hash]) -> Tree:
        """Return one more way in which a history may go on."""
        with self._turn:
            self._count += 1
            longer = [*leaves, derive_leaf_hash(b"%d" % self._count)]
            tree = Tree(longer)
            self.histories[tree.root()] = longer
            return tree

    def ask(self, client: Client, leaves: list[Hash]) -> None:
        """Have one way cosigned, if the witness will."""
        tree = self.extend(leaves)
        checkpoint = Checkpoint(LOG.name, len(tree), tree.root())
        text = format_checkpoint(checkpoint)
        proof = tree.prove_consistency(len(leaves), len(tree)) if leaves else []
        signed = format_note(text, [LOG.sign_text(text)])
        answer = client.post(format_submission(Submission(len(leaves), tuple(proof), signed)))
        assert answer.status in (200, 409, 422), answer
        if answer.status == 200:
            self.given.append((checkpoint, answer.body))
            if len(self.given) >= self.enough:
                self.kill()  # at once: whatever should have been kept before the answer is kept, or is not

    def look(self, client: Client) -> list[Hash]:
        """Return the history that the witness knows; what it shows it has given out too."""
        answer = client.show()
        if answer.status == 404:
            return []
        note = parse_note(answer.body)
        checkpoint = parse_checkpoint(note.text)
        self.given.append((checkpoint, answer.body.split(b"\n\n", 1)[1].split(b"\n", 1)[1]))
        return self.histories[checkpoint.root]

    def press(self, url: str, over: threading.Event) -> None:
        """Ask until the witness is gone: from what it knows, each time in a way of one's own."""
        client = Client(url)
        with suppress(urllib3.exceptions.HTTPError):
            while not over.is_set():
                self.ask(client, self.look(client))
        client.pool.clear()


def check_one_history(given: list[tuple[Checkpoint, bytes]], histories: dict[bytes, list[Hash]], key: Verifier) -> None:
    """Check every cosignature, and that each is of a beginning of the longest."""
    longest = max(given)[0]
    tree = Tree(histories[longest.root])
    for checkpoint, line in given:
        text = format_checkpoint(checkpoint)
        check_cosignature(text, parse_note(text.encode() + b"\n" + line).signatures[0], key)
        assert checkpoint.root == tree.root(checkpoint.size), f"two histories at size {checkpoint.size}"


def test_t10_a_witness_that_is_killed_signs_one_history(tmp_path: Path) -> None:
    chance = random.Random(20270104)
    (tmp_path / "logs.txt").write_text(f"log {format_vkey(LOG.verifier)}\n")
    cheat = Cheat()
    running = start_witness(tmp_path, "--name", "witness.example/killed")
    key = parse_vkey(running.line.split()[2])
    for number in range(2 * KILLS):
        over = threading.Event()
        threads = [threading.Thread(target=cheat.press, args=(running.url, over)) for _ in range(WAYS)]
        is_at_once = number % 2 == 0
        cheat.kill, cheat.enough = running.process.kill, len(cheat.given) + 10 if is_at_once else math.inf
        for thread in threads:
            thread.start()
        if not is_at_once:
            time.sleep(chance.uniform(0.1, 0.3))
            running.process.kill()
        running.process.communicate(timeout=60)
        over.set()
        for thread in threads:
            thread.join(60)
        running = start_witness(tmp_path)
        cheat.look(Client(running.url))
    running.stop()
    assert len(cheat.given) > KILLS * 10
    assert max(cheat.given)[0].size > KILLS, "it went on after each"
    check_one_history(cheat.given, cheat.histories, key)

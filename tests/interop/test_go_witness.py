"""A feeder in Go has our witness cosign its log, and our feeder has a witness in Go cosign ours."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interop.conftest import Sumdb
from ledger.audit.trust import parse_trust
from ledger.log.feeder import Feeder
from ledger.proof.checkpoint import Checkpoint, check_checkpoint, format_checkpoint
from ledger.proof.errors import Mismatch
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note, format_vkey, parse_note
from log.fakes import WITNESS
from witness.conftest import serve

LOG = Signer("ledger.example/log", bytes(range(32)))
TREE = Tree(derive_leaf_hash(f"leaf {n}".encode()) for n in range(300))
FORK = Tree(derive_leaf_hash(f"leaf {n}".encode() if n != 3 else b"another leaf") for n in range(300))


@pytest.fixture
def feed(sumdb: Sumdb, tmp_path: Path) -> Iterator[Sumdb]:
    """Have Go's feeder ask a witness of ours, which runs in `tmp_path`, for checkpoints of sizes."""
    with serve(tmp_path, LOG.verifier) as client:

        def feed(*sizes: str | Path) -> "subprocess.CompletedProcess[bytes]":
            keys = (format_vkey(WITNESS.verifier), LOG.format_skey(), format_vkey(LOG.verifier))
            return sumdb("feed", client.url, *keys, *sizes)

        yield feed


def test_our_witness_cosigns_gos_log(feed: Sumdb) -> None:
    fed = feed("1", "2", "3", "3", "64", "300")
    assert (fed.stderr, fed.stdout.split()) == (b"", [b"1", b"2", b"3", b"3", b"64", b"300"])


def test_gos_feeder_that_knows_nothing_is_told_the_size(feed: Sumdb) -> None:
    assert feed("7").returncode == 0
    fed = feed("20")
    assert (fed.stderr, fed.stdout) == (b"", b"20\n")


@pytest.mark.parametrize("sizes", [("20x3",), ("40x3",), ("40", "50x3")])
def test_t10_our_witness_refuses_gos_second_history(feed: Sumdb, sizes: tuple[str, ...]) -> None:
    assert feed("20").returncode == 0
    fed = feed(*sizes)
    assert fed.returncode == 1
    assert b"status 422" in fed.stderr


def test_our_witness_refuses_an_older_checkpoint_of_gos(feed: Sumdb) -> None:
    assert feed("20").returncode == 0
    fed = feed("7")
    assert fed.returncode == 1
    assert b"status 400" in fed.stderr, "asked again with the size that it was told, which is above the checkpoint's"


@contextmanager
def run_gos_witness(sumdb: Sumdb) -> Iterator[tuple[str, str]]:
    """Run a witness in Go; give its key and address."""
    program = sumdb("witness").args[0]
    words = [program, "witness", "go.example/witness", format_vkey(LOG.verifier)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        vkey, url = process.stdout.readline().split()
        yield vkey, url
        process.stdin.close()
        watchdog.cancel()


def sign(size: int, tree: Tree) -> bytes:
    text = format_checkpoint(Checkpoint(LOG.name, size, tree.root(size)))
    return format_note(text, [LOG.sign_text(text)])


def test_gos_witness_cosigns_our_log_and_stops_it_where_it_went_back(sumdb: Sumdb) -> None:
    with run_gos_witness(sumdb) as (vkey, url):
        trust = parse_trust(f"log {format_vkey(LOG.verifier)}\nwitness go {vkey} {url}\nquorum go\n".encode())
        with Feeder(trust, LOG.verifier) as feeder:
            assert feeder.check_rollback(0, TREE.root).keys() == {"go"}
            for size in (1, 2, 3, 3, 64, 300):
                fed = feeder.cosign(sign(size, TREE), lambda old, new=size: TREE.prove_consistency(old, new))  # type: ignore[misc]
                assert (fed.problems, fed.is_quorum) == ({}, True)
                note = parse_note(sign(size, TREE))
                cosigned = format_note(note.text, [*note.signatures, *fed.lines])
                assert check_checkpoint(cosigned, LOG.verifier, list(trust.witnesses.values())).times
            assert feeder.check_rollback(300, TREE.root) == {}
        with Feeder(trust, LOG.verifier) as feeder, pytest.raises(Mismatch, match=r"300 entries .*, here are 200"):
            feeder.check_rollback(200, TREE.root)
        with Feeder(trust, LOG.verifier) as feeder, pytest.raises(Mismatch, match=r"300 entries .*, here are 200"):
            feeder.cosign(sign(200, TREE), lambda old: TREE.prove_consistency(old, 200))
        with Feeder(trust, LOG.verifier) as feeder, pytest.raises(Mismatch, match="two histories"):
            feeder.cosign(sign(300, FORK), lambda old: FORK.prove_consistency(old, 300))

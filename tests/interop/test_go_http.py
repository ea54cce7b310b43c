"""Go's sumdb/tlog reads our logs as any web server serves them: plain files, of every size that is an edge case."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.run import run
from interop.conftest import Sumdb
from ledger.audit.folder import read_log
from ledger.cli.installation import Installation
from ledger.log.tiles import derive_hashes, format_bundle, write_tile
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note, format_vkey
from ledger.proof.tile import ENTRIES, WIDTH, derive_tiles
from log.fakes import LOG, say

Serve = Callable[[Path], str]
SIZES = (1, 255, 256, 257, 65_536, 65_537)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves a folder with `python -m http.server` on loopback and tells its URL."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> str:
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started.append(server)
        assert server.stdout is not None
        said = server.stdout.readline()  # Serving HTTP on 127.0.0.1 port 40001 (http://127.0.0.1:40001/) ...
        return said.partition("(")[2].partition(")")[0]

    yield start
    for server in started:
        server.kill()
        server.communicate()


def sign(tree: Tree, size: int, signer: Signer = LOG) -> bytes:
    text = format_checkpoint(Checkpoint(signer.name, size, tree.root(size)))
    return format_note(text, [signer.sign_text(text)])


def write_checkpoints(folder: Path, tree: Tree, sizes: list[int], signer: Signer = LOG) -> list[Path]:
    """Write signed checkpoints of older sizes, as somebody may have kept them."""
    files = []
    for size in sizes:
        files.append(folder / f"kept-{size}")
        files[-1].write_bytes(sign(tree, size, signer))
    return files


def write_log(folder: Path, entries: list[bytes]) -> Tree:
    """Lay a log down as the book publishes it."""
    tree = Tree(map(derive_leaf_hash, entries))
    for tile in derive_tiles(0, len(entries)):
        first = tile.number * WIDTH
        is_bundle = tile.level == ENTRIES
        data = format_bundle(entries[first : first + tile.width]) if is_bundle else derive_hashes(tree, tile)
        write_tile(folder, tile, data)
    (folder / "checkpoint").write_bytes(sign(tree, len(tree)))
    return tree


def test_go_reads_the_demonstrations_log_over_http(sumdb: Sumdb, serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run("demo", "--dir", folder).status == 0
    key = Installation(folder).read_log_key()
    entries = list(read_log(folder / "log")[1])
    tree = Tree(map(derive_leaf_hash, entries))
    kept = write_checkpoints(tmp_path, tree, sorted(random.Random(1).sample(range(1, len(entries)), 12)), key)
    checked = sumdb("log", serve(folder / "log"), format_vkey(key.verifier), *kept)
    assert checked.stdout.split()[:1] == [str(len(entries)).encode()], checked.stderr
    other = Tree(map(derive_leaf_hash, [*entries[:-100], b"another", *entries[-99:]]))
    (forked,) = write_checkpoints(tmp_path, other, [200], key)
    checked = sumdb("log", serve(folder / "log"), format_vkey(key.verifier), *kept, forked)
    assert (checked.returncode, checked.stdout) == (1, b"")
    assert b"sizes " in checked.stderr


@pytest.mark.parametrize("size", SIZES)
def test_go_reads_logs_whose_tiles_are_partial_in_every_way(
    sumdb: Sumdb, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("ledger.log.files.os.fsync", lambda descriptor: None)  # nothing here must survive a power cut
    tree = write_log(tmp_path / "log", say(0, size))
    older = sorted({one for one in (*SIZES, size // 2, size - 1) if 0 < one < size})
    kept = write_checkpoints(tmp_path, tree, older)
    checked = sumdb("log", serve(tmp_path / "log"), format_vkey(LOG.verifier), *kept)
    assert checked.stdout.split()[:1] == [str(size).encode()], checked.stderr


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"])
def test_go_refuses_a_tile_that_is_served_wrong(sumdb: Sumdb, serve: Serve, tmp_path: Path, path: str) -> None:
    write_log(tmp_path, say(0, 300))
    data = bytearray((tmp_path / path).read_bytes())
    data[-1] ^= 1
    (tmp_path / path).write_bytes(data)
    checked = sumdb("log", serve(tmp_path), format_vkey(LOG.verifier))
    assert (checked.returncode, checked.stdout) == (1, b"")

"""A witness of ours on loopback, in this process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from ledger.log.witness import Witness
from ledger.proof.note import Verifier, format_vkey
from log.fakes import LOG, WITNESS
from service.witness.app import make_app
from service.witness.folder import FollowedLogs
from service.witness.protocol import Deadlined
from witness.client import NOW, Client


@contextmanager
def serve(folder: Path, log: Verifier = LOG.verifier) -> Iterator[Client]:
    """Run a witness in a folder, for one log; give somebody who asks it."""
    (folder / "logs.txt").write_text(f"log {format_vkey(log)}\n")
    witness = Witness(folder, WITNESS, [])
    app = make_app(witness, FollowedLogs(folder / "logs.txt", witness), lambda: NOW)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", http=Deadlined)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.01)
    client = Client(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    yield client
    client.pool.clear()
    server.should_exit = True
    thread.join(20)
    witness.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Somebody who asks a witness of this test's own, which runs in `tmp_path`."""
    with serve(tmp_path) as client:
        yield client


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Somebody who asks a witness that has signed nothing, and shall sign nothing."""
    with serve(tmp_path_factory.mktemp("witness")) as client:
        yield client

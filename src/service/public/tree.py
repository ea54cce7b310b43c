"""The log's static files under /log/, as any web server would serve them: the checkpoint, tiles, bundles, time-stamps.

    GET /log/checkpoint                           the newest checkpoint, fresh for five seconds
    GET /log/tile/<L>/<N>[.p/<W>]                 hashes; never change
    GET /log/tile/entries/<N>[.p/<W>]             entries; never change
    GET /log/timestamps/<size>.tsr, .checkpoint   time-stamps; never change

What never changes is kept in memory as long as there is room. An ETag is the SHA-256 of the bytes. A name is of the one
spelling that the log has for it, so none leads out of the folder.

Specification: C2SP tlog-tiles; docs/spec/log.md, sections 5 and 9; docs/spec/http.md.
"""

import hashlib
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from ledger.log.files import read_if_any
from ledger.proof.errors import Malformed
from ledger.proof.tile import parse_tile_path

from ..problems import Problem, describe_problems

PREFIX = "/log/"
ROOM = 64 << 20
"""How many bytes of tiles and bundles are kept in memory."""


PATH_CHARACTERS = 80
"""No file of a log has a longer path."""

_STAMP = re.compile(r"timestamps/(0|[1-9][0-9]{0,15})\.(checkpoint|tsr)")
_FOR_EVER, _SHORT = b"public, max-age=31536000, immutable", b"public, max-age=5"
_TEXT, _BYTES = b"text/plain; charset=utf-8", b"application/octet-stream"
_TOKEN = b"application/timestamp-reply"


class File(NamedTuple):
    """One file as it is answered; the headers stand ready."""

    data: bytes
    etag: bytes
    headers: list[tuple[bytes, bytes]]


def make_file(path: str, data: bytes) -> File:
    """Return a file's answer by its path below the log's folder."""
    etag = f'"{hashlib.sha256(data).hexdigest()}"'.encode()
    is_text = path.endswith("checkpoint")
    kind = _TEXT if is_text else _TOKEN if path.endswith(".tsr") else _BYTES
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(data)),
        (b"etag", etag),
        (b"cache-control", _SHORT if path == "checkpoint" else _FOR_EVER),
        (b"access-control-allow-origin", b"*"),
    ]
    return File(data, etag, headers)


class Tree:
    """The application below /log/."""

    def __init__(self, log: Path) -> None:
        """Take the log's folder, which holds `checkpoint`."""
        self._log = log
        self._kept: OrderedDict[str, File] = OrderedDict()
        self._room = ROOM

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a file."""
        scope["template"] = f"{PREFIX}{{path}}"
        if scope["method"] not in ("GET", "HEAD"):
            problem = Problem(
                "wrong-method", "日志只能用 GET 读取", "the log is read by GET", headers={"Allow": "GET, HEAD"}
            )
            await problem.answer()(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
        file = self._kept.get(path)
        if file is not None:
            self._kept.move_to_end(path)
        else:
            file = await run_in_threadpool(self._read, path)
            if file is not None and path != "checkpoint":
                self._keep(path, file)
        if file is None:
            await Problem("not-found", "日志没有这个文件", "the log has no such file").answer()(scope, receive, send)
            return
        is_known = _is_known(scope["headers"], file.etag)
        headers = [one for one in file.headers if not (is_known and one[0].startswith(b"content-"))]
        await send({"type": "http.response.start", "status": 304 if is_known else 200, "headers": headers})
        is_empty = is_known or scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if is_empty else file.data})

    def _read(self, path: str) -> File | None:
        if len(path) > PATH_CHARACTERS:
            return None
        if path != "checkpoint" and not _STAMP.fullmatch(path):
            try:
                parse_tile_path(path)
            except Malformed:
                return None
        data = read_if_any(self._log / path)
        return None if data is None else make_file(path, data)

    def _keep(self, path: str, file: File) -> None:
        if path in self._kept or len(file.data) > ROOM // 8:
            return
        self._kept[path] = file
        self._room -= len(file.data)
        while self._room < 0:
            _, oldest = self._kept.popitem(last=False)
            self._room += len(oldest.data)


def _is_known(headers: list[tuple[bytes, bytes]], etag: bytes) -> bool:
    """Tell whether the asker has these very bytes (RFC 9110, If-None-Match)."""
    for name, value in headers:
        if name == b"if-none-match":
            return value.strip() == b"*" or any(one.strip().removeprefix(b"W/") == etag for one in value.split(b","))
    return False


def _describe(id: str, summary: str, description: str, kind: str) -> dict[str, Any]:
    answers = {
        "200": {"description": "its bytes", "content": {kind: {"schema": {"type": "string"}}}},
        "304": {"description": "`If-None-Match` names these very bytes"},
    } | {str(status): problem for status, problem in describe_problems("not-found").items()}
    return {
        "get": {
            "tags": ["log"], "operationId": id, "summary": summary, "description": description, "responses": answers
        }
    }  # fmt: skip


PATHS = {
    "/log/checkpoint": _describe(
        "readCheckpoint",
        "The newest checkpoint",
        "Signed by the log and cosigned by its witnesses (C2SP tlog-checkpoint). Fresh for five seconds.",
        "text/plain",
    ),
    "/log/{path}": _describe(
        "readFile",
        "A file of the log",
        "`tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]` (C2SP tlog-tiles), `timestamps/<size>.tsr` or "
        "`timestamps/<size>.checkpoint`. It never changes. A partial tile may be gone once the full one is there.",
        "application/octet-stream",
    )
    | {
        "parameters": [
            {
                "name": "path",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": "the file's name below the log; it has slashes",
            }
        ]
    },
}
"""What OpenAPI says of the files."""

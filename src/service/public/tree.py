"""The log's static files under /log/, as any web server would serve them: the checkpoint, tiles, bundles, time-stamps.

    GET /log/checkpoint                           the newest checkpoint, fresh for five seconds
    GET /log/tile/<L>/<N>[.p/<W>]                 hashes; never change
    GET /log/tile/entries/<N>[.p/<W>]             entries; never change
    GET /log/timestamps/<size>.tsr, .checkpoint   time-stamps; never change

What never changes is kept in memory as long as there is room. An ETag is the SHA-256 of the bytes. A name is of the one
spelling that the log has for it, so none leads out of the folder.

Specification: C2SP tlog-tiles; docs/spec/log.md, sections 5 and 9; docs/spec/http.md.
"""

import re
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from ledger.log.files import read_if_any
from ledger.proof.errors import Malformed
from ledger.proof.tile import parse_tile_path

from ..problems import Problem, describe_problems
from .caching import FOR_EVER, OPEN, Answer, Kept, make_answer, send_answer

PREFIX = "/log/"
ROOM = 64 << 20
"""How many bytes of tiles and bundles are kept in memory."""


PATH_CHARACTERS = 80
"""No file of a log has a longer path."""

_STAMP = re.compile(r"timestamps/(0|[1-9][0-9]{0,15})\.(checkpoint|tsr)")
_SHORT = b"public, max-age=5"
_TEXT, _BYTES = b"text/plain; charset=utf-8", b"application/octet-stream"
_TOKEN = b"application/timestamp-reply"


def make_file(path: str, data: bytes) -> Answer:
    """Return a file's answer by its path below the log's folder."""
    is_text = path.endswith("checkpoint")
    kind = _TEXT if is_text else _TOKEN if path.endswith(".tsr") else _BYTES
    return make_answer(data, kind, _SHORT if path == "checkpoint" else FOR_EVER, [OPEN])


class Tree:
    """The application below /log/."""

    def __init__(self, log: Path) -> None:
        """Take the log's folder, which holds `checkpoint`."""
        self._log = log
        self._kept = Kept(ROOM)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a file."""
        scope["template"] = f"{PREFIX}{{path}}"
        if scope["method"] != "GET":
            problem = Problem(
                "wrong-method", "日志只能用 GET 读取", "the log is read by GET", headers={"Allow": "GET, HEAD"}
            )
            await problem.answer()(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
        file = self._kept.get(path)
        if file is None:
            file = await run_in_threadpool(self._read, path)
            if file is not None and path != "checkpoint":
                self._kept.put(path, file)
        if file is None:
            await Problem("not-found", "日志没有这个文件", "the log has no such file").answer()(scope, receive, send)
            return
        await send_answer(file, scope, send)

    def _read(self, path: str) -> Answer | None:
        if len(path) > PATH_CHARACTERS:
            return None
        if path != "checkpoint" and not _STAMP.fullmatch(path):
            try:
                parse_tile_path(path)
            except Malformed:
                return None
        data = read_if_any(self._log / path)
        return None if data is None else make_file(path, data)


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

"""Answers that may be kept: each has the digest of its bytes as its ETag (RFC 9110, sections 8.8.3 and 13.1.2)."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from starlette.responses import Response
from starlette.types import Scope, Send

FOR_EVER = b"public, max-age=31536000, immutable"
"""What never changes."""
ASK_AGAIN = b"no-cache"
"""What may be kept, and is asked for each time whether it still holds."""

Header = tuple[bytes, bytes]
OPEN: Header = (b"access-control-allow-origin", b"*")
"""Any site may read it."""

_OF_THE_BYTES = (b"content-type", b"content-length")
"""What a 304 leaves out; all else in it replaces what the asker has kept (RFC 9111, section 3.2)."""

OVERHEAD = 1_000
"""Bytes that an answer takes beside its data, about."""


class Answer(NamedTuple):
    """What is answered with 200: its bytes, their strong ETag, and all headers, which stand ready."""

    data: bytes
    tag: bytes
    headers: list[Header]


def make_answer(data: bytes, kind: str | bytes, caching: bytes, more: Iterable[Header] = ()) -> Answer:
    """Return an answer of a media type, with Cache-Control and what other headers it has."""
    tag = b'"%s"' % hashlib.sha256(data).hexdigest().encode()
    headers = [
        (b"content-type", kind.encode() if isinstance(kind, str) else kind),
        (b"content-length", b"%d" % len(data)),
        (b"etag", tag),
        (b"cache-control", caching),
        *more,
    ]
    return Answer(data, tag, headers)


def make_json(told: Mapping[str, Any]) -> Answer:
    """Return JSON that any site may read."""
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return make_answer(data, "application/json", ASK_AGAIN, [OPEN])


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer, or that the asker has these very bytes."""
    is_known = _is_known(scope["headers"], answer.tag)
    headers = [one for one in answer.headers if not (is_known and one[0] in _OF_THE_BYTES)]
    await send({"type": "http.response.start", "status": 304 if is_known else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_known else answer.data})


def _is_known(headers: list[Header], tag: bytes) -> bool:
    """Tell whether the asker has these very bytes (RFC 9110, If-None-Match)."""
    asked = b",".join(value for name, value in headers if name == b"if-none-match")
    return any(one.strip().removeprefix(b"W/") in (tag, b"*") for one in asked.split(b","))


class Prepared(Response):
    """An answer as the framework takes it."""

    def __init__(self, answer: Answer) -> None:
        """Take what is sent."""
        self.background = None
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Send it."""
        await send_answer(self._answer, scope, send)


class Kept:
    """Answers by key: those asked for last, as many as there is room for."""

    def __init__(self, room: int) -> None:
        """Take how many bytes all of them may have; one of more than an eighth of it is not kept."""
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._most, self._left = room // 8, room

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def left(self) -> int:
        """How many bytes there is room for."""
        return self._left

    def get(self, key: Hashable) -> Answer | None:
        """Return a key's answer; None where it is not kept."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer; those not asked for longest make room for it."""
        if key in self._answers or len(answer.data) > self._most:
            return
        self._answers[key] = answer
        self._left -= len(answer.data) + OVERHEAD
        while self._left < 0:
            _, oldest = self._answers.popitem(last=False)
            self._left += len(oldest.data) + OVERHEAD

    def clear(self) -> None:
        """Keep nothing of what was kept."""
        self._left += sum(len(answer.data) + OVERHEAD for answer in self._answers.values())
        self._answers.clear()

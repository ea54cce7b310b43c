"""Answers that may be kept: each has the digest of its bytes as its ETag (RFC 9110, sections 8.8.3 and 13.1.2)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response


def derive_tag(data: bytes) -> str:
    """Return the strong ETag of some bytes."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def answer_bytes(request: Request, data: bytes, tag: str, headers: Mapping[str, str], kind: str) -> Response:
    """Answer with bytes, or that they are the same as before."""
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in asked or "*" in asked:
        return Response(status_code=304, headers={**headers, "ETag": tag})
    return Response(data, 200, {**headers, "ETag": tag}, kind)


def answer(request: Request, told: Mapping[str, Any]) -> Response:
    """Answer with JSON that any site may read."""
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return answer_bytes(request, data, derive_tag(data), headers, "application/json")

"""Everything that the service answers instead of what was asked for: RFC 9457 problems, each with a code that stays.

A code never changes its meaning, nor its status. `detail` is the refusal as the command line would say it, `detail_zh`
the same in Chinese. Specification: docs/spec/http.md, "Problems".
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from starlette.responses import JSONResponse

from ledger.audit.wording import translate
from ledger.proof.errors import LedgerError


class Kind(NamedTuple):
    """One kind of problem: its HTTP status, and its title in both languages."""

    status: int
    zh: str
    en: str


PROBLEMS: dict[str, Kind] = {
    "malformed": Kind(400, "请求的格式不对", "the request is not of the form"),
    "bad-signature": Kind(401, "签名缺失或无效", "a signature is missing or does not verify"),
    "unknown-key": Kind(401, "签名密钥未登记", "a key is not enrolled"),
    "key-not-in-force": Kind(401, "签名密钥已吊销或尚未生效", "a key is revoked, or not in force yet"),
    "no-duty": Kind(403, "该单位无权办理此事项", "the unit has not this duty"),
    "not-found": Kind(404, "没有这个地址", "there is nothing at this address"),
    "wrong-method": Kind(405, "此地址不支持这种方法", "the address does not take this method"),
    "slow": Kind(408, "请求未在时限内送达", "the request did not come in in time"),
    "stale": Kind(409, "签署时所见已不是该对象的最新状态", "signed on an older state of its subject"),
    "too-large": Kind(413, "请求过大", "the request is too large"),
    "wrong-type": Kind(415, "不接受这种内容类型", "the content type is not taken"),
    "refused": Kind(422, "不合规则", "the rules refuse it"),
    "too-many": Kind(429, "请求过于频繁", "too many requests from this address"),
    "large-headers": Kind(431, "请求头过大", "the headers are too large"),
    "internal": Kind(500, "服务内部错误", "an error of the service"),
    "busy": Kind(503, "服务繁忙，请稍后再试", "too much is under way; try again"),
    "unacknowledged": Kind(
        503, "已记录，但见证人尚未足数，暂无回执", "recorded, but too few witnesses have signed yet"
    ),
    "unrecorded": Kind(
        503, "查看尚未记入日志，不予提供", "the read is not acknowledged in the log, so nothing is told"
    ),
    "stopped": Kind(503, "日志已停止写入", "the log takes nothing more until it is opened again"),
    "unreadable": Kind(503, "日志暂时无法读取", "the log cannot be read now"),
}
"""Code -> what it means."""

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = {"busy": 1, "unacknowledged": 5, "unrecorded": 60, "stopped": 60, "unreadable": 5}
"""After how many seconds the same request may succeed."""


class Problem(Exception):
    """Raised where a request ends in a problem; it is what is answered."""

    def __init__(
        self, code: str, zh: str, en: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        """Take a code of PROBLEMS, what was found and expected in both languages, and further members of the answer."""
        super().__init__(en)
        # What a request says is repeated in it, and need not be text that can be written.
        self.zh, self.en = (words.encode("utf-8", "backslashreplace").decode() for words in (zh, en))
        self.code, self.members = code, members
        self.headers = dict(headers or {})
        if code in RETRY_SECONDS:
            self.headers.setdefault("Retry-After", str(RETRY_SECONDS[code]))

    @classmethod
    def from_error(cls, code: str, error: LedgerError, **members: Any) -> Self:
        """Return the problem that a refusal of the library is, which has its Chinese already."""
        return cls(code, translate(str(error)), str(error), **members)

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return PROBLEMS[self.code].status

    def answer(self) -> JSONResponse:
        """Return the response."""
        return JSONResponse(self.describe(), self.status, {**self.headers, "Cache-Control": "no-store"}, MEDIA_TYPE)

    def describe(self) -> dict[str, Any]:
        """Return the members of the problem."""
        kind = PROBLEMS[self.code]
        return {
            "type": f"urn:double-random:problem:{self.code}",
            "title": kind.en,
            "title_zh": kind.zh,
            "status": kind.status,
            "code": self.code,
            "detail": self.en,
            "detail_zh": self.zh,
            **self.members,
        }


SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Why the request was not done (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "title_zh", "status", "code", "detail", "detail_zh"],
    "properties": {
        "type": {"type": "string", "description": "`urn:double-random:problem:` and the code"},
        "title": {"type": "string", "description": "what the code means"},
        "title_zh": {"type": "string", "description": "the same in Chinese"},
        "status": {"type": "integer", "description": "the HTTP status"},
        "code": {"type": "string", "enum": list(PROBLEMS), "description": "stays the same for ever"},
        "detail": {"type": "string", "description": "what was found, what was expected, and where"},
        "detail_zh": {"type": "string", "description": "the same in Chinese"},
        "check": {"type": "integer", "description": "the numbered check that an event fails (1 to 25)"},
        "check_id": {"type": "string", "description": "its id, such as `duties`"},
        "rules": {
            "type": "array",
            "items": {"type": "string"},
            "description": "the rules of the bureau's plan that the event's type serves (R1 to R51)",
        },
    },
}


def describe_problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the problems that an operation may answer."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        kind = PROBLEMS[code]
        there = by_status.setdefault(
            kind.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        )
        there["description"] += f"{'; ' if there['description'] else ''}`{code}`: {kind.en}"
    return by_status

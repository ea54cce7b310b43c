"""举报投诉: a form that needs no script, a receipt number with a code, and what has become of it.

What is said and who says it is sealed: the log holds digests, the values lie encrypted apart from it. The service signs
with its own key that a complaint came in, and has no other. Nothing of a complaint is written into the journal, no
cookie is set, and the code is told once: it follows from the seal's salt, so no file has to keep it, and erasing the
complaint erases it.

Each form that is shown has a number of its own, which says nothing of whom it was shown to. The same form with the same
words, sent again (a page loaded anew, a button pressed twice), is the same complaint and gets the same receipt: as long
as the process runs, and for the last 10,000.

GET  /complaints/          the form
POST /complaints/          a complaint in; its receipt number and its code out
POST /complaints/status/   number and code in; the state, and the answer if there is one
"""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ledger.cli.desk import Desk
from ledger.cli.installation import Installation
from ledger.cli.oversight import RECEIVED, compose_complaint, kept
from ledger.cli.supervising import derive_complaint
from ledger.cli.words import COMPLAINT_KINDS, COMPLAINT_OUTCOMES, COMPLAINT_STATES
from ledger.office.policy import SERVICE
from ledger.office.record import Record
from ledger.proof.characters import find_unstable, format_code_point
from ledger.proof.errors import Conflict, LedgerError, Mismatch, Refused
from ledger.proof.note import Signer
from ledger.store.openings import Opening

from ..api.bodies import read_body
from ..api.limits import Limiter
from ..api.writer import Writer
from ..problems import Problem
from .language import CODES, Language
from .page import Context
from .pages import derive_frame
from .render import render
from .routes import HEADERS, HTML

FRESH = {**HEADERS, "Cache-Control": "no-store"}
TEXT_CHARACTERS, CONTACT_CHARACTERS = 4_000, 300
FORM_BYTES = 1 << 16
"""A form of that many characters, each three bytes and each byte three characters of a form, has room."""
FORM = ("application/x-www-form-urlencoded",)
CODE_CHARACTERS = 20
"""A hundred random bits."""
REMEMBERED = 10_000
"""How many receipts are remembered, for forms that are sent again."""
TRIES = 3
"""How often a number is taken again that another complaint had taken meanwhile."""


class Complaint(NamedTuple):
    """What a form says; `form` is the number of the form itself, empty where it has none."""

    kind: str
    of: str | None
    text: str
    contact: str | None
    form: str


class Receipt(NamedTuple):
    """What the complainant is told once. `is_cosigned`: whether the policy's quorum of witnesses has signed over it."""

    number: str
    code: str
    is_cosigned: bool


class Counter:
    """Where complaints come in, and where complainants ask what became of them."""

    def __init__(self, writer: Writer, installation: Installation, key: Signer) -> None:
        """Take the log's writer, the installation that keeps sealed values, and the service's own key."""
        self._writer, self._installation, self._key = writer, installation, key
        self._turn = Lock()
        self._taken: OrderedDict[bytes, tuple[int, str, str]] = OrderedDict()

    def receive(self, complaint: Complaint) -> Receipt:
        """Record a complaint, unless its form was taken already. Raises LedgerError where it is refused, OSError."""
        sent = hashlib.sha256(repr(complaint).encode()).digest()
        with self._turn:
            taken = self._taken.get(sent) or self._record_next(complaint)
            if complaint.form:
                self._taken[sent] = taken
            if len(self._taken) > REMEMBERED:
                self._taken.popitem(last=False)
        index, number, code = taken
        try:
            self._writer.acknowledge(index)
            is_cosigned = True
        except Problem:  # recorded all the same; witnesses that are away sign later
            is_cosigned = False
        return Receipt(number, code, is_cosigned)

    def _record_next(self, complaint: Complaint) -> tuple[int, str, str]:
        for _ in range(TRIES - 1):
            try:
                return self._record(complaint)
            except (Conflict, Refused, Mismatch):  # somebody else took the number, or the log grew meanwhile
                continue
        return self._record(complaint)

    def _record(self, complaint: Complaint) -> tuple[int, str, str]:
        """Record a complaint under the next number; return its index, its number and its code."""
        kind, of, text, contact, _ = complaint

        def compose(record: Record) -> tuple[str, bytes, list[Opening]]:
            desk = Desk(_Reading(record), {SERVICE: self._key}, self._installation.clock)
            subject, body, units, openings = compose_complaint(desk, kind, "web", text, contact, of)
            return subject, desk.prepare(RECEIVED, subject, body, *units), openings

        subject, entry, openings = self._writer.book.consult(compose)
        with kept(self._installation, openings):
            index = self._writer.submit(entry)
        return index, subject.removeprefix("complaint/"), derive_code(openings[0])

    def look_up(self, number: str, code: str, t: Language) -> Context | None:
        """Return what became of a complaint; None if there is none of that number and code. Raises LedgerError."""
        subject = f"complaint/{number}"
        public = self._writer.book.consult(lambda record: _derive_public(record, subject))
        if public is None:
            return None
        with self._installation.open_openings() as table:
            openings = {opening.field: opening for opening in table.read(subject)}
        content, answer = openings.get("content"), openings.get("answer")
        given = re.sub("[^A-Z2-7]", "", code.upper())
        if content is None or not hmac.compare_digest(derive_code(content), given):
            return None
        return {
            "number": number,
            "kind": t.meaning(COMPLAINT_KINDS, public["kind"]),
            "received": public["received"][:10],
            "state": t.meaning(COMPLAINT_STATES, public["state"]),
            "due": public["due"],
            "outcome": public["outcome"] and t.meaning(COMPLAINT_OUTCOMES, public["outcome"]),
            "summary": public["summary"],
            "answer": None if answer is None else str(answer.value),
        }


class _Reading:
    """A log that is only read: what is composed on it is handed in by the writer."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def append(self, entries: object) -> list[int]:
        raise AssertionError("nothing is handed in from here")


def _derive_public(record: Record, subject: str) -> dict[str, Any] | None:
    complaint = record.complaints.by_subject.get(subject)
    return None if complaint is None else derive_complaint(record, subject, complaint)


def derive_code(content: Opening) -> str:
    """Return the code that goes with a complaint's number: the salt of its seal is known to nobody else."""
    digest = hashlib.sha256(f"double-random/complaint-code/1|{content.salt}".encode()).digest()
    return base64.b32encode(digest).decode()[:CODE_CHARACTERS]


def parse_form(data: bytes) -> dict[str, str]:
    """Return a form's fields, NFC, lines ended by line feeds. Raises Problem."""
    try:
        pairs = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=8
        )
    except ValueError as error:
        raise Problem("malformed", "表单无法读取", "the form could not be read") from error
    fields = {name: unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip() for name, value in pairs}
    for value in fields.values():
        if any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in value):
            raise Problem("malformed", "表单含有控制字符", "the form holds control characters")
        unstable = find_unstable(value)
        if unstable is not None:
            code = format_code_point(unstable)
            raise Problem("malformed", f"表单含有无法识别的字符 {code}", f"the form holds {code}, which is not known")
    return fields


def check_complaint(fields: dict[str, str], units: frozenset[str]) -> Complaint:
    """Return the complaint that a form is. Raises Problem that says what is wrong with it."""
    kind, text, form = (fields.get(name, "") for name in ("kind", "text", "form"))
    of, contact = fields.get("of") or None, fields.get("contact") or None
    if kind not in COMPLAINT_KINDS:
        raise Problem("malformed", "请选择类型", "choose what it is about")
    if of is not None and of not in units:
        raise Problem("malformed", "没有这个单位", "there is no such unit")
    if not text:
        raise Problem("malformed", "请写明内容", "say what you complain of")
    for value, most in ((text, TEXT_CHARACTERS), (contact or "", CONTACT_CHARACTERS)):
        if len(value) > most:
            raise Problem("too-large", f"超过 {most} 字", f"more than {most} characters")
    if form and not re.fullmatch("[0-9a-f]{32}", form):
        raise Problem("malformed", "表单编号不对，请重新打开表单", "the form's number is not one of ours; open it anew")
    return Complaint(kind, of, text, contact, form)


def check_origin(request: Request) -> None:
    """Refuse a form that another site's page has sent. Raises Problem.

    There is no login that such a page could use; but nobody is to complain without knowing it.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_ours = site in (None, "same-origin", "none")
    if origin is not None and not (origin == "null" and site == "same-origin"):
        is_ours = is_ours and urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise Problem("refused", "表单不是从本站提交的", "the form was not sent from this site")


def make_routes(
    writer: Writer, installation: Installation, key: Signer, rates: tuple[Limiter, Limiter], seconds: float
) -> list[Route]:
    """Return the routes. rates: how often one address may complain, and how often ask."""
    counter = Counter(writer, installation, key)
    complaining, asking = rates

    def show(t: Language, path: str = "", status: int = 200, **shown: Any) -> Response:
        def frame(record: Record) -> Context:
            policy = record.policies[-1][1]
            units = [(id, t.unit(policy, id)) for id in policy.units if id != SERVICE]
            witnesses = [t.unit(policy, unit) for unit in policy.witnesses.keys]
            form = {
                "kinds": [(id, t.of(words)) for id, words in COMPLAINT_KINDS.items()],
                "units": units,
                "witnesses": witnesses,
                "number": secrets.token_hex(16),
                "most": (TEXT_CHARACTERS, CONTACT_CHARACTERS),
            }
            return derive_frame(record) | {"form": form}

        context = writer.book.consult(frame)
        told = dict.fromkeys(("receipt", "told", "asked", "problem")) | {"at": ""} | shown
        html = render("complaints.html", f"complaints/{path}", t, context | told)
        return Response(html, status, FRESH, HTML)

    async def answer(
        request: Request, t: Language, path: str, limit: Limiter, work: Callable[[dict[str, str]], dict[str, Any]]
    ) -> Response:
        try:
            check_origin(request)
            await limit(request)
            fields = parse_form(await read_body(request, FORM, FORM_BYTES, seconds))
            shown = await writer.run(work, fields)
        except Problem as problem:
            status, told = problem.status, t(problem.zh, problem.en)
            return await writer.run(lambda: show(t, path, status, problem=told))
        return await writer.run(lambda: show(t, path, **shown))

    def make(t: Language) -> list[Route]:
        def take(fields: dict[str, str]) -> dict[str, Any]:
            units = writer.book.consult(lambda record: frozenset(record.policies[-1][1].units))
            try:
                return {"receipt": counter.receive(check_complaint(fields, units))}
            except (LedgerError, OSError) as error:
                if isinstance(error, LedgerError) and not writer.book.is_stopped:
                    raise Problem.from_error("refused", error) from error
                raise Problem(
                    "stopped", "暂时不能受理，请稍后再试", "nothing can be taken now; try again later"
                ) from error

        def tell(fields: dict[str, str]) -> dict[str, Any]:
            number, code = fields.get("number", ""), fields.get("code", "")
            found = counter.look_up(number, code, t) if re.fullmatch(r"[0-9]{4}/[0-9]{4,8}", number) else None
            if found is None:
                raise Problem("not-found", "没有这个回执号，或查询码不符", "no such number, or another code")
            return {"told": found, "asked": number}

        async def form(request: Request) -> Response:
            if request.method == "POST":
                return await answer(request, t, "", complaining, take)
            return await writer.run(show, t)

        async def status(request: Request) -> Response:
            if request.method == "POST":
                return await answer(request, t, "status/", asking, tell)
            return RedirectResponse("../", 303, FRESH)

        start = "/" if t.code == "zh" else "/en/"
        return [
            Route(f"{start}complaints/", form, methods=["GET", "POST"]),
            Route(f"{start}complaints/status/", status, methods=["GET", "POST"]),
        ]

    return [route for code in CODES for route in make(Language(code))]

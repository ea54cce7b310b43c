"""举报投诉: a form that needs no script, a receipt number with a code, and what has become of it.

What is said and who says it is sealed: the log holds digests, the values lie encrypted apart from it. The service signs
with its own key that a complaint came in, and has no other. Nothing of a complaint is written into the journal, no
cookie is set, and the code stands in no address: it follows from the seal's salt, so nothing has to be kept for it, and
erasing the complaint erases it. Each form that is shown has a number of its own, of nobody; the same form again, as
when the answer is loaded anew, records nothing and is told the same.

GET  /complaints/          the form
POST /complaints/          a complaint in; its receipt number and its code out
POST /complaints/status/   number and code in; the state, and the answer if there is one
"""

import base64
import hashlib
import hmac
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ledger.cli.desk import Desk
from ledger.cli.installation import Installation
from ledger.cli.oversight import RECEIVED, compose_complaint, drop_unrecorded, kept
from ledger.cli.supervising import derive_complaint
from ledger.cli.words import COMPLAINT_KINDS, COMPLAINT_OUTCOMES, COMPLAINT_STATES
from ledger.office.policy import SERVICE, Policy
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
STOPPED = "暂时不能受理，请稍后再试", "nothing can be taken now; try again later"
FORM = ("application/x-www-form-urlencoded",)
FORM_NUMBER = re.compile("[0-9a-f]{32}")
CODE_CHARACTERS = 20
"""A hundred random bits."""
TRIES = 3
"""How often a number is taken again that another complaint had taken meanwhile."""


NUMBER = re.compile("[0-9]{4}/[0-9]{4,8}")
REMEMBERED = 10_000
"""How many forms that were taken are known again."""


Note = Callable[[int], None]
"""(the entry's index) -> None; called once a complaint is recorded."""


class Complaint(NamedTuple):
    """What a complainant says."""

    kind: str
    of: str | None
    text: str
    contact: str | None


class Receipt(NamedTuple):
    """What the complainant is told.

    is_cosigned  whether the policy's quorum of witnesses has signed over it
    is_certain   whether it is known that it was recorded: a disk that fails may fail after the event was stored
    """

    number: str
    code: str
    is_cosigned: bool = False
    is_certain: bool = True


class _Uncertain(Exception):
    """The log stopped while a complaint was being recorded; the next start tells whether it stands there."""


class Counter:
    """Where complaints come in, and where complainants ask what became of them."""

    def __init__(self, writer: Writer, installation: Installation, key: Signer, note: Note) -> None:
        """Take the log's writer, the installation that keeps sealed values, and the service's own key."""
        self._writer, self._installation, self._key, self._note = writer, installation, key, note
        self._turn = Lock()
        self._taken: dict[bytes, tuple[int, Receipt]] = {}

    def is_taken(self, mark: bytes) -> bool:
        """Tell whether a form was taken already."""
        return mark in self._taken

    def receive(self, complaint: Complaint, mark: bytes | None = None) -> Receipt:
        """Record a complaint; one whose mark was taken is not recorded again.

        Raises LedgerError where the rules refuse it, Problem where the log takes nothing more, OSError.
        """
        with self._turn:
            found = None if mark is None else self._taken.get(mark)
            if found is None:
                try:
                    index, number, opening = self._record_next(*complaint)
                except _Uncertain as stopped:
                    return stopped.args[0]  # type: ignore[no-any-return]
                found = index, Receipt(number, derive_code(opening))
                self._note(index)
                if mark is not None:
                    self._taken[mark] = found
                    if len(self._taken) > REMEMBERED:
                        del self._taken[next(iter(self._taken))]
        index, receipt = found
        try:
            self._writer.acknowledge(index)
        except (Problem, OSError):  # recorded all the same; witnesses that are away sign later
            return receipt
        return receipt._replace(is_cosigned=True)

    def _record_next(self, kind: str, of: str | None, text: str, contact: str | None) -> tuple[int, str, Opening]:
        for _ in range(TRIES - 1):
            try:
                return self._record(kind, of, text, contact)
            except (Conflict, Refused, Mismatch) as error:  # somebody else took the number, or the log grew meanwhile
                if error.check is None:
                    raise
        return self._record(kind, of, text, contact)

    def _record(self, kind: str, of: str | None, text: str, contact: str | None) -> tuple[int, str, Opening]:
        def compose(record: Record) -> tuple[str, bytes, list[Opening]]:
            desk = Desk(_Reading(record), {SERVICE: self._key}, self._installation.clock)
            subject, body, units, openings = compose_complaint(desk, kind, "web", text, contact, of)
            return subject, desk.prepare(RECEIVED, subject, body, *units), openings

        if self._writer.book.is_stopped:
            raise Problem("stopped", *STOPPED)
        subject, entry, openings = self._writer.book.consult(compose)
        number = subject.removeprefix("complaint/")
        with kept(self._installation, openings):
            try:
                index = self._writer.submit(entry)
            except (LedgerError, OSError) as error:
                if isinstance(error, LedgerError) and error.check is not None:
                    raise
                raise _Uncertain(Receipt(number, derive_code(openings[0]), is_certain=False)) from error
        with suppress(LedgerError, OSError, sqlite3.Error):  # it is recorded, whatever else
            drop_unrecorded(self._installation, self._writer.book.record, subject)
        return index, number, openings[0]

    def look_up(self, number: str, code: str, t: Language) -> Context | None:
        """Return what became of a complaint; None if there is none of that number and code. Raises LedgerError."""
        subject = f"complaint/{number}"
        public = self._writer.book.consult(lambda record: _derive_public(record, subject))
        if public is None:
            return None
        with self._installation.open_openings() as table:
            found = table.read(subject)
        openings = self._writer.book.consult(lambda record: _find_recorded(record, found))
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


def _find_recorded(record: Record, openings: list[Opening]) -> dict[str, Opening]:
    """Return those whose seals stand in the record and were not erased, field -> opening."""
    seals = record.seals
    return {one.field: one for one in openings if one.seal in seals.known and one.seal not in seals.erased}


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


def derive_mark(fields: dict[str, str]) -> bytes | None:
    """Return what a form is known by when it comes again: its number and all that it says; None for one without."""
    return hashlib.sha256(repr(sorted(fields.items())).encode()).digest() if fields.get("form") else None


def check_complaint(fields: dict[str, str], units: frozenset[str]) -> Complaint:
    """Return what a form says. Raises Problem that says what is wrong with it."""
    kind, text = fields.get("kind", ""), fields.get("text", "")
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
    if fields.get("form") and not FORM_NUMBER.fullmatch(fields["form"]):
        raise Problem("malformed", "表单编号不对，请重新打开表单", "the form's number is not one of ours; open it anew")
    return Complaint(kind, of, text, contact)


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
    writer: Writer,
    installation: Installation,
    key: Signer,
    rates: tuple[Limiter, Limiter],
    seconds: float,
    note: Note = lambda index: None,
) -> list[Route]:
    """Return the routes. rates: how often one address may complain, and how often ask."""
    counter = Counter(writer, installation, key, note)
    complaining, asking = rates
    seen: list[tuple[Context, Policy]] = []  # as the record stood when nothing was being written

    def look() -> tuple[Context, Policy]:
        """Return the pages' frame and the policy in force, without waiting for what is being written."""
        found = writer.book.glance(_look) if seen else writer.book.consult(_look)
        if found is not None:
            seen[:] = [found]
        return seen[0]

    def _look(record: Record) -> tuple[Context, Policy]:
        return derive_frame(record, writer.book.checkpoint), record.policy_at(installation.clock())

    def show(t: Language, path: str = "", status: int = 200, **shown: Any) -> Response:
        frame, policy = look()
        form = {
            "kinds": [(id, t.of(words)) for id, words in COMPLAINT_KINDS.items()],
            "units": [(id, t.unit(policy, id)) for id in policy.units if id != SERVICE],
            "witnesses": [t.unit(policy, unit) for unit in policy.witnesses.keys],
            "most": (TEXT_CHARACTERS, CONTACT_CHARACTERS),
        }
        told: Context = (
            dict.fromkeys(("receipt", "told", "asked", "problem")) | {"at": "", "typed": {}, "form": form} | shown
        )
        number = told["typed"].get("form", "")
        form["number"] = number if FORM_NUMBER.fullmatch(number) else secrets.token_hex(16)
        html = render("complaints.html", f"complaints/{path}", t, frame | told)
        return Response(html, status, FRESH, HTML)

    async def answer(
        request: Request, t: Language, path: str, work: Callable[[Request, dict[str, str]], Awaitable[dict[str, Any]]]
    ) -> Response:
        fields: dict[str, str] = {}
        try:
            check_origin(request)
            fields = parse_form(await read_body(request, FORM, FORM_BYTES, seconds))
            shown = await work(request, fields)
        except Problem as problem:
            asked = None
            if path:  # what is no number is not shown again: it may be anything
                asked = number if NUMBER.fullmatch(number := fields.get("number", "")) else ""
            told = {"problem": t(problem.zh, problem.en), "typed": fields, "asked": asked}
            return _with_headers(await run_in_threadpool(show, t, path, problem.status, **told), problem)
        return await run_in_threadpool(show, t, path, **shown)

    def make(t: Language) -> list[Route]:
        async def take(request: Request, fields: dict[str, str]) -> dict[str, Any]:
            mark = derive_mark(fields)
            is_again = mark is not None and counter.is_taken(mark)
            await (asking if is_again else complaining)(request)
            complaint = check_complaint(fields, frozenset(look()[1].units))
            try:
                receipt = await writer.counter.run(counter.receive, complaint, mark)
            except LedgerError as error:
                raise Problem.from_error("refused", error) from error
            except OSError as error:
                raise Problem("stopped", *STOPPED) from error
            return {"receipt": receipt, "status": 200 if receipt.is_certain else 503}

        async def tell(request: Request, fields: dict[str, str]) -> dict[str, Any]:
            await asking(request)
            number, code = fields.get("number", ""), fields.get("code", "")
            found = None
            if NUMBER.fullmatch(number):
                found = await writer.counter.run(counter.look_up, number, code, t)
            if found is None:
                raise Problem("not-found", "没有这个回执号，或查询码不符", "no such number, or another code")
            return {"told": found}

        async def form(request: Request) -> Response:
            if request.method == "POST":
                return await answer(request, t, "", take)
            await asking(request)
            return await run_in_threadpool(show, t)

        async def status(request: Request) -> Response:
            if request.method == "POST":
                return await answer(request, t, "status/", tell)
            return RedirectResponse("../", 303, FRESH)

        start = "/" if t.code == "zh" else "/en/"
        return [
            Route(f"{start}complaints/", form, methods=["GET", "POST"]),
            Route(f"{start}complaints/status/", status, methods=["GET", "POST"]),
        ]

    return [route for code in CODES for route in make(Language(code))]


def _with_headers(response: Response, problem: Problem) -> Response:
    response.headers.update(problem.headers)
    return response

"""What sealed values stand for: handed in by whoever has them, read by the units that may, each read recorded first.

    POST /api/v1/openings             keep openings whose seals stand in the record
    GET  /api/v1/openings?subject=…   read a subject's, signed by a unit's key (RFC 9421)

An opening that fits a seal of the record, and names the row that the seal stands in, is right, whoever hands it in, and
no other is kept. A subject's openings may
be read by the units that signed an event on it; those of the rosters (targets/…, officers/…) by the bureau's organiser
and supervisor too, who inspect and answer for it; those of a complaint by whoever handles it.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from ledger.client.signatures import Message, Signed, check_request
from ledger.office.record import Record
from ledger.proof.encoding import check_id
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch
from ledger.proof.event import parse_event
from ledger.proof.note import Signer, format_key_name
from ledger.store.openings import Opening, Openings

from ..problems import Problem, describe_problems
from .bodies import bounded_route
from .telling import Teller
from .writer import Writer

MOST_OPENINGS = 1_000
_ROSTERS = ("targets/", "officers/")


class OneOpening(BaseModel):
    """What one seal stands for, as docs/spec/encoding.md has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(max_length=300)
    type: str = Field(max_length=80)
    field: str = Field(max_length=80)
    id: str = Field(max_length=300, description="the row that it belongs to; empty where there are no rows")
    salt: str = Field(pattern="^[0-9a-f]{32}$")
    value: Any = Field(description="anything that canonical JSON can say")


class ManyOpenings(BaseModel):
    """Openings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    openings: list[OneOpening] = Field(max_length=MOST_OPENINGS)


def check_reader(writer: Writer, now: int, message: Message) -> tuple[str, Signed]:
    """Return the unit whose key signed a request, and what shows it. Raises Problem."""
    challenge = {"WWW-Authenticate": 'Signature realm="openings"'}
    record = writer.book.record
    keys = {format_key_name(key.verifier): key for key in record.keys.all()}
    try:
        signed = check_request(message, {name: key.verifier for name, key in keys.items()}, now)
    except BadSignature as error:
        raise Problem.from_error("bad-signature", error, headers=challenge) from error
    key = keys[signed.key_name]
    waited, wait = record.keys.waited_days(record, now, key)
    if key.revoked is not None or waited < wait:
        zh, en = (
            f"密钥 {signed.key_name} 已吊销或尚未生效",
            f"the key {signed.key_name} is revoked or not in force yet",
        )
        raise Problem("key-not-in-force", zh, en, headers=challenge)
    if signed.base in record.reads.bases:
        zh, en = "这个签名请求已经用过", "this signed request was used before"
        raise Problem("bad-signature", zh, en, headers=challenge)
    return key.unit, signed


def find_readers(writer: Writer, subject: str) -> set[str]:
    """Return the units that may read a subject's openings."""
    book = writer.book

    def look(record: Record) -> tuple[list[int], set[str]]:
        head = record.heads.get(subject)
        parties = set()
        if subject.startswith(_ROSTERS):
            office = record.policy_at(record.attested_now()).offices["bureau"]
            parties = {office.organiser, office.supervisor}
        complaint = record.complaints.by_subject.get(subject)
        if complaint is not None:
            office = record.policy_at(record.attested_now()).offices["bureau"]
            parties = {office.leader if complaint.received.of == office.supervisor else office.supervisor}
        return [] if head is None else [head], parties

    heads, readers = book.consult(look)
    prefix = f"{book.record.origin}/"
    while heads:
        (entry,) = book.read(heads.pop(), 1)
        event = parse_event(entry, book.record.origin or "")
        readers |= {line.name.removeprefix(prefix) for line in event.signatures}
        heads += [] if event.after is None else [event.after]
    return readers


def make_router(
    writer: Writer,
    clock: Callable[[], int],
    open_openings: Callable[[], AbstractContextManager[Openings]],
    key: Signer | None,
    seconds: float,
    limit: Callable[[Request], Awaitable[None]],
) -> APIRouter:
    """Return the routes. key: the service's own, to sign that a unit reads; None where it does not lie here."""
    router = APIRouter(tags=["officials"], dependencies=[Depends(limit)], route_class=bounded_route(seconds))
    teller = Teller(writer, key, clock)

    def keep(given: ManyOpenings) -> None:
        openings = [Opening(**one.model_dump()) for one in given.openings]
        try:
            given_seals = [opening.seal for opening in openings]
        except Malformed as error:
            raise Problem.from_error("malformed", error) from error

        def find_unknown(record: Record) -> list[str]:
            known, erased = record.seals.known, record.seals.erased
            return [seal for seal in given_seals if seal not in known or seal in erased]

        unknown = writer.book.consult(find_unknown)
        if unknown:
            zh = f"摘要 {unknown[0]} 不在记录中，或其原文已删除"
            raise Problem("refused", zh, f"seal {unknown[0]} does not stand in the record, or is erased")
        rows = writer.book.consult(lambda record: [record.seals.rows.get(seal, "") for seal in given_seals])
        for one, row in zip(openings, rows, strict=True):
            if one.id != row:  # it is under no seal
                where = f"opening of {one.field} of {one.subject}"
                raise Problem(
                    "refused", f"{where}：所属行 {one.id}，应为 {row}", f"{where}: row {one.id}, expected {row}"
                )
        try:
            with open_openings() as table:
                table.add(openings)
                # Those whose erasure was recorded meanwhile: it has looked here before they came.
                table.erase(writer.book.consult(lambda record: record.seals.erased.intersection(given_seals)))
        except Mismatch as error:
            raise Problem.from_error("refused", error) from error

    def read(message: Message, subject: str) -> dict[str, Any]:
        unit, signed = check_reader(writer, clock(), message)
        if unit not in find_readers(writer, subject):
            raise Problem("no-duty", f"{unit} 无权查看 {subject}", f"{unit} may not read what is sealed on {subject}")
        with open_openings() as table:
            kept = table.read(subject)
        erased = writer.book.consult(lambda record: record.seals.erased.intersection(one.seal for one in kept))
        found = [one for one in kept if one.seal not in erased]
        teller.record(unit, subject, len(found), signed)
        erased = writer.book.consult(lambda record: record.seals.erased.intersection(one.seal for one in found))
        if erased:  # while the read was being recorded: its entry stands after the erasure's, and nothing may be told
            raise Problem(
                "stale",
                "其中有原文此间已记录删除，因此不予提供；请重新签名查询",
                "some of it was recorded as erased meanwhile, so nothing is told; ask again, signed anew",
            )
        return {"openings": [{"seal": opening.seal, **opening._asdict()} for opening in found]}

    @router.post(
        "/api/v1/openings",
        operation_id="keepOpenings",
        summary="Hand in what sealed values stand for",
        status_code=204,
        response_class=Response,
        responses=describe_problems("malformed", "slow", "too-large", "wrong-type", "refused", "too-many", "busy"),
    )
    async def keep_openings(given: ManyOpenings) -> Response:
        """Keep openings apart from the record, encrypted. All fit seals that stand in the record, or none is kept."""
        await writer.counter.run(keep, given)
        return Response(status_code=204)

    @router.get(
        "/api/v1/openings",
        operation_id="readOpenings",
        summary="Read what a subject's sealed values stand for",
        responses=describe_problems(
            "malformed", "bad-signature", "key-not-in-force", "no-duty", "stale", "refused", "too-many", "busy",
            "unrecorded", "stopped",
        ),
    )  # fmt: skip
    async def read_openings(
        request: Request,
        subject: Annotated[str, Query(max_length=300, description="such as `targets/2027/hazchem`")],
    ) -> JSONResponse:
        """Signed by a unit's key (RFC 9421); every read is in the log before it is answered."""
        try:
            check_id(subject)
        except Malformed as error:
            raise Problem.from_error("malformed", error) from error
        message = Message(request.method, str(request.url), dict(request.headers))
        try:
            found = await writer.counter.run(read, message, subject)
        except Mismatch as error:
            raise Problem.from_error("internal", error) from error
        except LedgerError as error:
            raise Problem.from_error("refused", error) from error
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    return router

"""Private reads: what a unit is told of what is sealed stands in the log before it is told (T22, T23).

The unit says so itself; or the service that tells it, which then shows the request that the unit's key has signed:
nobody can put a reading down to a unit that did not ask. Shares and sheets of sealed draws have their own
(`office.reveal`).

Specification: docs/spec/events.md, `openings.read/1`; docs/spec/http.md, section 4.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.log import OpeningsRead, SignedRequest
from ledger.office.keys import UNIT
from ledger.office.policy import SERVICE
from ledger.office.rule import Change, Subject, refuse_unless, rule
from ledger.proof.errors import BadSignature, Malformed
from ledger.proof.event import Event
from ledger.proof.note import Signature, parse_base64

if TYPE_CHECKING:
    from ledger.office.record import Record

TAG = "double-random-read"
MAX_AGE_SECONDS, SKEW_SECONDS = 120, 60
"""How old a request may be, and by how much the two clocks may differ beside."""

_PARAMETER = r';([a-z]+)=(?:([0-9]+)|"([ !#-\[\]-~]*)")'
_BASE = re.compile(
    r'"@method": GET\n'
    r'"@authority": [!-~]+\n'
    r'"@path": [!-~]*/api/v1/openings\n'
    r'"@query": \?subject=(?P<of>(?:[a-z0-9/-]|%2F)+)\n'
    r'"@signature-params": \("@method" "@authority" "@path" "@query"\)'
    rf"(?P<parameters>(?:{_PARAMETER})+)"
)
_KEY_NAME = re.compile(r"([^+]+)\+([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Read:
    """One private read: its entry, when, by whom, of which subject, and how many values."""

    index: int
    at: int
    unit: str
    of: str
    count: int


@dataclass(slots=True)
class Reads:
    """All private reads, and the signed requests that were answered."""

    all: list[Read] = field(default_factory=list)
    bases: set[str] = field(default_factory=set)


def parse_base(base: str) -> tuple[str, int, str, bytes]:
    """Return what a request's signature base says: the subject that is read; when it was signed, in Unix seconds; name
    and id of the key that asks.

    Raises Malformed if it is not the base of a private read.
    Source: RFC 9421, section 2.5; docs/spec/http.md, section 4.
    """
    found = _BASE.fullmatch(base)
    parameters = re.findall(_PARAMETER, found["parameters"]) if found else []
    named = {name: number or text for name, number, text in parameters}
    key = _KEY_NAME.fullmatch(named.get("keyid", ""))
    is_whole = len(named) == len(parameters) and {"created", "nonce"} <= named.keys() and named.get("tag") == TAG
    created = next((number for name, number, _ in parameters if name == "created"), "")
    if found is None or key is None or not is_whole or not 0 < len(created) <= 15:  # RFC 9651, section 3.3.1
        raise Malformed("the signed request is not of the form of a private read (RFC 9421)")
    return found["of"].replace("%2F", "/"), int(created), key[1], bytes.fromhex(key[2])


def _tellers(record: "Record", event: Event, body: OpeningsRead, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([subject["unit"], SERVICE])]


@rule("openings.read/1", OpeningsRead, "reads/" + UNIT, slots=_tellers)
def read_openings(record: "Record", event: Event, body: OpeningsRead, subject: Subject) -> Change:
    """A unit is about to be told what the seals of a subject stand for."""
    unit, request = subject["unit"], body.request
    refuse_unless(body.of in record.heads, event, f"{body.of} does not stand in the record")
    is_own = event.unit == unit
    refuse_unless(is_own or request is not None, event, f"the service says it without the request of {unit}")
    refuse_unless(not is_own or request is None, event, "whoever says it itself shows no request")
    if request is not None:
        _check_request(record, event, request, unit, body.of)
    read = Read(record.size, event.at, unit, body.of, body.count)

    def change() -> None:
        record.reads.all.append(read)
        if request is not None:
            record.reads.bases.add(request.base)

    return change


def _check_request(record: "Record", event: Event, request: SignedRequest, unit: str, of: str) -> None:
    """Check that a unit's key, in force here, has just signed that it asks for a subject, and that it counts once."""
    asked_of, created, name, key_id = parse_base(request.base)
    refuse_unless(asked_of == of, event, f"the request asks for {asked_of}")
    is_fresh = event.at - MAX_AGE_SECONDS - SKEW_SECONDS <= created <= event.at + SKEW_SECONDS
    refuse_unless(is_fresh, event, f"the request was signed at {created}, the read is of {event.at} (Unix seconds)")
    refuse_unless(request.base not in record.reads.bases, event, "the signed request was used before")
    line = Signature(name, key_id, parse_base64(request.signature))
    try:
        key = record.keys.in_force(record, event, line)
        record.check_signature(key.verifier, request.base, line)
    except BadSignature as error:
        error.check = "signatures"
        raise
    refuse_unless(key.unit == unit, event, f"the request is signed by {key.unit}")

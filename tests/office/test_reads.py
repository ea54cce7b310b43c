"""Private reads (T22, T23): the unit's own word, or the service's with the unit's signed request; nobody else's."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from forge import ENFORCEMENT, LEADER, SUPERVISOR, Fields, assert_refused, other_key, read_fields, sign
from ledger.audit.pairing import check_pairing
from ledger.audit.replay import replay
from ledger.client.signatures import Message, check_request, sign_request
from ledger.office.reads import parse_base
from ledger.office.record import Record
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Refused, Unauthorised
from ledger.proof.note import Signer, format_base64, format_key_name
from month import ask_to_read, first_index, month_entries, records_before
from world import ORIGIN, key

INDEX = first_index("openings.read/1")
OF = "targets/2028/training"
AT = records_before()[INDEX + 1].times[INDEX]
"""When it was, in Unix seconds."""


def ask(base: str, unit: str | Signer = ENFORCEMENT) -> dict[str, str]:
    """Return a request of this base, signed by a unit's key."""
    signer = key(f"{ORIGIN}/{unit}") if isinstance(unit, str) else unit
    return {"base": base, "signature": format_base64(signer.sign(base.encode()))}


def told(*signers: str, **changes: Any) -> bytes:
    """Return the month's first private read, with some fields of its body changed, by other signers."""
    fields: Fields = read_fields(month_entries()[INDEX])
    body = {name: value for name, value in {**fields["body"], **changes}.items() if value is not None}
    return sign({**fields, "body": body, "unit": (signers or ("service",))[0]}, *(signers or ("service",)))


BASE: str = read_fields(month_entries()[INDEX])["body"]["request"]["base"]
KEY_NAME = format_key_name(key(f"{ORIGIN}/{ENFORCEMENT}").verifier)

NOT_A_READ: dict[str, str] = {
    "another method": BASE.replace("GET", "POST"),
    "another path": BASE.replace("/api/v1/openings", "/api/v1/events"),
    "a path that goes on": BASE.replace("/api/v1/openings", "/api/v1/openings/x"),
    "no authority": BASE.replace('"@authority": officials.example\n', ""),
    "an empty authority": BASE.replace("officials.example", ""),
    "no query": BASE.replace('"@query": ?subject=targets%2F2028%2Ftraining\n', ""),
    "a parameter more in the query": BASE.replace("training\n", "training&subject=log\n"),
    "another spelling of a slash": BASE.replace("%2F", "%2f"),
    "a letter that is escaped": BASE.replace("training", "%74raining"),
    "a plus": BASE.replace("training", "training+"),
    "another order": BASE.replace('("@method" "@authority"', '("@authority" "@method"'),
    "something more covered": BASE.replace('"@query")', '"@query" "date")'),
    "another tag": BASE.replace("double-random-read", "double-random-write"),
    "no tag": BASE.replace(';tag="double-random-read"', ""),
    "no nonce": BASE.replace(";nonce=", ";nunce="),
    "no time": BASE.replace(";created=", ";time="),
    "a time in words": BASE.replace(f";created={AT}", ';created="when I like"'),
    "a time in quotation marks": BASE.replace(f";created={AT}", f';created="{AT}"'),
    "a time of more than fifteen digits": BASE.replace(f";created={AT}", f";created={AT:016}"),
    "no key": BASE.replace(";keyid=", ";keyname="),
    "a key twice": f'{BASE};keyid="{KEY_NAME}"',
    "a key by its name alone": BASE.replace(KEY_NAME, KEY_NAME.rpartition("+")[0]),
    "a key's id in capitals": BASE.replace(KEY_NAME[-8:], "ABCDEF01"),
    "a quotation mark within": BASE.replace('tag="', 'tag="\\"'),
    "a character that is not printed": BASE.replace(";tag=", ';x="\u202e";tag='),
    "an authority in Chinese": BASE.replace("officials.example", "龙岗.example"),
    "a line more": f"{BASE}\n",
    "a line before": f"x\n{BASE}",
    "an event": f"{ORIGIN}/event/v1\n{{}}\n",
}
"""Signed by the unit, and no request to read what is sealed: what it is -> the base."""


def attempts() -> Iterator[tuple[str, bytes, type[LedgerError], str]]:
    """Yield what must be refused: its name, the entry, the kind of refusal and a word of why."""
    for name, base in NOT_A_READ.items():
        assert base != BASE, name
        yield name, told(request=ask(base)), Malformed, "not of the form of a private read"
    for seconds in (-AT, -181, 61, 10**11):
        request = ask_to_read(ENFORCEMENT, OF, AT + seconds)
        yield f"what was asked for {seconds} seconds later", told(request=request), Refused, "the request was signed at"
    request, stranger = ask(BASE), other_key(ENFORCEMENT, "stranger")
    another = ask_to_read(ENFORCEMENT, "complaint/2027/0001", AT)
    yield "no request", told(request=None), Refused, "without the request of bureau/enforcement"
    yield "a request beside the unit's own word", told(ENFORCEMENT), Refused, "shows no request"
    yield "what another unit asked for", told(request=ask_to_read(SUPERVISOR, OF, AT)), Refused, "signed by"
    yield "what was not asked for", told(of="complaint/2027/0001"), Refused, "the request asks for"
    yield "what was asked for elsewhere", told(request=another), Refused, "the request asks for"
    yield "what nobody sealed", told(of="targets/2031/training"), Refused, "does not stand in the record"
    yield "a forged signature", told(request={**request, "signature": format_base64(bytes(64))}), BadSignature, "by "
    yield (
        "a key that is not enrolled",
        (told(request=ask(BASE.replace(KEY_NAME, format_key_name(stranger.verifier)), stranger))),
        BadSignature,
        "not enrolled",
    )
    yield "another unit's word", told(LEADER), Unauthorised, "expected bureau/enforcement|service"
    yield "a second signature", told("service", ENFORCEMENT), Unauthorised, "expected"


ATTEMPTS = {name: (entry, kind, why) for name, entry, kind, why in attempts()}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_t22_a_reading_that_the_unit_did_not_ask_for_is_refused(name: str) -> None:
    entry, kind, why = ATTEMPTS[name]
    assert_refused(records_before()[INDEX], entry, kind, why.replace("|", r"\|"))


def test_t22_a_request_counts_once() -> None:
    record = deepcopy(records_before()[INDEX])
    record.append(told())
    again = {**read_fields(told()), "after": INDEX, "seen": {"root": record.tree.root().hex(), "size": record.size}}
    assert_refused(record, sign(again, "service"), Refused, "was used before")
    later = {**again, "body": {**again["body"], "request": ask_to_read(ENFORCEMENT, OF, AT + 1)}}
    record.append(sign(later, "service"))
    assert [one.index for one in record.reads.all] == [INDEX, INDEX + 1]


@pytest.mark.parametrize("seconds", [-180, -1, 60])
def test_t22_a_request_is_of_the_time_of_its_read(seconds: int) -> None:
    deepcopy(records_before()[INDEX]).append(told(request=ask_to_read(ENFORCEMENT, OF, AT + seconds)))


def test_t22_a_revoked_key_asks_for_nothing() -> None:
    record = deepcopy(records_before()[INDEX])
    keys = [one for one in record.keys.all() if one.unit == ENFORCEMENT]
    for one in keys:
        one.revoked = 1
    assert_refused(record, told(), Unauthorised, "is revoked")


def test_t23_an_auditor_who_replays_the_log_finds_every_reading_and_a_forged_one() -> None:
    entries = list(month_entries())
    record, failure = replay(entries, pairing=check_pairing)
    assert failure is None
    found = [(one.index, one.unit, one.of, one.count) for one in record.reads.all]
    assert found == [(INDEX, ENFORCEMENT, OF, 1), (INDEX + 1, SUPERVISOR, "complaint/2027/0001", 0)]
    forged = told(request={**ask(BASE), "signature": format_base64(bytes([1]) + bytes(63))})
    _, failure = replay([*entries[:INDEX], forged], pairing=check_pairing)
    assert failure is not None
    assert (failure.index, failure.error.check) == (INDEX, "signatures")


@pytest.mark.parametrize("path", ["/api/v1/openings", "/behind/a/prefix/api/v1/openings"])
@pytest.mark.parametrize("spell", [str, lambda of: of.replace("/", "%2F")], ids=["plain", "escaped"])
def test_what_the_client_signs_is_what_the_rule_reads(path: str, spell: Callable[[str], str]) -> None:
    signer = key(f"{ORIGIN}/{ENFORCEMENT}")
    message = Message("GET", f"https://officials.example:8443{path}?subject={spell(OF)}", {})
    sign_request(message, signer, AT)
    signed = check_request(message, {KEY_NAME: signer.verifier}, AT)
    assert parse_base(signed.base) == (OF, AT, signer.name, signer.verifier.key_id)
    record: Record = deepcopy(records_before()[INDEX])
    record.append(told(request={"base": signed.base, "signature": format_base64(signed.signature)}))
    assert record.reads.bases == {signed.base}

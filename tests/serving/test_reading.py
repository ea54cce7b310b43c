"""Sealed values over HTTP: handed in by whoever has them, read by a unit's signature, each read noted."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import steps
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, seal_private
from ledger.client.service import Patience, ServiceClient
from ledger.client.signatures import MAX_AGE_SECONDS, Message, sign_request
from ledger.proof.errors import BadSignature, LedgerError, Refused, Unauthorised
from ledger.proof.note import Signer, format_vkey
from ledger.store.openings import Opening
from serving.served import Service, serve

SUBJECT, OWNER = "targets/2026/hazchem", "bureau/hazchem"
CODE = "92440300MA5KWJXE0M"
NAME = "密标甲小吃店"


@pytest.fixture
def openings(folder: Path) -> list[Opening]:
    """The openings of a sub-roster with a sole trader in it, declared in the folder; nobody has handed them in yet."""
    rows = [{"id": CODE, "sub_roster": "hazchem", "status": "open", "street": "street/pinghu", "risk": "red"}]
    sealed, openings = seal_private(SUBJECT, "targets.declared/1", {CODE: {"name": NAME}})
    installation = Installation(folder)
    with installation.open_book() as book:
        desk = Desk(book, installation.read_keys(), installation.clock)
        steps.declare_targets(desk, 2026, "hazchem", rows, sealed)
    return openings


@pytest.fixture
def reading(folder: Path, openings: list[Opening]) -> Iterator[Service]:
    """A service over it."""
    with serve(folder) as service:
        yield service


@pytest.fixture
def client(reading: Service) -> Iterator[ServiceClient]:
    """The typed client."""
    client = ServiceClient(reading.url, patience=Patience(20, 1))
    yield client
    client.close()


def test_who_signed_the_declaration_reads_what_it_sealed(
    reading: Service, client: ServiceClient, openings: list[Opening]
) -> None:
    client.keep_openings(openings)
    client.keep_openings(openings)
    for unit in (OWNER, "bureau/enforcement", "bureau/legal-publicity"):
        assert client.read_openings(SUBJECT, reading.signer(unit)) == openings
    lines = [json.loads(line) for line in reading.journal.getvalue().splitlines()]
    noted = [(line["unit"], line["subject"], line["openings"]) for line in lines if line["event"] == "private read"]
    assert noted == [(unit, SUBJECT, 1) for unit in (OWNER, "bureau/enforcement", "bureau/legal-publicity")]
    assert NAME not in reading.journal.getvalue()


def test_nobody_else_reads_it(reading: Service, client: ServiceClient, openings: list[Opening]) -> None:
    client.keep_openings(openings)
    with pytest.raises(Unauthorised, match="may not read"):
        client.read_openings(SUBJECT, reading.signer("bureau/training-centre"))
    with pytest.raises(BadSignature):
        client.read_openings(SUBJECT, Signer(reading.signer(OWNER).name, bytes(32)))
    assert "private read" not in reading.journal.getvalue()


def test_an_opening_that_fits_no_seal_is_not_kept(client: ServiceClient, openings: list[Opening]) -> None:
    other = openings[0]._replace(value="another")
    with pytest.raises(Refused, match="does not stand in the record"):
        client.keep_openings([*openings, other])
    with pytest.raises(LedgerError):
        client.keep_openings([openings[0]._replace(value=1.5)])


def test_what_was_erased_is_not_kept_again(folder: Path, openings: list[Opening]) -> None:
    installation = Installation(folder)
    with installation.open_book() as book:
        desk = Desk(book, installation.read_keys(), installation.clock)
        steps.erase_openings(desk, [openings[0].seal], "person-asked")
    with serve(folder) as service:
        client = ServiceClient(service.url)
        with pytest.raises(Refused):
            client.keep_openings(openings)
        assert client.read_openings(SUBJECT, service.signer(OWNER)) == []
        client.close()


def sign(service: Service, signer: Signer, **changes: Any) -> Message:
    message = Message("GET", f"{service.url}/api/v1/openings?subject={SUBJECT}", {})
    sign_request(message, signer)
    return message._replace(**changes)


def ask(service: Service, message: Message) -> tuple[int, str]:
    answer = service.ask(message.method, message.url.removeprefix(service.url), **message.headers)
    return answer.status, "" if answer.status == 200 else answer.code


def test_a_signed_request_counts_once_for_what_it_says_and_for_a_while(
    reading: Service, client: ServiceClient, openings: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.keep_openings(openings)
    signer = reading.signer(OWNER)
    message = sign(reading, signer)
    assert ask(reading, message) == (200, "")
    assert ask(reading, message) == (401, "bad-signature"), "a second time"
    for other in ("targets/2026/industry-trade", "targets/2026"):
        moved = sign(reading, signer, url=f"{reading.url}/api/v1/openings?subject={other}")
        assert ask(reading, moved) == (401, "bad-signature"), "for another subject"
    elsewhere = Message("GET", f"http://elsewhere.example/api/v1/openings?subject={SUBJECT}", {})
    sign_request(elsewhere, signer)
    assert ask(reading, elsewhere._replace(url=message.url)) == (401, "bad-signature"), "for another server"
    for name in ("Signature", "Signature-Input"):
        less = sign(reading, signer)
        del less.headers[name]
        assert ask(reading, less) == (401, "bad-signature")
    old = sign(reading, signer)
    assert "created=" in old.headers["Signature-Input"]
    created = int(old.headers["Signature-Input"].partition("created=")[2].split(";")[0])
    for at in (created - MAX_AGE_SECONDS - 100, created + 100):
        moved = old._replace(headers={**old.headers})
        moved.headers["Signature-Input"] = old.headers["Signature-Input"].replace(str(created), str(at))
        assert ask(reading, moved) == (401, "bad-signature")
    assert time.time() - created < 30
    assert ask(reading, Message("GET", message.url, {})) == (401, "bad-signature")


def test_a_revoked_key_reads_nothing(folder: Path, openings: list[Opening]) -> None:
    installation = Installation(folder)
    keys = installation.read_keys()
    with installation.open_book() as book:
        desk = Desk(book, keys, installation.clock)
        steps.revoke_key(desk, OWNER, format_vkey(keys[OWNER].verifier), "lost", OWNER)
    with serve(folder) as service:
        assert ask(service, sign(service, keys[OWNER])) == (401, "key-not-in-force")


@pytest.mark.parametrize("query", ["", "?subject=", "?subject=%00", "?subject=" + "x" * 301, "?subject=No%20Id"])
def test_what_is_no_subject_is_malformed(shared: Service, query: str) -> None:
    answer = shared.ask("GET", f"/api/v1/openings{query}")
    assert (answer.status, answer.code) == (400, "malformed")

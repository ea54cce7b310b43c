"""Sealed values over HTTP: handed in by whoever has them, read by a unit's signature, each read in the log first."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import steps
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, seal_private
from ledger.cli.published import read_record
from ledger.client.service import Patience, ServiceClient
from ledger.client.signatures import Message, sign_request
from ledger.office.events.log import OpeningsErased
from ledger.office.reads import MAX_AGE_SECONDS
from ledger.proof.errors import BadSignature, LedgerError, Refused, Unauthorised
from ledger.proof.event import parse_event
from ledger.proof.note import Signer, format_vkey
from ledger.store.openings import Opening
from service.api.telling import Teller
from serving.served import Service, serve
from serving.test_events import Away

PARTIES = ("bureau/enforcement", "bureau/legal-publicity")
SUBJECT, OWNER = "targets/2026/hazchem", "bureau/hazchem"
CODE = "92440300MA5KWJXE0M"
NAME = "密标甲小吃店"
PATH = f"/api/v1/openings?subject={SUBJECT}"


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


def reads(service: Service) -> list[tuple[str, str, int]]:
    """Return the private reads that the log names, as whoever replays it finds them: unit, subject, how many values."""
    replayed = read_record(service.folder)
    assert all(replayed.times[one.index] == one.at for one in replayed.reads.all)
    return [(one.unit, one.of, one.count) for one in replayed.reads.all]


def test_t22_who_reads_what_is_sealed_stands_in_the_log(
    reading: Service, client: ServiceClient, openings: list[Opening]
) -> None:
    client.keep_openings(openings)
    client.keep_openings(openings)
    units = (OWNER, "bureau/enforcement", "bureau/legal-publicity")
    for unit in units:
        assert client.read_openings(SUBJECT, reading.signer(unit)) == openings
    assert reads(reading) == [(unit, SUBJECT, 1) for unit in units]
    assert reading.book is not None
    entries = [parse_event(entry, reading.record.origin or "") for entry in reading.book.read(2, reading.book.size)]
    told = [event for event in entries if event.type == "openings.read/1"]
    assert {event.unit for event in told} == {"service"}
    assert [f'"@query": ?subject={SUBJECT.replace("/", "%2F")}' in event.body["request"]["base"] for event in told]
    assert NAME not in reading.journal.getvalue()


def test_nobody_else_reads_it(reading: Service, client: ServiceClient, openings: list[Opening]) -> None:
    client.keep_openings(openings)
    size = reading.size
    with pytest.raises(Unauthorised, match="may not read"):
        client.read_openings(SUBJECT, reading.signer("bureau/training-centre"))
    with pytest.raises(BadSignature):
        client.read_openings(SUBJECT, Signer(reading.signer(OWNER).name, bytes(32)))
    with pytest.raises(Refused, match="does not stand in the record"):
        client.read_openings("targets/2027/hazchem", reading.signer("bureau/enforcement"))
    assert reading.size == size


def test_t22_nothing_is_told_before_witnesses_have_signed_that_it_is(
    reading: Service, client: ServiceClient, openings: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.keep_openings(openings)
    monkeypatch.setattr("service.api.writer.ASK_AGAIN_SECONDS", 0.0)
    assert reading.book is not None
    assert reading.book._cosigners is not None
    away = Away(reading.book._cosigners)
    reading.book._cosigners = away
    answer = reading.ask("GET", PATH, **sign(reading, reading.signer(OWNER)).headers)
    assert (answer.status, answer.code) == (503, "unrecorded")
    assert NAME not in answer.body.decode()
    with pytest.raises(ConnectionError, match="nothing is told"):
        client.read_openings(SUBJECT, reading.signer(OWNER))
    assert reads(reading) == [(OWNER, SUBJECT, 1)] * 2, "it is there all the same, for nobody takes an entry back"
    away.is_away = False
    assert client.read_openings(SUBJECT, reading.signer(OWNER)) == openings


def test_t22_nothing_is_told_once_the_log_has_stopped(
    reading: Service, client: ServiceClient, openings: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.keep_openings(openings)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    assert reading.book is not None
    monkeypatch.setattr(reading.book._store, "append", fail)
    for _ in range(2):
        answer = reading.ask("GET", PATH, **sign(reading, reading.signer(OWNER)).headers)
        assert (answer.status, answer.code) == (503, "stopped")


def test_t22_a_service_without_its_own_key_tells_nothing(folder: Path, openings: list[Opening]) -> None:
    Installation(folder).key_file("service").unlink()
    with serve(folder) as service:
        size = service.size
        client = ServiceClient(service.url, patience=Patience(20, 1))
        client.keep_openings(openings)
        assert ask(service, sign(service, service.signer(OWNER))) == (503, "unrecorded")
        with pytest.raises(ConnectionError, match="own key"):
            client.read_openings(SUBJECT, service.signer(OWNER))
        client.close()
        assert service.size == size


def test_t22_a_service_whose_key_is_revoked_tells_nothing(folder: Path, openings: list[Opening]) -> None:
    installation = Installation(folder)
    keys = installation.read_keys()
    with installation.open_book() as book:
        desk = Desk(book, keys, installation.clock)
        steps.revoke_key(desk, "service", format_vkey(keys["service"].verifier), "lost", "service")
    with serve(folder) as service:
        answer = service.ask("GET", PATH, **sign(service, service.signer(OWNER)).headers)
        assert (answer.status, answer.code) == (503, "unrecorded")
        assert "cannot sign for it" in answer.json()["detail"]
        assert reads(service) == []


def test_t22_who_reads_again_and_again_fills_no_log(folder: Path, openings: list[Opening]) -> None:
    with serve(folder, rate="3 per hour") as service:
        size = service.size
        signer = service.signer(OWNER)
        answers = [ask(service, sign(service, signer)) for _ in range(6)]
        assert answers == [(200, "")] * 3 + [(429, "too-many")] * 3
        assert service.size == size + 3


def test_t22_a_request_that_was_answered_counts_once_for_ever(folder: Path, openings: list[Opening]) -> None:
    """Also for a service that has forgotten everything: what it answered stands in the log."""
    with serve(folder) as service:
        message = sign(service, service.signer(OWNER))
        assert ask(service, message) == (200, "")
        port = int(service.url.rpartition(":")[2])
    with serve(folder, port=port) as service:
        assert ask(service, message) == (401, "bad-signature")
        assert len(reads(service)) == 1


def test_two_units_and_one_unit_twice_read_at_once(
    reading: Service, client: ServiceClient, openings: list[Opening]
) -> None:
    client.keep_openings(openings)
    signers = [reading.signer(unit) for unit in (OWNER, "bureau/enforcement") * 6]
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda signer: client.read_openings(SUBJECT, signer), signers))
    assert found == [openings] * 12
    assert sorted(unit for unit, *_ in reads(reading)) == ["bureau/enforcement"] * 6 + [OWNER] * 6


def test_an_opening_that_fits_no_seal_is_not_kept(client: ServiceClient, openings: list[Opening]) -> None:
    other = openings[0]._replace(value="another")
    with pytest.raises(Refused, match="does not stand in the record"):
        client.keep_openings([*openings, other])
    with pytest.raises(LedgerError):
        client.keep_openings([openings[0]._replace(value=1.5)])


def test_an_opening_of_another_row_is_not_kept_and_the_true_one_after_it_is(
    client: ServiceClient, openings: list[Opening]
) -> None:
    with pytest.raises(Refused, match=f"row 92440300MA500QU761, expected {openings[0].id}"):
        client.keep_openings([openings[0]._replace(id="92440300MA500QU761")])
    client.keep_openings(openings)


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
        assert reads(service) == [(OWNER, SUBJECT, 0)]
        client.close()


def test_t38_what_is_erased_while_its_read_is_recorded_is_not_told(
    reading: Service, client: ServiceClient, openings: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.keep_openings(openings)
    body = OpeningsErased(digests=tuple(one.seal for one in openings), reason="person-asked")
    record = Teller.record

    def erase_first(teller: Teller, *told: Any) -> None:
        assert reading.submit(reading.compose("openings.erased/1", "openings", body, *PARTIES)).status == 200
        record(teller, *told)

    monkeypatch.setattr(Teller, "record", erase_first)
    answer = reading.ask("GET", PATH, **sign(reading, reading.signer(OWNER)).headers)
    assert (answer.status, answer.code) == (409, "stale")
    assert NAME not in answer.body.decode()
    monkeypatch.undo()
    assert client.read_openings(SUBJECT, reading.signer(OWNER)) == []
    assert reads(reading) == [(OWNER, SUBJECT, 1), (OWNER, SUBJECT, 0)]


@pytest.mark.parametrize("door", ["events", "imports"])
def test_t38_what_is_recorded_as_erased_is_deleted_where_the_service_keeps_it(
    reading: Service, client: ServiceClient, openings: list[Opening], door: str
) -> None:
    client.keep_openings(openings)
    assert len(client.read_openings(SUBJECT, reading.signer(OWNER))) == len(openings)
    body = OpeningsErased(digests=tuple(one.seal for one in openings), reason="person-asked")
    entry = reading.compose("openings.erased/1", "openings", body, *PARTIES)
    client.submit(entry) if door == "events" else client.submit_series([entry])
    with Installation(reading.folder).open_openings() as table:
        assert table.read(SUBJECT) == []
    assert not [
        file for file in (reading.folder / "private").iterdir() if openings[0].seal.encode() in file.read_bytes()
    ]
    assert client.read_openings(SUBJECT, reading.signer(OWNER)) == []


def test_t38_what_came_back_after_its_erasure_is_not_told_and_goes_at_the_next_opening(
    folder: Path, openings: list[Opening]
) -> None:
    installation = Installation(folder)
    with serve(folder) as service:
        client = ServiceClient(service.url)
        body = OpeningsErased(digests=tuple(one.seal for one in openings), reason="person-asked")
        client.submit(service.compose("openings.erased/1", "openings", body, *PARTIES))
        with installation.open_openings() as table:  # such as a backup that is put back
            table.add(openings)
        assert client.read_openings(SUBJECT, service.signer(OWNER)) == []
        client.close()
    key = folder / "private" / "openings.key"
    key.rename(folder / "elsewhere")  # deleting takes no key
    with serve(folder):
        (folder / "elsewhere").rename(key)
    with installation.open_openings() as table:
        assert table.read(SUBJECT) == []


def sign(service: Service, signer: Signer, **changes: Any) -> Message:
    message = Message("GET", f"{service.url}{PATH}", {})
    sign_request(message, signer, int(time.time()))
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
    sign_request(elsewhere, signer, int(time.time()))
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

"""Signed events in, receipts out: every status and code of POST /api/v1/events."""

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.run import run
from ledger.log.book import Cosigners
from ledger.log.tiles import read_entries
from ledger.office.compose import derive_list
from ledger.office.events.log import KeyRevoked, PolicyAdopted, RowsListed
from ledger.office.events.supervision import SuggestionMade
from ledger.proof.encoding import Hash
from ledger.proof.event import MAX_ENTRY_BYTES, format_entry
from ledger.proof.note import Signature, Signer, format_note, format_vkey, parse_note
from ledger.proof.receipt import check_receipt, parse_receipt
from service.api.rules import RULES_OF_TYPE
from serving.served import UNIT, Service, compose_row, serve


def check(service: Service, receipt: bytes, entry: bytes) -> int:
    """Check a receipt as its receiver would, and return the index that it acknowledges."""
    record = service.record
    assert record.log_key is not None
    policy = record.policies[0][1]
    word = check_receipt(receipt, entry, record.log_key, list(policy.witness_keys.values()))
    assert policy.attested_time(word.times) is not None
    return parse_receipt(receipt).index


def test_an_event_gets_its_receipt(service: Service) -> None:
    entry = service.compose_row()
    answer = service.submit(entry)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert check(service, answer.body, entry) == 1
    assert list(read_entries(service.folder / "log", service.size, 1)) == [entry]


def test_t33_the_same_bytes_get_the_same_receipt_also_later_and_after_a_restart(folder: Path) -> None:
    with serve(folder) as service:
        entries = [service.compose_row() for _ in range(3)]
        first = service.submit(entries[0])
        for entry in entries[1:]:
            assert service.submit(entry).status == 200
        assert service.submit(entries[0]).body == first.body
        size = service.size
    with serve(folder) as service:
        assert service.submit(entries[0]).body == first.body
        assert service.size == size == 4


@pytest.mark.parametrize("left", [None, b"", b"\0" * 500, b"longgang.example/double-random\n9\n"])
def test_a_receipt_whose_checkpoint_was_lost_is_given_under_a_newer_one(folder: Path, left: bytes | None) -> None:
    with serve(folder) as service:
        entry = service.compose_row()
        first = service.submit(entry)
        service.submit(service.compose_row())
    for file in (folder / "receipts").iterdir():
        file.unlink() if left is None else file.write_bytes(left)
    with serve(folder) as service:
        again = service.submit(entry)
        assert again.body != first.body
        assert check(service, again.body, entry) == check(service, first.body, entry) == 1


def test_many_at_once_are_each_answered_for_themselves(service: Service) -> None:
    good = [service.compose_row() for _ in range(40)]
    bad = [entry.replace(b"/event/v1", b"/event/v2") for entry in good[:20]]
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(service.submit, [*good, *bad]))
    assert [answer.status for answer in answers] == [200] * 40 + [400] * 20
    indexes = [check(service, answer.body, entry) for answer, entry in zip(answers, good, strict=False)]
    assert sorted(indexes) == list(range(1, 41))
    assert service.size == 41


def refuse(service: Service, entry: bytes, status: int, code: str) -> dict[str, object]:
    """Hand in what must be refused, and leave the log as it was; return the problem."""
    before = service.size
    answer = service.submit(entry)
    assert (answer.status, answer.code) == (status, code), answer.body
    assert service.size == before
    problem: dict[str, object] = answer.json()
    return problem


def test_what_is_no_event_is_malformed(service: Service) -> None:
    good = service.compose_row()
    for bad in (b"", b"\n", b"x", good[:-1], good + b"\n", good.replace(b'"after"', b'"before"'), b"\xff" + good):
        if bad != good:
            refuse(service, bad, 400, "malformed")
    problem = refuse(service, good.replace(b"rows.listed/1", b"rows.listed/0"), 400, "malformed")
    assert problem["check"] == 7


def test_an_unknown_key_is_told(service: Service) -> None:
    stranger = Signer(service.signer().name, bytes(31) + b"\1")
    problem = refuse(service, compose_row(service.record, stranger), 401, "unknown-key")
    assert (problem["check"], problem["check_id"]) == (8, "signatures")


def test_a_signature_that_does_not_verify_is_told(service: Service) -> None:
    note = parse_note(service.compose_row())
    line = note.signatures[0]
    forged = Signature(line.name, line.key_id, bytes(64))
    answer = service.submit(format_note(note.text, [forged]))
    assert (answer.status, answer.code) == (401, "bad-signature")
    assert "WWW-Authenticate" in answer.headers


def test_a_revoked_key_is_told(service: Service) -> None:
    vkey = format_vkey(service.signer().verifier)
    others = ("bureau/legal-publicity", "bureau/hazchem")
    revoked = service.compose("key.revoked/1", f"key/{UNIT}", KeyRevoked(vkey=vkey, reason="lost"), *others)
    assert service.submit(revoked).status == 200
    problem = refuse(service, service.compose_row(), 401, "key-not-in-force")
    assert "is revoked" in str(problem["detail"])
    assert "吊销" in str(problem["detail_zh"])


def suggest(service: Service, number: int = 1, unit: str = UNIT, text: str = "建议") -> bytes:
    """Return a suggestion of this year, as a unit signs it."""
    year = time.strftime("%Y", time.gmtime(time.time() + 8 * 3600))
    return service.compose("suggestion.made/1", f"suggestion/{year}/{number:04d}", SuggestionMade(text=text), unit)


def test_a_unit_without_the_duty_is_told(service: Service) -> None:
    adopted = PolicyAdopted(policy=service.record.policies[0][1])
    problem = refuse(service, service.compose("policy.adopted/1", "policy", adopted, "bureau/hazchem"), 403, "no-duty")
    assert (problem["check"], problem["check_id"]) == (9, "duties")


def test_a_stale_after_is_a_conflict(service: Service) -> None:
    entries = [suggest(service), suggest(service, unit="bureau/hazchem")]
    assert service.submit(entries[0]).status == 200
    problem = refuse(service, entries[1], 409, "stale")
    assert (problem["check"], problem["check_id"]) == (10, "history")


def test_what_the_rules_refuse_names_the_check_and_the_plans_rules(service: Service) -> None:
    problem = refuse(service, suggest(service, number=3), 422, "refused")
    assert (problem["check"], problem["check_id"], problem["rules"]) == (11, "rules", ["R48"])


def test_t33_what_was_signed_on_another_history_is_refused(service: Service) -> None:
    text = parse_note(service.compose_row()).text
    root = service.record.tree.root().hex()
    other = text.replace(root, "0" * 64)
    assert other != text
    assert refuse(service, format_entry(other, [service.signer()]), 422, "refused")["check"] == 10


def test_the_largest_event_is_taken_and_one_byte_more_is_too_large(service: Service) -> None:
    overhead = len(compose_padded(service, 0))
    largest = compose_padded(service, MAX_ENTRY_BYTES - overhead)
    assert len(largest) == MAX_ENTRY_BYTES
    assert service.submit(largest).status == 200
    refuse(service, compose_padded(service, MAX_ENTRY_BYTES - overhead + 1), 413, "too-large")


def compose_padded(service: Service, padding: int) -> bytes:
    """Return a list of one row with so many bytes more."""
    row: dict[str, object] = {"id": "row", "pad": "x" * padding}
    subject = f"list/{derive_list([row]).ref.root}/0001"
    return service.compose("rows.listed/1", subject, RowsListed(rows=(row,)), UNIT)


def test_a_body_without_a_length_is_bounded_too(service: Service) -> None:
    entry = service.compose_row()
    chunks = [entry[:50], entry[50:]]
    assert service.ask("POST", "/api/v1/events", iter(chunks), Content_Type="text/plain").status == 200  # type: ignore[arg-type]
    endless = (b"x" * 1000 for _ in range(1000))
    answer = service.ask("POST", "/api/v1/events", endless, Content_Type="text/plain")  # type: ignore[arg-type]
    assert (answer.status, answer.code) == (413, "too-large")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/html", "x"])
def test_another_type_of_content_is_not_taken(shared: Service, kind: str) -> None:
    answer = shared.ask("POST", "/api/v1/events", b"x", Content_Type=kind)
    assert (answer.status, answer.code) == (415, "wrong-type")


def test_a_body_that_does_not_come_in_is_given_up(shared: Service) -> None:
    started = time.monotonic()
    answer = shared.send(b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"slow"' in answer
    assert time.monotonic() - started < 10


def test_headers_that_do_not_come_in_are_given_up(shared: Service) -> None:
    answer = shared.send(b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert shared.send(b"") == b"", "who says nothing is not answered, and not waited for"


def test_too_many_requests_of_one_address_are_refused_for_a_while(folder: Path) -> None:
    with serve(folder, rate="5 per hour") as service:
        answers = [service.ask("POST", "/api/v1/events", b"x", Content_Type="text/plain") for _ in range(8)]
        assert [answer.status for answer in answers] == [400] * 5 + [429] * 3
        assert answers[-1].code == "too-many"
        assert answers[-1].json()["detail_zh"] == "此地址的请求过多，每小时至多 5 次"
        assert answers[-1].json()["detail"] == "too many requests from this address, at most 5 per hour"
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
        assert service.ask("GET", "/log/checkpoint").status == 200, "what is public is not counted"


class Away:
    """Witnesses that do not answer for a while, and keep whoever asks waiting."""

    def __init__(self, witnesses: Cosigners) -> None:
        self.witnesses, self.is_away, self.seconds = witnesses, True, 0.0

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> object:
        return self.witnesses.check_rollback(tree_size, root_at)

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Sequence[Signature]:
        time.sleep(self.seconds)
        return [] if self.is_away else self.witnesses.cosign(checkpoint, prove_consistency)


@pytest.fixture
def away(service: Service) -> Away:
    assert service.book is not None
    assert service.book._cosigners is not None
    away = Away(service.book._cosigners)
    service.book._cosigners = away
    return away


def test_t29_without_the_quorum_there_is_no_receipt_and_later_there_is(
    service: Service, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.writer.ASK_AGAIN_SECONDS", 0.0)
    entry = service.compose_row()
    answer = service.submit(entry)
    assert (answer.status, answer.code) == (503, "unacknowledged")
    assert answer.headers["Retry-After"]
    assert service.submit(entry).code == "unacknowledged"
    away.is_away = False
    again = service.submit(entry)
    assert again.status == 200
    assert check(service, again.body, entry) == 1


def test_too_much_at_once_is_refused_and_the_rest_is_done(folder: Path) -> None:
    with serve(folder, submissions=4) as service:
        assert service.book is not None
        assert service.book._cosigners is not None
        slow = Away(service.book._cosigners)
        slow.is_away, slow.seconds = False, 0.5
        service.book._cosigners = slow
        entries = [service.compose_row() for _ in range(12)]
        with ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(service.submit, entries))
        assert sorted({answer.status for answer in answers}) == [200, 503]
        assert {answer.code for answer in answers if answer.status == 503} == {"busy"}
        assert service.size == 1 + sum(answer.status == 200 for answer in answers)


def test_a_log_that_stopped_says_so_and_stays_readable(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.ask("GET", "/readyz").status == 200

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    assert service.book is not None
    monkeypatch.setattr(service.book._store, "append", fail)
    before = service.size
    for _ in range(2):
        answer = service.submit(service.compose_row())
        assert (answer.status, answer.code) == (503, "stopped")
    assert service.ask("GET", "/readyz").code == "stopped"
    assert service.ask("GET", "/healthz").status == 200
    assert service.ask("GET", "/log/checkpoint").status == 200
    assert service.size == before


def test_a_log_whose_folder_is_away_is_said_to_be_unreadable_and_not_stopped(service: Service) -> None:
    (service.folder / "log").rename(service.folder / "away")
    assert service.ask("GET", "/readyz").code == "unreadable"
    page = service.ask("GET", "/en/", Accept="text/html")
    assert (page.status, page.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "an error of the service" in page.body.decode()
    (service.folder / "away").rename(service.folder / "log")
    assert service.ask("GET", "/readyz").status == 200


def test_an_error_of_ours_is_told_as_ours_and_its_message_to_nobody(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("密标 in a message")

    monkeypatch.setattr("service.api.events.read_body", fail)
    answer = service.submit(b"x")
    assert (answer.status, answer.code) == (500, "internal")
    assert b"\xe5\xaf\x86" not in answer.body
    end = time.monotonic() + 10
    while "failed" not in service.journal.getvalue():  # it is written once the answer is on its way
        assert time.monotonic() < end
    (line,) = [json.loads(one) for one in service.journal.getvalue().splitlines() if "failed" in one]
    assert line["error"] == "ZeroDivisionError"
    assert any("test_events.py" in place for place in line["at"])
    assert "密标" not in service.journal.getvalue()


def test_what_is_under_way_is_finished_when_the_service_stops(folder: Path) -> None:
    with serve(folder) as service:
        assert service.book is not None
        assert service.book._cosigners is not None
        slow = Away(service.book._cosigners)
        slow.is_away, slow.seconds = False, 1.0
        service.book._cosigners = slow
        entry, answers = service.compose_row(), []
        asking = threading.Thread(target=lambda: answers.append(service.submit(entry)))
        asking.start()
        time.sleep(0.4)
    asking.join(20)
    (answer,) = answers
    assert answer.status == 200
    assert check(service, answer.body, entry) == 1
    assert run("fsck", "--dir", folder).status == 0


def test_the_rules_of_a_type_are_those_of_the_page(root: Path) -> None:
    rows = re.findall(r"^\| (R\d+) \| (.+) \|$", (root / "docs/rules.md").read_text(encoding="utf-8"), re.MULTILINE)
    by_type: dict[str, list[str]] = {}
    for id, rest in rows:
        for type in re.findall(r"`([^`]+)`", rest.split(" | ")[1]):
            by_type.setdefault(type, []).append(id)
    assert {type: list(rules) for type, rules in RULES_OF_TYPE.items()} == by_type

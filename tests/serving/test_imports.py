"""Many signed events in one request: receipts and progress as they come, and what stands where it ends."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from cli.run import run
from ledger.client.stream import Sent, parse_stream
from ledger.log.tiles import read_entries
from ledger.office.compose import compose_parts, derive_list
from ledger.proof.event import MAX_ENTRY_BYTES, format_entry
from ledger.proof.tile import WIDTH, format_entries
from service.api.imports import AT_ONCE, MOST_BYTES
from service.api.stream import EventStream
from serving.served import UNIT, Answer, Service, compose_row, run_apart, serve
from serving.test_events import Away, check, suggest

TYPE = "application/octet-stream"
HEAD = b"POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"


def hand_in(service: Service, entries: Sequence[bytes]) -> Answer:
    """Hand in events, and wait for the end of the answer."""
    return service.ask("POST", "/api/v1/imports", format_entries(entries), Content_Type=TYPE)


def read(answer: Answer) -> list[Sent]:
    """Return what a stream told."""
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    return list(parse_stream([answer.body], 1 << 20))


def pick(told: Sequence[Sent], name: str) -> list[str]:
    """Return the data of the events of a name."""
    return [sent.data for sent in told if sent.name == name]


def compose_rows(service: Service, count: int) -> list[bytes]:
    """Return so many events that the rules take in any order."""
    record, signer = service.record, service.signer()
    return [compose_row(record, signer) for _ in range(count)]


def test_each_event_gets_its_receipt_and_how_far_it_is_is_told(service: Service) -> None:
    entries = compose_rows(service, 2 * AT_ONCE + 3)
    told = read(hand_in(service, entries))
    receipts = [sent for sent in told if sent.name == "receipt"]
    assert [sent.id for sent in receipts] == [str(place) for place in range(1, len(entries) + 1)]
    indexes = [check(service, sent.data.encode(), entry) for sent, entry in zip(receipts, entries, strict=True)]
    assert indexes == list(range(1, len(entries) + 1)), "in the order in which they were handed in"
    progress = list(map(json.loads, pick(told, "progress")))
    assert [one["done"] for one in progress] == [AT_ONCE, 2 * AT_ONCE, len(entries)]
    assert [one["index"] for one in progress] == [one["done"] for one in progress]
    assert {one["of"] for one in progress} == {len(entries)}
    assert told[-1].name == "progress"
    assert list(read_entries(service.folder / "log", service.size, 1)) == entries


def test_t33_the_same_bytes_get_the_same_receipts_alone_and_together(folder: Path) -> None:
    with serve(folder) as service:
        entries = compose_rows(service, AT_ONCE + 2)
        alone = service.submit(entries[3]).body.decode()
        first = pick(read(hand_in(service, entries)), "receipt")
        assert first[3] == alone
        assert pick(read(hand_in(service, entries)), "receipt") == first
        assert pick(read(hand_in(service, [*entries[::-1], entries[0]])), "receipt") == [*first[::-1], first[0]]
        size = service.size
    with serve(folder) as service:
        assert pick(read(hand_in(service, entries)), "receipt") == first
        assert service.submit(entries[7]).body.decode() == first[7]
        assert service.size == size == len(entries) + 1


@pytest.mark.parametrize("place", [0, 2, AT_ONCE - 1, AT_ONCE])
def test_the_first_refused_ends_it_what_is_before_stands_and_nothing_after(service: Service, place: int) -> None:
    entries = compose_rows(service, AT_ONCE + 4)
    entries[place] = suggest(service, number=9)
    told = read(hand_in(service, entries))
    (problem,) = map(json.loads, pick(told, "problem"))
    assert (problem["code"], problem["status"], problem["done"]) == ("refused", 422, place)
    assert (problem["check_id"], problem["rules"]) == ("rules", ["R48"])
    assert problem["detail_zh"]
    assert told[-1].name == "problem"
    assert told[-1].retry is None
    assert len(pick(told, "receipt")) == place
    assert service.size == 1 + place
    entries[place] = suggest(service)
    assert len(pick(read(hand_in(service, entries)), "receipt")) == len(entries)
    assert service.size == 1 + len(entries)


def test_events_that_build_on_each_other_go_in_together(service: Service) -> None:
    """A series is composed before any of it is recorded; in another order it is refused."""
    listed = derive_list([{"id": f"row-{n:05d}", "pad": "x" * 60} for n in range(5_000)])
    parts = [format_entry(text, [service.signer()]) for text in compose_parts(service.record, UNIT, listed, _now())]
    assert len(parts) > 4
    assert len(pick(read(hand_in(service, parts)), "receipt")) == len(parts)
    assert service.record.lists.is_complete(listed.ref)


def _now() -> int:
    return int(time.time())


def test_events_of_many_importers_at_once_do_not_mix(folder: Path) -> None:
    with serve(folder, imports=8) as service:
        series = [compose_rows(service, 40) for _ in range(6)]
        with ThreadPoolExecutor(8) as threads:
            alone = threads.map(service.submit, compose_rows(service, 20))
            answers = list(threads.map(lambda entries: hand_in(service, entries), series))
            assert [answer.status for answer in alone] == [200] * 20
        for answer, entries in zip(answers, series, strict=True):
            receipts = pick(read(answer), "receipt")
            indexes = [check(service, one.encode(), entry) for one, entry in zip(receipts, entries, strict=True)]
            assert indexes == sorted(indexes)
        assert service.size == 1 + 6 * 40 + 20


def test_one_import_too_many_is_busy_and_leaves_its_place(folder: Path) -> None:
    with serve(folder, imports=1, seconds=2) as service:
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as held:
            held.sendall(HEAD + b"Content-Length: 100\r\n\r\nold")
            time.sleep(0.3)
            answer = hand_in(service, compose_rows(service, 1))
            assert (answer.status, answer.code) == (503, "busy")
            assert answer.headers["Retry-After"]
            assert held.recv(1 << 16).startswith(b"HTTP/1.1 408 ")
        assert hand_in(service, compose_rows(service, 1)).status == 200


def test_t33_who_sends_slowly_keeps_nobody_else_from_importing(folder: Path) -> None:
    with serve(folder, imports=2, seconds=5, proxies="127.0.0.1") as service, ExitStack() as holding:
        host, port = service.url.removeprefix("http://").split(":")
        slow = HEAD + b"X-Forwarded-For: 192.0.2.1\r\nContent-Length: 100\r\n\r\nold"
        for _ in range(4):
            holding.enter_context(socket.create_connection((host, int(port)))).sendall(slow)
        time.sleep(0.3)
        entries = format_entries(compose_rows(service, 1))
        there, here = (
            service.ask("POST", "/api/v1/imports", entries, Content_Type=TYPE, X_Forwarded_For=address)
            for address in ("192.0.2.1", "192.0.2.2")
        )
        assert (there.status, there.code) == (503, "busy"), "the same address has its two places"
        assert len(pick(read(here), "receipt")) == 1


def test_every_event_counts_for_the_rate_and_what_is_left_is_for_later(folder: Path) -> None:
    with serve(folder, rate="40 per hour") as service:
        told = read(hand_in(service, compose_rows(service, 60)))
        (problem,) = map(json.loads, pick(told, "problem"))
        assert (problem["code"], problem["done"]) == ("too-many", 2 * AT_ONCE)
        assert 0 < (told[-1].retry or 0) <= 3_600_000
        assert service.size == 1 + 2 * AT_ONCE


def test_t29_without_the_quorum_no_receipt_comes_and_later_they_do(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.writer.ASK_AGAIN_SECONDS", 0.0)
    assert service.book is not None
    assert service.book._cosigners is not None
    away = service.book._cosigners = Away(service.book._cosigners)
    entries = compose_rows(service, 5)
    told = read(hand_in(service, entries))
    (problem,) = map(json.loads, pick(told, "problem"))
    assert (problem["code"], problem["done"]) == ("unacknowledged", 0)
    assert told[-1].retry == 5000
    assert not pick(told, "receipt")
    away.is_away = False
    assert len(pick(read(hand_in(service, entries)), "receipt")) == 5
    assert service.size == 6


def test_a_long_wait_is_filled_with_comments(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.imports.COMMENT_SECONDS", 0.1)
    assert service.book is not None
    assert service.book._cosigners is not None
    slow = service.book._cosigners = Away(service.book._cosigners)
    slow.is_away, slow.seconds = False, 0.6
    answer = hand_in(service, compose_rows(service, 2))
    assert answer.body.startswith(b":\n\n")
    assert len(pick(read(answer), "receipt")) == 2


def test_whoever_goes_away_leaves_what_is_recorded_and_nothing_goes_on(folder: Path) -> None:
    with serve(folder) as service:
        assert service.book is not None
        assert service.book._cosigners is not None
        slow = service.book._cosigners = Away(service.book._cosigners)
        slow.is_away, slow.seconds = False, 0.3
        entries = compose_rows(service, 10 * AT_ONCE)
        body = format_entries(entries)
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as leaving:
            leaving.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            came = b""
            while b"event: progress" not in came:
                came += leaving.recv(1 << 16)
        time.sleep(1.5)
        left = service.size
        assert 1 + AT_ONCE <= left <= 1 + 4 * AT_ONCE
        time.sleep(0.7)
        assert service.size == left, "it went on without its asker"
        slow.seconds = 0
        receipts = pick(read(hand_in(service, entries)), "receipt")
        assert [check(service, one.encode(), entry) for one, entry in zip(receipts, entries, strict=True)] == list(
            range(1, len(entries) + 1)
        )
    assert run("fsck", "--dir", folder).status == 0


def test_an_import_under_way_when_the_service_stops_is_broken_off_between_checkpoints(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.server.GRACE_SECONDS", 1)
    with serve(folder) as service:
        assert service.book is not None
        assert service.book._cosigners is not None
        slow = service.book._cosigners = Away(service.book._cosigners)
        slow.is_away, slow.seconds = False, 0.4
        entries = compose_rows(service, 8 * AT_ONCE)
        body, answers = format_entries(entries), list[bytes]()
        request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
        asking = threading.Thread(target=lambda: answers.append(service.send(request)))
        asking.start()
        time.sleep(0.6)
    asking.join(20)
    told = answers[0].count(b"event: receipt\n")
    assert 0 < told < len(entries)
    assert (service.size - 1) % AT_ONCE == 0
    assert told <= service.size - 1 <= told + 2 * AT_ONCE
    assert run("fsck", "--dir", folder).status == 0
    with serve(folder) as service:
        assert len(pick(read(hand_in(service, entries)), "receipt")) == len(entries)
        assert service.size == 1 + len(entries)


def test_whoever_takes_nothing_of_the_answer_is_left() -> None:
    """What would fill its connection is not produced further, and its place is free again."""
    produced, left = list[int](), list[str]()

    async def produce() -> AsyncGenerator[bytes]:
        try:
            for number in range(100):
                produced.append(number)
                yield b":\n\n"
        finally:
            left.append("events")

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        if len(produced) > 3:
            await asyncio.sleep(60)

    closing = ExitStack()
    closing.callback(left.append, "place")
    answer = EventStream(produce(), 0.1, closing)
    with pytest.raises(ClientDisconnect):
        run_apart(answer({"type": "http", "asgi": {}}, receive, send))
    assert len(produced) == 4
    assert left == ["events", "place"]


def test_a_log_that_stops_says_so_in_the_stream(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    assert service.book is not None
    monkeypatch.setattr(service.book._store, "append", fail)
    told = read(hand_in(service, compose_rows(service, 3)))
    (problem,) = map(json.loads, pick(told, "problem"))
    assert (problem["code"], problem["done"]) == ("stopped", 0)
    assert service.size == 1


def test_an_error_of_ours_breaks_the_stream_off_and_is_told_to_nobody(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("密标 in a message")

    monkeypatch.setattr("service.api.writer.Writer._hand_in_series", fail)
    body = format_entries(compose_rows(service, 1))
    answer = service.send(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert "密标".encode() not in answer
    assert not answer.endswith(b"0\r\n\r\n"), "it has no end that looks like one"
    assert "ZeroDivisionError" in service.journal.getvalue()
    assert "密标" not in service.journal.getvalue()


def frame(*lengths: int) -> bytes:
    """Return a bundle of entries of these lengths, of nothing but x."""
    return format_entries([b"x" * length for length in lengths])


FRAMES = {
    "nothing": b"",
    "one byte": b"\0",
    "a length and nothing": b"\0\5",
    "one that is cut short": frame(5)[:-1],
    "one byte too many": frame(5) + b"\0",
    "one entry too many": frame(*[1] * (WIDTH + 1)),
}


@pytest.mark.parametrize("name", FRAMES)
def test_what_is_no_bundle_is_malformed_and_nothing_of_it_is_recorded(shared: Service, name: str) -> None:
    good = b"" if name in ("nothing", "one entry too many") else format_entries([shared.compose_row()])
    before = shared.size
    answer = shared.ask("POST", "/api/v1/imports", good + FRAMES[name], Content_Type=TYPE)
    assert (answer.status, answer.code) == (400, "malformed")
    assert re.search("应为 1 至 256 条|中途结束", answer.json()["detail_zh"])
    assert shared.size == before


def test_as_many_as_may_be_as_large_as_may_be_are_read(service: Service) -> None:
    """None of these is an event: the first is refused by the rules, once all have come."""
    body = frame(*[MAX_ENTRY_BYTES] * WIDTH)
    assert len(body) == MOST_BYTES
    told = read(service.ask("POST", "/api/v1/imports", body, Content_Type=TYPE))
    assert [sent.name for sent in told] == ["problem"]
    assert json.loads(told[0].data)["code"] == "malformed"
    answer = service.ask("POST", "/api/v1/imports", body + b"\0", Content_Type=TYPE)
    assert (answer.status, answer.code) == (413, "too-large")


def test_each_mebibyte_has_its_time(folder: Path) -> None:
    """A slow line is no reason to refuse what is large; a dripping one is."""
    with serve(folder, seconds=1) as service:

        def drip(pause: float) -> Iterator[bytes]:
            for _ in range(5):
                time.sleep(pause)
                yield frame(*[MAX_ENTRY_BYTES] * 17)

        asked = {"Content_Type": TYPE}
        assert read(service.ask("POST", "/api/v1/imports", drip(0.6), **asked))[0].name == "problem"  # type: ignore[arg-type]
        started = time.monotonic()
        assert service.send(HEAD + b"Content-Length: 99999\r\n\r\nx").startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x"])
def test_another_type_is_not_taken(shared: Service, kind: str) -> None:
    answer = shared.ask("POST", "/api/v1/imports", frame(1), Content_Type=kind)
    assert (answer.status, answer.code) == (415, "wrong-type")


def test_what_became_of_it_is_counted_and_journalled(service: Service) -> None:
    hand_in(service, [*compose_rows(service, 3), b"x"])
    end = time.monotonic() + 10
    while "answered" not in service.journal.getvalue():
        assert time.monotonic() < end
    (line,) = [json.loads(one) for one in service.journal.getvalue().splitlines() if "answered" in one]
    assert (line["route"], line["status"], line["done"], line["code"]) == ("/api/v1/imports", 200, 3, "malformed")
    metrics = service.ask("GET", "/metrics").body.decode()
    assert 'double_random_submissions_total{outcome="acknowledged"} 3.0' in metrics
    assert 'double_random_submissions_total{outcome="malformed"} 1.0' in metrics
    assert "double_random_log_size 4.0" in metrics

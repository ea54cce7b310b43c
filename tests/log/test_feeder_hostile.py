"""Whatever one witness answers, or does instead: the others count, it is named, and it is asked three times at most."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ledger.audit.trust import parse_trust
from ledger.audit.wording import translate
from ledger.log.feeder import Feeder
from ledger.log.submission import BODY_LIMIT
from ledger.proof.checkpoint import cosign
from ledger.proof.note import COSIGNATURE, Signer, format_signature_line, parse_note
from log.fakes import LOG
from log.feeding import TREE, feed, sign
from log.simulated_witnesses import (
    Behaviour,
    SimulatedWitness,
    breaks_off,
    changes,
    chunked,
    drips,
    eventually,
    format_policy,
    goes_on_continuing,
    goes_on_with_headers,
    gzipped,
    hang,
    honest,
    inflates,
    never_ends,
    replies,
    reset,
    sends,
)

TEXT = parse_note(sign(20)).text
NOW = int(time.time())
STRANGER = Signer("witness.example/stranger", bytes(32), COSIGNATURE)
NAMESAKE = Signer("witness.example/street", bytes(32), COSIGNATURE)


def line_by(signer: Signer, seconds: int = NOW, text: str = TEXT) -> bytes:
    return format_signature_line(cosign(signer, text, seconds)).encode()


def flip_last(body: bytes) -> bytes:
    """Change the signature in an answer, in its last whole group of base64."""
    return body[:-6] + (b"A" if body[-6:-5] != b"A" else b"B") + body[-5:]


DEVIATIONS: dict[str, tuple[Behaviour, str]] = {
    "does not know the log": (replies(404), "does not know the log (404)"),
    "the same by 403": (
        replies(403, b"unknown log\n"),
        "knows another log of this name, or does not take this one's signature (403)",
    ),
    "400": (replies(400), "answers 400"),
    "fails": (replies(500, b"<html>Internal Server Error</html>"), "answers 500"),
    "is overloaded": (replies(503, Retry_After="1"), "answers 503"),
    "says nothing with 200": (replies(200), "signature line ''"),
    "204": (replies(204), "answers 204"),
    "a page with 200": (replies(200, b"<html>hello</html>\n"), "signature line"),
    "not UTF-8": (replies(200, b"\xe2\x80\x94 \xff\xff AAAA\n"), "not UTF-8"),
    "control characters": (replies(200, b"\x00\x01\n"), "control character"),
    "a whole checkpoint": (replies(200, sign(20)), "answers with more than signature lines"),
    "no line feed at the end": (changes(lambda body: body[:-1]), "does not end with a line feed"),
    "two line feeds at the end": (changes(lambda body: body + b"\n"), "signature line"),
    "a stranger's line": (replies(200, line_by(STRANGER)), "gives no line by its key"),
    "a namesake's line": (replies(200, line_by(NAMESAKE)), "gives no line by its key"),
    "a line that does not verify": (changes(flip_last), "does not fit the text"),
    "a line cut short": (replies(200, b"\xe2\x80\x94 witness.example/street AAAAAAA=\n"), "gives no line by its key"),
    "a good line and a bad one": (changes(lambda body: body + flip_last(body)), "does not fit the text"),
    "409 with nothing": (replies(409), "expected a size"),
    "409 with a page": (replies(409, b"<html>conflict</html>"), "expected a size"),
    "409 with a sign": (replies(409, b"-1\n"), "expected a size"),
    "409 with a zero too many": (replies(409, b"007\n"), "expected a size"),
    "409 with other digits": (replies(409, "١\n".encode()), "expected a size"),
    "409 with a size beyond all": (replies(409, b"9" * 5000 + b"\n"), "expected a size"),
    "409 with what it was sent": (replies(409, b"0\n"), "cosigned 0 entries (409), and does not go on"),
    "409 with the same again and again": (replies(409, b"7\n"), "cosigned 7 entries (409), and does not go on"),
    "409 where 422 is meant": (replies(409, b"20\n"), "cosigned 20 entries (409), and does not go on"),
    "422 without a reason": (replies(422), "does not extend what it cosigned (422)"),
    "a redirect": (replies(302, Location="http://127.0.0.1:1/"), "a redirect, which is not followed (302)"),
    "a redirect of the method": (replies(308, Location="/elsewhere/add-checkpoint"), "not followed (308)"),
    "resets": (reset, "cannot be understood"),
    "speaks no HTTP": (sends(b"\x00\xff SSH-2.0-witness\r\n\r\n"), "cannot be understood"),
    "breaks off": (breaks_off, "cannot be understood"),
    "never ends": (never_ends, f"answers with more than {BODY_LIMIT} bytes"),
    "inflates": (inflates, f"answers with more than {BODY_LIMIT} bytes"),
    "headers without an end": (goes_on_with_headers, "cannot be understood"),
    "not gzip": (replies(200, b"not gzip", Content_Encoding="gzip"), "cannot be understood"),
    "a length that is none": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), "signature line ''"),
    "two lengths": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n"), "cannot be understood"),
    "a chunk without a length": (
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "cannot be understood",
    ),
    "drips": (drips, "gives no answer within 0.5 seconds"),
    "hangs": (hang, "gives no answer within 0.5 seconds"),
}

TOLERATED: dict[str, list[Behaviour]] = {
    "chunks": [chunked],
    "gzip": [gzipped],
    "lines by strangers": [honest, changes(lambda body: line_by(STRANGER) + body + line_by(NAMESAKE))],
    "its line twice": [honest, changes(lambda body: body + body)],
    "a size without a line feed": [changes(bytes.rstrip), honest],
    "a size of another content type": [replies(409, b"7\n", Content_Type="text/html"), honest],
}


@pytest.fixture
def witnesses() -> Iterator[list[SimulatedWitness]]:
    with ExitStack() as stack:
        yield [stack.enter_context(SimulatedWitness(name)) for name in ("justice", "discipline", "street")]


@pytest.fixture
def feeder(witnesses: list[SimulatedWitness], request: pytest.FixtureRequest) -> Iterator[Feeder]:
    is_slow = "drips" in request.node.name or "hangs" in request.node.name
    trust = parse_trust(format_policy(witnesses, "all"))
    with Feeder(trust, LOG.verifier, timeout=0.5 if is_slow else 5.0) as feeder:
        yield feeder


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_a_witness_that_deviates_is_named_and_harms_nobody(
    witnesses: list[SimulatedWitness], feeder: Feeder, deviation: str
) -> None:
    behaviour, reason = DEVIATIONS[deviation]
    witnesses[2].does(behaviour)
    fed = feed(feeder, 20)
    assert sorted(line.name for line in fed.lines) == ["witness.example/discipline", "witness.example/justice"]
    assert fed.problems.keys() == {"street"}
    told = str(fed.problems["street"])
    assert reason in told
    assert not re.search(r" object at |Error\(|Connection\(|Errno", told), "words of ours or the system's, no library's"
    assert re.search(r"[\u4e00-\u9fff]", translate(told))
    assert not fed.is_quorum
    assert len(witnesses[2].requests) <= 4, "twice, and a look at what it shows, each once more if it broke off"
    witnesses[2].does(honest)
    assert feed(feeder, 21).is_quorum, "and nothing of it is left"


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_a_view_that_deviates_says_nothing(witnesses: list[SimulatedWitness], feeder: Feeder, deviation: str) -> None:
    feed(feeder, 20)
    witnesses[2].does(DEVIATIONS[deviation][0])
    problems = feeder.check_rollback(20, TREE.root)
    shows_all_the_same = {"a whole checkpoint", "a line that does not verify"}
    assert problems.keys() == ({"street"} if deviation not in shows_all_the_same else set())


@pytest.mark.parametrize("name", TOLERATED)
def test_what_can_be_read_is_read(witnesses: list[SimulatedWitness], feeder: Feeder, name: str) -> None:
    witnesses[2].kept[LOG.name] = sign(7)
    witnesses[2].does(*TOLERATED[name])
    fed = feed(feeder, 20)
    assert (fed.problems, fed.is_quorum, len(fed.lines)) == ({}, True, 3)


def test_a_size_that_changes_at_every_request_is_followed_once(
    witnesses: list[SimulatedWitness], feeder: Feeder
) -> None:
    witnesses[2].does(*(replies(409, b"%d\n" % size) for size in range(1, 12)))
    fed = feed(feeder, 20)
    assert "does not go on from there" in str(fed.problems["street"])
    assert [request.method for request in witnesses[2].requests] == ["POST", "POST", "GET"]


def test_a_time_out_of_all_range_is_no_cosignature(witnesses: list[SimulatedWitness], feeder: Feeder) -> None:
    for seconds in (0, 2**63, 2**64 - 1):
        forged = cosign(witnesses[2].signer, TEXT, NOW)
        line = forged._replace(signature=seconds.to_bytes(8, "big") + forged.signature[8:])
        witnesses[2].does(replies(200, format_signature_line(line).encode()))
        assert "time is out of range" in str(feed(feeder, 20).problems["street"])


def test_a_connection_that_the_witness_closed_meanwhile_is_made_anew(
    witnesses: list[SimulatedWitness], feeder: Feeder
) -> None:
    feed(feeder, 20)
    witnesses[2].does(reset, honest)
    assert feed(feeder, 21).is_quorum


def test_nobody_at_the_address(feeder: Feeder, witnesses: list[SimulatedWitness]) -> None:
    witnesses[2].close()
    fed = feed(feeder, 20)
    assert "cannot be reached" in str(fed.problems["street"])
    assert len(fed.lines) == 2


def test_a_host_that_accepts_and_never_reads(witnesses: list[SimulatedWitness]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        policy = format_policy(witnesses, "all").replace(
            witnesses[2].url.encode(), b"http://127.0.0.1:%d" % mute.getsockname()[1]
        )
        with Feeder(parse_trust(policy), LOG.verifier, timeout=0.3) as feeder:
            assert "gives no answer within 0.3 seconds" in str(feed(feeder, 20).problems["street"])


def test_a_host_without_a_name(witnesses: list[SimulatedWitness]) -> None:
    policy = format_policy(witnesses, "all").replace(witnesses[2].url.encode(), b"http://witness.invalid/")
    with Feeder(parse_trust(policy), LOG.verifier, timeout=2.0) as feeder:
        fed = feed(feeder, 20)
    assert len(fed.lines) == 2
    assert fed.problems.keys() == {"street"}


def test_interim_answers_without_an_end_keep_one_thread_and_nobody_else(witnesses: list[SimulatedWitness]) -> None:
    witnesses[2].does(goes_on_continuing)
    with Feeder(parse_trust(format_policy(witnesses, "all")), LOG.verifier, timeout=0.3, deadline=0.6) as feeder:
        assert "has not answered in time" in str(feed(feeder, 20).problems["street"])
        fed = feed(feeder, 21)
        assert "has not answered the last request yet" in str(fed.problems["street"])
        assert len(fed.lines) == 2
        witnesses[2].close()
        eventually(lambda: "cannot be reached" in str(feed(feeder, 21).problems["street"]))


def test_nothing_is_left_running(witnesses: list[SimulatedWitness]) -> None:
    with Feeder(parse_trust(format_policy(witnesses, "all")), LOG.verifier, timeout=0.2) as feeder:
        for behaviour, _ in DEVIATIONS.values():
            witnesses[2].does(behaviour)
            feed(feeder, 20)
    eventually(lambda: not any(thread.name.startswith("feeder") for thread in threading.enumerate()))

"""Time-stamps: had from a real authority, kept whole, checked here and by openssl; what they show and what not."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.log import timestamp
from ledger.log.book import Book
from ledger.log.timestamp import Stamp, check_stamps, check_token, parse_roots, request_token, stamp
from ledger.log.witness import Witness
from ledger.proof.checkpoint import cosign
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.note import parse_note
from log.fakes import LOG, WITNESS, SayRecord, say
from log.tsa import DAY, Handle, Tsa, insert_after, make_query, openssl, send, serve, serve_tsa, tsa, verify_by_openssl

__all__ = ["tsa"]  # the fixture

TEXT = "ledger.example/log\n3\nw2UeVBcUxT1kjsx7rsp/4sNu9PplvM4ksdcShkN95WY=\n"


def now() -> int:
    return int(time.time())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The public folder of a log of five entries."""
    with Book.open(tmp_path / "bureau", LOG, SayRecord()) as book:
        book.append(say(0, 5))
    return tmp_path / "bureau/log"


def grow(log: Path, count: int) -> None:
    with Book.open(log.parent, LOG, SayRecord()) as book:
        book.append(say(book.size, count))


def list_files(log: Path) -> list[str]:
    folder = log / "timestamps"
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def checked(log: Path, tsa: Tsa) -> list[Stamp | tuple[int, LedgerError]]:
    return list(check_stamps(log, LOG.verifier, tsa.roots))


def test_a_checkpoint_is_stamped_and_the_token_kept(log: Path, tsa: Tsa) -> None:
    published, before = (log / "checkpoint").read_bytes(), now()
    with serve_tsa(tsa) as url:
        stamped = stamp(log, LOG.verifier, url, tsa.roots, now())
    assert stamped.size == 5
    assert before <= stamped.seconds <= now() + 3, "the accuracy of 1.5 seconds counts to the time"
    assert list_files(log) == ["5.checkpoint", "5.tsr"]
    assert (log / "timestamps/5.checkpoint").read_bytes() == published
    assert checked(log, tsa) == [stamped]


def test_a_checkpoint_that_has_a_token_is_not_stamped_again(log: Path, tsa: Tsa) -> None:
    asked: list[bytes] = []
    with serve_tsa(tsa, asked) as url:
        stamped = stamp(log, LOG.verifier, url, tsa.roots, now())
        token = (log / "timestamps/5.tsr").read_bytes()
        assert stamp(log, LOG.verifier, url, tsa.roots, now()) == stamped
        assert (log / "timestamps/5.tsr").read_bytes() == token
        assert len(asked) == 1
        grow(log, 300)
        assert stamp(log, LOG.verifier, url, tsa.roots, now()).size == 305
    assert len(asked) == 2
    assert [stamped.size for stamped in checked(log, tsa) if isinstance(stamped, Stamp)] == [5, 305]


def test_cosignatures_that_come_later_do_not_touch_the_token(log: Path, tsa: Tsa) -> None:
    with serve_tsa(tsa) as url:
        stamp(log, LOG.verifier, url, tsa.roots, now())
    with Book.open(log.parent, LOG, SayRecord()) as book:
        book.publish([cosign(WITNESS, parse_note(book.checkpoint).text, now())])
    cosigned = parse_note((log / "checkpoint").read_bytes())
    assert len(cosigned.signatures) == 2
    assert check_token((log / "timestamps/5.tsr").read_bytes(), cosigned.text, tsa.roots)


def test_openssl_accepts_the_same_token(log: Path, tsa: Tsa, tmp_path: Path) -> None:
    with serve_tsa(tsa) as url:
        stamp(log, LOG.verifier, url, tsa.roots, now())
    kept = (log / "timestamps/5.checkpoint").read_bytes()
    text = tmp_path / "stamped.txt"
    text.write_bytes(b"".join(kept.splitlines(keepends=True)[:3]))
    assert text.read_text() == parse_note(kept).text
    assert verify_by_openssl(log / "timestamps/5.tsr", text, tsa.ca)
    text.write_bytes(text.read_bytes().replace(b"\n5\n", b"\n6\n"))
    assert not verify_by_openssl(log / "timestamps/5.tsr", text, tsa.ca)


def test_a_token_that_openssl_asked_for_is_accepted(tsa: Tsa, tmp_path: Path) -> None:
    token = tsa.reply(make_query(tmp_path / "query", TEXT, "-cert"))
    assert abs(check_token(token, TEXT, tsa.roots) - now()) < 10
    with pytest.raises(BadSignature, match="no chain of signatures"):
        check_token(tsa.reply(make_query(tmp_path / "query", TEXT)), TEXT, tsa.roots)  # a token without certificates


# How an authority can misbehave. Each is refused in words, soon, and nothing is written.


def answer(make: Callable[[bytes], bytes]) -> Handle:
    return lambda handler, query: send(handler, make(query))


def hang(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    time.sleep(2)


def drip(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"x")
        time.sleep(0.01)


def drip_headers(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    handler.send_response(200)
    handler.flush_headers()
    for number in range(200):
        handler.wfile.write(b"x" if number else b"X-Slow: ")
        time.sleep(0.01)


def never_end(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1 << 12):
        handler.wfile.write(b"x" * (1 << 12))


def close(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    handler.close_connection = True


def redirect(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    send(handler, b"", 307, "http://127.0.0.1:9/")


SIMPLE: dict[str, tuple[Handle, type[Exception], str]] = {
    "garbage": (answer(lambda _: b"garbage"), Malformed, "not a response by RFC 3161"),
    "a page": (answer(lambda _: b"<html>pay here</html>"), Malformed, "not a response by RFC 3161"),
    "nothing": (answer(lambda _: b""), Malformed, "not a response by RFC 3161"),
    "rejected": (answer(lambda _: bytes.fromhex("30053003020102")), Refused, "status 2"),
    "waiting": (answer(lambda _: bytes.fromhex("30053003020103")), Refused, "status 3"),
    "no such status": (answer(lambda _: bytes.fromhex("30053003020109")), Refused, "status 9"),
    "granted nothing": (answer(lambda _: bytes.fromhex("30053003020100")), Malformed, "not a response by RFC 3161"),
    "HTTP 500": (lambda handler, _: send(handler, b"", 500), Refused, "HTTP status 500"),
    "a redirect": (redirect, Refused, "HTTP status 307"),
    "hangs": (hang, OSError, "no answer within 0.3 seconds"),
    "drips": (drip, OSError, "no answer within 0.3 seconds"),
    "drips its headers": (drip_headers, OSError, "no answer within 0.3 seconds"),
    "never ends": (never_end, Malformed, "more than 65536 bytes"),
    "hangs up": (close, OSError, "cannot be reached"),
}


@pytest.mark.parametrize("name", SIMPLE)
def test_an_authority_that_misbehaves_is_refused(
    log: Path, tsa: Tsa, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, kind, message = SIMPLE[name]
    monkeypatch.setattr(timestamp.request_token, "__defaults__", (0.3 if kind is OSError else 15.0,))
    start = time.monotonic()
    with serve(handle) as url, pytest.raises(kind, match=message):
        stamp(log, LOG.verifier, url, tsa.roots, now())
    assert time.monotonic() - start < 10
    assert list_files(log) == []


def test_nobody_at_the_address_is_reported(log: Path, tsa: Tsa) -> None:
    with serve(close) as url:
        pass
    with pytest.raises(OSError, match=f"{url} cannot be reached"):
        stamp(log, LOG.verifier, url, tsa.roots, now())
    for url in ("http://[", "http://127.0.0.1:99999/"):
        with pytest.raises(OSError, match="cannot be reached"):
            stamp(log, LOG.verifier, url, tsa.roots, now())
    for url in ("tsa.example", "ftp://127.0.0.1/", "http:///tsa", ""):
        with pytest.raises(Malformed, match="expected http:// or https://"):
            stamp(log, LOG.verifier, url, tsa.roots, now())
    assert list_files(log) == []


def test_an_authority_that_refuses_is_quoted(tmp_path: Path, log: Path, tsa: Tsa) -> None:
    with serve_tsa(Tsa(tmp_path / "other", digests="sha512")) as url, pytest.raises(Refused, match=r"status 2, '\w"):
        stamp(log, LOG.verifier, url, tsa.roots, now())
    assert list_files(log) == []


LIES: dict[str, tuple[Callable[[Tsa, bytes], bytes], type[LedgerError], str]] = {
    "another text": (lambda tsa, _: tsa.ask("another\n", "-cert"), Mismatch, "not over the SHA-256"),
    "another nonce": (lambda tsa, _: tsa.ask(TEXT, "-cert"), Mismatch, "its nonce is not the one sent"),
    "no nonce": (lambda tsa, _: tsa.ask(TEXT, "-cert", "-no_nonce"), Mismatch, "its nonce is not the one sent"),
    "cut short": (lambda tsa, query: tsa.reply(query)[:-1], Malformed, "not a response"),
    "a byte too much": (lambda tsa, query: tsa.reply(query) + b"\0", Malformed, "not a response"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_token_that_does_not_answer_the_request_is_refused(tsa: Tsa, name: str) -> None:
    make, kind, message = LIES[name]
    with serve(answer(lambda query: make(tsa, query))) as url, pytest.raises(kind, match=message):
        request_token(url, TEXT, tsa.roots, now())


def test_a_token_over_another_hash_function_is_refused(tmp_path: Path) -> None:
    tsa = Tsa(tmp_path, digests="sha512")
    openssl("ts", "-query", "-data", _write(tmp_path / "text", TEXT), "-sha512", "-cert", "-out", tmp_path / "query")
    with pytest.raises(Mismatch, match="not over the SHA-256"):
        check_token(tsa.reply((tmp_path / "query").read_bytes()), TEXT, tsa.roots)


def _write(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def test_an_authority_whose_certificate_has_ended_is_refused(tmp_path: Path, tsa: Tsa) -> None:
    ended = Tsa(tmp_path, until=datetime.now(UTC) - timedelta(hours=1))
    with serve_tsa(ended) as url, pytest.raises(BadSignature, match="no chain of signatures"):
        request_token(url, TEXT, ended.roots, now())


def test_a_token_outlives_its_authoritys_certificate(tmp_path: Path) -> None:
    """What counts is that the certificate was in force at the token's time; openssl has to be told that time."""
    soon = Tsa(tmp_path, until=datetime.now(UTC) + timedelta(seconds=3))
    token, text = tmp_path / "token.tsr", _write(tmp_path / "text", TEXT)
    token.write_bytes(soon.ask(TEXT, "-cert"))
    seconds = check_token(token.read_bytes(), TEXT, soon.roots)
    time.sleep(max(0.0, soon.until.timestamp() + 1 - time.time()))
    assert check_token(token.read_bytes(), TEXT, soon.roots) == seconds
    assert not verify_by_openssl(token, text, soon.ca)
    assert verify_by_openssl(token, text, soon.ca, "-attime", str(seconds - 2))


def test_an_authority_under_another_root_is_refused(tmp_path: Path, tsa: Tsa) -> None:
    with serve_tsa(tsa) as url:
        with pytest.raises(BadSignature, match="no chain of signatures"):
            request_token(url, TEXT, Tsa(tmp_path).roots, now())
        assert request_token(url, TEXT, [*Tsa(tmp_path).roots, *tsa.roots], now())


def test_an_authority_with_another_clock_is_refused(tsa: Tsa) -> None:
    with serve_tsa(tsa) as url:
        for wrong in (now() - 320, now() + 320):
            with pytest.raises(Mismatch, match="the TSA's clock says"):
                request_token(url, TEXT, tsa.roots, wrong)


def test_roots_are_certificates(tsa: Tsa) -> None:
    for damaged in (b"", b"none", tsa.ca.read_bytes()[:200], (tsa.folder / "tsa.key").read_bytes()):
        with pytest.raises(Malformed, match="not certificates in PEM"):
            parse_roots(damaged)
    assert parse_roots(tsa.ca.read_bytes() * 2) == tsa.roots * 2


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_is_changed_in_a_token_its_time_stays_or_it_is_refused(tsa: Tsa, data: st.DataObject) -> None:
    token = make_token(tsa)
    seconds = check_token(token, TEXT, tsa.roots)
    changed = bytearray(token)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(token) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert check_token(bytes(changed), TEXT, tsa.roots) == seconds
    except (Malformed, Mismatch, BadSignature, Refused):
        return


TOKENS: dict[Path, bytes] = {}


def make_token(tsa: Tsa) -> bytes:
    """One token for all examples."""
    if tsa.folder not in TOKENS:
        TOKENS[tsa.folder] = tsa.ask(TEXT, "-cert")
    return TOKENS[tsa.folder]


# What lies in the folder.


@pytest.fixture
def stamped(log: Path, tsa: Tsa) -> Path:
    """The log with a token of size 5, grown to 300 entries."""
    with serve_tsa(tsa) as url:
        stamp(log, LOG.verifier, url, tsa.roots, now())
    grow(log, 295)
    return log


def tell(log: Path, tsa: Tsa) -> str:
    ((_, error),) = checked(log, tsa)
    assert isinstance(error, LedgerError)
    return f"{type(error).__name__}: {error}"


def test_a_token_without_its_checkpoint_is_named(stamped: Path, tsa: Tsa) -> None:
    (stamped / "timestamps/5.checkpoint").unlink()
    assert tell(stamped, tsa) == "Mismatch: log: timestamps/5.checkpoint is missing"


def test_a_checkpoint_that_the_log_did_not_sign_is_named(stamped: Path, tsa: Tsa) -> None:
    file = stamped / "timestamps/5.checkpoint"
    file.write_bytes(file.read_bytes().replace(b"\n5\n", b"\n4\n"))
    assert "BadSignature: the signature by ledger.example/log does not fit" in tell(stamped, tsa)


def test_a_token_under_another_size_is_named(stamped: Path, tsa: Tsa) -> None:
    for name in ("checkpoint", "tsr"):
        (stamped / f"timestamps/5.{name}").rename(stamped / f"timestamps/6.{name}")
    assert tell(stamped, tsa) == "Mismatch: log: timestamps/6.checkpoint is a checkpoint of 5 entries"


def test_a_stamped_checkpoint_that_the_log_does_not_extend_is_named(stamped: Path, tsa: Tsa, tmp_path: Path) -> None:
    shutil.copytree(stamped / "timestamps", tmp_path / "timestamps")
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(100, 4))
    assert "the log here has 4 entries, fewer than the checkpoint's 5" in tell_in(tmp_path, tsa)
    with Book.open(tmp_path, LOG, SayRecord()) as book:
        book.append(say(200, 4))
    assert "has another history than the checkpoint's 5 entries" in tell_in(tmp_path, tsa)


def tell_in(folder: Path, tsa: Tsa) -> str:
    shutil.copytree(folder / "timestamps", folder / "log/timestamps", dirs_exist_ok=True)
    return tell(folder / "log", tsa)


def test_another_checkpoint_of_the_same_size_is_not_written_over(log: Path, tsa: Tsa) -> None:
    (log / "timestamps").mkdir()
    kept = (log / "checkpoint").read_bytes().replace(b"\n5\n", b"\n55\n")
    (log / "timestamps/5.checkpoint").write_bytes(kept)
    with serve_tsa(tsa) as url, pytest.raises(Mismatch, match=r"timestamps/5\.checkpoint is another checkpoint"):
        stamp(log, LOG.verifier, url, tsa.roots, now())
    assert (log / "timestamps/5.checkpoint").read_bytes() == kept
    assert list_files(log) == ["5.checkpoint"]


def test_after_a_power_cut_between_the_two_files_it_is_done_again(
    log: Path, tsa: Tsa, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def fail_at_the_token(source: Path, target: Path) -> None:
        if target.suffix == ".tsr":
            raise OSError("power cut")
        real(source, target)

    with serve_tsa(tsa) as url:
        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", fail_at_the_token)
            with pytest.raises(OSError, match="power cut"):
                stamp(log, LOG.verifier, url, tsa.roots, now())
        assert checked(log, tsa) == []
        stamped = stamp(log, LOG.verifier, url, tsa.roots, now())
    assert checked(log, tsa) == [stamped]
    assert list_files(log) == ["5.checkpoint", "5.tsr"]


def test_a_log_without_its_tree_is_not_checked(stamped: Path, tsa: Tsa) -> None:
    (stamped / "tile/1/000.p/1").unlink()
    with pytest.raises(Mismatch, match="is missing"):
        checked(stamped, tsa)


def test_a_certificate_that_somebody_put_beside_a_token_is_refused_in_our_words(tsa: Tsa) -> None:
    """The certificates beside a token are not signed: whoever passes it on can add one of no version that there is."""
    token = tsa.ask(TEXT, "-cert")
    own = x509.load_pem_x509_certificate((tsa.folder / "tsa.pem").read_bytes()).public_bytes(Encoding.DER)
    version = own.index(bytes.fromhex("a003020102")) + 4
    other = own[:version] + b"\x09" + own[version + 1 :]
    assert check_token(token, TEXT, tsa.roots) == check_token(insert_after(token, own, b""), TEXT, tsa.roots)
    with pytest.raises(Malformed, match="not a response by RFC 3161"):
        check_token(insert_after(token, own, other), TEXT, tsa.roots)


def test_a_refusals_words_are_told_up_to_a_length(tsa: Tsa) -> None:
    rejection, answer = b"\x02\x01\x02", b"no" * 20_000
    for tag, head in ((0x0C, b""), (0x30, b""), (0x30, rejection), (0x30, b"")):  # text, texts, status, response
        content = head + answer
        answer = bytes([tag]) + b"\x82" + len(content).to_bytes(2, "big") + content
    with pytest.raises(Refused, match="granted no token: status 2, 'nono") as caught:
        check_token(answer, TEXT, tsa.roots)
    assert len(str(caught.value)) < 300


# What a token proves and what not (T9).


def test_t09_a_token_of_an_earlier_checkpoint_does_not_date_a_later_one(stamped: Path, tsa: Tsa) -> None:
    """Entries added since are not under the old token, whatever the file is called."""
    shutil.copy(stamped / "timestamps/5.tsr", stamped / "timestamps/300.tsr")
    shutil.copy(stamped / "checkpoint", stamped / "timestamps/300.checkpoint")
    early, (size, error) = checked(stamped, tsa)
    assert isinstance(early, Stamp)
    assert size == 300
    assert "not over the SHA-256 of the checkpoint's text" in str(error)


def test_t09_whoever_is_no_authority_cannot_stamp(tsa: Tsa, tmp_path: Path) -> None:
    """Neither one's own authority, nor a web server's certificate under the very same root, counts."""
    token = tsa.ask(TEXT, "-cert")
    tsa.issue("tsa-too", Purpose.TIME_STAMPING, datetime.now(UTC) + DAY)
    tsa.issue("web", Purpose.SERVER_AUTH, datetime.now(UTC) + DAY)
    assert check_token(tsa.sign_as("tsa-too", token), TEXT, tsa.roots) == check_token(token, TEXT, tsa.roots)
    with pytest.raises(BadSignature, match="no chain of signatures"):
        check_token(tsa.sign_as("web", token), TEXT, tsa.roots)
    with pytest.raises(BadSignature, match="no chain of signatures"):
        check_token(Tsa(tmp_path).ask(TEXT, "-cert"), TEXT, tsa.roots)


def test_t09_a_token_does_not_tell_two_histories_apart_and_a_witness_does(tmp_path: Path, tsa: Tsa) -> None:
    """An authority stamps whatever it is handed: both forks have a good token, and only one has a witness."""
    texts, proofs = [], []
    for name, first in (("one", 0), ("other", 50)):
        with Book.open(tmp_path / name, LOG, SayRecord()) as book, serve_tsa(tsa) as url:
            book.append(say(first, 5))
            assert stamp(tmp_path / name / "log", LOG.verifier, url, tsa.roots, now()).size == 5
            texts.append(book.checkpoint)
            book.append(say(first + 5, 2))
            proofs.append((book.checkpoint, book.record.tree.prove_consistency(5, 7)))
        assert isinstance(checked(tmp_path / name / "log", tsa)[0], Stamp)
    witness = Witness(tmp_path / "witness", WITNESS, [LOG.verifier])
    witness.cosign(texts[0], [], now())
    with pytest.raises(Mismatch, match="not shown to extend"):
        witness.cosign(texts[1], [], now())
    with pytest.raises(Mismatch, match="not shown to extend"):
        witness.cosign(*proofs[1], now())
    witness.cosign(*proofs[0], now())
    witness.close()


WITHOUT = """
import sys
sys.modules["rfc3161_client"] = None
from pathlib import Path
from ledger.log.timestamp import check_token
from ledger.proof.errors import Refused
import ledger.cli
try:
    check_token(b"", "", [])
except Refused as refused:
    print(refused)
"""


def test_without_the_package_all_else_works_and_the_refusal_names_it() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert ran.stdout == "time-stamps need the package rfc3161-client: install double-random[timestamp]\n"

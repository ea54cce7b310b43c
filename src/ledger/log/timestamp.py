"""Time-stamps: the word of somebody outside that a checkpoint was there by a time (RFC 3161).

    timestamps/<size>.checkpoint    the checkpoint as it was published when the token was asked for
    timestamps/<size>.tsr           the response of the time-stamping authority (TSA), with its token

The token is over the checkpoint's text and not over its signature lines: the text is what the log and its witnesses
sign, and it stays the same while cosignatures are added. The text is kept beside the token, so that anyone can check
both with other tools (docs/guide/auditor.md).

A token shows that this root, and so every entry under it, was there by then. It does not show that the log had signed
or published it, nor that there was no second history: a TSA stamps whatever it is handed.

Nothing waits for a TSA: a checkpoint is stamped after it is published, and one that is silent is only reported.

Specification: RFC 3161; docs/spec/log.md, section 8.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from math import ceil
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from cryptography.x509 import Certificate, DuplicateExtension, InvalidVersion, load_pem_x509_certificates
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

from ledger.proof.checkpoint import check_checkpoint
from ledger.proof.encoding import TIMES, format_time
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.note import Verifier, parse_note

from .failure import explain
from .files import read_if_any, write_durably
from .tiles import check_extends, open_log

try:
    import rfc3161_client as rfc3161

    HAS_RFC3161 = True
except ModuleNotFoundError:  # the extra `timestamp` is not installed
    HAS_RFC3161 = False

PATIENCE_SECONDS = 15.0
"""How long a TSA is waited for, from the first byte sent to the last one received."""

CLOCK_TOLERANCE_SECONDS = 300
"""How far a TSA's clock and the one of whoever asks may differ."""

RESPONSE_LIMIT = 1 << 16
"""How many bytes a response has at most; with a chain of certificates it takes some 6,000."""

_SHA256 = "2.16.840.1.101.3.4.2.1"
_GRANTED = 0
_TOKEN = re.compile(r"(0|[1-9][0-9]{0,15})\.tsr")


class Stamp(NamedTuple):
    """A checkpoint's size, and the Unix time by which it was there: the token's time and its accuracy, rounded up."""

    size: int
    seconds: int


def format_token_path(size: int) -> str:
    """Return the path, under a log's folder, of the token over the checkpoint of a size."""
    return f"timestamps/{size}.tsr"


def format_stamped_path(size: int) -> str:
    """Return the path, under a log's folder, of the checkpoint that a token is over."""
    return f"timestamps/{size}.checkpoint"


def list_tokens(log: Path) -> list[int]:
    """Return the sizes for which a log's folder has a token, ascending."""
    folder = log / "timestamps"
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(found[1]) for found in map(_TOKEN.fullmatch, names) if found)


def parse_roots(pem: bytes) -> list[Certificate]:
    """Return the certificates of a PEM file. Raises Malformed if it holds none, or one that is damaged."""
    try:
        return load_pem_x509_certificates(pem)
    except ValueError as error:
        raise Malformed(f"not certificates in PEM: {error}") from None


def request_token(
    tsa: str, text: str, roots: Sequence[Certificate], now: int, patience: float = PATIENCE_SECONDS
) -> bytes:
    """Ask a TSA for a token over a checkpoint's text, and return its response, checked.

    tsa       its address, http or https; redirects are not followed
    text      the checkpoint's text, with its last line feed
    roots     the certificates that the TSA's must lead to
    now       the asker's own Unix time, from which the token's may not differ much
    patience  how many seconds may pass in all

    Raises OSError if no answer comes, Malformed for another address or an answer that is none by RFC 3161, Refused if
    the TSA grants no token, Mismatch if the token is over another text, answers another request or tells another time,
    BadSignature if no chain leads to the roots.
    Source: RFC 3161, sections 2.4.1 and 3.4.
    """
    _check_installed()
    builder = rfc3161.TimestampRequestBuilder(data=text.encode(), hash_algorithm=rfc3161.HashAlgorithm.SHA256)
    query = builder.build()
    response = _post(tsa, query.as_bytes(), patience)
    seconds = check_token(response, text, roots, query.nonce)
    if abs(seconds - now) > CLOCK_TOLERANCE_SECONDS:
        raise Mismatch(f"time-stamp: the TSA's clock says {format_time(seconds)}, the one here {format_time(now)}")
    return response


def check_token(token: bytes, text: str, roots: Sequence[Certificate], nonce: int | None = None) -> int:
    """Check a TSA's response, and return the Unix time by which the text was there, by the TSA's word.

    text   the checkpoint's text
    roots  the certificates that the TSA's must lead to; each certificate must have been valid at the token's time
    nonce  the request's, where it is known

    Raises Malformed, Refused, Mismatch, BadSignature, as `request_token` does.
    Source: RFC 3161, sections 2.3 and 2.4.2.
    """
    _check_installed()
    try:
        response = rfc3161.decode_timestamp_response(token)
        if response.status != _GRANTED:
            words = " ".join(response.status_string)[:200]
            raise Refused(f"time-stamp: the TSA granted no token: status {response.status}, {words!r}")
        info = response.tst_info
        imprint = info.message_imprint
        if (imprint.hash_algorithm.dotted_string, imprint.message) != (_SHA256, sha256(text.encode()).digest()):
            raise Mismatch("time-stamp: the token is not over the SHA-256 of the checkpoint's text")
        if nonce is not None and info.nonce != nonce:
            raise Mismatch("time-stamp: the token answers another request: its nonce is not the one sent")
        rfc3161.VerifierBuilder(roots=list(roots)).build().verify(response, imprint.message)
        return _derive_seconds(info)
    except rfc3161.VerificationError as error:
        raise BadSignature(
            f"time-stamp: no chain of signatures leads from the token to a root given: {_first_line(error)}"
        ) from error
    except (ValueError, OverflowError, InvalidVersion, DuplicateExtension) as error:
        # The last two: of certificates that lie beside the token, where anybody may have put one.
        raise Malformed(f"time-stamp: not a response by RFC 3161: {_first_line(error)}") from error


def stamp(log: Path, key: Verifier, tsa: str, roots: Sequence[Certificate], now: int) -> Stamp:
    """Have the newest published checkpoint of a log's folder stamped, and keep the token there, durably.

    A checkpoint that has a token is not stamped again: that one is checked. Raises what `request_token` raises, and
    then nothing is written; Mismatch if the folder has another checkpoint of this size; what is wrong with the log's.
    """
    published = (log / "checkpoint").read_bytes()
    size, text = check_checkpoint(published, key).checkpoint.size, parse_note(published).text
    kept = read_if_any(log / format_stamped_path(size))
    if kept is not None and parse_note(kept).text != text:
        raise Mismatch(f"log: {format_stamped_path(size)} is another checkpoint than the one published")
    token = read_if_any(log / format_token_path(size))
    if token is not None:
        return Stamp(size, check_token(token, text, roots))
    token = request_token(tsa, text, roots, now)
    if kept is None:
        write_durably(log / format_stamped_path(size), published)
    write_durably(log / format_token_path(size), token)
    return Stamp(size, check_token(token, text, roots))


def check_stamps(log: Path, key: Verifier, roots: Sequence[Certificate]) -> Iterator[Stamp | tuple[int, LedgerError]]:
    """Check each token of a log's folder, and that the log extends what it is over; give the stamp, or what is wrong.

    Raises what is wrong with the log's own checkpoint or tree.
    """
    _, tree = open_log(log, key)
    for size in list_tokens(log):
        try:
            data = read_if_any(log / format_stamped_path(size))
            if data is None:
                raise Mismatch(f"log: {format_stamped_path(size)} is missing")
            checkpoint = check_checkpoint(data, key).checkpoint
            if checkpoint.size != size:
                raise Mismatch(f"log: {format_stamped_path(size)} is a checkpoint of {checkpoint.size} entries")
            check_extends(tree, checkpoint)
            token = (log / format_token_path(size)).read_bytes()
            yield Stamp(size, check_token(token, parse_note(data).text, roots))
        except LedgerError as error:
            yield size, error


def _check_installed() -> None:
    if not HAS_RFC3161:
        raise Refused("time-stamps need the package rfc3161-client: install double-random[timestamp]")


def _derive_seconds(info: "rfc3161.TimeStampTokenInfo") -> int:
    latest, accuracy = info.gen_time, info.accuracy
    if accuracy is not None:
        latest += timedelta(
            seconds=accuracy.seconds or 0, milliseconds=accuracy.millis or 0, microseconds=accuracy.micros or 0
        )
    seconds = ceil(latest.timestamp())
    if seconds not in TIMES:
        raise ValueError("its time is out of range, the years 2000 to 2999")
    return seconds


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _post(url: str, query: bytes, patience: float) -> bytes:
    """Post a request and return the answer's body, all within `patience` seconds, however slowly the bytes drip."""
    if not re.match(r"https?://[^/]", url):
        raise Malformed(f"address {url!r}: expected http:// or https://")
    answers: SimpleQueue[bytes | LedgerError | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_exchange(url, query, patience))
        except (HTTPError, ValueError) as error:  # a chunk of negative length is a ValueError
            is_silent = isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError)
            answers.put(
                _tell_silence(url, patience) if is_silent else OSError(f"{url} cannot be reached: {explain(error)}")
            )
        except (LedgerError, OSError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True, name="timestamp").start()
    try:
        answer = answers.get(timeout=patience)
    except Empty:
        raise _tell_silence(url, patience) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _tell_silence(url: str, patience: float) -> OSError:
    return OSError(f"{url} gives no answer within {patience:g} seconds")


def _exchange(url: str, query: bytes, patience: float) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    with PoolManager() as pool:
        response = pool.request(
            "POST",
            url,
            body=query,
            headers=headers,
            timeout=patience,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            if response.status != 200:
                raise Refused(f"{url} answers with the HTTP status {response.status}, expected 200")
            answer = response.read(RESPONSE_LIMIT + 1, decode_content=False)
        finally:
            response.close()
    if len(answer) > RESPONSE_LIMIT:
        raise Malformed(f"{url} answers with more than {RESPONSE_LIMIT} bytes")
    return answer

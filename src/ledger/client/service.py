"""The officials' interface of a service, typed: events in, receipts out. It raises what the rules raise.

A submission is safe to repeat, for the same bytes are recorded once: so what may pass (a connection that broke off, a
service that is busy, witnesses that are late) is tried again for a while. Of many events that are handed in, those that
have their receipts are not sent again. Nothing that a service says is believed here: a receipt is for its receiver to
check (`ledger.proof.receipt`).

Specification: docs/spec/http.md.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Any, TypeVar
from urllib.parse import urlencode

import urllib3
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from urllib3.exceptions import HTTPError

import ledger
from ledger.log.failure import explain
from ledger.log.source import check_length, check_prefix
from ledger.log.timed import make_pool
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Refused, Unauthorised
from ledger.proof.note import Signer
from ledger.proof.tile import WIDTH, format_entries
from ledger.store.openings import Opening

from .signatures import Message, sign_request
from .stream import Sent, parse_stream

ANSWER_BYTES = 1 << 24
SLOW_SECONDS = 5.0
"""After how long it is told that there is no answer yet."""

Tell = Callable[[Exception], None]
"""(why there is no answer yet): told while it is tried further"""
_PASSING = frozenset({"busy", "unacknowledged", "too-many"})
_PASSING_STATUSES = frozenset({502, 503, 504})
"""What a proxy answers while the service behind it is away; the service itself says why, in a problem."""
_REFUSALS: dict[str, type[LedgerError]] = {
    "malformed": Malformed,
    "too-large": Malformed,
    "wrong-type": Malformed,
    "bad-signature": BadSignature,
    "unknown-key": BadSignature,
    "key-not-in-force": Unauthorised,
    "no-duty": Unauthorised,
    "stale": Conflict,
    "refused": Refused,
}


class _Prepared(BaseModel):
    """What /api/v1/prepare answers."""

    model_config = ConfigDict(strict=True)

    text: str
    units: tuple[str, ...]


class _OneTold(BaseModel):
    """An opening, as it is told."""

    model_config = ConfigDict(strict=True)

    seal: str
    subject: str
    type: str
    field: str
    id: str
    salt: str = Field(pattern="^[0-9a-f]{32}$")
    value: Any


class _Told(BaseModel):
    """What /api/v1/openings answers."""

    model_config = ConfigDict(strict=True)

    openings: tuple[_OneTold, ...]


_Answer = TypeVar("_Answer", bound=BaseModel)


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for.

    silence_seconds  how long nothing may come of an answer, and how long it may take in all
    whole_seconds    how long what may pass is tried again, from the last that was acknowledged
    stream_seconds   how long an answer that comes bit by bit may take in all
    """

    silence_seconds: float = 60
    whole_seconds: float = 120
    stream_seconds: float = 3600


class _Passing(Exception):
    """What may pass: what to raise if it does not, and after how many seconds to try again, None if it is not said."""

    def __init__(self, cause: Exception, seconds: float | None = None) -> None:
        super().__init__(str(cause))
        self.cause, self.seconds = cause, seconds


class _Waiting:
    """The pauses between attempts, until a time is over; the first is told."""

    def __init__(self, whole_seconds: float, tell: Tell) -> None:
        self._until, self._pause = time.monotonic() + whole_seconds, 0.2
        self._tell: Tell | None = tell

    def wait(self, passing: _Passing) -> None:
        """Wait before the next attempt. Raises the cause once the time is over."""
        pause = self._pause if passing.seconds is None else passing.seconds
        if time.monotonic() + pause > self._until:
            raise passing.cause from passing.__cause__
        if self._tell is not None:
            self._tell(passing.cause)
            self._tell = None
        time.sleep(pause)
        self._pause = min(2 * pause, 5.0)


class ServiceClient:
    """A service at its address. Threads may share it."""

    def __init__(
        self,
        url: str,
        connections: int = 8,
        patience: Patience | None = None,
        tell: Tell = lambda cause: None,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        """Take the service's URL, who is told while an answer is waited for, and the clock (Unix seconds) by which
        requests are signed. Raises Malformed for no URL."""
        self.url, self._tell, self._clock = check_prefix(url), tell, clock
        self._patience = patience or Patience()
        silence = self._patience.silence_seconds
        self._pool = make_pool(connections, silence, silence)
        self._streams = make_pool(connections, silence, self._patience.stream_seconds)

    def submit(self, entry: bytes) -> bytes:
        """Hand in a signed event, and return its receipt, not checked yet.

        Raises what the rules raise, with `check` set; ConnectionError where there is no answer, or the log has stopped.
        """
        return self._ask("POST", "api/v1/events", entry, {"Content-Type": "text/plain"})

    def submit_series(self, entries: Sequence[bytes], tell: Callable[[int], None] = lambda done: None) -> list[bytes]:
        """Hand in signed events, to be recorded one after the other; return their receipts, not checked yet.

        tell  is told how many have their receipt, as they come

        The first that is refused ends it: those before it stand, and none after it was recorded. Raises as `submit`.
        """
        receipts: list[bytes] = []
        for receipt in self.submit_each(entries):
            receipts.append(receipt)
            tell(len(receipts))
        return receipts

    def submit_each(self, entries: Sequence[bytes]) -> Iterator[bytes]:
        """Hand in signed events as `submit_series` does, and give their receipts as they come."""
        done, waiting = 0, self._wait()
        while done < len(entries):
            before = done
            try:
                for receipt in self._import(entries[before : before + WIDTH]):
                    done += 1
                    yield receipt
            except _Passing as passing:
                if done > before:
                    waiting = self._wait()
                waiting.wait(passing)
            else:
                waiting = self._wait()

    def prepare(self, step: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Return what would be signed for a step, and the units that sign it. Raises as `submit` does."""
        body = json.dumps(dict(step)).encode()
        answer = self._ask("POST", "api/v1/prepare", body, {"Content-Type": "application/json"})
        found = self._parse_json(_Prepared, answer)
        return found.text, list(found.units)

    def keep_openings(self, openings: Sequence[Opening]) -> None:
        """Hand in what seals of the record stand for. Raises as `submit` does."""
        body = json.dumps({"openings": [opening._asdict() for opening in openings]}).encode()
        self._ask("POST", "api/v1/openings", body, {"Content-Type": "application/json"})

    def read_openings(self, subject: str, signer: Signer) -> list[Opening]:
        """Return what a subject's seals stand for, as a unit that may read it; each fits its seal.

        Raises as `submit` does.
        """
        path = f"api/v1/openings?{urlencode({'subject': subject})}"
        found = self._parse_json(_Told, self._ask("GET", path, None, {}, signer))
        openings = [Opening(**row.model_dump(exclude={"seal"})) for row in found.openings]
        for opening, row in zip(openings, found.openings, strict=True):
            if opening.seal != row.seal:
                raise Malformed(f"opening of {opening.field} of {subject}: it does not fit its seal")
        return openings

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()
        self._streams.clear()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], signer: Signer | None = None
    ) -> bytes:
        waiting = self._wait()
        while True:
            message = self._make(method, path, headers)
            if signer is not None:
                sign_request(message, signer, self._clock())
            try:
                with self._telling_if_slow(), self._asking(self._pool, message, body) as chunks:
                    return self._read(chunks)
            except _Passing as passing:
                waiting.wait(passing)

    def _import(self, entries: Sequence[bytes]) -> Iterator[bytes]:
        """Hand in at most 256 events in one request, and give their receipts as they come. Raises _Passing too."""
        message = self._make("POST", "api/v1/imports", {"Content-Type": "application/octet-stream"})
        done = 0
        with self._asking(self._streams, message, format_entries(entries)) as chunks:
            for sent in self._parse(chunks):
                if sent.name == "problem":
                    raise _read_problem(self.url, 200, sent.data, None if sent.retry is None else sent.retry / 1000)
                if sent.name == "receipt":
                    if done == len(entries):
                        raise ConnectionError(f"{self.url}: more receipts than the {done} events that were handed in")
                    done += 1
                    yield sent.data.encode()
        if done < len(entries):
            raise _Passing(ConnectionError(f"{self.url}: the answer broke off"))

    def _parse_json(self, form: type[_Answer], answer: bytes) -> _Answer:
        try:
            return form.model_validate_json(answer)
        except ValidationError as error:  # such as a page of whoever stands between
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "$"
            raise ConnectionError(f"{self.url}: not the answer of such a service: {place}: {first['msg']}") from None

    def _parse(self, chunks: Iterator[bytes]) -> Iterator[Sent]:
        try:
            yield from parse_stream(chunks, ANSWER_BYTES)
        except Malformed as error:  # of the answer: no refusal of what was handed in
            raise ConnectionError(f"{self.url}: {error}") from error

    def _wait(self) -> _Waiting:
        return _Waiting(self._patience.whole_seconds, self._tell)

    @contextmanager
    def _telling_if_slow(self) -> Iterator[None]:
        told = ConnectionError(f"{self.url}: no answer for {SLOW_SECONDS:.0f} seconds")
        timer = Timer(SLOW_SECONDS, self._tell, [told])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _make(self, method: str, path: str, headers: Mapping[str, str]) -> Message:
        return Message(method, self.url + path, {"User-Agent": f"double-random/{ledger.__version__}", **headers})

    @contextmanager
    def _asking(self, pool: urllib3.PoolManager, message: Message, body: bytes | None) -> Iterator[Iterator[bytes]]:
        """Ask, and give an answer piece by piece. Raises what a problem says; _Passing where it may pass."""
        try:
            response = pool.request(
                message.method, message.url, body=body, headers=message.headers, redirect=False, preload_content=False
            )
            try:
                chunks = iter(lambda: response.read1(1 << 16), b"")
                if not 200 <= response.status < 300:
                    said, retry = self._read(chunks), response.headers.get("Retry-After", "")
                    raise _read_problem(self.url, response.status, said, float(retry) if retry.isdecimal() else None)
                yield chunks
            finally:
                response.close()
                response.release_conn()
        except HTTPError as error:
            raise _Passing(ConnectionError(f"{self.url}: no answer: {explain(error)}")) from error

    def _read(self, chunks: Iterator[bytes]) -> bytes:
        answer = b""
        for chunk in chunks:
            answer += chunk
            try:
                check_length(answer, ANSWER_BYTES, self.url)
            except Malformed as error:
                raise ConnectionError(str(error)) from error
        return answer


def _read_problem(url: str, status: int, answer: bytes | str, retry: float | None) -> Exception:
    """Return what an answer refuses, as the rules raise it; _Passing where it may pass, after `retry` seconds."""
    try:
        problem = json.loads(answer)
        code, detail, check = str(problem["code"]), str(problem["detail"])[:4000], problem.get("check_id")
    except (ValueError, KeyError, TypeError, RecursionError):
        answered = ConnectionError(f"{url}: answered {status}")
        return _Passing(answered, _bound(retry)) if status in _PASSING_STATUSES else answered
    if code in _REFUSALS:
        refusal = _REFUSALS[code](detail)
        refusal.check = check if isinstance(check, str) else None
        return refusal
    error = ConnectionError(f"{url}: {detail}")
    return _Passing(error, 1.0 if retry is None else _bound(retry)) if code in _PASSING else error


def _bound(retry: float | None) -> float | None:
    return None if retry is None else min(retry, 10.0)

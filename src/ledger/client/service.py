"""The officials' interface of a service, typed: events in, receipts out. It raises what the rules raise.

A submission is safe to repeat, for the same bytes are recorded once: so what may pass (a connection that broke off, a
service that is busy, witnesses that are late) is tried again for a while. Nothing that a service says is believed here:
a receipt is for its receiver to check (`ledger.proof.receipt`).

Specification: docs/spec/http.md.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

import ledger
from ledger.log.failure import explain
from ledger.log.source import check_length, check_prefix
from ledger.log.timed import make_pool
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Refused, Unauthorised
from ledger.proof.note import Signer
from ledger.store.openings import Opening

from .signatures import Message, sign_request

ANSWER_BYTES = 1 << 24
_PASSING = frozenset({"busy", "unacknowledged", "too-many"})
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


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for.

    silence_seconds  how long nothing may come of an answer, and how long it may take in all
    whole_seconds    how long what may pass is tried again
    """

    silence_seconds: float = 60
    whole_seconds: float = 120


class ServiceClient:
    """A service at its address. Threads may share it."""

    def __init__(self, url: str, connections: int = 8, patience: Patience | None = None) -> None:
        """Take the service's URL. Raises Malformed for one that cannot be."""
        self.url = check_prefix(url)
        self._patience = patience or Patience()
        self._pool = make_pool(connections, self._patience.silence_seconds, self._patience.silence_seconds)

    def submit(self, entry: bytes) -> bytes:
        """Hand in a signed event, and return its receipt, not checked yet.

        Raises what the rules raise, with `check` set; ConnectionError where there is no answer, or the log has stopped.
        """
        return self._ask("POST", "api/v1/events", entry, {"Content-Type": "text/plain"})

    def prepare(self, step: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Return what would be signed for a step, and the units that sign it. Raises as `submit` does."""
        body = json.dumps(dict(step)).encode()
        found = json.loads(self._ask("POST", "api/v1/prepare", body, {"Content-Type": "application/json"}))
        return str(found["text"]), [str(unit) for unit in found["units"]]

    def keep_openings(self, openings: Sequence[Opening]) -> None:
        """Hand in what seals of the record stand for. Raises as `submit` does."""
        body = json.dumps({"openings": [opening._asdict() for opening in openings]}).encode()
        self._ask("POST", "api/v1/openings", body, {"Content-Type": "application/json"})

    def read_openings(self, subject: str, signer: Signer) -> list[Opening]:
        """Return what a subject's seals stand for, as a unit that may read it; each fits its seal.

        Raises as `submit` does.
        """
        path = f"api/v1/openings?{urlencode({'subject': subject})}"
        found = json.loads(self._ask("GET", path, None, {}, signer))
        openings = [Opening(**{name: row[name] for name in Opening._fields}) for row in found["openings"]]
        for opening, row in zip(openings, found["openings"], strict=True):
            if opening.seal != row["seal"]:
                raise Malformed(f"opening of {opening.field} of {subject}: it does not fit its seal")
        return openings

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], signer: Signer | None = None
    ) -> bytes:
        until = time.monotonic() + self._patience.whole_seconds
        pause = 0.2
        while True:
            message = Message(method, self.url + path, {"User-Agent": f"double-random/{ledger.__version__}", **headers})
            if signer is not None:
                sign_request(message, signer)
            try:
                response = self._pool.request(
                    method, message.url, body=body, headers=message.headers, redirect=False, preload_content=False
                )
                answer, status = self._read(response), response.status
            except HTTPError as error:
                if time.monotonic() + pause > until:
                    raise ConnectionError(f"{self.url}: no answer: {explain(error)}") from error
            else:
                if 200 <= status < 300:
                    return answer
                refusal, wait = _read_problem(self.url, status, answer, response.headers.get("Retry-After"))
                if wait is None or time.monotonic() + wait > until:
                    raise refusal
                pause = wait
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        answer = b""
        try:
            while chunk := response.read1(1 << 16):
                answer += chunk
                check_length(answer, ANSWER_BYTES, self.url)
        finally:
            response.close()
            response.release_conn()
        return answer


def _read_problem(url: str, status: int, answer: bytes, retry: str | None) -> tuple[Exception, float | None]:
    """Return what an answer refuses, and after how many seconds it may pass (None: it does not)."""
    try:
        problem = json.loads(answer)
        code, detail, check = str(problem["code"]), str(problem["detail"])[:4000], problem.get("check_id")
    except (ValueError, KeyError, TypeError):
        return ConnectionError(f"{url}: answered {status}"), None
    if code in _REFUSALS:
        refusal = _REFUSALS[code](detail)
        refusal.check = check if isinstance(check, str) else None
        return refusal, None
    wait = None
    if code in _PASSING:
        wait = min(float(retry), 10.0) if retry is not None and retry.isdecimal() else 1.0
    return ConnectionError(f"{url}: {detail}"), wait

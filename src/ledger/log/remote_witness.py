"""A witness at its address: what it answers over HTTP becomes a value, or a reason why it is none.

Nothing that it sends is believed or waited for without end: an answer has a size and a time at most, redirects are not
followed, and a cosignature counts once it verifies with the witness's own key.

Specification: C2SP tlog-witness.
"""

import re
import time
from collections.abc import Sequence

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, TimeoutError
from urllib3.util import Timeout, parse_url

from ledger.proof.checkpoint import Checkpoint, check_checkpoint, check_cosignature
from ledger.proof.encoding import Hash, derive_hash
from ledger.proof.errors import BadSignature, Malformed, Refused
from ledger.proof.note import Signature, Verifier, parse_note

from .failure import explain
from .submission import BODY_LIMIT, Submission, format_submission

_CHUNK = 1 << 14
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,15})\n?")


class RemoteWitness:
    """One witness: its name in the policy, its key, its submission prefix. One request at a time."""

    def __init__(self, name: str, verifier: Verifier, url: str, pool: PoolManager, timeout: float) -> None:
        """Take where it is asked, and how many seconds each wait for it may last. Raises Malformed for the address."""
        self.name, self.verifier = name, verifier
        self._url, self._pool, self._timeout = _check_prefix(url), pool, timeout

    def add_checkpoint(self, old: int, proof: Sequence[Hash], checkpoint: bytes) -> tuple[Signature, int] | int | None:
        """Ask for a cosignature.

        old         the size that the proof starts from, 0 where nothing is known
        proof       from `old` to the checkpoint's size; empty where `old` is 0 or that size
        checkpoint  signed by the log

        Returns the cosignature, checked, and the Unix time that it says; or the size of the newest checkpoint that the
        witness says it cosigned (409); or None where it says that the log is not consistent with that one (422).
        Raises Refused where there is no such answer, Malformed and BadSignature where it is not one.
        """
        status, answer = self._request(
            "POST", "/add-checkpoint", format_submission(Submission(old, tuple(proof), checkpoint))
        )
        if status == 200:
            return self._read_cosignature(parse_note(checkpoint).text, answer)
        if status == 409:
            size = _SIZE.fullmatch(answer)
            if size is None:
                raise Malformed(f"answers 409 with {answer[:40]!r}, expected a size")
            return int(size[1])
        if status == 422:
            return None
        raise _refuse(status)

    def read_checkpoint(self, log: Verifier) -> Checkpoint | None:
        """Return the checkpoint that it shows to anyone for a log, checked with the log's key; None if it has none.

        Raises Refused, Malformed, BadSignature, as `add_checkpoint` does.
        """
        status, answer = self._request("GET", f"/{derive_hash(log.name)}/checkpoint")
        if status == 404:
            return None
        if status != 200:
            raise _refuse(status)
        return check_checkpoint(answer, log).checkpoint

    def _read_cosignature(self, text: str, lines: bytes) -> tuple[Signature, int]:
        note = parse_note(text.encode() + b"\n" + lines)
        if note.text != text:
            raise Malformed("answers with more than signature lines")
        own = [
            line for line in note.signatures if (line.name, line.key_id) == (self.verifier.name, self.verifier.key_id)
        ]
        if not own:
            raise BadSignature(f"gives no line by its key {self.verifier.name}")
        times = [check_cosignature(text, line, self.verifier) for line in own]
        return own[0], times[0]

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        try:
            try:
                return self._exchange(method, path, body)
            except ProtocolError:  # the other side may just have closed a connection that was kept
                return self._exchange(method, path, body)
        except NewConnectionError as error:
            raise Refused(f"cannot be reached: {explain(error)}") from error
        except TimeoutError as error:
            raise Refused(f"gives no answer within {self._timeout:g} seconds") from error
        except (HTTPError, OSError, ValueError) as error:
            raise Refused(f"cannot be understood: {explain(error)}") from error

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        end = time.monotonic() + self._timeout
        response = self._pool.request(
            method,
            self._url + path,
            body=body,
            timeout=Timeout(connect=self._timeout, read=self._timeout),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            answer = b""
            while chunk := response.read1(_CHUNK):
                answer += chunk
                if len(answer) > BODY_LIMIT:
                    raise Malformed(f"answers with more than {BODY_LIMIT} bytes")
                if time.monotonic() > end:
                    raise Refused(f"gives no answer within {self._timeout:g} seconds")
            return response.status, answer
        finally:
            response.close()  # once it is read to its end, its connection is kept all the same


def _check_prefix(url: str) -> str:
    try:
        parts = parse_url(url)
    except ValueError:
        parts = parse_url("")
    if parts.scheme not in ("http", "https") or not parts.host or parts.query is not None or parts.fragment is not None:
        raise Malformed(f"address {url[:120]!r}: expected http:// or https://, and no query")
    return url.removesuffix("/")


def _refuse(status: int) -> Refused:
    match status:
        case 403:
            return Refused("knows another log of this name, or does not take this one's signature (403)")
        case 404:
            return Refused("does not know the log (404)")
        case _ if 300 <= status < 400:
            return Refused(f"answers with a redirect, which is not followed ({status})")
        case _:
            return Refused(f"answers {status}")

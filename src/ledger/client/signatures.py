"""Requests that a unit's key signs, where something is read that is not public: HTTP Message Signatures, RFC 9421.

Signed are the method, the authority, the path, the query, and the time; a nonce makes each request another one,
which is answered once. What is signed begins with `"@method"`, so that no such signature can be one under an event or a
checkpoint.

Specification: docs/spec/http.md, "Private reads".
"""

import secrets
from datetime import UTC, datetime
from typing import Any, NamedTuple

from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)

from ledger.office.events.log import BASE_CHARACTERS
from ledger.office.reads import MAX_AGE_SECONDS, SKEW_SECONDS, TAG
from ledger.proof.errors import BadSignature
from ledger.proof.note import Signer, Verifier, format_key_name

COMPONENTS = ("@method", "@authority", "@path", "@query")


class Message(NamedTuple):
    """A request, as its signature needs it: an absolute URL, and the headers, which a signer adds to."""

    method: str
    url: str
    headers: dict[str, str]


class Signed(NamedTuple):
    """Who signed a request, and what shows it to others: the signature base, and the 64 bytes over it."""

    key_name: str
    base: str
    signature: bytes


class Ed25519(HTTPSignatureAlgorithm):
    """Ed25519 by the keys of the log, in the one profile that this project has (docs/adr/0012)."""

    algorithm_id = "ed25519"

    def __init__(self, public_key: Any = None, private_key: Any = None) -> None:
        """Take a Verifier or a Signer."""
        self._verifier: Verifier | None = public_key
        self._signer: Signer | None = private_key

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        assert self._signer is not None
        return self._signer.sign(message)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check the signature. Raises BadSignature."""
        assert self._verifier is not None
        self._verifier.check(message, signature)


class _Verifier(HTTPMessageVerifier):
    now = 0

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Compare with the clock that the read's entry goes by, not with the machine's."""
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires", self.now)
        if type(created) is not int or type(expires) is not int:
            raise BadSignature("the request's signature: expected one, with the time of its creation")
        is_fresh = self.now - MAX_AGE_SECONDS - SKEW_SECONDS <= created <= self.now + SKEW_SECONDS
        if not is_fresh or expires < self.now - SKEW_SECONDS:
            raise BadSignature(f"the request's signature: signed at {created}, and it is {self.now} (Unix seconds)")


class _Keys(HTTPSignatureKeyResolver):
    """One signer's key, or the keys that a log has; asked for by NAME+ID."""

    def __init__(self, signer: Signer | None, verifiers: dict[str, Verifier]) -> None:
        self._signer, self._verifiers = signer, verifiers

    def resolve_public_key(self, key_id: str) -> Any:
        return self._verifiers.get(key_id)

    def resolve_private_key(self, key_id: str) -> Any:
        return self._signer


def sign_request(message: Message, signer: Signer, now: int) -> None:
    """Add the headers of a signature to a request. now: in Unix seconds."""
    http_signer = HTTPMessageSigner(signature_algorithm=Ed25519, key_resolver=_Keys(signer, {}))
    http_signer.sign(
        message,
        key_id=format_key_name(signer.verifier),
        created=datetime.fromtimestamp(now, UTC),
        nonce=secrets.token_hex(16),
        tag=TAG,
        covered_component_ids=COMPONENTS,
    )


def check_request(message: Message, verifiers: dict[str, Verifier], now: int) -> Signed:
    """Check that a request is signed by one of some keys, now, over all that counts.

    now        in Unix seconds
    verifiers  by NAME+ID, as `format_key_name` writes it

    Whether it was used before is for the caller. Raises BadSignature.
    """
    shown = []

    class Shown(Ed25519):
        def verify(self, signature: bytes, message: bytes) -> None:
            super().verify(signature, message)
            shown.append((message.decode("ascii"), signature))

    http_verifier = _Verifier(signature_algorithm=Shown, key_resolver=_Keys(None, verifiers))
    http_verifier.now = now
    try:
        results = http_verifier.verify(
            message,
            max_age=None,  # it is compared above
            expect_tag=TAG,
            require_components=COMPONENTS,
        )
    except InvalidSignature as error:
        raise BadSignature(f"the request's signature: {error}") from error
    if len(results) != 1:
        raise BadSignature("the request's signature: expected one, with the time of its creation")
    (result,) = results
    if not result.nonce or len(result.nonce) > 128:
        raise BadSignature("the request's signature: expected a nonce of at most 128 characters")
    if len(shown[0][0]) > BASE_CHARACTERS:
        raise BadSignature(f"the request's signature: expected a base of at most {BASE_CHARACTERS} characters")
    return Signed(str(result.parameters["keyid"]), *shown[0])

"""Checking many signatures: a run of them at a time, with libsodium where it is installed, for it takes half the time.

The profile is the one of `ledger.proof.note`, which both libraries keep (tests/audit/test_signatures.py). Whatever
libsodium does not accept is asked of `proof.note` again, so no signature is ever called bad on its word alone.
"""

from functools import lru_cache

from ledger.proof.errors import BadSignature
from ledger.proof.note import Verifier

try:
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    HAS_SODIUM = True
except ModuleNotFoundError:  # the extra `fast` is not installed
    HAS_SODIUM = False

Task = tuple[Verifier, bytes, bytes]
"""(key, message, signature)"""


def check_run(tasks: list[Task]) -> tuple[int, str] | None:
    """Check a run of signatures; return the place of the first bad one and its message, or None."""
    for place, (verifier, message, signature) in enumerate(tasks):
        if HAS_SODIUM and is_accepted_by_sodium(verifier.key, message, signature):
            continue
        try:
            verifier.check(message, signature)
        except BadSignature as error:
            return place, str(error)
    return None


def is_accepted_by_sodium(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether libsodium accepts a signature; False says only that it is to be asked of `Verifier.check`."""
    if len(signature) != 64:
        return False
    try:
        _sodium_key(key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=1024)
def _sodium_key(key: bytes) -> "VerifyKey":
    return VerifyKey(key)

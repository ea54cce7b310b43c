"""The kinds of reason for which something is refused; one small tree.

A class is a reason that an auditor would tell apart from the others, never a layer of the program.
The message says what was found, what was expected, and where. Our own mistakes are AssertionError.
"""


class LedgerError(Exception):
    """Anything that this library refuses; `check` names the numbered check that it belongs to, where one is known."""

    check: str | None = None


class Malformed(LedgerError):
    """Bytes that are not the one accepted spelling of what they claim to be."""


class BadSignature(LedgerError):
    """A signature that is missing, unknown, or does not verify."""


class Unauthorised(LedgerError):
    """A signature that verifies, by a unit without the duty, or by a key not in force."""


class Mismatch(LedgerError):
    """A derived value, hash or proof that differs from what anyone recomputes."""


class Refused(LedgerError):
    """An event that the rules do not allow at this point of the record."""


class Conflict(LedgerError):
    """An event signed on an older state of its subject than the record's; read again and sign again."""

"""Following a log that somebody serves, in a copy of one's own that remembers what was shown before.

The newest checkpoint must be signed by a log that is trusted, and extend the one kept from before: a log that shows
two histories, or goes back, is refused, and both of its signed checkpoints are put aside as evidence. The kept
checkpoint moves on only once every new entry is in the copy and fits it (`fetch`). Whether the entries keep the rules
is another question: `audit.verify` asks it, of the whole copy.

A log's folder is named by its origin and its key's id, for two logs may have one name. It holds `log/`, the copy, a
log's folder like any other; its `checkpoint` is the one kept. Beside it `evidence/`, and `lock`, the lock of whoever
uses it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from ledger.audit.report import Report
from ledger.audit.trust import Trust
from ledger.audit.verify import Terms, verify
from ledger.proof.checkpoint import Checkpoint, Witnessed, check_checkpoint
from ledger.proof.errors import BadSignature, LedgerError, Mismatch, Refused
from ledger.proof.merkle import EMPTY_ROOT
from ledger.proof.note import Verifier, format_key_name
from ledger.store.lock import FileLock

from .fetch import Copy, Progress
from .files import make_folder, read_if_any, write_durably
from .source import Source

CHECKPOINT_BYTES = 1 << 16
"""A checkpoint has some hundred bytes, and a hundred or two more for each witness."""


class Followed(NamedTuple):
    """A log as it was found.

    folder      its copy, a log's folder
    checkpoint  the newest checkpoint's bytes
    word        what it says, checked
    kept        the checkpoint kept from before, which it extends (None: there was none)
    """

    folder: Path
    checkpoint: bytes
    word: Witnessed
    kept: bytes | None


@contextmanager
def following(
    source: Source, cache: Path, trust: Trust, *, is_whole: bool, progress: Progress | None = None
) -> Iterator[Followed]:
    """Bring a log's copy up to date, and hold it while it is looked at.

    cache     holds a folder for each log
    trust     the logs that may stand there, and the witnesses whose lines are read
    is_whole  look at the copy's older files too, and replace those that are damaged

    Raises what `Source.read` raises; Malformed for what is no checkpoint; and with `check` set to the check that it
    belongs to: BadSignature, if no trusted log signed the checkpoint; Mismatch, if it does not extend the kept one, or
    a file is missing or does not fit it. Conflict, if another process holds the copy.
    """
    checkpoint = source.read("checkpoint", CHECKPOINT_BYTES)
    log, word = _check_signed(checkpoint, trust)
    home = cache / name_copy(log)
    make_folder(home)
    lock = FileLock(home / "lock")
    try:
        kept = read_if_any(home / "log" / "checkpoint")
        before, new = Checkpoint(log.name, 0, EMPTY_ROOT), word.checkpoint
        if kept is not None:
            before = _check_kept(kept, log, home)
        both = {before: kept or b"", new: checkpoint}
        if new.size < before.size:
            raise _put_aside(home / "evidence", both, "is older than")
        if new.size == before.size and new.root != before.root:
            raise _put_aside(home / "evidence", both, "does not extend")
        copy = Copy(source, home / "log", new)
        if copy.derive_old_root(before.size) != before.root:
            raise _put_aside(home / "evidence", both, "does not extend")
        copy.take(0 if is_whole else before.size, progress)
        if checkpoint != kept:
            write_durably(home / "log" / "checkpoint", checkpoint)
        copy.tidy(before.size)
        yield Followed(home / "log", checkpoint, word, kept)
    finally:
        lock.release()


def name_copy(log: Verifier) -> str:
    """Return the name of the folder that a log is followed in."""
    return f"{quote(format_key_name(log), safe='+')}.copy"


def _check_signed(data: bytes, trust: Trust) -> tuple[Verifier, Witnessed]:
    """Return whose checkpoint it is, and what it says."""
    log, origin = trust.find_log(data)
    try:
        if log is None:
            names = " or ".join(log.name for log in trust.logs) or "none"
            raise BadSignature(f"checkpoint of {origin}, expected {names}")
        return log, check_checkpoint(data, log, list(trust.witnesses.values()))
    except LedgerError as error:
        error.check = "identity" if log is None else "checkpoint"
        raise


def check_quorum(checkpoint: bytes, trust: Trust) -> None:
    """Check that the witnesses that are trusted have cosigned a receipt's checkpoint. Raises BadSignature."""
    cosigners = set(trust.cosigners(checkpoint))
    if not trust.is_met(cosigners):
        names = ", ".join(sorted(cosigners)) or "none"
        error = BadSignature(f"receipt: the quorum {trust.quorum} of those trusted is not met: cosigned by {names}")
        error.check = "cosignatures"
        raise error


def _check_kept(data: bytes, log: Verifier, home: Path) -> Checkpoint:
    try:
        return check_checkpoint(data, log).checkpoint
    except LedgerError as error:
        raise type(error)(f"{home / 'log' / 'checkpoint'}: {error}") from error


def _put_aside(evidence: Path, both: dict[Checkpoint, bytes], how: str) -> Mismatch:
    """Keep two signed checkpoints that cannot both be of a log that only grows; return what is to be raised."""
    for checkpoint, signed in both.items():
        write_durably(evidence / f"{checkpoint.size}-{checkpoint.root.hex()[:16]}", signed)
    old, new = both
    error = Mismatch(
        f"{new.origin}: the checkpoint of size {new.size}, root {new.root.hex()}, {how} that of size {old.size}, "
        f"root {old.root.hex()}, kept from before; both, as they were signed, are in {evidence}"
    )
    error.check = "since"
    return error


def verify_served(source: Source, cache: Path, terms: Terms, progress: Progress | None = None) -> Report:
    """Check a whole log as `audit.verify` does, in a copy that is first brought up to date.

    progress  told while files are fetched; that of the terms, while entries are checked

    What is refused while following fails the check that it belongs to. Where `terms.since` is None, the checkpoint kept
    from before stands there.

    Raises Refused without a trusted log's key; OSError, Malformed or Conflict if there is nothing to read.
    """
    if terms.trust is None or not terms.trust.logs:
        raise Refused("a log that is served is followed by its key: name it with --vkey or --policy")
    try:
        with following(source, cache, terms.trust, is_whole=True, progress=progress) as followed:
            return verify(followed.folder, replace(terms, since=terms.since or followed.kept), source.name)
    except LedgerError as error:
        if error.check is None:
            raise
        report = Report(source.name)
        report.failed(error.check, error)
        return report

"""A witness signs a log's checkpoint once it has seen that it extends the last one that it signed.

Two histories for two audiences cannot both be witnessed: a witness that signed one never signs the other, and says
so. It keeps one checkpoint for each log, on disk before it answers. The time that it signs is its own clock's.

Specification: C2SP tlog-witness, tlog-cosignature; docs/spec/log.md, section 4.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from ledger.proof.checkpoint import Checkpoint, check_checkpoint, cosign, parse_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import Conflict, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.merkle import EMPTY_ROOT, check_consistency
from ledger.proof.note import COSIGNATURE, Signature, Signer, Verifier, parse_note
from ledger.store.lock import FileLock

from .files import make_folder, read_if_any, write_durably


class Witness:
    """One witness: its key, the logs that it knows, and the last checkpoint of each. Threads may share it."""

    def __init__(self, folder: Path, signer: Signer, logs: Sequence[Verifier]) -> None:
        """Open a witness's folder, or begin one.

        folder  keeps the last checkpoints; a witness that loses it could be led to sign a second history
        signer  its cosignature key
        logs    the keys of the logs that it signs for

        Raises Conflict if another process uses the folder, Malformed if the key is not a witness's.
        """
        if signer.verifier.algorithm != COSIGNATURE:
            raise Malformed(f"{signer.name} is not a witness's key")
        self._folder, self._signer = folder, signer
        self._logs = {log.name: log for log in logs}
        self._turn = Lock()
        make_folder(folder)
        self._lock = FileLock(folder / "lock")

    @property
    def verifier(self) -> Verifier:
        """The witness's public key."""
        return self._signer.verifier

    def newest(self, origin: str) -> Checkpoint:
        """Return the newest checkpoint signed for a log, one of size 0 if none was. Raises Refused for another log."""
        log = self._log(origin)
        data = read_if_any(self._file(origin))
        return check_checkpoint(data, log).checkpoint if data else Checkpoint(origin, 0, EMPTY_ROOT)

    def cosign(
        self, checkpoint: bytes, consistency_proof: Sequence[Hash], seconds: int, old: int | None = None
    ) -> Signature:
        """Sign a checkpoint that extends the newest one signed before.

        checkpoint         the log's signed checkpoint
        consistency_proof  from the size of `newest` to the checkpoint's; empty where the first is 0 or both are equal
        seconds            the Unix time, by the witness's own clock
        old                the size that the proof starts from, where the asker says so

        Raises Refused for a log that it does not know, BadSignature and Malformed for the checkpoint, Conflict naming
        the size it has if that is above the checkpoint's or not `old`, Mismatch if the history was rewritten.
        """
        text = parse_note(checkpoint).text
        origin = parse_checkpoint(text).origin
        new = check_checkpoint(checkpoint, self._log(origin)).checkpoint
        with self._turn:
            newest = self.newest(origin)
            if new.size < newest.size or old not in (None, newest.size):
                raise Conflict(f"{self._signer.name} has signed size {newest.size} of {origin}")
            _check_extends(newest, new, consistency_proof)
            write_durably(self._file(origin), checkpoint)
            return cosign(self._signer, text, seconds)

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    def _log(self, origin: str) -> Verifier:
        if origin not in self._logs:
            raise Refused(f"{self._signer.name} does not witness {origin}")
        return self._logs[origin]

    def _file(self, origin: str) -> Path:
        return self._folder / f"{quote(origin, safe='')}.checkpoint"


def _check_extends(old: Checkpoint, new: Checkpoint, proof: Sequence[Hash]) -> None:
    try:
        if old.size:
            check_consistency(old.size, new.size, proof, old.root, new.root)
        elif proof or (not new.size and new.root != EMPTY_ROOT):
            raise Mismatch("expected no proof from size 0, and the empty tree's root at size 0")
    except LedgerError as error:
        raise Mismatch(
            f"{new.origin} at size {new.size} is not shown to extend the size {old.size} signed before: {error}"
        ) from error

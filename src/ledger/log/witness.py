"""A witness signs a log's checkpoint once it has seen that it extends the last one that it signed.

Two histories for two audiences cannot both be witnessed: a witness that signed one never signs the other, and says
so. It keeps one checkpoint for each log, on disk before it answers, with the log's line that it checked and its own
that it gave. The time that it signs is its own clock's.

Specification: C2SP tlog-witness, tlog-cosignature; docs/spec/log.md, section 4.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

from ledger.proof.checkpoint import Checkpoint, check_cosignature, cosign, describe_unsigned, parse_checkpoint
from ledger.proof.encoding import Hash, derive_hash
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.merkle import EMPTY_ROOT, check_consistency
from ledger.proof.note import COSIGNATURE, Note, Signature, Signer, Verifier, format_note, parse_note
from ledger.store.lock import FileLock

from .files import make_folder, write_durably


class Witness:
    """One witness: its key, the logs that it follows, and the last checkpoint of each. Threads may share it."""

    def __init__(self, folder: Path, signer: Signer, logs: Iterable[Verifier]) -> None:
        """Open a witness's folder, or begin one.

        folder  keeps the last checkpoints; a witness that loses it could be led to sign a second history
        signer  its cosignature key; a folder is of one key
        logs    the keys of the logs that it signs for; a log may have several

        Raises Conflict if another process uses the folder, Malformed if the key is not a witness's, Mismatch if a kept
        checkpoint is not what this key cosigned.
        """
        if signer.verifier.algorithm != COSIGNATURE:
            raise Malformed(f"{signer.name} is not a witness's key")
        self._folder, self._signer = folder, signer
        self._turn = Lock()
        self.follow(logs)
        make_folder(folder)
        self._lock = FileLock(folder / "lock")
        try:
            self._kept = {file.stem: self._open_kept(file) for file in folder.glob("*.checkpoint")}
        except BaseException:
            self._lock.release()
            raise

    @property
    def verifier(self) -> Verifier:
        """The witness's public key."""
        return self._signer.verifier

    def follow(self, logs: Iterable[Verifier]) -> None:
        """Sign from now on for these logs, and no other. What was signed before stays known."""
        keys: dict[str, list[Verifier]] = {}
        for log in logs:
            keys.setdefault(log.name, []).append(log)
        self._keys = keys

    @property
    def origins(self) -> list[str]:
        """The names of the logs that it signs for."""
        return sorted(self._keys)

    def newest(self, origin: str) -> Checkpoint:
        """Return the newest checkpoint signed for a log, one of size 0 if none was. Raises Refused for another log."""
        self._keys_of(origin)
        kept = self._kept.get(derive_hash(origin))
        return parse_checkpoint(parse_note(kept).text) if kept else Checkpoint(origin, 0, EMPTY_ROOT)

    def show(self, origin_hash: str) -> bytes | None:
        """Return the newest checkpoint signed for a log, with the log's line and the witness's own; None if none was.

        origin_hash  SHA-256 of the log's name, in lowercase hexadecimal
        """
        return self._kept.get(origin_hash)

    def cosign(
        self, checkpoint: bytes, consistency_proof: Sequence[Hash], seconds: int, old: int | None = None
    ) -> Signature:
        """Sign a checkpoint that extends the newest one signed before.

        checkpoint         the log's signed checkpoint; lines by keys that are not the log's are ignored
        consistency_proof  from the size of `newest` to the checkpoint's; empty where the first is 0 or both are equal
        seconds            the Unix time, by the witness's own clock
        old                the size that the proof starts from, where the asker says so

        Raises Refused for a log that it does not know, BadSignature and Malformed for the checkpoint, Malformed for an
        `old` above its size, Conflict naming the size it has if that is above the checkpoint's or not `old`, Mismatch
        if the history was rewritten; OSError from the disk, and then nothing was signed.
        """
        note = parse_note(checkpoint)
        new = parse_checkpoint(note.text)
        lines = _check_lines(note, self._keys_of(new.origin))
        if old is not None and old > new.size:
            raise Malformed(f"a proof from size {old} to size {new.size}")
        with self._turn:
            newest = self.newest(new.origin)
            if new.size < newest.size or old not in (None, newest.size):
                raise Conflict(f"{self._signer.name} has signed size {newest.size} of {new.origin}")
            _check_extends(newest, new, consistency_proof)
            line = cosign(self._signer, note.text, seconds)
            kept, name = format_note(note.text, [*lines, line]), derive_hash(new.origin)
            write_durably(self._folder / f"{name}.checkpoint", kept)
            self._kept[name] = kept
            return line

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    def _keys_of(self, origin: str) -> list[Verifier]:
        if origin not in self._keys:
            raise Refused(f"{self._signer.name} does not witness {origin}")
        return self._keys[origin]

    def _open_kept(self, file: Path) -> bytes:
        """Return a kept checkpoint, made durable: the disk may not have it yet where a crash broke off its writing."""
        kept = file.read_bytes()
        try:
            note = parse_note(kept)
            own = (self.verifier.name, self.verifier.key_id)
            (line,) = (line for line in note.signatures if (line.name, line.key_id) == own)
            check_cosignature(note.text, line, self.verifier)
            is_its_name = file.stem == derive_hash(parse_checkpoint(note.text).origin)
        except (LedgerError, ValueError):
            is_its_name = False
        if not is_its_name:
            raise Mismatch(
                f"{file.name} is not what {self.verifier.name} cosigned: it was changed, or is of another key"
            )
        write_durably(file, kept)
        return kept


def _check_lines(note: Note, keys: Sequence[Verifier]) -> list[Signature]:
    """Return the lines of a log's keys, each once. Raises BadSignature if one does not verify, or there is none."""
    known = {(key.name, key.key_id): key for key in keys}
    lines = [line for line in dict.fromkeys(note.signatures) if (line.name, line.key_id) in known]
    for line in lines:
        known[line.name, line.key_id].check(note.text.encode(), line.signature)
    if not lines:
        raise BadSignature(describe_unsigned(note, keys[0]))
    return lines


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

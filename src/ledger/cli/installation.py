"""An installation: one folder that holds a log, what is private to it, and, for a trial, the units' keys.

store/        the entries, durable            log/       the public log, as any web server serves it
lock/         the last signed checkpoint      private/   the log's key, the openings of sealed values
keys/UNIT.key a unit's key: in earnest each lies on its unit's own machine and nowhere else
shares/       the shares that units made for a draw, each beside its unit's key
witnesses/    witnesses that run in this very process: for a trial only
witnesses.txt witnesses to ask over the network, a tlog-policy; left out where there are none
bundles/      bundles of draws                receipts/  checkpoints that a service has given receipts under
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.audit.pairing import check_pairing
from ledger.cli import steps
from ledger.cli.databases import open_database
from ledger.cli.desk import Desk
from ledger.cli.settings import read_lock_folder
from ledger.cli.speech import Advance, progress, warn
from ledger.cli.witnesses import Asked, TrialWitnesses
from ledger.client.remote import TRUST_FILE, RemoteLog, read_trust
from ledger.log.book import Book, Cosigners
from ledger.log.files import make_folder, sync_folder
from ledger.log.witness import Witness
from ledger.office.events.log import Continued
from ledger.office.policy import Policy, read_default_policy
from ledger.office.record import Record
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import check_hex
from ledger.proof.errors import Conflict, LedgerError, Malformed, Refused
from ledger.proof.note import COSIGNATURE, Signer, Verifier, format_vkey, parse_note, parse_skey, parse_vkey
from ledger.store.lock import Locked
from ledger.store.openings import Opening, Openings, erase_openings

Clock = Callable[[], int]
DEFAULT_ORIGIN = "longgang.example/double-random"


def read_clock() -> int:
    """Return the machine's time in Unix seconds."""
    return int(time.time())


def write_secret(file: Path, text: str) -> None:
    """Write a file that only its owner may read, durably; never over one that is there.

    What the record says of a secret outlives a power cut, so the secret must too. Raises Refused where there is a file;
    OSError, and then there is none.
    """
    make_folder(file.parent)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{file}: there is a file already, and a secret is never written over; name another") from None
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        file.unlink()
        raise
    sync_folder(file.parent)


def read_text(file: Path) -> str:
    """Return a file's text. Raises Malformed, naming the file, if it is not UTF-8; FileNotFoundError."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{file}: {error}") from None


def read_key(file: Path) -> Signer:
    """Return the signer whose key file this is. Raises Malformed, FileNotFoundError."""
    text = read_text(file)
    try:
        return parse_skey(text.strip())
    except LedgerError as error:
        raise Malformed(f"{file}: {error}") from None


def make_key(file: Path, name: str, algorithm: int = 1) -> Signer:
    """Make a key and keep it in a file as `write_secret` does."""
    signer = Signer(name, secrets.token_bytes(32), algorithm)
    write_secret(file, signer.format_skey() + "\n")
    return signer


def _read_or_make(file: Path, name: str, algorithm: int = 1) -> Signer:
    """Return the key that a file holds, or a new one, which is not written yet. Raises Malformed, Refused."""
    if not file.exists():
        return Signer(name, secrets.token_bytes(32), algorithm)
    signer = read_key(file)
    if (signer.name, signer.verifier.algorithm) != (name, algorithm):
        raise Refused(f"{file}: the key is named {signer.name}, expected {name}")
    return signer


@dataclass
class Erasing:
    """Whoever keeps openings deletes those that the record says are erased, whichever way the event came in (T38)."""

    openings_file: Path
    done: int = 0

    def keep_up(self, record: Record) -> None:
        """Delete what the record has had erased since the last time. Raises OSError; the next time tries again."""
        erased = record.seals.erased
        if len(erased) != self.done:
            erase_openings(self.openings_file, erased)
            self.done = len(erased)


@dataclass
class _Trial:
    """A log on which entry 0 is tried before anything is written."""

    record: Record
    entries: list[bytes] = field(default_factory=list)

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Take entries in."""
        for entry in entries:
            self.record.append(entry)
        self.entries += entries
        return list(range(len(entries)))


@dataclass(frozen=True)
class Installation:
    """An installation's folder, and the clock that its commands go by.

    draft    a file to write the next event to, instead of handing it in
    service  the URL of the service that keeps the log; the folder is then the unit's own (`ledger.client.remote`)
    """

    folder: Path
    clock: Clock = read_clock
    draft: Path | None = None
    service: str | None = None

    @property
    def is_founded(self) -> bool:
        """Tell whether a log was begun here, or is kept by a service."""
        if self.service is not None:
            return True
        return (self.folder / "log" / "checkpoint").exists() or (self.folder / "store" / "entries.sqlite").exists()

    @property
    def is_copy(self) -> bool:
        """Tell whether nothing but a copy of a public log lies here."""
        if (self.folder / "checkpoint").is_file():
            return True
        has_own = any((self.folder / name).is_dir() for name in ("store", "lock", "private", "keys"))
        return (self.folder / "log" / "checkpoint").is_file() and not has_own

    def key_file(self, unit: str) -> Path:
        """Return where a trial keeps a unit's key."""
        return self.folder / "keys" / f"{unit}.key"

    def share_file(self, slot: str, unit: str) -> Path:
        """Return where a trial keeps the share that a unit made for a draw."""
        return self.folder / "shares" / slot / f"{unit}.share"

    def read_log_key(self) -> Signer:
        """Return the log's signer. Raises Refused if nothing was founded here, or a service keeps the log."""
        if self.service is not None:
            raise Refused("this command needs the installation itself, and not a service")
        file = self.folder / "private" / "log.key"
        if not file.exists() and self.is_copy:
            raise Refused(f"{self.folder}: only a copy of a log here; this command needs the installation itself")
        if not file.exists() and (self.folder / TRUST_FILE).is_file():
            raise Refused(
                f"{self.folder}: a unit's folder, its log is kept by a service: --service, before the command"
            )
        if not file.exists() and self.is_founded:
            raise Refused(
                f"{file} is missing: restore its folder from the second place, and do not found another log here"
            )
        if not file.exists():
            raise Refused(f"{self.folder}: no installation here; `double-random init --dir {self.folder}` founds one")
        return read_key(file)

    def read_keys(self, key_files: Sequence[Path] = ()) -> dict[str, Signer]:
        """Return the units' keys at hand: those of the files given, else all of the folder's keys/."""
        origin = self.read_log_key().name if self.service is None else read_trust(self.folder).logs[0].name
        files = key_files or sorted((self.folder / "keys").rglob("*.key"))
        signers = [read_key(file) for file in files]
        for signer in signers:
            if not signer.name.startswith(f"{origin}/"):
                raise Refused(f"key {signer.name} is not of this log, {origin}")
        return {signer.name.removeprefix(f"{origin}/"): signer for signer in signers}

    def found(
        self,
        origin: str,
        policy: Mapping[str, Any],
        continues: Continued | None = None,
        log_key: Signer | None = None,
    ) -> None:
        """Make the keys and write entry 0. The folder must not hold an installation yet.

        continues  the log that this one goes on from; None if it is the first
        log_key    the log's key, where it was made before; None to make it

        All of it is checked, entry 0 by the rules of the record, before a file is written. Where it was stopped before
        entry 0 was recorded, it goes on with the keys that are there.
        """
        key_file = self.folder / "private" / "log.key"
        is_begun = key_file.exists()
        published = self.folder / "log" / "checkpoint"
        is_published = published.exists() and read_published_size(published.read_bytes()) > 0
        if not is_published and (self.folder / "private" / "founded").exists():
            raise Refused(
                f"{self.folder}: the log of this key was founded and is lost: restore it, or found another one, "
                "of another name and key, in another folder"
            )
        if is_published or (self.is_founded and not is_begun):
            raise Refused(f"{self.folder}: an installation is here already")
        log = log_key or (read_key(key_file) if is_begun else Signer(origin, secrets.token_bytes(32)))
        if log.name != origin:
            raise Refused(f"the log's key is named {log.name}, expected the log's name, {origin}")
        if is_begun and read_key(key_file).format_skey() != log.format_skey():
            raise Refused(f"{key_file}: an installation was begun here with another key")
        whole = Policy.model_validate(policy)
        keys: dict[Path, Signer] = {key_file: log}
        if not whole.witnesses.keys:  # none are named: trial ones are made here, and all of them must sign
            vkeys = {}
            for unit in whole.units:
                if unit.startswith("witness/"):
                    file = self.folder / "witnesses" / unit / "witness.key"
                    keys[file] = _read_or_make(file, f"{origin}/{unit}", COSIGNATURE)
                    vkeys[unit] = format_vkey(keys[file].verifier)
            whole = Policy.model_validate({**policy, "witnesses": {"keys": vkeys, "quorum": len(vkeys)}})
        if continues is not None:
            old = steps.strip_checkpoint(continues.checkpoint.encode(), parse_vkey(continues.vkey), whole)
            continues = Continued(vkey=continues.vkey, checkpoint=old.decode())
        files = {unit: self.key_file(unit) for unit in whole.units if not unit.startswith("witness/")}
        signers = {unit: _read_or_make(file, f"{origin}/{unit}") for unit, file in files.items()}
        keys |= {files[unit]: signer for unit, signer in signers.items()}
        made = {file: signer for file, signer in keys.items() if not file.exists()}
        trial = _Trial(Record(origin, check_pairing))
        steps.found(Desk(trial, signers, self.clock), log.verifier, whole, continues)
        for file, signer in made.items():  # refused where somebody else has made it meanwhile
            write_secret(file, signer.format_skey() + "\n")
        with self._open(log) as book:
            if book.size:
                raise Refused(f"{self.folder}: an installation is here already")
            book.append(trial.entries)
        self._mark_founded(log)

    def _mark_founded(self, log: Signer) -> None:
        """Note beside the log's key that it has signed: with this key no log is ever begun again (T30)."""
        mark = self.folder / "private" / "founded"
        if not mark.exists():
            write_secret(mark, f"{format_vkey(log.verifier)}\n")

    def found_default(self) -> None:
        """Found a trial installation under the shipped policy."""
        self.found(DEFAULT_ORIGIN, read_default_policy())

    @contextmanager
    def open_book(self, *, has_trial_witnesses: bool = False) -> Iterator[Book[Record]]:
        """Open the log for writing; one process at a time may.

        has_trial_witnesses  have those of this folder sign each checkpoint, not only when `cosign` asks them
        """
        signer = self.read_log_key()
        with self._open(signer, has_trial_witnesses=has_trial_witnesses) as book:
            if book.size:
                self._mark_founded(signer)
            yield book

    @contextmanager
    def _open(self, signer: Signer, *, has_trial_witnesses: bool = False) -> Iterator[Book[Record]]:
        record = Record(signer.name, check_pairing)
        with ExitStack() as closing:
            try:
                asked = Asked.read(self.folder, signer.verifier, closing)
                cosigners: Cosigners | None = asked
                if has_trial_witnesses and (witnesses := self._open_witnesses(signer.verifier, closing)):
                    cosigners = TrialWitnesses(witnesses, signer.name, self.clock, asked)
                opened = Book.open(
                    self.folder, signer, record, cosigners,
                    store=open_database(), lock_folder=read_lock_folder(), clock=self.clock,
                    heed=Erasing(self.openings_file).keep_up,
                )  # fmt: skip
                closing.enter_context(opened)
            except Locked as error:
                raise Conflict(f"{error}; if it is a service, commands go through it: --service http://…") from None
            if asked is not None and record.policies:
                asked.compare(record.policy_at(self.clock()))
            yield opened

    def _open_witnesses(self, log: Verifier, closing: ExitStack) -> list[Witness]:
        witnesses = []
        for file in sorted((self.folder / "witnesses").rglob("witness.key")):
            witnesses.append(Witness(file.parent, read_key(file), [log]))
            closing.callback(witnesses[-1].close)
        return witnesses

    @contextmanager
    def open_desk(self, key_files: Sequence[Path] = ()) -> Iterator[tuple[Book[Record] | RemoteLog, Desk]]:
        """Open the log with the units' keys at hand: the one here, or the one that a service keeps."""
        if self.service is None:
            with self.open_own_desk(key_files) as opened:
                yield opened
        else:
            with self.open_remote() as log:
                yield log, Desk(log, self.read_keys(key_files), self.clock, self.draft)

    @contextmanager
    def open_own_desk(self, key_files: Sequence[Path] = ()) -> Iterator[tuple[Book[Record], Desk]]:
        """Open the log here with the units' keys at hand."""
        with self.open_book() as book:
            yield book, Desk(book, self.read_keys(key_files), self.clock, self.draft)

    def open_remote(self) -> RemoteLog:
        """Open the log that a service keeps."""
        assert self.service is not None
        return RemoteLog(self.service, self.folder, self.clock, self.open_openings, _tell_progress, warn)

    def cosign(self, book: Book[Record] | RemoteLog, seconds: int | None = None) -> bytes:
        """Have the newest checkpoint cosigned, by the witnesses of witnesses.txt and those of this folder; return it.

        Each checks for itself that the log extends what it signed before, and keeps that on disk. A service has asked
        its own.
        """
        if isinstance(book, RemoteLog):
            return book.checkpoint
        log_key = self.read_log_key().verifier
        checkpoint, size = book.ask_witnesses(), book.size
        lines = []
        for file in sorted((self.folder / "witnesses").rglob("witness.key")):
            witness = Witness(file.parent, read_key(file), [log_key])
            try:
                old = witness.newest(log_key.name).size
                proof = book.record.tree.prove_consistency(old, size) if old > 0 else []
                lines.append(witness.cosign(checkpoint, proof, self.clock() if seconds is None else seconds))
            finally:
                witness.close()
        if lines:
            book.publish(lines, checkpoint)
        return book.checkpoint

    @contextmanager
    def open_openings(self) -> Iterator[Openings]:
        """Open the table of what sealed values stand for. Raises Refused if nothing was founded here."""
        if self.service is None:
            self.read_log_key()
        openings = Openings(self.openings_file, self.folder / "private" / "openings.key")
        try:
            yield openings
        finally:
            openings.close()

    @property
    def openings_file(self) -> Path:
        """Where what sealed values stand for is kept."""
        return self.folder / "private" / "openings.sqlite"

    @property
    def pseudonym_file(self) -> Path:
        """Where the secret lies that turns certificate numbers into officers' pseudonymous ids."""
        return self.folder / "private" / "pseudonym.key"

    def read_pseudonym_key(self) -> bytes | None:
        """Return that secret, made once; None for a service's log, where its unit was given no copy.

        It is not made there: of one secret a certificate has one id, whoever imports it, and an officer who stands on
        two units' lists is found.

        Raises Malformed where the file is no such secret.
        """
        if not self.pseudonym_file.exists():
            if self.service is not None:
                return None
            write_secret(self.pseudonym_file, secrets.token_hex(32) + "\n")
        try:
            return bytes.fromhex(check_hex(read_text(self.pseudonym_file).strip()))
        except Malformed:
            raise Malformed(f"{self.pseudonym_file}: expected 64 lowercase hexadecimal characters") from None


def _tell_progress(total: int) -> AbstractContextManager[Advance]:
    return progress("提交", "handing in", total)


def seal_private(
    subject: str, type: str, private: Mapping[str, Mapping[str, str]]
) -> tuple[list[dict[str, Any]], list[Opening]]:
    """Return the rows that stand for private values in the record, and the openings to keep apart from it."""
    rows, openings = [], []
    for id, fields in private.items():
        sealed = {}
        for name, value in fields.items():
            opening = Opening(subject, type, name, id, secrets.token_hex(16), value)
            sealed[name] = {"sealed": opening.seal}
            openings.append(opening)
        rows.append({"id": id, "fields": sealed})
    return rows, openings


def read_published_size(checkpoint: bytes) -> int:
    """Return the size that a signed checkpoint states; its signature is not checked."""
    return parse_checkpoint(parse_note(checkpoint).text).size


def format_policy_file(log: Verifier, policy: Policy) -> str:
    """Return a tlog-policy file that trusts this log and its policy's witnesses and quorum."""
    lines = [f"log {format_vkey(log)}"]
    names = []
    for unit, vkey in sorted(policy.witnesses.keys.items()):
        names.append(unit.replace("/", "-"))
        lines.append(f"witness {names[-1]} {vkey}")
    if policy.witnesses.quorum and names:
        lines += [f"group quorum-group {policy.witnesses.quorum} {' '.join(names)}", "quorum quorum-group"]
    else:
        lines.append("quorum none")
    return "\n".join(lines) + "\n"

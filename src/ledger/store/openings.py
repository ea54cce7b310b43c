"""The values behind the record's seals: names and the like, kept apart, encrypted, so that they can be erased.

An entry holds only a digest (`ledger.proof.seal`). What it stands for is here, in a file of its own that is in no
log and no checkpoint. Erasing an opening leaves every proof as it was: the digest stays, the value is gone.

Each row is encrypted (ChaCha20-Poly1305) under a key in a file beside it, bound to its digest. Whoever has both files
can read the values: keep them in different backups, and mind that a backup forgets nothing by itself.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from ledger.proof.encoding import format_canonical, parse_canonical
from ledger.proof.errors import Mismatch, Refused
from ledger.proof.seal import check_seal, derive_seal

_NONCE_BYTES = 12
_SCHEMA = """CREATE TABLE IF NOT EXISTS openings (
    seal TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    type TEXT NOT NULL,
    field TEXT NOT NULL,
    id TEXT NOT NULL,
    box BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS openings_by_subject ON openings (subject, type, field, id);
CREATE TABLE IF NOT EXISTS handed_in (seal TEXT PRIMARY KEY) WITHOUT ROWID;"""


class Opening(NamedTuple):
    """What a seal stands for, and where in the record it stands.

    subject, type, field  as they are sealed
    id                    the row that the value belongs to (an enterprise, an officer); empty where there are no rows
    salt                  32 random lowercase hexadecimal characters
    value                 anything that canonical JSON can say
    """

    subject: str
    type: str
    field: str
    id: str
    salt: str
    value: Any

    @property
    def seal(self) -> str:
        """The digest that stands for the value in the record."""
        return derive_seal(self.subject, self.type, self.field, self.salt, self.value)


class Openings:
    """A table of openings. One object belongs to one thread; several may have the file open."""

    def __init__(self, file: Path, key_file: Path) -> None:
        """Open the table, or make it and its key where neither is there.

        Raises Refused if the key is missing though the table is there, or if others than its owner may read it.
        """
        self._cipher = ChaCha20Poly1305(_read_key(key_file, is_new=not file.exists()))
        self._database = _connect(file)

    def add(self, openings: Iterable[Opening]) -> None:
        """Keep openings, all or none, durably; one that is there already stays.

        Raises Malformed for a bad value, Mismatch for one that is there already, of another row.
        """
        rows = [(one.seal, *one[:4], self._encrypt(one)) for one in openings]
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            with self._database:
                for seal, subject, _, field, id, _ in rows:
                    there = cursor.execute("SELECT id FROM openings WHERE seal = ?", (seal,)).fetchone()
                    if there is not None and there[0] != id:
                        raise Mismatch(f"opening of {field} of {subject}: row {id}, kept is {there[0]}")
                cursor.executemany("INSERT OR IGNORE INTO openings VALUES (?, ?, ?, ?, ?, ?)", rows)

    def read(self, subject: str, type: str | None = None, field: str | None = None) -> list[Opening]:
        """Return a subject's openings, those of one type or field if named, by type, field and id.

        Raises Mismatch if a row was changed.
        """
        return self._select(
            "subject = ? AND (? IS NULL OR type = ?) AND (? IS NULL OR field = ?)", (subject, type, type, field, field)
        )

    def read_seal(self, seal: str) -> Opening | None:
        """Return what a digest stands for; None if it was erased or never there. Raises Mismatch if it was changed."""
        found = self._select("seal = ?", (seal,))
        return found[0] if found else None

    def find_kept_back(self) -> set[str]:
        """Return the digests whose openings were not handed in to a service yet (`note_handed_in`)."""
        rows = self._database.execute("SELECT seal FROM openings EXCEPT SELECT seal FROM handed_in")
        return {seal for (seal,) in rows}

    def note_handed_in(self, seals: Iterable[str]) -> None:
        """Note that a service keeps these openings too, durably; all of them, or none."""
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            with self._database:
                cursor.executemany("INSERT OR IGNORE INTO handed_in VALUES (?)", [(seal,) for seal in seals])

    def erase(self, seals: Iterable[str]) -> int:
        """Delete the openings of these digests for ever, all or none; return how many were there.

        `openings.erased` was recorded before. Doing it again is allowed.
        """
        return _erase(self._database, seals)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _select(self, condition: str, values: tuple[str | None, ...]) -> list[Opening]:
        columns = "seal, subject, type, field, id, box"
        rows = self._database.execute(
            f"SELECT {columns} FROM openings WHERE {condition} ORDER BY type, field, id, seal", values
        )
        return [self._decrypt(*row) for row in rows]

    def _encrypt(self, opening: Opening) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        plain = format_canonical([opening.id, opening.salt, opening.value])
        return nonce + self._cipher.encrypt(nonce, plain, opening.seal.encode())

    def _decrypt(self, seal: str, subject: str, type: str, field: str, id: str, box: bytes) -> Opening:
        try:
            plain = self._cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], seal.encode())
        except InvalidTag:
            raise Mismatch(f"opening of {field} of {subject}: it was changed, or the key is another one") from None
        boxed_id, salt, value = parse_canonical(plain)
        if boxed_id != id:
            raise Mismatch(f"opening of {field} of {subject}: it stands beside {id}, expected {boxed_id}")
        check_seal(seal, subject, type, field, salt, value)
        return Opening(subject, type, field, id, salt, value)


def erase_openings(file: Path, seals: Iterable[str]) -> int:
    """Delete openings as `Openings.erase` does, without their key; none where there is no table.

    Raises OSError where they cannot be deleted.
    """
    if not file.exists():
        return 0
    try:
        with closing(_connect(file)) as database:
            return _erase(database, seals)
    except sqlite3.Error as error:
        raise OSError(f"{file}: what is erased could not be deleted: {error}") from error


def _connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=30, isolation_level=None)
    file.chmod(0o600)
    # Deleted rows are overwritten with zeros, in the file and in the journal's place.
    database.execute("PRAGMA secure_delete=ON")
    database.execute("PRAGMA synchronous=FULL")
    database.executescript(_SCHEMA)
    return database


def _erase(database: sqlite3.Connection, seals: Iterable[str]) -> int:
    with closing(database.cursor()) as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        with database:
            cursor.executemany("DELETE FROM openings WHERE seal = ?", [(seal,) for seal in seals])
            return cursor.rowcount


def _read_key(file: Path, *, is_new: bool) -> bytes:
    if is_new and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(ChaCha20Poly1305.generate_key())
            written.flush()
            os.fsync(written.fileno())
    if not file.is_file():
        raise Refused(f"{file.name}: the key of the openings is missing, though there are openings")
    if file.stat().st_mode & 0o077:
        raise Refused(f"{file.name}: others than its owner may read it, expected mode 600")
    key = file.read_bytes()
    if len(key) != 32:
        raise Refused(f"{file.name}: a key of {len(key)} bytes, expected 32")
    return key

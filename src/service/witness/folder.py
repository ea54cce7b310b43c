"""A witness's folder: its key, the logs that it follows, the last checkpoint of each.

witness.key   its secret, made at the first run; whoever has it can sign as this witness
logs.txt      the logs, one a line, as a vkey or as in a tlog-policy: log VKEY; # begins a comment
*.checkpoint  the last checkpoint signed of each log; without them it could be led to sign a second history
lock          who runs
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from ledger.audit.trust import parse_log_key
from ledger.cli.installation import make_key, read_key, read_text
from ledger.cli.speech import tr
from ledger.log.files import make_folder, read_if_any, write_durably
from ledger.log.witness import Witness
from ledger.proof.errors import LedgerError, Malformed, Refused
from ledger.proof.note import COSIGNATURE, Signer, Verifier, format_key_name, format_vkey


def open_key(folder: Path, name: str | None) -> Signer:
    """Return the witness's key, made now if there is none. Raises Refused where a name lacks, or is another one's."""
    file = folder / "witness.key"
    if not file.exists():
        if name is None:
            raise Refused(tr(f"{folder}：首次运行须用 --name 命名见证人", f"{folder}: the first run needs --name"))
        Signer(name, bytes(32), COSIGNATURE)  # a name that cannot be one leaves nothing behind
        make_folder(folder)
        return make_key(file, name, COSIGNATURE)
    signer = read_key(file)
    if name not in (None, signer.name):
        raise Refused(
            tr(
                f"{folder}：这里的见证人是 {signer.name}，不是 {name}",
                f"{folder}: the witness here is {signer.name}, not {name}",
            )
        )
    return signer


def read_logs(file: Path) -> list[Verifier]:
    """Return the keys in logs.txt, none if there is no such file. Raises Malformed, naming the line."""
    logs = []
    for number, line in enumerate(read_text(file).splitlines() if file.exists() else (), start=1):
        try:
            match line.split():
                case []:
                    pass
                case [word, *_] if word.startswith("#"):
                    pass
                case ["log", vkey] | ["log", vkey, _] | [vkey]:
                    logs.append(parse_log_key(vkey))
                case _:
                    raise Malformed(tr("应为 log VKEY 或 VKEY", "expected log VKEY, or VKEY"))
        except LedgerError as error:
            raise Malformed(f"{file}: {number}: {error}") from None
    return logs


def add_logs(file: Path, logs: Sequence[Verifier]) -> None:
    """Add logs to logs.txt that are not in it, at its end, durably.

    Raises Malformed for what stands in it, Refused for another key of a log that it follows.
    """
    followed, new = read_logs(file), list[Verifier]()
    for log in logs:
        same = [other for other in (*followed, *new) if other.name == log.name]
        if any(other.key == log.key for other in same):
            continue
        if same:
            raise _refuse_second(file, same[0], log)
        new.append(log)
    if new:
        before = read_if_any(file) or b""
        gap = b"\n" if before and not before.endswith(b"\n") else b""
        write_durably(file, before + gap + "".join(f"log {format_vkey(log)}\n" for log in new).encode())


def _refuse_second(file: Path, followed: Verifier, other: Verifier) -> Refused:
    """Return why a log's second key is not added: there is one history for a name, whichever key signs."""
    old, new = format_key_name(followed), format_key_name(other)
    return Refused(
        tr(
            f"{file}：已关注 {old}。每个日志名称只保留一套历史，同名的另一本日志 {new} 会被当成回滚；"
            f"请以另一名称建立它（init --origin）。若确为同一本日志的第二把密钥，请自行在该文件中加一行 log VKEY",
            f"{file}: it follows {old} already, and keeps one history for each name: another log of that name, {new}, "
            "would be told of a rollback. Found that one under a name of its own (init --origin). If it is one more "
            "key of the same log, write its line, log VKEY, into the file yourself",
        )
    )


class FollowedLogs:
    """Has a witness follow what logs.txt says, also once it is changed while the witness runs."""

    def __init__(self, file: Path, witness: Witness) -> None:
        """Read it for the first time. Raises Malformed."""
        self._file, self._witness = file, witness
        self._turn = Lock()
        self._seen: tuple[int, ...] | None = None
        self.problem: LedgerError | OSError | None = None
        self.refresh()
        if self.problem is not None:
            raise self.problem

    def refresh(self) -> bool:
        """Read it again if it was changed, and tell whether it was. If it cannot be read, `problem` says why."""
        with self._turn:
            seen = self._look()
            if seen == self._seen:
                return False
            self._seen = seen
            try:
                self._witness.follow(read_logs(self._file))
                self.problem = None
            except (LedgerError, OSError) as error:
                self.problem = error
            return True

    def _look(self) -> tuple[int, ...]:
        try:
            found = self._file.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

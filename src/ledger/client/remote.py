"""A log behind a service, as a desk needs one: a copy that was checked to compose on, and a way to hand events in.

A unit signs on what it has seen itself: the log is followed from its key down (`ledger.log.follow`), every entry goes
through the rules here, and what is composed names the state that was checked. Of what the service answers only the
receipt counts, and it is checked: the log's key, the quorum of the log's policy and that of the unit's own trust, and
that it is of this very history. It is then kept in the unit's folder. Until it is, the event's bytes are (`pending`),
and each command begins by handing in what an earlier one has no receipt of.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from ledger.audit.pairing import check_pairing
from ledger.audit.trust import Trust, parse_trust
from ledger.audit.wording import translate
from ledger.log.files import write_durably
from ledger.log.follow import check_quorum, following, name_copy
from ledger.log.source import HttpSource, check_prefix
from ledger.log.tiles import read_entries
from ledger.office.record import Record
from ledger.proof.encoding import format_canonical
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.event import parse_event
from ledger.proof.merkle import derive_leaf_hash
from ledger.proof.note import Signer
from ledger.proof.receipt import check_receipt, parse_receipt
from ledger.store.openings import Opening, Openings

from .pending import Pending
from .service import ServiceClient

TRUST_FILE = "trust.txt"
"""Whom the unit trusts, a tlog-policy; the log's key comes from a witness or a printed notice, not from the service."""

COPIES = "copies"
OPENINGS_AT_ONCE = 500
RECEIPTS = "receipts"
PENDING = "pending"
OpenOpenings = Callable[[], AbstractContextManager[Openings]]
Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""(how many in all) -> what is told, while the work is under way, how many are done"""
Tell = Callable[[str, str], None]
"""(in Chinese, in English): what the user is told beside what the command prints"""


class RemoteLog:
    """A log that is read below a service's /log/, and written by handing signed events in."""

    def __init__(
        self,
        url: str,
        folder: Path,
        clock: Callable[[], int],
        open_openings: OpenOpenings,
        progress: Progress,
        tell: Tell,
    ) -> None:
        """Follow a log for the first time, or further.

        folder         the unit's own: trust.txt, the receipts, and the copies that are kept from one time to the next
        clock          gives Unix seconds
        open_openings  the unit's own openings: those of what it hands in are handed in too
        progress       tells how many of so many events are acknowledged
        tell           tells what became of what is handed in

        Raises Refused without trust.txt; what `following` raises; Mismatch for an entry that the rules refuse;
        ConnectionError where the service does not answer, or what an earlier command handed in still has no receipt.
        """
        self._folder, self._clock, self._open_openings, self._progress = folder, clock, open_openings, progress
        self._tell, self._pending, self._settled = tell, Pending(folder / PENDING), set[bytes]()
        self._has_refused = False
        self._trust = read_trust(folder)
        self._client = ServiceClient(url, tell=self._tell_waiting, clock=clock)
        self._source = _open_source(url)
        self.record = Record(self._trust.logs[0].name, check_pairing)
        self.checkpoint = b""
        try:
            with _finding(url):
                self._follow()
        except ConnectionError as error:
            raise ConnectionError(f"nothing was handed in: {error}") from error
        self._settle()
        self._hand_in_openings()

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Hand events in, one after the other, and return their indexes once each is acknowledged.

        Not all or none: the first that is refused ends it, and those before it stand; parts of a list say nothing until
        an event cites them. Raises what the rules raise; ConnectionError where they may be recorded, and there is no
        receipt that holds; Refused where an earlier command's event has got its receipt meanwhile, or was refused.
        """
        indexes = [index for index, _ in self._hand_in_new(entries)]
        folder = self._folder / RECEIPTS
        if len(indexes) == 1:
            file = folder / format_receipt_name(indexes[0])
            self._tell(f"回执：{file}", f"receipt: {file}")
        elif indexes:
            self._tell(f"{len(indexes)} 份回执：{folder}", f"{len(indexes)} receipts: {folder}")
        return indexes

    def submit(self, entry: bytes) -> tuple[int, bytes]:
        """Hand an event in; return its index and its receipt, which was checked. Raises as `append` does."""
        (acknowledged,) = self._hand_in_new([entry])
        return acknowledged

    def read_openings(self, subject: str, unit: str, signer: Signer) -> list[Opening]:
        """Return what a subject's seals stand for, as the service tells it to a unit; the log then says so too.

        Raises what `ServiceClient.read_openings` raises; Mismatch for a value whose seal does not stand in the record
        or is erased, of another subject or row, or where the service told it without recording that.
        """
        before = self.record.size
        openings = self._client.read_openings(subject, signer)
        self._follow()
        told = (unit, subject, len(openings))
        if not any(told == (one.unit, one.of, one.count) for one in self.record.reads.all if one.index >= before):
            raise Mismatch(f"{subject}: the service told {len(openings)} values, and the log does not say so")
        for opening in openings:
            self._check_opening(opening, subject)
        return openings

    def _check_opening(self, opening: Opening, subject: str) -> None:
        """Check that a value is of the subject that was asked for, of its seal's row, and not erased."""
        seals = self.record.seals
        if opening.seal not in seals.known or opening.seal in seals.erased:
            raise Mismatch(f"seal {opening.seal} does not stand in the record, or is erased")
        if opening.subject != subject:
            raise Mismatch(f"opening of {opening.field} of {opening.subject}: {subject} was asked for")
        row = seals.rows.get(opening.seal, "")
        if opening.id != row:
            raise Mismatch(f"opening of {opening.field} of {opening.subject}: row {opening.id}, expected {row}")

    def _check(self, receipt: bytes, entry: bytes) -> int:
        """Check a receipt, and return the index that it acknowledges."""
        policy, log_key = self.record.policy_at(self._clock()), self.record.log_key
        assert log_key is not None  # entry 0 names it
        word = check_receipt(receipt, entry, log_key, list(policy.witness_keys.values()))
        if policy.witnesses.quorum and policy.attested_time(word.times) is None:
            raise BadSignature(f"the receipt is cosigned by {len(word.times)}, expected {policy.witnesses.quorum}")
        check_quorum(parse_receipt(receipt).checkpoint, self._trust)
        size, root = word.checkpoint.size, word.checkpoint.root
        if size > self.record.size or self.record.tree.root(size) != root:
            raise Mismatch(f"the receipt is of another history than the log's at size {size}")
        return parse_receipt(receipt).index

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _follow(self) -> None:
        """Bring the copy and the record up to the newest checkpoint."""
        with following(self._source, self._folder / COPIES, self._trust, is_whole=False) as followed:
            for entry in read_entries(followed.folder, followed.word.checkpoint.size, self.record.size):
                self.record.append(entry)
            if self.record.tree.root() != followed.word.checkpoint.root:
                raise Mismatch(f"{self._source.name}: the entries do not give the checkpoint's root")
            self.checkpoint = followed.checkpoint

    def _settle(self) -> None:
        """Hand in again what an earlier command has no receipt of."""
        for entries in self._pending.read():
            self._tell(
                f"此前提交的 {len(entries)} 件还没有回执，现再次提交同样的字节",
                f"{len(entries)} handed in before without a receipt: the same bytes are handed in again",
            )
            try:
                indexes = [index for index, _ in self._hand_in(entries, is_again=True)]
            except LedgerError:  # it is told, and kept aside
                continue
            self._settled.update(entries)
            places, folder = ", ".join(map(str, indexes)), self._folder / RECEIPTS
            self._tell(f"已记入日志，第 {places} 条；回执：{folder}", f"recorded, entry {places}; receipts: {folder}")

    def _set_aside(self, entries: Sequence[bytes], refused: Sequence[bytes], error: LedgerError) -> None:
        """Keep what an earlier command handed in, and was refused now, where its unit finds it; say so."""
        what, why = _describe(refused[0], self.record.origin or ""), translate(str(error))
        zh, en = f"未记入日志：{what}", f"NOT recorded: {what}"
        if len(refused) > 1:
            zh, en = f"{zh}，及其后 {len(refused) - 1} 件", f"{en}, and {len(refused) - 1} more after it"
        if isinstance(error, Conflict):
            zh = f"{zh}\n同一对象（编号）此间已有另一条记录，因此不能再记入"
            en = f"{en}\nmeanwhile another entry has taken its number, or its place on that subject"
        zh, en = f"{zh}\n原因：{why}", f"{en}\nwhy: {error}"
        file = self._pending.set_aside(entries, refused, f"{zh}\n\n{en}\n")
        self._has_refused = True
        self._tell(
            f"{zh}\n请重新执行当时的那条命令；原来的字节另存于 {file}",
            f"{en}\ngive the command that made it again; its bytes are kept in {file}",
        )

    def _hand_in_new(self, entries: Sequence[bytes]) -> list[tuple[int, bytes]]:
        if self._has_refused:
            raise Refused(
                "what an earlier command handed in was refused and is not recorded, and neither is anything of this "
                "command: give the earlier one again, and then this one if it is another"
            )
        if self._settled and not self._settled.issuperset(entries):
            raise Refused(
                "what an earlier command handed in has its receipt only now: if this command was to do the same, it is "
                "done; else give it again"
            )
        return self._hand_in(entries)

    def _hand_in(self, entries: Sequence[bytes], *, is_again: bool = False) -> list[tuple[int, bytes]]:
        """Hand events in, and return their indexes and receipts, once these are checked and kept.

        is_again  an earlier command did so: nobody waits for the refusal, so what is refused is kept aside
        """
        self._pending.keep(entries)
        receipts, refusal = list[bytes](), None
        try:
            try:
                for receipt in self._submit(entries):
                    receipts.append(receipt)
            except LedgerError as error:  # those before the refused one stand
                refusal = error
            if receipts or refusal is not None:
                self._follow()
            acknowledged = [(self._check(one, entry), one) for one, entry in zip(receipts, entries, strict=False)]
            rest = entries[len(receipts) :]
            if refusal is not None and rest and self._find(rest[0]) is not None:
                raise Mismatch(f"the service says that it refused what stands in the log: {refusal}")
        except (LedgerError, OSError) as error:
            raise self._make_unacknowledged(entries, error) from error
        for index, receipt in acknowledged:
            write_durably(self._folder / RECEIPTS / format_receipt_name(index), receipt)
        if refusal is not None and is_again and rest:
            self._set_aside(entries, rest, refusal)
        else:
            self._pending.drop(entries)
        self._hand_in_openings()
        if refusal is not None:
            raise refusal
        return acknowledged

    def _submit(self, entries: Sequence[bytes]) -> Iterator[bytes]:
        if len(entries) == 1:
            yield self._client.submit(entries[0])
            return
        with self._progress(len(entries)) as advance:
            for done, receipt in enumerate(self._client.submit_each(entries), 1):
                advance(done)
                yield receipt

    def _make_unacknowledged(self, entries: Sequence[bytes], error: Exception) -> ConnectionError:
        """Return what says that events may be recorded, though no receipt that holds was given, and what to do."""
        with suppress(LedgerError, OSError):
            self._follow()
        file, place = self._pending.find_file(entries), self._find(entries[-1])
        if place is not None:
            return ConnectionError(
                f"recorded as entry {place}, and no receipt that holds came; do not sign it anew: its bytes are in "
                f"{file}, and the next command hands them in again first: {error}"
            )
        return ConnectionError(
            f"handed in, and it may be recorded, though no receipt came; do not sign it anew: its bytes are in {file}, "
            f"and the next command hands them in again first: {error}"
        )

    def _find(self, entry: bytes) -> int | None:
        """Return where an event stands in the log, as far as it was followed."""
        leaf = derive_leaf_hash(entry)
        return next((index for index in range(self.record.size) if self.record.tree.leaf_hash(index) == leaf), None)

    def _tell_waiting(self, cause: Exception) -> None:
        self._tell(f"还没有答复，继续尝试：{translate(str(cause))}", f"no answer yet, trying again: {cause}")

    def _hand_in_openings(self) -> None:
        """Hand in what the unit sealed and the record has by now: also by a command that was broken off, or a draft.

        Only once the event stands: a service keeps no opening whose seal is not in the record. Until then, and should
        the service refuse, it lies with the unit.
        """
        if not (self._folder / "private" / "openings.sqlite").exists():
            return
        with self._open_openings() as table:
            table.erase(self.record.seals.erased)
            seals = sorted(table.find_kept_back() & self.record.seals.known - self.record.seals.erased)
            for start in range(0, len(seals), OPENINGS_AT_ONCE):
                some = seals[start : start + OPENINGS_AT_ONCE]
                self._client.keep_openings([one for seal in some if (one := table.read_seal(seal)) is not None])
                table.note_handed_in(some)


def _describe(entry: bytes, origin: str) -> str:
    """Return what an event says, in a line that its unit knows it by; nothing for what is no event."""
    with suppress(LedgerError):
        event = parse_event(entry, origin)
        return f"{event.type} {event.subject} {format_canonical(event.body).decode()[:400]}"
    return ""


def follow(url: str, folder: Path) -> Path:
    """Bring a unit's copy of the log behind a service up to date, and return the log's folder.

    Raises Refused without trust.txt; what `following` raises.
    """
    trust = read_trust(folder)
    with (
        _finding(url),
        closing(_open_source(url)) as source,
        following(source, folder / COPIES, trust, is_whole=False) as followed,
    ):
        return followed.folder


def find_copy(folder: Path) -> Path | None:
    """Return the folder of the log that a unit followed last; None if the folder is no unit's.

    Raises Refused where nothing was followed yet, or several logs were, and no trust.txt says which is meant.
    """
    copies = [file.parent for file in sorted((folder / COPIES).glob("*.copy/log/checkpoint"))]
    if (folder / TRUST_FILE).is_file():
        name = name_copy(read_trust(folder).logs[0])
        copies = [log for log in copies if log.parent.name == name]
        if not copies:
            raise Refused(f"{folder}: there is no copy of the log yet; --service, before the command, fetches it")
    if len(copies) > 1:
        raise Refused(f"{folder}: copies of {len(copies)} logs, and no {TRUST_FILE} that says which is meant")
    return copies[0] if copies else None


@contextmanager
def _finding(url: str) -> Iterator[None]:
    """Say of an address where no log's checkpoint is that it is no service's. Raises FileNotFoundError."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{url}: no service here, there is no log below it; expected its address, such as http://127.0.0.1:8480"
        ) from error


def _open_source(url: str) -> HttpSource:
    return HttpSource(f"{check_prefix(url)}log/", 8)


def format_receipt_name(index: int) -> str:
    """Return the name of the file that a unit keeps an entry's receipt in."""
    return f"{index}.tlog-proof"


def find_receipt(folder: Path, index: int | None) -> Path | None:
    """Return where a unit keeps an entry's receipt, of the newest it has one of if none is named; None without one."""
    if index is None:
        kept = {int(file.stem): file for file in (folder / RECEIPTS).glob("*.tlog-proof") if file.stem.isdecimal()}
        return kept[max(kept)] if kept else None
    file = folder / RECEIPTS / format_receipt_name(index)
    return file if file.is_file() else None


def read_trust(folder: Path) -> Trust:
    """Return whom a unit's folder trusts. Raises Refused where it has no trust.txt, or one that names not one log."""
    file = folder / TRUST_FILE
    if not file.is_file():
        raise Refused(
            f"{file} is missing: a unit that works with a service keeps a tlog-policy there, with the log's key"
        )
    try:
        trust = parse_trust(file.read_bytes())
    except Malformed as error:
        raise Malformed(f"{file}: {error}") from None
    if len(trust.logs) != 1:
        raise Refused(f"{file}: it names {len(trust.logs)} logs, expected the one that the service keeps")
    return trust

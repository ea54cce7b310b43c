"""The feeder has the witnesses of a policy cosign a checkpoint, all at once; none of them holds up the others.

A witness is asked with the size that it is known to have cosigned, and once more where it says that it has another. One
that has cosigned more of this log than there is here, or another beginning of it, shows that the store is an old copy
or that the log's key has signed two histories: the log must stop, and sign nothing more.

Specification: C2SP tlog-witness; docs/spec/log.md, section 4.
"""

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import NamedTuple, Self, TypeVar

from urllib3 import PoolManager

from ledger.audit.trust import Trust
from ledger.proof.checkpoint import Checkpoint, check_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Mismatch, Refused
from ledger.proof.merkle import check_consistency
from ledger.proof.note import Signature, Verifier, format_key_name, format_note, parse_note

from .remote_witness import RemoteWitness

CLOCK_TOLERANCE_SECONDS = 600
"""How far a witness's clock may be from this machine's."""

PATIENCE = 2
"""How many looks before a signature a witness may let pass before it is waited for no longer than the others."""

T = TypeVar("T")


class Fed(NamedTuple):
    """What the witnesses gave for a checkpoint.

    lines      their cosignatures, each checked with the witness's own key
    problems   witness, by its name in the policy -> why there is none of it; one that is only late may have cosigned
    is_quorum  whether those who gave one make up the policy's quorum
    """

    lines: list[Signature]
    problems: dict[str, LedgerError]
    is_quorum: bool


class _Asked(RemoteWitness):
    """A witness, and what is known of it from one request to the next.

    size      of the newest checkpoint that it cosigned, as far as is known
    is_busy   it has not answered yet; it is asked nothing more until it has
    unheard   how many looks before a signature it has let pass in a row without an answer
    is_late   it was given up last time: from then on nobody waits for it alone
    mismatch  what it showed against this log, for whoever asks next
    """

    size = 0
    is_busy = False
    unheard = 0
    is_late = False
    mismatch: Mismatch | None = None


class Feeder:
    """Asks the witnesses of one policy, for one log. Threads may share it: each call waits its turn."""

    def __init__(
        self,
        trust: Trust,
        log: Verifier,
        *,
        timeout: float = 5.0,
        deadline: float = 12.0,
        grace: float = 0.5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take whom to ask; nobody is asked yet.

        trust     the policy: its witnesses with an address (their submission prefix) are asked, its quorum is needed
        log       the log's key
        timeout   seconds for a witness to accept a connection, to go on answering, and to end its answer
        deadline  seconds for a call, whatever its witnesses do
        grace     seconds that others are waited for once there is a quorum
        clock     this machine's time, in Unix seconds

        Raises Malformed for an address that is not one of HTTP.
        """
        self._trust, self._log, self._clock = trust, log, clock
        self._deadline, self._grace = deadline, grace
        self._pool = PoolManager(num_pools=max(1, len(trust.witness_urls)), maxsize=4)
        self._witnesses = [
            _Asked(name, trust.witnesses[name], url, self._pool, timeout) for name, url in trust.witness_urls.items()
        ]
        self._turn = Lock()
        self._newest = 0

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Fed:
        """Have the witnesses cosign the log's newest checkpoint.

        checkpoint         signed by the log; other lines on it are not passed on
        prove_consistency  size -> the proof from it to the checkpoint's size, for 0 < size < that one. It is called in
                           other threads, also after this call has returned: it must not fail, nor wait for a lock that
                           the caller holds

        Returns at the latest after `deadline` seconds, and `grace` seconds after the quorum is there.
        Raises Mismatch if a witness says or shows that this log has grown further than the checkpoint, or otherwise;
        Conflict if a newer checkpoint was fed here before; Malformed and BadSignature for the checkpoint.
        """
        new = check_checkpoint(checkpoint, self._log).checkpoint
        note = parse_note(checkpoint)
        own = [line for line in note.signatures if (line.name, line.key_id) == (self._log.name, self._log.key_id)]
        signed = format_note(note.text, own)
        with self._turn:
            if new.size < self._newest:
                raise Conflict(f"a checkpoint of {new.size} entries, but one of {self._newest} was fed before")
            self._newest = new.size
            given, problems = self._ask_all(lambda witness: self._cosign(witness, new, signed, prove_consistency))
        for name in self._trust.witnesses.keys() - self._trust.witness_urls.keys():
            problems[name] = Refused("has no address in the policy")
        return Fed(list(given.values()), problems, self._trust.is_met(set(given)))

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> dict[str, LedgerError]:
        """Check, before anything is signed, that no witness shows more of this log than there is here.

        tree_size  how many entries there are here
        root_at    size -> the root here, for 0 <= size <= tree_size; called as `prove_consistency` of `cosign` is

        A witness shows its newest checkpoint where it has a monitoring view, perhaps an hour late. One without can be
        asked only by feeding it a checkpoint: `cosign` with the last one that was signed, which signs nothing new,
        makes it tell that it has a newer one.

        Each is waited for until the deadline, whatever the others say, and once more where it has an older question to
        answer first: the one that is slow may be the one that knows. Whoever let two looks pass without a word is then
        waited for no longer than the others, until it answers.

        Returns the witnesses from which nothing was learnt, with the reason. Raises Mismatch.
        """
        with self._turn:
            given, problems = self._ask_all(
                lambda witness: self._check_shown(witness, tree_size, root_at), is_patient=True
            )
        for witness in self._witnesses:
            witness.unheard = 0 if witness.name in given else witness.unheard + 1
        silent = {name: Refused("shows no checkpoint of this log") for name, shown in given.items() if shown is None}
        return problems | silent

    def close(self) -> None:
        """Let go of the connections that were kept."""
        self._pool.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask_all(
        self, ask: Callable[[_Asked], T], *, is_patient: bool = False
    ) -> tuple[dict[str, T], dict[str, LedgerError]]:
        """Ask every witness at once; return what those gave who answered in time, and why the others did not.

        is_patient  a quorum is not enough: all are waited for, also those that still have another question to answer
        """
        answers: SimpleQueue[tuple[_Asked, T | LedgerError]] = SimpleQueue()
        given: dict[str, T] = {}
        if is_patient:
            self._await_free(time.monotonic() + self._deadline)
        end = time.monotonic() + self._deadline  # whoever is late with an old answer takes nothing from the others
        pending, problems = self._start_all(ask, answers)
        is_enough = False
        while pending:
            if is_patient:
                is_enough = all(witness.unheard >= PATIENCE for witness in pending)
                end = min(end, time.monotonic() + self._grace) if is_enough else end
            elif not is_enough and self._trust.is_met(set(given)):
                is_enough, end = True, min(end, time.monotonic() + self._grace)
            if is_enough and all(witness.is_late for witness in pending):
                break
            try:
                witness, answer = answers.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                break
            pending.remove(witness)
            if isinstance(answer, Mismatch):
                raise answer
            if isinstance(answer, LedgerError):
                problems[witness.name] = answer
            else:
                given[witness.name] = answer
        for witness in pending:
            witness.is_late = True
            problems[witness.name] = Refused("has not answered in time")
        return given, problems

    def _await_free(self, end: float) -> None:
        """Wait for those who have not answered the last request yet; what they show is then for `_start_all` to say."""
        while any(witness.is_busy and witness.unheard < PATIENCE for witness in self._witnesses):
            if time.monotonic() >= end:
                return
            time.sleep(0.01)

    def _start_all(
        self, ask: Callable[[_Asked], T], answers: "SimpleQueue[tuple[_Asked, T | LedgerError]]"
    ) -> tuple[list[_Asked], dict[str, LedgerError]]:
        """Start asking; return who is asked, and why others are not. Raises Mismatch that came in late."""
        pending: list[_Asked] = []
        problems: dict[str, LedgerError] = {}
        for witness in self._witnesses:
            if witness.mismatch is not None:
                raise witness.mismatch
        for witness in self._witnesses:
            if witness.is_busy:
                problems[witness.name] = Refused("has not answered the last request yet")
                continue
            witness.is_busy = True
            try:
                Thread(target=_ask, args=(witness, ask, answers), daemon=True, name=f"feeder {witness.name}").start()
            except RuntimeError as error:  # the machine has no thread left
                witness.is_busy = False
                problems[witness.name] = Refused(f"cannot be asked: {error}")
                continue
            pending.append(witness)
        return pending, problems

    def _cosign(
        self, witness: _Asked, new: Checkpoint, signed: bytes, prove: Callable[[int], Sequence[Hash]]
    ) -> Signature:
        """Ask one witness, and once more if it says that it has cosigned another size than was thought."""
        said: int | None = None
        for _ in range(2):
            old = witness.size
            answer = witness.add_checkpoint(old, prove(old) if 0 < old < new.size else [], signed)
            if isinstance(answer, tuple):
                line, seconds = answer
                self._check_clock(seconds)
                witness.size = new.size
                return line
            said = answer
            if said is None or said == old or said > new.size:
                break
            witness.size = said
        view = self._compare_shown(witness, new, prove)
        if said is None:
            raise Refused(f"says that the log does not extend what it cosigned (422); its view: {view}")
        if said > new.size:
            raise Mismatch(
                f"witness {witness.name} says that it cosigned {said} entries of {format_key_name(self._log)}, here "
                f"are {new.size}: the store is an old copy, the log was continued elsewhere, or the witness follows "
                f"another log of this name; its view: {view}"
            )
        raise Refused(f"says that it cosigned {said} entries (409), and does not go on from there")

    def _check_clock(self, seconds: int) -> None:
        ahead = seconds - int(self._clock())
        if ahead > CLOCK_TOLERANCE_SECONDS:
            raise BadSignature(f"its clock is {ahead} seconds ahead of this machine's")
        if ahead < -CLOCK_TOLERANCE_SECONDS:
            raise BadSignature(f"its clock is {-ahead} seconds behind this machine's")

    def _compare_shown(self, witness: _Asked, new: Checkpoint, prove: Callable[[int], Sequence[Hash]]) -> LedgerError:
        """Look at what a witness that did not cosign shows; return why that says nothing against this log.

        Raises Mismatch if it is not a beginning of this log.
        """
        try:
            shown = witness.read_checkpoint(self._log)
        except LedgerError as error:
            return error
        if shown is None or shown.size == 0:
            return Refused("shows no checkpoint of this log")
        _check_not_grown(witness, shown, new.size)
        try:
            proof = prove(shown.size) if shown.size < new.size else []
            check_consistency(shown.size, new.size, proof, shown.root, new.root)
        except LedgerError:
            raise _forked(witness, shown) from None
        return Refused(f"shows a checkpoint of {shown.size} entries that this log extends")

    def _check_shown(self, witness: _Asked, tree_size: int, root_at: Callable[[int], Hash]) -> Checkpoint | None:
        shown = witness.read_checkpoint(self._log)
        if shown is not None:
            _check_not_grown(witness, shown, tree_size)
            if shown.root != root_at(shown.size):
                raise _forked(witness, shown)
            witness.size = max(witness.size, shown.size)
        return shown


def _ask(witness: _Asked, ask: Callable[[_Asked], T], answers: "SimpleQueue[tuple[_Asked, T | LedgerError]]") -> None:
    """Ask one witness, in a thread of its own; whether somebody still waits for the answer or not."""
    answer: T | LedgerError
    try:
        answer = ask(witness)
        witness.is_late = False
    except Mismatch as error:
        witness.mismatch = answer = error
    except LedgerError as error:
        answer = error
    finally:
        witness.is_busy = False
    answers.put((witness, answer))


def _check_not_grown(witness: _Asked, shown: Checkpoint, size: int) -> None:
    if shown.size > size:
        raise Mismatch(
            f"witness {witness.name} shows a checkpoint of {shown.size} entries that this log signed, here are {size}: "
            "the store is an old copy, or the log was continued elsewhere"
        )


def _forked(witness: _Asked, shown: Checkpoint) -> Mismatch:
    return Mismatch(
        f"witness {witness.name} shows the root {shown.root.hex()} at size {shown.size} that this log signed, and the "
        "entries here give another: the log has two histories"
    )

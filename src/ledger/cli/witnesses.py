"""The witnesses that an installation asks over the network: `witnesses.txt` in its folder, a tlog-policy."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from ledger.audit.trust import Trust, parse_trust
from ledger.audit.wording import translate
from ledger.cli.speech import warn
from ledger.cli.words import join, name_unit
from ledger.log.book import Cosigners
from ledger.log.feeder import Feeder
from ledger.log.witness import Witness
from ledger.office.policy import Policy
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import Malformed, Mismatch
from ledger.proof.note import Signature, Verifier, format_vkey, parse_note

WITNESSES_FILE = "witnesses.txt"


class Asked:
    """The witnesses of witnesses.txt, asked by a feeder; who does not answer is named on standard error, once."""

    def __init__(self, feeder: Feeder, trust: Trust) -> None:
        """Take the feeder, and the policy that it goes by."""
        self._feeder, self._trust = feeder, trust
        self._problems: dict[str, str] = {}
        self._has_quorum = True

    @classmethod
    def read(cls, folder: Path, log: Verifier, closing: ExitStack) -> Self | None:
        """Return the witnesses that a folder's file names, None if it has none; the connections are left to `closing`.

        Raises Malformed, naming the file and the line.
        """
        file = folder / WITNESSES_FILE
        if not file.is_file():
            return None
        try:
            trust = parse_trust(file.read_bytes())
            if not any((one.name, one.key) == (log.name, log.key) for one in trust.logs):
                raise Malformed(f"it does not name this log, {format_vkey(log)}")
            if any(witness.name == log.name for witness in trust.witnesses.values()):
                raise Malformed(f"a witness's key bears the log's own name, {log.name}")
            return cls(closing.enter_context(Feeder(trust, log)), trust)
        except Malformed as error:
            raise Malformed(f"{file}: {error}") from None

    def compare(self, policy: Policy) -> None:
        """Warn of witnesses that are asked and are none of the log's own policy, the one in force."""
        counted = {verifier.key for verifier in policy.witness_keys.values()}
        strangers = [name for name, verifier in self._trust.witnesses.items() if verifier.key not in counted]
        if not strangers:
            return
        quorum, units = policy.witnesses.quorum, [name_unit(policy, unit) for unit in sorted(policy.witnesses.keys)]
        zh, en = f"{quorum} 家，见证人为 {join(units) or '无'}", f"{quorum} of {join(units) or 'none'}"
        warn(
            f"注意：{WITNESSES_FILE} 中的 {join(strangers)} 不是日志政策中的见证人，其联署不计入任何抽取和回执；"
            f"抽取和回执只看政策的法定数（{zh}）",
            f"note: {join(strangers)} of {WITNESSES_FILE} are not witnesses of the log's own policy: they count for no "
            f"draw and no receipt, which go by that policy's quorum, {en}",
        )

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> None:
        """Check that no witness knows more of this log than there is here. Raises Mismatch."""
        self._feeder.check_rollback(tree_size, root_at)

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Sequence[Signature]:
        """Return the cosignatures that came in time; say which did not, and whether the quorum is there.

        What was said of a witness is not said again while it stays so.
        """
        size = parse_checkpoint(parse_note(checkpoint).text).size
        fed = self._feeder.cosign(checkpoint, prove_consistency)
        problems = {name: str(problem) for name, problem in sorted(fed.problems.items())}
        for name, problem in problems.items():
            if self._problems.get(name) != problem:
                warn(
                    f"见证人 {name} 未联署 {size} 条的检查点：{translate(problem)}",
                    f"witness {name} has not cosigned the checkpoint of {size} entries: {problem}",
                )
        if self._has_quorum and not fed.is_quorum:
            warn(
                f"{size} 条的检查点未达 {WITNESSES_FILE} 的法定数 {self._trust.quorum}；回执和抽取看日志政策的法定数",
                f"the checkpoint of {size} entries has not the quorum {self._trust.quorum} of {WITNESSES_FILE}; "
                "receipts and draws go by the quorum of the log's own policy",
            )
        self._problems, self._has_quorum = problems, fed.is_quorum
        return fed.lines


class TrialWitnesses:
    """The witnesses of an installation's own folder, beside those that are asked over the network: for a trial only."""

    def __init__(
        self, witnesses: Sequence[Witness], origin: str, clock: Callable[[], int], asked: Cosigners | None
    ) -> None:
        """Take the witnesses, open, and the log's name; the clock is the witnesses'."""
        self._witnesses, self._origin, self._clock, self._asked = witnesses, origin, clock, asked

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> None:
        """Check that no witness has signed more of this log than there is here. Raises Mismatch."""
        if self._asked is not None:
            self._asked.check_rollback(tree_size, root_at)
        for witness in self._witnesses:
            newest, name = witness.newest(self._origin), witness.verifier.name
            if newest.size > tree_size:
                raise Mismatch(
                    f"the store has {tree_size} entries, {name} has a checkpoint of {newest.size}: "
                    "the store is an old copy"
                )
            root = root_at(newest.size)
            if root != newest.root:
                raise Mismatch(
                    f"the first {newest.size} entries of the store give the root {root.hex()}, "
                    f"{name} has {newest.root.hex()}: the store tells another history"
                )

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Sequence[Signature]:
        """Return the cosignatures of all of them, and of those asked that came in time. Raises Mismatch."""
        lines = [] if self._asked is None else list(self._asked.cosign(checkpoint, prove_consistency))
        for witness in self._witnesses:
            proof = prove_consistency(witness.newest(self._origin).size)
            lines.append(witness.cosign(checkpoint, proof, self._clock()))
        return lines

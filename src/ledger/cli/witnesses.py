"""The witnesses that an installation asks over the network: `witnesses.txt` in its folder, a tlog-policy."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from ledger.audit.trust import parse_trust
from ledger.audit.wording import translate
from ledger.cli.speech import warn
from ledger.log.feeder import Feeder
from ledger.proof.encoding import Hash
from ledger.proof.errors import Malformed
from ledger.proof.note import Signature, Verifier, format_vkey

WITNESSES_FILE = "witnesses.txt"


class Asked:
    """The witnesses of a policy, asked by a feeder; who does not answer is named on standard error."""

    def __init__(self, feeder: Feeder) -> None:
        """Take the feeder."""
        self._feeder = feeder

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
            return cls(closing.enter_context(Feeder(trust, log)))
        except Malformed as error:
            raise Malformed(f"{file}: {error}") from None

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> None:
        """Check that no witness knows more of this log than there is here. Raises Mismatch."""
        self._feeder.check_rollback(tree_size, root_at)

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Sequence[Signature]:
        """Return the cosignatures that came in time; say which did not, and whether the quorum is there."""
        fed = self._feeder.cosign(checkpoint, prove_consistency)
        for name, problem in sorted(fed.problems.items()):
            warn(f"见证人 {name} 未联署：{translate(str(problem))}", f"witness {name} has not cosigned: {problem}")
        if not fed.is_quorum:
            warn("联署未达法定数：此检查点下尚无有效回执", "the quorum has not cosigned: no receipt counts yet")
        return fed.lines

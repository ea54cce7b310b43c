"""A first look through a log's entries, before any rule: their tree, and the keys that the log itself names.

Nothing of it is believed: the replay checks every entry that it was read from.
"""

from collections.abc import Iterable, Iterator

from ledger.office.events.log import LogFounded, PolicyAdopted
from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError, Malformed
from ledger.proof.event import parse_event
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Verifier, parse_note, parse_vkey


class Survey:
    """What was seen of the entries: `tree`, the first entry, and those that adopt a policy."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        """Go through the entries once; raises what that raises."""
        self._founding: bytes | None = None
        self._policies: list[bytes] = []
        self.tree = Tree(self._hash(entries))

    def _hash(self, entries: Iterable[bytes]) -> Iterator[Hash]:
        for entry in entries:
            if self._founding is None:
                self._founding = entry
            elif b'"type":"policy.adopted/1"' in entry:
                self._policies.append(entry)
            yield derive_leaf_hash(entry)

    def named_keys(self) -> tuple[Verifier, list[Verifier]]:
        """Return the log's key as the founding entry names it, and its witnesses' of all policies. Raises Malformed."""
        if self._founding is None:
            raise Malformed("the log is empty")
        origin = parse_note(self._founding).text.partition("\n")[0].removesuffix("/event/v1")
        event = parse_event(self._founding, origin)
        try:
            founded = LogFounded.model_validate(event.body)
        except ValueError as error:
            raise Malformed(f"entry 0 founds no log: {str(error)[:200]}") from None
        return parse_vkey(founded.log), [*founded.policy.witness_keys.values(), *self._later_witnesses(origin)]

    def _later_witnesses(self, origin: str) -> list[Verifier]:
        """Return the witnesses' keys of policies adopted later; what is malformed is for the replay to say."""
        found: list[Verifier] = []
        for entry in self._policies:
            try:
                body = PolicyAdopted.model_validate(parse_event(entry, origin).body)
            except (LedgerError, ValueError):
                continue
            found += body.policy.witness_keys.values()
        return found

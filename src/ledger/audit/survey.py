"""A first look through a log's entries, before any rule: their tree, and the keys that the log itself names.

Nothing of it is believed: the replay checks every entry that it was read from.
"""

from collections.abc import Iterable, Iterator

from ledger.office.events.log import LogFounded, PolicyAdopted
from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError, Malformed
from ledger.proof.event import Event, parse_event
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Verifier, parse_note, parse_vkey

_POLICY_ADOPTED = b'"type":"policy.adopted/1"'


class NamedKeys:
    """The entries that name keys: the first, and those that adopt a policy."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self.founding: bytes | None = None
        self._policies: list[bytes] = []

    def look(self, entry: bytes) -> None:
        """Remember an entry if it may name keys; all entries are to be shown, in order."""
        if self.founding is None:
            self.founding = entry
        elif _POLICY_ADOPTED in entry:
            self._policies.append(entry)

    def read(self) -> tuple[Verifier, list[Verifier]]:
        """Return the log's key as the founding entry names it, and its witnesses' of all policies. Raises Malformed."""
        try:
            founded = LogFounded.model_validate(self.parse(self.founding or b"").body)
        except ValueError as error:
            raise Malformed(f"entry 0 founds no log: {str(error)[:200]}") from None
        return parse_vkey(founded.log), [*founded.policy.witness_keys.values(), *self._later_witnesses()]

    def parse(self, entry: bytes) -> Event:
        """Return an entry as an event of the log that the first one founds. Raises Malformed."""
        if self.founding is None:
            raise Malformed("the log is empty")
        return parse_event(entry, parse_note(self.founding).text.partition("\n")[0].removesuffix("/event/v1"))

    def _later_witnesses(self) -> Iterator[Verifier]:
        for entry in self._policies:
            try:
                policy = PolicyAdopted.model_validate(self.parse(entry).body).policy
            except (LedgerError, ValueError):  # it only looks like one, or is for the replay to refuse
                continue
            yield from policy.witness_keys.values()


class Survey:
    """What was seen of the entries: `tree`, and the keys that they name."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        """Go through the entries once; raises what that raises."""
        self._named = NamedKeys()
        self.tree = Tree(self._hash(entries))

    def _hash(self, entries: Iterable[bytes]) -> Iterator[Hash]:
        for entry in entries:
            self._named.look(entry)
            yield derive_leaf_hash(entry)

    def named_keys(self) -> tuple[Verifier, list[Verifier]]:
        """Return the log's key as the founding entry names it, and its witnesses' of all policies. Raises Malformed."""
        return self._named.read()

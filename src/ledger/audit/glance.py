"""An entry at a glance: whether it is of the subject and type said of it, without parsing it; and whose keys it names.

It is for whoever compares a whole log with what is kept beside it. It believes that an entry has an event's form,
which the rules checked when it was recorded; whether it has is for `audit/replay`.
"""

from collections.abc import Sequence

from ledger.audit.survey import NamedKeys
from ledger.audit.trust import Trust
from ledger.proof.errors import Mismatch
from ledger.proof.note import Verifier, format_vkey

_POLICY_ADOPTED = "policy.adopted/1"


class Glance:
    """Looks once at every entry of a log, in order, and remembers the few that name keys."""

    def __init__(self, trust: Trust | None = None) -> None:
        """Take the keys that a reader trusts; without any, the log is believed what it says of its own."""
        self._trust = trust or Trust()
        self._named = NamedKeys()

    def check(self, entries: Sequence[bytes], subjects: Sequence[str], types: Sequence[str]) -> None:
        """Look at entries that follow one another, and check that each is of the subject and type beside it.

        In canonical JSON an event's line ends `,"subject":"S","type":"T","unit":"U"}`; the unit stands between the last
        two quotation marks, for no signature line holds one. Within a text a mark has a backslash before it; so, where
        S and T have no marks, those bytes in that place are those fields. Entries that do not end so are parsed.

        Raises Mismatch with what the first other entry says; Malformed if it is no event.
        """
        if self._named.founding is None or _POLICY_ADOPTED in types:
            for entry in entries:
                self.look(entry)
        if _are_plain(entries, subjects, types):
            return
        for entry, subject, type in zip(entries, subjects, types, strict=True):
            event = self._named.parse(entry)
            if (event.subject, event.type) != (subject, type):
                raise Mismatch(f"it stands as {type} on {subject}, its bytes say {event.type} on {event.subject}")

    def look(self, entry: bytes) -> None:
        """Remember an entry if it may name keys."""
        self._named.look(entry)

    def keys(self) -> tuple[Verifier, list[Verifier]]:
        """Return the log's key as entry 0 names it, and those of the witnesses of all policies and of the trusted ones.

        Raises Malformed if entry 0 founds no log; Mismatch if the log is none of those trusted; FileNotFoundError if no
        entry names a key, and none is trusted.
        """
        trusted = list(self._trust.witnesses.values())
        if self._named.founding is None:
            if not self._trust.logs:
                raise FileNotFoundError("the log has no entry yet that names its key")
            return self._trust.logs[0], trusted
        log, witnesses = self._named.read()
        if self._trust.logs and not any((log.name, log.key) == (one.name, one.key) for one in self._trust.logs):
            raise Mismatch(f"entry 0 names the log's key {format_vkey(log)}, which is not the one trusted")
        return log, [*witnesses, *trusted]


def _are_plain(entries: Sequence[bytes], subjects: Sequence[str], types: Sequence[str]) -> bool:
    """Tell whether each entry ends as one of its subject and type does: all in one go, for there are many."""
    if '"' in "".join(subjects) or '"' in "".join(set(types)):
        return False
    pairs = zip(subjects, types, strict=True)
    ends = [f',"subject":"{subject}","type":"{type}","unit":'.encode() for subject, type in pairs]
    heads = [entry.rsplit(b'"', 2)[0] for entry in entries]
    return all(map(bytes.endswith, heads, ends))

"""Events on the log itself: its founding, its policy, its keys, and the words of its witnesses."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Count, Hex64, Id, Many, NoteText, Text
from ledger.office.policy import Policy


class Continued(Body):
    """The log that a new one goes on from: its key, as a vkey, and the last checkpoint of it, verbatim."""

    vkey: Text
    checkpoint: NoteText


class LogFounded(Body):
    """log.founded/1, subject `log`: entry 0. Signed by every key that it lists, which proves that its holder has it.

    origin     the log's name, first line of its checkpoints
    log        the log's own key, as a vkey
    keys       unit -> vkey
    continues  the log that came before this one, if there was one
    """

    origin: Text
    log: Text
    keys: dict[Id, Text]
    policy: Policy
    continues: Continued | None = None


class LogClosed(Body):
    """log.closed/1, subject `log`: the last entry. Another log goes on; its key is named, as a vkey."""

    successor: Text
    reason: Literal["key-rotated", "key-compromised"]


class PolicyAdopted(Body):
    """policy.adopted/1, subject `policy`: a whole new policy. It binds after the old one's notice (T37)."""

    policy: Policy


class KeyEnrolled(Body):
    """key.enrolled/1, subject `key/<unit>`: one more key of a unit.

    Signed by the new key, and by the unit's current key or by two other units; in the second case the key is in
    force only after the policy's witnessed days (T31).
    """

    vkey: Text


class KeyRevoked(Body):
    """key.revoked/1, subject `key/<unit>`: a key is out of force from this entry on.

    Signed by the unit itself, or by two other units.
    """

    vkey: Text
    reason: Text


class EncryptionEnrolled(Body):
    """encryption.enrolled/1, subject `encryption/<unit>`: an X25519 key, to encrypt to what is for the unit alone."""

    public: Hex64


class CheckpointWitnessed(Body):
    """checkpoint.witnessed/1, subject `log/witnessed`: a checkpoint with its cosignatures, verbatim.

    This is how time enters the record: changes and keys age by what witnesses attest, never by what a signer claims.
    """

    checkpoint: NoteText


class RowsListed(Body):
    """rows.listed/1, subject `list/<root>/<nnnn>`: one part of a long list; the root is that of the whole.

    The parts, 0001 onward, hold the rows in ascending order of the bytes of their ids.
    """

    rows: Many[dict[str, object]]


BASE_CHARACTERS = 4_000


class SignedRequest(Body):
    """What a unit asked for over HTTP, as its key signed it (RFC 9421).

    base       the signature base, verbatim: it names the subject, the key, the time and a nonce
    signature  the 64 bytes of Ed25519 over it, in base64
    """

    base: Annotated[str, Field(min_length=1, max_length=BASE_CHARACTERS)]
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==$")]


class OpeningsRead(Body):
    """openings.read/1, subject `reads/<unit>`: what a unit is told of what is sealed, recorded before it is (T22, T23).

    of       the subject that the values were sealed on
    count    how many of them
    request  the unit's own request, where the service says it and not the unit itself
    """

    of: Id
    count: Count
    request: SignedRequest | None = None


class OpeningsErased(Body):
    """openings.erased/1, subject `openings`: these sealed values can no longer be shown; all proofs still hold."""

    digests: Annotated[Many[Hex64], Field(min_length=1)]
    reason: Literal["person-asked", "retention-ended", "entered-in-error"]

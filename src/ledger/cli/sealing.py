"""What each step of a sealed draw signs, and what only those can compute who hold its shares.

Nothing here is recorded by itself: whoever opens shares or a sheet records that first, by `record_read`.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

from ledger.cli.desk import Desk
from ledger.cli.steps import find_draw
from ledger.office.draws import Draw
from ledger.office.events.body import Body, Hex64, Id, Many, Text
from ledger.office.events.cases import CaseAssigned, CaseDisclosed, CaseSheet
from ledger.office.events.draws import DrawRevealed, Encrypted, ReadRecorded, SeedCommitted, ShareChecked
from ledger.office.events.log import EncryptionEnrolled
from ledger.office.outcome import Outcome, Sheet
from ledger.office.policy import SERVICE
from ledger.office.record import Record
from ledger.office.results import derive_outcome_of
from ledger.office.reveal import check_reveal_time
from ledger.office.rule import check_same
from ledger.office.sealed import derive_sheet_leaf
from ledger.office.shares import derive_share_info
from ledger.proof.encoding import Hex
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.merkle import Tree, check_inclusion, derive_leaf_hash
from ledger.proof.randomness import derive_commitment
from ledger.proof.seal import decrypt, encrypt

Encrypt = Callable[[bytes, Hex, str], bytes]
"""(plaintext, public key, info) -> ciphertext, as `ledger.proof.seal.encrypt`."""


def enrol_encryption(desk: Desk, unit: str, public: Hex) -> int:
    """A unit names the key that it reads with."""
    return desk.submit("encryption.enrolled/1", f"encryption/{unit}", EncryptionEnrolled(public=public), unit)


def derive_recipients(desk: Desk, draw: Draw, unit: str) -> list[str]:
    """Return whom a unit's share goes to beside the service, if nobody is named: two of those who run the draw."""
    office = desk.office(draw.office)
    others = [one for one in (office.supervisor, office.organiser, office.leader) if one != unit]
    return list(dict.fromkeys(others))[:2]


def commit_sealed(
    desk: Desk, slot: str, unit: str, share: str, to: Sequence[str] = (), encrypt: Encrypt = encrypt
) -> int:
    """A unit commits to its share, and encrypts it to the service and to two other units."""
    draw = find_draw(desk.record, slot)
    origin, encrypted = desk.record.origin or "", []
    for other in sorted({SERVICE, *(to or derive_recipients(desk, draw, unit))}):
        public = desk.record.encryption.newest(other)
        if public is None:
            raise Refused(f"{other} has no encryption key")
        ciphertext = encrypt(share.encode(), public, derive_share_info(origin, slot, unit, other))
        encrypted.append(Encrypted(to=other, ciphertext=b64encode(ciphertext).decode()))
    body = SeedCommitted(commitment=derive_commitment(share), encrypted=tuple(encrypted))
    return desk.submit("seed.committed/1", f"draw/{slot}", body, unit)


def open_share(record: Record, draw: Draw, share_of: str, unit: str, private: Hex) -> Hex:
    """Return a share that is encrypted to a unit.

    private  the unit's encryption key, its private half

    Raises Refused if none is encrypted to it, Mismatch if it does not open or is not what was committed to.
    """
    ciphertext = draw.encrypted.get(share_of, {}).get(unit)
    if ciphertext is None:
        raise Refused(f"draw/{draw.slot}: no share of {share_of} is encrypted to {unit}")
    info = derive_share_info(record.origin or "", draw.slot, share_of, unit)
    share = decrypt(b64decode(ciphertext), private, info).decode("ascii", "replace")
    try:
        is_committed = derive_commitment(share) == draw.commitments[share_of]
    except Malformed:  # what is no 64 hexadecimal characters could never be revealed, whatever its hash
        is_committed = False
    if not is_committed:
        raise Mismatch(f"draw/{draw.slot}: what {share_of} encrypted to {unit} is not the share that it committed to")
    return Hex(share)


def open_shares(record: Record, draw: Draw, unit: str, private: Hex, own: str | None = None) -> dict[str, Hex]:
    """Return every share that counts, party -> share, as their holder has them: public ones, and those it can open.

    own  the unit's own share, where it committed one
    """
    sealed = [party for party in draw.counted if party in draw.encrypted]
    shares = {p: open_share(record, draw, p, unit, private) for p in sealed if p != unit}
    if unit in sealed:
        if own is None or derive_commitment(own) != draw.commitments[unit]:
            raise Refused(f"draw/{draw.slot}: the share that {unit} committed to is not at hand")
        shares[unit] = Hex(own)
    return draw.shares | shares


def compute_outcome(record: Record, draw: Draw, unit: str, private: Hex, own: str | None = None) -> Outcome:
    """Return the outcome of a sealed draw, as a holder of its shares computes it."""
    return derive_outcome_of(draw, open_shares(record, draw, unit, private, own))


def check_share(desk: Desk, slot: str, unit: str, share_of: str) -> int:
    """A unit says that it opened a share and compared it; `open_share` has done so."""
    return desk.submit("share.checked/1", f"draw/{slot}", ShareChecked(share_of=share_of), unit)


def record_read(desk: Desk, slot: str, unit: str, what: Literal["shares", "sheet"] = "shares") -> int:
    """A unit records that it is about to read the shares of a draw, or a sheet."""
    return desk.submit("read.recorded/1", f"reads/{slot}", ReadRecorded(what=what), unit)


class SealedSheet(Body):
    """A sheet's file, canonical JSON: unit -> the ciphertext in base64 (docs/spec/draw.md, section 11)."""

    case: Text
    origin: Text
    slot: Text
    to: dict[Id, str]


class OpenedSheet(Body):
    """What the ciphertexts of a sheet's file hold, canonical JSON: the sheet, and its path to the outcome's root."""

    path: Many[Hex64]
    sheet: CaseSheet


def check_sheet(record: Record, draw: Draw, sheet: Sheet, path: Sequence[str]) -> None:
    """Check that a sheet is the one assigned, if it is, and stands under the root that was executed.

    path  nodes as 64 hexadecimal characters

    Raises Mismatch.
    """
    assert draw.claimed is not None  # there is an outcome, or nothing was handed out
    leaf, assigned = derive_sheet_leaf(sheet), record.cases.sealed.get(f"case/{draw.slot}/{sheet.number}")
    if assigned is not None:
        check_same("leaf", leaf, assigned.leaf)
    nodes, root = [bytes.fromhex(node) for node in path], bytes.fromhex(draw.claimed.root)
    check_inclusion(bytes.fromhex(leaf), int(sheet.number) - 1, draw.claimed.count, nodes, root)


def derive_paths(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    """Return the path from each sheet, by its number, to the outcome's root, nodes as 64 hexadecimal characters."""
    tree = Tree(derive_leaf_hash(sheet.format()) for sheet in outcome.sheets)
    proofs = (tree.prove_inclusion(index, len(tree)) for index in range(len(tree)))
    return {
        sheet.number: tuple(node.hex() for node in path) for sheet, path in zip(outcome.sheets, proofs, strict=True)
    }


def assign_sealed(desk: Desk, slot: str, outcome: Outcome, unit: str = SERVICE) -> list[int]:
    """Hand on every sheet that is not assigned yet, as a leaf under the outcome's root; the service or the organiser
    signs, so that nothing tells which host section it is."""
    entries, paths = [], derive_paths(outcome)
    for sheet in outcome.sheets:
        subject = f"case/{slot}/{sheet.number}"
        if subject not in desk.record.cases.sealed and subject not in desk.record.cases.by_subject:
            body = CaseAssigned(leaf=derive_sheet_leaf(sheet), path=paths[sheet.number])
            entries.append(desk.prepare("case.assigned/1", subject, body, unit))
    return desk.hand_in(entries)


def disclose_case(desk: Desk, slot: str, sheet: Sheet) -> int:
    """The host section shows a sheet."""
    body = CaseDisclosed(sheet=CaseSheet.model_validate_json(sheet.format()))
    return desk.submit("case.disclosed/1", f"case/{slot}/{sheet.number}", body, sheet.host)


def check_reveal(desk: Desk, draw: Draw, unit: str) -> None:
    """Check that a unit may show the shares now, before they are opened: nothing of them may be at hand too early.

    Raises Refused, also where a draft is asked for: its file would hold the shares.
    """
    if desk.draft is not None:
        raise Refused("--draft: the shares of a sealed draw are not written to a file, they are handed in at once")
    check_reveal_time(desk.record, draw, unit, desk.clock())


def reveal_draw(desk: Desk, slot: str, unit: str, shares: dict[str, Hex]) -> int:
    """The shares are shown, and with them everything that follows; return the index of that entry.

    The sheets that were not disclosed come with it, unless the root that was executed proves invented.
    """
    draw = find_draw(desk.record, slot)
    body = DrawRevealed(shares={party: shares[party] for party in sorted(shares) if party in draw.encrypted})
    entries, outcome = [desk.prepare("draw.revealed/1", f"draw/{slot}", body, unit)], None
    with suppress(Refused):  # before the randomness: the rule says so
        outcome = derive_outcome_of(draw, draw.shares | shares)
    for sheet in outcome.sheets if outcome is not None and outcome.ref == draw.claimed else ():
        subject = f"case/{slot}/{sheet.number}"
        if subject in desk.record.cases.sealed:
            shown = CaseDisclosed(sheet=CaseSheet.model_validate_json(sheet.format()))
            entries.append(desk.prepare("case.disclosed/1", subject, shown, unit))
    return desk.hand_in(entries)[0]

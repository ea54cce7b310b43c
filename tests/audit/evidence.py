"""A month as evidence: its log, its bundle, and what an attacker makes of them who holds the log's own key.

A unit's share is missing, an officer was recused and replaced, a case is published. Nothing here is changed by a test.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forge import ENFORCEMENT, LEADER, SLOT, Fields, other_key, read_fields, sign
from ledger.audit.bundle import CHECKPOINT, derive_bundle
from ledger.audit.container import format_container
from ledger.audit.pairing import check_pairing
from ledger.audit.report import Report
from ledger.audit.trust import Trust, parse_trust
from ledger.audit.verify import Terms, verify_log
from ledger.cli import steps
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint, sorted_signatures
from ledger.proof.event import parse_event
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note, format_vkey
from ledger.proof.tile import ENTRIES, HEIGHT, WIDTH, derive_entry_tiles, derive_tiles, format_entries, format_tile_path
from month import change_ground, close_case, replace_officer
from world import ORIGIN, World, key, witness_signers

TERMS = Terms(pairing=check_pairing)


@dataclass(frozen=True)
class Evidence:
    """A draw's log and bundle.

    kept   a checkpoint that somebody took home before the draw was executed
    files  the bundle's files; `data` is the bundle
    """

    world: World
    slot: str
    entries: tuple[bytes, ...]
    checkpoint: bytes
    kept: bytes
    files: dict[str, bytes]
    data: bytes

    def index(self, type: str, number: int = 0) -> int:
        """Return the index of the log's n-th entry of a type."""
        found = [index for index, entry in enumerate(self.entries) if read_fields(entry)["type"] == f"{type}/1"]
        return found[number]


def collect(world: World, slot: str, kept: bytes = b"") -> Evidence:
    """Return a world's log as evidence, with the bundle of one slot."""
    entries, checkpoint = tuple(world.log.entries), world.cosigned(witnesses=world.policy.witnesses.quorum)
    files = derive_bundle(world.record, entries, checkpoint, slot)
    return Evidence(world, slot, entries, checkpoint, kept, files, format_container(files))


@cache
def month() -> Evidence:
    """Return the month."""
    world = World().prepare_year()
    change_ground(world)
    slot = world.open()
    assert slot == SLOT
    world.freeze(slot)
    world.commit(slot)
    world.commit(slot, "bureau/hazchem")
    steps.roll_dice(world.desk, slot, "31415926535897932384", "ab" * 32, ENFORCEMENT, LEADER)
    world.reveal(slot)
    for station in (world.close, world.witness, world.randomness):
        station(slot)
    kept = world.cosigned()
    world.execute(slot)
    steps.assign_cases(world.desk, slot)
    replace_officer(world, f"case/{slot}/0001")
    close_case(world, f"case/{slot}/0001")
    return collect(world, slot, kept)


def sign_checkpoint(entries: Sequence[bytes], *, witnesses: int = 0, seconds: int = 0) -> bytes:
    """Return a checkpoint over any entries, by the log's own key and so many of the witnesses."""
    text = format_checkpoint(Checkpoint(ORIGIN, len(entries), Tree(map(derive_leaf_hash, entries)).root()))
    log = key(ORIGIN)
    lines = [log.sign_text(text)]
    lines += [cosign(witness, text, seconds) for witness in list(witness_signers().values())[:witnesses]]
    return format_note(text, sorted_signatures(lines, log.verifier))


def verify_entries(entries: Sequence[bytes], checkpoint: bytes | None = None, terms: Terms = TERMS) -> Report:
    """Check entries under a checkpoint; without one, under one that the log's key has signed for just these."""
    report = Report("tampered")
    verify_log(report, sign_checkpoint(entries) if checkpoint is None else checkpoint, list(entries), terms)
    return report


def failed(report: Report) -> list[str]:
    """Return the ids of the checks that failed."""
    return [finding.check.id for finding in report.with_status("failed")]


def statuses(report: Report) -> dict[str, str]:
    """Return each check's status by its id."""
    return {finding.check.id: finding.status for finding in report.findings}


def replace(entries: Sequence[bytes], index: int, *others: bytes) -> list[bytes]:
    """Return the entries with others in the place of one."""
    return [*entries[:index], *others, *entries[index + 1 :]]


def sign_again(entry: bytes, change: Callable[[Fields], Any], *signers: str | Signer) -> bytes:
    """Return an entry with its fields changed, signed by the same keys, or by whoever is named."""
    fields = read_fields(entry)
    change(fields)
    return sign(fields, *(signers or signers_of(entry)))


def signers_of(entry: bytes) -> list[Signer]:
    """Return the keys that signed an entry, which the tests make of their names."""
    signers = []
    for line in parse_event(entry, ORIGIN).signatures:
        known = (key(line.name), other_key(line.name.removeprefix(f"{ORIGIN}/")))
        signers += [signer for signer in known if signer.verifier.key_id == line.key_id]
    return signers


def collude(entries: Sequence[bytes], start: int) -> list[bytes]:
    """Return the entries with all from `start` on signed again, by all of their units, on what now stands before them.

    Only the witnesses take no part: what they have signed stays as it was.
    """
    made = list(entries[:start])
    tree = Tree(map(derive_leaf_hash, made))
    for entry in entries[start:]:

        def see_this_history(fields: Fields) -> None:
            size = min(fields["seen"]["size"], len(made))
            fields["seen"] = {"root": tree.root(size).hex(), "size": size}

        made.append(sign_again(entry, see_this_history))
        tree.append(derive_leaf_hash(made[-1]))
    return made


def pack(evidence: Evidence, entries: Sequence[bytes], checkpoint: bytes, **files: bytes) -> bytes:
    """Return a bundle of other entries beside the evidence's own lists."""
    kept = {path: data for path, data in evidence.files.items() if not path.startswith("log/")}
    for tile in derive_entry_tiles(len(entries)):
        part = entries[tile.number * WIDTH : tile.number * WIDTH + tile.width]
        kept[f"log/{format_tile_path(tile)}"] = format_entries(part)
    return format_container({**kept, CHECKPOINT: checkpoint, **files})


def write_log(folder: Path, entries: Sequence[bytes], checkpoint: bytes) -> Path:
    """Lay a log down in a folder as it is published."""
    tree = Tree(map(derive_leaf_hash, entries))
    for tile in derive_tiles(0, len(entries)):
        part = slice(tile.number * WIDTH, tile.number * WIDTH + tile.width)
        file = folder / format_tile_path(tile)
        file.parent.mkdir(parents=True, exist_ok=True)
        if tile.level == ENTRIES:
            file.write_bytes(format_entries(entries[part]))
        else:
            file.write_bytes(b"".join(tree.level(HEIGHT * tile.level)[part]))
    (folder / "checkpoint").write_bytes(checkpoint)
    return folder


def unpack(folder: Path, files: dict[str, bytes]) -> Path:
    """Lay a bundle's files down in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def trust(quorum: str = "all", log: Signer | None = None) -> Trust:
    """Return a verifier's policy: the tests' log, and both witnesses, of whom `quorum` must have cosigned."""
    lines = [f"log {format_vkey((log or key(ORIGIN)).verifier)}"]
    names = [unit.removeprefix("witness/") for unit in witness_signers()]
    for name, signer in zip(names, witness_signers().values(), strict=True):
        lines.append(f"witness {name} {format_vkey(signer.verifier)}")
    lines.append(f"group both {quorum} {' '.join(names)}")
    return parse_trust("\n".join([*lines, "quorum both", ""]).encode())

"""The bundle of one draw: everything that a stranger needs to check it, in one file of one form.

    README.md                      what this is and how to check it, in Chinese and English
    log/checkpoint                 the log's signed word on its size and root, with cosignatures
    log/tile/entries/...           every entry below that size, as tlog-tiles has them
    draw/entries/<index>.note      the entries of this draw, one file each, as they stand in the log
    draw/seed.txt                  the seed's text; its SHA-256 is the seed
    draw/shares.txt                unit, commitment, share
    draw/strata.txt                stratum, eligible, quota, drawn
    draw/codes/<stratum>.txt       the codes that could be drawn, one a line
    draw/drawn/<stratum>.txt       ticket and code of those that were, smallest ticket first
    draw/pool.jsonl, officers.jsonl, items.jsonl, conflicts.jsonl, sheets.jsonl     the leaves under the roots

It carries the whole log up to its checkpoint, so that what was frozen can be derived again and nothing left out
(docs/adr/). Everything but log/ is derived from log/, for people and for verify.sh; a difference is a failure.

Specification: docs/spec/bundle.md.
"""

from collections.abc import Iterable, Sequence

from ledger.audit.readme import format_readme
from ledger.office.draws import Draw
from ledger.office.ground import format_conflict
from ledger.office.record import Record
from ledger.proof.draw import derive_sub_seed, select
from ledger.proof.encoding import format_canonical
from ledger.proof.errors import Malformed, Refused
from ledger.proof.event import parse_event
from ledger.proof.tile import WIDTH, derive_entry_tiles, format_entries, format_tile_path, parse_entries

CHECKPOINT = "log/checkpoint"
README = "README.md"


def derive_bundle(record: Record, entries: Sequence[bytes], checkpoint: bytes, slot: str) -> dict[str, bytes]:
    """Return the files of a draw's bundle, path -> contents.

    record      after all the entries
    entries     the log up to the checkpoint's size
    checkpoint  the signed checkpoint, with the witnesses' lines in their one order

    Raises Refused if the slot has no outcome yet, or one that is sealed.
    """
    draw = record.draws.by_slot.get(slot)
    if draw is not None and draw.owes_reveal:
        raise Refused(
            f"slot {slot} is sealed until its shares are revealed: its last visits are due on {draw.reveal_due}"
        )
    if draw is None or not draw.executed or draw.outcome is None:
        raise Refused(f"slot {slot} has no outcome yet: there is nothing to bundle")
    files = {README: format_readme(record, draw).encode(), CHECKPOINT: checkpoint}
    for tile in derive_entry_tiles(len(entries)):
        part = entries[tile.number * WIDTH : tile.number * WIDTH + tile.width]
        files[f"log/{format_tile_path(tile)}"] = format_entries(part)
    for index in find_stations(record, entries, draw):
        files[f"draw/entries/{index:06d}.note"] = entries[index]
    return files | derive_lists(draw)


def find_stations(record: Record, entries: Sequence[bytes], draw: Draw) -> list[int]:
    """Return the indexes of a draw's own entries: found by walking back along `after` from the newest."""
    indexes: list[int] = []
    at = record.heads.get(f"draw/{draw.slot}")
    while at is not None:
        indexes.append(at)
        at = parse_event(entries[at], record.origin or "").after
    return sorted(indexes)


def derive_lists(draw: Draw) -> dict[str, bytes]:
    """Return the lists of a draw that has an outcome, path -> contents."""
    ground, outcome = draw.ground, draw.outcome
    assert outcome is not None
    files = {
        "draw/seed.txt": outcome.seed_file.encode(),
        "draw/shares.txt": _lines(
            f"{party} {draw.commitments.get(party, '-')} {draw.shares.get(party, 'missing')}"
            for party in sorted({*draw.commitments, *draw.shares})
        ),
        "draw/strata.txt": _lines(
            f"{frozen.id} {frozen.eligible} {frozen.quota} {drawn.drawn}"
            for frozen, drawn in zip(ground.strata, outcome.strata, strict=True)
        ),
        "draw/pool.jsonl": _rows(leaf.format() for leaf in ground.pool),
        "draw/officers.jsonl": _rows(leaf.format() for leaf in ground.officers),
        "draw/items.jsonl": _rows(
            format_canonical(item.model_dump(mode="json", exclude_none=True)) for item in ground.items
        ),
        "draw/conflicts.jsonl": _rows(format_conflict(*pair) for pair in ground.conflicts),
        "draw/sheets.jsonl": _rows(sheet.format() for sheet in outcome.sheets),
    }
    for stratum in ground.strata:
        codes = ground.eligible(stratum.id)
        drawn = select(derive_sub_seed(outcome.seed, "pool", stratum.id), codes, stratum.quota)
        files[f"draw/codes/{stratum.id}.txt"] = _lines(codes)
        files[f"draw/drawn/{stratum.id}.txt"] = _lines(f"{one.ticket} {one.code}" for one in drawn)
    return files


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def _rows(rows: Iterable[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in rows)


def read_bundle_entries(files: dict[str, bytes], size: int) -> list[bytes]:
    """Return the log's entries out of a bundle's files. Raises Malformed if one of its tiles is missing or cut."""
    entries: list[bytes] = []
    for tile in derive_entry_tiles(size):
        path = f"log/{format_tile_path(tile)}"
        if path not in files:
            raise Malformed(f"bundle: {path} is missing")
        entries += parse_entries(files[path], tile.width)
    return entries


def find_slot(files: dict[str, bytes]) -> str:
    """Return the slot that a bundle is about, from its seed.txt. Raises Malformed."""
    lines = files.get("draw/seed.txt", b"").decode(errors="replace").split("\n")
    if len(lines) < 2 or not lines[1].startswith("slot "):
        raise Malformed("bundle: draw/seed.txt is missing or does not name its slot in the second line")
    return lines[1].removeprefix("slot ")

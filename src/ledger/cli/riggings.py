"""Three riggings, done as well as an insider could, to show that each is caught.

The rigger holds the log's own key and the key of the unit whose entry he changes: he signs that entry again, and puts
the whole under a new root and a new checkpoint. What he cannot do is make the rest of the record follow from it, or
have the witnesses sign a second history.
"""

import json
from typing import Any

from ledger.audit.bundle import CHECKPOINT, read_bundle_entries
from ledger.audit.container import format_container, parse_container
from ledger.cli.installation import Installation
from ledger.proof.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from ledger.proof.event import format_entry
from ledger.proof.merkle import derive_root
from ledger.proof.note import format_note, parse_note
from ledger.proof.tile import WIDTH, derive_entry_tiles, format_entries, format_tile_path


def edit_roster(data: bytes, installation: Installation) -> bytes:
    """Move the first enterprise of the roster to another street; its keeper signs the list again."""
    entries = _entries(data)
    at = next(i for i, entry in enumerate(entries) if b'"type":"rows.listed/1"' in entry and b'"street":"' in entry)
    street = next(row["street"] for row in _body(entries[at])["rows"] if "street" in row)
    other = "street/pinghu" if street != "street/pinghu" else "street/bantian"
    _forge(entries, at, f'"street":"{street}"', f'"street":"{other}"', installation)
    return _rebuild(data, entries, installation)


def swap_officer(data: bytes, installation: Installation) -> bytes:
    """Give the first assigned case another bureau officer; its host section signs the assignment again."""
    entries = _entries(data)
    assigned = [i for i, entry in enumerate(entries) if b'"type":"case.assigned/1"' in entry]
    teams = [_body(entries[i])["officers"] for i in assigned]
    friend = next(team[1] for team in teams if team[1] != teams[0][1])
    _forge(entries, assigned[0], teams[0][1], friend, installation)
    return _rebuild(data, entries, installation)


def change_seed(data: bytes, installation: Installation) -> bytes:
    """Put another share in the place of the first that was revealed; its unit signs it again."""
    entries = _entries(data)
    at = next(i for i, entry in enumerate(entries) if b'"type":"seed.revealed/1"' in entry)
    _forge(entries, at, _body(entries[at])["share"], "0" * 63 + "1", installation)
    return _rebuild(data, entries, installation)


def _body(entry: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(entry.split(b"\n")[1])["body"]
    return body


def _forge(entries: list[bytes], index: int, old: str, new: str, installation: Installation) -> None:
    """Change a text in an entry, and have the units that signed it sign it again."""
    note = parse_note(entries[index])
    keys = installation.read_keys()
    units = [line.name.removeprefix(f"{installation.read_log_key().name}/") for line in note.signatures]
    entries[index] = format_entry(note.text.replace(old, new, 1), [keys[unit] for unit in units])


def _entries(data: bytes) -> list[bytes]:
    files = parse_container(data)
    return read_bundle_entries(files, parse_checkpoint(parse_note(files[CHECKPOINT]).text).size)


def _rebuild(data: bytes, entries: list[bytes], installation: Installation) -> bytes:
    """Return a bundle of changed entries under a new checkpoint that the log's key signs."""
    files = parse_container(data)
    signer = installation.read_log_key()
    text = format_checkpoint(Checkpoint(signer.name, len(entries), derive_root(entries)))
    files[CHECKPOINT] = format_note(text, [signer.sign_text(text)])
    for tile in derive_entry_tiles(len(entries)):
        part = entries[tile.number * WIDTH : tile.number * WIDTH + tile.width]
        files[f"log/{format_tile_path(tile)}"] = format_entries(part)
    return format_container(files)

"""What a log holds, as anyone can read it: from an installation, or from a bare copy of its public `log/`.

No key is needed, nothing is locked, nothing is written. Names that the record only seals are added where the reader has
the installation's own table of openings.
"""

import json
import os
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path

from ledger.audit.folder import read_log
from ledger.audit.pairing import check_pairing
from ledger.audit.replay import Replayed, replay
from ledger.cli.options import SERVICE
from ledger.client.remote import find_copy, follow
from ledger.log.tiles import read_entries
from ledger.office.draws import Draw
from ledger.office.events.body import ListRef
from ledger.office.record import Record
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import check_day
from ledger.proof.errors import Malformed, Refused
from ledger.proof.note import Verifier, parse_note
from ledger.store.openings import Openings
from ledger.views.fold import Fold, count_until, fold


def find_log(folder: Path) -> Path:
    """Return the folder of the log: an installation's `log/`, or the folder itself where it is a copy of one.

    Of a unit's folder it is the copy that the unit follows, brought up to date where a service is named.

    Raises Refused if none has a checkpoint; what `follow` raises.
    """
    for log in (folder / "log", folder):
        if (log / "checkpoint").is_file():
            return log
    service = SERVICE.get()
    copy = find_copy(folder) if service is None else follow(service, folder)
    if copy is not None:
        return copy
    raise Refused(f"{folder}: neither an installation nor a copy of a log here (there is no checkpoint)")


def read_log_key(log: Path) -> Verifier:
    """Return the key that a log's founding entry names; whether it is the log that one trusts is for `verify` to say.

    log  the log's own folder, as `find_log` returns it

    Raises Refused if the log is empty, and whatever is wrong with its first entry.
    """
    size = parse_checkpoint(parse_note((log / "checkpoint").read_bytes()).text).size
    founding = next(read_entries(log, size), None)
    if founding is None:
        raise Refused("the log is empty")
    record = Record()
    record.append(founding)
    assert record.log_key is not None  # entry 0 names it
    return record.log_key


def replay_log(folder: Path, to: int | None = None, progress: Callable[[int, int], None] | None = None) -> Replayed:
    """Replay the log at a folder, or its first `to` entries; what stopped it stands in the result.

    progress  called with the number of entries folded, and of all

    Whether the checkpoint over them is signed is for `verify` to say. Raises Malformed for `to` beyond the log's end.
    """
    _, entries = read_log(find_log(folder))
    if to is not None and not 0 < to <= len(entries):
        raise Malformed(f"--to {to}: the log has {len(entries)} entries")
    size = len(entries) if to is None else to
    tell = None if progress is None else lambda done: progress(done, size)
    return replay(islice(entries, size), pairing=check_pairing, progress=tell)


def find_size(folder: Path, at: int | None, until: str | None = None) -> int | None:
    """Return how many entries the log at a folder had when one was its newest, or at a day's end; None for all it has.

    at     that entry's index
    until  the day: up to the last entry that is of it or of one before

    Raises Malformed beyond the log's end, or for a day that is none; Refused where there was nothing yet, or both are
    given.
    """
    if at is None and until is None:
        return None
    _, entries = read_log(find_log(folder))
    if until is None:
        assert at is not None
        if at >= len(entries):
            raise Malformed(f"--at {at}: the log has {len(entries)} entries, the last of index {len(entries) - 1}")
        return at + 1
    if at is not None:
        raise Refused("--at and --until: one of the two")
    check_day(until)
    size = count_until(entries, until)
    if not size:
        raise Refused(f"the log held nothing on {until}")
    return size


def read_fold(folder: Path, until: str | None = None, size: int | None = None) -> Fold:
    """Return the rows of the log at a folder, up to a day; of its first `size` entries. Raises Refused, Malformed."""
    if until is not None:
        check_day(until)
    _, entries = read_log(find_log(folder))
    return fold(islice(entries, size), until)


def read_record(folder: Path, at: int | None = None, until: str | None = None) -> Record:
    """Return the record of the log at a folder, as it is or as it stood (see `find_size`).

    Raises what is wrong with its first wrong entry.
    """
    record, failure = replay_log(folder, find_size(folder, at, until))
    if failure is not None:
        raise type(failure.error)(f"entry {failure.index}: {failure.error}") from failure.error
    return record


def read_names(folder: Path, record: Record, draw: Draw) -> dict[str, str]:
    """Return the names of a draw's enterprises, and those sealed that the reader has: id -> name."""
    names = {leaf.target.id: leaf.target.name for leaf in draw.ground.pool if leaf.target.name is not None}
    return names | read_sealed_names(folder, record, int(draw.month[:4]))


def read_sealed_names(folder: Path, record: Record, year: int) -> dict[str, str]:
    """Return the names that a year's rosters seal, as `read_sealed` does."""
    return read_sealed(folder, record, year, "name")


def read_sealed(folder: Path, record: Record, year: int, field: str) -> dict[str, str]:
    """Return a field that a year's rosters seal for enterprises and officers, as far as the reader has it: id -> value.

    Empty where the folder is not an installation whose openings this reader may open.
    """
    file, key_file = (folder / "private" / name for name in ("openings.sqlite", "openings.key"))
    if not (file.is_file() and os.access(key_file, os.R_OK)):
        return {}
    of_year: list[ListRef | None] = [ref for (of, _), ref in record.targets.private.items() if of == year]
    of_year += [ref for (of, _, _), ref in record.officers.private.items() if of == year]
    values = {}
    with closing(Openings(file, key_file)) as table:
        for row in (json.loads(leaf) for ref in of_year if ref is not None for leaf in record.lists.leaves(ref)):
            if field in row["fields"] and row["fields"][field]["sealed"] not in record.seals.erased:
                opening = table.read_seal(row["fields"][field]["sealed"])
                if opening is not None:
                    values[row["id"]] = str(opening.value)
    return values

"""Entries as an attacker makes them: taken apart, changed, and signed again by whatever keys are at hand."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pytest

from ledger.audit.pairing import check_pairing
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.events.body import Body
from ledger.office.record import Record
from ledger.proof.encoding import format_canonical, format_time
from ledger.proof.errors import LedgerError
from ledger.proof.event import format_entry, parse_event
from ledger.proof.note import Signer
from world import ORIGIN, World, key

Fields = dict[str, Any]
Refusal = tuple[str, str, Fields, Sequence[str], type[LedgerError], str]
"""An event that is refused: type, subject, body, who signs, the kind of refusal and a word of why."""
SLOT = "bureau/2027-01/001"
DRAW = f"draw/{SLOT}"
OPENED: Fields = {"line": "monthly", "kind": "monthly", "mode": "open", "basis": "szse-work-safety-20"}
ENFORCEMENT, SUPERVISOR, LEADER = "bureau/enforcement", "bureau/legal-publicity", "bureau/leadership"


def read_fields(entry: bytes) -> Fields:
    """Return what an entry's second line says."""
    fields: Fields = json.loads(parse_event(entry, ORIGIN).text.split("\n")[1])
    return fields


def read_signers(entry: bytes) -> list[str]:
    """Return the units that signed an entry, in the order of their lines."""
    return [line.name.removeprefix(f"{ORIGIN}/") for line in parse_event(entry, ORIGIN).signatures]


def other_key(unit: str, label: str = "other") -> Signer:
    """Return one more key under a unit's name, which the log has not seen."""
    return Signer(f"{ORIGIN}/{unit}", hashlib.sha256(f"{label} {unit}".encode()).digest())


def sign(fields: Fields, *signers: str | Signer) -> bytes:
    """Return an entry of these fields, signed by units, or by keys."""
    text = f"{ORIGIN}/event/v1\n{format_canonical(fields).decode()}\n"
    return format_entry(text, [key(f"{ORIGIN}/{one}") if isinstance(one, str) else one for one in signers])


def fields_now(record: Record, type: str, subject: str, unit: str, body: Body | Fields, seconds: int) -> Fields:
    """Return the fields of an event as an honest signer would write them on the record as it stands."""
    fields: Fields = {
        "at": format_time(seconds),
        "body": format_body(body) if isinstance(body, Body) else body,
        "seen": {"root": record.tree.root().hex(), "size": record.size},
        "subject": subject,
        "type": type,
        "unit": unit,
    }
    if subject in record.heads:
        fields["after"] = record.heads[subject]
    return fields


def forge(world: World, type: str, subject: str, body: Body | Fields, *units: str | Signer, **changes: Any) -> bytes:
    """Return an entry for the world as it stands, the first unit acting; `changes` replace what it says."""
    unit = units[0] if isinstance(units[0], str) else units[0].name.removeprefix(f"{ORIGIN}/")
    return sign({**fields_now(world.record, type, subject, unit, body, world.now), **changes}, *units)


def append(world: World, type: str, subject: str, body: Body | Fields, *units: str | Signer, **changes: Any) -> int:
    """Sign an event and have the world's log take it in."""
    return world.log.append([forge(world, type, subject, body, *units, **changes)])[0]


def replay(entries: Sequence[bytes]) -> Record:
    """Return a fresh record of these entries, all checked."""
    record = Record(ORIGIN, check_pairing)
    for entry in entries:
        record.append(entry)
    return record


def assert_refused(record: Record, entry: bytes, kind: type[LedgerError], word: str) -> None:
    """Assert that an entry is refused for one kind of reason, with this in its message, and leaves no trace."""
    before = (record.size, record.tree.root(), dict(record.heads))
    with pytest.raises(kind, match=word) as caught:
        record.append(entry)
    assert type(caught.value) is kind
    assert caught.value.check is not None
    assert (record.size, record.tree.root(), dict(record.heads)) == before


def rebuild(entries: Sequence[bytes]) -> World:
    """Return a world that stands where these entries end, its clock at the newest of their times."""
    world = World()
    world.log.record, world.log.entries = replay(entries), list(entries)
    world.now = max(world.now, world.record.times[-1], world.record.attested_now())
    return world


def world_at(station: str) -> World:
    """Return a world whose January draw stands at a station."""
    world = World().prepare_year()
    world.run_to(station)
    return world


def round_body(world: World, **changes: object) -> Fields:
    """Return the body of randomness.recorded with the right round, then the changes."""
    world.now = max(world.now, world.draw(SLOT).draw_at + 5)
    result = format_body(steps.format_result(world.round_at(world.draw(SLOT).draw_at)))
    return {"results": [{**result, **changes}]}


def assert_round_refused(world: World, kind: type[LedgerError], word: str, **changes: object) -> None:
    entry = forge(world, "randomness.recorded/1", DRAW, round_body(world, **changes), ENFORCEMENT)
    assert_refused(world.record, entry, kind, word)

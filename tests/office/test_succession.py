"""One log goes on from another: after a rotation or compromise of its key, or where the store was lost."""

from typing import Any

import pytest

from forge import ENFORCEMENT, SUPERVISOR, append, assert_refused, forge, world_at
from ledger.audit.gaps import note_gaps
from ledger.audit.pairing import check_pairing
from ledger.audit.report import Report
from ledger.cli.desk import Desk
from ledger.office.events.log import Continued, LogFounded
from ledger.office.record import Record
from ledger.proof.errors import BadSignature, Malformed, Refused, Unauthorised
from ledger.proof.note import COSIGNATURE, Signer, format_note, format_vkey, parse_note
from world import ORIGIN, MemoryLog, World, key, make_policy

NEXT = "test.example/double-random/2"
NEXT_LOG = key(NEXT)
CLOSED = {"successor": format_vkey(NEXT_LOG.verifier), "reason": "key-rotated"}


def found_next(world: World, log: Signer = NEXT_LOG, **changes: Any) -> Record:
    """Found a log that goes on from the world's; `changes` replace what its first entry says of it."""
    checkpoint = changes.get("checkpoint", world.cosigned().decode())
    old = changes.get("vkey", format_vkey(world.log_signer.verifier))
    units = [unit for unit in world.desk.signers if not unit.startswith("witness/")]
    signers = {unit: key(f"{log.name}/{unit}") for unit in units}
    record = Record(log.name, check_pairing)
    desk = Desk(MemoryLog(record), signers, lambda: world.now)
    policy = make_policy()
    keys = {unit: format_vkey(signer.verifier) for unit, signer in signers.items()}
    continues = Continued(vkey=old, checkpoint=checkpoint)
    body = LogFounded(origin=log.name, log=format_vkey(log.verifier), keys=keys, policy=policy, continues=continues)
    desk.submit("log.founded/1", "log", body, "service", *(unit for unit in keys if unit != "service"))
    return record


def test_a_log_is_closed_and_another_goes_on_from_it() -> None:
    world = World()
    append(world, "log.closed/1", "log", CLOSED, ENFORCEMENT, SUPERVISOR)
    assert world.record.successor is not None
    assert world.record.successor.name == NEXT
    record = found_next(world)
    assert record.predecessor is not None
    assert record.predecessor.checkpoint.origin == ORIGIN
    assert record.predecessor.checkpoint.size == world.record.size
    assert record.predecessor.checkpoint.root == world.record.tree.root()
    assert len(record.predecessor.times) == 2


def test_nothing_is_recorded_after_the_last_entry() -> None:
    world = World()
    append(world, "log.closed/1", "log", CLOSED, ENFORCEMENT, SUPERVISOR)
    again = forge(world, "log.closed/1", "log", CLOSED, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, again, Refused, f"closed, {NEXT} goes on")
    row = forge(world, "rows.listed/1", f"list/{'cd' * 32}/0001", {"rows": [{"id": "x"}]}, ENFORCEMENT)
    assert_refused(world.record, row, Refused, "this log is closed")


def test_it_takes_the_organiser_and_the_supervisor_to_close_a_log() -> None:
    world = World()
    assert_refused(world.record, forge(world, "log.closed/1", "log", CLOSED, ENFORCEMENT), Unauthorised, "expected")
    body = {**CLOSED, "reason": "we did not like it"}
    assert_refused(
        world.record, forge(world, "log.closed/1", "log", body, ENFORCEMENT, SUPERVISOR), Malformed, "reason"
    )


@pytest.mark.parametrize(
    "successor", [key(ORIGIN), Signer(NEXT, World().log_signer._private.private_bytes_raw()), key(NEXT, COSIGNATURE)]
)
def test_the_successor_has_another_name_and_another_key(successor: Signer) -> None:
    world = World()
    body = {**CLOSED, "successor": format_vkey(successor.verifier)}
    entry = forge(world, "log.closed/1", "log", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "another name and another key")


def test_a_log_does_not_go_on_from_itself() -> None:
    world = World()
    with pytest.raises(Refused, match="another name and another key"):
        found_next(world, Signer(NEXT, world.log_signer._private.private_bytes_raw()))


def test_the_checkpoint_gone_on_from_is_the_old_logs_in_its_one_spelling() -> None:
    world = World()
    cosigned = world.cosigned()
    note = parse_note(cosigned)
    other = key(ORIGIN + "x")
    with pytest.raises(BadSignature):
        found_next(world, vkey=format_vkey(Signer(ORIGIN, bytes(32)).verifier))
    with pytest.raises(BadSignature):
        found_next(world, checkpoint=format_note(note.text, [*note.signatures, other.sign_text(note.text)]).decode())
    with pytest.raises(Malformed):
        found_next(world, checkpoint=format_note(note.text, note.signatures[::-1]).decode())


@pytest.mark.parametrize("station", ["open", "freeze", "close", "witness", "randomness"])
def test_t05_a_log_is_not_closed_on_an_outcome_that_is_owed(station: str) -> None:
    world = world_at(station)
    entry = forge(world, "log.closed/1", "log", CLOSED, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "the outcome of bureau/2027-01/001 is owed first")


def test_a_log_is_closed_once_its_draw_has_its_outcome() -> None:
    world = world_at("execute")
    append(world, "log.closed/1", "log", CLOSED, ENFORCEMENT, SUPERVISOR)


@pytest.mark.parametrize("station", ["freeze", "witness"])
def test_t36_an_outcome_that_a_compromised_logs_end_left_owing_is_named(station: str) -> None:
    world = world_at(station)
    body = {**CLOSED, "reason": "key-compromised"}
    append(world, "log.closed/1", "log", body, ENFORCEMENT, SUPERVISOR)
    report = Report("a log")
    note_gaps(report, world.record, None, has_pairing=True)
    (found,) = [finding for finding in report.with_status("not checked") if finding.check.id == "stations"]
    assert "slots without an outcome in a log that is closed: bureau/2027-01/001" in found.reason.en

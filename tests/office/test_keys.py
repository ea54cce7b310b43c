"""Keys: who enrols one, when it is in force, and how one goes out of force (T31)."""

import pytest

from forge import ENFORCEMENT, LEADER, SUPERVISOR, append, assert_refused, forge, other_key
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.lists import EMPTY
from ledger.proof.errors import BadSignature, Malformed, Refused, Unauthorised
from ledger.proof.note import COSIGNATURE, Signer, format_vkey
from world import DAY, ORIGIN, World, key

SUBJECT = f"key/{SUPERVISOR}"
NEW = other_key(SUPERVISOR, "new")
ITEMS = ("items.published/1", "items", {"edition": "1", "list": format_body(EMPTY)})


def vkey(signer: Signer) -> dict[str, str]:
    return {"vkey": format_vkey(signer.verifier)}


def enrol(world: World, *signers: str | Signer, new: Signer = NEW) -> bytes:
    return forge(world, "key.enrolled/1", SUBJECT, vkey(new), new, *signers)


def signed_by_new(world: World) -> bytes:
    """Return an event that the supervisor's new key signs: harmless, and allowed to any unit."""
    row = {"rows": [{"id": "x"}]}
    return forge(world, "rows.listed/1", f"list/{'ab' * 32}/0001", row, NEW)


def test_t31_a_rotation_with_the_current_key_works_at_once_and_overlaps() -> None:
    world = World()
    world.record.append(enrol(world, SUPERVISOR))
    world.record.append(signed_by_new(world))
    append(world, "rows.listed/1", f"list/{'cd' * 32}/0001", {"rows": [{"id": "x"}]}, SUPERVISOR)


def test_t31_a_key_that_two_others_enrol_waits_fourteen_witnessed_days() -> None:
    world = World()
    world.record.append(enrol(world, ENFORCEMENT, LEADER))
    assert_refused(world.record, signed_by_new(world), Unauthorised, "has not waited")
    world.pass_days(13)
    assert_refused(world.record, signed_by_new(world), Unauthorised, "has not waited")
    world.pass_days(1)
    world.record.append(signed_by_new(world))


def test_t31_days_that_nobody_witnessed_do_not_count() -> None:
    world = World()
    world.record.append(enrol(world, ENFORCEMENT, LEADER))
    world.now += 30 * DAY
    assert_refused(world.record, signed_by_new(world), Unauthorised, "has not waited")
    steps.witness_log(world.desk, "service", world.cosigned())
    assert_refused(world.record, signed_by_new(world), Unauthorised, "has not waited")


def test_t31_a_waiting_key_enrols_no_other() -> None:
    world = World()
    world.record.append(enrol(world, ENFORCEMENT, LEADER))
    third = other_key(SUPERVISOR, "third")
    assert_refused(world.record, enrol(world, NEW, new=third), Unauthorised, "has not waited")


def test_t31_the_unit_can_stop_a_take_over_while_it_waits() -> None:
    world = World()
    world.record.append(enrol(world, ENFORCEMENT, LEADER))
    append(world, "key.revoked/1", SUBJECT, {**vkey(NEW), "reason": "冒名"}, SUPERVISOR)
    world.pass_days(14)
    assert_refused(world.record, signed_by_new(world), Unauthorised, "is revoked")


@pytest.mark.parametrize("others", [(), (ENFORCEMENT,), (ENFORCEMENT, SUPERVISOR), (ENFORCEMENT, LEADER, "service")])
def test_t31_a_key_needs_the_units_own_or_two_other_units(others: tuple[str, ...]) -> None:
    world = World()
    assert_refused(world.record, enrol(world, *others), Unauthorised, "two other units")


def test_t31_two_keys_of_one_other_unit_are_one_unit() -> None:
    world = World()
    second = other_key(ENFORCEMENT, "second")
    append(world, "key.enrolled/1", f"key/{ENFORCEMENT}", vkey(second), second, ENFORCEMENT)
    assert_refused(world.record, enrol(world, ENFORCEMENT, second), Unauthorised, "two other units")


def test_t31_a_key_that_nobody_has_shown_to_hold_is_refused() -> None:
    world = World()
    entry = forge(world, "key.enrolled/1", SUBJECT, vkey(NEW), SUPERVISOR)
    assert_refused(world.record, entry, BadSignature, "did not sign its own enrolment")


def test_t31_a_unit_enrols_keys_for_itself_only() -> None:
    world = World()
    entry = forge(world, "key.enrolled/1", f"key/{ENFORCEMENT}", vkey(NEW), NEW, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "on its own keys")
    stray = other_key("bureau/unheard-of")
    entry = forge(world, "key.enrolled/1", "key/bureau/unheard-of", vkey(stray), stray, ENFORCEMENT, LEADER)
    assert_refused(world.record, entry, Refused, "listed unit")


def test_t31_a_key_is_under_its_units_name_and_for_events() -> None:
    world = World()
    foreign = other_key(ENFORCEMENT, "new")
    entry = forge(world, "key.enrolled/1", SUBJECT, vkey(foreign), SUPERVISOR)
    assert_refused(world.record, entry, Malformed, f"named {ORIGIN}/{SUPERVISOR}")
    witness = key(f"{ORIGIN}/{SUPERVISOR}", COSIGNATURE)
    entry = forge(world, "key.enrolled/1", SUBJECT, vkey(witness), SUPERVISOR)
    assert_refused(world.record, entry, Malformed, "Ed25519")


def test_t31_a_revoked_key_signs_nothing_more() -> None:
    world = World()
    world.record.append(enrol(world, SUPERVISOR))
    append(world, "key.revoked/1", SUBJECT, {**vkey(key(f"{ORIGIN}/{SUPERVISOR}")), "reason": "换用"}, NEW)
    assert_refused(world.record, forge(world, *ITEMS, ENFORCEMENT, SUPERVISOR), Unauthorised, "is revoked")
    world.record.append(forge(world, *ITEMS, ENFORCEMENT, NEW))


def test_t31_the_same_key_bytes_are_not_enrolled_again() -> None:
    world = World()
    world.record.append(enrol(world, SUPERVISOR))
    assert_refused(world.record, enrol(world, SUPERVISOR), Refused, "enrolled before")
    append(world, "key.revoked/1", SUBJECT, {**vkey(NEW), "reason": "遗失"}, SUPERVISOR)
    assert_refused(world.record, enrol(world, SUPERVISOR), Refused, "enrolled before")


def test_t31_validity_is_by_place_in_the_log() -> None:
    world = World()
    early = signed_by_new(world)
    assert_refused(world.record, early, BadSignature, "not enrolled")
    world.record.append(enrol(world, SUPERVISOR))
    world.record.append(early)


@pytest.mark.parametrize("signers", [(ENFORCEMENT,), (ENFORCEMENT, SUPERVISOR), (ENFORCEMENT, LEADER, "service")])
def test_t31_a_key_is_revoked_by_its_unit_or_two_others(signers: tuple[str, ...]) -> None:
    world = World()
    body = {**vkey(key(f"{ORIGIN}/{SUPERVISOR}")), "reason": "x"}
    assert_refused(world.record, forge(world, "key.revoked/1", SUBJECT, body, *signers), Unauthorised, "two others")
    append(world, "key.revoked/1", SUBJECT, body, ENFORCEMENT, LEADER)
    again = forge(world, "key.revoked/1", SUBJECT, body, ENFORCEMENT, LEADER)
    assert_refused(world.record, again, Refused, "not a key in force")

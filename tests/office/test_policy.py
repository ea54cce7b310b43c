"""Policy, plan and table of duties: changed by two, one the supervisor, and in force after their notice (T37)."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from forge import DRAW, ENFORCEMENT, OPENED, SUPERVISOR, Fields, append, assert_refused, forge
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.draws import derive_frozen
from ledger.office.events.body import Names, NoteText
from ledger.proof.errors import Malformed, Refused, Unauthorised
from ledger.proof.note import COSIGNATURE, format_vkey
from world import DAY, LINE, World, key, make_policy, witness_signers


@pytest.fixture
def world() -> World:
    return World(yearly_cap=12).prepare_year()  # so that a slot may be opened beside others


def qualified(name: str) -> Fields:
    """Return the shipped sub-rosters, one of them asking for a qualification."""
    sub_rosters: Fields = format_body(make_policy())["sub_rosters"]
    return {**sub_rosters, "hazchem": {**sub_rosters["hazchem"], "qualification": name}}


def adopt(world: World, **changes: Any) -> None:
    """A new policy is adopted: the world's own with these changes."""
    policy = {**format_body(world.policy), **changes}
    append(world, "policy.adopted/1", "policy", {"policy": policy}, ENFORCEMENT, SUPERVISOR)


def items_per_case(world: World, month: str) -> int:
    return world.draw(world.open(month)).ground.items_per_case


def test_t37_a_new_policy_binds_after_thirty_witnessed_days(world: World) -> None:
    adopt(world, items_per_case=1)
    assert items_per_case(world, "2027-01") == 3
    world.pass_days(29)
    assert items_per_case(world, "2027-02") == 3
    world.pass_days(1)
    assert items_per_case(world, "2027-03") == 1


def test_t37_a_claimed_time_does_not_shorten_the_notice(world: World) -> None:
    adopt(world, items_per_case=1)
    steps.witness_log(world.desk, "service", world.cosigned())
    world.now += 60 * DAY
    assert items_per_case(world, "2027-02") == 3


def test_t37_a_draw_keeps_the_policy_that_it_was_opened_under(world: World) -> None:
    slot = world.open()
    adopt(world, items_per_case=1)
    world.pass_days(31)
    frozen = derive_frozen(world.draw(slot), world.now + 3600, {})
    assert frozen.items_per_case == 3
    world.freeze(slot)


def test_t37_a_shorter_notice_needs_the_present_notice_itself(world: World) -> None:
    adopt(world, periods={**format_body(world.policy)["periods"], "notice_days": 0})
    adopt(world, items_per_case=1, periods={**format_body(world.policy)["periods"], "notice_days": 0})
    assert items_per_case(world, "2027-01") == 3
    world.pass_days(29)
    assert items_per_case(world, "2027-02") == 3


@pytest.mark.parametrize("signers", [(ENFORCEMENT,), (SUPERVISOR,), (ENFORCEMENT, "bureau/leadership")])
def test_t37_a_policy_needs_organiser_and_supervisor(world: World, signers: tuple[str, ...]) -> None:
    body = {"policy": format_body(world.policy)}
    assert_refused(world.record, forge(world, "policy.adopted/1", "policy", body, *signers), Unauthorised, "expected")


def test_t37_a_changed_table_of_duties_waits_its_notice_too(world: World) -> None:
    authority = {**format_body(world.policy)["authority"], "draw.opened/1": ["leader"]}
    adopt(world, authority=authority)
    by_leader = forge(world, "draw.opened/1", DRAW, OPENED, "bureau/leadership")
    assert_refused(world.record, by_leader, Unauthorised, ENFORCEMENT)
    world.pass_days(30)
    by_organiser = forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)
    assert_refused(world.record, by_organiser, Unauthorised, "bureau/leadership")
    append(world, "draw.opened/1", DRAW, OPENED, "bureau/leadership")


def test_t37_a_changed_plan_waits_its_notice_and_the_first_binds_at_once(world: World) -> None:
    steps.approve_plan(world.desk, "bureau", 2027, [{**LINE, "title": "新"}])
    world.pass_days(29)
    append(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)
    steps.approve_plan(world.desk, "bureau", 2027, [{**LINE, "id": "other"}])
    other = {**OPENED, "line": "other"}
    subject = "draw/bureau/2027-02/001"
    world.pass_days(29)
    assert_refused(world.record, forge(world, "draw.opened/1", subject, other, ENFORCEMENT), Refused, "no line other")
    world.pass_days(1)
    assert_refused(
        world.record, forge(world, "draw.opened/1", subject, OPENED, ENFORCEMENT), Refused, "no line monthly"
    )
    append(world, "draw.opened/1", subject, other, ENFORCEMENT)


def test_no_draw_without_a_plan_line() -> None:
    world = World()
    assert_refused(world.record, forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT), Refused, "no plan of bureau")


def test_a_sub_roster_that_a_new_policy_no_longer_has_stops_the_draw_and_not_its_outcome(world: World) -> None:
    steps.approve_plan(world.desk, "bureau", 2027, [{**LINE, "strata": [{"id": "all", "scope": {}, "ratio": "1/2"}]}])
    sub_rosters = format_body(world.policy)["sub_rosters"]
    del sub_rosters["hazchem"]
    adopt(world, sub_rosters=sub_rosters, precedence=[*sub_rosters])
    world.pass_days(30)
    entry = forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "no sub-roster hazchem")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"crew": {"bureau": ["own-street", "bureau"]}}, "crew"),
        ({"sub_rosters": qualified("unknown")}, "qualification unknown is neither a sub-roster nor a tag"),
        ({"precedence": ["hazchem", "unknown"]}, "unknown: expected each sub-roster once"),
        ({"precedence": ["hazchem", "hazchem"]}, "hazchem: expected each sub-roster once"),
        ({"key_lists": {"licence": {"names": {"zh": "许可", "en": "x"}, "owner": "bureau/none"}}}, "bureau/none"),
        ({"crew": {"*": ["bureau"]}}, "crew"),
        ({"crew": {"*": ["bureau"] * 7}}, "at most 6"),
        ({"authority": {"draw.opened/1": ["any"] * 7}}, "at most 6"),
        ({"witnesses": {"keys": {}, "quorum": 1}}, "quorum 1 of 0"),
        ({"minimum_stratum": -1}, "minimum_stratum"),
        ({"yearly_cap": 0}, "yearly_cap"),
    ],
)
def test_a_policy_that_does_not_hold_together_is_refused(world: World, changes: Fields, word: str) -> None:
    body = {"policy": {**format_body(world.policy), **changes}}
    entry = forge(world, "policy.adopted/1", "policy", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, word)


@pytest.mark.parametrize("unit", ["service", ENFORCEMENT, SUPERVISOR])
def test_t10_who_runs_the_draw_is_no_witness_of_it(world: World, unit: str) -> None:
    vkey = next(iter(world.policy.witnesses.keys.values()))
    body = {"policy": {**format_body(world.policy), "witnesses": {"keys": {unit: vkey}, "quorum": 1}}}
    entry = forge(world, "policy.adopted/1", "policy", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, f"witness {unit}")


@pytest.mark.parametrize("role", ["organiser", "leader"])
def test_t32_the_supervisor_is_neither_organiser_nor_leader(world: World, role: str) -> None:
    offices = format_body(world.policy)["offices"]
    offices["bureau"][role] = SUPERVISOR
    body = {"policy": {**format_body(world.policy), "offices": offices}}
    entry = forge(world, "policy.adopted/1", "policy", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, "the supervisor is also")


SEEN_OTHERWISE = [
    *map(chr, (0, 9, 10, 13, 0x1F, 0x7F, 0x80, 0x85, 0x9F, 0x200E, 0x200F, 0x2028, 0x2029)),
    *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    *map(chr, (0xAD, 0x34F, 0x61C, 0x115F, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0x206F, 0x3164, 0xFE0F, 0xFEFF)),
    *map(chr, (0xA0, 0x1680, 0x2002, 0x200A, 0x202F, 0x205F, 0x2800)),
    *map(chr, (0xFFA0, 0xFFF9, 0xFFFB, 0x1D173, 0xE0001, 0xE0041, 0xE0100)),
]


@pytest.mark.parametrize("character", SEEN_OTHERWISE, ids=ascii)
def test_t28_a_text_that_is_shown_as_another_text_is_refused(character: str) -> None:
    names = TypeAdapter(Names)
    for text in (character, f"甲{character}乙", f"甲{character}", f"{character}乙"):
        with pytest.raises(ValidationError, match=f"holds U\\+{ord(character):04X}: expected only what is seen"):
            names.validate_python({"zh": text, "en": "a"})
    plain = "区应急管理局 “甲”（乙）\u2027\u2030𠮷"
    assert names.validate_python({"zh": plain, "en": "a"}).zh == plain


@pytest.mark.parametrize("text", [" ", "\u3000", "甲 ", " 甲", "\u3000甲", "甲\u3000"], ids=ascii)
def test_t28_a_text_that_is_blank_or_begins_or_ends_so_is_refused(text: str) -> None:
    names = TypeAdapter(Names)
    with pytest.raises(ValidationError, match="a text begins or ends with a blank"):
        names.validate_python({"zh": text, "en": "a"})
    assert names.validate_python({"zh": "甲 乙\u3000丙", "en": "a"}).zh == "甲 乙\u3000丙"


def test_a_note_within_a_body_keeps_its_lines() -> None:
    assert TypeAdapter(NoteText).validate_python("origin\n1\n\n— x y\n")


def test_t10_no_two_witnesses_have_keys_of_one_name() -> None:
    keys = {unit: format_vkey(key("one.example/name", COSIGNATURE).verifier) for unit in witness_signers()}
    with pytest.raises(ValidationError, match="two witnesses have keys of one name"):
        make_policy(witnesses={"keys": keys, "quorum": 1})

"""For every type of event: a signature dropped, added, by a unit without the duty, or twice by one unit is refused."""

from copy import deepcopy

import pytest

from forge import (
    ENFORCEMENT,
    LEADER,
    SUPERVISOR,
    append,
    assert_refused,
    fields_now,
    forge,
    other_key,
    read_fields,
    read_signers,
    sign,
)
from ledger.office.duties import _is_matched
from ledger.office.rule import RULES
from ledger.proof.encoding import parse_time
from ledger.proof.errors import BadSignature, Malformed, Unauthorised
from ledger.proof.note import format_vkey
from month import first_index, month_entries, records_before
from world import World, make_policy

ANYBODY = {
    "checkpoint.witnessed/1",
    "dice.rolled/1",
    "draw.executed/1",
    "draw.revealed/1",
    "officer.replaced/1",
    "randomness.recorded/1",
    "recusal.witnessed/1",
    "rows.listed/1",
    "seed.committed/1",
    "seed.revealed/1",
    "seeds.witnessed/1",
    "suggestion.made/1",
}
"""What any unit may sign: it carries a proof in itself, adds to the seed, or is only a word."""

EITHER = {
    "case.urged/1": {SUPERVISOR},
    "openings.read/1": {ENFORCEMENT},
    "read.recorded/1": {ENFORCEMENT, SUPERVISOR, LEADER},
    "share.checked/1": {"service", SUPERVISOR},
}
"""Who else may sign in the place of who did."""

SELF_MADE = {"log.founded/1", "key.enrolled/1", "key.revoked/1"}
"""Whose signatures are not in the policy's table but in the rule itself; test_keys has the rest of them."""

UNITS = sorted(unit for unit in make_policy().units if not unit.startswith("witness/"))
BY_TABLE = sorted(set(RULES) - SELF_MADE)
WITH_TWO = sorted(type for type in BY_TABLE if len(read_signers(month_entries()[first_index(type)])) > 1)


def test_every_type_has_its_row_in_the_table_or_its_own_rule() -> None:
    by_rule = {"randomness.recorded/1", "officer.replaced/1", "case.urged/1"}
    by_rule |= {"encryption.enrolled/1", "openings.read/1", "read.recorded/1", "share.checked/1"}
    by_rule |= {"notice.issued/1", "notice.answered/1", "notice.settled/1", "filing.acknowledged/1"}
    by_rule |= {type for type in RULES if type.startswith(("complaint.", "opinion."))}
    assert set(make_policy().authority) == set(RULES) - SELF_MADE - by_rule


@pytest.mark.parametrize("type", sorted(RULES))
def test_t32_a_signature_dropped_is_refused(type: str) -> None:
    index = first_index(type)
    entry, record = month_entries()[index], records_before()[index]
    signers = read_signers(entry)
    for dropped in range(len(signers)):
        fewer = sign(read_fields(entry), *signers[:dropped], *signers[dropped + 1 :])
        with pytest.raises(
            (Unauthorised, Malformed, BadSignature), match=r"expected|did not sign|not enrolled"
        ) as caught:
            record.append(fewer)
        assert isinstance(caught.value, Malformed) == (len(signers) == 1)  # a note without a signature is none
        assert not isinstance(caught.value, BadSignature) or type in SELF_MADE


@pytest.mark.parametrize("type", BY_TABLE)
def test_t32_a_signature_more_is_refused(type: str) -> None:
    index = first_index(type)
    entry, record = month_entries()[index], records_before()[index]
    signers = read_signers(entry)
    for unit in set(UNITS) - set(signers):
        assert_refused(record, sign(read_fields(entry), *signers, unit), Unauthorised, "expected")


@pytest.mark.parametrize("type", sorted(RULES))
def test_t32_a_signature_by_a_stranger_is_refused(type: str) -> None:
    index = first_index(type)
    entry, record = month_entries()[index], records_before()[index]
    signers = read_signers(entry)
    stranger = other_key(signers[0], "stranger")
    assert_refused(record, sign(read_fields(entry), *signers, stranger), BadSignature, "not enrolled|and no other")
    assert_refused(record, sign(read_fields(entry), *signers[1:], stranger), BadSignature, "enrol|and no other")


@pytest.mark.parametrize("type", sorted(set(BY_TABLE) - ANYBODY))
def test_t32_a_unit_without_the_duty_is_refused(type: str) -> None:
    index = first_index(type)
    entry, record = month_entries()[index], records_before()[index]
    fields, signers = read_fields(entry), read_signers(entry)
    for place, replaced in enumerate(signers):
        for unit in set(UNITS) - set(signers) - EITHER.get(type, set()):
            others = [*signers[:place], unit, *signers[place + 1 :]]
            acting = unit if replaced == fields["unit"] else fields["unit"]
            assert_refused(record, sign({**fields, "unit": acting}, *others), Unauthorised, "expected")


@pytest.mark.parametrize("type", BY_TABLE)
def test_t32_a_unit_that_does_not_sign_cannot_act(type: str) -> None:
    index = first_index(type)
    entry, record = month_entries()[index], records_before()[index]
    entry = sign({**read_fields(entry), "unit": "street/jihua"}, *read_signers(entry))
    assert_refused(record, entry, Unauthorised, "acted street/jihua")


@pytest.mark.parametrize("type", WITH_TWO)
def test_t32_two_keys_of_one_unit_are_not_four_eyes(type: str) -> None:
    index = first_index(type)
    entry, record = month_entries()[index], deepcopy(records_before()[index])
    fields, signers = read_fields(entry), read_signers(entry)
    second = other_key(fields["unit"], "second")
    vkey = {"vkey": format_vkey(second.verifier)}
    seconds = parse_time(fields["at"])
    enrolled = fields_now(record, "key.enrolled/1", f"key/{fields['unit']}", fields["unit"], vkey, seconds)
    record.append(sign(enrolled, fields["unit"], second))
    others = [unit for unit in signers if unit != fields["unit"]]
    assert_refused(record, sign(fields, fields["unit"], second, *others[1:]), Unauthorised, "expected")
    assert_refused(record, sign(fields, *signers, second), Unauthorised, "expected")


def test_t32_the_supervisor_does_not_approve_its_own_sections_entries() -> None:
    world = World().prepare_year()
    row = {
        "id": "o-bureau-legal-publicity-00",
        "unit": SUPERVISOR,
        "certificate_until": "2030-12-31",
        "on_establishment": True,
        "in_post": False,
        "enrolled": True,
    }
    body = {"year": 2027, "roster": "bureau", "officer": row, "reason": "调离"}
    event = ("officer.changed/1", "officers/2027/bureau/changes", body)
    assert_refused(world.record, forge(world, *event, SUPERVISOR), Unauthorised, "bureau/leadership")
    assert_refused(world.record, forge(world, *event, SUPERVISOR, ENFORCEMENT), Unauthorised, "bureau/leadership")
    append(world, *event, SUPERVISOR, "bureau/leadership")


def test_t32_a_type_that_the_table_does_not_name_may_be_signed_by_nobody() -> None:
    authority = {**make_policy().authority}
    del authority["items.published/1"]
    world = World(authority=authority)
    body = {"edition": "1", "list": {"root": "00" * 32, "count": 0}}
    entry = forge(world, "items.published/1", "items", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Unauthorised, "nobody may sign it")


def test_a_long_row_of_signatures_is_matched_in_no_time() -> None:
    units = [f"u-{number:02d}" for number in range(24)]
    slots = [frozenset(units[: 24 - number]) for number in range(24)]  # worst order for trying all permutations
    assert _is_matched(units, slots)
    assert not _is_matched(units, [frozenset(units[:23])] * 24)

"""An overseer from outside says what it finds, and the unit answers; nobody inside says it in the overseer's place."""

from typing import Any

import pytest

from forge import ENFORCEMENT, LEADER, SUPERVISOR, append, assert_refused, forge
from ledger.office.opinions import find_overseers
from ledger.proof.errors import BadSignature, Malformed, Refused, Unauthorised
from ledger.proof.note import format_vkey
from world import ORIGIN, World, key, make_policy

JUSTICE = "witness/justice"
SUBJECT = "opinion/2027/0001"
OPINION = {"to": ENFORCEMENT, "about": ["items"], "kind": "opinion", "text": "请说明"}


@pytest.fixture
def world() -> World:
    """A world in which the justice bureau's key is enrolled and has waited."""
    world, overseer = World().prepare_year(), key(f"{ORIGIN}/{JUSTICE}")
    vkey = {"vkey": format_vkey(overseer.verifier)}
    append(world, "key.enrolled/1", f"key/{JUSTICE}", vkey, overseer, ENFORCEMENT, SUPERVISOR)
    world.pass_days(15)
    return world


def test_overseers_are_the_units_of_no_office(world: World) -> None:
    assert find_overseers(make_policy()) == {"witness/justice", "witness/discipline"}


@pytest.mark.parametrize("unit", [ENFORCEMENT, SUPERVISOR, LEADER, "street/pinghu", "service"])
def test_nobody_inside_gives_an_opinion(world: World, unit: str) -> None:
    assert_refused(world.record, forge(world, "opinion.given/1", SUBJECT, OPINION, unit), Unauthorised, JUSTICE)


def test_an_overseer_without_a_key_in_force_gives_none() -> None:
    world = World().prepare_year()
    entry = forge(world, "opinion.given/1", SUBJECT, OPINION, JUSTICE)
    assert_refused(world.record, entry, BadSignature, "not enrolled")


@pytest.mark.parametrize(
    ("changes", "subject", "kind", "word"),
    [
        ({"to": "bureau/of-nobody"}, SUBJECT, Refused, "not a unit of an office"),
        ({"to": "witness/discipline"}, SUBJECT, Refused, "not a unit of an office"),
        ({"to": "service"}, SUBJECT, Refused, "not a unit of an office"),
        ({"about": ["case/of-mine"]}, SUBJECT, Refused, "case/of-mine does not stand in the record"),
        ({"about": []}, SUBJECT, Malformed, "about"),
        ({"kind": "wish"}, SUBJECT, Malformed, "kind"),
        ({}, "opinion/2027/0002", Refused, "the next number is 0001"),
        ({}, "opinion/2026/0001", Refused, "made another year"),
    ],
)
def test_an_opinion_is_on_what_stands_in_the_record_and_is_numbered(
    world: World, changes: dict[str, Any], subject: str, kind: Any, word: str
) -> None:
    entry = forge(world, "opinion.given/1", subject, {**OPINION, **changes}, JUSTICE)
    assert_refused(world.record, entry, kind, word)


def test_an_opinion_is_answered_once_by_whom_it_is_addressed_to(world: World) -> None:
    answer = {"answer": "已整改"}
    early = forge(world, "opinion.answered/1", SUBJECT, answer, ENFORCEMENT)
    with pytest.raises(Refused, match="no such opinion was given"):
        world.record.append(early)
    append(world, "opinion.given/1", SUBJECT, OPINION, JUSTICE)
    for unit in (SUPERVISOR, JUSTICE):
        entry = forge(world, "opinion.answered/1", SUBJECT, answer, unit)
        assert_refused(world.record, entry, Unauthorised, ENFORCEMENT)
    append(world, "opinion.answered/1", SUBJECT, answer, ENFORCEMENT)
    again = forge(world, "opinion.answered/1", SUBJECT, answer, ENFORCEMENT)
    assert_refused(world.record, again, Refused, "answered already")
    assert world.record.opinions.by_subject[SUBJECT].answered == world.now

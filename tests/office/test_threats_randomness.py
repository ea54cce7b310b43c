"""Attacks on the randomness: another source, a later round, a forged one (T7, T8)."""

import pytest
from py_arkworks_bls12381 import G1Point

from forge import (
    DRAW,
    ENFORCEMENT,
    SLOT,
    SUPERVISOR,
    Fields,
    assert_refused,
    assert_round_refused,
    forge,
    round_body,
    world_at,
)
from ledger.audit.pairing import sign_round
from ledger.cli import steps
from ledger.office.results import derive_draw_outcome
from ledger.proof.errors import BadSignature, Malformed, Mismatch, Refused


def test_t07_a_later_round_is_no_substitute() -> None:
    world = world_at("witness")
    later = world.round_at(world.draw(SLOT).draw_at + 3)
    assert_round_refused(world, Mismatch, "expected", round=later.number, signature=later.signature)


def test_t07_another_source_is_no_substitute() -> None:
    world = world_at("witness")
    lottery = {"results": [{"kind": "lottery", "name": "ssq", "issue": "2027001", "digits": "01020304050607"}]}
    world.now = world.draw(SLOT).draw_at + 5
    entry = forge(world, "randomness.recorded/1", DRAW, lottery, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Mismatch, "source of randomness")


def test_t07_no_source_may_be_left_out_or_added() -> None:
    world = world_at("witness")
    body = round_body(world)
    wrong: list[list[Fields]] = [[], body["results"] * 2]
    for results in wrong:
        with pytest.raises((Malformed, Refused)):
            world.record.append(forge(world, "randomness.recorded/1", DRAW, {"results": results}, ENFORCEMENT))


def test_t07_a_round_that_was_not_fetched_today_is_fetched_another_day() -> None:
    world = world_at("witness")
    world.pass_days(3)
    world.randomness(SLOT)
    world.execute(SLOT)
    assert world.draw(SLOT).attested


def test_t07_no_lottery_was_cancelled_where_none_is_named() -> None:
    world = world_at("close")
    entry = forge(world, "draw.voided/1", DRAW, {"reason": "lottery-cancelled"}, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "no lottery")


def test_t07_a_draw_without_its_witnesses_has_failed() -> None:
    world = world_at("close")
    assert_round_refused(world, Refused, "the draw failed")
    steps.void_draw(world.desk, SLOT, "unwitnessed")
    assert world.draw(SLOT).owes_outcome
    world.randomness(SLOT)
    world.execute(SLOT)
    assert len(derive_draw_outcome(world.draw(SLOT)).sheets) == 4


def test_t07_a_witnessed_draw_is_not_voided_as_unwitnessed() -> None:
    world = world_at("witness")
    entry = forge(world, "draw.voided/1", DRAW, {"reason": "unwitnessed"}, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "it is witnessed")


def test_t08_a_forged_round_is_refused() -> None:
    world = world_at("witness")
    genuine = world.round_at(world.draw(SLOT).draw_at)
    foreign = sign_round(b"\x07" * 32, genuine.number)
    assert_round_refused(world, BadSignature, "does not fit", signature=foreign)
    old = world.round_at(world.draw(SLOT).draw_at - 3600)
    assert_round_refused(world, BadSignature, "does not fit", signature=old.signature)
    assert_round_refused(world, Mismatch, "expected", round=old.number, signature=old.signature)


def test_t08_a_round_has_one_spelling() -> None:
    world = world_at("witness")
    signature = world.round_at(world.draw(SLOT).draw_at).signature
    assert_round_refused(world, Malformed, "lowercase", signature=signature.upper())
    assert_round_refused(world, Malformed, "96", signature=signature + "00")
    assert_round_refused(world, Malformed, "nothing else", digits="1")


def point_outside_the_subgroup() -> str:
    """Return a point of the curve that is not in the subgroup of prime order: nearly any point is one."""
    for number in range(1, 1000):
        data = bytes([0x80]) + number.to_bytes(47, "big")
        try:
            point = G1Point.from_compressed_bytes_unchecked(data)
        except ValueError:
            continue
        if not point.is_in_subgroup():
            return data.hex()
    raise AssertionError("no such point found")


def test_t08_infinity_and_points_outside_the_subgroup_are_refused() -> None:
    world = world_at("witness")
    assert_round_refused(world, BadSignature, "infinity", signature="c0" + "00" * 47)
    assert_round_refused(world, BadSignature, "subgroup", signature=point_outside_the_subgroup())

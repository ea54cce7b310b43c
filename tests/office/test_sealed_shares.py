"""Attacks on the shares of a sealed draw: withheld, spoiled, unchecked (docs/why.md, T6, T27, T28, T31; ADR 0016)."""

from base64 import b64encode

import pytest

from forge import DRAW, ENFORCEMENT, LEADER, OPENED, SLOT, SUPERVISOR, Fields, append, assert_refused, forge
from hidden import pass_deadline, world_at
from hpke import encrypt_again
from ledger.cli import sealing, steps
from ledger.office.shares import derive_share_info
from ledger.proof.encoding import Hex
from ledger.proof.errors import Malformed, Mismatch, Refused, Unauthorised
from ledger.proof.randomness import derive_commitment
from ledger.proof.seal import derive_encryption_key, encrypt
from world import World


def committed_body(world: World, unit: str, *to: str, **changes: object) -> Fields:
    """Return the body of seed.committed with the unit's share encrypted to these units."""
    share = world.share(SLOT, unit)
    encrypted = []
    for other in to:
        public = world.record.encryption.newest(other) or world.record.encryption.keys["service"][0]
        text = encrypt_again(share.encode(), public, derive_share_info("x", SLOT, unit, other))
        encrypted.append({"to": other, "ciphertext": b64encode(text).decode()})
    return {"commitment": derive_commitment(share), "encrypted": encrypted, **changes}


@pytest.mark.parametrize(
    ("to", "word"),
    [
        (("bureau/leadership", SUPERVISOR, "street/pinghu"), "not encrypted to service"),
        ((ENFORCEMENT, SUPERVISOR, "service"), "encrypted to bureau/enforcement itself"),
        ((SUPERVISOR, "bureau/leadership", "service"), "byte order"),
        ((SUPERVISOR, "service", "service"), "byte order"),
        ((SUPERVISOR, "service", "street/pinghu"), "street/pinghu has no encryption key"),
        ((SUPERVISOR, "service", "street/nowhere"), "street/nowhere has no encryption key"),
    ],
)
def test_t06_a_share_goes_to_the_service_and_two_other_units(to: tuple[str, ...], word: str) -> None:
    world = world_at("freeze")
    entry = forge(world, "seed.committed/1", DRAW, committed_body(world, ENFORCEMENT, *to), ENFORCEMENT)
    assert_refused(world.record, entry, Refused, word)


def test_t06_the_supervisor_can_compute_what_it_attests() -> None:
    world = world_at("freeze")
    world.enrol_encryption("street/pinghu")
    body = committed_body(world, ENFORCEMENT, "bureau/leadership", "service", "street/pinghu")
    entry = forge(world, "seed.committed/1", DRAW, body, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, f"not encrypted to {SUPERVISOR}")


@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_t06_three_ciphertexts_and_no_other_number(number: int) -> None:
    world = world_at("freeze")
    units = ("bureau/leadership", SUPERVISOR, "service", "street/pinghu")[:number]
    entry = forge(world, "seed.committed/1", DRAW, committed_body(world, ENFORCEMENT, *units), ENFORCEMENT)
    assert_refused(world.record, entry, Malformed, "encrypted")


@pytest.mark.parametrize("ciphertext", ["", "A" * 152, "A" * 149 + "B==", "A" * 148 + "====", " " + "A" * 148 + "A=="])
def test_t28_a_ciphertext_has_one_spelling(ciphertext: str) -> None:
    world = world_at("freeze")
    body = committed_body(world, ENFORCEMENT, "bureau/leadership", SUPERVISOR, "service")
    body["encrypted"][0]["ciphertext"] = ciphertext
    assert_refused(world.record, forge(world, "seed.committed/1", DRAW, body, ENFORCEMENT), Malformed, "ciphertext")


def test_a_share_is_encrypted_in_sealed_mode_and_only_there() -> None:
    world = world_at("freeze")
    body = {"commitment": derive_commitment(world.share(SLOT, ENFORCEMENT))}
    assert_refused(world.record, forge(world, "seed.committed/1", DRAW, body, ENFORCEMENT), Refused, "sealed mode")
    open_world = World().prepare_year()
    open_world.enrol_encryption()
    open_world.run_to("freeze")
    body = committed_body(open_world, ENFORCEMENT, "bureau/leadership", SUPERVISOR, "service")
    entry = forge(open_world, "seed.committed/1", DRAW, body, ENFORCEMENT)
    assert_refused(open_world.record, entry, Refused, "sealed mode")


def test_t06_rubbish_does_not_open_and_is_told_from_another_share() -> None:
    world = world_at("freeze")
    steps_of = {"rubbish": b"\0" * 112, "another": b""}
    for unit, what in ((ENFORCEMENT, "rubbish"), (SUPERVISOR, "another")):

        def spoiled(text: bytes, public: Hex, info: str, what: str = what) -> bytes:
            return steps_of[what] or encrypt(b"0" * 64, public, info)

        sealing.commit_sealed(world.desk, SLOT, unit, world.share(SLOT, unit), encrypt=spoiled)
    draw, private = world.draw(SLOT), world.private("service")
    with pytest.raises(Mismatch, match="does not open"):
        sealing.open_share(world.record, draw, ENFORCEMENT, "service", private)
    with pytest.raises(Mismatch, match="is not the share that it committed to"):
        sealing.open_share(world.record, draw, SUPERVISOR, "service", private)
    with pytest.raises(Refused, match="no share of"):
        sealing.open_share(world.record, draw, SUPERVISOR, "street/pinghu", private)


@pytest.mark.parametrize("unchecked", ["service", "bureau/leadership", SUPERVISOR])
def test_t06_a_share_that_one_of_three_did_not_check_does_not_count(unchecked: str) -> None:
    world = world_at("commit")
    draw = world.draw(SLOT)
    for share_of, recipients in draw.encrypted.items():
        for unit in recipients:
            if (share_of, unit) != (ENFORCEMENT, unchecked):
                sealing.check_share(world.desk, SLOT, unit, share_of)
    assert draw.find_unchecked(ENFORCEMENT) == (unchecked,)
    pretended = {"shares": [ENFORCEMENT, SUPERVISOR], "missing": []}
    assert_refused(
        world.record, forge(world, "seeds.closed/1", DRAW, pretended, "service"), Mismatch, "shares and miss"
    )
    world.close(SLOT)
    assert (draw.counted, draw.missing, draw.voided) == ((SUPERVISOR,), (ENFORCEMENT,), "too-few-shares")


def test_t06_a_checked_share_cannot_be_left_out() -> None:
    world = world_at("check")
    body = {"shares": [SUPERVISOR], "missing": [ENFORCEMENT]}
    assert_refused(world.record, forge(world, "seeds.closed/1", DRAW, body, "service"), Mismatch, "shares and missing")


def test_t06_nobody_checks_for_another_or_twice_or_late() -> None:
    world = world_at("commit")
    body = {"share_of": ENFORCEMENT}
    for unit in (ENFORCEMENT, "street/pinghu"):
        assert_refused(world.record, forge(world, "share.checked/1", DRAW, body, unit), Unauthorised, "expected")
    nobody = forge(world, "share.checked/1", DRAW, {"share_of": "street/pinghu"}, "service")
    assert_refused(world.record, nobody, Unauthorised, "expected")
    append(world, "share.checked/1", DRAW, body, "service")
    assert_refused(world.record, forge(world, "share.checked/1", DRAW, body, "service"), Refused, "checked it already")
    world.now = world.draw(SLOT).draw_at
    assert_refused(world.record, forge(world, "share.checked/1", DRAW, body, LEADER), Refused, "T has passed")


def test_t06_once_closed_nothing_is_checked_or_committed() -> None:
    world = world_at("close")
    entry = forge(world, "share.checked/1", DRAW, {"share_of": ENFORCEMENT}, "service")
    assert_refused(world.record, entry, Refused, "closed")


def test_a_sealed_share_is_not_revealed_by_itself() -> None:
    world = world_at("check")
    entry = forge(world, "seed.revealed/1", DRAW, {"share": world.share(SLOT, ENFORCEMENT)}, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "revealed all at once")


def test_t27_dice_alone_do_not_make_a_sealed_draw() -> None:
    world = world_at("commit")
    for unit, second in ((ENFORCEMENT, LEADER), (SUPERVISOR, LEADER)):
        steps.roll_dice(world.desk, SLOT, "31415926535897932384", "ab" * 32, unit, second)
    world.close(SLOT)
    assert world.draw(SLOT).voided == "too-few-shares"


def test_t27_dice_add_to_a_sealed_seed() -> None:
    world = world_at("check")
    steps.roll_dice(world.desk, SLOT, "31415926535897932384", "ab" * 32, ENFORCEMENT, LEADER)
    for station in (world.close, world.witness, world.randomness, world.execute):
        station(SLOT)
    assert f"share dice:{ENFORCEMENT} " in world.compute(SLOT).seed_file
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    assert not world.record.breaches


def test_t31_a_units_encryption_key_is_its_own_word() -> None:
    world = World().prepare_year()
    body = {"public": derive_encryption_key(world.private(SUPERVISOR))}
    subject = f"encryption/{SUPERVISOR}"
    for units in ((ENFORCEMENT,), (SUPERVISOR, ENFORCEMENT), (ENFORCEMENT, SUPERVISOR)):
        entry = forge(world, "encryption.enrolled/1", subject, body, *units)
        assert_refused(world.record, entry, Unauthorised, "expected")


def test_an_encryption_key_stands_once_and_the_newest_counts() -> None:
    world = World().prepare_year()
    world.enrol_encryption(SUPERVISOR)
    old = world.record.encryption.newest(SUPERVISOR)
    for unit in (SUPERVISOR, ENFORCEMENT):
        entry = forge(world, "encryption.enrolled/1", f"encryption/{unit}", {"public": old}, unit)
        assert_refused(world.record, entry, Refused, "stands in the log already")
    new = derive_encryption_key(world.private("new"))
    sealing.enrol_encryption(world.desk, SUPERVISOR, new)
    assert world.record.encryption.newest(SUPERVISOR) == new


def test_t31_an_encryption_key_of_low_order_is_refused() -> None:
    world = World().prepare_year()
    entry = forge(world, "encryption.enrolled/1", f"encryption/{SUPERVISOR}", {"public": "00" * 32}, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, "low order")


def test_a_slot_that_nobody_could_encrypt_for_is_not_opened() -> None:
    world = World().prepare_year()
    sealed = {**OPENED, "mode": "sealed"}
    for unit, word in (
        (ENFORCEMENT, "service has no encryption key"),
        ("service", "bureau/legal-publicity has no encryption key"),
        (SUPERVISOR, "3 units have an encryption key, a sealed draw needs 4"),
    ):
        world.enrol_encryption(unit)
        assert_refused(world.record, forge(world, "draw.opened/1", DRAW, sealed, ENFORCEMENT), Refused, word)
    world.enrol_encryption("street/pinghu")
    append(world, "draw.opened/1", DRAW, sealed, ENFORCEMENT)


def test_t38_what_a_sealed_draw_needs_cannot_be_erased() -> None:
    world = world_at("commit")
    commitment = world.draw(SLOT).commitments[ENFORCEMENT]
    body = {"digests": [commitment], "reason": "retention-ended"}
    entry = forge(world, "openings.erased/1", "openings", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "does not stand in the record")

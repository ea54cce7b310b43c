"""Attacks on the seed: trying seeds, slots and commitments until one pleases (docs/why.md, T1, T2, T4, T6)."""

import pytest

from forge import DRAW, ENFORCEMENT, OPENED, SLOT, SUPERVISOR, assert_refused, forge
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.draws import derive_frozen
from ledger.office.shares import derive_closing
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import Hash, format_time
from ledger.proof.errors import BadSignature, Malformed, Mismatch, Refused
from ledger.proof.note import COSIGNATURE, format_note
from ledger.proof.randomness import derive_commitment
from world import World, key


@pytest.fixture
def world() -> World:
    return World().prepare_year()


def forge_close(world: World, **changes: str) -> bytes:
    """Return the service's seeds.closed as it would be now."""
    return forge(world, "seeds.closed/1", DRAW, derive_closing(world.draw(SLOT)), "service", **changes)


def forge_witnessed(world: World, checkpoint: bytes) -> bytes:
    return forge(world, "seeds.witnessed/1", DRAW, {"checkpoint": checkpoint.decode()}, "service")


@pytest.mark.parametrize("lead", [-3600, 0, 599])
def test_t01_a_time_that_is_past_or_near_is_no_time_for_randomness(world: World, lead: int) -> None:
    slot = world.run_to("open")
    body = derive_frozen(world.draw(slot), world.now + lead, {})
    assert_refused(world.record, forge(world, "draw.frozen/1", DRAW, body, ENFORCEMENT), Refused, "less than 600 s")


def test_t01_a_round_that_is_known_already_cannot_be_named(world: World) -> None:
    slot = world.run_to("open")
    body = format_body(derive_frozen(world.draw(slot), world.now + 3600, {}))
    body["sources"][0]["round"] -= 1200
    assert_refused(world.record, forge(world, "draw.frozen/1", DRAW, body, ENFORCEMENT), Mismatch, "sources")


def test_t01_the_shares_cannot_be_closed_once_the_randomness_is_known(world: World) -> None:
    world.run_to("reveal")
    world.now = world.draw(SLOT).draw_at
    assert_refused(world.record, forge_close(world), Refused, "T has passed")


def test_t01_nor_by_claiming_an_earlier_time_than_witnesses_have_attested(world: World) -> None:
    world.run_to("reveal")
    before = format_time(world.now)
    world.now = world.draw(SLOT).draw_at + 5
    steps.witness_log(world.desk, "service", world.cosigned())
    assert_refused(world.record, forge_close(world, at=before), Refused, "T has passed")


def test_t01_the_witnesses_must_have_seen_the_shares_a_minute_before(world: World) -> None:
    slot = world.run_to("close")
    late = world.draw(slot).draw_at - 60
    assert_refused(world.record, forge_witnessed(world, world.cosigned(late)), Refused, "60 s before T")
    world.record.append(forge_witnessed(world, world.cosigned(late - 1)))


@pytest.mark.parametrize("number", ["002", "000", "099"])
def test_t02_slots_are_numbered_without_gaps(world: World, number: str) -> None:
    entry = forge(world, "draw.opened/1", f"draw/bureau/2027-01/{number}", OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "next slot of the month is 001")


@pytest.mark.parametrize("field", ["salt", "note", "scope"])
def test_t02_an_opening_has_no_room_for_a_text_to_try(world: World, field: str) -> None:
    entry = forge(world, "draw.opened/1", DRAW, {**OPENED, field: "x"}, ENFORCEMENT)
    assert_refused(world.record, entry, Malformed, field)


def test_t02_only_slot_shares_and_randomness_stand_in_the_seed(world: World) -> None:
    slot = world.run_to("execute")
    draw = world.draw(slot)
    assert draw.outcome is not None
    words = [line.split()[0] for line in draw.outcome.seed_file.splitlines()]
    assert words == ["double-random-seed/1", "slot", "frozen", "share", "share", "local"]


def test_t04_a_unit_commits_once(world: World) -> None:
    slot = world.run_to("commit")
    again = {"commitment": derive_commitment("ab" * 32)}
    assert_refused(
        world.record, forge(world, "seed.committed/1", DRAW, again, SUPERVISOR), Refused, "committed already"
    )
    world.reveal(slot)


def test_t04_a_draw_is_frozen_once(world: World) -> None:
    slot = world.run_to("freeze")
    body = derive_frozen(world.draw(slot), world.now + 7200, {})
    assert_refused(world.record, forge(world, "draw.frozen/1", DRAW, body, ENFORCEMENT), Refused, "frozen or voided")


def test_t04_a_commitment_that_stood_in_the_log_is_not_taken_again(world: World) -> None:
    slot = world.run_to("freeze")
    world.commit(slot, ENFORCEMENT)
    copied = {"commitment": derive_commitment(world.share(slot, ENFORCEMENT))}
    assert_refused(
        world.record, forge(world, "seed.committed/1", DRAW, copied, SUPERVISOR), Refused, "stood in the log"
    )


def test_t04_no_commitment_after_a_share_was_revealed(world: World) -> None:
    slot = world.run_to("commit")
    world.reveal(slot, ENFORCEMENT)
    body = {"commitment": derive_commitment("ab" * 32)}
    assert_refused(world.record, forge(world, "seed.committed/1", DRAW, body, "street/buji"), Refused, "no more")


def test_t04_no_commitment_after_the_time_of_the_randomness(world: World) -> None:
    slot = world.run_to("freeze")
    world.now = world.draw(slot).draw_at
    body = {"commitment": derive_commitment("ab" * 32)}
    assert_refused(world.record, forge(world, "seed.committed/1", DRAW, body, ENFORCEMENT), Refused, "T has passed")


def test_t04_one_witness_is_no_quorum(world: World) -> None:
    world.run_to("close")
    assert_refused(world.record, forge_witnessed(world, world.cosigned(witnesses=1)), Refused, "fewer than 2")


def test_t04_a_checkpoint_from_before_the_closing_does_not_cover_it(world: World) -> None:
    world.run_to("reveal")
    early = world.cosigned()
    world.close(SLOT)
    assert_refused(world.record, forge_witnessed(world, early), Refused, "does not cover")


def test_t04_witnesses_of_ones_own_do_not_count(world: World) -> None:
    world.run_to("close")
    text = format_checkpoint(Checkpoint(world.log_signer.name, world.record.size, world.record.tree.root()))
    lines = [cosign(key(f"friend/{n}", COSIGNATURE), text, world.now) for n in (1, 2)]
    forged = format_note(text, [world.log_signer.sign_text(text), *lines])
    assert_refused(world.record, forge_witnessed(world, forged), BadSignature, "neither the log nor a witness")


def test_t04_a_checkpoint_of_another_history_is_refused(world: World) -> None:
    world.run_to("close")
    text = format_checkpoint(Checkpoint(world.log_signer.name, world.record.size, Hash(bytes(32))))
    fork = format_note(text, [world.log_signer.sign_text(text)])
    assert_refused(world.record, forge_witnessed(world, fork), Mismatch, "not of this log's history")


def test_t06_a_withheld_share_is_named_missing_and_comes_too_late(world: World) -> None:
    slot = world.run_to("freeze")
    world.commit(slot, ENFORCEMENT, SUPERVISOR, "street/buji")
    world.reveal(slot)
    world.close(slot)
    assert world.draw(slot).missing == ("street/buji",)
    late = {"share": world.share(slot, "street/buji")}
    assert_refused(world.record, forge(world, "seed.revealed/1", DRAW, late, "street/buji"), Refused, "closed")
    world.witness(slot)
    world.randomness(slot)
    world.execute(slot)
    outcome = world.draw(slot).outcome
    assert outcome is not None
    assert "share street/buji missing\n" in outcome.seed_file


def test_t06_a_counted_share_cannot_be_dropped_from_the_closing(world: World) -> None:
    slot = world.run_to("freeze")
    world.commit(slot, ENFORCEMENT, SUPERVISOR, "street/buji")
    world.reveal(slot, ENFORCEMENT, SUPERVISOR, "street/buji")
    body = {"shares": [ENFORCEMENT, SUPERVISOR], "missing": ["street/buji"]}
    assert_refused(world.record, forge(world, "seeds.closed/1", DRAW, body, "service"), Mismatch, "shares and missing")


def test_t06_another_share_than_the_committed_one_is_refused(world: World) -> None:
    world.run_to("commit")
    entry = forge(world, "seed.revealed/1", DRAW, {"share": "ab" * 32}, SUPERVISOR)
    assert_refused(world.record, entry, Mismatch, "commitment of bureau/legal-publicity")


def test_t06_fewer_than_two_shares_void_the_draw(world: World) -> None:
    slot = world.run_to("commit")
    world.reveal(slot, ENFORCEMENT)
    world.close(slot)
    assert world.draw(slot).voided == "too-few-shares"
    assert not world.draw(slot).owes_outcome
    world.now = world.draw(slot).draw_at + 5
    result = steps.format_result(world.round_at(world.draw(slot).draw_at))
    entry = forge(world, "randomness.recorded/1", DRAW, {"results": [result.model_dump(exclude_none=True)]}, "service")
    assert_refused(world.record, entry, Refused, "no outcome: too-few-shares")


def test_t06_no_share_is_revealed_before_organiser_and_supervisor_have_committed(world: World) -> None:
    slot = world.run_to("freeze")
    world.commit(slot, ENFORCEMENT)
    entry = forge(world, "seed.revealed/1", DRAW, {"share": world.share(slot, ENFORCEMENT)}, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "bureau/legal-publicity must commit")
    assert_refused(world.record, forge_close(world), Refused, "bureau/legal-publicity must commit")

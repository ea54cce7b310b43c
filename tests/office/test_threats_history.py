"""Attacks on history: replayed events, grafted signatures, claimed times, respelled entries (T9, T28, T33, T40)."""

import pytest

from forge import DRAW, ENFORCEMENT, OPENED, SUPERVISOR, append, assert_refused, fields_now, forge, other_key, sign
from ledger.proof.encoding import format_canonical, format_time
from ledger.proof.errors import BadSignature, Conflict, Malformed, Mismatch, Refused
from ledger.proof.note import format_note
from world import DAY, ORIGIN, World, key


@pytest.fixture
def world() -> World:
    return World().prepare_year()


def test_t33_a_signed_event_cannot_be_handed_in_twice(world: World) -> None:
    world.run_to("freeze")
    entry = forge(world, "seed.committed/1", DRAW, {"commitment": "ab" * 32}, SUPERVISOR)
    world.record.append(entry)
    assert_refused(world.record, entry, Conflict, "newest entry")


def test_t33_a_subjects_first_event_cannot_be_handed_in_twice(world: World) -> None:
    entry = forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)
    world.record.append(entry)
    assert_refused(world.record, entry, Conflict, "signed after nothing")


def test_t33_a_signature_made_on_a_private_fork_does_not_fit(world: World) -> None:
    fork = World().prepare_year()
    fork.pass_days(1)
    row = {"year": 2027, "target": fork_row(), "reason": "新设"}
    event = ("target.changed/1", "targets/2027/changes", row)
    append(fork, *event, ENFORCEMENT, SUPERVISOR)
    grafted = forge(fork, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)
    world.pass_days(2)
    world.pass_days(3)
    assert world.record.size > fork.record.size
    assert_refused(world.record, grafted, Mismatch, "another history")


def fork_row() -> dict[str, str]:
    return {"id": "91440300FORK000001", "sub_roster": "industry-trade", "status": "open"}


@pytest.mark.parametrize("size", [0, 1, 10_000])
def test_t33_a_signer_must_have_seen_a_checkpoint_of_this_log(world: World, size: int) -> None:
    world.run_to("freeze")
    seen = {"root": world.record.tree.root(min(size, world.record.size)).hex(), "size": size}
    entry = forge(world, "seed.committed/1", DRAW, {"commitment": "ab" * 32}, SUPERVISOR, seen=seen)
    assert_refused(world.record, entry, Mismatch, f"size {size}")


def test_t33_a_first_event_too_must_pin_a_history(world: World) -> None:
    empty = {"root": world.record.tree.root(0).hex(), "size": 0}
    entry = forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT, seen=empty)
    assert_refused(world.record, entry, Mismatch, "size 0")


def test_t33_an_old_events_signature_does_not_serve_for_another_body(world: World) -> None:
    world.run_to("freeze")
    first = forge(world, "seed.committed/1", DRAW, {"commitment": "ab" * 32}, SUPERVISOR)
    fields = fields_now(world.record, "seed.committed/1", DRAW, SUPERVISOR, {"commitment": "cd" * 32}, world.now)
    text, _, _ = sign(fields, SUPERVISOR).partition(b"\n\n")
    _, _, lines = first.partition(b"\n\n")
    assert_refused(world.record, text + b"\n\n" + lines, BadSignature, "legal-publicity")


def test_t09_a_signer_cannot_claim_a_time_long_before_what_witnesses_attest(world: World) -> None:
    world.pass_days(3)
    entry = forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT, at=format_time(world.now - DAY))
    assert_refused(world.record, entry, Refused, "before")


def test_t09_nor_a_time_before_the_subjects_newest_entry(world: World) -> None:
    world.run_to("freeze")
    body = {"commitment": "ab" * 32}
    entry = forge(world, "seed.committed/1", DRAW, body, SUPERVISOR, at=format_time(world.now - 1))
    assert_refused(world.record, entry, Refused, "before")


def conflict(world: World, number: int, at: int) -> bytes:
    """Return the declaration of one officer's conflict, at a time."""
    body = {"officer": f"o-bureau-hazchem-0{number}", "code": "91440300FORK000001", "reason": "kinship"}
    return forge(world, "conflict.declared/1", "conflicts", body, "bureau/hazchem", at=format_time(at))


def test_t09_a_clock_that_ran_ahead_holds_others_up_until_the_witnesses_next_word_and_no_longer(world: World) -> None:
    world.record.append(conflict(world, 0, world.now + 3650 * DAY))
    assert_refused(world.record, conflict(world, 1, world.now), Refused, "before 2037-01-01")
    world.pass_days(1)
    early = conflict(world, 1, world.now - DAY - 1)
    assert_refused(world.record, early, Refused, "before 2027-01-04")
    world.record.append(conflict(world, 1, world.now))


def test_t09_the_witnesses_word_is_taken_after_one_that_was_brought_by_a_clock_far_ahead(world: World) -> None:
    word = {"checkpoint": world.cosigned().decode()}
    ahead = format_time(world.now + 3650 * DAY)
    append(world, "checkpoint.witnessed/1", "log/witnessed", word, "street/buji", at=ahead)
    world.pass_days(1)
    assert world.record.attested_now() == world.now
    again = {"checkpoint": world.cosigned().decode()}
    late = format_time(world.now - 301)
    entry = forge(world, "checkpoint.witnessed/1", "log/witnessed", again, "service", at=late)
    assert_refused(world.record, entry, Refused, "before")


def test_t35_a_key_that_the_log_has_not_seen_signs_nothing(world: World) -> None:
    entry = forge(world, "draw.opened/1", DRAW, OPENED, other_key(ENFORCEMENT))
    assert_refused(world.record, entry, BadSignature, "not enrolled")


def opening(world: World) -> dict[str, object]:
    """Return the fields of an event that would be taken in."""
    return fields_now(world.record, "draw.opened/1", DRAW, ENFORCEMENT, OPENED, world.now)


def sign_line(line: str, *units: str) -> bytes:
    """Return an entry with a second line of any spelling, signed by units."""
    text = f"{ORIGIN}/event/v1\n{line}\n"
    return format_note(text, [key(f"{ORIGIN}/{unit}").sign_text(text) for unit in units])


SPELLINGS: list[tuple[str, str, str]] = [
    (",", ", ", "not canonical"),
    ("monthly", "\\u006donthly", "not canonical"),
    ('"size":22', '"size":22e0', "no number"),
    ('"size":22', '"size":22.0', "a fraction"),
    ('{"at"', '{"at":"2027-01-04T01:00:00Z","at"', "not canonical"),
    (
        '"basis":"szse-work-safety-20","kind":"monthly"',
        '"kind":"monthly","basis":"szse-work-safety-20"',
        "not canonical",
    ),
    ('"kind"', '"issue":null,"kind"', "NoneType"),
    ("Z", "+00:00", "time"),
    ('enforcement"}', 'enforcement"}\n', "exactly two lines"),
    ('enforcement"}', 'enforcement"}\r', "control character"),
]
"""What an event says, how else it could be spelled, and a word of the refusal."""


@pytest.mark.parametrize(("found", "spelled", "word"), SPELLINGS)
def test_t28_an_event_has_one_spelling(world: World, found: str, spelled: str, word: str) -> None:
    seen = {"root": world.record.tree.root(22).hex(), "size": 22}
    line = format_canonical({**opening(world), "seen": seen}).decode()
    assert found in line
    assert_refused(world.record, sign_line(line.replace(found, spelled, 1), ENFORCEMENT), Malformed, word)
    world.record.append(sign_line(line, ENFORCEMENT))


def test_t28_text_is_in_one_normal_form(world: World) -> None:
    body = {"edition": "é", "list": {"root": "00" * 32, "count": 1}}
    fields = fields_now(world.record, "items.published/1", "items", ENFORCEMENT, body, world.now)
    decomposed = format_canonical(fields).decode().replace("é", "e\u0301")
    entry = sign_line(decomposed, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, "normalisation form C")


@pytest.mark.parametrize("case", ["upper", "short"])
def test_t28_hexadecimal_is_lower_case_and_whole(world: World, case: str) -> None:
    world.run_to("freeze")
    commitment = {"upper": "AB" * 32, "short": "ab" * 31}[case]
    entry = forge(world, "seed.committed/1", DRAW, {"commitment": commitment}, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, "commitment")


@pytest.mark.parametrize("subject", ["draw/bureau/2027-1/001", "draw/bureau/2027-13/001", "draw/bureau/2027-01/1"])
def test_t28_a_slot_has_one_spelling(world: World, subject: str) -> None:
    assert_refused(world.record, forge(world, "draw.opened/1", subject, OPENED, ENFORCEMENT), Malformed, "subject")


def two_signatures(world: World) -> tuple[str, list[str]]:
    """Return the text and the signature lines of an event that two units sign."""
    body = {"edition": "1", "list": {"root": "00" * 32, "count": 1}}
    text, _, lines = (
        forge(world, "items.published/1", "items", body, ENFORCEMENT, SUPERVISOR).decode().partition("\n\n")
    )
    return text + "\n\n", lines.splitlines(keepends=True)


def test_t40_signature_lines_have_one_order(world: World) -> None:
    text, (first, second) = two_signatures(world)
    assert_refused(world.record, (text + second + first).encode(), Malformed, "byte order")


def test_t40_a_signature_stands_once(world: World) -> None:
    text, (first, second) = two_signatures(world)
    assert_refused(world.record, (text + first + first + second).encode(), Malformed, "each key once")


def test_t40_a_signature_line_more_is_refused(world: World) -> None:
    entry = sign(opening(world), ENFORCEMENT, other_key("street/buji"))
    assert_refused(world.record, entry, BadSignature, "not enrolled")


@pytest.mark.parametrize(
    ("tail", "word"), [("\n", "em dash"), ("\n\n", "em dash"), (" \n", "em dash"), ("x", "end with a line feed")]
)
def test_t40_nothing_follows_the_signatures(world: World, tail: str, word: str) -> None:
    entry = sign(opening(world), ENFORCEMENT)
    assert_refused(world.record, entry + tail.encode(), Malformed, word)


def test_t33_what_a_later_version_may_know_is_refused_by_this_one(world: World) -> None:
    entry = forge(world, "draw.opened/2", DRAW, OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "not known to this version")


def test_t33_a_log_is_founded_once(world: World) -> None:
    body = {"origin": ORIGIN}
    entry = forge(world, "log.founded/1", "log", body, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "begins with")

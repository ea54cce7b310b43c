"""Both programs judge every entry alike: as it is, with each field changed, by other signers, with bits flipped.

The number of the check that refuses it is compared, never the words.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from forge import LEADER, SLOT, SUPERVISOR, Fields, forge, other_key, read_fields, read_signers, sign, world_at
from ledger.audit.checks import CHECKS
from ledger.cli import steps
from ledger.office.record import Record
from ledger.office.rule import RULES
from ledger.proof.encoding import derive_day, format_time
from ledger.proof.errors import LedgerError, Malformed
from month import month_entries, month_types, records_before, visit_case
from office.test_mutation import mutations
from office.test_reads import ATTEMPTS, INDEX, told
from web.node import Node, pack
from world import DAY

UNKNOWN_TO_THE_BROWSER: set[str] = set()
"""Event types that the program knows and the browser does not yet: check 11 then reads "not checked"."""

CHANGE_EVERY = 3
"""Every so many of the changes of a field are tried."""

FLIP_EVERY = 29
"""Every so many bytes of an entry a bit is flipped."""


def judge(record: Record, entry: bytes) -> str | None:
    """Return the check by which a verifier refuses an entry on a record, which stays as it is."""
    record.takes_unknown = True  # as every verifier does; the writer of these records does not
    try:
        record._decide(entry, None)
    except LedgerError as error:
        return error.check
    finally:
        record.takes_unknown = False
    return None


def refusals(node: Node, entries: list[bytes]) -> list[str | None]:
    """Return the same as the browser's modules have it."""
    answers = node.ask("decide", entries=[pack(entry) for entry in entries])
    return [None if answer is None else answer["check"] for answer in answers]


@cache
def chosen() -> frozenset[int]:
    """Return the first and the last entry of each type in the month."""
    places: dict[str, list[int]] = {}
    for index, type in month_types():
        places.setdefault(type, []).append(index)
    return frozenset(index for indexes in places.values() for index in (indexes[0], indexes[-1]))


def attempt(fields: Fields, signers: list[str]) -> Iterator[bytes]:
    """Yield an entry signed by these units; nothing where the fields have no spelling."""
    try:
        yield sign(fields, *signers)
    except Malformed:
        return


def changed_fields(entry: bytes) -> Iterator[bytes]:
    """Yield an entry with each field of its body, and of its envelope, changed, and signed anew by the right units."""
    fields, signers = read_fields(entry), read_signers(entry)
    for _, body in mutations(fields["body"]):
        yield from attempt({**fields, "body": body}, signers)
    for _, envelope in mutations({**fields, "body": {}}):
        if isinstance(envelope.get("body"), dict) and not envelope["body"]:
            yield from attempt({**envelope, "body": fields["body"]}, signers)


def other_signers(entry: bytes) -> Iterator[bytes]:
    """Yield an entry signed by fewer units, by more, by another one, and by a key that nobody has enrolled."""
    fields, signers = read_fields(entry), read_signers(entry)
    for place, unit in enumerate(signers):
        yield from attempt(fields, [*signers[:place], *signers[place + 1 :]])
        yield sign(fields, *signers[:place], other_key(unit, "stranger"), *signers[place + 1 :])
    for unit in ("bureau/leadership", "street/pinghu", "service"):
        if unit not in signers:
            yield sign(fields, *signers, unit)
            yield sign({**fields, "unit": unit}, unit, *signers[1:])


def flipped_bits(entry: bytes) -> Iterator[bytes]:
    """Yield an entry with one bit flipped, here and there."""
    for position in range(0, len(entry), FLIP_EVERY):
        flipped = bytearray(entry)
        flipped[position] ^= 1 << position % 8
        yield bytes(flipped)


def test_the_checks_have_the_same_numbers_and_names(node: Node) -> None:
    expected = [
        {"number": one.number, "id": one.id, "zh": one.zh, "en": one.en, "isWanted": one.is_wanted} for one in CHECKS
    ]
    assert node.ask("checks") == expected


def test_each_type_has_a_rule_of_the_same_check_and_a_body_of_the_same_fields(node: Node) -> None:
    bodies, rules = node.ask("bodies"), node.ask("rules")
    assert bodies.keys() == rules.keys() == RULES.keys() - UNKNOWN_TO_THE_BROWSER
    for type, rule in rules.items():
        assert rule["check"] == RULES[type].check, type
        expected = {
            name + ("" if field.is_required() else "?") for name, field in RULES[type].body.model_fields.items()
        }
        assert set(bodies[type]) == expected, type


def test_every_entry_of_the_month_is_taken_in_and_every_change_of_it_judged_alike(node: Node) -> None:
    node.ask("begin", is_signed=True)
    tried = 0
    checks: set[str | None] = set()
    for index, entry in enumerate(month_entries()):
        if index in chosen():
            changed = list(changed_fields(entry))[index % CHANGE_EVERY :: CHANGE_EVERY]
            expected = [judge(records_before()[index], one) for one in changed]
            assert refusals(node, changed) == expected, read_fields(entry)["type"]
            tried, checks = tried + len(changed), checks | set(expected)
        assert node.ask("append", entry=entry) is None
    assert tried > 1_000
    assert checks >= {"entries", "history", "duties", "ground", "stations", "shares", "cases", "outcome", None}


def test_t24_what_could_put_a_case_off_for_good_is_judged_alike(node: Node) -> None:
    world, subject = world_at("assign"), f"case/{SLOT}/0001"
    case = world.record.cases.by_subject[subject]
    officer = case.officers[0]
    second = LEADER if case.homes[officer] == SUPERVISOR else SUPERVISOR
    within = world.policy.periods.draw_within_days * DAY
    node.ask("begin", is_signed=True)
    read = 0

    def judged(*entries: bytes) -> list[str | None]:
        nonlocal read
        for entry in world.log.entries[read:]:
            assert node.ask("append", entry=entry) is None
        read = len(world.log.entries)
        expected = [judge(world.record, entry) for entry in entries]
        assert refusals(node, list(entries)) == expected
        return expected

    def recusal(lead: int) -> bytes:
        body = {"officer": officer, "reason": "illness", "draw_at": format_time(world.now + lead)}
        return forge(world, "officer.recused/1", subject, body, case.homes[officer], second)

    def order(days: int) -> bytes:
        body = {"items": list(case.items[:1]), "due": derive_day(world.now + days * DAY)}
        return forge(world, "rectification.ordered/1", subject, body, case.host)

    assert judged(recusal(within), recusal(within + 1)) == [None, "replacement"]
    for _ in range(3):
        world.log.append([recusal(900)])
        assert judged(recusal(900)) == ["replacement"]
        world.now += 905
    world.log.append([recusal(900)])
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    draw_at = world.now + 900
    world.now = draw_at + DAY
    steps.replace_officer(world.desk, subject, officer, world.round_at(draw_at), "service")
    world.now += DAY
    visit_case(world, subject, case.items[:1])
    assert judged(order(366), order(367)) == [None, "cases"]


@pytest.mark.parametrize("changes", [other_signers, flipped_bits], ids=lambda changes: changes.__name__)
def test_every_signature_of_the_month_is_judged_alike(changes: object, node: Node) -> None:
    assert callable(changes)
    node.ask("begin", is_signed=False)
    for index, entry in enumerate(month_entries()):
        if index in chosen():
            changed = list(changes(entry)) if len(entry) < 8_000 else []
            expected = [judge(records_before()[index], one) for one in changed]
            assert refusals(node, changed) == expected, read_fields(entry)["type"]
        assert node.ask("append", entry=entry) is None


def test_every_private_read_that_was_not_asked_for_is_judged_alike(node: Node) -> None:
    node.ask("begin", is_signed=False)
    for entry in month_entries()[:INDEX]:
        assert node.ask("append", entry=entry) is None
    tried = [told(), *(entry for entry, *_ in ATTEMPTS.values())]
    assert refusals(node, tried) == [judge(records_before()[INDEX], one) for one in tried]

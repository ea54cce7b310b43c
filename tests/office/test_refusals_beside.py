"""What no other test of the rules tries: refusals in a draw, in and beside a case, and of a first entry."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from forge import (
    DRAW,
    ENFORCEMENT,
    OPENED,
    SLOT,
    SUPERVISOR,
    Fields,
    Refusal,
    append,
    assert_refused,
    forge,
    other_key,
    read_fields,
    sign,
    world_at,
)
from ledger.cli import oversight, steps
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.encoding import derive_day
from ledger.proof.errors import LedgerError, Malformed, Mismatch, Refused, Unauthorised
from ledger.proof.note import COSIGNATURE, Signer, format_vkey
from month import month_entries, visit_case
from world import DAY, LINE, ORIGIN, World, key, make_policy

HAZCHEM = "bureau/hazchem"
CASE = f"case/{SLOT}/0001"
SEAL = {"sealed": "5e" * 32}
TWO = (ENFORCEMENT, SUPERVISOR)


def test_t16_the_randomness_cannot_be_put_off_beyond_a_month() -> None:
    world = world_at("open")
    within = world.policy.periods.draw_within_days
    with pytest.raises(Refused, match=f"is more than {within} days after the freeze"):
        steps.freeze_draw(world.desk, SLOT, world.now + within * DAY + 1, {})
    steps.freeze_draw(world.desk, SLOT, world.now + within * DAY, {})


def test_a_supplementary_draw_is_of_the_same_line() -> None:
    world = World()
    world.plan = [LINE, {**LINE, "id": "other"}]
    slot = world.prepare_year().run_to("freeze")
    steps.void_draw(world.desk, slot, "ground-in-error")
    body = {**OPENED, "kind": "supplementary", "supplements": slot, "line": "other"}
    entry = forge(world, "draw.opened/1", "draw/bureau/2027-01/002", body, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, f"{slot} was of line monthly")


def test_nobody_declares_by_hand_that_there_are_too_few_shares() -> None:
    world = world_at("commit")
    entry = forge(world, "draw.voided/1", DRAW, {"reason": "too-few-shares"}, *TWO)
    assert_refused(world.record, entry, Refused, "seeds.closed says that")


def test_t06_nobody_reveals_what_it_did_not_commit_to() -> None:
    world = world_at("commit")
    entry = forge(world, "seed.revealed/1", DRAW, {"share": "ab" * 32}, "street/buji")
    assert_refused(world.record, entry, Refused, "street/buji has not committed")


def test_t04_where_no_witnesses_are_asked_for_nobody_claims_to_be_witnessed() -> None:
    policy = make_policy()
    world = World(witnesses={"keys": dict(policy.witnesses.keys), "quorum": 0}).prepare_year()
    world.run_to("close")
    for type, subject in (("seeds.witnessed/1", DRAW), ("checkpoint.witnessed/1", "log/witnessed")):
        entry = forge(world, type, subject, {"checkpoint": world.cosigned().decode()}, "service")
        with pytest.raises(Refused, match=r"no witnesses|fewer witnesses than"):
            world.record.append(entry)


def test_t04_a_word_of_too_few_witnesses_brings_no_time_into_the_record() -> None:
    world = World()
    body = {"checkpoint": world.cosigned(witnesses=1).decode()}
    entry = forge(world, "checkpoint.witnessed/1", "log/witnessed", body, "service")
    assert_refused(world.record, entry, Refused, "fewer witnesses than the policy's quorum")


def test_three_officers_are_of_street_bureau_and_all_in_this_order_and_in_no_other() -> None:
    crew = {"*": ["own-street", "own-street"], "bureau": ["own-street", "bureau", "all"]}
    world = World(crew=crew).prepare_year()
    world.run_to("execute")
    rosters = {leaf.officer.id: leaf.roster for leaf in world.draw(SLOT).ground.officers}
    for sheet in derive_draw_outcome(world.draw(SLOT)).sheets:
        first, second, third = sheet.officers
        own = "bureau" if sheet.street == "street/buji" else sheet.street  # Buji has nobody: the fallback roster
        assert (rosters[first], rosters[second]) == (own, "bureau")
        subject = f"case/{SLOT}/{sheet.number}"
        for order in ([second, first, third], [first, third, second], [first, second], [third, second, first]):
            body = {"code": sheet.code, "officers": order}
            entry = forge(world, "case.assigned/1", subject, body, sheet.host)
            assert_refused(world.record, entry, Mismatch, "officers")
        body = {"code": sheet.code, "officers": [first, second, first]}
        with pytest.raises(LedgerError, match="officers"):
            world.record.append(forge(world, "case.assigned/1", subject, body, sheet.host))
    steps.assign_cases(world.desk, SLOT)


BESIDE: dict[str, Refusal] = {
    "urging an officer who is not on the case": (
        "case.urged/1",
        CASE,
        {"officer": "o-of-nobody", "reason": "visit-due"},
        [SUPERVISOR],
        Refused,
        "is not on the case",
    ),
    "a scan from before the draw": (
        "visit.scanned/1",
        CASE,
        {"scanned": "2027-01-04T01:30:00Z", "reference": "SCAN-1"},
        ["homes"],
        Refused,
        "before 2027",
    ),
    "a notice that was not issued": (
        "notice.answered/1",
        "notice/2027/0009",
        {"answer": "x"},
        [HAZCHEM],
        Refused,
        "no such notice",
    ),
    "a filing that was not made": (
        "filing.acknowledged/1",
        "filing/street/buji/2027",
        {"document": "ab" * 32},
        [ENFORCEMENT],
        Refused,
        "nothing was filed",
    ),
    "a suggestion that was not made": (
        "suggestion.answered/1",
        "suggestion/2027/0009",
        {"answer": "x"},
        [ENFORCEMENT],
        Refused,
        "no such suggestion",
    ),
    "a complaint about no unit": (
        "complaint.received/1",
        "complaint/2027/0001",
        {"channel": "web", "kind": "other", "of": "bureau/of-mine", "content": SEAL},
        ["service"],
        Refused,
        "is not a unit",
    ),
    "a complaint whose sender is its content": (
        "complaint.received/1",
        "complaint/2027/0001",
        {"channel": "web", "kind": "other", "content": SEAL, "complainant": SEAL},
        ["service"],
        Refused,
        "the same seal",
    ),
    "a lottery named where none replaces": (
        "officer.recused/1",
        CASE,
        {"officer": "first", "reason": "leave", "draw_at": "2027-01-05T00:00:00Z", "issue": "1"},
        ["home", SUPERVISOR],
        Refused,
        "a lottery's issue, and only that",
    ),
}
"""What is refused once cases are assigned; `homes`, `home` and `first` stand for those of the first case."""


@pytest.mark.parametrize("name", BESIDE)
def test_what_does_not_fit_the_case_is_refused(name: str) -> None:
    type, subject, body, units, kind, word = BESIDE[name]
    world = world_at("assign")
    case = world.record.cases.by_subject[CASE]
    homes = sorted({case.homes[officer] for officer in case.officers})
    first = next(officer for officer in case.officers if case.homes[officer] != SUPERVISOR)
    body = {**body, "officer": first} if body.get("officer") == "first" else body
    stand = {"homes": homes, "home": [case.homes[first]]}
    signers = [unit for one in units for unit in stand.get(one, [one])]
    assert_refused(world.record, forge(world, type, subject, body, *signers), kind, word)


def test_a_filing_is_acknowledged_once() -> None:
    world = World()
    oversight.make_filing(world.desk, "street/buji", 2027, "x", "ab" * 32)
    oversight.acknowledge_filing(world.desk, "street/buji", 2027)
    body = {"document": "ab" * 32}
    entry = forge(world, "filing.acknowledged/1", "filing/street/buji/2027", body, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "acknowledged already")


def test_a_publication_is_not_withdrawn_by_a_decision_of_tomorrow() -> None:
    world = world_at("assign")
    world.now += 3600
    visit_case(world, CASE)
    host = world.record.cases.by_subject[CASE].host
    text = {"result": "no-problem", "summary": "x"}
    append(world, "result.submitted/1", CASE, text, host)
    append(world, "result.published/1", CASE, {**text, "carriers": ["portal"]}, ENFORCEMENT)
    body = {"of": "result", "reason": "revoked", "decided": derive_day(world.now + DAY)}
    entry = forge(world, "publication.withdrawn/1", CASE, body, *TWO)
    assert_refused(world.record, entry, Refused, "which is yet to come")


def test_t31_a_key_that_was_never_enrolled_is_not_revoked() -> None:
    world = World()
    body = {"vkey": format_vkey(other_key(HAZCHEM).verifier), "reason": "x"}
    entry = forge(world, "key.revoked/1", f"key/{HAZCHEM}", body, HAZCHEM)
    with pytest.raises(LedgerError, match=r"key\.revoked"):
        world.record.append(entry)


def found(change: Callable[[Fields], None], *without: str) -> bytes:
    """Return the month's first entry, changed, and signed by every unit that it lists but those named."""
    fields = read_fields(month_entries()[0])
    body = fields["body"]
    change(body)
    units = [unit for unit in body["keys"] if unit not in without]
    return sign(fields, *units)


def organisers_bytes_under(unit: str) -> str:
    """Return the vkey of a unit whose key is the organiser's."""
    secret = hashlib.sha256(f"{ORIGIN}/{ENFORCEMENT}".encode()).digest()
    return format_vkey(Signer(f"{ORIGIN}/{unit}", secret).verifier)


FOUNDINGS: dict[str, tuple[Callable[[Fields], Any], type[LedgerError], str]] = {
    "under another log's name": (
        lambda body: body.update(origin="other.example/log"),
        Mismatch,
        "origin other.example",
    ),
    "with a key of another name": (
        lambda body: body.update(log=format_vkey(key("other.example/log").verifier)),
        Malformed,
        "named test.example",
    ),
    "with a witness's kind of key": (
        lambda body: body.update(log=format_vkey(key(ORIGIN, COSIGNATURE).verifier)),
        Malformed,
        "an Ed25519 key",
    ),
    "with a unit that is none": (
        lambda body: body["keys"].update({"street/x": format_vkey(key(f"{ORIGIN}/street/x").verifier)}),
        Refused,
        "street/x has a key and is not a unit",
    ),
    "with one key for two units": (
        lambda body: body["keys"].update({HAZCHEM: organisers_bytes_under(HAZCHEM)}),
        Refused,
        "two parties have the same key",
    ),
    "without the supervisor's key": (lambda body: body["keys"].pop(SUPERVISOR), Refused, f"{SUPERVISOR} organises or"),
    "by whoever has no key in it": (
        lambda body: body["keys"].pop("service"),
        Unauthorised,
        "service, which has no key",
    ),
}
"""How a log must not be founded."""


@pytest.mark.parametrize("name", FOUNDINGS)
def test_a_log_is_founded_as_its_first_entry_says(name: str) -> None:
    change, kind, word = FOUNDINGS[name]
    fields = read_fields(month_entries()[0])
    assert fields["unit"] in fields["body"]["keys"]
    entry = found(change)
    if name.startswith("by whoever"):
        changed = {**read_fields(entry), "unit": "service"}
        entry = sign(changed, *changed["body"]["keys"])
    with pytest.raises(kind, match=word):
        Record(ORIGIN).append(entry)


def test_whoever_reads_an_entry_of_another_kind_of_note_is_told() -> None:
    with pytest.raises(Malformed, match="expected <origin>/event/v1"):
        Record().append(World().cosigned())

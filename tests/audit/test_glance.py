"""A glance agrees with the strict reading of every entry of a month, and is not led astray by what looks alike."""

from typing import Any

import pytest

from forge import sign
from ledger.audit import survey
from ledger.audit.glance import Glance
from ledger.audit.trust import Trust
from ledger.proof.errors import Malformed, Mismatch
from ledger.proof.event import parse_event
from ledger.proof.note import Verifier, format_vkey
from month import month_entries
from world import ORIGIN, key, make_policy, witness_signers

Fields = dict[str, Any]
LOOKALIKE = {"subject": "targets/2027/hazchem", "type": "targets.approved/1", "unit": "bureau/hazchem"}
FIELDS: Fields = {
    "after": 3,
    "at": "2027-01-04T01:00:00Z",
    "body": {},
    "seen": {"root": "0" * 64, "size": 5},
    "subject": "case/bureau/2027-01/001/0001",
    "type": "case.visited/1",
    "unit": "bureau/enforcement",
}


def glance_over(*entries: bytes, trust: Trust | None = None) -> Glance:
    looking = Glance(trust)
    for entry in (month_entries()[0], *entries):
        looking.look(entry)
    return looking


def refuse_to_parse(*_: object) -> None:
    raise AssertionError("it was plain to see")


def test_no_entry_of_a_month_has_to_be_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [parse_event(entry, ORIGIN) for entry in month_entries()]
    monkeypatch.setattr(survey, "parse_event", refuse_to_parse)
    subjects, types = [event.subject for event in events], [event.type for event in events]
    Glance().check(month_entries(), subjects, types)
    looking = Glance()
    for event in events:
        looking.check([event.entry], [event.subject], [event.type])


def test_another_subject_or_type_is_refused_for_every_entry_of_a_month() -> None:
    looking = Glance()
    others = [parse_event(entry, ORIGIN) for entry in month_entries()[-2:]]
    for entry in month_entries():
        event = parse_event(entry, ORIGIN)
        claims = {(other.subject, other.type) for other in (*others, event)}
        claims |= {(event.subject[:-1], event.type), (event.subject, event.type[:-1] + "2"), ("", event.type)}
        for subject, type in claims - {(event.subject, event.type)}:
            with pytest.raises(Mismatch, match=f"its bytes say {event.type} on {event.subject}"):
                looking.check([entry], [subject], [type])


@pytest.mark.parametrize(
    "body",
    [
        {"row": LOOKALIKE},
        {"a": 1, **LOOKALIKE},
        {"rows": [LOOKALIKE, LOOKALIKE]},
        {"text": ',"subject":"targets/2027/hazchem","type":"targets.approved/1","unit":"bureau/hazchem"}'},
        {"text": '","subject":"x","type":"y","unit":"z"}\\'},
        {"text": "}}}\\\\"},
        {"text": '}\\"'},
    ],
)
@pytest.mark.parametrize("units", [["bureau/enforcement"], ["bureau/enforcement", "bureau/hazchem"]])
def test_what_looks_alike_within_a_body_does_not_count(
    monkeypatch: pytest.MonkeyPatch, body: Fields, units: list[str]
) -> None:
    entry = sign({**FIELDS, "body": body}, *units)
    looking = glance_over()
    for subject, type in ((LOOKALIKE["subject"], LOOKALIKE["type"]), ("x", "y"), ("", "")):
        with pytest.raises(Mismatch):
            looking.check([entry], [subject], [type])
    monkeypatch.setattr(survey, "parse_event", refuse_to_parse)
    looking.check([entry], [FIELDS["subject"]], [FIELDS["type"]])


def test_t18_a_column_that_reaches_from_a_body_to_the_event_is_refused() -> None:
    """Columns that hold marks of their own could otherwise begin in the body and end in the event's fields."""
    entry = sign({**FIELDS, "body": {"a": 1, "subject": "x", "type": "y"}}, "bureau/enforcement")
    line = entry.decode()
    begin = line.index(',"subject":"') + len(',"subject":"')
    end = line.index('","unit":"bureau/enforcement"')
    subject, _, type = line[begin:end].rpartition('","type":"')
    assert f',"subject":"{subject}","type":"{type}","unit":"' in line
    with pytest.raises(Mismatch):
        glance_over().check([entry], [subject], [type])
    subject, _, type = line[begin:end].partition('","type":"')
    with pytest.raises(Mismatch):
        glance_over().check([entry], [subject], [type])


@pytest.mark.parametrize("entry", [b"", b"}", b'"}\n\n', b"no event", b"a\n{}\n\n", month_entries()[1][:-1], b"\xff}"])
def test_what_is_no_event_is_malformed(entry: bytes) -> None:
    with pytest.raises(Malformed):
        glance_over().check([entry], ["targets/2027/hazchem"], ["targets.approved/1"])


# Whose keys the log names


def names(verifiers: list[Verifier]) -> list[str]:
    return [verifier.name for verifier in verifiers]


def test_the_keys_are_those_of_the_founding_and_of_later_policies() -> None:
    more = key("witness.example/more", 4)
    policy = make_policy(witnesses={"keys": {"witness/justice": format_vkey(more.verifier)}, "quorum": 1})
    adopted = sign(
        {**FIELDS, "body": {"policy": policy.model_dump(exclude_none=True)}, "type": "policy.adopted/1"},
        "bureau/enforcement",
    )
    own = {signer.name for signer in witness_signers().values()}
    log, witnesses = glance_over(*month_entries()[1:]).keys()
    assert (log.name, set(names(witnesses))) == (ORIGIN, own)
    looked = glance_over(*month_entries()[1:], adopted)
    checked = Glance()
    for entry in (*month_entries(), adopted):
        event = parse_event(entry, ORIGIN)
        checked.check([entry], [event.subject], [event.type])
    for looking in (looked, checked):
        log, witnesses = looking.keys()
        assert (log.name, set(names(witnesses))) == (ORIGIN, own | {more.name})


def test_a_policy_that_cannot_be_read_names_nobody() -> None:
    lookalike = sign({**FIELDS, "body": {"row": {"a": 1, "type": "policy.adopted/1"}}}, "bureau/enforcement")
    refused = sign({**FIELDS, "body": {}, "type": "policy.adopted/1"}, "bureau/enforcement")
    looking = glance_over(lookalike, refused)
    assert len(looking.keys()[1]) == len(glance_over().keys()[1])


def test_the_trusted_witnesses_count_too() -> None:
    more = key("witness.example/more", 4).verifier
    log, witnesses = glance_over(trust=Trust(witnesses={"more": more})).keys()
    assert more in witnesses
    assert len(witnesses) == len(witness_signers()) + 1
    assert glance_over(trust=Trust(logs=[log])).keys()[0].key == log.key


def test_a_log_that_is_not_the_one_trusted_is_refused() -> None:
    for other in (key(ORIGIN + "/other"), key(ORIGIN + "x")):
        with pytest.raises(Mismatch, match="entry 0 names the log's key"):
            glance_over(trust=Trust(logs=[other.verifier])).keys()


def test_an_empty_log_names_no_key() -> None:
    with pytest.raises(FileNotFoundError):
        Glance().keys()
    log = key(ORIGIN).verifier
    assert Glance(Trust(logs=[log])).keys() == (log, [])


def test_entry_0_must_found_the_log() -> None:
    looking = Glance()
    looking.look(month_entries()[1])
    with pytest.raises(Malformed, match="entry 0 founds no log"):
        looking.keys()

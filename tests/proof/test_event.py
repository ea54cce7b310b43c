"""Events: the two lines and the signature lines have one spelling; every field is read strictly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.encoding import Hash, format_canonical
from ledger.proof.errors import BadSignature, LedgerError, Malformed
from ledger.proof.event import MAX_ENTRY_BYTES, Event, Seen, format_entry, format_event_text, parse_event
from ledger.proof.note import Note, Signature, Signer, check_note, format_note

ORIGIN = "example.org/log"
EAST, WEST = Signer(f"{ORIGIN}/bureau/enforcement", b"e" * 32), Signer(f"{ORIGIN}/bureau/legal-publicity", b"p" * 32)
FIELDS: dict[str, Any] = {
    "after": 17,
    "at": "2027-01-04T01:00:00Z",
    "body": {"commitment": "ab" * 32, "note": "双随机"},
    "seen": {"root": "0a" * 32, "size": 4211},
    "subject": "draw/bureau/2027-01/001",
    "type": "seed.committed/1",
    "unit": "bureau/legal-publicity",
}


def make_text(fields: Any) -> str:
    return f"{ORIGIN}/event/v1\n{format_canonical(fields).decode()}\n"


def make_entry(fields: Any) -> bytes:
    return format_entry(make_text(fields), [EAST, WEST])


ENTRY = make_entry(FIELDS)


def check_entry(entry: bytes) -> Event:
    """What a rule that wants exactly these two signatures does."""
    event = parse_event(entry, ORIGIN)
    if len(check_note(Note(event.text, event.signatures), [EAST.verifier, WEST.verifier])) != len(event.signatures):
        raise BadSignature("a line that no rule asks for")
    return event


def test_event_is_read() -> None:
    event = check_entry(ENTRY)
    assert (event.type, event.subject, event.unit) == (FIELDS["type"], FIELDS["subject"], FIELDS["unit"])
    assert event.entry == ENTRY
    assert (event.at, event.after) == (1799024400, 17)  # date -u -d 2027-01-04T01:00:00Z +%s
    assert event.seen == Seen(4211, Hash(b"\x0a" * 32))
    assert event.body == FIELDS["body"]
    assert [line.name for line in event.signatures] == [EAST.name, WEST.name]


def test_format_and_parse_are_inverse() -> None:
    for after in (None, 0, 17):
        given_fields = {key: FIELDS[key] for key in ("at", "body", "subject", "type", "unit")}
        text = format_event_text(ORIGIN, **given_fields, after=after, seen=Seen(4211, Hash(b"\x0a" * 32)))
        event = parse_event(format_entry(text, [WEST, EAST]), ORIGIN)
        assert event.text == text
        assert event.after == after
        assert ("after" in json.loads(text.split("\n")[1])) is (after is not None)


def test_order_in_which_the_signers_are_given_does_not_matter() -> None:
    assert format_entry(make_text(FIELDS), [WEST, EAST]) == ENTRY


WRONG: dict[str, list[Any]] = {
    "after": [-1, True, False, "17", [17], {}],
    "at": [1, "", "2027-01-04", "2027-01-04T01:00:00+00:00", "2027-02-30T01:00:00Z", True],
    "body": ["", 1, [], True],
    "seen": [
        {}, [], 1, "x", {"root": "0a" * 32}, {"size": 1}, {"root": "0a" * 32, "size": 1, "x": 1},
        {"root": "0A" * 32, "size": 1}, {"root": "0a" * 31, "size": 1}, {"root": 1, "size": 1}, {"root": "", "size": 1},
        {"root": "0a" * 32, "size": -1}, {"root": "0a" * 32, "size": "1"}, {"root": "0a" * 32, "size": True},
    ],
    "subject": ["", "Draw", "draw bureau", "/draw", 1, [], True, "draw/平湖"],
    "type": ["", "seed",
             "seed.committed", "seed.committed/0", "seed.committed/01", "seed.committed/1/1", "Seed.committed/1",
             "seed..committed/1", "seed.committed/1\n", "seed.committed/１", "seed-x.committed/1", 1, []],
    "unit": ["", "Bureau", "-bureau", "bureau legal", 1, [], True],
}  # fmt: skip


@pytest.mark.parametrize(("field", "wrong"), [(field, value) for field, values in WRONG.items() for value in values])
def test_one_wrong_field_is_refused(field: str, wrong: Any) -> None:
    with pytest.raises(Malformed):
        parse_event(make_entry(FIELDS | {field: wrong}), ORIGIN)


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"after"}))
def test_missing_field_is_refused(field: str) -> None:
    with pytest.raises(Malformed):
        parse_event(make_entry({name: value for name, value in FIELDS.items() if name != field}), ORIGIN)


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=8).filter(lambda name: name not in FIELDS))
def test_unknown_field_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        parse_event(make_entry(FIELDS | {name: 1}), ORIGIN)


scalars = st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(max_codepoint=127), max_size=10)


@given(
    st.sampled_from(sorted(FIELDS)), scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.just("x"), scalars)
)
def test_any_other_value_of_one_field_is_read_as_it_is_or_refused(field: str, value: Any) -> None:
    entry = make_entry(FIELDS | {field: value})
    try:
        event = parse_event(entry, ORIGIN)
    except Malformed:
        return
    assert json.loads(event.text.split("\n")[1])[field] == value
    assert format_note(event.text, event.signatures) == entry


@pytest.mark.parametrize("fields", [[], "text", 1, True, [FIELDS]])
def test_line_that_is_no_object_is_refused(fields: Any) -> None:
    with pytest.raises(Malformed):
        parse_event(make_entry(fields), ORIGIN)


LINE = format_canonical(FIELDS).decode()
SPELLINGS = {
    "another origin": f"example.org/other/event/v1\n{LINE}\n",
    "another version": f"{ORIGIN}/event/v2\n{LINE}\n",
    "origin in upper case": f"{ORIGIN.upper()}/event/v1\n{LINE}\n",
    "space after the origin": f"{ORIGIN}/event/v1 \n{LINE}\n",
    "empty first line": f"\n{ORIGIN}/event/v1\n{LINE}\n",
    "empty line between": f"{ORIGIN}/event/v1\n\n{LINE}\n",
    "third line": f"{ORIGIN}/event/v1\n{LINE}\n{LINE}\n",
    "empty third line": f"{ORIGIN}/event/v1\n{LINE}\n\n",
    "one line": f"{ORIGIN}/event/v1\n",
    "no first line": f"{LINE}\n",
    "space before the object": f"{ORIGIN}/event/v1\n {LINE}\n",
    "space after the object": f"{ORIGIN}/event/v1\n{LINE} \n",
    "space within the object": f"{ORIGIN}/event/v1\n{LINE.replace(':', ': ', 1)}\n",
    "repeated field": f'{ORIGIN}/event/v1\n{LINE[:-1]},"unit":"bureau/legal-publicity"}}\n',
    "fields out of order": f"{ORIGIN}/event/v1\n{json.dumps(dict(reversed(FIELDS.items())), separators=(',', ':'))}\n",
    "escaped letter": f"{ORIGIN}/event/v1\n{LINE.replace('seed', chr(92) + 'u0073eed')}\n",
    "escaped Chinese": f"{ORIGIN}/event/v1\n{json.dumps(FIELDS, separators=(',', ':'), sort_keys=True)}\n",
    "number as a fraction": f"{ORIGIN}/event/v1\n{LINE.replace('4211', '4211.0')}\n",
    "number with exponent": f"{ORIGIN}/event/v1\n{LINE.replace('4211', '4211e0')}\n",
    "null for what is absent": f"{ORIGIN}/event/v1\n{LINE.replace(':17,', ':null,')}\n",
    "text not in NFC": f"{ORIGIN}/event/v1\n{LINE.replace('双随机', 'e' + chr(0x301))}\n",
    "byte order mark": f"\ufeff{ORIGIN}/event/v1\n{LINE}\n",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_t28_other_spelling_of_an_event_is_refused_though_signed(name: str) -> None:
    text = SPELLINGS[name]
    with pytest.raises(Malformed):
        parse_event(format_entry(text, [EAST, WEST]), ORIGIN)


def test_t28_carriage_returns_are_refused() -> None:
    with pytest.raises(Malformed):
        parse_event(ENTRY.replace(b"\n", b"\r\n"), ORIGIN)


@given(st.integers(0, len(ENTRY) - 1), st.integers(1, 255))
def test_t28_any_changed_byte_is_refused(at: int, change: int) -> None:
    with pytest.raises(LedgerError):
        check_entry(ENTRY[:at] + bytes([ENTRY[at] ^ change]) + ENTRY[at + 1 :])


def test_t40_every_order_and_repeat_of_lines_but_one_is_refused() -> None:
    text = make_text(FIELDS)
    east, west = EAST.sign_text(text), WEST.sign_text(text)
    assert format_note(text, [east, west]) == ENTRY
    for lines in (
        [west, east],
        [east, east],
        [east, east, west],
        [east, west, west],
        [west, east, west],
        [east, west, east],
    ):
        with pytest.raises(Malformed, match="each key once, in byte order"):
            parse_event(format_note(text, lines), ORIGIN)


def test_t40_two_keys_of_one_name_stand_in_order_of_their_ids() -> None:
    """A unit that enrols a new key signs with the old one too; that is still one unit."""
    text = make_text(FIELDS)
    new_key = Signer(EAST.name, b"x" * 32)
    entry = format_entry(text, [EAST, new_key])
    assert format_entry(text, [new_key, EAST]) == entry
    first, second = parse_event(entry, ORIGIN).signatures
    assert first.name == second.name
    assert first.key_id < second.key_id
    with pytest.raises(Malformed):
        parse_event(format_note(text, [second, first]), ORIGIN)


@pytest.mark.parametrize("name", ["a", f"{ORIGIN}/bureau/hazchem", "zzz"])
def test_t40_extra_line_is_refused_by_the_count_of_those_that_signed(name: str) -> None:
    """The form alone cannot know whom the rule asks for; whoever counts the keys that signed sees the extra line."""
    text = make_text(FIELDS)
    for extra in (Signer(name, b"x" * 32).sign_text(text), Signature(name, b"1234", b"anything")):
        lines = sorted([EAST.sign_text(text), WEST.sign_text(text), extra], key=lambda line: line.name.encode())
        entry = format_note(text, lines)
        assert len(parse_event(entry, ORIGIN).signatures) == 3
        with pytest.raises(BadSignature):
            check_entry(entry)


def test_t40_missing_line_is_refused() -> None:
    text = make_text(FIELDS)
    assert len(check_note(Note(text, (EAST.sign_text(text),)), [EAST.verifier, WEST.verifier])) == 1
    with pytest.raises(Malformed):
        parse_event(text.encode() + b"\n", ORIGIN)


def test_t33_signature_fits_no_other_event() -> None:
    event = parse_event(ENTRY, ORIGIN)
    for field, value in [
        ("after", 18),
        ("subject", "draw/bureau/2027-01/002"),
        ("seen", {"root": "0b" * 32, "size": 4211}),
    ]:
        grafted = format_note(make_text(FIELDS | {field: value}), event.signatures)
        with pytest.raises(BadSignature):
            check_entry(grafted)


def test_signature_for_one_log_is_none_for_another() -> None:
    with pytest.raises(Malformed):
        parse_event(ENTRY, "example.org/other")


def test_entry_of_the_greatest_size_is_read_and_one_byte_more_is_not() -> None:
    room = MAX_ENTRY_BYTES - len(make_entry(FIELDS | {"body": {"x": ""}}))
    assert len(make_entry(FIELDS | {"body": {"x": "y" * room}})) == 65_535
    parse_event(make_entry(FIELDS | {"body": {"x": "y" * room}}), ORIGIN)
    with pytest.raises(Malformed, match="at most 65535"):
        parse_event(make_entry(FIELDS | {"body": {"x": "y" * (room + 1)}}), ORIGIN)


def test_value_outside_the_domain_is_not_written() -> None:
    with pytest.raises(Malformed):
        make_text(FIELDS | {"body": {"share": 0.5}})

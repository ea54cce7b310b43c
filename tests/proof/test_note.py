"""Signed notes: other programs' notes open, and no second spelling of a note, a key or a signature does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.errors import BadSignature, LedgerError, Malformed
from ledger.proof.note import (
    COSIGNATURE,
    Note,
    Signature,
    Signer,
    Verifier,
    check_note,
    format_base64,
    format_note,
    format_vkey,
    parse_base64,
    parse_note,
    parse_skey,
    parse_vkey,
)

# C2SP signed-note specification, section "Verifier keys", example (repository C2SP/C2SP, signed-note.md).
C2SP_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# Package documentation of golang.org/x/mod/sumdb/note, section "Example".
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = GO_TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ALICE, BOB = Signer("example.org/alice", b"a" * 32), Signer("example.org/bob", b"b" * 32)
TEXT = "first line\n\nthird line 双随机\n"
NOTE = format_note(TEXT, [ALICE.sign_text(TEXT), BOB.sign_text(TEXT)])

LINE = NOTE.decode().split("\n")[4]


def test_the_specifications_example_opens() -> None:
    note = parse_note(C2SP_NOTE.encode())
    assert note.text == "This is an example message.\n"
    assert [verifier.name for verifier in check_note(note, [parse_vkey(C2SP_VKEY)])] == ["example.com/foo"]
    assert format_note(*note).decode() == C2SP_NOTE


def test_gos_example_is_signed_and_opened_alike() -> None:
    signer = parse_skey(GO_SKEY)
    assert format_vkey(signer.verifier) == GO_VKEY
    assert signer.format_skey() == GO_SKEY
    assert format_note(GO_TEXT, [signer.sign_text(GO_TEXT)]).decode() == GO_NOTE
    check_note(parse_note(GO_NOTE.encode()), [parse_vkey(GO_VKEY)])


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n"), max_size=60))
def test_notes_round_trip(text: str) -> None:
    data = format_note(text + "\n", [ALICE.sign_text(text + "\n")])
    note = parse_note(data)
    assert note.text == text + "\n"
    assert format_note(*note) == data
    check_note(note, [ALICE.verifier])


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_every_changed_byte_is_refused_or_only_takes_away_a_signature(at: int, change: int) -> None:
    data = NOTE[:at] + bytes([NOTE[at] ^ change]) + NOTE[at + 1 :]
    try:
        signed = check_note(parse_note(data), [ALICE.verifier, BOB.verifier])
    except (Malformed, BadSignature):
        return
    assert len(signed) == 1
    assert at > NOTE.index(LINE.encode())


BLOB = LINE.split(" ")[2]
HOSTILE = {
    "nothing": "",
    "text alone": TEXT,
    "no empty line": "text\n" + LINE + "\n",
    "no signature line": "text\n\n",
    "no line feed at the end": "text\n\n" + LINE,
    "text without a line feed": LINE + "\n",
    "carriage returns": f"text\r\n\r\n{LINE}\r\n",
    "carriage return before the line feed": f"text\n\n{LINE}\r\n",
    "tab in the text": f"te\txt\n\n{LINE}\n",
    "zero byte in the text": f"te\0xt\n\n{LINE}\n",
    "escape in the text": f"te\x1bxt\n\n{LINE}\n",
    "two empty lines at the end": f"text\n\n{LINE}\n\n",
    "text after the signatures": f"text\n\n{LINE}\nmore\n",
    "empty line between signatures": f"text\n\n{LINE}\n\n{LINE}\n\n",
    "hyphen for em dash": "text\n\n" + LINE.replace("—", "-") + "\n",
    "en dash for em dash": "text\n\n" + LINE.replace("—", "–") + "\n",
    "no space after the dash": "text\n\n" + LINE.replace("— ", "—") + "\n",
    "two spaces after the dash": "text\n\n" + LINE.replace("— ", "—  ") + "\n",
    "two spaces before base64": "text\n\n" + LINE.replace(" " + BLOB, "  " + BLOB) + "\n",
    "space at the end": f"text\n\n{LINE} \n",
    "space at the start": f"text\n\n {LINE}\n",
    "plus in the name": "text\n\n" + LINE.replace("alice", "al+ice") + "\n",
    "no-break space in the name": "text\n\n" + LINE.replace("alice", "al\u00a0ice") + "\n",
    "next-line character in the name": "text\n\n" + LINE.replace("alice", "al\u0085ice") + "\n",
    "no name": f"text\n\n—  {BLOB}\n",
    "no signature": "text\n\n— example.org/alice\n",
    "empty signature": "text\n\n— example.org/alice \n",
    "key id alone": "text\n\n— example.org/alice AAAAAA==\n",
    "base64 without padding": "text\n\n" + LINE.rstrip("=") + "\n",
    "base64 with more padding": f"text\n\n{LINE}=\n",
    "base64 for URLs": "text\n\n— example.org/alice AAAA_-AA\n",
    "base64 with a stray bit": "text\n\n— example.org/alice AAAAAAB=\n",
    "base64 with a second part": f"text\n\n{LINE}AAAA\n",
    "base64 in full width": "text\n\n— example.org/alice ＡAAAAAAA\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_t28_other_form_of_note_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        parse_note(HOSTILE[name].encode())


@pytest.mark.parametrize("data", [b"\xff", b"te\xc0\xafxt", b"te\xed\xa0\x80xt"])
def test_t28_note_that_is_not_utf8_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_note(data + NOTE)


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AA=", "AA==\n", "AB==", "AAB=", "A A=", "AA==AA==", "=", "====", "é", "-_-_"]
)
def test_t28_other_base64_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_base64(text)


@given(st.binary(max_size=80))
def test_base64_round_trips_and_is_the_standard_one(data: bytes) -> None:
    assert format_base64(data) == base64.b64encode(data).decode()
    assert parse_base64(format_base64(data)) == data


def test_text_may_hold_empty_lines_and_what_looks_like_a_signature() -> None:
    text = f"text\n\n{LINE}\n"
    note = parse_note(format_note(text, [ALICE.sign_text(text)]))
    assert note.text == text
    check_note(note, [ALICE.verifier])


def test_note_that_does_not_end_its_line_is_not_written() -> None:
    with pytest.raises(Malformed):
        format_note("text", [ALICE.sign_text("text")])


def test_signatures_by_other_keys_are_ignored() -> None:
    """C2SP signed-note: the same name or the same id alone does not make a key known."""
    stranger = Signature("example.org/carol", b"\0\0\0\0", b"\xff" * 64)
    same_name = Signature(ALICE.name, b"\0\0\0\0", b"\xff" * 64)
    same_id = Signature("example.org/carol", ALICE.verifier.key_id, b"\xff" * 64)
    note = Note(TEXT, (stranger, same_name, ALICE.sign_text(TEXT), same_id))
    assert check_note(note, [ALICE.verifier, BOB.verifier]) == [ALICE.verifier]


def test_tampered_line_of_a_known_key_is_refused_beside_a_good_one() -> None:
    tampered = BOB.sign_text(TEXT)._replace(signature=bytes(64))
    for lines in [(ALICE.sign_text(TEXT), tampered), (tampered, ALICE.sign_text(TEXT))]:
        with pytest.raises(BadSignature):
            check_note(Note(TEXT, lines), [ALICE.verifier, BOB.verifier])


def test_note_signed_by_nobody_known_is_refused() -> None:
    for keys in ([], [BOB.verifier]):
        with pytest.raises(BadSignature, match="signed by none"):
            check_note(Note(TEXT, (ALICE.sign_text(TEXT),)), keys)


def test_duplicated_line_is_refused() -> None:
    with pytest.raises(BadSignature, match="twice"):
        check_note(Note(TEXT, (ALICE.sign_text(TEXT), ALICE.sign_text(TEXT))), [ALICE.verifier])


def test_one_key_given_twice_does_not_sign_twice() -> None:
    note = Note(TEXT, (ALICE.sign_text(TEXT),))
    assert check_note(note, [ALICE.verifier, Verifier(ALICE.name, ALICE.verifier.key)]) == [ALICE.verifier]


def test_one_key_under_two_names_is_not_four_eyes() -> None:
    twin = Signer("example.org/twin", b"a" * 32)
    note = Note(TEXT, (ALICE.sign_text(TEXT), twin.sign_text(TEXT)))
    with pytest.raises(BadSignature, match="twice"):
        check_note(note, [ALICE.verifier, twin.verifier])


def test_cosignature_cannot_pass_for_a_signature_on_a_note() -> None:
    """A witness signs `cosignature/v1...` with its time; those very bytes must not open as a note that it signed."""
    witness = Signer("example.org/witness", b"w" * 32, COSIGNATURE)
    text = "cosignature/v1\ntime 1700000000\nexample.org/log\n1\n" + format_base64(bytes(32)) + "\n"
    line = Signature(witness.name, witness.verifier.key_id, witness.sign(text.encode()))
    with pytest.raises(LedgerError):
        check_note(Note(text, (line,)), [witness.verifier])
    with pytest.raises(LedgerError):
        witness.sign_text(text)

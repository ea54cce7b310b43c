"""Openings: encrypted, bound to their digest and place, erased for ever, and only with their own key."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.store.openings import Opening, Openings

SALT = "00112233445566778899aabbccddeeff"
ROSTER = "roster/hazchem"


def opening(id: str, value: object, field: str = "name") -> Opening:
    return Opening(ROSTER, "roster.committed/1", field, id, SALT, value)


LI, WANG = opening("officer-1", "李小明"), opening("officer-2", "王小红")
PHONE = opening("officer-1", {"numbers": [1, 2]}, "contact")


def open_openings(folder: Path) -> Openings:
    return Openings(folder / "openings.sqlite", folder / "private" / "openings.key")


@pytest.fixture
def openings(tmp_path: Path) -> Iterator[Openings]:
    with closing(open_openings(tmp_path)) as openings:
        openings.add([WANG, LI, PHONE])
        yield openings


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "openings.sqlite")) as database, database:
        assert database.execute(statement).rowcount


def test_a_seal_can_be_made_by_hand() -> None:
    # printf '%s' '["double-random/sealed/1","roster/hazchem","roster.committed/1","name","SALT","李小明"]' | sha256sum
    assert LI.seal == "3cd1df43319a51fd10ecfe750fa17dfa0ad66ad261380bc4fa03002699aa3216"


def test_openings_are_read_by_subject_type_and_field(openings: Openings) -> None:
    assert openings.read(ROSTER) == [PHONE, LI, WANG]
    assert openings.read(ROSTER, "roster.committed/1", "name") == [LI, WANG]
    assert openings.read(ROSTER, field="contact") == [PHONE]
    assert openings.read(ROSTER, "roster.changed/1") == []
    assert openings.read("roster/other") == []
    assert openings.read_seal(LI.seal) == LI


def test_openings_stay_when_opened_again_and_are_kept_once(openings: Openings, tmp_path: Path) -> None:
    with closing(open_openings(tmp_path)) as again:
        again.add([LI, LI])
        assert again.read(ROSTER) == [PHONE, LI, WANG]


def test_what_was_handed_in_is_noted_for_good(openings: Openings, tmp_path: Path) -> None:
    assert openings.find_kept_back() == {LI.seal, WANG.seal, PHONE.seal}
    openings.note_handed_in([LI.seal, PHONE.seal])
    openings.note_handed_in([LI.seal])
    openings.add([LI])
    with closing(open_openings(tmp_path)) as again:
        assert again.find_kept_back() == {WANG.seal}
        assert again.read_seal(LI.seal) == LI, "and it is still here"
        again.erase([WANG.seal])
        assert again.find_kept_back() == set()


def test_what_is_erased_is_gone(openings: Openings, tmp_path: Path) -> None:
    before = (tmp_path / "openings.sqlite").read_bytes()
    with closing(sqlite3.connect(tmp_path / "openings.sqlite")) as database:
        (box,) = database.execute("SELECT box FROM openings WHERE seal = ?", (LI.seal,)).fetchone()
    assert box in before
    assert openings.erase([LI.seal, PHONE.seal]) == 2
    assert openings.read_seal(LI.seal) is None
    assert openings.read(ROSTER) == [WANG]
    assert openings.erase([LI.seal, PHONE.seal]) == 0
    openings.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert box not in left
    assert LI.seal.encode() not in left


def test_no_value_stands_in_the_file(openings: Openings, tmp_path: Path) -> None:
    openings.close()
    data = (tmp_path / "openings.sqlite").read_bytes()
    assert b"officer-1" in data
    assert "李小明".encode() not in data
    assert SALT.encode() not in data


def test_a_bad_value_is_refused_with_all_of_its_batch(openings: Openings) -> None:
    for bad in (opening("officer-3", 1.5), LI._replace(salt="short")):
        with pytest.raises(Malformed):
            openings.add([opening("officer-4", "赵"), bad])
    assert openings.read(ROSTER) == [PHONE, LI, WANG]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE openings SET box = (SELECT box FROM openings WHERE seal = '{WANG.seal}') WHERE seal = '{LI.seal}'",
        f"UPDATE openings SET id = 'officer-9' WHERE seal = '{LI.seal}'",
        f"UPDATE openings SET field = 'contact' WHERE seal = '{LI.seal}'",
        f"UPDATE openings SET box = zeroblob(80) WHERE seal = '{LI.seal}'",
    ],
)
def test_a_row_that_was_changed_is_refused(openings: Openings, tmp_path: Path, statement: str) -> None:
    change(tmp_path, statement)
    with pytest.raises(Mismatch, match=ROSTER):
        openings.read(ROSTER)
    assert openings.read_seal(WANG.seal) == WANG


def test_key_and_table_are_for_their_owner_only(openings: Openings, tmp_path: Path) -> None:
    key = tmp_path / "private/openings.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "openings.sqlite").stat().st_mode & 0o777 == 0o600
    key.chmod(0o640)
    with pytest.raises(Refused, match="mode 600"):
        open_openings(tmp_path)


def test_a_lost_key_is_not_made_anew(openings: Openings, tmp_path: Path) -> None:
    key = tmp_path / "private/openings.key"
    key.unlink()
    with pytest.raises(Refused, match="missing"):
        open_openings(tmp_path)
    assert not key.exists()
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    with closing(open_openings(tmp_path)) as wrong, pytest.raises(Mismatch, match="the key is another"):
        wrong.read(ROSTER)


def test_the_same_value_beside_another_row_is_refused_and_nothing_of_it_is_kept(openings: Openings) -> None:
    third = opening("officer-3", "张三")
    with pytest.raises(Mismatch, match="row officer-2, kept is officer-1"):
        openings.add([third, LI._replace(id="officer-2")])
    assert openings.read_seal(third.seal) is None
    assert openings.read_seal(LI.seal) == LI

"""`openings show` and `openings reads`: what the installation's own tool shows is recorded first (T22)."""

import json
from pathlib import Path

import pytest

from cli.bureau import Bureau, copy_bureau, found_bureau
from cli.run import run
from ledger.cli.installation import Installation

SAID, SUBJECT = "密标举报内容", "complaint/2023/0001"
LEADER = "bureau/leadership"


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    folder = tmp_path_factory.mktemp("reads")
    bureau = found_bureau(folder / "data")
    content = folder / "content.txt"
    content.write_text(f"{SAID}\n", encoding="utf-8")
    bureau.do("complaint", "receive", "other", content)
    return bureau


@pytest.fixture
def bureau(received: Bureau, tmp_path: Path) -> Bureau:
    return copy_bureau(received, tmp_path / "data")


def listed(bureau: Bureau) -> list[tuple[str, str, int]]:
    """Return the reads that the public log names, as anyone lists them."""
    rows = run("openings", "reads", "--dir", bureau.folder / "log", "--json").json()
    return [(row["unit"], row["subject"], row["values"]) for row in rows]


def test_t22_what_is_shown_here_is_recorded_first(bureau: Bureau) -> None:
    assert SAID in bureau.do("openings", "show", SUBJECT)
    assert bureau.signers() == ["service"]
    (row,) = json.loads(bureau.do("openings", "show", SUBJECT, "--unit", LEADER, "--json"))
    assert (row["field"], row["value"]) == ("content", SAID)
    assert bureau.signers() == [LEADER]
    assert listed(bureau) == [("service", SUBJECT, 1), (LEADER, SUBJECT, 1)]
    bureau.do("openings", "erase", "person-asked", row["seal"])
    assert bureau.do("openings", "show", SUBJECT) == ""
    assert listed(bureau)[-1] == ("service", SUBJECT, 0)


def test_t38_what_the_record_says_is_erased_is_deleted_by_erasing_it_again(bureau: Bureau) -> None:
    (row,) = json.loads(bureau.do("openings", "show", SUBJECT, "--json"))
    installation = Installation(bureau.folder)
    with installation.open_openings() as table:
        kept = table.read(SUBJECT)
    bureau.do("openings", "erase", "person-asked", row["seal"])
    with installation.open_openings() as table:
        table.add(kept)  # as a crash between the event and the deletion would leave it
    size = bureau.size
    assert "had them erased before" in bureau.do("openings", "erase", "person-asked", row["seal"])
    assert bureau.size == size, "nothing more is recorded"
    with installation.open_openings() as table:
        assert table.read(SUBJECT) == []


def test_the_reads_are_listed_in_both_languages_and_as_they_stood(bureau: Bureau) -> None:
    first = bureau.size
    bureau.do("openings", "show", SUBJECT)
    bureau.do("openings", "show", SUBJECT)
    row = f"{first}\t{bureau.now}\tservice\t{SUBJECT}\t1"
    for locale, header in (("C", "entry\tat\tunit\tsubject\tvalues"), ("zh_CN.UTF-8", "条目\t时间\t单位\t主题\t个数")):
        told = run("openings", "reads", "--dir", bureau.folder, "--at", str(first), locale=locale).out
        assert told == f"{header}\n{row}\n"
    assert len(run("openings", "reads", "--dir", bureau.folder).out.splitlines()) == 3


def test_t22_what_cannot_be_recorded_is_not_shown(bureau: Bureau, tmp_path: Path) -> None:
    key = bureau.key("bureau/hazchem")
    for words, why in (
        (["openings", "show", SUBJECT, "--key", key], "the key of service is not at hand"),
        (["openings", "show", SUBJECT, "--unit", LEADER, "--key", key], f"the key of {LEADER} is not at hand"),
        (["openings", "show", SUBJECT, "--unit", "bureau/nobody"], "unknown unit"),
        (["openings", "show", "complaint/2023/0009"], "does not stand in the record"),
    ):
        assert why in bureau.refused(*words)
    with Installation(bureau.folder).open_book():
        ran = bureau.run("openings", "show", SUBJECT)
        assert (ran.status, ran.out) == (2, "")
    draft = tmp_path / "draft.note"
    ran = bureau.run("openings", "show", SUBJECT, before=("--draft", draft))
    assert SAID not in ran.out + ran.err
    assert draft.exists()
    assert listed(bureau) == []


def test_what_a_closed_log_sealed_is_shown_with_a_warning(bureau: Bureau, tmp_path: Path) -> None:
    vkey = run("keys", "new", "next", tmp_path / "next.key", "--origin", "longgang.example").out.strip()
    bureau.do("log", "close", vkey, "--reason", "key-rotated")
    before = bureau.size
    ran = bureau.run("openings", "show", SUBJECT)
    assert (ran.status, SAID in ran.out, "cannot be recorded" in ran.err) == (0, True, True)
    assert bureau.size == before

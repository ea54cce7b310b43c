"""Personal data never stands in an entry, a bundle, an export, or a line that a command prints.

Marked values go into every private field that a sheet can have. Then everything that the log, the store and the
commands give is searched for them, in the encodings that a file may have. Only what is meant for those entitled
(`openings show`, the names beside cases on the installation's own machine) may show them.
"""

import base64
import csv
import gzip
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from cli.bureau import HEADER, PLAN, REHEARSAL, ROUND, Bureau, copy_bureau
from cli.run import run
from ledger.office.events.body import Sealed
from ledger.office.rule import RULES
from marks import find_all, find_marks

CODE = "92440300MA5KWJXE0M"
CELLS = ("密标甲", "密标乙", "密标证", "13800009999", "密标学历", "440307199001019999", "密标地址", "密标岗")
"""What is planted in sheets: a sole trader's name, an officer's name, certificate, telephone, schooling, identity …"""
TEXTS = {"content": "密标投", "complainant": "密标诉", "answer": "密标复", "record": "密标录"}
"""What is planted in texts that are sealed, by the field of the event that has the seal."""
MARKS = (*CELLS, *TEXTS.values())
PLANTED = "明标果"
"""A result's summary, which is public: whoever looks for marks everywhere finds this one."""


def mark_targets(folder: Path) -> Path:
    """Return the rehearsal's enterprises with two sole traders among them, whose names are marked."""
    rows = list(csv.reader(io.StringIO((REHEARSAL / "targets.csv").read_text(encoding="utf-8-sig"))))
    header = rows[0]
    kind, code, name = (header.index(word) for word in ("主体类别", "统一社会信用代码", "企业名称"))
    planted = []
    for number, credit in enumerate((CODE, "92440300MA5F0TLY5A")):
        row = list(rows[1])
        row[kind], row[code], row[name] = "个体工商户", credit, f"{CELLS[0]}{number}小吃店"
        planted.append([*row, CELLS[3], CELLS[6]])
    file = folder / "targets.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [[*header, "联系电话", "法定代表人住址"], *([*row, "", ""] for row in rows[1:]), *planted]
        )
    return file


def mark_officers(folder: Path) -> Path:
    """Return the rehearsal's officers, every name and certificate marked, with columns that are never carried."""
    rows = list(csv.reader(io.StringIO((REHEARSAL / "officers.csv").read_text(encoding="utf-8-sig"))))
    header = rows[0]
    name, certificate = header.index("姓名"), header.index("执法证号")
    for number, row in enumerate(rows[1:]):
        row[name], row[certificate] = f"{CELLS[1]}{number}", f"{CELLS[2]}{number:05d}"
    file = folder / "officers.csv"
    extra = ["手机号", "学历", "身份证号"]
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[*header, *extra], *([*row, CELLS[3], CELLS[4], CELLS[5]] for row in rows[1:])])
    return file


def write_texts(folder: Path) -> dict[str, Path]:
    """Return a text file for each sealed text."""
    files = {field: folder / f"{field}.txt" for field in TEXTS}
    for field, file in files.items():
        file.write_text(f"{TEXTS[field]}：某人所述\n", encoding="utf-8")
    return files


def derive_commands(folder: Path) -> dict[str, list[str | Path]]:
    """Return the commands that take something private in, and may be stopped at any moment."""
    texts = write_texts(folder)
    return {
        "officers": ["import", "officers", mark_officers(folder), "--year", "2024"],
        "targets": ["import", "targets", mark_targets(folder), "--year", "2024"],
        "complaint": ["complaint", "receive", "hazard", texts["content"], "--complainant", texts["complainant"]],
        "answer": ["complaint", "answer", "2023/0001", "founded", texts["answer"]],
        "visit": ["case", "visit", f"{SLOT}/0002", "--record", texts["record"]],
    }


SLOT = "bureau/2023-09/001"
PUBLIC = [
    *(["export", "results"], ["export", "announcements"]),
    *(["verify"], ["replay"], ["draw", "status"], ["keys", "list"], ["fsck"], ["explain", CODE], ["due"]),
    *(["statistics"], ["bulletin", "draft", "--from", "2023-09-01", "--to", "2023-09-15"], ["bulletin", "list"]),
    *(["complaint", "list"], ["notice", "list"], ["filing", "list", "--year", "2023"], ["training", "list"]),
    *(["suggestion", "list"], ["inspection", "list"], ["calendar", "show", "2023"], ["change", "conflict", "list"]),
]
"""Commands that show what anyone may see; each is asked for text and JSON."""


def live(folder: Path) -> tuple[Bureau, list[str]]:
    """Live a month of a new bureau in a folder; return it, and everything that its commands printed on the way."""
    bureau = Bureau(folder / "data", "2023-08-24T01:00:00Z")
    said: list[str] = []

    def do(*words: str | Path) -> None:
        ran = bureau.run(*words)
        assert ran.status == 0, (words, ran.err)
        said.append(ran.out + ran.err)

    def witness(now: str) -> None:
        bureau.now = now
        do("log", "witness")

    plan, texts = folder / "plan.csv", write_texts(folder)
    plan.write_text("\n".join((HEADER, *PLAN)) + "\n", encoding="utf-8")
    do("init")
    do("import", "targets", mark_targets(folder))
    do("import", "officers", mark_officers(folder))
    do("import", "items", REHEARSAL / "items.csv")
    do("approve", "targets")
    for roster in ("bureau", "street/pinghu", "street/buji"):
        do("approve", "officers", "--roster", roster)
    do("import", "plan", plan)
    witness("2023-08-24T02:00:00Z")
    witness("2023-09-15T09:00:00Z")
    bureau.now = "2023-09-15T10:00:00Z"
    do("draw", "open", "2023-monthly")
    do("draw", "freeze", SLOT, "--draw-at", "2023-09-15T11:00:03Z")
    for step in ("commit", "reveal"):
        for unit in ("bureau/enforcement", "bureau/legal-publicity"):
            do("draw", step, SLOT, "--unit", unit)
    do("draw", "close", SLOT)
    do("draw", "witness", SLOT)
    bureau.now = "2023-09-15T11:00:30Z"
    do("draw", "randomness", SLOT, "--result", ROUND)
    do("draw", "execute", SLOT)
    do("draw", "attest", SLOT)
    do("draw", "assign", SLOT)
    bureau.now = "2023-09-15T12:00:30Z"
    case = f"{SLOT}/0001"
    do("case", "visit", case, "--record", texts["record"])
    do("case", "submit", case, "no-problem", PLANTED)
    do("case", "publish", case)
    do("complaint", "receive", "unfair-draw", texts["content"], "--complainant", texts["complainant"])
    do("complaint", "accept", "2023/0001")
    do("complaint", "answer", "2023/0001", "unfounded", texts["answer"], "--summary", "经核查可以验证")
    do("complaint", "receive", "hazard", texts["content"])
    do("complaint", "accept", "2023/0002")
    do("export", "bundle", SLOT)
    return bureau, said


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, str]:
    """A bureau whose month is over, and everything that its commands printed."""
    bureau, said = live(tmp_path_factory.mktemp("marked"))
    bundle = next((bureau.folder / "bundles").glob("*.zip"))
    for locale in ("C", "zh_CN.UTF-8"):
        for words in PUBLIC:
            place: list[str | Path] = ["--bundle", bundle] if words[0] == "explain" else ["--dir", bureau.folder]
            for options in ([], ["--json"]):
                ran = run(*words, *options, *place, locale=locale)
                assert ran.status < 2 or options, (words, ran.err)
                said.append(ran.out + ran.err)
    return bureau, "\n".join(said)


@pytest.mark.parametrize("mark", MARKS)
def test_no_marked_value_is_printed_by_a_command(mark: str, lived: tuple[Bureau, str]) -> None:
    assert mark not in lived[1]


def search(folder: Path) -> dict[str, list[str | bytes]]:
    """Return each file under a folder in which a mark stands, the private ones too: what is sealed is encrypted."""
    return find_all({str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}, MARKS)


def test_no_marked_value_stands_in_a_file(lived: tuple[Bureau, str]) -> None:
    folder = lived[0].folder
    parts = {file.relative_to(folder).parts[0] for file in folder.rglob("*") if file.is_file()}
    assert {"announcements", "bundles", "log", "private", "store"} <= parts
    assert search(folder) == {}


def test_every_sealed_field_of_every_event_is_marked() -> None:
    fields = {
        name
        for rule in RULES.values()
        for name, field in rule.body.model_fields.items()
        if field.annotation in (Sealed, Sealed | None)
    }
    assert fields == TEXTS.keys()


SECTION = "officers/2023/bureau/of/bureau/enforcement"


def show(bureau: Bureau, subject: str) -> list[dict[str, str]]:
    """Return what stands behind a subject's seals, as those entitled may read it."""
    rows: list[dict[str, str]] = bureau.run("openings", "show", subject, "--json").json()
    return rows


BROKEN = {
    "姓名": ["\u200b{}", "{}\ufffd"],
    "执法证号": ["{}*", "{}E+12", "440307199001019999"],
    "企业名称": ["{}\ufffd", " {}"],
    "统一社会信用代码": ["", "***"],
}
"""A sheet's head -> what is made of its cells, so that something is found in them."""


def break_sheet(sheet: Path, head: str, broken: str) -> Path:
    """Write a marked sheet with each cell of a column broken, and a cell too many in each row; return it."""
    header, *rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8"))))
    place = header.index(head)
    file = sheet.with_name("broken.csv")
    with file.open("w", encoding="utf-8", newline="") as stream:
        spoilt = ([*row[:place], broken.format(row[place]), *row[place + 1 :], CELLS[3]] for row in rows)
        csv.writer(stream).writerows([header, *spoilt])
    return file


@pytest.mark.parametrize("options", [[], ["--dry-run", "--json"]])
@pytest.mark.parametrize(("head", "broken"), [(head, one) for head, found in BROKEN.items() for one in found])
def test_what_is_refused_of_a_sheet_repeats_nothing_private(
    lived: tuple[Bureau, str], tmp_path: Path, head: str, broken: str, options: list[str]
) -> None:
    kind = "officers" if head in ("姓名", "执法证号") else "targets"
    sheet = break_sheet({"officers": mark_officers, "targets": mark_targets}[kind](tmp_path), head, broken)
    for locale in ("C", "zh_CN.UTF-8"):
        ran = lived[0].run("import", kind, sheet, "--year", "2024", *options, locale=locale)
        assert ran.status == 1
        assert [mark for mark in MARKS if mark in ran.out + ran.err] == []
    assert search(lived[0].folder) == {}


REFUSED: dict[str, list[str]] = {
    "a kind that is none": ["complaint", "receive", "of-mine", "content"],
    "a unit that is none": ["complaint", "receive", "hazard", "content", "--of", "bureau/of-mine"],
    "a channel that is none": ["complaint", "receive", "hazard", "content", "--channel", "of-mine"],
    "a complaint that was answered": ["complaint", "answer", "2023/0001", "founded", "answer"],
    "a complaint that was not received": ["complaint", "answer", "2023/0009", "founded", "answer"],
    "an outcome that is none": ["complaint", "answer", "2023/0002", "of-mine", "answer"],
    "a visit that is recorded": ["case", "visit", "bureau/2023-09/001/0001", "--record", "record"],
    "a visit that begins after its end": ["case", "visit", "bureau/2023-09/001/0002", "--record", "record", "--began",
                                          "2023-09-15T23:00:00Z"],
    "an erasure of what is not there": ["openings", "erase", "person-asked", "ab" * 32],
}  # fmt: skip
"""Commands that are refused though what they seal is well; a field's name stands for its text file."""


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_repeats_nothing_private_and_keeps_no_opening(
    lived: tuple[Bureau, str], tmp_path: Path, name: str
) -> None:
    bureau, texts = lived[0], write_texts(tmp_path)
    kept = count_openings(bureau)
    words = [texts.get(word, word) if place > 1 else word for place, word in enumerate(REFUSED[name])]
    for locale in ("C", "zh_CN.UTF-8"):
        before = bureau.size
        try:
            ran = bureau.run(*words, locale=locale)
            told, status = ran.out + ran.err, ran.status
        except ValueError as error:  # main() makes a sentence of it
            told, status = str(error), 2
        assert status == 2
        assert bureau.size == before
        assert [mark for mark in MARKS if mark in told] == []
    assert count_openings(bureau) == kept
    assert search(bureau.folder) == {}


def count_openings(bureau: Bureau) -> int:
    """Return how many openings the installation keeps."""
    with closing(sqlite3.connect(bureau.folder / "private/openings.sqlite")) as database:
        (number,) = database.execute("SELECT count(*) FROM openings").fetchone()
        return int(number)


KILLED = """
import os, signal, sys
from importlib import import_module
module, _, place = sys.argv.pop(1).partition(":")
owner, _, name = place.partition(".")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(getattr(import_module(module), owner), name, die)
from ledger.cli import main
main()
"""
PLACES = {
    "before an opening is kept": "ledger.store.openings:Openings._encrypt",
    "before the store has the entry": "ledger.store.sqlite:SqliteEntryStore.append",
    "before the checkpoint is signed": "ledger.log.book:Book._sign",
}


@pytest.mark.parametrize(
    ("command", "place"),
    [
        *(("complaint", place) for place in PLACES),
        *((command, "before the checkpoint is signed") for command in ("officers", "targets", "answer", "visit")),
    ],
)
def test_a_command_that_is_killed_leaves_nothing_private_readable(
    lived: tuple[Bureau, str], tmp_path: Path, command: str, place: str
) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    bureau = copy_bureau(lived[0], tmp_path / "data")
    words = derive_commands(sheets)[command]
    if command == "answer":
        words[2] = "2023/0002"
    temporary = tmp_path / "data" / "tmp"
    temporary.mkdir()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, PLACES[place], *words, "--dir", bureau.folder, "--at", bureau.now],
        env=os.environ | {"TMPDIR": str(temporary), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert [mark for mark in MARKS if mark.encode() in killed.stdout + killed.stderr] == []
    assert search(bureau.folder) == {}


def test_the_search_finds_what_is_planted(lived: tuple[Bureau, str]) -> None:
    traders = show(lived[0], "targets/2023/hazchem")
    officers = show(lived[0], SECTION)
    assert [row["value"][:3] for row in traders] == [CELLS[0]] * 2
    assert {row["value"][:3] for row in officers} == {CELLS[1], CELLS[2]}
    texts = {
        row["field"]: row["value"][:3]
        for subject in ("complaint/2023/0001", f"case/{SLOT}/0001")
        for row in show(lived[0], subject)
    }
    assert texts == TEXTS
    files = {str(file): file.read_bytes() for file in lived[0].folder.rglob("*") if file.is_file()}
    told = {Path(name).relative_to(lived[0].folder).parts[0] for name in find_all(files, [PLANTED])}
    assert told == {"announcements", "bundles", "log", "store"}


@pytest.mark.parametrize(
    "spell",
    [
        *(
            lambda mark: mark.encode("utf-8"),
            lambda mark: mark.encode("gb18030"),
            lambda mark: mark.encode("utf-16-le"),
        ),
        *(
            lambda mark: json.dumps(mark).encode(),
            lambda mark: quote(mark).encode(),
            lambda mark: quote(mark).lower().encode(),
        ),
        *(lambda mark: mark.encode().hex().encode(), lambda mark: mark.encode("ascii", "xmlcharrefreplace")),
        *(lambda mark, n=n: base64.b64encode(b"x" * n + mark.encode() + b"y") for n in range(4)),
        *(lambda mark, n=n: base64.urlsafe_b64encode(b"x" * n + mark.encode()) for n in range(3)),
        lambda mark: gzip.compress(mark.encode()),
        lambda mark: pack(pack(mark.encode())),
    ],
)
def test_the_search_finds_a_mark_however_it_is_spelt(spell: Callable[[str], bytes]) -> None:
    for mark in MARKS:
        assert find_marks(spell(mark), [mark]) == [mark]
    assert find_marks(spell("无标题"), MARKS) == []


def pack(data: bytes) -> bytes:
    """Return a compressed archive with one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", data)
    return packed.getvalue()


def check_all(bureau: Bureau) -> list[dict[str, tuple[str, str]]]:
    """Verify the installation and its bundle; return the status of each check, with its reason in English."""
    vkey = run("log", "vkey", "--dir", bureau.folder).out.strip()
    bundle = next((bureau.folder / "bundles").glob("*.zip"))
    reports = [run("verify", place, "--vkey", vkey, "--json").json() for place in (bureau.folder, bundle)]
    checks = [{check["id"]: check["status"] for check in report["checks"]} for report in reports]
    assert all(found and "failed" not in found.values() for found in checks)
    return checks


def test_erasing_a_person_leaves_every_proof_valid(lived: tuple[Bureau, str], tmp_path: Path) -> None:
    bureau = copy_bureau(lived[0], tmp_path / "data")
    before = check_all(bureau)
    subjects = (SECTION, "targets/2023/hazchem", "complaint/2023/0001", f"case/{SLOT}/0001")
    rows = {subject: show(bureau, subject) for subject in subjects}
    person = {subject: [row for row in found if row["id"] == found[0]["id"]] for subject, found in rows.items()}
    assert {row["field"] for found in person.values() for row in found} == {"name", "certificate_no", *TEXTS}
    seals = [row["seal"] for found in person.values() for row in found]
    assert "erased" in bureau.do("openings", "erase", "person-asked", *seals)
    for subject, found in rows.items():
        assert show(bureau, subject) == [row for row in found if row not in person[subject]]
    for file in (bureau.folder / "private").rglob("openings.sqlite*"):
        assert not [seal for seal in seals if seal.encode() in file.read_bytes()]
    assert check_all(bureau) == before
    bureau.do("export", "bundle", SLOT, "--out", tmp_path / "again.zip")
    for name in ("explain", "verify"):
        words = [CODE, "--bundle"] if name == "explain" else []
        assert run(name, *words, tmp_path / "again.zip").status == 0

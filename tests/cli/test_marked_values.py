"""Personal data never stands in an entry, a bundle, an export, or a line that a command prints.

Marked values go into every private field that a sheet can have. Then everything that the log, the store and the
commands give is searched for them, in the encodings that a file may have. Only what is meant for those entitled
(`openings show`, the names beside cases on the installation's own machine) may show them.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.bureau import HEADER, PLAN, REHEARSAL, ROUND, Bureau
from cli.run import run

CODE = "92440300MA5KWJXE0M"
MARKS = ("密标甲", "密标乙", "密标证", "13800009999", "密标学历", "440307199001019999", "密标地址", "密标岗")
"""What is planted: a sole trader's name, an officer's name, certificate, telephone, schooling, identity number, …"""


def mark_targets(folder: Path) -> Path:
    """Return the rehearsal's enterprises with two sole traders among them, whose names are marked."""
    rows = list(csv.reader(io.StringIO((REHEARSAL / "targets.csv").read_text(encoding="utf-8-sig"))))
    header = rows[0]
    kind, code, name = (header.index(word) for word in ("主体类别", "统一社会信用代码", "企业名称"))
    planted = []
    for number, credit in enumerate((CODE, "92440300MA5F0TLY5A")):
        row = list(rows[1])
        row[kind], row[code], row[name] = "个体工商户", credit, f"{MARKS[0]}{number}小吃店"
        planted.append([*row, MARKS[3], MARKS[6]])
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
        row[name], row[certificate] = f"{MARKS[1]}{number}", f"{MARKS[2]}{number:05d}"
    file = folder / "officers.csv"
    extra = ["手机号", "学历", "身份证号"]
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[*header, *extra], *([*row, MARKS[3], MARKS[4], MARKS[5]] for row in rows[1:])])
    return file


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, str]:
    """A bureau whose month is over, and everything that its commands printed on the way."""
    folder = tmp_path_factory.mktemp("marked")
    bureau = Bureau(folder / "data", "2023-08-24T01:00:00Z")
    said: list[str] = []

    def do(*words: str | Path) -> None:
        ran = bureau.run(*words)
        assert ran.status == 0, (words, ran.err)
        said.append(ran.out + ran.err)

    def witness(now: str) -> None:
        bureau.now = now
        do("log", "witness")

    plan = folder / "plan.csv"
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
    slot = "bureau/2023-09/001"
    do("draw", "freeze", slot, "--draw-at", "2023-09-15T11:00:03Z")
    for step in ("commit", "reveal"):
        for unit in ("bureau/enforcement", "bureau/legal-publicity"):
            do("draw", step, slot, "--unit", unit)
    do("draw", "close", slot)
    do("draw", "witness", slot)
    bureau.now = "2023-09-15T11:00:30Z"
    do("draw", "randomness", slot, "--result", ROUND)
    do("draw", "execute", slot)
    do("draw", "attest", slot)
    do("draw", "assign", slot)
    case = f"{slot}/0001"
    do("case", "visit", case)
    do("case", "submit", case, "no-problem", "未发现问题")
    do("case", "publish", case)
    do("export", "bundle", slot)
    for locale in ("C", "zh_CN.UTF-8"):
        for words in (["verify"], ["replay"], ["draw", "status"], ["keys", "list"], ["fsck"], ["explain", CODE]):
            for options in ([], ["--json"]):
                ran = run(*words, *options, "--dir", bureau.folder, locale=locale)
                said.append(ran.out + ran.err)
    return bureau, "\n".join(said)


def spellings(mark: str) -> Iterator[bytes]:
    """Yield a mark as the bytes of a file may spell it."""
    yield mark.encode()
    if not mark.isascii():
        yield mark.encode("gb18030")
        yield mark.encode("utf-16-le")
        yield "".join(f"\\u{ord(character):04x}" for character in mark).encode()


def unpack(data: bytes) -> bytes:
    """Return a file's bytes, and for an archive those of its members."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return data + b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("mark", MARKS)
def test_no_marked_value_is_printed_by_a_command(mark: str, lived: tuple[Bureau, str]) -> None:
    assert mark not in lived[1]


@pytest.mark.parametrize("mark", MARKS)
def test_no_marked_value_stands_in_a_file_but_those_that_are_private(mark: str, lived: tuple[Bureau, str]) -> None:
    bureau = lived[0]
    files = [file for file in bureau.folder.rglob("*") if file.is_file()]
    assert {"log", "store", "bundles", "private"} <= {file.relative_to(bureau.folder).parts[0] for file in files}
    for file in files:  # also the private ones: what seals stand for is encrypted there
        data = unpack(file.read_bytes())
        assert not any(spelling in data for spelling in spellings(mark)), file


SECTION = "officers/2023/bureau/of/bureau/enforcement"


def show(bureau: Bureau, subject: str) -> list[dict[str, str]]:
    """Return what stands behind a subject's seals, as those entitled may read it."""
    rows: list[dict[str, str]] = run("openings", "show", subject, "--dir", bureau.folder, "--json").json()
    return rows


def test_the_search_finds_what_is_planted(lived: tuple[Bureau, str]) -> None:
    traders = show(lived[0], "targets/2023/hazchem")
    officers = show(lived[0], SECTION)
    assert [row["value"][:3] for row in traders] == [MARKS[0]] * 2
    assert {row["value"][:3] for row in officers} == {MARKS[1], MARKS[2]}
    assert all(any(spelling in data for spelling in spellings(MARKS[0])) for data in (
        MARKS[0].encode(), MARKS[0].encode("gb18030"), MARKS[0].encode("utf-16-le"),
    ))  # fmt: skip


def test_erasing_a_person_leaves_every_proof_valid(lived: tuple[Bureau, str]) -> None:
    bureau = lived[0]
    rows = show(bureau, SECTION)
    erased = [row for row in rows if row["id"] == rows[0]["id"]]
    bureau.do("openings", "erase", "person-asked", *(row["seal"] for row in erased))
    assert show(bureau, SECTION) == [row for row in rows if row not in erased]
    vkey = run("log", "vkey", "--dir", bureau.folder).out.strip()
    bundle = next((bureau.folder / "bundles").glob("*.zip"))
    for place in (bureau.folder, bundle):
        report = run("verify", place, "--vkey", vkey, "--json").json()
        assert report["checks"]
        assert not [check for check in report["checks"] if check["status"] == "failed"]

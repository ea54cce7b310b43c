"""What a log held at an entry or on a day: the same as from a copy of the log that ends there."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.run import run
from ledger.audit.folder import read_log
from ledger.proof.tile import Tile, derive_entry_tiles, format_entries, format_tile_path

SLOT = "bureau/2023-09/001"
READING = [
    ("draw", "status", "--json"),
    ("case", "list", SLOT, "--json"),
    ("inspection", "list", "--json"),
    ("registry", "targets", "--json"),
    ("registry", "officers", "--json"),
    ("registry", "items", "--json"),
    ("registry", "keys", "--json"),
    ("registry", "units", "--json"),
    ("disclosure", "--json"),
    ("statistics", "--year", "2023", "--json"),
    ("due", "--day", "2023-09-20", "--json"),
    ("board", "--unit", "bureau/enforcement", "--day", "2023-09-20", "--json"),
    ("bulletin", "draft", "--from", "2023-09-01", "--to", "2023-09-30", "--json"),
    ("notice", "list", "--json"),
    ("complaint", "list", "--json"),
    ("training", "list", "--json"),
    ("suggestion", "list", "--json"),
    ("opinion", "list", "--json"),
    ("filing", "list", "--year", "2023", "--json"),
    ("bulletin", "list", "--json"),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration that ran."""
    folder = tmp_path_factory.mktemp("stood") / "data"
    assert run("demo", "--dir", folder).status == 0
    return folder


def read_entries(demo: Path) -> list[bytes]:
    return [*read_log(demo / "log")[1]]


def fields(entry: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry.decode().split("\n")[1])
    return found


def cut(demo: Path, folder: Path, size: int) -> Path:
    """Return a copy of the log that ends after so many entries, as a stranger would have kept it then."""
    shutil.copytree(demo / "log", folder)
    origin, _, _, *rest = (folder / "checkpoint").read_text().split("\n")
    (folder / "checkpoint").write_text("\n".join((origin, str(size), "A" * 43 + "=", *rest)))
    last: Tile = [*derive_entry_tiles(size)][-1]
    file = folder / format_tile_path(last)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(format_entries(read_entries(demo)[size - last.width : size]))
    return folder


def find_index(demo: Path, type: str) -> int:
    return next(index for index, entry in enumerate(read_entries(demo)) if fields(entry)["type"] == type)


@pytest.mark.parametrize("type", ["draw.executed/1", "result.published/1"])
def test_at_an_index_it_is_what_a_log_cut_there_holds(demo: Path, tmp_path: Path, type: str) -> None:
    index = find_index(demo, type)
    copy = cut(demo, tmp_path / "cut", index + 1)
    differing = 0
    for words in READING:
        now, then = run(*words, "--dir", demo / "log"), run(*words, "--at", str(index), "--dir", demo / "log")
        assert then.status == 0, (words, then.err)
        assert then.out == run(*words, "--dir", copy).out, words
        differing += then.out != now.out
    assert differing >= 3, "what came after would otherwise be seen"


def test_documents_and_announcements_are_as_they_stood_too(demo: Path, tmp_path: Path) -> None:
    index = find_index(demo, "case.assigned/1")
    copy, written = cut(demo, tmp_path / "cut", index + 1), []
    for number, (folder, *words) in enumerate([(demo, "--at", str(index)), (copy,), (demo,)]):
        out = tmp_path / str(number)
        for command in (("case", "documents", f"{SLOT}/0001"), ("export", "announcements")):
            assert run(*command, "--out", out, *words, "--dir", folder).status == 0
        written.append({file.name: file.read_bytes() for file in out.iterdir()})
    assert written[0] == written[1]
    assert written[0].keys() == written[2].keys()
    assert written[0] != written[2]


def test_until_a_day_is_up_to_its_last_entry(demo: Path) -> None:
    days = [fields(entry)["at"][:10] for entry in read_entries(demo)]
    last = max(index for index, day in enumerate(days) if day <= "2023-09-15")
    assert last < len(days) - 1
    for words in (("draw", "status", "--json"), ("registry", "keys", "--json"), ("disclosure", "--json")):
        assert (
            run(*words, "--until", "2023-09-15", "--dir", demo).out == run(*words, "--at", str(last), "--dir", demo).out
        )
    assert run("disclosure", "--json", "--until", "2023-09-15", "--dir", demo).json() != []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--at", "9999"), "the log has"),
        (("--until", "2023-13-01"), "2023-13-01"),
        (("--until", "2001-01-01"), "the log held nothing on 2001-01-01"),
        (("--until", "2023-09-15", "--at", "3"), "one of the two"),
    ],
)
def test_a_place_that_is_none_is_refused(demo: Path, words: tuple[str, ...], why: str) -> None:
    ran = run("draw", "status", *words, "--dir", demo)
    assert (ran.status, why in ran.err) == (2, True)


def test_at_an_index_the_entrys_day_is_today(demo: Path) -> None:
    index = find_index(demo, "draw.attested/1")
    rows = run("due", "--at", str(index), "--dir", demo, "--json").json()
    assert {"assignment"} <= {row["kind"] for row in rows}
    assert not any(row["is_overdue"] for row in rows if row["kind"] == "assignment")
    assert run("board", "--unit", "bureau/enforcement", "--at", str(index), "--dir", demo, "--json").json()["day"] == (
        "2023-09-15"
    )


def test_registries_show_what_the_log_holds_and_no_sealed_name(demo: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(demo / "log", tmp_path / "copy"))
    entries = [fields(entry) for entry in read_entries(demo)]
    rows = [row for event in entries if event["type"] == "rows.listed/1" for row in event["body"]["rows"]]
    targets = run("registry", "targets", "--dir", copy, "--json").json()
    assert {row["id"]: row.get("name", "（个人姓名不公开）") for row in rows if "sub_roster" in row} == {
        row["id"]: row["name"] for row in targets
    }
    assert any(row["name"] == "（个人姓名不公开）" for row in targets)
    officers = run("registry", "officers", "--dir", copy, "--json").json()
    assert {row["id"] for row in officers} == {row["id"] for row in rows if "certificate_until" in row}
    items = run("registry", "items", "--dir", copy, "--json").json()
    assert [row["id"] for row in items] == sorted(row["id"] for row in rows if "authority" in row)
    units = {row["id"]: row for row in run("registry", "units", "--dir", copy, "--json").json()}
    assert "supervisor bureau" in units["bureau/legal-publicity"]["duties"]
    assert "witness" in units["witness/justice"]["duties"]
    told = run("registry", "units", "--dir", copy, locale="zh_CN.UTF-8").out
    assert "监督区局" in told
    assert "主办危险化学品" in told
    assert "hosts Hazardous chemicals" in run("registry", "units", "--dir", copy).out
    keys = run("registry", "keys", "--dir", copy, "--json").json()
    assert {row["unit"] for row in keys} == {*entries[0]["body"]["keys"]}
    assert {row["state"] for row in keys} == {"in-force"}


@pytest.mark.parametrize("which", ["targets", "officers", "items", "keys", "units"])
def test_a_registry_is_csv_and_a_table_too(demo: Path, which: str) -> None:
    rows = run("registry", which, "--dir", demo, "--json").json()
    table = [*csv.reader(io.StringIO(run("registry", which, "--dir", demo, "--csv").out.removeprefix("\ufeff")))]
    assert table[0] == [*rows[0]]
    assert len(table) == len(rows) + 1
    for locale in ("C", "zh_CN.UTF-8"):
        assert len(run("registry", which, "--dir", demo, locale=locale).out.splitlines()) == len(rows) + 1


def test_a_registry_or_kind_that_is_none_is_refused(demo: Path) -> None:
    assert "expected targets, officers, items, keys, units" in run("registry", "cars", "--dir", demo).err
    assert "no target roster is approved for 2031" in run("registry", "targets", "--year", "2031", "--dir", demo).err
    assert "expected items, plan" in run("disclosure", "--kind", "gossip", "--dir", demo).err
    assert "one of the two" in run("disclosure", "--json", "--csv", "--dir", demo).err


def test_the_disclosure_log_has_every_publication_of_the_raw_entries(demo: Path) -> None:
    rows = run("disclosure", "--dir", demo, "--json").json()
    published = [index for index, one in enumerate(read_entries(demo)) if fields(one)["type"] == "result.published/1"]
    assert [row["index"] for row in rows if row["kind"] == "result"] == published
    assert len(published) == 30
    only = run("disclosure", "--kind", "drawn", "--dir", demo, locale="zh_CN.UTF-8").out.splitlines()
    assert len(only) == 2
    assert "公布抽取结果" in only[1]


def test_documents_are_written_without_names_unless_they_are_asked_for(demo: Path, tmp_path: Path) -> None:
    case = ("case", "documents", f"{SLOT}/0001", "--dir", demo)
    assert run(*case, "--out", tmp_path / "public").status == 0
    assert run(*case, "--out", tmp_path / "internal", "--names").status == 0
    (row,) = [row for row in run("case", "list", SLOT, "--dir", demo, "--json").json() if row["case"] == "0001"]
    assert all(row["officer_names"])
    for folder, are_there in (("public", False), ("internal", True)):
        pages = [file.read_text(encoding="utf-8") for file in (tmp_path / folder).glob("*.html")]
        assert len(pages) == 2
        assert all((name in page) is are_there for page in pages for name in row["officer_names"])
        assert all(("仅供内部使用" in page) is are_there for page in pages)


def test_a_slot_gives_the_documents_of_all_its_cases(demo: Path, tmp_path: Path) -> None:
    assert run("case", "documents", SLOT, "--out", tmp_path / "all", "--dir", demo / "log").status == 0
    assert run("case", "documents", f"{SLOT}/0030", "--out", tmp_path / "one", "--dir", demo / "log").status == 0
    every = {file.name: file.read_bytes() for file in (tmp_path / "all").iterdir()}
    assert len(every) == 30 * 4
    for file in (tmp_path / "one").iterdir():
        assert every[file.name] == file.read_bytes()


def test_a_document_that_was_filled_in_is_not_written_over(demo: Path, tmp_path: Path) -> None:
    case = ("case", "documents", f"{SLOT}/0002", "--dir", demo, "--out", tmp_path)
    assert run(*case).status == 0
    assert run(*case).status == 0, "the same bytes are no harm"
    (scheme,) = tmp_path.glob("*检查方案.html")
    scheme.write_text("filled in", encoding="utf-8")
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    ran = run(*case)
    assert (ran.status, "may have been filled in" in ran.err) == (2, True)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert "no such case was drawn" in run("case", "documents", "bureau/2023-09/001/9999", *case[3:]).err


def test_a_bulletin_is_a_page_with_the_same_figures(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "bulletin.html"
    period = ("--from", "2023-09-01", "--to", "2023-10-15", "--dir", demo)
    drafted = run("bulletin", "draft", *period, "--html", file, "--json").json()
    page = file.read_text(encoding="utf-8")
    for word in (
        "双随机执法检查内部通报",
        "Internal bulletin",
        "各科室、街道",
        "危化品监督管理科",
        "Hazardous-chemicals",
    ):
        assert word in page
    text = " ".join(page.split())
    for zh, figure in (("完成检查", "visited"), ("抽中企业", "drawn"), ("期末逾期事项", "overdue")):
        assert f'{zh}<span class="en" lang="en">' in text
        assert f"<td>{drafted['totals'][figure]} </td>" in text or f"<td>{drafted['totals'][figure]}</td>" in text
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")

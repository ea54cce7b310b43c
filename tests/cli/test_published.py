"""What anyone can read of a log: from a copy of its public folder the same as from the installation, no sealed name."""

import json
import shutil
from pathlib import Path

import pytest

from cli.run import Ran, run
from ledger.office.policy import Policy, read_default_policy
from ledger.store.openings import Openings

SLOT = "bureau/2023-09/001"
READING = [
    ("draw", "status"),
    ("draw", "status", "--json"),
    ("replay",),
    ("replay", "--json"),
    ("replay", "--to", "100"),
    ("log", "vkey"),
    ("log", "policy"),
    ("log", "checkpoint"),
    ("keys", "list"),
    ("change", "policy", "show"),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration that ran."""
    folder = tmp_path_factory.mktemp("published") / "data"
    assert run("demo", "--dir", folder).status == 0
    return folder


@pytest.fixture
def copy(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the public log, which is all that a stranger has."""
    return Path(shutil.copytree(demo / "log", tmp_path / "copy"))


def listed(folder: Path, *words: str, locale: str = "C") -> Ran:
    return run("case", "list", SLOT, "--dir", folder, *words, locale=locale)


@pytest.mark.parametrize("words", READING, ids=" ".join)
@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
def test_a_copy_of_the_log_tells_what_the_installation_tells(
    demo: Path, copy: Path, words: tuple[str, ...], locale: str
) -> None:
    before = sorted(copy.rglob("*"))
    told = run(*words, "--dir", copy, locale=locale)
    assert told.status == 0
    assert told.out == run(*words, "--dir", demo, locale=locale).out
    assert len(told.out) > 20
    assert sorted(copy.rglob("*")) == before, "reading writes nothing"


def test_reading_needs_no_key_and_no_turn_to_write(demo: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo, tmp_path / "data"))
    for private in ("private", "keys", "store", "lock"):
        shutil.rmtree(folder / private)
    for words in READING:
        assert run(*words, "--dir", folder).status == 0


@pytest.mark.parametrize(
    "words",
    [("export", "bundle", SLOT), ("log", "witness"), ("openings", "show", "targets/2023/hazchem")],
    ids=" ".join,
)
def test_what_needs_the_installation_says_so_of_a_copy(copy: Path, words: tuple[str, ...]) -> None:
    before = sorted(copy.rglob("*"))
    ran = run(*words, "--dir", copy)
    assert ran.status == 2
    assert "only a copy of a log here" in ran.err
    assert sorted(copy.rglob("*")) == before


def test_a_folder_without_a_log_is_refused_by_name(tmp_path: Path) -> None:
    for words in READING:
        ran = run(*words, "--dir", tmp_path)
        assert ran.status == 2
        assert f"{tmp_path}: neither an installation nor a copy of a log" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_cases_stand_under_a_header_with_names_for_those_who_may_know_them(demo: Path, copy: Path) -> None:
    here, there = (listed(folder).out.splitlines() for folder in (demo, copy))
    assert here[0].split("\t") == ["case", "code", "name", "host", "due", "state", "officers"]
    assert len(here) == len(there) == 31
    rows = listed(demo, "--json").json()
    for line, row in zip(here[1:], rows, strict=True):
        number, code, name, host, due, state, *officers = line.split("\t")
        assert (number, code, name, due, state) == (
            row["case"],
            row["id"],
            row["name"],
            row["deadline"],
            "published",
        )
        assert host in ("Enforcement section", "Hazardous-chemicals section", "Training centre")
        assert officers == [f"{id} {name}" for id, name in zip(row["officers"], row["officer_names"], strict=True)]
    public = listed(copy, "--json").json()
    assert {tuple(row["officer_names"]) for row in public} == {(None, None)}, "officers' names are sealed"
    assert [row["id"] for row in public if row["name"] and row["id"].startswith("92")] == [], "so are sole traders'"
    assert sum(row["name"] is not None for row in public) > 15


def test_cases_are_told_in_chinese(demo: Path) -> None:
    header, first = listed(demo, locale="zh_CN.UTF-8").out.splitlines()[:2]
    assert header.split("\t") == ["案号", "代码", "名称", "主办科室", "检查期限", "进度", "执法人员"]
    assert first.split("\t")[5] == "已公开"
    assert first.split("\t")[3] in ("执法监察科", "危化品监督管理科", "培训中心")


def test_the_json_of_cases_keeps_its_keys(demo: Path) -> None:
    (keys,) = {tuple(row) for row in listed(demo, "--json").json()}
    assert keys == ("case", "id", "host", "deadline", "state", "officers", "items", "name", "officer_names")


def test_an_erased_name_is_shown_no_more(demo: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo, tmp_path / "data"))
    second = listed(folder, "--json").json()[1]  # the first has a replacement, who may be of any unit
    table = Openings(folder / "private" / "openings.sqlite", folder / "private" / "openings.key")
    names = [
        opening
        for unit in Policy.model_validate(read_default_policy()).units
        for opening in table.read(f"officers/2023/bureau/of/{unit}", field="name")
    ]
    seals = [opening.seal for opening in names if opening.id == second["officers"][1]]
    assert table.erase(seals) == 1
    table.close()
    known = listed(folder, "--json").json()[1]["officer_names"]
    assert [name is None for name in known] == [False, True]


def test_a_wrong_entry_is_told_in_both_languages(copy: Path) -> None:
    for file in (file for file in (copy / "tile" / "entries").rglob("*") if file.is_file()):
        file.write_bytes(file.read_bytes().replace(b'"reason":"conflict-', b'"reason":"Conflict-'))
    ran = run("replay", "--dir", copy, "--json")
    assert ran.status == 1
    wrong = ran.json()["first_wrong"]
    assert wrong["reason"].isascii()
    assert not wrong["reason_zh"].isascii()
    verified = run("verify", copy, "--json").json()["first_wrong"]
    assert (verified["reason"], verified["reason_zh"]) == (wrong["reason"], wrong["reason_zh"])
    told = run("replay", "--dir", copy, locale="zh_CN.UTF-8").out.splitlines()[-1]
    assert told == f"第一处错误：第 {wrong['entry']} 条，{wrong['reason_zh']}"


def test_what_cannot_be_read_is_told_in_both_languages(tmp_path: Path) -> None:
    told = json.loads(run("verify", tmp_path, "--json").out)
    assert "neither a bundle nor a folder with a log" in told["error"]
    assert "检查点" in told["error_zh"]

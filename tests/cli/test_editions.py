"""Editions of the check-item list: what one changes is shown before it is signed, and the old ones stay readable."""

from pathlib import Path
from typing import Any

import pytest

from cli.bureau import REHEARSAL, Bureau, copy_bureau, found_bureau
from cli.run import run

FIRST = (REHEARSAL / "items.csv").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return found_bureau(tmp_path_factory.mktemp("founded") / "data")


@pytest.fixture
def bureau(founded: Bureau, tmp_path: Path) -> Bureau:
    return copy_bureau(founded, tmp_path / "data")


def read(bureau: Bureau, *words: str) -> Any:
    """Return what `items` tells of the editions, as JSON."""
    return run("items", *words, "--dir", bureau.folder, "--json").json()


def show(bureau: Bureau, *words: str) -> str:
    """Return what `items` tells of the editions."""
    return run("items", *words, "--dir", bureau.folder).out


def write_second(bureau: Bureau) -> Path:
    """Write the list with its first item dropped, its second worded otherwise, and one more."""
    head, _, second, *rest = FIRST.splitlines()
    cells = second.split(",")
    content = head.split(",").index("抽查内容")
    cells[content] = "按新法修改的内容"
    added = [*rest[-1].split(",")]
    added[head.split(",").index("编号")] = "zz-new"
    file = bureau.folder.parent / "second.csv"
    file.write_text("\n".join([head, ",".join(cells), *rest, ",".join(added)]) + "\n", encoding="utf-8")
    return file


def test_an_edition_says_what_of_the_law_changed_and_what_it_changes(bureau: Bureau) -> None:
    file = write_second(bureau)
    (first,) = read(bureau, "editions")
    trial, before = bureau.do("import", "items", file, "--dry-run"), bureau.size
    assert "1 added, 1 dropped, 1 changed" in trial
    assert bureau.size == before
    told = bureau.do("import", "items", file, "--edition", "2021", "--changes", "安全生产法 2021 年修正")
    assert "1 added, 1 dropped, 1 changed" in told
    assert "+ zz-new" in told
    assert "按新法修改的内容" in told.partition("recorded in the log")[0], "it is shown before it is signed"
    old, new = read(bureau, "editions")
    assert old == first
    assert (new["edition"], new["changes"]) == ("2021", "安全生产法 2021 年修正")
    compared = read(bureau, "compare", old["edition"])
    kinds = {(one["before"] is None, one["after"] is None) for one in compared}
    assert kinds == {(True, False), (False, True), (False, False)}
    assert [one["id"] for one in compared if one["before"] is None] == ["zz-new"]
    assert read(bureau, "compare", "2021", "--edition", old["edition"]) == [
        {**one, "before": one["after"], "after": one["before"]} for one in compared
    ]


def test_an_old_edition_stays_readable(bureau: Bureau) -> None:
    before = read(bureau, "list")
    name = read(bureau, "editions")[0]["edition"]
    bureau.do("import", "items", write_second(bureau), "--edition", "2021")
    assert read(bureau, "list", "--edition", name) == before
    assert "zz-new" in show(bureau, "list")
    assert "zz-new" not in show(bureau, "list", "--edition", name)
    ran = run("items", "list", "--edition", "1999", "--dir", bureau.folder)
    assert (ran.status, "edition 1999 was not published; there are" in ran.err) == (2, True)


def test_an_editions_name_is_used_once_and_one_without_a_name_gets_its_own(bureau: Bureau) -> None:
    name = read(bureau, "editions")[0]["edition"]
    file = write_second(bureau)
    assert f"edition {name} was published before" in bureau.refused("import", "items", file, "--edition", name)
    bureau.do("import", "items", file)
    bureau.do("import", "items", REHEARSAL / "items.csv")
    names = [one["edition"] for one in read(bureau, "editions")]
    assert len(names) == len({*names}) == 3


def test_who_countersigns_an_edition_sees_what_it_changes(bureau: Bureau, tmp_path: Path) -> None:
    draft, file = tmp_path / "draft", write_second(bureau)
    organiser, supervisor = bureau.key("bureau/enforcement"), bureau.key("bureau/legal-publicity")
    ran = bureau.run("import", "items", file, "--edition", "2021", "--key", organiser, before=("--draft", draft))
    assert ran.status == 0, ran.err
    told = run("keys", "sign", draft, "--key", supervisor, "--dir", bureau.folder).out
    assert "1 added, 1 dropped, 1 changed" in told
    assert "+ zz-new" in told
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 0
    assert read(bureau, "editions")[-1]["edition"] == "2021"

"""What the pages say of the service is so: settings, paths, problems, and the commands that they show."""

import re
from pathlib import Path

import pytest
import urllib3

from ledger.client.service import _REFUSALS
from service.problems import PROBLEMS
from service.settings import PREFIX, Settings
from serving.served import Service
from serving.test_command import await_address, start
from snippets import Reader, read_blocks, read_headings


def read(root: Path, name: str) -> str:
    return (root / "docs" / name).read_text(encoding="utf-8")


def test_every_problem_stands_in_the_table_with_its_status(root: Path) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+?) \| .+ \|$", read(root, "spec/http.md"), re.MULTILINE)
    assert rows == [(code, str(kind.status), kind.en) for code, kind in PROBLEMS.items()]


def test_every_problem_has_a_title_in_both_languages() -> None:
    for code, kind in PROBLEMS.items():
        assert re.search("[\u4e00-\u9fff]", kind.zh), code
        assert not re.search("[\u4e00-\u9fff]", kind.en), code
    assert set(_REFUSALS) < set(PROBLEMS), "the client knows them"


def test_every_path_stands_in_the_table_and_no_other(root: Path, shared: Service) -> None:
    rows = re.findall(
        r"^\| (GET|POST) \| `([^`]+)` \| (public|officials|both) \|", read(root, "spec/http.md"), re.MULTILINE
    )
    paths = shared.ask("GET", "/openapi.json").json()["paths"]
    described = {(method.upper(), path) for path, item in paths.items() for method in item if method != "parameters"}
    assert {(method, path) for method, path, _ in rows} == described
    officials = {path for _, path, role in rows if role == "officials"}
    assert officials == {path for path, item in paths.items() if "officials" in str([*item.values()])}


@pytest.mark.parametrize("name", ["guide/service.md", "guide/service.zh-CN.md"])
def test_every_setting_stands_in_the_guide_with_its_default(root: Path, name: str) -> None:
    rows = dict(re.findall(r"^\| `(--\w+|\w+)` \| `?([^|`]*)`? \| .{20,} \|$", read(root, name), re.MULTILINE))
    assert rows.pop("--dir") == "./double-random-data"
    fields = {field: info for field, info in Settings.model_fields.items() if field != "folder"}
    names = {field: "--role" if field == "role" else f"{PREFIX}{field.upper()}" for field in fields}
    assert {names[field]: str(info.default) for field, info in fields.items()} == {
        setting: default.strip() for setting, default in rows.items()
    }


def test_every_setting_says_what_it_is_trusted_with(root: Path) -> None:
    guide = read(root, "guide/service.md")
    for field, info in Settings.model_fields.items():
        assert info.description, field
        assert "Trusted" in info.description
        told = info.description.split(". ", 1)[1] if field in ("folder", "role") else info.description
        assert told in guide, field


def test_the_guides_are_twins(root: Path) -> None:
    english, chinese = (read(root, name) for name in ("guide/service.md", "guide/service.zh-CN.md"))
    assert read_blocks(english) == read_blocks(chinese)
    assert [level for level, _ in read_headings(english)] == [level for level, _ in read_headings(chinese)]


def test_the_service_runs_as_the_guide_shows(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = read(root, "guide/service.md")
    Reader(tmp_path, monkeypatch).follow(page)
    (console,) = (block for language, block in read_blocks(page) if language == "console")
    shown = re.split(r"^\$ (.*)\n", console, flags=re.MULTILINE)[1:]
    words, said = shown[0].split(), shown[1]
    process = start(*words[2:-2], "--port", "0")
    address = await_address(process)
    assert said == "serving at http://127.0.0.1:8481 (public)\n"
    for command, printed in zip(shown[2::2], shown[3::2], strict=True):
        path = re.search(r"8481(\S+)", command)
        assert path
        answer = urllib3.request("GET", f"http://{address}{path[1]}", timeout=20).data.decode()
        assert answer.rstrip("\n").startswith(printed.rstrip("\n"))
    process.terminate()
    process.communicate(timeout=30)

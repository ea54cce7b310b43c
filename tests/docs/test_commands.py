"""docs/guide/commands.md and its Chinese sister: every command and every option is in them, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ledger.cli import app
from snippets import read_headings

SECTION = re.compile(r"^### `([^\n]+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"`(--[a-z-]+)")
VALUE = re.compile(r"^- `(--[a-z-]+)(?:/--[a-z-]+)?(?: ([^`]+))?`:", re.MULTILINE)
PAGES = ["commands.md", "commands.zh-CN.md"]


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command below a group, by its words."""
    commands = getattr(command, "commands", None)
    if commands is None:
        yield " ".join(path), command
        return
    for name, inner in commands.items():
        yield from walk(inner, (*path, name))


ROOT_COMMAND: Any = typer.main.get_command(app)
COMMANDS = dict(walk(ROOT_COMMAND))


def options(command: Any) -> set[str]:
    return {name for param in command.params if param.param_type_name == "option" for name in param.opts}


def arguments(command: Any) -> list[str]:
    return [param.name for param in command.params if param.param_type_name == "argument"]


@pytest.fixture(scope="module", params=PAGES)
def text(root: Path, request: pytest.FixtureRequest) -> str:
    """A page, the Chinese one with the marks of the English."""
    page: str = (root / "docs/guide" / request.param).read_text(encoding="utf-8")
    return page.replace("- 共用：", "- shared: ").replace("：", ": ")


@pytest.fixture(scope="module")
def sections(text: str) -> dict[str, tuple[list[str], str]]:
    """The page's sections: command -> its arguments, and what is said of it."""
    found = {}
    for title, body in SECTION.findall(text):
        words = title.split()
        name = " ".join(word for word in words if word.islower())
        found[name] = ([word.strip("[]").lower() for word in words if not word.islower()], body)
    return found


def test_every_command_is_there_and_no_other(sections: dict[str, tuple[list[str], str]]) -> None:
    assert set(sections) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_commands_options_and_arguments_are_those_of_the_page(
    sections: dict[str, tuple[list[str], str]], name: str
) -> None:
    names, body = sections[name]
    assert names == arguments(COMMANDS[name])
    items = [line for line in body.splitlines() if line.startswith("- ")]
    listed = [option for item in items for option in OPTION.findall(item if "shared:" in item else item.split(":")[0])]
    assert len(listed) == len(set(listed))
    assert set(listed) == options(COMMANDS[name])
    assert body.strip().partition("\n")[0].endswith((".", ",", "。")), "a line says what it does"


def test_shared_options_and_those_before_the_command_are_explained(text: str) -> None:
    head = text.partition("\n## ")[0]
    shared = {option for line in text.splitlines() if "shared:" in line for option in OPTION.findall(line)}
    explained = set(re.findall(r"^- `(--[a-z-]+)[^`]*`: +\S", head, re.MULTILINE))
    assert explained == shared | options(ROOT_COMMAND)


def test_what_stands_for_a_value_is_what_the_help_shows(text: str, sections: dict[str, tuple[list[str], str]]) -> None:
    shared = dict(VALUE.findall(text.partition("\n## ")[0]))
    for name, command in COMMANDS.items():
        shown = {**shared, **dict(VALUE.findall(sections[name][1]))}
        for param in (param for param in command.params if param.param_type_name == "option"):
            assert shown[param.opts[0]] == ("" if param.is_flag else param.metavar), f"{name} {param.opts[0]}"


def test_the_chinese_page_has_the_sections_of_the_english_in_their_order(root: Path) -> None:
    english, chinese = ((root / "docs/guide" / page).read_text(encoding="utf-8") for page in PAGES)
    titles = [title for title, _ in SECTION.findall(english)]
    assert titles == [title for title, _ in SECTION.findall(chinese)]
    assert [level for level, _ in read_headings(english)] == [level for level, _ in read_headings(chinese)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert [param.name for param in command.params if not param.help] == []

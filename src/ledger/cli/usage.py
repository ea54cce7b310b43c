"""How the command line explains itself: help pages in both languages, and what is said of a line it cannot take.

Typer's own pages are English, count every character as one column, and break ids at their hyphens; so the pages are
laid out here, with typer's words and their Chinese. A usage error is typer's own in English; in Chinese it is a
sentence of audit/wording.zh.json like any other refusal.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from ledger.audit.wording import translate
from ledger.cli.speech import read_locale, tr, wrap

WIDTH_LIMIT = 80
"""The columns that a page takes at most, as in typer's own pages."""

BEFORE = ("--service", "--draft")
"""The options of every command, which stand before it."""

_NAME_LIMIT = 30
"""The columns that a name takes at most beside what is said of it; a longer one has a line of its own."""

_EXTRAS = re.compile(r"  \[([^\[\]]*)\]$")
_EXTRA_WORDS = {"env var: ": "环境变量：", "default: ": "默认：", "required": "必填", "; ": "；"}


class Page(typer.Context):
    """A command's context, which lays its page out."""

    def get_usage(self) -> str:
        """Return the line that says how the command is called."""
        command: Any = self.command
        pieces = [_name_argument(param) for param in command.params if param.param_type_name == "argument"]
        if hasattr(command, "commands"):
            pieces += tr("命令 …", "COMMAND [ARGS]...").split()
        return " ".join([tr("用法：", "Usage: ") + self.command_path, tr("[选项]", "[OPTIONS]"), *pieces])

    def get_help(self) -> str:
        """Return the command's help page."""
        return "\n".join(_format_page(self))


class Program(TyperGroup):
    """The root of the commands: gives every one of them its page, and tells usage errors in the reader's language.

    What stands for a value is its name in capitals, where the option does not say what it is: `--year YEAR`.
    """

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        for command in _walk(self):
            command.context_class = Page
            for param in command.params:
                param.metavar = param.metavar or param.name.upper()

    def main(self, *args: Any, **words: Any) -> Any:
        """Run the command line, as typer does; what typer would say in English is said here."""
        if not words.get("standalone_mode", True):
            return super().main(*args, **words)
        try:
            status = super().main(*args, **(words | {"standalone_mode": False}))
        except typer.TyperException as error:
            _tell(error)
            option = getattr(error, "option_name", None)
            if option in BEFORE:
                print(tr(f"{option} 写在命令之前", f"{option} goes before the command"), file=sys.stderr)
            status = error.exit_code
        except typer.Abort:
            print(tr("已中止", "Aborted!"), file=sys.stderr)
            status = 1
        sys.exit(status)


def _walk(command: Any) -> Iterator[Any]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from _walk(inner)


def _tell(error: Any) -> None:
    """Say what is wrong with the command line; where no command was given, what is said is the help page itself."""
    if read_locale() != "zh":
        error.show()
        return
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        print(f"说明见 {context.command_path} --help\n", file=sys.stderr)
    print(f"用法有误：{translate(error.format_message())}", file=sys.stderr)


def _format_page(page: Page) -> Iterator[str]:
    command: Any = page.command
    width = min(shutil.get_terminal_size().columns, WIDTH_LIMIT)
    yield page.get_usage()
    yield ""
    yield from (f"  {line}" for line in wrap(command.help or "", width - 2))
    params = [(param, param.get_help_record(page)) for param in command.get_params(page)]
    arguments = [(_name_argument(param), record[1]) for param, record in params if param.param_type_name == "argument"]
    options = [record for param, record in params if param.param_type_name == "option"]
    commands = [
        (name, inner.short_help or inner.help or "") for name, inner in getattr(command, "commands", {}).items()
    ]
    headings = tr("参数： 选项： 命令：", "Arguments: Options: Commands:").split()
    for heading, rows in zip(headings, (arguments, options, commands), strict=True):
        if rows:
            yield f"\n{heading}"
            yield from _format_rows(rows, width)


def _format_rows(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield names and what is said of them, in two columns."""
    margin = 4 + max((len(name) for name, _ in rows if len(name) <= _NAME_LIMIT), default=_NAME_LIMIT)
    for name, told in rows:
        head = f"  {name}"
        if len(name) > _NAME_LIMIT:
            yield head
            head = ""
        for line in wrap(_translate_help(told), width - margin):
            yield f"{head:<{margin}}{line}"
            head = ""


def _translate_help(told: str) -> str:
    """Return an option's help with what typer added to it in the reader's language."""
    if read_locale() != "zh":
        return told

    def translate_extras(found: re.Match[str]) -> str:
        extras = found[1]
        for en, zh in _EXTRA_WORDS.items():
            extras = extras.replace(en, zh)
        return f"［{extras}］"

    return _EXTRAS.sub(translate_extras, told).replace("Show this message and exit.", "显示本说明")


def _name_argument(param: Any) -> str:
    name = param.metavar + ("..." if param.nargs != 1 else "")
    return name if param.required else f"[{name}]"

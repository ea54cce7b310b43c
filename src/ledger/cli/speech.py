"""What the command line says, in the reader's language: Chinese where the locale is Chinese, else English."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, Literal, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Locale = Literal["zh", "en"]

_PIECE = re.compile(
    r" +|［必填］|"
    r"[（“《［]*(?:[\u2e80-\u9fff\uff10-\uff5a]|[^\s\u2e80-\u9fff\uff00-\uffef]+)[，。；：、？！）”》］…]*|."
)
"""What stays together on a line: a Latin word or one Chinese character, with the punctuation that clings to it."""


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def read_locale() -> Locale:
    """Return the reader's language, from LC_ALL, LC_MESSAGES or LANG, the first that is set."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].lower().startswith("zh") else "en"
    return "en"


def tr(zh: str, en: str) -> str:
    """Return the words in the reader's language."""
    return zh if read_locale() == "zh" else en


def say(zh: str, en: str) -> None:
    """Print a line to standard output in the reader's language."""
    show(tr(zh, en))


def warn(zh: str, en: str) -> None:
    """Print a line to standard error in the reader's language."""
    show(tr(zh, en), stream=sys.stderr)


def show(text: str, indent: int = 0, stream: TextIO | None = None) -> None:
    """Print lines of text; at a terminal each is broken between words only, its further lines indented."""
    stream, text = stream or sys.stdout, spell_controls(text)
    if stream.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(line for paragraph in text.split("\n") for line in wrap(paragraph, width, indent))
    print(text, file=stream)


def spell_controls(text: str) -> str:
    """Return a text in which characters that would move a terminal, or turn the order of a line, are spelt out.

    Others wrote parts of what is shown: a log's name, a server's answer, a cell of a table. Tabs and line feeds stay.
    """
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def wrap(text: str, width: int, indent: int = 0) -> list[str]:
    """Return a paragraph as lines of at most so many columns, a Chinese character taking two.

    indent  how many spaces begin every line but the first

    A line never begins with a closing mark; a word wider than a line stands alone on one.
    """
    lines, room = [""], width
    for piece in _PIECE.findall(text):
        if lines[-1].strip() and cell_len(lines[-1] + piece.rstrip()) > room:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
            room = width - indent
        if len(lines) == 1 or lines[-1] or not piece.isspace():
            lines[-1] += piece
    return [lines[0], *(" " * indent + line for line in lines[1:])]


def plural(number: int, one: str) -> str:
    """Return a number and what is counted, in English: 1 row, 2 rows, 2 entries, 2 lines of the plan."""
    if number == 1:
        return f"1 {one}"
    head, of, rest = one.partition(" of ")
    many = f"{head[:-1]}ies" if head.endswith("y") else f"{head}s"
    return f"{number} {many}{of}{rest}"


def say_json(value: Any) -> None:
    """Print a value as JSON, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header: with tabs between the cells for `cut` and the like, but in columns at a terminal.

    A row may have more cells than the header has names: its last name stands for all of those. Where the columns do not
    fit, each row flows over as many lines as it takes: no cell is cut or broken.
    """
    table = [[spell_controls(cell) for cell in row] for row in (header, *rows)]
    if not sys.stdout.isatty():
        print("\n".join("\t".join(row) for row in table))
        return
    widths = [max(map(cell_len, column)) for column in zip_longest(*table, fillvalue="")]
    limit = shutil.get_terminal_size().columns
    if sum(widths) + 2 * (len(widths) - 1) > limit:
        widths = [widths[0], *[0] * (len(widths) - 1)]
    for row in table:
        cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=False)]
        print("\n".join(_flow(cells, limit, " " * (widths[0] + 2))))


def _flow(cells: Sequence[str], limit: int, indent: str) -> Iterator[str]:
    """Yield lines of whole cells, two spaces apart; the second line and further ones are indented."""
    line = cells[0]
    for cell in cells[1:]:
        if cell_len(f"{line}  {cell.rstrip()}") > limit:
            yield line.rstrip()
            line = indent + cell
        else:
            line = f"{line}  {cell}"
    yield line.rstrip()


class Advance:
    """A progress bar that is told how far the work is; silent where nobody looks."""

    def __init__(self, progress: Progress | None, task: Any) -> None:
        self._progress, self._task = progress, task

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show that so much is done."""
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=total)


@contextmanager
def progress(zh: str, en: str, total: int | None = None) -> Iterator[Advance]:
    """Show a bar on standard error while long work runs, if that is a terminal; nothing where it is piped."""
    if not sys.stderr.isatty():
        yield Advance(None, None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Advance(bar, bar.add_task(tr(zh, en), total=total))

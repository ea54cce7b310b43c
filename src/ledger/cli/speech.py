"""What the command line says, in the reader's language: Chinese where the locale is Chinese, else English."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Locale = Literal["zh", "en"]


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
    print(tr(zh, en))


def warn(zh: str, en: str) -> None:
    """Print a line to standard error in the reader's language."""
    print(tr(zh, en), file=sys.stderr)


def say_json(value: Any) -> None:
    """Print a value as JSON, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


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

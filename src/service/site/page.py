"""A kind of page: its path, its template and what it shows. The modules of pages enter theirs here.

A page's path ends with `/`; the home page's is empty. The same path under `en/` is the page in English.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from ..published import Published
from .language import Language

Row = TypeVar("Row")
Context = dict[str, Any]
Show = Callable[[Published, Language, re.Match[str]], Context | None]


class Page(NamedTuple):
    """A kind of page: the pattern of its path, its template, what it shows, and all paths that it stands at."""

    pattern: str
    template: str
    show: Show
    paths: Callable[[Published], Iterator[str]]


PAGES: list[Page] = []
"""In the order in which they were entered; the first whose pattern is a path's shows it."""


def page(
    pattern: str, template: str, paths: Callable[[Published], Iterator[str]] | None = None
) -> Callable[[Show], Show]:
    """Enter a kind of page; one without `paths` stands at its pattern alone."""

    def enter(show: Show) -> Show:
        PAGES.append(Page(pattern, template, show, paths or (lambda published: iter([pattern]))))
        return show

    return enter


def count_pages(rows: int, size: int) -> int:
    """Return how many pages rows take; an empty list has one."""
    return max(1, -(-rows // size))


def list_numbered(path: str, rows: int, size: int) -> Iterator[str]:
    """Give the paths of a list's pages: the first stands at the path itself, the others at their number."""
    yield path
    yield from (f"{path}{number}/" for number in range(2, count_pages(rows, size) + 1))


def take_page(
    path: str, rows: Sequence[Row], number: int, size: int, asked: str = ""
) -> tuple[Sequence[Row], Context] | None:
    """Return the rows of a page, and what the pager says of it; None past the end.

    path   of the list's first page
    asked  the query by which the rows were chosen; pages of such a list differ by `page` in it, not by their path
    """
    pages, start = count_pages(len(rows), size), (number - 1) * size
    if not 1 <= number <= pages:
        return None
    taken = rows[start : start + size]

    def place(of: int) -> str:
        if asked:
            return f"?{asked}&page={of}"
        return path if of == 1 else f"{path}{of}/"

    return taken, {
        "total": len(rows),
        "first": start + 1 if taken else 0,
        "last": start + len(taken),
        "number": number,
        "pages": pages,
        "before": place(number - 1) if number > 1 else "",
        "after": place(number + 1) if number < pages else "",
    }

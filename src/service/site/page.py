"""A kind of page: its path, its template and what it shows. The modules of pages enter theirs here.

A page's path ends with `/`; the home page's is empty. The same path under `en/` is the page in English.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..published import Published
from .language import Language

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

"""What a document is made of, whichever file it becomes: titles, facts, tables, lines to be signed.

A text is Chinese with its English beside it (`Words`), or one value that needs no translation (`str`).
"""

from dataclasses import dataclass
from typing import NamedTuple


class Words(NamedTuple):
    """The same in Chinese and in English."""

    zh: str
    en: str


Text = Words | str

BOX = "☐"
TICKED = "☑"


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, two pairs a row."""

    pairs: tuple[tuple[Words, Text], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    heads   one for each column
    widths  of the columns, in hundredths of the page; they add up to 100
    rows    as many cells each as there are columns
    blank   how many empty rows follow, to be filled in by hand
    """

    heads: tuple[Words, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Text, ...], ...]
    blank: int = 0


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, numbered from 1; one alone has no number."""

    sentences: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to be signed: who, and what stands beside the name (empty if nothing does)."""

    lines: tuple[tuple[Words, Text], ...]


Block = Facts | Table | Points | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands under it."""

    heading: Words
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A document.

    number   what it is about, under the title
    foot     where it comes from, at its end
    is_wide  whether it is printed across (A4 landscape)
    """

    title: Words
    number: Text
    sections: tuple[Section, ...]
    foot: Words
    is_wide: bool = False

"""What every part of the sample needs: a sheet of text cells, and choices that anyone can make again.

No random generator is used. Each choice is read off SHA-256 of a label and an index, so the sample is the same on every
machine and in every year.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeVar

Choice = TypeVar("Choice")


class Sheet(NamedTuple):
    """One table as an office keeps it: column heads, and rows of text cells in the same order."""

    header: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        """Return the cells of one column, top to bottom."""
        position = self.header.index(name)
        return [row[position] for row in self.rows]


def derive_number(label: str, index: int, below: int) -> int:
    """Return a number from 0 up to, not including, `below`.

    By hand: printf '%s|%d' LABEL INDEX | sha256sum; the first 16 hex digits, as a number, modulo `below`.
    """
    return int.from_bytes(sha256(f"{label}|{index}".encode()).digest()[:8], "big") % below


def derive_choice(label: str, index: int, options: Sequence[Choice]) -> Choice:
    """Return one of the options, each as likely as the others."""
    return options[derive_number(label, index, len(options))]


def derive_share(label: str, index: int, shares: Mapping[Choice, int]) -> Choice:
    """Return one of the keys, each as often as its share (whole numbers of any sum) says."""
    number = derive_number(label, index, sum(shares.values()))
    for choice, share in shares.items():
        if number < share:
            return choice
        number -= share
    raise AssertionError("the shares add up to their sum")

"""Choices that anyone can make again: by hash, so that the same year comes out each time."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def number(below: int, *labels: object) -> int:
    """Return a number from 0 up to one below a bound, fixed by the labels."""
    digest = hashlib.sha256("|".join(map(str, labels)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def is_one_in(many: int, *labels: object) -> bool:
    """Tell whether something that happens once in so many times happens here."""
    return number(many, *labels) == 0


def pick(choices: Sequence[T], *labels: object) -> T:
    """Return one of some choices, fixed by the labels."""
    return choices[number(len(choices), *labels)]

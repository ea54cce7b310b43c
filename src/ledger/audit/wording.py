"""Refusals in Chinese: an official reads why something was refused in the same exactness as the program says it.

A refusal is written once, in English, where the rule stands, so that the rules stay short and the two languages cannot
tell different stories. Its Chinese is a row of wording.zh.json: the English sentence with a name in braces for each
value, and the Chinese one with the same names. A test reads the program's own syntax trees and fails for a sentence
without a row. What is no sentence of ours (some errors of the operating system) stays as it is.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_HOLE = re.compile(r"\{([a-z0-9_]+)\}")

_SHAPES = {
    "n": re.compile(r"-?[0-9]+"),
    "check": re.compile(r"[a-z]+"),
    "type": re.compile(r"[a-z]+\.[a-z]+/[0-9]+"),
    "subject": re.compile(r"[a-z0-9][a-z0-9/-]*"),
}
"""Names in braces that hold only values of one form. Every other holds any value, which stays as it is."""

_WORDS = frozenset(["message", "rest", "what", "who", "state"])
"""Names in braces that may hold words of ours, which are then translated too; a `message` must."""

_DEPTH_LIMIT = 8
"""How many sentences may stand within one another; what a hostile log puts there must not occupy the reader long."""


class _Row(NamedTuple):
    """A sentence in both languages.

    literals  the English between the holes, one more than there are holes
    names     the holes' names, in the English order
    is_place  tells only where something is wrong (`entry {n}: {rest}`); what is wrong is a sentence of its own
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]
    zh: str
    is_place: bool

    def match(self, message: str) -> dict[str, str] | None:
        """Return what a message has in the holes, each as short as can be; None if it is another sentence."""
        first, last = self.literals[0], self.literals[-1]
        if not self.names:
            return {} if message == first else None
        if not (message.startswith(first) and message.endswith(last)):
            return None
        values, at, end = [], len(first), len(message) - len(last)
        for literal in self.literals[1:-1]:
            found = message.find(literal, at, end)
            if found < 0:
                return None
            values.append(message[at:found])
            at = found + len(literal)
        if at > end:
            return None
        held = dict(zip(self.names, [*values, message[at:end]], strict=True))
        is_fit = all(name not in _SHAPES or _SHAPES[name].fullmatch(value) for name, value in held.items())
        return held if is_fit else None


def _parse_row(en: str, zh: str) -> _Row:
    literals, names = tuple(_HOLE.split(en)[::2]), tuple(_HOLE.findall(en))
    is_place = len(names) > 1 and names[-1] == "rest" and {*names[:-1]} <= _SHAPES.keys()
    return _Row(literals, names, zh, is_place)


@cache
def _read_rows() -> tuple[_Row, ...]:
    """Return the rows in the order in which they are tried: places, then whichever says most in words of its own."""
    text = files("ledger.audit").joinpath("wording.zh.json").read_text(encoding="utf-8")
    rows = [_parse_row(row["en"], row["zh"]) for row in json.loads(text)]
    return tuple(sorted(rows, key=lambda row: (not row.is_place, -sum(map(len, row.literals)))))


def translate(message: str) -> str:
    """Return a refusal in Chinese; a text that is no sentence of ours is returned as it is.

    message  str(error) of a LedgerError, a ValidationError's `msg`, or an OSError

    Ids, codes, hashes and other values stay. It tries every row: meant for the edge, where someone reads.
    """
    return _translate(message, _DEPTH_LIMIT) or message


def _translate(message: str, depth: int) -> str | None:
    for row in _read_rows() if depth else ():
        held = row.match(message)
        if held is None:
            continue
        for name in _WORDS & held.keys():
            told = _translate(held[name], depth - 1)
            if told is None and name == "message":
                break
            held[name] = told or held[name]
        else:
            return row.zh.format_map(held)
    return None


def tell_duration(seconds: int) -> tuple[str, str]:
    """Return a duration in its two largest units, days to seconds, rounded down; in Chinese and in English."""
    units = (
        (seconds // 86_400, "天", "day"),
        (seconds // 3600 % 24, "小时", "hour"),
        (seconds // 60 % 60, "分钟", "minute"),
        (seconds % 60, "秒", "second"),
    )
    first = next((place for place, unit in enumerate(units) if unit[0]), 3)
    told = [unit for unit in units[first : first + 2] if unit[0]] or [units[3]]
    zh = "".join(f" {number} {name}" for number, name, _ in told).strip()
    return zh, " ".join(f"{number} {name if number == 1 else name + 's'}" for number, _, name in told)

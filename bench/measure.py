"""How things are measured: in turns, as ratios, each beside its target."""

import gc
from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import NamedTuple

Work = Callable[[], object]


class Target(NamedTuple):
    """What a ratio must reach: at least `bound`, or at most."""

    bound: float
    is_least: bool = True

    def is_met(self, value: float) -> bool:
        """Tell whether a value reaches the target."""
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        """Return the target as the table shows it."""
        return f"{'≥' if self.is_least else '≤'} {self.bound:g}"


class Line(NamedTuple):
    """One line of the table; `value` is a ratio of speeds (ours to the baseline's) unless its unit says otherwise."""

    what: str
    baseline: str
    value: float
    target: Target | None = None
    unit: str = "×"
    note: str = ""

    def format_row(self) -> str:
        """Return the line as a row of a Markdown table."""
        verdict = "" if self.target is None else ("met" if self.target.is_met(self.value) else "**missed**")
        cells = (self.what, self.baseline, f"{self.value:.2f} {self.unit}", self.target or "", verdict, self.note)
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


class Compared(NamedTuple):
    """Two works measured in turns: seconds of each, and the median over the rounds of baseline over ours."""

    baseline_seconds: float
    our_seconds: float
    speed: float


def measure_seconds(work: Work) -> float:
    """Return how long a work takes, once. What lay about before is collected first."""
    gc.collect()
    start = perf_counter()
    work()
    return perf_counter() - start


def compare(baseline: Work, ours: Work, rounds: int = 5, prepare: Work = lambda: None) -> Compared:
    """Measure two works in turns, changing who goes first; return the medians. What `prepare` does is not measured."""
    pairs = []
    for number in range(rounds):
        prepare()
        if number % 2:
            mine = measure_seconds(ours)
            pairs.append((measure_seconds(baseline), mine))
        else:
            theirs = measure_seconds(baseline)
            pairs.append((theirs, measure_seconds(ours)))
    theirs, mine = (median(column) for column in zip(*pairs, strict=True))
    return Compared(theirs, mine, median(one / other for one, other in pairs))


def format_rate(count: int, seconds: float) -> str:
    """Return how many a second, in words: 123k/s."""
    rate = count / seconds
    return f"{rate / 1000:,.0f}k/s" if rate >= 10_000 else f"{rate:,.0f}/s"


def format_table(lines: Iterable[Line]) -> str:
    """Return lines as a Markdown table."""
    head = ("| measured | against | value | target | | note |", "|---|---|---|---|---|---|")
    return "\n".join([*head, *(line.format_row() for line in lines)])

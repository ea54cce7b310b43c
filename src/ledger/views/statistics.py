"""Statistics in which steering shows (T34): who meets whom too often, who is never drawn, who leaves, who withholds.

Pure functions over simple inputs. Counts are integers and shares fractions, so that two readers get the same. What
stands on too few numbers says so (`is_enough`), and nothing here is a verdict: a small tail among many pairs is to be
expected, so each row says among how many it was found.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

ENOUGH_CASES = 30
"""Cases, below which repeats of pairs say too little."""
ENOUGH_TICKETS = 50
"""Tickets, five for each decile: below that the chi-square approximation does not hold."""
ENOUGH_PLACES = 10
"""Times that an officer was drawn, or a unit committed, below which a rate says too little."""

DECILES = 10
TICKET_BITS = 256


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that met: how often, how often chance alone would have them meet, and how likely so many or more are.

    tail       the chance of `met` meetings or more, each being on as many cases as it was, and nothing else known
    among      how many pairs could have met
    is_enough  whether there are enough cases to say anything
    """

    first: str
    second: str
    met: int
    expected: Fraction
    tail: Fraction
    among: int
    is_enough: bool


@dataclass(frozen=True, slots=True)
class Load:
    """How many cases each officer had, the most first, and how uneven that is.

    gini  0 where all have the same, towards 1 where one has all; None where nobody has any
    """

    cases: tuple[tuple[str, int], ...]
    gini: Fraction | None


@dataclass(frozen=True, slots=True)
class Deciles:
    """How tickets fall into ten equal parts, and how likely so uneven a fall is by chance.

    statistic  chi-square with nine degrees of freedom
    tail       None where there are too few tickets to say
    """

    counts: tuple[int, ...]
    statistic: Fraction | None
    tail: float | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened out of how many times; `share` is None where those are too few to say."""

    name: str
    happened: int
    out_of: int

    @property
    def share(self) -> Fraction | None:
        """The rate; None where there is too little to say."""
        return Fraction(self.happened, self.out_of) if self.out_of >= ENOUGH_PLACES else None


Case = tuple[str, Sequence[str]]
"""An enterprise's code, and the ids of the officers drawn for it."""


def derive_hypergeometric_tail(total: int, marked: int, drawn: int, found: int) -> Fraction:
    """Return the chance of finding `found` marked ones or more, drawing some of a total without putting back.

    By hand: of 4, 2 of them marked, drawing 2, both marked: 1/6.
    """
    most = min(marked, drawn)
    ways = sum(
        math.comb(marked, hit) * math.comb(total - marked, drawn - hit) for hit in range(max(found, 0), most + 1)
    )
    return Fraction(ways, math.comb(total, drawn))


def derive_chi_square_tail(statistic: float, degrees: int) -> float:
    """Return the chance of a chi-square of so much or more: the regularised upper gamma Q(degrees/2, statistic/2).

    Exact sums for whole degrees of freedom: Abramowitz and Stegun, 26.4.4 and 26.4.5.
    """
    half = statistic / 2
    if degrees % 2 == 0:
        return math.exp(-half) * sum(math.pow(half, i) / math.factorial(i) for i in range(degrees // 2))
    terms = sum(math.pow(half, i - 0.5) / math.gamma(i + 0.5) for i in range(1, (degrees - 1) // 2 + 1))
    return math.erfc(math.sqrt(half)) + math.exp(-half) * terms


def count_officer_enterprise_pairs(cases: Sequence[Case]) -> list[Pair]:
    """Return each officer and enterprise that met, the least likely first.

    Each enterprise's cases are as if drawn from all cases, of which those of the officer are marked.
    """
    officers = Counter(officer for _, crew in cases for officer in set(crew))
    codes = Counter(code for code, _ in cases)
    met = Counter((officer, code) for code, crew in cases for officer in set(crew))
    return _compare(met, officers, codes, len(cases), len(officers) * len(codes))


def count_officer_pairs(cases: Sequence[Case]) -> list[Pair]:
    """Return each two officers that inspected together, the least likely first."""
    officers = Counter(officer for _, crew in cases for officer in set(crew))
    met = Counter(pair for _, crew in cases for pair in combinations(sorted(set(crew)), 2))
    return _compare(met, officers, officers, len(cases), math.comb(len(officers), 2))


def _compare(
    met: Mapping[tuple[str, str], int], firsts: Mapping[str, int], seconds: Mapping[str, int], total: int, among: int
) -> list[Pair]:
    pairs = [
        Pair(
            first,
            second,
            count,
            Fraction(firsts[first] * seconds[second], total),
            derive_hypergeometric_tail(total, firsts[first], seconds[second], count),
            among,
            total >= ENOUGH_CASES,
        )
        for (first, second), count in met.items()
    ]
    return sorted(pairs, key=lambda pair: (pair.tail, pair.first, pair.second))


def measure_load(cases: Iterable[Case], officers: Collection[str]) -> Load:
    """Return how the cases fall on officers; those of the roster who had none are counted with none."""
    counts = Counter(dict.fromkeys(officers, 0))
    counts.update(officer for _, crew in cases for officer in set(crew))
    ranked = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    ascending = sorted(counts.values())
    total, size = sum(ascending), len(ascending)
    if total == 0:
        return Load(tuple(ranked), None)
    weighted = sum(place * count for place, count in enumerate(ascending, start=1))
    return Load(tuple(ranked), Fraction(2 * weighted, size * total) - Fraction(size + 1, size))


def find_never_drawn(
    rosters: Mapping[int, Collection[str]], drawn: Mapping[int, Collection[str]], years: int, last: int
) -> list[str] | None:
    """Return the enterprises on the roster of each of so many years up to the last, and drawn in none of them.

    rosters, drawn  year -> codes

    None where a year's roster is missing: then there is too little to say.
    """
    wanted = range(last - years + 1, last + 1)
    if any(year not in rosters for year in wanted):
        return None
    listed = set.intersection(*(set(rosters[year]) for year in wanted))
    return sorted(listed.difference(*(drawn.get(year, ()) for year in wanted)))


def count_reasons(reasons: Iterable[str]) -> list[tuple[str, int]]:
    """Return each reason for which enterprises or officers were left out, the most frequent first."""
    return sorted(Counter(reasons).items(), key=lambda row: (-row[1], row[0]))


def spread_tickets(tickets: Iterable[str]) -> Deciles:
    """Return how tickets, 64 hex each, fall into ten equal parts of their range: chance spreads them evenly."""
    found = Counter(int(ticket, 16) * DECILES >> TICKET_BITS for ticket in tickets)
    counts = tuple(found[part] for part in range(DECILES))
    total = sum(counts)
    if total < ENOUGH_TICKETS:
        return Deciles(counts, None, None)
    expected = Fraction(total, DECILES)
    statistic = sum(((count - expected) ** 2 / expected for count in counts), Fraction(0))
    return Deciles(counts, statistic, derive_chi_square_tail(float(statistic), DECILES - 1))


def derive_rates(happened: Mapping[str, int], out_of: Mapping[str, int]) -> list[Rate]:
    """Return a rate for each name, the highest first, those with too little to say last.

    For officers: recusals out of the cases that they were drawn for. For units: shares withheld out of those committed.
    """
    rates = [Rate(name, happened.get(name, 0), total) for name, total in out_of.items()]
    return sorted(rates, key=lambda rate: (rate.share is None, -(rate.share or 0), rate.name))

"""Statistics: compared with tables and with numbers worked out by hand; steering shows, an honest draw does not."""

import hashlib
from fractions import Fraction

import pytest

from ledger.proof.draw import derive_ticket
from ledger.proof.encoding import Hex
from ledger.views.statistics import (
    Case,
    count_officer_enterprise_pairs,
    count_officer_pairs,
    count_reasons,
    derive_chi_square_tail,
    derive_hypergeometric_tail,
    derive_rates,
    find_never_drawn,
    measure_load,
    spread_tickets,
)


@pytest.mark.parametrize(
    ("degrees", "statistic", "tail"),
    [  # critical values of the common tables
        (1, 3.841, 0.05),
        (1, 6.635, 0.01),
        (2, 5.991, 0.05),
        (3, 7.815, 0.05),
        (4, 13.277, 0.01),
        (9, 14.684, 0.10),
        (9, 16.919, 0.05),
        (9, 21.666, 0.01),
        (9, 27.877, 0.001),
        (10, 18.307, 0.05),
    ],
)
def test_the_chi_square_tail_is_that_of_the_tables(degrees: int, statistic: float, tail: float) -> None:
    assert derive_chi_square_tail(statistic, degrees) == pytest.approx(tail, rel=2e-3)
    assert derive_chi_square_tail(0.0, degrees) == 1.0


def test_the_hypergeometric_tail_by_hand() -> None:
    assert derive_hypergeometric_tail(4, 2, 2, 2) == Fraction(1, 6)
    assert derive_hypergeometric_tail(4, 2, 2, 1) == Fraction(5, 6)
    assert derive_hypergeometric_tail(4, 2, 2, 0) == 1
    assert derive_hypergeometric_tail(4, 2, 2, 3) == 0


def honest(count: int = 120) -> list[Case]:
    """Return cases whose crews hash functions choose."""
    cases: list[Case] = []
    for number in range(count):
        digest = hashlib.sha256(b"%d" % number).digest()
        first = digest[0] % 10
        cases.append((f"firm-{number % 40}", [f"o-{first}", f"o-{(first + 1 + digest[1] % 9) % 10}"]))
    return cases


def test_t34_a_friend_who_is_always_there_stands_first() -> None:
    cases = honest()
    steered = [(code, ["o-3", crew[1]] if code == "firm-7" else crew) for code, crew in cases]
    again = [*steered, *(("firm-7", ["o-3", "o-5"]) for _ in range(4))]
    first = count_officer_enterprise_pairs(again)[0]
    assert (first.first, first.second, first.met, first.is_enough) == ("o-3", "firm-7", 7, True)
    assert first.tail * first.among < Fraction(1, 20)
    fair = count_officer_enterprise_pairs(cases)[0]
    assert fair.tail * fair.among > Fraction(1, 20)


def test_t34_two_who_always_go_together_stand_first() -> None:
    cases = [(code, ["o-1", "o-2"] if "o-1" in crew else crew) for code, crew in honest()]
    first = count_officer_pairs(cases)[0]
    assert (first.first, first.second, first.among) == ("o-1", "o-2", 45)
    assert first.tail * first.among < Fraction(1, 1000)
    fair = count_officer_pairs(honest())[0]
    assert fair.tail * fair.among > Fraction(1, 20)


def test_a_pair_by_hand_and_too_few_to_say() -> None:
    (pair, *_) = count_officer_pairs([("a", ["x", "y"]), ("b", ["x", "y"]), ("c", ["z", "w"]), ("d", ["z", "w"])])
    assert (pair.met, pair.expected, pair.tail, pair.among) == (2, Fraction(1), Fraction(1, 6), 6)
    assert not pair.is_enough


def test_the_load_and_its_gini() -> None:
    cases: list[Case] = [("a", ["x", "y"]), ("b", ["x", "y"])]
    assert measure_load(cases, ["x", "y"]).gini == 0
    load = measure_load(cases, ["w", "x", "y", "z"])
    assert load.cases == (("x", 2), ("y", 2), ("w", 0), ("z", 0))
    assert load.gini == Fraction(1, 2)
    assert measure_load([], ["x"]).gini is None


def test_firms_never_drawn() -> None:
    rosters = {2025: ["a", "b", "c"], 2026: ["a", "b", "d"], 2027: ["a", "b", "d"]}
    drawn = {2025: ["b"], 2027: ["d"]}
    assert find_never_drawn(rosters, drawn, 3, 2027) == ["a"]
    assert find_never_drawn(rosters, drawn, 2, 2027) == ["a", "b"]
    assert find_never_drawn(rosters, drawn, 4, 2027) is None


def test_reasons_are_counted_the_most_frequent_first() -> None:
    assert count_reasons(["closed", "cap", "cap", "other"]) == [("cap", 2), ("closed", 1), ("other", 1)]


def test_t34_honest_tickets_spread_and_chosen_ones_do_not() -> None:
    tickets = [derive_ticket(Hex("5e" * 32), f"9144030000000{number:05d}") for number in range(500)]
    fair = spread_tickets(tickets)
    assert sum(fair.counts) == 500
    assert fair.tail is not None
    assert fair.tail > 0.01
    chosen = spread_tickets([*tickets, *(ticket for ticket in tickets if ticket[0] in "01")])
    assert chosen.tail is not None
    assert chosen.tail < 0.001


def test_deciles_by_hand_and_too_few_to_say() -> None:
    assert spread_tickets(["00" * 32] * 49).tail is None
    all_low = spread_tickets(["00" * 32] * 50)
    assert all_low.counts == (50, *[0] * 9)
    assert all_low.statistic == 450
    assert spread_tickets(["ff" * 32]).counts[9] == 1


def test_rates_the_highest_first_and_the_scant_last() -> None:
    rates = derive_rates({"x": 1, "y": 5, "z": 2}, {"x": 10, "y": 20, "z": 2, "w": 10})
    assert [(rate.name, rate.share) for rate in rates] == [
        ("y", Fraction(1, 4)),
        ("x", Fraction(1, 10)),
        ("w", 0),
        ("z", None),
    ]

"""T15: quotas are whole numbers by one formula; nobody rounds to taste."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.errors import Malformed, Refused
from ledger.proof.quota import check_coverage, derive_month_quotas, derive_year_quota


@pytest.mark.parametrize(
    ("base", "ratio", "expected"),
    [
        (51, (5, 100), 3),
        (60, (5, 100), 3),
        (61, (5, 100), 4),
        (20, (5, 100), 1),
        (21, (5, 100), 2),
        (1, (5, 100), 1),
        (0, (5, 100), 0),
        (0, (1, 1), 0),
        (7, (1, 1), 7),
        (3, (1, 1000), 1),
        (100, (3, 100), 3),
        (10**15 + 1, (1, 10**15), 2),
    ],
)
def test_t15_year_quota_by_hand(base: int, ratio: tuple[int, int], expected: int) -> None:
    assert derive_year_quota(base, *ratio) == expected


@given(st.integers(0, 10**12), st.integers(1, 1000), st.integers(1, 1000))
def test_t15_year_quota_rounds_up_never_to_nothing_and_never_above_all(base: int, p: int, q: int) -> None:
    if p > q:
        with pytest.raises(Malformed):
            derive_year_quota(base, p, q)
        return
    quota = derive_year_quota(base, p, q)
    assert quota == min(base, max(1, ceil(Fraction(base * p, q))))
    assert quota == derive_year_quota(base, 7 * p, 7 * q)


@pytest.mark.parametrize(
    ("base", "p", "q"), [(-1, 1, 2), (5, 0, 2), (5, -1, 2), (5, 3, 2), (5, 1, 0), (5, -1, -2), (5, 0, 0)]
)
def test_impossible_ratio_is_refused(base: int, p: int, q: int) -> None:
    with pytest.raises(Malformed):
        derive_year_quota(base, p, q)


weights = st.lists(st.integers(0, 30), min_size=12, max_size=12).filter(any)


@given(st.integers(0, 10**6), weights)
def test_t15_months_sum_to_the_year_and_stay_beside_their_share(quota: int, shares: list[int]) -> None:
    months = derive_month_quotas(quota, shares)
    exact = [Fraction(quota * weight, sum(shares)) for weight in shares]
    assert sum(months) == quota
    assert all(month in (floor(share), floor(share) + 1) for month, share in zip(months, exact, strict=True))
    assert all(month == 0 for month, weight in zip(months, shares, strict=True) if weight == 0)
    raised = [i for i in range(12) if months[i] > floor(exact[i])]
    left = [i for i in range(12) if months[i] == floor(exact[i])]
    rank = [(-(share - floor(share)), month) for month, share in enumerate(exact)]
    assert all(rank[i] < rank[j] for i in raised for j in left)


def test_t15_ties_go_to_the_earlier_month() -> None:
    assert derive_month_quotas(14, [1] * 12) == [2, 2] + [1] * 10
    assert derive_month_quotas(2, [0] * 6 + [1] * 6) == [0] * 6 + [1, 1, 0, 0, 0, 0]
    assert derive_month_quotas(5, [3] + [0] * 10 + [3]) == [3] + [0] * 10 + [2]


def test_t15_largest_remainder_by_hand() -> None:
    # 10 over weights 5:3:2 of 10 is exact; 7 gives 3.5, 2.1, 1.4: the half takes what is left.
    assert derive_month_quotas(10, [5, 3, 2] + [0] * 9)[:3] == [5, 3, 2]
    assert derive_month_quotas(7, [5, 3, 2] + [0] * 9)[:3] == [4, 2, 1]
    assert derive_month_quotas(8, [5, 3, 2] + [0] * 9)[:3] == [4, 2, 2]  # 4.0, 2.4, 1.6


@pytest.mark.parametrize("shares", [[], [1] * 11, [1] * 13, [0] * 12, [-1] + [1] * 11])
def test_other_weights_are_refused(shares: list[int]) -> None:
    with pytest.raises(Malformed):
        derive_month_quotas(10, shares)


@pytest.mark.parametrize(
    ("enrolled", "certified"), [(8, 10), (80, 100), (4, 5), (1, 1), (0, 0), (81, 101), (9, 11), (8000, 10000)]
)
def test_t15_floor_of_the_officer_roster_is_met(enrolled: int, certified: int) -> None:
    check_coverage(enrolled, certified)


@pytest.mark.parametrize(("enrolled", "certified"), [(7999, 10000), (79, 100), (80, 101), (3, 4), (0, 1), (7, 9)])
def test_t15_anything_below_the_floor_is_refused(enrolled: int, certified: int) -> None:
    """79.99% is not 80%; the refusal names the number that would do."""
    with pytest.raises(Refused) as refused:
        check_coverage(enrolled, certified)
    needed = int(str(refused.value).rsplit("(", 1)[1].rstrip(")"))
    check_coverage(needed, certified)
    with pytest.raises(Refused):
        check_coverage(needed - 1, certified)

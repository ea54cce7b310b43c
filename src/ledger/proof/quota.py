"""How many are drawn: whole numbers only, by one formula, so that nobody rounds to taste.

Specification: docs/spec/draw.md, section 5.
"""

from collections.abc import Sequence

from .errors import Malformed, Refused

FLOOR = (4, 5)
"""The officer roster holds at least 80% of the certified staff in post, 80% itself included (R17)."""


def derive_year_quota(base: int, numerator: int, denominator: int) -> int:
    """Return the year's number for a stratum: min(base, max(1, ceil(base * numerator / denominator))).

    base  eligible enterprises when the plan was approved

    51 enterprises at 5% make 3. Raises Malformed for a ratio that is not between 0 and 1.
    """
    if base < 0 or not 0 < numerator <= denominator:
        raise Malformed(f"base {base}, ratio {numerator}/{denominator}: expected 0 < ratio <= 1")
    return min(base, max(1, (base * numerator + denominator - 1) // denominator))


def derive_month_quotas(year_quota: int, weights: Sequence[int]) -> list[int]:
    """Return each month's number: year_quota * weight // total, what is left to the largest remainders.

    weights  twelve whole numbers, January first, not all zero

    Ties go to the earlier month; the twelve sum to the year's number. Raises Malformed.
    """
    total = sum(weights)
    if len(weights) != 12 or min(weights) < 0 or total == 0:
        raise Malformed(f"weights {list(weights)}: expected twelve whole numbers, not all zero")
    quotas = [year_quota * weight // total for weight in weights]
    by_remainder = sorted(range(12), key=lambda month: (-(year_quota * weights[month] % total), month))
    for month in by_remainder[: year_quota - sum(quotas)]:
        quotas[month] += 1
    return quotas


def check_coverage(enrolled: int, certified_in_post: int) -> None:
    """Check the floor of the officer roster: 5 * enrolled >= 4 * certified in post. Raises Refused.

    Source: the bureau's plan, rule R17 (80%以上，含本数).
    """
    if 5 * enrolled < 4 * certified_in_post:
        raise Refused(
            f"officer roster: {enrolled} of {certified_in_post} certified staff in post are enrolled, "
            f"expected at least 80% ({(4 * certified_in_post + 4) // 5})"
        )

"""The library and the second implementation give the same draw: same seats, same sheets, same refusals.

Both were written from docs/spec/draw.md by different hands. Where they differ, the specification decides.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proof.draw import (
    Case,
    Rosters,
    assign_officers,
    choose_items,
    choose_replacement,
    derive_replacement_seed,
    derive_sub_seed,
    select,
)
from ledger.proof.encoding import Hex
from ledger.proof.errors import LedgerError, Malformed, Refused
from ledger.proof.merkle import derive_root
from ledger.proof.quota import derive_month_quotas, derive_year_quota
from second import draw
from second.worlds import (
    Answer,
    World,
    answer_first,
    answer_second,
    make_officers,
    make_result,
    make_source,
    make_world,
)

T = TypeVar("T")
MANY = settings(max_examples=300)  # whether derandomized: the profile says
LOOP = 3000
RANDOM = st.randoms(use_true_random=False)
WORLDS = RANDOM.map(make_world)
SEEDS = st.integers(0, 10**6).map(lambda number: Hex(draw.h(str(number))))


def attempt(function: Callable[[], T]) -> T | str:
    """Return what a function returns, or that it refused."""
    try:
        return function()
    except (LedgerError, draw.RefusedError):
        return "refused"


def rosters_of(officers: draw.Officers) -> Rosters:
    """Return the library's form of the officers."""
    return Rosters(officers.homes, officers.conflicts, officers.fallback)


def make_row(code: str) -> draw.Target:
    """Return an enterprise without a street or tags."""
    return {"code": code, "stratum": "s", "sub_roster": "hazchem", "street": "", "tags": []}


@MANY
@given(SEEDS, st.integers(0, 120), st.integers(0, 130), st.booleans())
def test_both_select_the_same_enterprises(seed: Hex, size: int, quota: int, is_repeated: bool) -> None:
    codes = [f"reg:{number}" for number in range(size)]
    if is_repeated:
        codes += codes[:1]
    targets = [make_row(code) for code in codes]
    first = attempt(
        lambda: [(one.ticket, one.code) for one in select(derive_sub_seed(seed, "pool", "s"), codes, quota)]
    )
    second = attempt(lambda: [(case.ticket, case.code) for case in draw.select(seed, targets, {"s": quota})])
    assert first == second
    assert (first == "refused") == (len(set(codes)) < len(codes))


@MANY
@given(st.integers(0, 3000), st.integers(-1, 120), st.integers(1, 100))
def test_both_derive_the_same_year_quota(base: int, p: int, q: int) -> None:
    first = attempt(lambda: derive_year_quota(base, p, q))
    assert first == attempt(lambda: draw.year_of_ratio(base, p, q))
    assert (first == "refused") == (not 0 < p <= q)


@MANY
@given(
    st.integers(0, 400),
    st.lists(st.integers(0, 3), min_size=12, max_size=12) | st.lists(st.integers(-1, 50), min_size=11, max_size=13),
)
def test_both_derive_the_same_month_quotas(year: int, weights: list[int]) -> None:
    first = attempt(lambda: derive_month_quotas(year, weights))
    assert first == attempt(lambda: draw.months(year, weights))
    if not isinstance(first, str):
        assert sum(first) == year


Seated = tuple[dict[str, list[str]], list[tuple[int, str, int]]]


def seat_first(seed: Hex, drawn: list[draw.Case], world: World) -> Seated | str:
    """Return officers and caps by the library, or that it refused."""
    cases = [Case(Hex(case.ticket), case.code, case.target["street"]) for case in reversed(drawn)]
    seats = attempt(lambda: assign_officers(seed, cases, world.crew, rosters_of(world.officers)))
    if isinstance(seats, str):
        return seats
    return {code: [*officers] for code, officers in seats.officers.items()}, [
        (c.role, c.roster, c.cap) for c in seats.caps
    ]


def seat_second(seed: Hex, drawn: list[draw.Case], world: World) -> Seated | str:
    """Return officers and caps by the second implementation, or that it refused."""
    return attempt(lambda: draw.seat(seed, drawn, world.crew, world.officers))


@MANY
@given(WORLDS, SEEDS)
def test_both_seat_the_same_officers_under_the_same_caps(world: World, seed: Hex) -> None:
    drawn = draw.select(seed, world.targets, world.quotas)
    assert seat_first(seed, drawn, world) == seat_second(seed, drawn, world)


@MANY
@given(SEEDS, st.integers(0, 8), st.integers(0, 9), st.sampled_from(["91440307EXAMPLE01P", "reg:深龙示例0001号"]))
def test_both_choose_the_same_items(seed: Hex, size: int, count: int, code: str) -> None:
    target = make_row(code)
    items: list[draw.Item] = [{"id": f"item-{number}"} for number in range(size)]
    names = [item["id"] for item in reversed(items)]
    assert choose_items(seed, code, names, count) == draw.pick_items(seed, target, items, count)


def replace_both(rng: Random) -> tuple[str, str]:
    """Return who takes a seat by the library, and by the second implementation, in a made-up recusal."""
    code = "reg:深龙示例0001号"
    officers = make_officers(rng, [code])
    homes = {officer: home for home, members in officers.homes.items() for officer in members}
    if not homes:
        return "nobody", "nobody"
    leaving = rng.choice(sorted(homes))
    out = {leaving, *(officer for officer in sorted(homes) if rng.random() < 0.3)}
    is_second = rng.random() < 0.3
    entry, source = f"recusal {rng.randint(0, 10**6)}".encode(), make_source(rng)
    sub_seed = derive_replacement_seed(entry, make_result(source))
    case = Case(Hex(draw.h("ticket")), code, "street/pinghu")
    return (
        attempt(
            lambda: choose_replacement(sub_seed, case, homes[leaving], out, is_second, rosters_of(officers)),
        ),
        attempt(
            lambda: draw.replace(
                draw.replacement_seed(entry, draw.source_line(*source)), code, leaving, out, is_second, officers
            )
        ),
    )


@MANY
@given(RANDOM)
def test_both_choose_the_same_replacement(rng: Random) -> None:
    first, second = replace_both(rng)
    assert first == second


@MANY
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=70))
def test_both_derive_the_same_root(leaves: list[str]) -> None:
    assert derive_root(leaf.encode() for leaf in leaves) == draw.root(leaves)


@MANY
@given(WORLDS)
def test_both_derive_the_same_outcome(world: World) -> None:
    first = attempt(partial(answer_first, world))
    assert first == attempt(partial(answer_second, world))
    # Section 1: a draw that could be frozen is never refused for want of officers.
    if draw.can_freeze(world.targets, world.crew, world.officers):
        assert isinstance(first, Answer)


def test_both_agree_on_some_thousands_of_made_up_draws() -> None:
    rng = Random(20270104)
    seen: Counter[str] = Counter()
    for number in range(LOOP):
        world = make_world(rng)
        first = attempt(partial(answer_first, world))
        assert first == attempt(partial(answer_second, world)), f"draw {number}: {world}"
        seen["refused" if isinstance(first, str) else "drawn"] += 1
        seen["could be frozen"] += draw.can_freeze(world.targets, world.crew, world.officers)
        if not isinstance(first, str):
            seen["several seats"] += any(cap > 1 for _, _, cap in first.caps)
            seen["served by the fallback"] += any(roster == world.officers.fallback for _, roster, _ in first.caps)
            seen["a cap rose"] += is_raised(world, first)
    # What the made-up draws are made for does happen in them.
    wanted = ("refused", "drawn", "could be frozen", "several seats", "served by the fallback", "a cap rose")
    assert {what: seen[what] for what in wanted if seen[what] < 100} == {}


def is_raised(world: World, first: Answer) -> bool:
    """Say whether some cap is above what all cases of the draw together could make it begin with."""
    for role, roster, cap in first.caps:
        held = Counter(officer for officers in first.officers.values() for officer in officers[: role - 1])
        if cap > draw.first_cap(len(first.officers), held, world.officers.members(roster)):
            return True
    return False


def test_both_agree_on_some_thousands_of_made_up_replacements() -> None:
    rng = Random(20270105)
    answers = [replace_both(rng) for _ in range(LOOP)]
    assert [number for number, (first, second) in enumerate(answers) if first != second] == []
    assert min(Counter(first.split("-")[0] for first, _ in answers)[what] for what in ("refused", "officer")) > 100


def hash_to_four(text: str) -> Hex:
    """Return one of four values in place of H(text), so that ties are common."""
    return Hex(f"{sha256(text.encode()).digest()[0] % 4:064x}")


def test_both_break_ties_in_favour_of_the_smaller_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.proof.draw.derive_hash", hash_to_four)
    monkeypatch.setattr("second.draw.h", hash_to_four)
    rng = Random(20270106)
    for _ in range(300):
        world, seed = make_world(rng), Hex(f"{rng.randint(0, 99):064x}")
        drawn = draw.select(seed, world.targets, world.quotas)
        assert seat_first(seed, drawn, world) == seat_second(seed, drawn, world)
        names = [f"item-{number}" for number in rng.sample(range(20), 6)]
        target, items = make_row("reg:深龙示例0001号"), [draw.Item(id=name) for name in names]
        assert choose_items(seed, target["code"], names, 3) == draw.pick_items(seed, target, items, 3)
        first, second = replace_both(rng)
        assert first == second


def test_a_refusal_for_want_of_officers_is_called_refused() -> None:
    with pytest.raises(Refused, match="no officer"):
        assign_officers(Hex("0" * 64), [Case(Hex("1" * 64), "reg:1", "")], ["own-street"], Rosters({}, (), "bureau"))
    with pytest.raises(Malformed, match="twice"):
        select(Hex("0" * 64), ["reg:1", "reg:1"], 1)

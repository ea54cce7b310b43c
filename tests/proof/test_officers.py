"""Who inspects: caps, conflicts, streets, fallback; and who follows an officer who left."""

import hashlib
from collections import Counter
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.draw import (
    ALL,
    BUREAU,
    OTHER_STREETS,
    OWN_STREET,
    Case,
    Rosters,
    Seats,
    assign_officers,
    choose_replacement,
    derive_members,
    derive_replacement_seed,
    derive_roster,
    derive_sub_seed,
)
from ledger.proof.encoding import Hex, derive_hash
from ledger.proof.errors import LedgerError, Refused
from ledger.proof.randomness import Chain, Round

SEED = Hex("0f" * 32)
STREETS = ("street/pinghu", "street/buji", "street/jihua")
ELIGIBLE: dict[str, Collection[str]] = {
    BUREAU: [f"bureau/{number}" for number in range(6)],
    "street/pinghu": [f"pinghu/{number}" for number in range(4)],
    "street/buji": [f"buji/{number}" for number in range(3)],
    "street/jihua": [],
}
ROSTERS = Rosters(ELIGIBLE, frozenset(), BUREAU)
CREW = (OWN_STREET, BUREAU)


def make_cases(count: int, streets: tuple[str, ...] = STREETS[:2], seed: str = "") -> list[Case]:
    codes = [f"reg:{number}" for number in range(count)]
    return [Case(derive_hash(seed + code), code, streets[i % len(streets)]) for i, code in enumerate(codes)]


def load(seats: Seats) -> Counter[str]:
    return Counter(officer for crew in seats.officers.values() for officer in crew)


def fill_by_hand(
    seed: Hex, cases: list[Case], caps: dict[tuple[int, str], int], crew: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """The rule of docs/spec/draw.md, section 6, once the caps that served are known (no conflicts, nobody missing)."""
    held: Counter[str] = Counter()
    officers: dict[str, tuple[str, ...]] = {case.code: () for case in cases}
    for role, place in enumerate(crew, start=1):
        sub_seed = hashlib.sha256(f"{seed}|officer|{role}".encode()).hexdigest()
        for case in sorted(cases):
            roster = {OWN_STREET: case.street}.get(place, place)
            able = [o for o in ELIGIBLE[roster] if held[o] < caps[role, roster] and o not in officers[case.code]]
            best = min(able, key=lambda o: hashlib.sha256(f"{sub_seed}{case.code}|{o}".encode()).hexdigest())
            officers[case.code] += (best,)
            held[best] += 1
    return officers


@given(st.integers(1, 40), st.text("abc", max_size=4))
def test_assignment_follows_the_rule_with_the_caps_that_served(count: int, text: str) -> None:
    seed, cases = derive_hash(text), make_cases(count, seed=text)
    seats = assign_officers(seed, cases, CREW, ROSTERS)
    assert seats.officers == fill_by_hand(seed, cases, {(c.role, c.roster): c.cap for c in seats.caps}, CREW)
    assert assign_officers(seed, cases[::-1], CREW, ROSTERS) == seats


@given(st.integers(1, 40), st.text("abc", max_size=4))
def test_load_is_spread_as_evenly_as_the_numbers_allow(count: int, text: str) -> None:
    """Without conflicts no cap rises above ceil(seats / officers), and nobody holds more than the cap."""
    seats = assign_officers(derive_hash(text), make_cases(count), CREW, ROSTERS)
    held = load(seats)
    streets = Counter(case.street for case in make_cases(count))
    needed = {(1, street): -(-cases // len(ELIGIBLE[street])) for street, cases in streets.items()}
    needed[2, BUREAU] = -(-count // 6)
    assert {(cap.role, cap.roster): cap.cap for cap in seats.caps} == needed
    for (_, roster), cap in needed.items():
        loads = [held[officer] for officer in ELIGIBLE[roster]]
        assert max(loads) <= cap
        assert max(loads) - min(loads) <= cap


conflicts = st.sets(
    st.tuples(
        st.sampled_from([officer for members in ELIGIBLE.values() for officer in members]),
        st.sampled_from([f"reg:{number}" for number in range(12)]),
    ),
    max_size=40,
)


crews = st.sampled_from([CREW, (OTHER_STREETS, BUREAU), (OWN_STREET, BUREAU, ALL), (ALL, ALL)])


@given(conflicts, st.integers(1, 12), crews)
def test_nobody_above_the_cap_nobody_twice_nobody_in_conflict(
    barred: set[tuple[str, str]], count: int, crew: tuple[str, ...]
) -> None:
    rosters, cases = Rosters(ELIGIBLE, barred, BUREAU), make_cases(count, STREETS)
    try:
        seats = assign_officers(SEED, cases, crew, rosters)
    except Refused:
        return
    assert set(seats.officers) == {case.code for case in cases}
    for code, officers in seats.officers.items():
        assert len(set(officers)) == len(officers) == len(crew)
        assert not barred & {(officer, code) for officer in officers}
    assert max(load(seats).values()) <= max(cap.cap for cap in seats.caps)


def test_own_street_comes_first_and_the_bureau_second() -> None:
    cases = make_cases(12)
    seats = assign_officers(SEED, cases, CREW, ROSTERS)
    for case in cases:
        street_officer, bureau_officer = seats.officers[case.code]
        assert street_officer in ELIGIBLE[case.street]
        assert bureau_officer in ELIGIBLE[BUREAU]


def test_other_streets_never_send_the_enterprises_own() -> None:
    cases = make_cases(12)
    seats = assign_officers(SEED, cases, (OTHER_STREETS, BUREAU), ROSTERS)
    for case in cases:
        assert seats.officers[case.code][0] not in [*ELIGIBLE[case.street], *ELIGIBLE[BUREAU]]


@pytest.mark.parametrize("street", ["street/jihua", "street/unheard-of", ""])
def test_street_with_nobody_uses_the_fallback(street: str) -> None:
    seats = assign_officers(SEED, make_cases(3, (street,)), CREW, ROSTERS)
    assert {cap.roster for cap in seats.caps} == {BUREAU}
    for officers in seats.officers.values():
        assert len(set(officers)) == 2
        assert set(officers) <= set(ELIGIBLE[BUREAU])


def test_fallback_serves_one_case_whose_whole_street_is_in_conflict() -> None:
    cases = make_cases(8)
    barred = {(officer, "reg:0") for officer in ELIGIBLE["street/pinghu"]}
    seats = assign_officers(SEED, cases, CREW, Rosters(ELIGIBLE, barred, BUREAU))
    assert seats.officers["reg:0"][0] in ELIGIBLE[BUREAU]
    assert seats.officers["reg:2"][0] in ELIGIBLE["street/pinghu"]


def test_cap_rises_only_when_a_case_cannot_be_filled() -> None:
    """Two officers, two cases, and one officer barred from both: the cap of one must rise to two."""
    two: dict[str, Collection[str]] = {BUREAU: ["a", "b"]}
    cases = make_cases(2)
    free = assign_officers(SEED, cases, (BUREAU,), Rosters(two, set(), BUREAU))
    assert [cap.cap for cap in free.caps] == [1]
    assert sorted(load(free).values()) == [1, 1]
    barred = assign_officers(SEED, cases, (BUREAU,), Rosters(two, {("a", "reg:0"), ("a", "reg:1")}, BUREAU))
    assert [cap.cap for cap in barred.caps] == [2]
    assert load(barred) == {"b": 2}


def test_cap_counts_the_seats_that_a_rosters_officers_hold_already() -> None:
    """Four cases on one street officer: in the second role 4 seats and 4 held make ceil(8 / 3) = 3, not ceil(4 / 3)."""
    rosters = Rosters({"street/pinghu": ["s"], BUREAU: ["b", "c"]}, set(), BUREAU)
    seats = assign_officers(SEED, make_cases(4, ("street/pinghu",)), (OWN_STREET, ALL), rosters)
    assert [(cap.roster, cap.cap) for cap in seats.caps] == [("street/pinghu", 4), (ALL, 3)]
    assert all(officers[0] == "s" and officers[1] in "bc" for officers in seats.officers.values())


def test_t21_load_counts_the_seats_of_this_draw_only() -> None:
    """Nothing but this draw's seats goes in; and a role counts those that the roles before it gave."""
    cases = make_cases(3, ("street/jihua",))
    first = assign_officers(SEED, cases, (BUREAU, BUREAU), ROSTERS)
    assert first == assign_officers(SEED, cases, (BUREAU, BUREAU), ROSTERS)
    assert [(cap.role, cap.cap) for cap in first.caps] == [(1, 1), (2, 1)]
    assert sorted(load(first).values()) == [1] * 6


def test_nobody_for_a_case_is_refused() -> None:
    for rosters in (
        Rosters({BUREAU: []}, set(), BUREAU),
        Rosters({BUREAU: ["a"]}, {("a", "reg:0")}, BUREAU),
        Rosters({"street/pinghu": ["a"]}, set(), "street/nobody"),
    ):
        with pytest.raises(Refused, match="reg:0"):
            assign_officers(SEED, make_cases(1), (BUREAU, BUREAU), rosters)


def test_t13_case_that_stands_twice_is_refused() -> None:
    case = make_cases(1)[0]
    with pytest.raises(LedgerError):
        assign_officers(SEED, [case, case], CREW, ROSTERS)


def test_no_cases_need_no_officers() -> None:
    assert assign_officers(SEED, [], CREW, ROSTERS) == Seats({}, [])


def test_members_of_every_kind_of_roster() -> None:
    streets = [*ELIGIBLE["street/pinghu"], *ELIGIBLE["street/buji"]]
    assert sorted(derive_members(ROSTERS, ALL)) == sorted([*ELIGIBLE[BUREAU], *streets])
    assert derive_members(ROSTERS, BUREAU) == ELIGIBLE[BUREAU]
    assert derive_members(ROSTERS, "not:street/buji") == ELIGIBLE["street/pinghu"]
    assert sorted(derive_members(ROSTERS, "not:")) == sorted(streets)
    assert derive_members(ROSTERS, "street/unheard-of") == []


def test_roster_of_a_role_looks_at_who_is_already_on_the_case() -> None:
    case = make_cases(1)[0]
    assert derive_roster(ROSTERS, OWN_STREET, case, ()) == "street/pinghu"
    assert derive_roster(ROSTERS, OWN_STREET, case, ELIGIBLE["street/pinghu"]) == BUREAU
    with pytest.raises(Refused):
        derive_roster(ROSTERS, BUREAU, case, ELIGIBLE[BUREAU])


def test_every_officer_serves_equally_often() -> None:
    """600 fixed seeds, one case, six officers: 100 each, sigma 9.1."""
    often: Counter[str] = Counter()
    for number in range(600):
        often.update(assign_officers(derive_hash(str(number)), make_cases(1), (BUREAU,), ROSTERS).officers["reg:0"])
    assert all(abs(often[officer] - 100) < 5 * (600 / 6 * 5 / 6) ** 0.5 for officer in ELIGIBLE[BUREAU])


CASE = make_cases(1)[0]
LOCAL = Chain("local", Hex("ab" * 32), "cd" * 96, 1_700_000_000, 30)


def test_replacement_seed_by_hand() -> None:
    result = Round(LOCAL, 41, "ef" * 48)
    text = f"{hashlib.sha256(b'recusal').hexdigest()}|local {'ab' * 32} 41 {'ef' * 48}"
    assert derive_replacement_seed(b"recusal", result) == hashlib.sha256(text.encode()).hexdigest()


def test_t19_replacement_depends_on_the_recusals_bytes_and_on_the_later_round() -> None:
    """A false recusal cannot aim: its own bytes and a round that did not yet exist both move who follows."""
    seeds = {
        derive_replacement_seed(recusal, Round(LOCAL, number, f"{number:096x}"))
        for recusal in (b"one", b"two")
        for number in (41, 42)
    }
    assert len(seeds) == 4
    followers = {
        choose_replacement(derive_hash(str(n)), CASE, BUREAU, {"bureau/0"}, False, ROSTERS) for n in range(100)
    }
    assert followers == set(ELIGIBLE[BUREAU]) - {"bureau/0"}


some_taken = st.sets(st.sampled_from([*ELIGIBLE[BUREAU], *ELIGIBLE["street/pinghu"]]), max_size=8)


@given(st.text("abc", max_size=4), some_taken, st.booleans())
def test_t19_replacement_is_never_one_who_is_or_was_on_the_case(text: str, taken: set[str], is_second: bool) -> None:
    rosters = Rosters(ELIGIBLE, {("bureau/5", CASE.code)}, BUREAU)
    try:
        officer = choose_replacement(derive_hash(text), CASE, "street/pinghu", taken, is_second, rosters)
    except Refused:
        assert set(ELIGIBLE[BUREAU]) - {"bureau/5"} <= taken
        return
    assert officer not in taken
    assert officer != "bureau/5"
    left = set(ELIGIBLE["street/pinghu"]) - taken
    assert officer in (ELIGIBLE[BUREAU] if is_second or len(left) < 3 else left)


def test_t39_second_replacement_comes_from_the_fallback() -> None:
    for number in range(20):
        seed = derive_hash(str(number))
        assert choose_replacement(seed, CASE, "street/pinghu", (), False, ROSTERS).startswith("pinghu/")
        assert choose_replacement(seed, CASE, "street/pinghu", (), True, ROSTERS).startswith("bureau/")


@pytest.mark.parametrize(
    ("gone", "roster"), [(0, "pinghu/"), (1, "pinghu/"), (2, "bureau/"), (3, "bureau/"), (4, "bureau/")]
)
def test_t39_fewer_than_three_left_to_choose_from_takes_the_fallback(gone: int, roster: str) -> None:
    taken = {f"pinghu/{number}" for number in range(gone)}
    by_conflict = Rosters(ELIGIBLE, {(officer, CASE.code) for officer in taken}, BUREAU)
    for number in range(20):
        seed = derive_hash(str(number))
        assert choose_replacement(seed, CASE, "street/pinghu", taken, False, ROSTERS).startswith(roster)
        assert choose_replacement(seed, CASE, "street/pinghu", (), False, by_conflict).startswith(roster)


def test_replacement_by_hand() -> None:
    sub_seed = derive_sub_seed(SEED, "any")
    left = [officer for officer in ELIGIBLE[BUREAU] if officer != "bureau/0"]
    expected = min(left, key=lambda o: hashlib.sha256(f"{sub_seed}{CASE.code}|{o}".encode()).hexdigest())
    assert choose_replacement(sub_seed, CASE, BUREAU, {"bureau/0"}, False, ROSTERS) == expected


def test_nobody_left_is_refused() -> None:
    with pytest.raises(Refused, match="nobody is left"):
        choose_replacement(SEED, CASE, BUREAU, ELIGIBLE[BUREAU], False, ROSTERS)

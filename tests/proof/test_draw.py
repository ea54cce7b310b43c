"""From seed to the enterprises drawn: the same by hand, by another program, in any order, and fair."""

import hashlib
import shutil
import subprocess
from collections import Counter

import pytest
from consistent_sampler import consistent_sampler as rivest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof import draw
from ledger.proof.draw import (
    Drawn,
    choose_items,
    derive_salt,
    derive_seed,
    derive_sub_seed,
    derive_ticket,
    format_seed_file,
    select,
)
from ledger.proof.encoding import Hex
from ledger.proof.errors import LedgerError, Malformed
from ledger.proof.randomness import Chain, Lottery, LotteryResult, Result, Round

SUB_SEED = Hex("5e" * 32)
CODES = [f"91440300MA5{number:07d}" for number in range(60)] + ["reg:深龙安监〔2018〕7号", "reg:440307"]
codes = st.lists(st.sampled_from(CODES), unique=True, min_size=1)
sub_seeds = st.binary(min_size=32, max_size=32).map(lambda data: Hex(data.hex()))


def run_shell(script: str, *arguments: str) -> str:
    """Run one line of shell as a citizen would; the arguments are $1, $2, …"""
    shell = shutil.which("sh")
    assert shell is not None
    ran = subprocess.run([shell, "-c", script, "sh", *arguments], capture_output=True, text=True, check=True)
    return ran.stdout


def sort_plainly(sub_seed: str, roster: list[str], count: int) -> list[Drawn]:
    """What the specification says, without any shortcut."""
    tickets = [(hashlib.sha256((sub_seed + code).encode()).hexdigest(), code) for code in roster]
    return [Drawn(Hex(ticket), code) for ticket, code in sorted(tickets)[:count]]


@pytest.mark.parametrize("code", [CODES[0], CODES[-1], CODES[-2]])
def test_ticket_is_what_the_shell_prints(code: str) -> None:
    printed = run_shell('printf \'%s%s\' "$1" "$2" | sha256sum | cut -c1-64', SUB_SEED, code)
    assert derive_ticket(SUB_SEED, code) == printed.strip()


def test_whole_draw_is_what_the_shell_prints() -> None:
    script = """sub_seed=$(printf '%s|pool|%s' "$1" "$2" | sha256sum | cut -c1-64); shift 2
    for code; do printf '%s %s\\n' "$(printf '%s%s' "$sub_seed" "$code" | sha256sum | cut -c1-64)" "$code"; done |
    LC_ALL=C sort | head -n 5"""
    seed = Hex("0f" * 32)
    printed = run_shell(script, seed, "hazchem", *CODES[:12])
    drawn = select(derive_sub_seed(seed, "pool", "hazchem"), CODES[:12], 5)
    assert "".join(f"{one.ticket} {one.code}\n" for one in drawn) == printed


@pytest.mark.parametrize("code", CODES[::9])
def test_ticket_is_the_digest_of_consistent_sampler(code: str) -> None:
    """Rivest's program hashes the same text; it prints the number's decimals in reverse, so its order differs."""
    assert rivest.sha256_hex(SUB_SEED + code) == derive_ticket(SUB_SEED, code)
    fraction = rivest.first_fraction(code, seed=None, seed_hash=SUB_SEED)
    assert f"{int(fraction.removeprefix('0.')[::-1]):064x}" == derive_ticket(SUB_SEED, code)


def test_sub_seeds_and_salt_by_hand() -> None:
    seed = Hex("0f" * 32)
    for purpose, which in [("pool", "hazchem"), ("officer", "1"), ("item", "")]:
        text = f"{seed}|{purpose}|{which}"
        assert derive_sub_seed(seed, purpose, which) == hashlib.sha256(text.encode()).hexdigest()
    assert derive_salt(seed, CODES[0]) == hashlib.sha256(f"{seed}|salt|{CODES[0]}".encode()).hexdigest()[:32]


@given(sub_seeds, codes, st.integers(0, 70), st.data())
def test_order_of_the_roster_does_not_matter(sub_seed: Hex, roster: list[str], count: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(roster))
    assert select(sub_seed, shuffled, count) == select(sub_seed, roster, count)
    assert select(sub_seed, set(roster), count) == select(sub_seed, roster, count)


@given(sub_seeds, codes, st.integers(0, 70))
def test_exactly_so_many_are_drawn_as_plain_sorting_gives(sub_seed: Hex, roster: list[str], count: int) -> None:
    drawn = select(sub_seed, roster, count)
    assert len(drawn) == min(count, len(roster))
    assert drawn == sort_plainly(sub_seed, roster, count)
    assert all(one.ticket == derive_ticket(sub_seed, one.code) for one in drawn)


@given(sub_seeds, codes, st.integers(0, 69))
def test_fewer_drawn_are_a_prefix_of_more_drawn(sub_seed: Hex, roster: list[str], count: int) -> None:
    assert select(sub_seed, roster, count) == select(sub_seed, roster, count + 1)[:count]


@given(sub_seeds, codes, st.integers(0, 60), st.sampled_from(CODES))
def test_another_firm_changes_no_ticket_and_displaces_at_most_one(
    sub_seed: Hex, roster: list[str], count: int, newcomer: str
) -> None:
    before = [code for code in roster if code != newcomer]
    old, new = set(select(sub_seed, before, count)), set(select(sub_seed, [*before, newcomer], count))
    assert {one.code for one in new - old} <= {newcomer}
    assert len(old - new) <= 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 20, 21, 27, 28, 33, 50, 500, 3000])
def test_bounded_path_gives_what_plain_sorting_gives(size: int) -> None:
    roster = [f"reg:{number}" for number in range(size)]
    for count in {0, 1, 2, 10, size // 20, size // 2, size - 27, size - 20, size - 1, size, size + 1, 10 * size}:
        if count >= 0:
            assert select(SUB_SEED, roster, count) == sort_plainly(SUB_SEED, roster, count)


def test_bound_that_leaves_too_few_falls_back_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in 10^8 draws the bound cuts too deep; made to do so here, by a square root that is always negative."""
    roster = [f"reg:{number}" for number in range(1000)]
    monkeypatch.setattr(draw, "isqrt", lambda _: -10)
    assert select(SUB_SEED, roster, 50) == sort_plainly(SUB_SEED, roster, 50)


@given(codes.filter(lambda roster: len(roster) > 1), st.data())
def test_t13_code_that_repeats_is_refused(roster: list[str], data: st.DataObject) -> None:
    repeated = data.draw(st.sampled_from(roster))
    with pytest.raises(Malformed, match="stands twice") as refused:
        select(SUB_SEED, [*roster, repeated], 1)
    assert repeated in str(refused.value)


@pytest.mark.parametrize("count", [-1, -100])
def test_negative_count_is_refused(count: int) -> None:
    with pytest.raises(Malformed):
        select(SUB_SEED, CODES, count)


@pytest.mark.parametrize("sub_seed", ["", "5E" * 32, "5e" * 31, "5e" * 32 + "\n", "5g" * 32])
def test_t28_other_sub_seed_is_refused(sub_seed: str) -> None:
    with pytest.raises(Malformed):
        select(Hex(sub_seed), CODES, 1)
    with pytest.raises(Malformed):
        derive_sub_seed(Hex(sub_seed), "pool", "hazchem")


def test_everybody_is_drawn_equally_often() -> None:
    """2,000 fixed seeds, 10 of 40: 500 times each, binomial with sigma 19.4; and the classes together by chi-square."""
    roster, draws, count = CODES[:40], 2000, 10
    often: Counter[str] = Counter()
    for number in range(draws):
        sub_seed = Hex(hashlib.sha256(b"fairness %d" % number).hexdigest())
        often.update(one.code for one in select(sub_seed, roster, count))
    chance = count / len(roster)
    mean, sigma = draws * chance, (draws * chance * (1 - chance)) ** 0.5
    assert sum(often.values()) == draws * count
    assert all(abs(often[code] - mean) < 5 * sigma for code in roster)
    # Drawing without replacement: sum((o-e)^2)/(e(1-chance)) * (n-1)/n has about n-1 degrees of freedom.
    chi_square = sum((often[code] - mean) ** 2 for code in roster) / (mean * (1 - chance)) * (39 / 40)
    assert 39 - 5 * 78**0.5 < chi_square < 39 + 5 * 78**0.5


def test_tickets_of_two_strata_are_independent() -> None:
    """Who is first in one stratum's order is first in another's one time in ten."""
    same = 0
    for number in range(2000):
        seed = Hex(hashlib.sha256(b"strata %d" % number).hexdigest())
        first, second = (select(derive_sub_seed(seed, "pool", which), CODES[:10], 1) for which in ("a", "b"))
        same += first[0].code == second[0].code
    assert abs(same - 200) < 5 * (2000 * 0.1 * 0.9) ** 0.5


@given(sub_seeds, st.sets(st.sampled_from([f"item/{number}" for number in range(20)])), st.integers(0, 25))
def test_items_by_plain_sorting(seed: Hex, items: set[str], count: int) -> None:
    code, sub_seed = CODES[0], derive_sub_seed(seed, "item")
    by_hash = sorted(items, key=lambda item: hashlib.sha256(f"{sub_seed}{code}|{item}".encode()).hexdigest())
    assert choose_items(seed, code, items, count) == by_hash[:count]


CHAIN = Chain("drand", Hex("52" * 32), "83" * 96, 1692803367, 3)
RESULTS: list[Result] = [Round(CHAIN, 657413, "b7" * 48), LotteryResult(Lottery("ssq", 4, 24), "2027001", "0102")]
SHARES = {
    "bureau/legal-publicity": Hex("01" * 32),
    "bureau/enforcement": Hex("02" * 32),
    "dice:witness/justice": Hex("03" * 32),
}


def test_seed_file_by_hand() -> None:
    text = format_seed_file("bureau/2027-01/001", Hex("aa" * 32), SHARES, ["street/pinghu", "bureau/hazchem"], RESULTS)
    assert text == (
        "double-random-seed/1\n"
        "slot bureau/2027-01/001\n"
        f"frozen {'aa' * 32}\n"
        f"share bureau/enforcement {'02' * 32}\n"
        f"share bureau/legal-publicity {'01' * 32}\n"
        f"share dice:witness/justice {'03' * 32}\n"
        "share bureau/hazchem missing\n"
        "share street/pinghu missing\n"
        f"drand {'52' * 32} 657413 {'b7' * 48}\n"
        "lottery ssq 2027001 0102\n"
    )
    assert derive_seed(text) == run_shell("printf '%s' \"$1\" | sha256sum | cut -c1-64", text).strip()


def test_order_in_which_shares_are_given_does_not_matter() -> None:
    backwards = dict(reversed(SHARES.items()))
    files = {
        format_seed_file("bureau/2027-01/001", Hex("aa" * 32), shares, missing, RESULTS)
        for shares in (SHARES, backwards)
        for missing in (["b", "a"], ["a", "b"])
    }
    assert len(files) == 1


def test_t02_every_line_of_the_seed_file_counts() -> None:
    frozen, slot = Hex("aa" * 32), "bureau/2027-01/001"
    files = [
        format_seed_file(slot, frozen, SHARES, [], RESULTS),
        format_seed_file("bureau/2027-01/002", frozen, SHARES, [], RESULTS),
        format_seed_file(slot, Hex("ab" * 32), SHARES, [], RESULTS),
        format_seed_file(slot, frozen, SHARES | {"bureau/enforcement": Hex("04" * 32)}, [], RESULTS),
        format_seed_file(slot, frozen, SHARES, ["street/pinghu"], RESULTS),
        format_seed_file(slot, frozen, SHARES, [], RESULTS[::-1]),
        format_seed_file(slot, frozen, SHARES, [], RESULTS[:1]),
    ]
    assert len({derive_seed(file) for file in files}) == len(files)


@pytest.mark.parametrize("party", ["", "Bureau", "bureau enforcement", "a\nb", "dice:", "dice:dice:a", "局", "a:b"])
def test_t28_other_party_is_not_written_into_the_seed_file(party: str) -> None:
    for shares, missing in [({party: Hex("01" * 32)}, []), ({}, [party])]:
        with pytest.raises(LedgerError):
            format_seed_file("bureau/2027-01/001", Hex("aa" * 32), shares, missing, RESULTS)


def test_t28_other_slot_hash_or_share_is_not_written_into_the_seed_file() -> None:
    for slot, frozen, share in [("a b", "aa", "01"), ("a\nshare x", "aa", "01"), ("a", "AA", "01"), ("a", "aa", "0G")]:
        with pytest.raises(Malformed):
            format_seed_file(slot, Hex(frozen * 32), {"a": Hex(share * 32)}, [], RESULTS)

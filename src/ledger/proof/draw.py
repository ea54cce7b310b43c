"""From seed to outcome. Everything here anyone can do again by hand with sha256sum and sort.

The seed is the SHA-256 of a short text file, seed.txt, that names the slot, the frozen lists, every unit's share and
the public randomness. From the seed come sub-seeds; from a sub-seed and a code, a ticket; the smallest tickets are
drawn. Who inspects and what is checked follow in the same way.

Specification: docs/spec/draw.md, sections 3, 4 and 6 to 9.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nsmallest
from math import isqrt
from typing import NamedTuple

from .encoding import Hex, check_code, check_hex, check_id, derive_hash
from .errors import Malformed, Refused
from .randomness import Result

SEED_FILE_VERSION = "double-random-seed/1"


def format_seed_file(slot: str, frozen: Hex, shares: Mapping[str, Hex], missing: Iterable[str],
                     results: Sequence[Result]) -> str:  # fmt: skip
    """Return seed.txt.

    slot     <office>/<yyyy-mm>/<nnn>
    frozen   SHA-256 of the bytes of the draw.frozen entry, signatures included
    shares   unit -> share, those that count (dice:<unit> -> H of the digits)
    missing  units that committed and are not among the shares
    results  the final randomness, in the order of draw.frozen

    Raises Malformed.
    By hand: sha256sum seed.txt gives the seed.
    """
    lines = [SEED_FILE_VERSION, f"slot {check_id(slot)}", f"frozen {check_hex(frozen)}"]
    lines += [f"share {_check_party(unit)} {check_hex(shares[unit])}" for unit in sorted(shares)]
    lines += [f"share {_check_party(unit)} missing" for unit in sorted(missing)]
    lines += [result.source_line() for result in results]
    return "".join(line + "\n" for line in lines)


def _check_party(party: str) -> str:
    check_id(party.removeprefix("dice:"))
    return party


def derive_seed(seed_file: str) -> Hex:
    """Return the seed: H of seed.txt."""
    return derive_hash(seed_file)


def derive_sub_seed(seed: Hex, purpose: str, which: str = "") -> Hex:
    """Return H(seed + "|" + purpose + "|" + which); purpose is pool (which: stratum), officer (role) or item (none).

    By hand: printf '%s|pool|%s' SEED STRATUM | sha256sum
    """
    return derive_hash(f"{check_hex(seed)}|{purpose}|{which}")


def derive_salt(seed: Hex, code: str) -> str:
    """Return the salt of one enterprise's sheet: the first 32 characters of H(seed + "|salt|" + code)."""
    return derive_hash(f"{check_hex(seed)}|salt|{code}")[:32]


def derive_ticket(sub_seed: Hex, code: str) -> Hex:
    """Return an enterprise's ticket. By hand: printf '%s%s' SUB_SEED CODE | sha256sum"""
    return derive_hash(sub_seed + code)


class Drawn(NamedTuple):
    """One enterprise that was drawn."""

    ticket: Hex
    code: str


def select(sub_seed: Hex, codes: Collection[str], count: int) -> list[Drawn]:
    """Return the codes with the `count` smallest tickets, smallest first; all of them if there are fewer.

    codes  none twice; their order does not matter

    Every code's chance is exactly count / len(codes) (docs/spec/draw.md, section 4).

    Raises Malformed if a code repeats or the count is negative.
    By hand: for each code, printf '%s%s' SUB_SEED CODE | sha256sum; sort; take the first.
    """
    if len(set(codes)) != len(codes):
        raise Malformed(f"code {Counter(codes).most_common(1)[0][0]} stands twice")
    if count < 0:
        raise Malformed(f"count {count}: expected none or more")
    # Sorting a million tickets to keep a few is slow. A bound a little above the expected largest drawn ticket leaves
    # few to sort; should it ever leave too few (less than once in 10^8), all are sorted. The result is the same.
    margin = count + 6 * isqrt(count) + 20
    bound = (2**256 * margin // len(codes)).to_bytes(32, "big") if margin < len(codes) else _ABOVE_ALL
    lowest = _tickets_below(sub_seed, codes, bound)
    if len(lowest) < min(count, len(codes)):
        lowest = _tickets_below(sub_seed, codes, _ABOVE_ALL)
    return [Drawn(Hex(ticket.hex()), code) for ticket, code in sorted(lowest)[:count]]


_ABOVE_ALL = b"\xff" * 33


def _tickets_below(sub_seed: Hex, codes: Iterable[str], bound: bytes) -> list[tuple[bytes, str]]:
    """Return (ticket, code) for each code whose ticket lies below the bound, tickets as 32 bytes."""
    lowest = []
    start_over = hashlib.sha256(check_hex(sub_seed).encode()).copy  # the sub-seed is exactly one block of SHA-256
    for code in codes:
        digest = start_over()
        digest.update(code.encode())
        ticket = digest.digest()
        if ticket < bound:
            lowest.append((ticket, code))
    return lowest


class Case(NamedTuple):
    """An enterprise that needs officers: its ticket, its code and its street (empty where none is known)."""

    ticket: Hex
    code: str
    street: str


class Rosters(NamedTuple):
    """Who may be drawn as an officer.

    eligible   roster (bureau, or a street) -> its eligible officers' ids; each officer has one home roster
    conflicts  (officer, code) pairs that may not meet
    fallback   the roster that serves where a case's own has nobody eligible
    """

    eligible: Mapping[str, Collection[str]]
    conflicts: Collection[tuple[str, str]]
    fallback: str


class Cap(NamedTuple):
    """The most seats that one officer of a roster may hold, once a role has been filled."""

    role: int
    roster: str
    cap: int


class Seats(NamedTuple):
    """Who inspects: code -> officers, role by role; and the caps that served."""

    officers: dict[str, tuple[str, ...]]
    caps: list[Cap]


BUREAU, ALL, OWN_STREET, OTHER_STREETS = "bureau", "all", "own-street", "other-streets"


def derive_members(rosters: Rosters, roster: str) -> list[str]:
    """Return the eligible officers of a roster: bureau, a street, all, or not:<street> (every other street's)."""
    if roster == ALL:
        return [officer for members in rosters.eligible.values() for officer in members]
    if roster.startswith("not:"):
        others = (members for name, members in rosters.eligible.items() if name not in (BUREAU, roster[4:]))
        return [officer for members in others for officer in members]
    return list(rosters.eligible.get(roster, ()))


def derive_roster(rosters: Rosters, place: str, case: Case, taken: Collection[str]) -> str:
    """Return the roster that a role draws from for one case: the role's own, or the fallback if it has nobody eligible.

    place  own-street, other-streets, bureau or all: what the policy says of the role
    taken  officers already on the case

    Raises Refused if the fallback has nobody either.
    """
    own = {OWN_STREET: case.street, OTHER_STREETS: f"not:{case.street}"}.get(place, place)
    for roster in (own, rosters.fallback):
        if any(_may_serve(rosters, officer, case.code, taken) for officer in derive_members(rosters, roster)):
            return roster
    raise Refused(f"enterprise {case.code}: no officer of {own} or {rosters.fallback} may serve on it")


def _may_serve(rosters: Rosters, officer: str, code: str, taken: Collection[str]) -> bool:
    return officer not in taken and (officer, code) not in rosters.conflicts


def assign_officers(seed: Hex, cases: Iterable[Case], crew: Sequence[str], rosters: Rosters) -> Seats:
    """Return who inspects each case.

    Role by role, and within a role in ascending order of ticket: among the eligible officers whose seats in this draw
    are below the cap, the smallest H(sub-seed(role) + code + "|" + officer) takes the seat. The cap of a roster in a
    role begins at ceil((the role's seats on it + seats its officers hold) / its officers); where a case cannot be
    filled it rises by one and the role starts anew.

    crew  the place of each role, first role first: own-street, other-streets, bureau or all

    Raises Refused if a case cannot be given its officers at any cap, Malformed if a code stands twice.
    Source: the bureau's plan, rules R25 to R27; docs/spec/draw.md, section 6.
    """
    ordered = sorted(cases)
    officers: dict[str, tuple[str, ...]] = {case.code: () for case in ordered}
    if len(officers) != len(ordered):
        raise Malformed("an enterprise stands twice among the cases")
    held: Counter[str] = Counter()
    caps: list[Cap] = []
    for role, place in enumerate(crew, start=1):
        sub_seed = derive_sub_seed(seed, "officer", str(role))
        chosen, served = _fill_role(sub_seed, place, ordered, officers, held, rosters)
        for code, officer in chosen.items():
            officers[code] += (officer,)
            held[officer] += 1
        caps += [Cap(role, roster, served[roster]) for roster in sorted(served)]
    return Seats(officers, caps)


def _fill_role(
    sub_seed: Hex,
    place: str,
    cases: Sequence[Case],
    taken: Mapping[str, tuple[str, ...]],
    held: Mapping[str, int],
    rosters: Rosters,
) -> tuple[dict[str, str], dict[str, int]]:
    """Return one role's officer for each code, and the cap of each roster that served."""
    roster_of = {case.code: derive_roster(rosters, place, case, taken[case.code]) for case in cases}
    members = {roster: derive_members(rosters, roster) for roster in set(roster_of.values())}
    caps = {
        roster: -(-(seats + sum(held.get(officer, 0) for officer in members[roster])) // len(members[roster]))
        for roster, seats in Counter(roster_of.values()).items()
    }
    while True:
        load, chosen = Counter(held), {}
        for case in cases:
            roster = roster_of[case.code]
            free = [
                officer
                for officer in members[roster]
                if load[officer] < caps[roster] and _may_serve(rosters, officer, case.code, taken[case.code])
            ]
            if not free:
                caps[roster] += 1
                break
            chosen[case.code] = officer = choose_officer(sub_seed, case.code, free)
            load[officer] += 1
        else:
            return chosen, caps


def choose_officer(sub_seed: Hex, code: str, officers: Iterable[str]) -> str:
    """Return the officer with the smallest H(sub-seed + code + "|" + officer).

    By hand: printf '%s%s|%s' SUB_SEED CODE OFFICER | sha256sum for each; the smallest serves.
    """
    return min(officers, key=lambda officer: (derive_hash(f"{sub_seed}{code}|{officer}"), officer))


def choose_items(seed: Hex, code: str, items: Iterable[str], count: int) -> list[str]:
    """Return the items to check at one enterprise: of those that apply, the `count` smallest
    H(sub-seed(item) + code + "|" + item), smallest first; all if there are fewer.

    Source: the bureau's plan, rule R12 (执法事项随机确定).
    """
    sub_seed = derive_sub_seed(seed, "item")
    return nsmallest(count, items, key=lambda item: (derive_hash(f"{sub_seed}{code}|{item}"), item))


def derive_replacement_seed(recusal_entry: bytes, result: Result) -> Hex:
    """Return the sub-seed that chooses who follows a recused officer: H(H(bytes of the recusal) + "|" + source line).

    By hand: printf '%s|%s' "$(sha256sum < recusal | cut -c1-64)" "SOURCE LINE" | sha256sum
    """
    return derive_hash(f"{hashlib.sha256(recusal_entry).hexdigest()}|{result.source_line()}")


def choose_replacement(sub_seed: Hex, case: Case, home: str, taken: Collection[str], is_second: bool,
                       rosters: Rosters) -> str:  # fmt: skip
    """Return the officer who takes a recused officer's seat.

    home       the roster of the officer who left
    taken      everyone who is or was on the case, the one who left included
    is_second  the seat was replaced before

    The roster is the recused officer's, without cap; a second replacement, or fewer than three left to choose from,
    takes the fallback roster (who exhausts a small roster by recusals could otherwise choose who is left).

    Raises Refused if nobody is left.
    """

    def remaining(roster: str) -> list[str]:
        return [o for o in derive_members(rosters, roster) if _may_serve(rosters, o, case.code, taken)]

    candidates = [] if is_second else remaining(home)
    if len(candidates) < 3:
        candidates = remaining(rosters.fallback)
    if not candidates:
        raise Refused(f"enterprise {case.code}: nobody is left on the fallback roster {rosters.fallback}")
    return choose_officer(sub_seed, check_code(case.code), candidates)

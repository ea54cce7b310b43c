"""A second implementation of the draw, written from docs/spec/draw.md alone; imports nothing from ledger.

Everything goes in and comes out as plain texts, numbers, lists and dicts, so that either implementation can be held
against the other (test_agreement.py), and both against the numbers that a shell made (docs/spec/vectors). Section
numbers are those of draw.md. It is written to be read, not to be fast.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, NotRequired, TypedDict


class Target(TypedDict):
    """An eligible enterprise; a street that is not known is the empty text."""

    code: str
    stratum: str
    sub_roster: str
    street: str
    tags: list[str]


class Item(TypedDict):
    """A line of the frozen list of items, as far as the draw reads it."""

    id: str
    applies_to: NotRequired[list[str]]


class Case(NamedTuple):
    """A drawn enterprise with its ticket; cases sort by ticket, then by code."""

    ticket: str
    code: str
    target: Target


class Officers(NamedTuple):
    """The eligible officers of each home roster, the conflicts as (officer, code), the fallback roster's name."""

    homes: Mapping[str, Collection[str]]
    conflicts: Collection[tuple[str, str]]
    fallback: str

    def members(self, roster: str) -> set[str]:
        """Return the members of a roster that can serve (section 6)."""
        if roster == "all":
            names = set(self.homes)
        elif roster.startswith("not:"):
            names = set(self.homes) - {"bureau", roster.removeprefix("not:")}
        else:
            names = set(self.homes) & {roster}
        return {officer for name in names for officer in self.homes[name]}

    def free(self, roster: str, code: str, taken: Collection[str]) -> set[str]:
        """Return the members who are not among those taken and have no conflict with the code."""
        return {one for one in self.members(roster) if one not in taken and (one, code) not in self.conflicts}


class RefusedError(Exception):
    """The specification says that there is no outcome."""


def h(text: str) -> str:
    """Return H(text): SHA-256 of its UTF-8 bytes as 64 lowercase hexadecimal characters (Conventions)."""
    return sha256(text.encode("utf-8")).hexdigest()


def by_hash(prefix: str, names: Iterable[str]) -> list[str]:
    """Return names in ascending order of H(prefix + name); a tie would go to the smaller name (Conventions)."""
    return sorted(names, key=lambda name: (h(prefix + name), name.encode("utf-8")))


# Section 2 and 3: the round, seed.txt and the seed


def drand_round(time: str, genesis: int, period: int) -> int:
    """Return the number of the first round at or after a time such as 2023-09-15T11:00:01Z."""
    late = unix(time) - genesis
    if late < 0:
        raise RefusedError(f"T {time} is before the genesis")
    return 1 + (late + period - 1) // period


def unix(time: str) -> int:
    """Return the Unix time of a time in UTC."""
    return int(datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def seed_txt(
    slot: str,
    frozen: bytes,
    shares: Mapping[str, str],
    committed: Iterable[str],
    sources: Iterable[Sequence[str | int]],
) -> bytes:
    """Return the bytes of seed.txt.

    `frozen` are the bytes of the entry, `shares` the shares that count by party, `committed` the units that committed
    one, each of `sources` the fields of a source line in order: ("drand", chain hash, round, signature).
    """
    if len(shares) < 2:
        raise RefusedError("fewer than two shares count: the draw is void")
    lines = ["double-random-seed/1", f"slot {slot}", f"frozen {sha256(frozen).hexdigest()}"]
    lines += [f"share {party} {shares[party]}" for party in sorted(shares)]
    lines += [f"share {unit} missing" for unit in sorted(set(committed) - set(shares))]
    lines += [source_line(*source) for source in sources]
    return "".join(line + "\n" for line in lines).encode("utf-8")


def source_line(*fields: str | int) -> str:
    """Return a source line, without its line feed."""
    return " ".join(str(field) for field in fields)


# Section 4: enterprises


def ticket(seed: str, stratum: str, code: str) -> str:
    """Return the ticket of a code in a stratum."""
    return h(h(f"{seed}|pool|{stratum}") + code)


def select(seed: str, targets: Sequence[Target], quotas: Mapping[str, int]) -> list[Case]:
    """Return what is drawn, stratum by stratum in the order of `quotas`, within each by ascending ticket."""
    if len({target["code"] for target in targets}) < len(targets):
        raise RefusedError("a code stands twice in the pool")
    drawn: list[Case] = []
    for stratum, quota in quotas.items():
        codes = {target["code"]: target for target in targets if target["stratum"] == stratum}
        drawn += sorted(Case(ticket(seed, stratum, code), code, codes[code]) for code in codes)[:quota]
    return drawn


# Section 5: quotas


def year_of_ratio(base: int, p: int, q: int) -> int:
    """Return the year's number of a stratum that has the ratio p/q."""
    if not 0 < p <= q:
        raise RefusedError(f"{p}/{q} is no ratio")
    return min(base, max(1, (base * p + q - 1) // q))


def year_of_count(base: int, count: int) -> int:
    """Return the year's number of a stratum whose line gives a number in place of a ratio."""
    return min(base, count)


def months(year: int, weights: Sequence[int]) -> list[int]:
    """Share the year's number out over twelve months: by weight, the rest to the largest remainders."""
    whole = sum(weights)
    if len(weights) != 12 or min(weights) < 0 or whole == 0:
        raise RefusedError("the weights are not twelve integers not below 0 with a sum above 0")
    shares = [year * weight // whole for weight in weights]
    # sorted() keeps the order of equals, so that the earlier month comes first.
    by_remainder = sorted(range(12), key=lambda month: year * weights[month] % whole, reverse=True)
    for month in by_remainder[: year - sum(shares)]:
        shares[month] += 1
    return shares


# Section 6: officers


OWN: dict[str, Callable[[str], str]] = {
    "own-street": lambda street: street,
    "other-streets": lambda street: f"not:{street}",
    "bureau": lambda street: "bureau",
    "all": lambda street: "all",
}


def can_freeze(targets: Iterable[Target], crew: Sequence[str], officers: Officers) -> bool:
    """Say whether every enterprise has, for every role r, a roster of r members without a conflict (section 1)."""
    return all(
        any(
            len(officers.free(name, target["code"], ())) >= role
            for name in (OWN[place](target["street"]), officers.fallback)
        )
        for target in targets
        for role, place in enumerate(crew, 1)
    )


def seat(
    seed: str, cases: Iterable[Case], crew: Sequence[str], officers: Officers
) -> tuple[dict[str, list[str]], list[tuple[int, str, int]]]:
    """Return each code's officers in the order of the roles, and the caps that served as (role, roster, cap)."""
    street = {case.code: case.target["street"] for case in sorted(cases)}
    team: dict[str, list[str]] = {code: [] for code in street}
    caps: list[tuple[int, str, int]] = []
    for role, place in enumerate(crew, 1):
        s = h(f"{seed}|officer|{role}")
        roster: dict[str, str] = {}
        wishes: dict[str, list[str]] = {}
        for code in street:
            names = [n for n in (OWN[place](street[code]), officers.fallback) if officers.free(n, code, team[code])]
            if not names:
                raise RefusedError(f"nobody can take seat {role} of {code}")
            roster[code] = names[0]
            wishes[code] = by_hash(f"{s}{code}|", officers.free(names[0], code, team[code]))
        held = Counter(officer for taken in team.values() for officer in taken)
        cap = {name: first_cap(n, held, officers.members(name)) for name, n in Counter(roster.values()).items()}
        while isinstance(result := fill(roster, wishes, cap, held), str):
            cap[result] += 1
        for code, officer in result.items():
            team[code].append(officer)
        caps += [(role, name, cap[name]) for name in sorted(cap)]
    return team, caps


def first_cap(count: int, held: Mapping[str, int], everybody: Collection[str]) -> int:
    """Return the cap that a roster with so many cases begins with (step 4)."""
    seats = count + sum(held.get(officer, 0) for officer in everybody)
    return (seats + len(everybody) - 1) // len(everybody)


def fill(
    roster: Mapping[str, str], wishes: Mapping[str, Sequence[str]], cap: Mapping[str, int], held: Mapping[str, int]
) -> dict[str, str] | str:
    """Return each case's officer, or the first roster whose cap leaves a case without one (steps 5 and 6)."""
    load = Counter(held)
    chosen: dict[str, str] = {}
    for code, wish in wishes.items():
        below = [officer for officer in wish if load[officer] < cap[roster[code]]]
        if not below:
            return roster[code]
        chosen[code] = below[0]
        load[below[0]] += 1
    return chosen


# Section 7: items, salts, sheets, root


def pick_items(seed: str, target: Target, items: Iterable[Item], m: int) -> list[str]:
    """Return the ids of the items drawn for an enterprise, smallest hash first."""
    marks = {target["sub_roster"], *target["tags"]}
    applying = [item["id"] for item in items if "applies_to" not in item or marks & set(item["applies_to"])]
    return by_hash(f"{h(f'{seed}|item|')}{target['code']}|", applying)[:m]


def deadline(time: str, visit_days: int) -> str:
    """Return the day in Shanghai, T plus the policy's visit days."""
    return (datetime.fromtimestamp(unix(time) + 28800, UTC) + timedelta(days=visit_days)).date().isoformat()


def sheets(
    seed: str,
    cases: Iterable[Case],
    team: Mapping[str, Sequence[str]],
    items: Mapping[str, Sequence[str]],
    hosts: Mapping[str, str],
    due: str,
) -> list[str]:
    """Return the canonical JSON of each case's sheet, in byte order of the codes."""
    written = []
    for number, case in enumerate(sorted(cases, key=lambda case: case.code), 1):
        fields: dict[str, str | list[str]] = {
            "case": f"{number:04}",
            "deadline": due,
            "host": hosts[case.target["sub_roster"]],
            "id": case.code,
            "items": list(items[case.code]),
            "officers": list(team[case.code]),
            "salt": h(f"{seed}|salt|{case.code}")[:32],
            "stratum": case.target["stratum"],
            "ticket": case.ticket,
        }
        if case.target["street"]:
            fields["street"] = case.target["street"]
        written.append(json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return written


def root(leaves: Sequence[str]) -> bytes:
    """Return the RFC 6962 Merkle tree hash (its section 2.1) of texts."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0].encode("utf-8")).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


# Section 8: replacement


def replacement_seed(recusal: bytes, source: str) -> str:
    """Return the sub-seed that the bytes of an entry officer.recused and a source line give."""
    return h(f"{sha256(recusal).hexdigest()}|{source}")


def replace(
    sub_seed: str, code: str, leaving: str, out: Collection[str], was_replaced: bool, officers: Officers
) -> str:
    """Return who takes the seat. `out` is everybody who is or was on the case; `was_replaced`: this seat, before."""
    home = next(name for name in officers.homes if leaving in officers.homes[name])
    candidates = set() if was_replaced else officers.free(home, code, out)
    if len(candidates) < 3:
        candidates = officers.free(officers.fallback, code, out)
    if not candidates:
        raise RefusedError(f"nobody can take the seat of {leaving} on {code}")
    return by_hash(f"{sub_seed}{code}|", candidates)[0]

"""Made-up draws, small and awkward: the input of both implementations, from any source of random numbers.

Awkward means: streets without officers, rosters of one, conflicts everywhere, fallbacks that nobody belongs to, more
places in a crew than officers, quotas above the number of enterprises, codes that UTF-16 would sort otherwise.
"""

from hashlib import sha256
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from ledger.office.ground import Ground, OfficerLeaf, PoolLeaf
from ledger.office.outcome import Outcome, derive_outcome
from ledger.office.policy import Policy
from ledger.office.rows import Item, Officer, Target
from ledger.proof.encoding import Hex, parse_time
from ledger.proof.randomness import Chain, Lottery, LotteryResult, Result, Round
from second import draw

CODES = ("91440307EXAMPLE{:03}", "reg:深龙示例{:04}号", "reg:〔示例〕{}", "reg:（{}）", "reg:A{}b/-_")
STREETS = ("street/pinghu", "street/buji", "street/nanwan")
SUB_ROSTERS = ("hazchem", "industry-trade", "occupational")
TAG_LISTS = ((), (), ("dust",), ("ammonia", "dust"), ("ammonia", "occupational"))
PLACES = ("own-street", "other-streets", "bureau", "all")
FALLBACKS = ("bureau", "all", "not:", "not:street/buji", "street/nanwan", "street/pingdi")
HOST = {"hazchem": "bureau/hazchem", "industry-trade": "bureau/enforcement", "occupational": "bureau/legal-publicity"}
UNITS = ("bureau/enforcement", "bureau/hazchem", "street/buji", "street/pinghu", "witness/justice")


class World(NamedTuple):
    """What is frozen before a draw, and the shares and the result that come after.

    `absent` are enterprises of the pool and officers (id -> home roster) that are not eligible.
    """

    targets: list[draw.Target]
    quotas: dict[str, int]
    crew: list[str]
    officers: draw.Officers
    items: list[draw.Item]
    items_per_case: int
    absent: tuple[list[draw.Target], dict[str, str]]
    time: str
    visit_days: int
    frozen: bytes
    shares: dict[str, str]
    missing: list[str]
    source: tuple[str | int, ...]


def some(rng: Random, of: tuple[str, ...]) -> list[str]:
    """Return some of a list's members, or none, in the list's order."""
    return [one for one in of if rng.random() < 0.5]


def make_targets(rng: Random, numbers: range, strata: list[str]) -> list[draw.Target]:
    """Return enterprises with different codes."""
    return [
        {
            "code": rng.choice(CODES).format(number),
            "stratum": rng.choice(strata),
            "sub_roster": rng.choice(SUB_ROSTERS),
            "street": rng.choice(("", *STREETS)),
            "tags": list(rng.choice(TAG_LISTS)),
        }
        for number in numbers
    ]


def make_officers(rng: Random, codes: list[str]) -> draw.Officers:
    """Return home rosters of few officers each, the bureau's more often than not, and some conflicts."""
    numbers = list(range(20))
    rng.shuffle(numbers)
    homes: dict[str, list[str]] = {}
    for roster in ("bureau", *STREETS):
        if rng.random() < 0.85:
            homes[roster] = [f"officer-{numbers.pop()}" for _ in range(rng.randint(0, 4))]
    # One number decides over all pairs: hundreds of single decisions would be slow to make and to shrink.
    percent, salt = rng.choice((0, 10, 30, 60)), rng.randint(0, 1000)
    everybody = ["officer-99", *(officer for members in homes.values() for officer in members)]
    pairs = [(officer, code) for code in codes for officer in everybody]
    conflicts = {pair for pair in pairs if int(draw.h(f"{salt} {pair}")[:8], 16) % 100 < percent}
    return draw.Officers(homes, conflicts, rng.choice(FALLBACKS))


def make_source(rng: Random) -> tuple[str | int, ...]:
    """Return the fields of a source line."""
    kind = rng.choice(("drand", "local", "lottery"))
    if kind == "lottery":
        return kind, "city-lottery", f"{rng.randint(1, 9999999):07}", f"{rng.randint(0, 10**14 - 1):014}"
    return kind, draw.h("chain"), rng.randint(1, 10**7), draw.h(str(rng.randint(0, 9))) + "0" * 32


def make_world(rng: Random) -> World:
    """Return a made-up draw."""
    strata = [f"stratum-{number}" for number in range(rng.randint(1, 3))]
    targets = make_targets(rng, range(rng.randint(0, 20)), strata)
    absent = make_targets(rng, range(20, 20 + rng.randint(0, 3)), strata)
    items: list[draw.Item] = []
    for number in range(rng.randint(0, 5)):
        applies_to = some(rng, ("ammonia", "dust", "hazchem", "occupational"))
        items.append({"id": f"item-{number}", "applies_to": applies_to} if applies_to else {"id": f"item-{number}"})
    parties = [party for unit in UNITS for party in (unit, f"dice:{unit}") if rng.random() < 0.5]
    shares = {party: draw.h(f"share of {party}") for party in ("bureau/general-office", "dice:service", *parties)}
    rng.shuffle(parties)
    return World(
        targets=targets,
        quotas={stratum: rng.choice((0, 1, 1, 2, 3, 5, 40)) for stratum in strata},
        crew=[rng.choice(PLACES) for _ in range(rng.choice((0, 1, 2, 2, 2, 3)))],
        officers=make_officers(rng, [target["code"] for target in targets]),
        items=items,
        items_per_case=rng.randint(0, 4),
        absent=(absent, {f"resting-{roster[-1]}": roster for roster in some(rng, ("bureau", *STREETS))}),
        time=f"2027-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:00:01Z",
        visit_days=rng.randint(1, 60),
        frozen=f"frozen {rng.randint(0, 10**9)}".encode(),
        shares=shares,
        missing=[unit for unit in UNITS if unit not in shares and rng.random() < 0.5],
        source=make_source(rng),
    )


class Answer(NamedTuple):
    """All that a draw comes to."""

    seed_txt: str
    seed: str
    officers: dict[str, tuple[str, ...]]
    caps: list[tuple[int, str, int]]
    sheets: list[bytes]
    root: str


def answer_second(world: World) -> Answer:
    """Return the second implementation's answer. Raises draw.RefusedError."""
    committed = [*world.missing, *(party for party in world.shares if not party.startswith("dice:"))]
    text = draw.seed_txt("bureau/2027-01/001", world.frozen, world.shares, committed, [world.source])
    seed = draw.h(text.decode())
    cases = draw.select(seed, world.targets, world.quotas)
    team, caps = draw.seat(seed, cases, world.crew, world.officers)
    items = {case.code: draw.pick_items(seed, case.target, world.items, world.items_per_case) for case in cases}
    sheets = draw.sheets(seed, cases, team, items, HOST, draw.deadline(world.time, world.visit_days))
    officers = {code: tuple(names) for code, names in team.items()}
    return Answer(text.decode(), seed, officers, caps, [sheet.encode() for sheet in sheets], draw.root(sheets).hex())


def answer_first(world: World) -> Answer:
    """Return the library's answer. Raises LedgerError."""
    policy = SimpleNamespace(
        periods=SimpleNamespace(visit_days=world.visit_days),
        sub_rosters={sub_roster: SimpleNamespace(host=host) for sub_roster, host in HOST.items()},
    )
    outcome: Outcome = derive_outcome(
        slot="bureau/2027-01/001",
        frozen=Hex(sha256(world.frozen).hexdigest()),
        ground=make_ground(world),
        policy=cast(Policy, policy),
        draw_at=parse_time(world.time),
        shares={party: Hex(share) for party, share in world.shares.items()},
        missing=tuple(world.missing),
        results=[make_result(world.source)],
    )
    return Answer(
        outcome.seed_file,
        outcome.seed,
        {sheet.code: sheet.officers for sheet in outcome.sheets},
        [(cap.role, cap.roster, cap.cap) for cap in outcome.caps],
        [sheet.format() for sheet in outcome.sheets],
        outcome.ref.root,
    )


def make_ground(world: World) -> Ground:
    """Return the library's frozen lists of a world; their roots and counts play no part in an outcome."""
    unused: Any = None
    absent_targets, absent_officers = world.absent
    pool = [(target, None) for target in world.targets] + [(target, "suspended") for target in absent_targets]
    homes = [(officer, home, None) for home, members in world.officers.homes.items() for officer in members]
    resting = [(officer, home, "not-in-post") for officer, home in absent_officers.items()]
    strata = [
        SimpleNamespace(id=stratum, quota=quota, directed=False, eligible=0) for stratum, quota in world.quotas.items()
    ]
    return Ground(
        size=0,
        pool=tuple(PoolLeaf(make_row(target), target["stratum"], reason) for target, reason in pool),
        officers=tuple(OfficerLeaf(make_officer(one), home, reason) for one, home, reason in [*homes, *resting]),
        items=tuple(make_item(item) for item in world.items),
        conflicts=tuple(sorted(world.officers.conflicts)),
        strata=cast(Any, tuple(strata)),
        crew=tuple(world.crew),
        fallback=world.officers.fallback,
        items_per_case=world.items_per_case,
        items_ref=unused,
        recent=unused,
        pool_ref=unused,
        officers_ref=unused,
        conflicts_ref=unused,
    )


def make_row(target: draw.Target) -> Target:
    """Return a registered enterprise."""
    return Target(
        id=target["code"],
        sub_roster=target["sub_roster"],
        status="open",
        street=target["street"] or None,
        tags=tuple(target["tags"]) or None,
    )


def make_officer(officer: str) -> Officer:
    """Return a registered officer; the home roster stands beside it in the frozen list."""
    return Officer(
        id=officer,
        unit="bureau/enforcement",
        certificate_until="9999-12-31",
        on_establishment=True,
        in_post=True,
        enrolled=True,
    )


def make_item(item: draw.Item) -> Item:
    """Return a line of the list of items."""
    applies_to = tuple(item["applies_to"]) if "applies_to" in item else None
    return Item(
        id=item["id"], content="内容", basis="依据", method="现场检查", authority="bureau", applies_to=applies_to
    )


def make_result(source: tuple[str | int, ...]) -> Result:
    """Return a source's result."""
    kind, name, number, last = source
    if kind == "lottery":
        return LotteryResult(Lottery(str(name), 14, 40), str(number), str(last))
    chain = Chain(str(kind), Hex(str(name)), "00" * 96, 0, 3)
    return Round(chain, int(number), str(last))

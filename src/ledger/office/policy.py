"""The policy: everything about the bureau that is data and not code, adopted by an event and in force by its rules.

Names and competences of sections changed in 2019 and will again. The shipped default is Longgang's (longgang.json).
docs/spec/events.md, section 3, explains each setting and who is trusted for it.
"""

import json
from collections.abc import Collection
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ledger.office.events.body import Body, Count, Hex64, Id, Many, Names, Text
from ledger.proof.checkpoint import derive_attested_time
from ledger.proof.draw import ALL, BUREAU
from ledger.proof.encoding import Hex
from ledger.proof.errors import LedgerError
from ledger.proof.note import COSIGNATURE, Verifier, parse_vkey
from ledger.proof.randomness import PUBLIC_CHAINS, Chain, Lottery, check_entropy

SERVICE = "service"


class Misfit(ValueError):
    """A setting that does not fit the others; `path` leads to it, as far as it can be told."""

    def __init__(self, why: str, *path: str) -> None:
        super().__init__(why)
        self.path = path


class Unit(Body):
    """A section, street office, witness or the service: its name and the office that it belongs to."""

    names: Names
    office: Id


class Office(Body):
    """Who runs draws of its own: the bureau, or a street. Units that organise, supervise and lead there."""

    organiser: Id
    supervisor: Id
    leader: Id


class SubRoster(Body):
    """A sub-roster (二级库): who keeps it, and which section hosts inspections of its enterprises (主办科室).

    qualification  what the bureau's officers for it should hold (Q3): a tag, or a sub-roster; no draw reads it
    """

    names: Names
    owner: Id
    host: Id
    qualification: Id | None = None


class KeyList(Body):
    """A list of key enterprises (R31), and who keeps it."""

    names: Names
    owner: Id


class DrandChain(Body):
    """A drand chain that may serve as final randomness; `local` is one with a key of the installation's own."""

    kind: Literal["drand", "local"]
    hash: Hex64
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{192}$")]
    genesis: Count
    period: Annotated[int, Field(ge=1)]


class PublicLottery(Body):
    """A public lottery that may serve as final randomness: digits of a result, and the bits they are worth."""

    digits: Annotated[int, Field(ge=1, le=100)]
    bits: Annotated[int, Field(ge=1, le=330)]


class Randomness(Body):
    """The final randomness of every draw: all that is named in `final`, in this order, is needed."""

    chains: Many[DrandChain]
    lotteries: dict[Id, PublicLottery]
    final: Annotated[Many[Text], Field(min_length=1)]
    replacement: Text


class Witnesses(Body):
    """Who cosigns checkpoints: unit -> vkey, and how many must have. A quorum of 0 means unwitnessed, and says so."""

    keys: dict[Id, Text]
    quorum: Count


DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Days = Annotated[int, Field(ge=0, le=3660)]


class Periods(Body):
    """The policy's periods. Those in working days run from the day after the event that starts them."""

    notice_days: Days
    cooling_off_days: Days
    key_wait_days: Days
    draw_within_days: Annotated[int, Field(ge=1, le=366)]
    freeze_lead_seconds: Annotated[int, Field(ge=300)]
    replacement_lead_seconds: Annotated[int, Field(ge=600)]
    visit_days: Days
    month_start_working_days: Days
    receipt_working_days: Days
    scan_entry_days: Days
    result_publication_working_days: Days
    penalty_publication_working_days: Days
    withdrawal_working_days: Days
    complaint_receipt_working_days: Days
    complaint_answer_working_days: Days
    notice_answer_working_days: Days


Shown = Literal["public", "internal"]
NameShown = Literal["public", "masked", "internal"]


class PublicFields(Body):
    """What of a result its announcements show: `masked` leaves a surname or the first character; `internal` nothing."""

    name: NameShown
    officers: NameShown
    code: Shown
    date: Shown
    result: Shown
    summary: Shown


Place = Literal["own-street", "other-streets", "bureau", "all"]
_ORDER = {"own-street": 0, "other-streets": 0, "bureau": 1, "all": 2}
"""The order in which the plan has a crew's places filled: 街道, 区局, 全局 (R25 to R27)."""

Role = Literal["any", "organiser", "supervisor", "leader", "service", "owner", "host", "section", "homes"]


class Policy(Body):
    """A whole policy.

    units        unit -> name and office
    offices      office -> organiser, supervisor, leader
    authority    event type -> whose signatures it needs, the acting unit's role first
    sub_rosters  sub-roster -> owner and host section
    precedence   sub-rosters, the one that goes before first: which is primary where an enterprise is of several
    key_lists    list of key enterprises -> name and owner; who stands on one has to stand on the target roster
    tags         tag -> name; any number of them on an enterprise
    bases        id -> legal basis that a draw may cite
    agencies     id -> an outside agency that may lead or take part in a joint draw
    crew         office -> the place of each role, first role first; `*` for offices not named
    roster_due   the day of the year before by which a year's rosters are approved, mm-dd; later is shown as late
    filing_due   the day of the year by which streets file their own plans, mm-dd
    cap_exempt   kinds of inspections outside draws that the yearly cap neither counts nor refuses
    """

    units: dict[Id, Unit]
    offices: dict[Id, Office]
    authority: dict[str, Annotated[Many[Role], Field(min_length=1, max_length=6)]]
    sub_rosters: dict[Id, SubRoster]
    precedence: Many[Id] | None = None
    key_lists: dict[Id, KeyList]
    tags: dict[Id, Names]
    bases: dict[Id, Names]
    agencies: dict[Id, Names]
    crew: dict[str, Annotated[Many[Place], Field(min_length=2, max_length=6)]]
    fallback_roster: Id
    items_per_case: Annotated[int, Field(ge=1)]
    minimum_stratum: Count
    yearly_cap: Annotated[int, Field(ge=1)]
    cap_exempt: Many[Literal["planned", "case-based", "special", "covert", "campaign"]]
    roster_due: DayOfYear
    filing_due: DayOfYear
    periods: Periods
    publication: PublicFields
    randomness: Randomness
    witnesses: Witnesses

    @model_validator(mode="after")
    def _check_references(self) -> "Policy":
        named = [("offices", name, unit) for name, o in self.offices.items() for unit in (o.organiser, o.supervisor)]
        named += [("offices", name, office.leader) for name, office in self.offices.items()]
        named += [("sub_rosters", name, unit) for name, s in self.sub_rosters.items() for unit in (s.owner, s.host)]
        named += [("key_lists", name, key_list.owner) for name, key_list in self.key_lists.items()]
        for table, name, unit in [*named, ("units", "", SERVICE)]:
            if unit not in self.units:
                raise Misfit(f"unit {unit} is named and not listed among the units", table, name)
        if BUREAU not in self.offices:
            raise Misfit(f"no office {BUREAU}: expected one, for it answers complaints and issues notices", "offices")
        for name, office in self.offices.items():
            if office.supervisor in (office.organiser, office.leader):
                raise Misfit(f"office {name}: the supervisor is also the organiser or the leader", "offices", name)
            for unit in self.witnesses.keys:
                if unit in (SERVICE, office.organiser, office.supervisor):
                    why = f"witness {unit} is the service, an organiser or a supervisor"
                    raise Misfit(why, "witnesses", "keys", unit)
        for name, sub_roster in self.sub_rosters.items():
            asked = sub_roster.qualification
            if asked is not None and asked not in self.tags and asked not in self.sub_rosters:
                why = f"qualification {asked} is neither a sub-roster nor a tag of the policy"
                raise Misfit(why, "sub_rosters", name, "qualification")
        for name in self.precedence or ():
            if name not in self.sub_rosters or (self.precedence or ()).count(name) > 1:
                raise Misfit(f"{name}: expected each sub-roster once at most, and no other word", "precedence")
        if "*" not in self.crew:
            raise Misfit("crew: expected a row `*` for the offices not named", "crew")
        if self.witnesses.quorum > len(self.witnesses.keys):
            why = f"quorum {self.witnesses.quorum} of {len(self.witnesses.keys)} witnesses"
            raise Misfit(why, "witnesses", "quorum")
        for unit, vkey in self.witnesses.keys.items():
            _check_witness_key(vkey, unit)
        names = [parse_vkey(vkey).name for vkey in self.witnesses.keys.values()]
        for unit, name in zip(self.witnesses.keys, names, strict=True):
            if names.count(name) > 1:  # whose word counts goes by the key's name (docs/spec/log.md, section 4)
                raise Misfit("two witnesses have keys of one name", "witnesses", "keys", unit)
        try:
            check_entropy(self.final)
            self.source(self.randomness.replacement)
        except (LedgerError, ValueError) as error:
            raise Misfit(str(error), "randomness") from None
        return self

    @model_validator(mode="after")
    def _check_places(self) -> "Policy":
        for office, places in self.crew.items():
            if [*places] != sorted(places, key=_ORDER.__getitem__):
                why = f"crew: {', '.join(places)}; expected streets first, then the bureau, then all"
                raise Misfit(why, "crew", office)
        if self.fallback_roster not in (BUREAU, ALL, *self.streets):
            raise Misfit("fallback_roster: expected bureau, a street of the policy, or all", "fallback_roster")
        for agency in self.agencies:
            if agency in self.units:
                raise Misfit(f"agency {agency} is a unit of the policy too", "agencies", agency)
        return self

    @cached_property
    def chains(self) -> dict[str, Chain]:
        """The chains, by hash. Raises ValueError for one that is called drand and is not a public chain we know."""
        chains = [Chain(c.kind, Hex(c.hash), c.key, c.genesis, c.period) for c in self.randomness.chains]
        for chain in chains:
            if chain.kind == "drand" and chain not in PUBLIC_CHAINS:
                raise ValueError(f"chain {chain.hash} is none of the public chains known: its kind is local, not drand")
        return {chain.hash: chain for chain in chains}

    def source(self, name: str) -> Chain | Lottery:
        """Return the chain or lottery of a name: a chain's hash, or a lottery's id. Raises ValueError."""
        if name in self.chains:
            return self.chains[name]
        if name in self.randomness.lotteries:
            lottery = self.randomness.lotteries[name]
            return Lottery(name, lottery.digits, lottery.bits)
        raise ValueError(f"randomness {name} is neither a listed chain's hash nor a listed lottery")

    @cached_property
    def final(self) -> list[Chain | Lottery]:
        """The sources of final randomness, in order."""
        return [self.source(name) for name in self.randomness.final]

    @cached_property
    def witness_keys(self) -> dict[str, Verifier]:
        """The witnesses' keys, by unit."""
        return {unit: parse_vkey(vkey) for unit, vkey in self.witnesses.keys.items()}

    def attested_time(self, times: dict[str, int]) -> int | None:
        """Return the Unix time by which the quorum had cosigned; None where it had not, or where none is asked."""
        names = [verifier.name for verifier in self.witness_keys.values()]
        return derive_attested_time(times, names, self.witnesses.quorum)

    def find_primary(self, sub_rosters: Collection[str]) -> str | None:
        """Return which of several sub-rosters is an enterprise's primary one, by precedence; None if none is named."""
        return next((name for name in self.precedence or () if name in sub_rosters), None)

    def crew_of(self, office: str) -> tuple[str, ...]:
        """Return the place of each role in an office's draws."""
        return self.crew.get(office, self.crew["*"])

    @property
    def streets(self) -> list[str]:
        """The offices that are streets."""
        return [office for office in self.offices if office.startswith("street/")]


def _check_witness_key(vkey: str, unit: str) -> None:
    try:
        algorithm = parse_vkey(vkey).algorithm
    except LedgerError as error:
        raise Misfit(str(error), "witnesses", "keys", unit) from None
    if algorithm != COSIGNATURE:
        raise Misfit("a witness's key must be one for cosignatures (algorithm 4)", "witnesses", "keys", unit)


def read_default_policy() -> dict[str, object]:
    """Return the shipped policy, Longgang's, as plain JSON; witnesses' keys are an installation's own to add."""
    text = files("ledger.office").joinpath("longgang.json").read_text(encoding="utf-8")
    policy: dict[str, object] = json.loads(text)
    return policy

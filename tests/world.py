"""A small made-up bureau in memory, for tests: units with keys, witnesses, rosters, and a draw brought to any station.

Its randomness is a chain of its own (kind local), its clock is set by hand, and its log is a list of entries.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from hpke import encrypt_again
from ledger.audit.pairing import check_pairing, derive_public_key, sign_round
from ledger.cli import sealing, steps
from ledger.cli.desk import Desk
from ledger.office.draws import Draw
from ledger.office.outcome import Outcome
from ledger.office.policy import Policy, read_default_policy
from ledger.office.record import Record
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint, sorted_signatures
from ledger.proof.encoding import Hex, parse_time
from ledger.proof.note import COSIGNATURE, Signer, format_note, format_vkey
from ledger.proof.randomness import Chain, Round, derive_round
from ledger.proof.seal import derive_encryption_key

ORIGIN = "test.example/double-random"
START = parse_time("2027-01-04T01:00:00Z")
DAY = 86_400
SECRET = hashlib.sha256(b"local chain of the tests").digest()


def key(name: str, algorithm: int = 1) -> Signer:
    """Return a key made of its name: for tests only."""
    return Signer(name, hashlib.sha256(name.encode()).digest(), algorithm)


class MemoryLog:
    """A log that is a list."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.entries: list[bytes] = []

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Take entries in, one after the other."""
        for entry in entries:
            self.record.append(entry)
            self.entries.append(entry)
        return list(range(len(self.entries) - len(entries), len(self.entries)))


def local_chain() -> Chain:
    """Return the tests' own chain."""
    public = derive_public_key(SECRET)
    return Chain("local", Hex(hashlib.sha256(b"chain").hexdigest()), public, START - 400 * DAY, 3)


def make_policy(**changes: Any) -> Policy:
    """Return Longgang's policy with the tests' chain and two witnesses, a quorum of two; then the changes."""
    policy = read_default_policy()
    chain = local_chain()
    policy["randomness"] = {
        "chains": [
            {"kind": "local", "hash": chain.hash, "key": chain.key, "genesis": chain.genesis, "period": chain.period}
        ],
        "lotteries": {"ssq": {"digits": 14, "bits": 24}, "lotto": {"digits": 14, "bits": 24}},
        "final": [chain.hash],
        "replacement": chain.hash,
    }
    witnesses = {unit: format_vkey(signer.verifier) for unit, signer in witness_signers().items()}
    policy["witnesses"] = {"keys": witnesses, "quorum": 2}
    policy["items_per_case"] = 3
    return Policy.model_validate({**policy, **changes})


def witness_signers() -> dict[str, Signer]:
    """Return the two witnesses' keys."""
    return {unit: key(f"{ORIGIN}/{unit}", COSIGNATURE) for unit in ("witness/justice", "witness/discipline")}


def make_targets(sub_roster: str, count: int, prefix: str = "914403000000") -> list[dict[str, Any]]:
    """Return made-up enterprises of a sub-roster, in three streets, a few of them closed."""
    streets = ("street/pinghu", "street/bantian", "street/buji")
    kind = hashlib.sha256(sub_roster.encode()).hexdigest()[:2].upper()
    return [
        {
            "id": f"{prefix}{kind}{number:04d}",
            "name": f"测试企业{number}号",
            "sub_roster": sub_roster,
            "status": "closed" if number % 17 == 16 else "open",
            "street": streets[number % 3],
            "risk": ("red", "orange", "yellow", "blue")[number % 4],
        }
        for number in range(count)
    ]


def make_officers(unit: str, count: int, enrolled: int | None = None) -> list[dict[str, Any]]:
    """Return made-up officers of a unit."""
    stem = unit.replace("/", "-")
    return [
        {
            "id": f"o-{stem}-{number:02d}",
            "unit": unit,
            "certificate_until": "2030-12-31",
            "on_establishment": True,
            "in_post": True,
            "enrolled": enrolled is None or number < enrolled,
        }
        for number in range(count)
    ]


def make_items() -> list[dict[str, Any]]:
    """Return made-up check items: six for all, two for hazardous chemicals only."""
    rows = []
    for number in range(8):
        row: dict[str, Any] = {
            "id": f"item-{number}",
            "content": f"第{number}项检查内容",
            "basis": "安全生产法第六十二条",
            "method": "现场检查",
            "authority": "区安监局",
        }
        if number >= 6:
            row["applies_to"] = ["hazchem"]
        rows.append(row)
    return rows


LINE = {
    "id": "monthly",
    "title": "双随机月度抽查",
    "kind": "monthly",
    "weights": [1] * 12,
    "strata": [
        {"id": "trade", "scope": {"sub_rosters": ["industry-trade"]}, "ratio": "60/100"},
        {"id": "chemicals", "scope": {"sub_rosters": ["hazchem"]}, "ratio": "50/100"},
    ],
}


class World:
    """The bureau. Each method brings it one step on; `now` is its clock."""

    def __init__(self, **changes: Any) -> None:
        self.now = START
        self.plan = [LINE]
        self.policy = make_policy(**changes)
        self.log_signer = key(ORIGIN)
        self.log = MemoryLog(Record(ORIGIN, check_pairing))
        signers = {unit: key(f"{ORIGIN}/{unit}") for unit in self.policy.units if not unit.startswith("witness/")}
        self.desk = Desk(self.log, signers, self.tell_time)
        steps.found(self.desk, self.log_signer.verifier, self.policy)

    @property
    def record(self) -> Record:
        """The record as it stands."""
        return self.log.record

    def cosigned(self, seconds: int | None = None, witnesses: int = 2) -> bytes:
        """Return the log's checkpoint at its present size, cosigned."""
        return self.cosigned_at(self.record.size, seconds, witnesses)

    def tell_time(self) -> int:
        """Return the time; a method, so that a copy of the world has a clock of its own."""
        return self.now

    def cosigned_at(self, size: int, seconds: int | None = None, witnesses: int = 2) -> bytes:
        """Return the log's checkpoint at a size, cosigned by so many witnesses."""
        text = format_checkpoint(Checkpoint(ORIGIN, size, self.record.tree.root(size)))
        lines = [self.log_signer.sign_text(text)]
        for signer in list(witness_signers().values())[:witnesses]:
            lines.append(cosign(signer, text, self.now if seconds is None else seconds))
        return format_note(text, sorted_signatures(lines, self.log_signer.verifier))

    def pass_days(self, days: int) -> None:
        """Let days pass, witnessed at their end."""
        if self.policy.witnesses.quorum:
            steps.witness_log(self.desk, "service", self.cosigned())
        self.now += days * DAY
        if self.policy.witnesses.quorum:
            steps.witness_log(self.desk, "service", self.cosigned())

    def prepare_year(self, year: int = 2027, targets: Sequence[dict[str, Any]] | None = None) -> "World":
        """Rosters, items and plan; `targets` instead of the usual ones of industry and trade."""
        rows = make_targets("industry-trade", 60) if targets is None else targets
        steps.declare_targets(self.desk, year, "industry-trade", rows)
        steps.declare_targets(self.desk, year, "hazchem", make_targets("hazchem", 24))
        steps.approve_targets(self.desk, year)
        for unit, count in (("bureau/enforcement", 5), ("bureau/hazchem", 3), ("bureau/legal-publicity", 2)):
            steps.declare_officers(self.desk, year, unit, make_officers(unit, count))
        steps.approve_officers(self.desk, year, "bureau")
        for street in ("street/pinghu", "street/bantian"):
            steps.declare_officers(self.desk, year, street, make_officers(street, 4))
            steps.approve_officers(self.desk, year, street)
        steps.publish_items(self.desk, f"{year}-1", make_items())
        steps.approve_plan(self.desk, "bureau", year, self.plan)
        return self

    def open(
        self, month: str = "2027-01", kind: str = "monthly", supplements: str | None = None, mode: str = "open"
    ) -> str:
        """Open the next slot."""
        line, basis = "monthly", "szse-work-safety-20"
        return steps.open_draw(self.desk, "bureau", month, line, kind, basis, supplements, mode=mode)

    def freeze(self, slot: str, lead: int = 3600) -> None:
        """Freeze a slot, T an hour ahead."""
        steps.freeze_draw(self.desk, slot, self.now + lead, {})

    def share(self, slot: str, unit: str) -> str:
        """Return a unit's share: made of its name, for tests only."""
        return hashlib.sha256(f"{slot} {unit}".encode()).hexdigest()

    def commit(self, slot: str, *units: str) -> None:
        """Units commit; in a sealed draw they encrypt their shares."""
        for unit in units or ("bureau/enforcement", "bureau/legal-publicity"):
            share = self.share(slot, unit)
            if self.draw(slot).is_sealed:
                sealing.commit_sealed(self.desk, slot, unit, share, encrypt=encrypt_again)
            else:
                steps.commit_seed(self.desk, slot, unit, share)

    def private(self, unit: str) -> Hex:
        """Return a unit's encryption key: made of its name, for tests only."""
        return Hex(hashlib.sha256(f"encryption {unit}".encode()).hexdigest())

    def enrol_encryption(self, *units: str) -> None:
        """Units enrol the keys that they read with: usually those that a bureau's shares are encrypted to."""
        for unit in units or ("service", "bureau/enforcement", "bureau/legal-publicity", "bureau/leadership"):
            sealing.enrol_encryption(self.desk, unit, derive_encryption_key(self.private(unit)))

    def check(self, slot: str) -> None:
        """Everybody opens and checks the shares that are encrypted to it."""
        draw = self.draw(slot)
        for share_of, ciphertexts in draw.encrypted.items():
            for unit in ciphertexts:
                sealing.open_share(self.record, draw, share_of, unit, self.private(unit))
                sealing.check_share(self.desk, slot, unit, share_of)

    def compute(self, slot: str, unit: str = "service") -> Outcome:
        """Return a sealed draw's outcome, as a holder of its shares computes it."""
        own = self.share(slot, unit)
        return sealing.compute_outcome(self.record, self.draw(slot), unit, self.private(unit), own)

    def reveal(self, slot: str, *units: str) -> None:
        """Units reveal."""
        for unit in units or ("bureau/enforcement", "bureau/legal-publicity"):
            steps.reveal_seed(self.desk, slot, unit, self.share(slot, unit))

    def close(self, slot: str) -> None:
        """The service closes the shares."""
        steps.close_seeds(self.desk, slot)

    def witness(self, slot: str) -> None:
        """The witnesses see it."""
        steps.witness_seeds(self.desk, slot, "service", self.cosigned())

    def round_at(self, seconds: int) -> Round:
        """Return the chain's round of a time."""
        chain = local_chain()
        number = derive_round(chain, seconds)
        return Round(chain, number, sign_round(SECRET, number))

    def randomness(self, slot: str) -> None:
        """T comes, and the round with it."""
        draw = self.draw(slot)
        self.now = max(self.now, draw.draw_at + 5)
        steps.record_randomness(self.desk, slot, [self.round_at(draw.draw_at)], "bureau/enforcement")

    def execute(self, slot: str) -> None:
        """The outcome is written down and attested."""
        sealed = self.compute(slot) if self.draw(slot).is_sealed else None
        steps.execute_draw(self.desk, slot, "bureau/enforcement", sealed)
        steps.attest_draw(self.desk, slot, sealed)

    def reveal_sealed(self, slot: str, unit: str = "bureau/enforcement") -> None:
        """The shares of a sealed draw are shown."""
        shares = {party: Hex(self.share(slot, party)) for party in self.draw(slot).encrypted}
        counted = {party: share for party, share in shares.items() if party in self.draw(slot).counted}
        sealing.reveal_draw(self.desk, slot, unit, counted)

    def draw(self, slot: str) -> Draw:
        """Return a slot's draw."""
        return self.record.draws.by_slot[slot]

    def run_to(self, station: str, month: str = "2027-01") -> str:
        """Bring a new slot to a station: open, freeze, commit, reveal, close, witness, randomness, execute, assign."""
        slot = self.open(month)
        for step in ("freeze", "commit", "reveal", "close", "witness", "randomness", "execute", "assign"):
            if station == "open":
                break
            if step == "witness" and not self.policy.witnesses.quorum:
                continue
            steps.assign_cases(self.desk, slot) if step == "assign" else getattr(self, step)(slot)
            if step == station:
                break
        return slot

    def run_sealed_to(
        self, station: str, month: str = "2027-01", kind: str = "monthly", supplements: str | None = None
    ) -> str:
        """Bring a new sealed slot to a station: as `run_to`, with check in the place of reveal."""
        if not self.record.encryption.keys:
            self.enrol_encryption()
        slot = self.open(month, kind, supplements, "sealed")
        for step in ("freeze", "commit", "check", "close", "witness", "randomness", "execute", "assign"):
            if station == "open":
                break
            if step == "assign":
                sealing.assign_sealed(self.desk, slot, self.compute(slot))
            elif step != "witness" or self.policy.witnesses.quorum:
                getattr(self, step)(slot)
            if step == station:
                break
        return slot

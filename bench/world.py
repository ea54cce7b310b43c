"""A made-up bureau to measure on: its keys are made of their names, its log is a list, its clock is set by hand."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import count, product

from ledger.audit.pairing import check_pairing, derive_public_key
from ledger.cli import steps
from ledger.cli.desk import Desk, Log
from ledger.office.events.rosters import ConflictDeclared
from ledger.office.policy import Policy, read_default_policy
from ledger.office.record import Record
from ledger.proof.encoding import parse_time
from ledger.proof.note import Signature, Signer, Verifier

ORIGIN = "bench.example/double-random"
START = parse_time("2027-01-04T01:00:00Z")
END = parse_time("2100-01-01T00:00:00Z")
"""A time that no entry here claims; for the clocks of those who record them."""
SECRET = (7).to_bytes(32, "big")
STREETS = {"平湖": "street/pinghu", "坂田": "street/bantian", "布吉": "street/buji"}
STAFF = 40
"""Officers of each of the two sections."""


def make_signer(name: str) -> Signer:
    """Return a key made of its name: for measuring only."""
    return Signer(name, hashlib.sha256(name.encode()).digest())


def make_policy() -> Policy:
    """Return Longgang's policy with a chain of its own and no witnesses, for none are measured."""
    policy = read_default_policy()
    hash = hashlib.sha256(b"chain").hexdigest()
    chain = {"kind": "local", "hash": hash, "key": derive_public_key(SECRET), "genesis": START - 86_400, "period": 3}
    policy["randomness"] = {"chains": [chain], "lotteries": {}, "final": [hash], "replacement": hash}
    policy["witnesses"] = {"keys": {}, "quorum": 0}
    return Policy.model_validate(policy)


def trust(verifier: Verifier, text: str, line: Signature) -> None:
    """Check no signature: of entries that were signed a line above."""


class MemoryLog:
    """A log that is a list."""

    def __init__(self, record: Record) -> None:
        """Begin with a record without entries."""
        self.record = record
        self.entries: list[bytes] = []

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Take entries in."""
        for entry in entries:
            self.record.append(entry)
            self.entries.append(entry)
        return list(range(len(self.entries) - len(entries), len(self.entries)))


def found(log: Log) -> Desk:
    """Found a log; return the desk at which every unit's key lies. A minute passes with every signature."""
    policy = make_policy()
    signers = {unit: make_signer(f"{ORIGIN}/{unit}") for unit in policy.units if not unit.startswith("witness/")}
    minutes = count(START, 60)
    desk = Desk(log, signers, lambda: next(minutes))
    steps.found(desk, make_signer(ORIGIN).verifier, policy)
    return desk


def make_code(number: int) -> str:
    """Return a made-up code: eighteen characters, of an area that there is not."""
    return f"99{number:016d}"


def make_log(size: int) -> list[bytes]:
    """Return a log of `size` entries, all but the first few of them conflicts declared, one signature each.

    Every one is on the same subject, so each signer has seen the log up to the entry before: no entry is cheaper to
    check than in real use, where a signer's `seen` may be older.
    """
    log = MemoryLog(Record(ORIGIN, check_pairing, check_signature=trust))
    desk = found(log)
    officers = approve_staff(desk)
    for unit, body in _conflicts(officers):
        if len(log.entries) >= size:
            return log.entries
        desk.submit("conflict.declared/1", "conflicts", body, unit)
    raise AssertionError("there are more conflicts than any log asked for")


def approve_staff(desk: Desk) -> list[tuple[str, str]]:
    """Two sections' officers are on the roster; return (unit, officer) of each."""
    units = ("bureau/enforcement", "bureau/hazchem")
    officers = [(unit, f"o-{unit.partition('/')[2]}-{number}") for unit in units for number in range(STAFF)]
    for unit in units:
        rows = [
            {
                "id": officer,
                "unit": home,
                "certificate_until": "9999-12-31",
                "on_establishment": True,
                "in_post": True,
                "enrolled": True,
            }
            for home, officer in officers
            if home == unit
        ]
        steps.declare_officers(desk, 2027, unit, rows)
    steps.approve_officers(desk, 2027, "bureau")
    return officers


def _conflicts(officers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, ConflictDeclared]]:
    for number, (unit, officer) in product(range(10**6), officers):
        yield unit, ConflictDeclared(officer=officer, code=make_code(number), reason="kinship")

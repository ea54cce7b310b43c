"""A bureau at the command line: founded in a folder, with the guide's sheets, its clock set by hand."""

import shutil
from pathlib import Path

from cli.run import Ran, run
from ledger.cli.installation import DEFAULT_ORIGIN, Installation
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.proof.encoding import format_time, parse_time

REHEARSAL = Path(__file__).parents[2] / "docs/guide/rehearsal"
ROUND = "657413:b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
"""The round that quicknet published at ROUND_AT."""
ROUND_AT = "2023-09-15T11:00:03Z"

HEADER = "计划编号,抽查任务名称,检查类型,分层编号,专项库名称,抽查比例及频次,抽查时间"
PLAN = (
    "2023-monthly,月度抽查,日常检查,hazchem,危险化学品,50%;1次/年,9月—12月",
    "2023-monthly,月度抽查,日常检查,industry-trade,工矿商贸,30%;1次/年,9月—12月",
    "2023-all,全面检查,专项检查,all,危险化学品,100%;1次/年,9月",
)
"""A month's draw, and one that draws every enterprise of hazardous chemicals."""


class Bureau:
    """The bureau; `now` is its clock, a UTC time."""

    def __init__(self, folder: Path, now: str) -> None:
        self.folder, self.now = folder, now

    def run(self, *words: str | Path, locale: str = "C", before: tuple[str | Path, ...] = ()) -> Ran:
        """Run a command at the time that it is; `before` are options before the command."""
        return run(*before, *words, "--dir", self.folder, "--at", self.now, locale=locale)

    def do(self, *words: str | Path) -> str:
        """Run a command that must succeed; return what it prints."""
        ran = self.run(*words)
        assert ran.status == 0, ran.err
        return ran.out

    def refused(self, *words: str | Path) -> str:
        """Run a command that must be refused, and leave the log as it was; return the reason."""
        before = self.size
        ran = self.run(*words)
        assert ran.status == 2, ran.out
        assert self.size == before
        return ran.err

    def witness(self, now: str) -> None:
        """Let it be a time, and have the witnesses sign."""
        self.now = now
        self.do("log", "witness")

    @property
    def record(self) -> Record:
        """The record as it stands."""
        with Installation(self.folder).open_book() as book:
            return book.record

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return int((self.folder / "log" / "checkpoint").read_text().split("\n")[1])

    def signers(self) -> list[str]:
        """Return the units that signed the newest entry, by name."""
        with Installation(self.folder).open_book() as book:
            (entry,) = book.read(book.size - 1, book.size)
        names = [line.split()[1] for line in entry.decode().partition("\n\n")[2].splitlines()]
        return [name.removeprefix(f"{DEFAULT_ORIGIN}/") for name in names]

    def key(self, unit: str) -> Path:
        """Return a unit's key file."""
        return Installation(self.folder).key_file(unit)

    def open(self, line: str = "2023-monthly", kind: str = "monthly") -> Draw:
        """Open the next slot of the month."""
        self.do("draw", "open", line, "--kind", kind)
        return [*self.record.draws.by_slot.values()][-1]

    def take_shares(self, slot: str) -> None:
        """Organiser and supervisor commit and reveal, the shares are closed and witnessed."""
        for step in ("commit", "reveal"):
            for unit in ("bureau/enforcement", "bureau/legal-publicity"):
                self.do("draw", step, slot, "--unit", unit)
        self.do("draw", "close", slot)
        self.do("draw", "witness", slot)

    def finish(self, slot: str) -> Draw:
        """Execute and attest a draw whose randomness is recorded."""
        self.do("draw", "execute", slot)
        self.do("draw", "attest", slot)
        return self.record.draws.by_slot[slot]


def found_bureau(folder: Path) -> Bureau:
    """Return a new bureau, its year prepared on 24 August 2023."""
    bureau = Bureau(folder, "2023-08-24T01:00:00Z")
    plan = folder.parent / "plan.csv"
    plan.write_text("\n".join((HEADER, *PLAN)) + "\n", encoding="utf-8")
    bureau.do("init")
    bureau.do("import", "targets", REHEARSAL / "targets.csv")
    bureau.do("import", "officers", REHEARSAL / "officers.csv")
    bureau.do("import", "items", REHEARSAL / "items.csv")
    bureau.do("approve", "targets")
    for roster in ("bureau", "street/pinghu", "street/buji"):
        bureau.do("approve", "officers", "--roster", roster)
    bureau.do("import", "plan", plan)
    bureau.witness("2023-08-24T02:00:00Z")
    return bureau


def copy_bureau(bureau: Bureau, folder: Path) -> Bureau:
    """Return a bureau with a past of its own from here on."""
    shutil.copytree(bureau.folder, folder)
    return Bureau(folder, bureau.now)


def days_later(now: str, days: int) -> str:
    """Return a time so many days later."""
    return format_time(parse_time(now) + days * 86_400)

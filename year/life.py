"""The year as it is lived: rosters in December, a draw in the first working days of each month, its cases after it.

Everything goes through the steps that the commands take, onto a SQLite store with two witnesses. The randomness is a
chain of the simulation's own (kind `local`), so every report says so.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.audit.pairing import derive_public_key, sign_round
from ledger.audit.trust import Trust, parse_trust
from ledger.cli import handling, oversight, steps
from ledger.cli.declaring import declare_key_list
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, format_policy_file
from ledger.log.book import Book
from ledger.office.calendar import Calendar
from ledger.office.cases import Case
from ledger.office.compose import derive_list
from ledger.office.events.calendar import CalendarPublished
from ledger.office.events.cases import CaseReceived
from ledger.office.outcome import Sheet
from ledger.office.policy import SERVICE, read_default_policy
from ledger.office.record import Record
from ledger.proof.encoding import Hex, derive_day, parse_time
from ledger.proof.randomness import Chain, Round, derive_round
from year import hidden
from year.chance import is_one_in, number, pick
from year.district import Size, make_items, make_officers, make_plan, make_street_plan, make_targets

ORIGIN = "simulated.example/double-random"
YEAR = 2027
ORGANISER, SUPERVISOR = "bureau/enforcement", "bureau/legal-publicity"
BASIS = "szse-work-safety-20"
_SECRET = hashlib.sha256(b"the simulated year's chain").digest()
DRAWING_STREETS = ("street/pinghu", "street/buji")


def make_chain() -> Chain:
    """Return the simulation's own chain."""
    public = derive_public_key(_SECRET)
    return Chain(
        "local", Hex(hashlib.sha256(public.encode()).hexdigest()), public, parse_time("2026-01-01T00:00:00Z"), 3
    )


def make_policy() -> dict[str, Any]:
    """Return Longgang's policy with the simulation's chain as its only randomness."""
    chain = make_chain()
    named = {"kind": "local", "hash": chain.hash, "key": chain.key, "genesis": chain.genesis, "period": chain.period}
    randomness = {"chains": [named], "lotteries": {}, "final": [chain.hash], "replacement": chain.hash}
    return {**read_default_policy(), "randomness": randomness}


class Clock:
    """A clock that is set by hand; it never runs back."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> int:
        """Return the time set, in Unix seconds."""
        return self.seconds

    def set(self, day: str, hour: int = 9) -> None:
        """Set it to an hour of a day in Shanghai, unless it is later already; a minute passes in any case."""
        self.seconds = max(self.seconds + 60, parse_time(f"{day}T00:00:00Z") + (hour - 8) * 3600)


class Year:
    """One simulated year. `tell` is given a line for each thing that happens."""

    def __init__(self, folder: Path, size: Size, tell: Callable[[str], None] = print) -> None:
        self.size, self.tell = size, tell
        self.clock = Clock()
        self.chain = make_chain()
        self.calendar = Calendar()
        self.installation = Installation(folder, self.clock)
        self.unpublished: list[str] = []
        self.penalties: list[str] = []
        self.sheets: dict[str, Sheet] = {}
        self._book: Book[Record] | None = None
        self._desk: Desk | None = None

    @property
    def book(self) -> Book[Record]:
        """The log, while the year is lived."""
        assert self._book is not None
        return self._book

    @property
    def desk(self) -> Desk:
        """The desk, with every unit's key."""
        assert self._desk is not None
        return self._desk

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Found the log and hold it open."""
        self.clock.set(f"{YEAR - 1}-11-02")
        self.installation.found(ORIGIN, make_policy())
        with self.installation.open_own_desk() as (book, desk):
            self._book, self._desk = book, desk
            yield

    def live(self) -> None:
        """Live the whole of it."""
        with self.opened():
            self.prepare()
            for month in range(1, self.size.months + 1):
                self.live_month(f"{YEAR}-{month:02d}")
            hidden.reveal_overdue(self)
            self.clock.set(f"{YEAR}-12-31", 17)
            self.witness()

    def witness(self) -> bytes:
        """Have the log cosigned and let time enter the record; return the checkpoint."""
        steps.witness_log(self.desk, SERVICE, self.installation.cosign(self.book))
        return self.installation.cosign(self.book)

    def prepare(self) -> None:
        """December: the calendar, rosters, items and plans of the year to come."""
        self.clock.set(f"{YEAR - 1}-12-01")
        body = CalendarPublished(
            year=YEAR,
            basis="模拟放假通知",
            closed=(f"{YEAR}-01-01", f"{YEAR}-05-03", f"{YEAR}-10-01", f"{YEAR}-10-04", f"{YEAR}-10-05"),
            worked=(f"{YEAR}-10-09",),
        )
        self.desk.submit("calendar.published/1", f"calendar/{YEAR}", body, ORGANISER, SUPERVISOR)
        self.calendar = self.desk.record.calendar
        for sub_roster, rows in make_targets(self.size).items():
            steps.declare_targets(self.desk, YEAR, sub_roster, rows)
            if sub_roster == "major-hazard":
                keyed = [{"id": row["id"], "since": f"{YEAR - 1}-06-01"} for row in rows if row["status"] != "closed"]
                declare_key_list(self.desk, YEAR, sub_roster, derive_list(keyed))
        for unit, officers in make_officers(self.size).items():
            steps.declare_officers(self.desk, YEAR, unit, officers)
        self.clock.set(f"{YEAR - 1}-12-20")
        steps.approve_targets(self.desk, YEAR)
        for roster in ("bureau", *self.desk.policy.streets):
            steps.approve_officers(self.desk, YEAR, roster)
        steps.publish_items(self.desk, f"{YEAR}-1", make_items())
        steps.approve_plan(self.desk, "bureau", YEAR, make_plan(self.size))
        for street in DRAWING_STREETS:
            steps.approve_plan(self.desk, street, YEAR, make_street_plan(street))
        hidden.enrol(self)
        self.witness()
        self.tell(f"{YEAR - 1}-12: {self.size.enterprises} enterprises, rosters and plans approved")

    def derive_trust(self) -> Trust:
        """Return what a reader would trust: the log's key, its witnesses, their quorum."""
        policy = self.desk.record.policies[-1][1]
        return parse_trust(format_policy_file(self.installation.read_log_key().verifier, policy).encode())

    def first_day(self, month: str, after: int = 0) -> str:
        """Return the first working day of a month, or one so many working days after it."""
        day = f"{month}-01"
        while not self.calendar.is_working(day):
            day = self.calendar.add(day, 1).value
        return self.calendar.add(day, after).value

    def live_month(self, month: str) -> None:
        """A month: the bureau's draws, a street's where it is due, a void where there is one, and the cases."""
        is_late = month.endswith("-09")
        self.clock.set(self.first_day(month, 9 if is_late else 1))
        self.witness()
        hidden.reveal_overdue(self)
        slots = []
        for line in self.desk.record.plans.approved["bureau", YEAR][0][1].lines:
            if line.weights[int(month[5:]) - 1]:
                slots += self.draw("bureau", month, line.id, line.kind)
        for street in DRAWING_STREETS:
            if int(month[5:]) % 3 == 2:
                slots += self.draw(street, month, "quarter", "monthly")
        cases = self.assign(slots)
        shown = [subject for subject in cases if subject not in self.desk.record.cases.sealed]
        self.receive(shown)
        self.recuse(cases)
        cases += self.inspect_outside(month)
        self.visit(month, cases)
        self.follow_up(month)
        self.supervise(month, cases)
        self.tell(f"{month}: {len(slots)} draws, {len(cases)} cases")

    def draw(self, office: str, month: str, line: str, kind: str) -> list[str]:
        """Draw a line; in February the first one is voided after its shares were closed, and a new slot follows it."""
        slot = self.run_draw(office, month, line, kind, None)
        if month.endswith("-02") and (office, line) == ("bureau", "monthly"):
            steps.void_draw(self.desk, slot, "procedure-in-error")
            again = self.run_draw(office, month, line, "supplementary", slot)
            return [slot, again]
        return [slot]

    def run_draw(self, office: str, month: str, line: str, kind: str, supplements: str | None) -> str:
        """Bring a slot from its opening to the supervisor's word; return it."""
        desk = self.desk
        units = (desk.office(office).organiser, desk.office(office).supervisor)
        is_sealed = office == "bureau" and hidden.SEALED.get(month[5:]) == line
        mode = "sealed" if is_sealed else "open"
        slot = steps.open_draw(desk, office, month, line, kind, BASIS, supplements, mode=mode)
        steps.freeze_draw(desk, slot, self.clock() + 3600, {})
        shares = {unit: self.make_share(slot, unit) for unit in units}
        if is_sealed:
            hidden.commit(self, slot, shares)
        else:
            for unit, share in shares.items():
                steps.commit_seed(desk, slot, unit, share)
            for unit, share in shares.items():
                steps.reveal_seed(desk, slot, unit, share)
        steps.close_seeds(desk, slot)
        steps.witness_seeds(desk, slot, SERVICE, self.installation.cosign(self.book))
        draw_at = steps.find_draw(desk.record, slot).draw_at
        self.clock.seconds = draw_at + 30
        steps.record_randomness(desk, slot, [self.round_at(draw_at)], units[0])
        outcome = hidden.compute(self, slot) if is_sealed else None
        steps.execute_draw(desk, slot, units[0], outcome)
        steps.attest_draw(desk, slot, outcome)
        return slot

    def make_share(self, slot: str, unit: str) -> str:
        """Return a unit's share of a draw, made of its name."""
        return hashlib.sha256(f"{slot} {unit}".encode()).hexdigest()

    def round_at(self, seconds: int) -> Round:
        """Return the chain's round of a time."""
        found = derive_round(self.chain, seconds)
        return Round(self.chain, found, sign_round(_SECRET, found))

    def assign(self, slots: list[str]) -> list[str]:
        """Hand every sheet to its officers, those of voided draws too: a void can add, never free."""
        sealed = [slot for slot in slots if steps.find_draw(self.desk.record, slot).is_sealed]
        others = [slot for slot in slots if slot not in sealed]
        for slot in others:
            steps.assign_cases(self.desk, slot)
        starts = tuple(f"case/{slot}/" for slot in others)
        cases = [subject for subject in self.desk.record.cases.by_subject if subject.startswith(starts)]
        return cases + [subject for slot in sealed for subject in hidden.assign(self, slot)]

    def recuse(self, cases: list[str]) -> None:
        """One case in thirty loses an officer: to a conflict, an illness, or leave."""
        for subject in cases:
            if is_one_in(30, "recusal", subject):
                case = hidden.find(self, subject) or self.find(subject)
                officer = case.officers[number(2, "who", subject)]
                draw_at = self.clock() + 1200
                reason = pick(("conflict-of-interest", "illness", "leave"), "why", subject)
                steps.recuse_officer(self.desk, subject, officer, reason, draw_at)
                steps.witness_recusal(self.desk, subject, SERVICE, self.installation.cosign(self.book))
                self.clock.seconds = draw_at + 30
                steps.replace_officer(
                    self.desk, subject, officer, self.round_at(draw_at), ORGANISER, case=hidden.find(self, subject)
                )

    def receive(self, cases: list[str]) -> None:
        """The officers' home units receive their tasks; one in twenty-five forgets to."""
        for seat in (0, 1):
            self.desk.hand_in(
                [
                    self.desk.prepare(
                        "case.received/1",
                        subject,
                        CaseReceived(officer=self.find(subject).officers[seat]),
                        self.find(subject).homes[self.find(subject).officers[seat]],
                    )
                    for subject in cases
                    if not is_one_in(25, "unreceived", subject, seat)
                ]
            )

    def inspect_outside(self, month: str) -> list[str]:
        """Inspections that no draw selected (R40): two because of complaints, and a special one."""
        codes = [code for code, one in self.desk.record.targets.approved[YEAR].items() if one.newest.status == "open"]
        officers = [*self.desk.record.officers.approved[YEAR, "bureau"].values()]
        enrolled = [officer.id for officer in officers if officer.enrolled]
        subjects = []
        for turn in range(2):
            first = number(len(enrolled) - 1, "outside", month, turn)
            fields = {
                "kind": "case-based",
                "code": pick(codes, "outside", month, turn),
                "officers": sorted(enrolled[first : first + 2]),
                "items": ["sim-000", "sim-001"],
                "basis": "work-safety-law-62",
                "reason": "举报",
                "complaint": self.complain(month, turn),
            }
            subjects.append(handling.approve_inspection(self.desk, "bureau", fields))
        return [*subjects, *self.inspect_special(month, codes, enrolled)]

    def inspect_special(self, month: str, codes: list[str], enrolled: list[str]) -> list[str]:
        """An inspection that counts towards the cap, two months running of one enterprise, which is then at it."""
        code = pick(codes, "special", (int(month[5:]) - 1) // 2)
        record = self.desk.record
        times = record.draws.selected.get(YEAR, Counter[str]())[code] + record.cases.inspected[YEAR][code]
        if times >= self.desk.policy.yearly_cap:
            return []
        fields = {
            "kind": "special",
            "code": code,
            "officers": sorted(enrolled[:2]),
            "items": ["sim-000"],
            "basis": "work-safety-law-62",
            "reason": "模拟专项检查",
        }
        return [handling.approve_inspection(self.desk, "bureau", fields)]

    def complain(self, month: str, turn: int) -> str:
        """A hazard is reported, and the complaint taken up; return its receipt number."""
        subject = oversight.receive_complaint(
            self.installation, self.desk, "hazard", "phone", f"模拟隐患举报 {month} {turn}"
        )
        oversight.decide_complaint(self.desk, subject)
        return subject.removeprefix("complaint/")

    def follow_up(self, month: str) -> None:
        """What was found wanting is ordered, looked at again, and punished once in four; then the cases end."""
        desk = self.desk
        found = [
            subject
            for subject, case in desk.record.cases.by_subject.items()
            if case.result is not None and case.closed is None and case.problems
        ]
        self.clock.set(self.first_day(month, 15), 9)
        for subject in found:
            handling.order_rectification(desk, subject, self.first_day(month, 17))
            if is_one_in(4, "penalty", subject):
                document = f"模拟罚〔{YEAR}〕{len(self.penalties) + 1}号"
                handling.decide_penalty(desk, subject, document, "fine", derive_day(self.clock()))
                self.penalties.append(subject)
        self.clock.set(self.first_day(month, 16), 9)
        for subject in found:
            handling.reinspect(desk, subject, derive_day(self.clock()))
        closing = [
            (subject, case)
            for subject, case in desk.record.cases.by_subject.items()
            if case.result is not None and case.closed is None and not case.problems
        ]
        for subject, case in closing:
            assert case.result is not None
            mended = "rectified" if case.result.result == "rectification-ordered" else case.result.result
            handling.close_case(desk, subject, mended)

    def supervise(self, month: str, cases: list[str]) -> None:
        """Complaints, a notice over what was never visited, training; a correction and a withdrawal in the spring."""
        desk = self.desk
        for turn in range(number(3, "complaints", month)):
            subject = oversight.receive_complaint(
                self.installation, desk, "unfair-draw", "letter", f"模拟举报 {month} {turn}"
            )
            oversight.decide_complaint(desk, subject)
            oversight.answer_complaint(self.installation, desk, subject, "unfounded", "模拟答复", "抽取可以核验")
        cases = [subject for subject in cases if subject not in desk.record.cases.sealed]
        lying = [subject for subject in cases if self.find(subject).visit is None]
        if lying:
            host = self.find(lying[0]).host
            notice = oversight.issue_notice(desk, host, "visit-overdue", "请说明原因", lying[:5])
            oversight.answer_notice(desk, notice, "模拟答复")
            oversight.settle_notice(desk, notice, "accepted")
        attended = [*desk.record.officers.approved[YEAR, "street/pinghu"]][:3]
        oversight.hold_training(desk, "street/pinghu", derive_day(self.clock()), "模拟培训", 2, attended)
        published = [subject for subject in cases if self.find(subject).published is not None]
        if month.endswith("-03") and published:
            handling.withdraw(desk, published[0], "result", "entered-in-error", derive_day(self.clock()))
            handling.correct_result(desk, published[0], "transferred", "模拟更正", "误录")
            handling.publish_result(desk, published[0])

    def find(self, subject: str) -> Case:
        """Return a case."""
        return self.desk.record.cases.by_subject[subject]

    def visit(self, month: str, cases: list[str]) -> None:
        """Visits on eight working days; one case in forty is never visited, one in fifty published too late."""
        self.clock.seconds += 3600  # a visit takes an hour, and begins once its officers are on the case
        visited = [subject for subject in cases if not is_one_in(40, "unvisited", subject)]
        for turn in range(8):
            today = [subject for subject in visited if number(8, "day", subject) == turn]
            self.clock.set(self.first_day(month, 2 + turn), 15)
            hidden.disclose(self, today)
            self.desk.hand_in([self.prepare_visit(subject) for subject in today])
            self.desk.hand_in([self.prepare_result(subject) for subject in today])
        self.clock.set(self.first_day(month, 14), 10)
        timely = [subject for subject in visited if not is_one_in(50, "late", subject)]
        self.desk.hand_in([self.prepare_publication(subject) for subject in timely])
        if int(month[5:]) % 2 == 0:  # what was left lying two months ago and since
            self.desk.hand_in([self.prepare_publication(subject) for subject in self.unpublished])
            self.unpublished.clear()
        self.unpublished += [subject for subject in visited if subject not in timely]

    def prepare_visit(self, subject: str) -> bytes:
        """Sign a visit: one in five finds a problem on its first item."""
        case = self.find(subject)
        wrong = case.items[:1] if is_one_in(5, "problem", subject) else ()
        body = handling.derive_visit(case, self.clock() - 3600, self.clock(), wrong)
        return handling.prepare_visit(self.desk, subject, body)

    def prepare_result(self, subject: str) -> bytes:
        """Sign what the host section hands in."""
        case = self.find(subject)
        assert case.visit is not None
        has_problem = any(item.finding == "problem" for item in case.visit.items)
        found = ("rectification-ordered", "责令限期整改一项") if has_problem else ("no-problem", "未发现问题")
        return self.desk.prepare("result.submitted/1", subject, handling.derive_result(*found), case.host)

    def prepare_publication(self, subject: str) -> bytes:
        """Sign what the organiser publishes."""
        case = self.find(subject)
        organiser = self.desk.office(case.office).organiser
        return self.desk.prepare("result.published/1", subject, handling.derive_publication(case), organiser)

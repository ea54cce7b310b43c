"""What is due, overdue, or was done late: by host section, and by the officers' home section (R15, R16).

Days are working days by the calendar in the log, from the day after what starts the clock; a deadline that reaches into
a year without its calendar is provisional, and says so.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from ledger.proof.encoding import derive_day
from ledger.views.fold import Fold
from ledger.views.rows import CaseRow

KINDS = (
    "receipt",
    "visit",
    "result",
    "publication",
    "penalty-publication",
    "withdrawal",
    "rectification",
    "outcome",
    "attestation",
    "assignment",
    "opening",
    "reveal",
    "complaint-decision",
    "complaint-answer",
    "notice-answer",
    "opinion-answer",
    "filing",
    "certificate",
    "roster-declaration",
    "roster",
)
"""What can be due, in the order of the list."""


class Due(NamedTuple):
    """Something that is not done yet.

    unit   who owes it: the host section; for a receipt or a visit the officers' home units too, in `homes`
    due    the day by which
    """

    kind: str
    subject: str
    unit: str
    due: str
    is_provisional: bool
    homes: tuple[str, ...] = ()

    def is_overdue(self, today: str) -> bool:
        """Tell whether its day has passed."""
        return self.due < today


CERTIFICATE_NOTICE_DAYS = 60
"""How many days before it expires an officer's certificate is on the list."""


def find_due(folded: Fold, today: str) -> list[Due]:
    """Return everything that is to be done, as of a day: the earliest first."""
    found = [
        *(due for case in folded.cases.values() if not case.cancelled for due in _of_case(folded, case, today)),
        *_of_draws(folded, today),
        *_of_months(folded, today),
        *_of_supervision(folded, today),
        *_of_certificates(folded, today),
        *_of_rosters(folded, today),
    ]
    return sorted(found, key=lambda one: (one.due, KINDS.index(one.kind), one.subject))


def _of_case(folded: Fold, case: CaseRow, today: str) -> Iterator[Due]:
    periods = folded.policy(today)["periods"]
    homes = tuple(sorted({folded.homes.get(officer, "") for officer in case.officers}))
    if case.visited is None and case.closed is None:
        waiting = [one for one in case.officers if one not in case.received and one not in case.recused]
        if waiting and case.slot is not None:
            day = folded.calendar.add(max(case.began, case.staffed), periods["receipt_working_days"])
            own = tuple(sorted({folded.homes.get(officer, "") for officer in waiting}))
            yield Due("receipt", case.subject, case.host, day.value, day.is_provisional, own)
        yield Due("visit", case.subject, case.host, case.due, False, homes)
        return
    if case.visited is None:
        return
    public_by = folded.calendar.add(case.visited, periods["result_publication_working_days"])
    if case.submitted is None:
        yield Due("result", case.subject, case.host, public_by.value, public_by.is_provisional, homes)
    elif case.first_published is None:
        organiser = folded.party(case.office, "organiser", today)
        yield Due("publication", case.subject, organiser, public_by.value, public_by.is_provisional)
    if case.stale_since is not None:
        day = folded.calendar.add(case.stale_since, periods["withdrawal_working_days"])
        organiser = folded.party(case.office, "organiser", today)
        yield Due("withdrawal", case.subject, organiser, day.value, day.is_provisional)
    if case.ordered_due is not None:
        yield Due("rectification", case.subject, case.host, case.ordered_due, False, homes)
    if case.penalty_decided is not None and case.first_penalty_published is None:
        day = folded.calendar.add(case.penalty_decided, periods["penalty_publication_working_days"])
        organiser = folded.party(case.office, "organiser", today)
        yield Due("penalty-publication", case.subject, organiser, day.value, day.is_provisional)


def _of_draws(folded: Fold, today: str) -> Iterator[Due]:
    assigned = Counter(case.slot for case in folded.cases.values())
    for draw in folded.draws.values():
        if draw.owes_outcome and draw.draw_at is not None:
            organiser = folded.party(draw.office, "organiser", today)
            yield Due("outcome", f"draw/{draw.slot}", organiser, derive_day(draw.draw_at), False)
        if draw.executed is not None and draw.mode == "sealed" and draw.revealed is None:
            organiser, days = folded.party(draw.office, "organiser", today), folded.policy(draw.opened)["periods"]
            day_due = derive_day((draw.draw_at or 0) + days["visit_days"] * 86_400)
            yield Due("reveal", f"draw/{draw.slot}", organiser, day_due, False)
        if draw.executed is not None and draw.attested is None:
            supervisor = folded.party(draw.office, "supervisor", today)
            day = folded.calendar.add(draw.executed, folded.policy(today)["periods"]["receipt_working_days"])
            yield Due("attestation", f"draw/{draw.slot}", supervisor, day.value, day.is_provisional)
        elif draw.attested is not None and assigned[draw.slot] < draw.drawn:
            organiser = folded.party(draw.office, "organiser", today)
            day = folded.calendar.add(draw.attested, folded.policy(today)["periods"]["receipt_working_days"])
            yield Due("assignment", f"draw/{draw.slot}", organiser, day.value, day.is_provisional)


def _of_months(folded: Fold, today: str) -> Iterator[Due]:
    """The monthly draws that are to be opened, and those that were opened late and have no outcome yet (R22, Q10)."""
    opened = {(draw.slot.rpartition("/")[0], draw.line) for draw in folded.draws.values()}
    waiting = [
        (month, f"{month} {line}") for month, line in _monthly_lines(folded, today) if (month, line) not in opened
    ]
    for draw in folded.draws.values():
        if draw.executed is None and draw.voided is None and is_opened_late(folded, draw.slot):
            waiting.append((draw.slot.rpartition("/")[0], draw.slot))
    days = folded.policy(today)["periods"]["month_start_working_days"]
    for place, named in waiting:
        office, _, month = place.rpartition("/")
        day = folded.calendar.month_start(month, days)
        yield Due("opening", f"draw/{named}", folded.party(office, "organiser", today), day.value, day.is_provisional)


def _monthly_lines(folded: Fold, today: str) -> Iterator[tuple[str, str]]:
    """Yield (office and month, line) for each monthly line of the year's newest plans, up to this month."""
    for (office, year), plans in folded.plans.items():
        first, newest = plans[0][0][:7], plans[-1][1]
        for line in newest["lines"] if str(year) == today[:4] else ():
            for number, weight in enumerate(line["weights"], start=1):
                month = f"{year}-{number:02d}"
                if line["kind"] == "monthly" and weight and first <= month <= today[:7]:
                    yield f"{office}/{month}", line["id"]


def _of_supervision(folded: Fold, today: str) -> Iterator[Due]:
    policy = folded.policy(today)
    periods, bureau = policy["periods"], policy["offices"]["bureau"]
    for complaint in folded.complaints.values():
        if complaint.decided is None:
            day = folded.calendar.add(complaint.received, periods["complaint_receipt_working_days"])
            kind = "complaint-decision"
        elif complaint.decision == "accepted" and complaint.answered is None:
            day = folded.calendar.add(complaint.decided, periods["complaint_answer_working_days"])
            kind = "complaint-answer"
        else:
            continue
        handler = bureau["leader"] if complaint.of == bureau["supervisor"] else bureau["supervisor"]
        yield Due(kind, complaint.subject, handler, day.value, day.is_provisional)
    for kind, asked in (("notice-answer", folded.notices), ("opinion-answer", folded.opinions)):
        for one in asked.values():
            if one.answered is None and one.settled is None:
                day = folded.calendar.add(one.issued, periods["notice_answer_working_days"])
                yield Due(kind, one.subject, one.to, day.value, day.is_provisional)
    year = int(today[:4])
    for street, office in policy["offices"].items():
        if street.startswith("street/") and (street, year) not in folded.filings:
            yield Due("filing", f"filing/{street}/{year}", office["organiser"], f"{year}-{policy['filing_due']}", False)


def _of_certificates(folded: Fold, today: str) -> Iterator[Due]:
    """Give the certificates of officers enrolled and in post that run out soon, or have run out (R20)."""
    for officer, certified in folded.certified.get(int(today[:4]), {}).items():
        first = date.fromisoformat(certified.until) - timedelta(days=CERTIFICATE_NOTICE_DAYS)
        if certified.is_needed and first.isoformat() <= today:
            yield Due("certificate", f"officer/{officer}", certified.unit, certified.until, False)


def _of_rosters(folded: Fold, today: str) -> Iterator[Due]:
    """Yield the rosters that are not approved: this year's, and in the month in which they are due the next year's.

    A street whose officers no declaration of the year names owes that declaration first, not its supervisor the
    approval; one that never had officers owes nothing: the fallback serves there.
    """
    policy = folded.policy(today)
    offices = [office for office in policy["offices"] if office == "bureau" or office.startswith("street/")]
    for year in (int(today[:4]), int(today[:4]) + 1):
        due = f"{year - 1}-{policy['roster_due']}"
        subjects = {f"targets/{year}": policy["offices"]["bureau"]["organiser"]}
        subjects |= {f"officers/{year}/{office}": policy["offices"][office]["supervisor"] for office in offices}
        for subject, unit in subjects.items():
            if subject in folded.approved or today[:7] < due[:7]:
                continue
            street = subject.partition("/street/")[2]
            if not street or subject in folded.declared:
                yield Due("roster", subject, unit, due, False)
            elif f"street/{street}" in folded.homes.values():
                yield Due("roster-declaration", subject, policy["offices"][f"street/{street}"]["organiser"], due, False)


def is_approved_late(folded: Fold, subject: str) -> bool:
    """Tell whether a roster was approved after its day of the year before (R19, R32)."""
    day, year = folded.approved[subject], int(subject.split("/")[1])
    return day > f"{year - 1}-{folded.policy(day)['roster_due']}"


def is_published_late(folded: Fold, case: CaseRow) -> bool:
    """Tell whether a result was made public after its time."""
    if case.visited is None or case.first_published is None:
        return False
    days = folded.policy(case.first_published)["periods"]["result_publication_working_days"]
    return case.first_published > folded.calendar.add(case.visited, days).value


def is_opened_late(folded: Fold, slot: str) -> bool:
    """Tell whether a monthly draw was opened after the first working days of its month (月初; R22, Q10)."""
    draw = folded.draws[slot]
    month = slot.rsplit("/", 2)[1]
    days = folded.policy(draw.opened)["periods"]["month_start_working_days"]
    return draw.kind == "monthly" and draw.opened > folded.calendar.month_start(month, days).value

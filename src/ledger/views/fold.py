"""Entries into rows, one after the other: the same rows whether kept running or built again from nothing.

An entry has been checked before it comes here, so it is read for what it says: one JSON line, and a handler for its
type. To see the record as it stood at an index or on a day, stop there.
"""

import json
from collections.abc import Callable, Iterable

from ledger.office.events.calendar import CalendarPublished
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import derive_day, parse_time
from ledger.proof.note import parse_note
from ledger.views.rows import CaseRow, Certified, ComplaintRow, DrawRow, Fields, NoticeRow, Tables

COSIGNATURE_BYTES = 72
"""A witness's line carries its time before its 64 bytes of signature (C2SP tlog-cosignature)."""


STEPWISE = ("draw/", "case/", "inspection/", "complaint/", "notice/", "opinion/")
"""Subjects of which every entry builds on those before it. Those of the others stand each for itself."""


def read_event(entry: bytes) -> Fields:
    """Return what an entry says: its second line."""
    event: Fields = json.loads(entry[entry.index(b"\n") + 1 : entry.index(b"\n\n")])
    return event


class Fold(Tables):
    """The rows so far. `take` takes the next entry."""

    __slots__ = ()

    def take(self, entry: bytes, until: str | None = None) -> str:
        """Take the next entry in, and return its day; pass over one that is of a later day than one given."""
        self.index += 1
        event = read_event(entry)
        # A signer's clock may lag as far as it likes behind: what witnesses have attested before is a bound (T9).
        day = max(derive_day(parse_time(event["at"])), self.attested)
        if until is not None and day > until:
            if event["subject"].startswith(STEPWISE):
                self.passed_over.add(event["subject"])
            return day
        handle = HANDLERS.get(event["type"])
        if handle is not None and event["subject"] not in self.passed_over:
            self.day = day
            handle(self, event, event["body"])
        self.size += 1
        return day


def fold(entries: Iterable[bytes], until: str | None = None) -> Fold:
    """Fold entries into rows; those of a day and before, where one is given.

    An entry belongs to the day that its signer claims (docs/spec/events.md, section 7): one that is claimed later is
    passed over, and so is what builds on it: whatever follows on the same draw, case, complaint, notice or opinion, and
    the cases of a draw that is not attested by then.
    """
    folded = Fold()
    for entry in entries:
        folded.take(entry, until)
    return folded


def count_until(entries: Iterable[bytes], until: str) -> int:
    """Return how many entries there are up to the last one that is of a day or of one before; 0 if none is."""
    folded, size = Fold(), 0
    for number, entry in enumerate(entries, start=1):
        if folded.take(entry) <= until:
            size = number
    return size


Handler = Callable[[Fold, Fields, Fields], None]
HANDLERS: dict[str, Handler] = {}
"""Event type -> what it changes in the rows. Types that no row shows are not here."""


def _handles(*types: str) -> Callable[[Handler], Handler]:
    def enter(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(types, handler))
        return handler

    return enter


@_handles("log.founded/1", "policy.adopted/1")
def _adopt(folded: Fold, event: Fields, body: Fields) -> None:
    folded.policies.append((folded.index, parse_time(event["at"]), body["policy"]))


@_handles("checkpoint.witnessed/1", "seeds.witnessed/1", "recusal.witnessed/1")
def _attest_time(folded: Fold, event: Fields, body: Fields) -> None:
    quorum = folded.policy(folded.day)["witnesses"]["quorum"]
    note = parse_note(body["checkpoint"].encode())
    lines = [line.signature for line in note.signatures]
    times = sorted(int.from_bytes(line[:8], "big") for line in lines if len(line) == COSIGNATURE_BYTES)
    if 0 < quorum <= len(times):
        folded.attested = max(folded.attested, derive_day(times[quorum - 1]))
        folded.witnessed.append((parse_checkpoint(note.text).size, times[quorum - 1]))


@_handles("calendar.published/1")
def _publish_calendar(folded: Fold, event: Fields, body: Fields) -> None:
    folded.calendar.publish(CalendarPublished.model_validate(body))


def _certify(row: Fields) -> Certified:
    return Certified(row["unit"], row["certificate_until"], row["enrolled"] and row["in_post"])


@_handles("rows.listed/1")
def _list(folded: Fold, event: Fields, body: Fields) -> None:
    if "certificate_until" in body["rows"][0]:  # officers, if a section declares them; other rows are in the registries
        root = event["subject"].split("/")[1]
        folded.listed.setdefault(root, {}).update((row["id"], _certify(row)) for row in body["rows"])


@_handles("officers.declared/1")
def _declare_officers(folded: Fold, event: Fields, body: Fields) -> None:
    folded.declared.add(event["subject"].partition("/of/")[0])
    officers = folded.listed.get(body["list"]["root"], {})
    folded.homes.update((id, officer.unit) for id, officer in officers.items())
    folded.certified.setdefault(body["year"], {}).update(officers)


@_handles("officer.changed/1")
def _change_officer(folded: Fold, event: Fields, body: Fields) -> None:
    id, officer = body["officer"]["id"], _certify(body["officer"])
    folded.homes[id] = officer.unit
    folded.certified.setdefault(body["year"], {})[id] = officer


@_handles("officers.approved/1")
def _approve_officers(folded: Fold, event: Fields, body: Fields) -> None:
    folded.coverage[body["roster"]] = (body["year"], body["enrolled"], body["certified_in_post"])
    folded.approved[event["subject"]] = folded.day


@_handles("targets.approved/1")
def _approve_targets(folded: Fold, event: Fields, body: Fields) -> None:
    folded.approved[event["subject"]] = folded.day


@_handles("plan.approved/1")
def _approve_plan(folded: Fold, event: Fields, body: Fields) -> None:
    folded.plans.setdefault((body["office"], body["year"]), []).append((folded.day, body))


def _slot(event: Fields) -> str:
    return str(event["subject"].partition("/")[2])


@_handles("draw.opened/1")
def _open(folded: Fold, event: Fields, body: Fields) -> None:
    slot = _slot(event)
    folded.draws[slot] = DrawRow(
        slot=slot,
        office=slot.rsplit("/", 2)[0],
        kind=body["kind"],
        mode=body["mode"],
        line=body["line"],
        opened=folded.day,
        supplements=body.get("supplements"),
        lead=body.get("lead"),
        participants=tuple(body.get("participants", ())),
    )


@_handles("draw.frozen/1")
def _freeze(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.draws[_slot(event)]
    row.draw_at, row.eligible = parse_time(body["draw_at"]), body["pool"]["eligible"]


@_handles("seeds.closed/1")
def _close(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.draws[_slot(event)]
    row.closed, row.missing = folded.day, tuple(body["missing"])
    giving = {party for party in body["shares"] if row.mode == "open" or not party.startswith("dice:")}
    if len({party.removeprefix("dice:") for party in giving}) < 2:
        row.voided, row.void_reason = folded.day, "too-few-shares"


@_handles("randomness.recorded/1")
def _record_randomness(folded: Fold, event: Fields, body: Fields) -> None:
    folded.draws[_slot(event)].randomness = folded.day


@_handles("draw.executed/1")
def _execute(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.draws[_slot(event)]
    row.executed = folded.day
    row.drawn = sum(stratum["drawn"] for stratum in body["strata"])
    row.shortfall = sum(stratum["shortfall"] for stratum in body["strata"])


@_handles("draw.attested/1")
def _attest(folded: Fold, event: Fields, body: Fields) -> None:
    folded.draws[_slot(event)].attested = folded.day


@_handles("draw.revealed/1")
def _reveal(folded: Fold, event: Fields, body: Fields) -> None:
    folded.draws[_slot(event)].revealed = folded.day


@_handles("draw.voided/1")
def _void(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.draws[_slot(event)]
    row.voided, row.void_reason = folded.day, body["reason"]


@_handles("case.assigned/1")
def _assign(folded: Fold, event: Fields, body: Fields) -> None:
    slot = _slot(event).rpartition("/")[0]
    draw = folded.draws.get(slot)
    if draw is None or draw.draw_at is None or draw.attested is None:
        folded.passed_over.add(event["subject"])
        return
    days = folded.policy(draw.opened)["periods"]["visit_days"]
    folded.cases[event["subject"]] = CaseRow(
        subject=event["subject"],
        office=draw.office,
        host=event["unit"] if "code" in body else folded.party(draw.office, "organiser", folded.day),
        code=body.get("code", ""),
        officers=[*body.get("officers", ())],
        slot=slot,
        kind=draw.kind,
        assigned=folded.day,
        began=draw.attested,
        due=derive_day(draw.draw_at + days * 86_400),
    )


@_handles("case.disclosed/1")
def _disclose(folded: Fold, event: Fields, body: Fields) -> None:
    row, sheet = folded.cases[event["subject"]], body["sheet"]
    row.host, row.code, row.officers = sheet["host"], sheet["id"], [*sheet["officers"]]
    for recused, officer in row.followed.items():
        row.officers = [officer if one == recused else one for one in row.officers]


@_handles("inspection.approved/1")
def _approve(folded: Fold, event: Fields, body: Fields) -> None:
    at, days = parse_time(event["at"]), folded.policy(folded.day)["periods"]["visit_days"]
    folded.cases[event["subject"]] = CaseRow(
        subject=event["subject"],
        office=_slot(event).rsplit("/", 2)[0],
        host=event["unit"],
        code=body["code"],
        officers=[*body["officers"]],
        slot=None,
        kind=body["kind"],
        assigned=folded.day,
        began=folded.day,
        due=derive_day(at + days * 86_400),
    )


@_handles("inspection.cancelled/1")
def _cancel(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].cancelled = folded.day


@_handles("case.received/1")
def _receive(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].received[body["officer"]] = folded.day


@_handles("case.urged/1")
def _urge(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].urged += 1


@_handles("officer.recused/1")
def _recuse(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].recused.append(body["officer"])
    folded.recusals.append((folded.day, event["subject"], body["officer"], body["reason"]))


@_handles("officer.replaced/1")
def _replace(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.officers = [body["officer"] if one == body["recused"] else one for one in row.officers]
    row.followed[body["recused"]], row.staffed = body["officer"], folded.day


@_handles("visit.scanned/1")
def _scan(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].scanned = derive_day(parse_time(body["scanned"]))


@_handles("visit.recorded/1")
def _visit(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.visited, row.entered = body["visited"], folded.day
    row.problems = sum(item["finding"] == "problem" for item in body["items"])


@_handles("rectification.ordered/1")
def _order(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].ordered_due = body["due"]


@_handles("case.reinspected/1")
def _reinspect(folded: Fold, event: Fields, body: Fields) -> None:
    folded.cases[event["subject"]].ordered_due = None


@_handles("result.submitted/1", "result.corrected/1")
def _submit(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.submitted, row.result = row.submitted or folded.day, body["result"]
    if event["type"] == "result.corrected/1":
        row.corrected.append(folded.day)
        if row.published is not None:
            row.stale_since = row.stale_since or folded.day


@_handles("result.published/1")
def _publish(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.published, row.first_published, row.stale_since = folded.day, row.first_published or folded.day, None


@_handles("penalty.decided/1")
def _decide_penalty(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.penalty_decided, row.penalty_entered = body["decided"], folded.day


@_handles("penalty.published/1")
def _publish_penalty(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.penalty_published = folded.day
    row.first_penalty_published = row.first_penalty_published or folded.day


@_handles("publication.withdrawn/1")
def _withdraw(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.withdrawn.append(folded.day)
    if body["of"] == "result":
        row.published = row.stale_since = None
    else:
        row.penalty_published = None


@_handles("case.closed/1")
def _close_case(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.cases[event["subject"]]
    row.closed, row.outcome = folded.day, body["outcome"]


@_handles("complaint.received/1")
def _complain(folded: Fold, event: Fields, body: Fields) -> None:
    subject = event["subject"]
    folded.complaints[subject] = ComplaintRow(subject, body["kind"], folded.day, body.get("of"))


@_handles("complaint.accepted/1", "complaint.passed/1", "complaint.declined/1")
def _decide_complaint(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.complaints[event["subject"]]
    row.decided, row.decision = folded.day, event["type"].partition(".")[2].partition("/")[0]


@_handles("complaint.answered/1")
def _answer_complaint(folded: Fold, event: Fields, body: Fields) -> None:
    row = folded.complaints[event["subject"]]
    row.answered, row.outcome = folded.day, body["outcome"]


@_handles("notice.issued/1")
def _issue_notice(folded: Fold, event: Fields, body: Fields) -> None:
    folded.notices[event["subject"]] = NoticeRow(event["subject"], body["to"], folded.day)


@_handles("notice.answered/1")
def _answer_notice(folded: Fold, event: Fields, body: Fields) -> None:
    folded.notices[event["subject"]].answered = folded.day


@_handles("notice.settled/1")
def _settle_notice(folded: Fold, event: Fields, body: Fields) -> None:
    folded.notices[event["subject"]].settled = body["outcome"]


@_handles("opinion.given/1")
def _give_opinion(folded: Fold, event: Fields, body: Fields) -> None:
    folded.opinions[event["subject"]] = NoticeRow(event["subject"], body["to"], folded.day)


@_handles("opinion.answered/1")
def _answer_opinion(folded: Fold, event: Fields, body: Fields) -> None:
    folded.opinions[event["subject"]].answered = folded.day


@_handles("filing.made/1")
def _file(folded: Fold, event: Fields, body: Fields) -> None:
    street, _, year = event["subject"].removeprefix("filing/").rpartition("/")
    folded.filings.setdefault((street, int(year)), folded.day)


@_handles("training.held/1")
def _train(folded: Fold, event: Fields, body: Fields) -> None:
    office = event["subject"].removeprefix("training/").rsplit("/", 2)[0]
    folded.trainings.append((office, folded.day, len(body["attended"])))


@_handles("bulletin.issued/1")
def _issue_bulletin(folded: Fold, event: Fields, body: Fields) -> None:
    folded.bulletins[event["subject"]] = body

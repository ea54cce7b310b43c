"""The rows of the public API: derived from the published log, cut to what its policy lets be public."""

from collections import Counter
from typing import Any

from ledger.office.cases import Case as CaseState
from ledger.office.draws import Draw as DrawState
from ledger.office.policy import Policy
from ledger.office.results import derive_draw_outcome
from ledger.proof.draw import derive_sub_seed
from ledger.proof.encoding import derive_day, format_time
from ledger.views.deadlines import Due
from ledger.views.registries import show_name

from ..published import Published
from .derived import find_cases, find_overdue, make_id
from .models import Case, Draw, DrawnStratum, OverdueRow, Selected, Station


def find_draw(published: Published, id: str) -> DrawState | None:
    """Return the draw of an id."""
    return next((draw for slot, draw in published.record.draws.by_slot.items() if make_id(slot) == id), None)


def derive_draw_row(published: Published, draw: DrawState) -> dict[str, Any]:
    """Return the fields of a DrawRow."""
    row = published.rows.draws[draw.slot]
    return {
        "id": make_id(draw.slot),
        "slot": draw.slot,
        "office": draw.office,
        "month": draw.month,
        "kind": draw.opened.kind,
        "mode": draw.opened.mode,
        "line": draw.opened.line,
        "supplements": draw.opened.supplements,
        "opened": row.opened,
        "executed": row.executed,
        "attested": draw.attested,
        "revealed": row.revealed,
        "voided": draw.voided,
        "pool": draw.ground.pool_ref.count,
        "eligible": draw.ground.pool_ref.eligible,
        "drawn": derive_draw_outcome(draw).ref.count if draw.has_outcome else None,
    }


def derive_draw(published: Published, draw: DrawState) -> Draw:
    """Return a draw with all that stands in the record of it."""
    outcome = derive_draw_outcome(draw) if draw.has_outcome else None
    attempts = [
        slot
        for slot, one in published.record.draws.by_slot.items()
        if (one.office, one.month) == (draw.office, draw.month)
    ]
    return Draw(
        size=published.size,
        **derive_draw_row(published, draw),
        seed=None if outcome is None else outcome.seed,
        outcome_root=outcome.ref.root if outcome else draw.claimed.root if draw.claimed else None,
        attempts=attempts,
        stations=list_stations(published, f"draw/{draw.slot}"),
        strata=_derive_strata(draw),
        selected=_derive_selected(draw),
        overdue=[derive_overdue(published, one) for one in find_overdue(published, draw.slot)],
    )


def _derive_strata(draw: DrawState) -> list[DrawnStratum]:
    outcome = derive_draw_outcome(draw) if draw.has_outcome else None
    drawn = {stratum.id: stratum for stratum in outcome.strata} if outcome else {}
    rows = []
    for stratum in draw.ground.strata:
        leaves = (leaf.excluded for leaf in draw.ground.pool if leaf.stratum == stratum.id and leaf.excluded)
        found = drawn.get(stratum.id)
        rows.append(
            DrawnStratum(
                id=stratum.id,
                eligible=stratum.eligible,
                quota=stratum.quota,
                is_directed=bool(stratum.directed),
                excluded=dict(sorted(Counter(leaves).items())),
                drawn=None if found is None else found.drawn,
                sub_seed=None if outcome is None else derive_sub_seed(outcome.seed, "pool", stratum.id),
                threshold=None if found is None else found.largest_ticket,
            )
        )
    return rows


def _derive_selected(draw: DrawState) -> list[Selected]:
    if not draw.has_outcome:
        return []
    shown = draw.policy.publication
    names = {leaf.target.id: leaf.target.name for leaf in draw.ground.pool}
    return [
        Selected(
            number=sheet.number,
            code=sheet.code if shown.code == "public" else "",
            name=show_name(shown.name, names[sheet.code]),
            stratum=sheet.stratum,
            host=sheet.host,
            officers=list(sheet.officers) if shown.officers != "internal" else [],
            deadline=sheet.deadline,
        )
        for sheet in derive_draw_outcome(draw).sheets
    ]


def list_stations(published: Published, subject: str) -> list[Station]:
    """Return a subject's events, without what they say: that stands in the log."""
    prefix = f"{published.record.origin}/"
    return [
        Station(
            index=index,
            at=format_time(event.at),
            type=event.type,
            unit=event.unit,
            signed=[line.name.removeprefix(prefix) for line in event.signatures],
        )
        for index, event in published.events(subject)
    ]


def derive_overdue(published: Published, due: Due) -> OverdueRow:
    """Return what is overdue; whose certificate it is stays out where officers are not public."""
    is_hidden = due.kind == "certificate" and published.in_force.publication.officers == "internal"
    subject = "officer" if is_hidden else due.subject
    return OverdueRow(kind=due.kind, subject=subject, unit=due.unit, due=due.due, is_provisional=due.is_provisional)


def policy_of(published: Published, case: CaseState) -> Policy:
    """Return the policy by which a case is published: its draw's, or for one without a draw the one in force."""
    return published.in_force if case.drawn is None else case.draw.policy


def derive_case_row(published: Published, subject: str) -> dict[str, Any]:
    """Return the fields of a CaseRow."""
    case = published.record.cases.by_subject[subject]
    shown, row = policy_of(published, case).publication, published.rows.cases[subject]
    year = int(derive_day(case.since)[:4])
    listing = published.record.targets.approved.get(year, {}).get(case.code)
    public = case.shown if case.published is not None else None
    return {
        "id": make_id(subject.partition("/")[2]),
        "subject": subject,
        "slot": None if case.drawn is None else case.draw.slot,
        "kind": row.kind,
        "code": case.code if shown.code == "public" else "",
        "name": show_name(shown.name, listing.newest.name) if listing else "",
        "host": case.host,
        "officers": list(case.officers) if shown.officers != "internal" else [],
        "due": row.due,
        "visited": row.visited if shown.date == "public" else None,
        "result": public.result if public is not None and shown.result == "public" else None,
        "summary": public.summary if public is not None and shown.summary == "public" else None,
        "published": row.published,
        "closed": row.closed,
    }


def list_cases(published: Published, slot: str | None, is_published: bool | None) -> list[str]:
    """Return the subjects of the cases, of one slot if one is given, and those whose result is public, or is not."""
    return [
        subject
        for subject, case in published.record.cases.by_subject.items()
        if (slot is None or (case.drawn is not None and case.draw.slot == slot))
        and (is_published is None or (case.published is not None) == is_published)
    ]


def find_case(published: Published, id: str) -> Case | None:
    """Return the case of an id."""
    subject = find_cases(published).get(id)
    if subject is None:
        return None
    items = list(published.record.cases.by_subject[subject].items)
    fields = derive_case_row(published, subject)
    return Case(size=published.size, **fields, items=items, steps=list_stations(published, subject))

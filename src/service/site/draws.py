"""What a draw's page shows beside its stations: the strata with their tickets, who was left out, cases and load."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ledger.audit.readme import derive_marks
from ledger.audit.remarks import derive_remarks
from ledger.cli.words import KINDS, VOID_REASONS
from ledger.cli.words import STATIONS as STAGES
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.views.registries import show_name

from ..published import Published
from .figures import draw_load, draw_tickets
from .language import Language
from .naming import name_slot, name_stratum

EXCLUSIONS = {
    "closed": ("已关闭", "closed"),
    "suspended": ("已停业", "work suspended"),
    "cap-reached": ("本年抽中次数已达上限", "drawn as often as it may be this year"),
}
"""Why an enterprise stands in a pool and cannot be drawn."""

OFFICER_EXCLUSIONS = {
    "not-enrolled": ("未入库", "not enrolled"),
    "not-in-post": ("不在编或不在岗", "not on the establishment, or not in post"),
    "certificate-expired": ("执法证件过期", "certificate expired"),
}


def tell_status(draw: Draw, t: Language) -> str:
    """Return how far a draw is, in a few words."""
    if draw.voided:
        return t("作废：", "void: ") + t.meaning(VOID_REASONS, draw.voided)
    if draw.attested is False:
        return t("监督科室复核不一致", "the supervisor disagrees")
    if draw.owes_reveal:
        return t("密封：结果已锁定，检查结束后公开", "sealed: the outcome is fixed, and shown after the visits")
    reached = {
        "attested": draw.attested is not None,
        "executed": draw.executed,
        "randomness": draw.results is not None,
        "witnessed": draw.witnessed_at is not None,
        "closed": draw.closed is not None,
        "frozen": draw.frozen is not None,
    }
    return t.meaning(STAGES, next((station for station, is_reached in reached.items() if is_reached), "opened"))


def tell_mode(draw: Draw, t: Language) -> str:
    """Return whether a draw's outcome is shown at once, or after the visits."""
    return t("密封抽取", "sealed") if draw.is_sealed else t("公开抽取", "open")


def list_draws(published: Published, t: Language) -> list[dict[str, Any]]:
    """Return a row for each slot, the newest first; every attempt is there, void ones too."""
    return [
        {
            "slot": draw.slot,
            "name": name_slot(draw.slot, draw.policy, t),
            "month": (draw.office, draw.month),
            "kind": t.meaning(KINDS, draw.opened.kind),
            "status": tell_status(draw, t),
            "voided": bool(draw.voided),
            "mode": tell_mode(draw, t),
            "supplements": draw.opened.supplements and name_slot(draw.opened.supplements, draw.policy, t),
            "pool": draw.ground.pool_ref.count,
            "drawn": derive_draw_outcome(draw).ref.count if draw.has_outcome else None,
        }
        for draw in reversed(published.record.draws.by_slot.values())
    ]


def show_strata(record: Record, draw: Draw, t: Language) -> list[dict[str, Any]]:
    """Return a row for each stratum: numbers, and the picture of its tickets where there is an outcome."""
    outcome = derive_draw_outcome(draw) if draw.has_outcome else None
    drawn = {} if outcome is None else {stratum.id: stratum for stratum in outcome.strata}
    rows = []
    for stratum in draw.ground.strata:
        excluded = Counter(leaf.excluded for leaf in draw.ground.pool if leaf.stratum == stratum.id and leaf.excluded)
        row: dict[str, Any] = {
            "id": stratum.id,
            "name": name_stratum(draw, stratum.id, record, t),
            "eligible": stratum.eligible,
            "quota": stratum.quota,
            "directed": stratum.directed,
            "pool": stratum.eligible + excluded.total(),
            "excluded": excluded,
            "drawn": drawn[stratum.id].drawn if drawn else None,
            "figure": "",
            "tickets": [],
        }
        if outcome is not None:
            sub_seed = derive_sub_seed(outcome.seed, "pool", stratum.id)
            ordered = sorted((derive_ticket(sub_seed, code), code) for code in draw.ground.eligible(stratum.id))
            tickets = [ticket for ticket, _ in ordered]
            row |= {"sub_seed": sub_seed, "threshold": drawn[stratum.id].largest_ticket}
            row["tickets"] = _tell_tickets(draw, ordered, row["drawn"], t)
            title = t(
                f"{row['name']}：{len(tickets)} 个签号的分布，抽中最小的 {row['drawn']} 个",
                f"{row['name']}: how its {len(tickets)} tickets fall; the {row['drawn']} smallest were drawn",
            )
            row["figure"] = draw_tickets(tickets, row["threshold"], title, t("抽中的最大签号", "largest drawn ticket"))
        rows.append(row)
    return rows


BESIDE = 3
"""How many of those that were not drawn are shown after the drawn ones, by ticket."""


def _tell_tickets(
    draw: Draw, ordered: Sequence[tuple[str, str]], drawn: int, t: Language
) -> list[tuple[str, list[str]]]:
    """Return rows of the smallest tickets: place, code where codes are public, ticket, drawn or not."""
    is_public = draw.policy.publication.code == "public"
    return [
        ("", [str(place), code if is_public else "—", ticket, t.flag(place <= drawn)])
        for place, (ticket, code) in enumerate(ordered[: drawn + BESIDE], 1)
    ]


def show_counts(draw: Draw, strata: list[dict[str, Any]], t: Language) -> tuple[list[str], list[list[str]]]:
    """Return the table of the strata, headings and rows: pool, who is left out and why, eligible, quota, drawn."""
    reasons = sorted({reason for stratum in strata for reason in stratum["excluded"]})
    headings = [t("分层", "Stratum"), t("名录", "Pool")]
    headings += [t.of(EXCLUSIONS.get(reason, (reason, reason))) for reason in reasons]
    headings += [t("可抽", "Eligible"), t("应抽", "Quota"), t("抽中", "Drawn")]
    rows = []
    for stratum in strata:
        numbers = [stratum["pool"], *(stratum["excluded"][reason] for reason in reasons)]
        numbers += [stratum["eligible"], stratum["quota"]]
        drawn = "—" if stratum["drawn"] is None else str(stratum["drawn"])
        rows.append([stratum["name"], *map(str, numbers), drawn])
    return headings, rows


def show_officers(draw: Draw, t: Language) -> list[tuple[str, str]]:
    """Return how many officers could be drawn, and why others could not."""
    excluded = Counter(leaf.excluded for leaf in draw.ground.officers if leaf.excluded)
    told = [(t("可抽执法人员", "Officers eligible"), str(draw.ground.officers_ref.eligible))]
    return told + [(t.of(OFFICER_EXCLUSIONS.get(why, (why, why))), str(n)) for why, n in sorted(excluded.items())]


def show_cases(record: Record, draw: Draw, t: Language) -> list[dict[str, Any]]:
    """Return a row for each case of a draw, in the sheets' order; officers only where the policy publishes them."""
    if not draw.has_outcome:
        return []
    leaves = {leaf.target.id: leaf for leaf in draw.ground.pool}
    return [
        {
            "number": sheet.number,
            "code": sheet.code if draw.policy.publication.code == "public" else "",
            "name": show_name(draw.policy.publication.name, leaves[sheet.code].target.name),
            "host": t.unit(draw.policy, sheet.host),
            "officers": sheet.officers if draw.policy.publication.officers != "internal" else (),
            "deadline": sheet.deadline,
            "has_page": f"case/{draw.slot}/{sheet.number}" in record.cases.by_subject,
        }
        for sheet in derive_draw_outcome(draw).sheets
    ]


def show_load(draw: Draw, t: Language) -> dict[str, Any] | None:
    """Return the picture of how many officers have how many cases of a draw, and its rows; None without an outcome.

    Officers who could be drawn and were not stand in it too, as those with no case.
    """
    sheets = derive_draw_outcome(draw).sheets if draw.has_outcome else ()
    seats = Counter(officer for sheet in sheets for officer in sheet.officers)
    if not seats:
        return None
    load = Counter(seats.values())
    load[0] = sum(leaf.excluded is None and leaf.officer.id not in seats for leaf in draw.ground.officers)
    shown = {cases: officers for cases, officers in load.items() if officers}
    title = t("人员任务数分布", "How many cases officers have")
    rows = [("", [str(cases), str(officers)]) for cases, officers in sorted(shown.items())]
    return {"figure": draw_load(shown, title, t("件", "cases")), "rows": rows}


def show_marks(record: Record, draw: Draw, t: Language) -> list[str]:
    """Return what has to be said beside a draw; in Chinese the ids of strata and reasons in words."""
    words = {stratum.id: name_stratum(draw, stratum.id, record, t) for stratum in draw.ground.strata}
    words |= {reason: t.meaning(VOID_REASONS, reason) for reason in VOID_REASONS}
    told = [t.of(mark) for mark in (*derive_marks(draw), *derive_remarks(draw))]
    return told if t.code == "en" else [_ID.sub(lambda id: words.get(id[0], id[0]), mark) for mark in told]


_ID = re.compile(r"\b[a-z][a-z0-9-]+\b", re.ASCII)

"""Pages by which the public watches: what is overdue, what was made public and changed, and in what steering shows."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ledger.cli.steering import hide_unpublished
from ledger.cli.words import CARRIERS, DISCLOSURES, DUES, OUTCOMES, VOID_REASONS, WITHDRAWALS
from ledger.views.deadlines import Due
from ledger.views.disclosure import Disclosed

from ..public import derived
from ..published import Published
from .draws import EXCLUSIONS
from .figures import draw_load, draw_parts
from .language import Language
from .naming import name_subject
from .page import Context, list_numbered, page, take_page

SHOWN = 20
"""How many pairs a page of statistics shows; the data have all."""
PER_PAGE = 100


def show_due(published: Published, dues: Sequence[Due], t: Language) -> list[dict[str, Any]]:
    """Return what is due in words: subjects as they stand in the log, linked where they have a page."""
    policy, record = published.policy, published.record
    rows = []
    for one in dues:
        noun, _, rest = one.subject.partition("/")
        is_hidden = one.kind == "certificate" and published.in_force.publication.officers == "internal"
        page = f"draws/{rest}/" if noun == "draw" and rest in record.draws.by_slot else ""
        if noun in ("case", "inspection") and one.subject in record.cases.by_subject:
            page = f"cases/{rest}/"
        rows.append(
            {
                "kind": t.meaning(DUES, one.kind),
                "subject": "—" if is_hidden else name_subject(one.subject, record, t),
                "page": page,
                "unit": t.unit(policy, one.unit),
                "due": one.due,
                "is_provisional": one.is_provisional,
            }
        )
    return rows


@page(
    r"overdue/(?:(?P<number>[1-9][0-9]{0,5})/)?",
    "overdue.html",
    lambda published: list_numbered("overdue/", len(derived.list_overdue(published)), PER_PAGE),
)
def _overdue(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    late = derived.list_overdue(published)
    taken = take_page("overdue/", late, int(match["number"] or 1), PER_PAGE)
    if taken is None:
        return None
    by_unit = Counter(t.unit(published.policy, one.unit) for one in late)
    return {
        "today": published.today,
        "rows": show_due(published, taken[0], t),
        "pager": taken[1],
        "by_unit": sorted(by_unit.items(), key=lambda row: (-row[1], row[0])),
    }


def _list_disclosed(published: Published) -> list[Disclosed]:
    return list(reversed(derived.list_disclosures(published)))


def _disclosure_paths(published: Published) -> Iterator[str]:
    yield "corrections/"
    yield from list_numbered("corrections/all/", len(_list_disclosed(published)), PER_PAGE)


CHANGES = ("correction", "withdrawal", "void", "redraw")


@page("corrections/", "corrections.html", _disclosure_paths)
def _corrections(published: Published, t: Language, match: re.Match[str]) -> Context:
    rows = [row for row in _list_disclosed(published) if row.kind in CHANGES]
    return {"rows": _tell_disclosed(published, rows, t), "pager": None}


@page(r"corrections/all/(?:(?P<number>[1-9][0-9]{0,5})/)?", "corrections.html", lambda published: iter([]))
def _disclosed(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    taken = take_page("corrections/all/", _list_disclosed(published), int(match["number"] or 1), PER_PAGE)
    return None if taken is None else {"rows": _tell_disclosed(published, taken[0], t), "pager": taken[1]}


def _tell_disclosed(published: Published, rows: Sequence[Disclosed], t: Language) -> list[dict[str, Any]]:
    record = published.record
    told = []
    for row in rows:
        noun, _, rest = row.subject.partition("/")
        page = {"draw": f"draws/{rest}/", "case": f"cases/{rest}/", "inspection": f"cases/{rest}/"}.get(noun, "")
        if noun == "draw" and rest not in record.draws.by_slot:
            page = ""
        if noun in ("case", "inspection") and row.subject not in record.cases.by_subject:
            page = ""
        what = {"items": "items/", "plan": "plans/"}.get(row.kind)
        told.append(
            {
                "day": row.day,
                "kind": t.meaning(DISCLOSURES, row.kind),
                "is_change": row.kind in CHANGES,
                "subject": name_subject(row.subject, record, t),
                "page": what or page,
                "what": _tell_what(row, published, t),
                "unit": t.unit(published.policy, row.unit),
                "index": row.index,
                "late": t("逾期", "late") if row.is_late else "",
                "due": row.due or "",
            }
        )
    return told


def _tell_what(row: Disclosed, published: Published, t: Language) -> str:
    """Return what a row says beside its kind: the result, the slot drawn anew, the reason, where it is public."""
    parts = []
    match row.kind:
        case "result" | "correction" if row.what:
            parts.append(t.meaning(OUTCOMES, row.what))
        case "drawn":
            parts.append(t(f"{row.what} 户", f"{row.what} enterprises"))
        case "redraw":
            voided = name_subject(f"draw/{row.what}", published.record, t)
            parts.append(t(f"接替 {voided}", f"in place of {voided}"))
        case "items" | "plan":
            parts.append(row.what)
        case _:
            pass
    if row.reason:
        parts.append(t.meaning({**VOID_REASONS, **WITHDRAWALS}, row.reason))
    if row.changes is not None:
        parts.append(t(f"所改为第 {row.changes} 条", f"of entry {row.changes}"))
    parts += [t.meaning(CARRIERS, carrier) for carrier in row.carriers]
    return t("；", "; ").join(parts)


def _years(published: Published) -> list[int]:
    return sorted({int(draw.month[:4]) for draw in published.record.draws.by_slot.values()}, reverse=True)


def _statistics_paths(published: Published) -> Iterator[str]:
    yield "statistics/"
    yield from (f"statistics/{year}/" for year in _years(published))


@page(r"statistics/(?:(?P<year>[0-9]{4})/)?", "statistics.html", _statistics_paths)
def _statistics(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    years = _years(published)
    if match["year"] and int(match["year"]) not in years:
        return None
    if not years:
        return {"years": [], "year": None}
    year = int(match["year"] or years[0])
    facts = hide_unpublished(derived.derive_year(published, year), published.in_force.publication)
    load, tenths = Counter(facts["load"]["cases"].values()), facts["tickets"]["deciles"]
    return {
        "years": years,
        "year": year,
        "facts": facts,
        "load": draw_load(load, t(f"{year} 年每人任务数", f"Cases each officer had in {year}"), t("件", "cases")),
        "parts": draw_parts(
            tenths, t("签号落在十等分里的个数", "How many tickets fall into each tenth of their range")
        ),
        "loads": [("", [str(cases), str(officers)]) for cases, officers in sorted(load.items())],
        "tenths": [("", [str(place), str(number)]) for place, number in enumerate(tenths, 1)],
        "pairs": _tell_pairs(facts["officer_and_enterprise"], t),
        "together": _tell_pairs(facts["officers_together"], t),
        "excluded": [(t.of(EXCLUSIONS.get(reason, (reason, reason))), n) for reason, n in facts["excluded"].items()],
        "recusals": _tell_rates(facts["recusals"], lambda name: name or "—"),
        "withheld": _tell_rates(facts["shares_withheld"], lambda name: t.unit(published.policy, name)),
    }


def _tell_pairs(pairs: Sequence[dict[str, Any]], t: Language) -> list[tuple[str, list[str]]]:
    rows = [pair for pair in pairs if pair["met"] > 1][:SHOWN]
    return [
        (
            "",
            [
                pair["first"] or "—",
                pair["second"] or "—",
                str(pair["met"]),
                pair["expected"],
                pair["chance"] if pair["is_enough"] else t("样本过少", "too few to say"),
            ],
        )
        for pair in rows
    ]


def _tell_rates(rates: Sequence[dict[str, Any]], name: Callable[[str], str]) -> list[tuple[str, list[str]]]:
    return [
        ("", [name(rate["name"]), f"{rate['happened']}/{rate['out_of']}", rate["share"] or "—"])
        for rate in rates
        if rate["happened"]
    ]

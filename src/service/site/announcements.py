"""The pages of the national announcements: 抽查事项清单, 抽查计划公告, 抽查任务公告 (the draws), 抽查结果公告."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ledger.cli.announcing import derive_items
from ledger.cli.progress import derive_progress
from ledger.cli.words import KINDS
from ledger.proof.encoding import parse_time

from ..public import derived
from ..published import Published
from . import draws
from .figures import draw_calendar
from .language import Language
from .oversight import show_due
from .page import Context, page

PER_PAGE = 50
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

RESULTS = {
    "1": ("未发现问题", "nothing found wanting"),
    "E": ("发现问题，当场改正", "problems put right during the visit"),
    "A": ("发现问题，后续处理", "problems, dealt with further"),
    "6": ("查无此企业", "no such enterprise there"),
    "7": ("已停业关闭", "no longer at work"),
    "": ("不公开", "not public"),
}
"""The codes of the national announcement of results, in words."""


@page("items/", "items.html")
def _items(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"items": derive_items(published.record)}


@page("plans/", "plans.html")
def _plans(published: Published, t: Language, match: re.Match[str]) -> Context:
    record = published.record
    now = parse_time(f"{published.today}T00:00:00Z")
    plans = [
        _plan(published, t, derive_progress(record, max(now, record.times[-1]), office, year))
        for office, year in sorted(record.plans.approved, key=lambda key: (-key[1], key[0]))
    ]
    return {"plans": plans}


def _plan(published: Published, t: Language, plan: dict[str, Any]) -> Context:
    """Return a plan: month by month planned, drawn and visited, and a row for each line and stratum."""
    policy, year = published.policy, plan["year"]
    months = [dict.fromkeys(("quota", "drawn", "visited"), 0) for _ in MONTHS]
    rows = []
    for line in plan["lines"]:
        for stratum in line["strata"]:
            for total, month in zip(months, stratum["months"], strict=True):
                for key in total:
                    total[key] += month[key]
            counts = [sum(month[key] for month in stratum["months"]) for key in ("quota", "drawn", "visited")]
            quotas = " ".join(str(month["quota"]) for month in stratum["months"])
            kind, name = t.meaning(KINDS, line["kind"]), t.sub_roster(policy, stratum["id"])
            rows.append(("", [line["id"], line["title"], kind, name, *map(str, counts), quotas]))
    unit = t.unit(policy, plan["office"])
    title = t(f"{unit} {year} 年各月计划数、抽中数", f"{unit}, {year}: planned and drawn, by month")
    numbers = {number: (month["quota"], month["drawn"]) for number, month in enumerate(months, 1)}
    return {
        "year": year,
        "unit": unit,
        "rows": rows,
        "own": [
            ("", [task["id"], task["title"], t.unit(policy, task["unit"]), str(task["count"])])
            for task in plan["own_tasks"]
        ],
        "totals": {key: sum(month[key] for month in months) for key in ("quota", "drawn", "visited")},
        "figure": draw_calendar(numbers, title, [t(f"{n}月", word) for n, word in enumerate(MONTHS, 1)]),
    }


@page("draws/", "draws.html")
def _draws(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"draws": draws.list_draws(published, t)}


def _draw_paths(published: Published) -> Iterator[str]:
    return (f"draws/{slot}/" for slot in published.record.draws.by_slot)


@page(r"draws/(?P<slot>[a-z0-9/-]+/[0-9]{4}-[0-9]{2}/[0-9]{3})/", "draw.html", _draw_paths)
def _draw(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    draw = published.record.draws.by_slot.get(match["slot"])
    if draw is None:
        return None
    return {
        "draw": draw,
        "kind": t.meaning(KINDS, draw.opened.kind),
        "status": draws.tell_status(draw, t),
        "marks": draws.show_marks(draw, t),
        "attempts": [row for row in draws.list_draws(published, t) if row["month"] == (draw.office, draw.month)],
        "late": show_due(published, derived.find_overdue(published, draw.slot), t),
        "stations": draws.tell_stations(published, draw, t),
        "strata": draws.show_strata(draw, t),
        "cases": draws.show_cases(published.record, draw, t),
        "load": draws.show_load(draw, t),
        "has_bundle": draw.has_outcome,
    }


def _result_paths(published: Published) -> Iterator[str]:
    pages = -(-len(derived.list_results(published)) // PER_PAGE)
    return iter(["results/", *(f"results/{number}/" for number in range(2, pages + 1))])


@page(r"results/(?:(?P<number>[1-9][0-9]{0,5})/)?", "results.html", _result_paths)
def _results(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    rows, number = list(reversed(derived.list_results(published))), int(match["number"] or 1)
    pages = max(1, -(-len(rows) // PER_PAGE))
    if number > pages:
        return None
    return {
        "results": rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        "words": {code: t.of(words) for code, words in RESULTS.items()},
        "counts": [
            (t.of(RESULTS[code]), n) for code, n in sorted(Counter(str(row["检查结果"]) for row in rows).items())
        ],
        "total": len(rows),
        "number": number,
        "pages": pages,
    }

"""The pages of the national announcements: 抽查事项清单, 抽查计划公告, 抽查任务公告 (the draws), 抽查结果公告."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ledger.cli.announcing import Row, derive_items
from ledger.cli.progress import derive_progress
from ledger.cli.words import INSPECTION_KINDS, KINDS
from ledger.proof.encoding import parse_time

from ..public import derived
from ..published import Published
from . import draws, stations
from .figures import draw_calendar
from .language import Language
from .naming import MONTHS, name_case, name_office, name_planned, name_slot
from .oversight import show_due
from .page import Context, list_numbered, page, take_page
from .render import tell_time

PER_PAGE = 50

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
    editions = published.record.plans.editions
    head = []
    if editions:
        newest = editions[-1]
        head = [
            (t("版本", "Edition"), newest.published.edition),
            (t("发布日期", "Published on"), tell_time(newest.at)[:10]),
            (t("公开方式", "Disclosure"), t("主动公开", "proactive")),
            (t("日志条目", "Log entry"), str(newest.index)),
        ]
        if newest.published.changes:
            head.append((t("修订原因", "Why it was changed"), newest.published.changes))
    return {"items": derive_items(published.record), "head": head}


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
    index, newest = published.record.plans.approved[plan["office"], year][-1]
    scopes = {(line.id, stratum.id): stratum.scope for line in newest.lines for stratum in line.strata}
    months = [dict.fromkeys(("quota", "drawn", "visited"), 0) for _ in MONTHS]
    rows = []
    for line in plan["lines"]:
        for stratum in line["strata"]:
            for total, month in zip(months, stratum["months"], strict=True):
                for key in total:
                    total[key] += month[key]
            counts = [sum(month[key] for month in stratum["months"]) for key in ("quota", "drawn", "visited")]
            quotas = " ".join(str(month["quota"]) for month in stratum["months"])
            scope = scopes.get((line["id"], stratum["id"]))
            kind, name = t.meaning(KINDS, line["kind"]), name_planned(stratum["id"], scope, policy, t)
            rows.append(("", [f"{line['title']} ({line['id']})", kind, name, *map(str, counts), quotas]))
    unit = name_office(policy, plan["office"], t)
    title = t(f"{unit} {year} 年各月计划数、抽中数", f"{unit}, {year}: planned and drawn, by month")
    numbers = {number: (month["quota"], month["drawn"]) for number, month in enumerate(months, 1)}
    return {
        "year": year,
        "unit": unit,
        "head": [
            (t("索引号", "Index number"), f"{plan['office']}/{year}"),
            (t("发布机构", "Published by"), unit),
            (t("发布日期", "Published on"), tell_time(published.record.times[index])[:10]),
            (t("公开方式", "Disclosure"), t("主动公开", "proactive")),
            (t("日志条目", "Log entry"), str(index)),
        ],
        "months": [
            ("", [t(f"{number} 月", word), *map(str, month.values())])
            for number, (word, month) in enumerate(zip(MONTHS, months, strict=True), 1)
        ],
        "rows": rows,
        "own": [
            ("", [task["id"], task["title"], t.unit(policy, task["unit"]), str(task["count"])])
            for task in plan["own_tasks"]
        ],
        "totals": {key: sum(month[key] for month in months) for key in ("quota", "drawn", "visited")},
        "figure": draw_calendar(numbers, title, [t(f"{n}月", word[:3]) for n, word in enumerate(MONTHS, 1)]),
    }


@page(
    r"draws/(?:(?P<number>[1-9][0-9]{0,5})/)?",
    "draws.html",
    lambda published: list_numbered("draws/", len(published.record.draws.by_slot), PER_PAGE),
)
def _draws(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    taken = take_page("draws/", draws.list_draws(published, t), int(match["number"] or 1), PER_PAGE)
    return None if taken is None else {"draws": taken[0], "pager": taken[1]}


def _draw_paths(published: Published) -> Iterator[str]:
    return (f"draws/{slot}/" for slot in published.record.draws.by_slot)


@page(r"draws/(?P<slot>[a-z0-9/-]+/[0-9]{4}-[0-9]{2}/[0-9]{3})/", "draw.html", _draw_paths)
def _draw(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    draw = published.record.draws.by_slot.get(match["slot"])
    if draw is None:
        return None
    told, strata = stations.tell_stations(published, draw, t), draws.show_strata(published.record, draw, t)
    return {
        "draw": draw,
        "name": name_slot(draw.slot, draw.policy, t),
        "head": stations.tell_head(published, draw, told, t),
        "mode": draws.tell_mode(draw, t),
        "kind": t.meaning(KINDS, draw.opened.kind),
        "status": draws.tell_status(draw, t),
        "marks": draws.show_marks(published.record, draw, t),
        "attempts": [row for row in draws.list_draws(published, t) if row["month"] == (draw.office, draw.month)],
        "late": show_due(published, derived.find_overdue(published, draw.slot), t),
        "stations": told,
        "strata": strata,
        "counts": draws.show_counts(draw, strata, t),
        "officers": draws.show_officers(draw, t),
        "cases": draws.show_cases(published.record, draw, t),
        "load": draws.show_load(draw, t),
        "has_bundle": draw.has_outcome,
    }


def _result_paths(published: Published) -> Iterator[str]:
    return list_numbered("results/", len(derived.list_results(published)), PER_PAGE)


def _translate(published: Published, row: Row, t: Language) -> Row:
    """Return a row of the announcement with what the policy and the vocabulary name in this language."""
    names = {unit.names.zh: t.of(unit.names) for unit in published.policy.units.values()}
    names |= {words[0]: t.of(words) for words in (*KINDS.values(), *INSPECTION_KINDS.values())}
    return row | {key: names.get(str(row[key]), row[key]) for key in ("检查机关", "抽查类型")}


def _place(published: Published, task: str, t: Language) -> tuple[str, str]:
    """Return what the draw or inspection of a result is called, and its page."""
    policy = published.policy
    if task in published.record.draws.by_slot:
        return name_slot(task, policy, t), f"draws/{task}/"
    number = task.removeprefix("inspection/")
    return name_case(number, policy, t), f"cases/{number}/" if task in published.record.cases.by_subject else ""


def _sort_by_task(rows: Sequence[Row]) -> list[Row]:
    """Return the results task by task, those finished last first, and within a task the newest first."""
    newest: dict[str, str] = {}
    for row in rows:
        task = str(row["抽查任务编号"])
        newest[task] = max(newest.get(task, ""), str(row["检查完成日期"]))

    def key(row: Row) -> tuple[Any, ...]:
        task = str(row["抽查任务编号"])
        return newest[task], task, row["检查完成日期"], row["序号"]

    return sorted(rows, key=key, reverse=True)


@page(r"results/(?:(?P<number>[1-9][0-9]{0,5})/)?", "results.html", _result_paths)
def _results(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    rows = _sort_by_task(derived.list_results(published))
    taken = take_page("results/", rows, int(match["number"] or 1), PER_PAGE)
    if taken is None:
        return None
    return {
        "tasks": [
            (*_place(published, task, t), [_translate(published, row, t) for row in together])
            for task, together in groupby(taken[0], key=lambda row: str(row["抽查任务编号"]))
        ],
        "pager": taken[1],
        "days": published.in_force.periods.result_publication_working_days,
        "words": {code: t.of(words) for code, words in RESULTS.items()},
        "meant": {code: words[0] for code, words in RESULTS.items()},
        "counts": [
            (t.of(RESULTS[code]), n) for code, n in sorted(Counter(str(row["检查结果"]) for row in rows).items())
        ],
    }

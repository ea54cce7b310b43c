"""The pages of the public site: which there are, and what each shows. Served and exported alike.

A page's path ends with `/`; the home page's is empty. The same path under `en/` is the page in English.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ledger.audit.checks import CHECKS
from ledger.cli.announcing import derive_items, derive_plans, derive_results
from ledger.cli.words import KINDS, OUTCOMES, STATIONS, VOID_REASONS
from ledger.office.draws import Draw
from ledger.office.policy import Policy
from ledger.proof.encoding import derive_day
from ledger.proof.note import format_vkey

from ..published import Published
from . import draws
from .data import list_files, list_targets
from .explanations import EXPLANATIONS
from .figures import draw_calendar
from .language import Language
from .render import render

PER_PAGE = 50
ROSTER_PAGE = 500
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Context = dict[str, Any]
Show = Callable[[Published, Language, re.Match[str]], Context | None]


class Page(NamedTuple):
    """A kind of page: the pattern of its path, its template, what it shows, and all paths that it stands at."""

    pattern: str
    template: str
    show: Show
    paths: Callable[[Published], Iterator[str]]


PAGES: list[Page] = []


def _page(
    pattern: str, template: str, paths: Callable[[Published], Iterator[str]] | None = None
) -> Callable[[Show], Show]:
    """Enter a kind of page; one without `paths` stands at its pattern alone."""

    def enter(show: Show) -> Show:
        PAGES.append(Page(pattern, template, show, paths or (lambda published: iter([pattern]))))
        return show

    return enter


def show_page(published: Published, path: str, t: Language) -> str | None:
    """Return a page as HTML; None where there is none of that path."""
    for page in PAGES:
        match = re.fullmatch(page.pattern, path)
        if match is None:
            continue
        context = page.show(published, t, match)
        if context is not None:
            return render(page.template, path, t, _frame(published) | context)
    return None


def list_paths(published: Published) -> Iterator[str]:
    """Give the path of every page, once."""
    for page in PAGES:
        yield from page.paths(published)


def _frame(published: Published) -> Context:
    """Return what every page's frame shows: whose log this is, and how far it goes."""
    record = published.record
    return {
        "origin": record.origin,
        "size": published.size,
        "root": record.tree.root().hex(),
        "attested": record.attested_now(),
    }


def _status(draw: Draw, t: Language) -> str:
    if draw.voided:
        return t("作废：", "void: ") + t.meaning(VOID_REASONS, draw.voided)
    reached = {
        "attested": draw.attested is not None,
        "executed": draw.executed,
        "randomness": draw.results is not None,
        "witnessed": draw.witnessed_at is not None,
        "closed": draw.closed is not None,
        "frozen": draw.frozen is not None,
    }
    station = next((station for station, is_reached in reached.items() if is_reached), "opened")
    if station == "attested" and draw.attested is False:
        return t("监督科室复核不一致", "the supervisor disagrees")
    return t.meaning(STATIONS, station)


def _draw_rows(published: Published, t: Language) -> list[Context]:
    """Return a row for each slot, the newest first; every attempt is there, void ones too."""
    return [
        {
            "slot": draw.slot,
            "kind": t.meaning(KINDS, draw.opened.kind),
            "status": _status(draw, t),
            "voided": bool(draw.voided),
            "pool": draw.ground.pool_ref.count,
            "drawn": None if not draw.executed or draw.outcome is None else draw.outcome.ref.count,
        }
        for draw in reversed(published.record.draws.by_slot.values())
    ]


@_page("", "home.html")
def _home(published: Published, t: Language, match: re.Match[str]) -> Context:
    rows = _draw_rows(published, t)
    record = published.record
    return {
        "draws": rows[:5],
        "drawn": sum(row["drawn"] or 0 for row in rows),
        "enterprises": len(record.targets.approved[max(record.targets.approved)]) if record.targets.approved else 0,
        "published": sum(case.published is not None for case in record.cases.by_subject.values()),
    }


@_page("items/", "items.html")
def _items(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"items": derive_items(published.record)}


@_page("plans/", "plans.html")
def _plans(published: Published, t: Language, match: re.Match[str]) -> Context:
    months = Counter[tuple[int, int]]()
    for draw in published.record.draws.by_slot.values():
        if draw.executed and draw.outcome is not None:
            months[int(draw.month[:4]), int(draw.month[5:])] += draw.outcome.ref.count
    names = [t(f"{month}月", word) for month, word in enumerate(MONTHS, 1)]
    figures = {
        year: draw_calendar(
            {month: number for (of, month), number in months.items() if of == year},
            t(f"{year} 年各月抽中户数", f"Enterprises drawn in each month of {year}"),
            names,
        )
        for year in sorted({year for year, _ in months}, reverse=True)
    }
    return {"plans": derive_plans(published.record), "figures": figures}


@_page("draws/", "draws.html")
def _draws(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"draws": _draw_rows(published, t)}


def _draw_paths(published: Published) -> Iterator[str]:
    return (f"draws/{slot}/" for slot in published.record.draws.by_slot)


@_page(r"draws/(?P<slot>[a-z0-9/-]+/[0-9]{4}-[0-9]{2}/[0-9]{3})/", "draw.html", _draw_paths)
def _draw(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    draw = published.record.draws.by_slot.get(match["slot"])
    if draw is None:
        return None
    return {
        "draw": draw,
        "kind": t.meaning(KINDS, draw.opened.kind),
        "status": _status(draw, t),
        "marks": draws.show_marks(draw, t),
        "stations": draws.tell_stations(published, draw, t),
        "strata": draws.show_strata(draw, t),
        "cases": draws.show_cases(published.record, draw, t),
        "load": draws.show_load(draw, t),
        "has_bundle": draw.executed and draw.outcome is not None,
    }


def _result_paths(published: Published) -> Iterator[str]:
    pages = -(-len(derive_results(published.record)) // PER_PAGE)
    return iter(["results/", *(f"results/{page}/" for page in range(2, pages + 1))])


@_page(r"results/(?:(?P<page>[1-9][0-9]*)/)?", "results.html", _result_paths)
def _results(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    rows, page = list(reversed(derive_results(published.record))), int(match["page"] or 1)
    pages = max(1, -(-len(rows) // PER_PAGE))
    if page > pages:
        return None
    return {"results": rows[(page - 1) * PER_PAGE : page * PER_PAGE], "total": len(rows), "page": page, "pages": pages}


def _case_paths(published: Published) -> Iterator[str]:
    return (f"cases/{subject.partition('/')[2]}/" for subject in published.record.cases.by_subject)


@_page(r"cases/(?P<case>[a-z0-9/-]+)/", "case.html", _case_paths)
def _case(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    for noun in ("case", "inspection"):
        subject = f"{noun}/{match['case']}"
        case = published.record.cases.by_subject.get(subject)
        if case is not None:
            break
    else:
        return None
    return {
        "subject": subject,
        "case": case,
        "host": t.unit(published.policy, case.host),
        "steps": [
            (index, event.at, event.type, t.unit(published.policy, event.unit))
            for index, event in published.events(subject)
        ],
        "result": t.meaning(OUTCOMES, case.result.result) if case.result and case.published else None,
        "day": derive_day(case.since),
    }


@_page("corrections/", "corrections.html")
def _corrections(published: Published, t: Language, match: re.Match[str]) -> Context:
    rows = [
        (step.index, step.at, subject, step.kind)
        for subject, case in published.record.cases.by_subject.items()
        for step in case.publications
    ]
    return {"rows": sorted(rows, reverse=True)}


def _registry_paths(published: Published) -> Iterator[str]:
    yield "registries/"
    for year in published.record.targets.approved:
        pages = max(1, -(-len(published.record.targets.approved[year]) // ROSTER_PAGE))
        yield from (f"registries/{year}/{page}/" for page in range(1, pages + 1))


@_page("registries/", "registries.html", _registry_paths)
def _registries(published: Published, t: Language, match: re.Match[str]) -> Context:
    approved, policy = published.record.targets.approved, published.policy
    years = []
    for year in sorted(approved, reverse=True):
        numbers = Counter(listing.newest.sub_roster for listing in approved[year].values())
        named = sorted((_name_sub_roster(policy, id, t), number) for id, number in numbers.items())
        years.append({"year": year, "total": numbers.total(), "sub_rosters": named})
    coverage = [(t.unit(policy, roster), *numbers) for roster, numbers in sorted(published.rows.coverage.items())]
    return {"years": years, "coverage": coverage}


def _name_sub_roster(policy: Policy, id: str, t: Language) -> str:
    known = policy.sub_rosters.get(id)
    return id if known is None else t.of(known.names)


@_page(r"registries/(?P<year>[0-9]{4})/(?P<page>[1-9][0-9]*)/", "roster.html", lambda published: iter([]))
def _roster(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    year, page = int(match["year"]), int(match["page"])
    total = len(published.record.targets.approved.get(year, {}))
    pages = -(-total // ROSTER_PAGE)
    if page > pages:
        return None
    rows = list_targets(published, year)[(page - 1) * ROSTER_PAGE : page * ROSTER_PAGE]
    return {"year": year, "page": page, "pages": pages, "total": total, "rows": rows}


@_page("data/", "data.html")
def _data(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"files": sorted(list_files(published))}


@_page("missing/", "missing.html")
def _missing(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {}


@_page("verify/", "verify.html")
def _verify(published: Published, t: Language, match: re.Match[str]) -> Context:
    record = published.record
    assert record.log_key is not None
    slots = [draw.slot for draw in record.draws.by_slot.values() if draw.executed and draw.outcome is not None]
    return {
        "vkey": format_vkey(record.log_key),
        "slots": list(reversed(slots)),
        "checks": [
            {
                "number": check.number,
                "name": t(check.zh, check.en),
                "plain": t.of(EXPLANATIONS[check.id].plain),
                "by_hand": t.of(EXPLANATIONS[check.id].by_hand),
            }
            for check in CHECKS
        ],
    }


@_page("algorithm/", "algorithm.html")
def _algorithm(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"checks": [(check.number, t(check.zh, check.en)) for check in CHECKS]}

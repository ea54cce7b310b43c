"""The pages of the registries (名录库): enterprises year by year, officers, check items, units, keys."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from ledger.cli.words import KEY_STATES, ROLES, TARGET_RISKS, TARGET_SCALES, TARGET_STATUSES, Meanings
from ledger.proof.errors import Refused
from ledger.views import registries

from ..public import derived
from ..published import Published
from .language import Language
from .page import Context, list_numbered, page, take_page

PER_PAGE = 100
"""How many rows a page shows."""

TITLES = {
    "officers": ("执法人员名录库", "Officers"),
    "units": ("各单位及职责", "Units and their duties"),
    "keys": ("各单位密钥", "The units' keys"),
}

Column = tuple[str, str, str, Callable[[Any], str]]
"""Key of the row, heading in both languages, and how a value is shown."""


def find_places(published: Published) -> dict[str, str]:
    """Return code -> the page on which the newest roster has the enterprise."""
    year = max(published.record.targets.approved, default=0)

    def derive() -> dict[str, str]:
        codes = derived.list_codes(published, year)
        pages = [_roster_page(year, number) for number in range(1, len(codes) // PER_PAGE + 2)]
        return {code: pages[place // PER_PAGE] for place, code in enumerate(codes)}

    return published.once("places", year, derive)


def _roster_page(year: int, number: int) -> str:
    return f"registries/{year}/" if number == 1 else f"registries/{year}/{number}/"


def _registry_paths(published: Published) -> Iterator[str]:
    yield "registries/"
    for name in ("officers", "units", "keys"):
        yield from list_numbered(f"registries/{name}/", len(_list_rows(published, name)), PER_PAGE)
    for year, roster in published.record.targets.approved.items():
        yield from list_numbered(f"registries/{year}/", len(roster), PER_PAGE)


@page("registries/", "registries.html", _registry_paths)
def _registries(published: Published, t: Language, match: re.Match[str]) -> Context:
    approved, policy = published.record.targets.approved, published.policy
    years = []
    for year in sorted(approved, reverse=True):
        numbers = Counter(listing.newest.sub_roster for listing in approved[year].values())
        named = sorted((t.sub_roster(policy, id), number) for id, number in numbers.items())
        years.append({"year": year, "total": numbers.total(), "sub_rosters": named})
    coverage = [(t.unit(policy, roster), *numbers) for roster, numbers in sorted(published.rows.coverage.items())]
    return {"years": years, "coverage": coverage}


@page(r"registries/(?P<year>[0-9]{4})/(?:(?P<number>[1-9][0-9]{0,5})/)?", "roster.html", lambda published: iter([]))
def _roster(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    year, number = int(match["year"]), int(match["number"] or 1)
    if year not in published.record.targets.approved:
        return None
    return _show_roster(published, t, year, derived.list_codes(published, year), number, {})


FILTERS: dict[str, tuple[str, str]] = {
    "sub_roster": ("分册", "Sub-roster"),
    "street": ("街道", "Street"),
    "status": ("状态", "Status"),
    "risk": ("风险", "Risk"),
    "scale": ("规模", "Scale"),
}
"""A field of a row by which a roster may be cut down -> what it is called."""


def show_filtered(published: Published, t: Language, year: int, asked: Mapping[str, str]) -> Context | None:
    """Return what a roster's page shows of the rows whose fields are what is asked for; None where there is none.

    asked  field -> value, empty for any, and `page`
    """
    number = asked.get("page", "1")
    if year not in published.record.targets.approved or not re.fullmatch("[1-9][0-9]{0,5}", number):
        return None
    chosen = {name: value for name in FILTERS if (value := asked.get(name, "")[:100])}
    roster = published.record.targets.approved[year]
    codes = [
        code
        for code in derived.list_codes(published, year)
        if all(getattr(roster[code].newest, name) == value for name, value in chosen.items())
    ]
    return _show_roster(published, t, year, codes, int(number), chosen)


def _show_roster(
    published: Published, t: Language, year: int, codes: Sequence[str], number: int, chosen: Mapping[str, str]
) -> Context | None:
    taken = take_page(f"registries/{year}/", codes, number, PER_PAGE, urlencode(chosen))
    if taken is None:
        return None
    rows = registries.list_targets(published.record, year, taken[0])
    shown = {"year": year, "pager": taken[1], "filters": _list_filters(published, t, year, chosen)}
    return shown | _table(published, t, "targets", rows)


def _list_filters(published: Published, t: Language, year: int, chosen: Mapping[str, str]) -> list[Context]:
    """Return what a roster may be cut down by: name, words, value chosen, and the values that stand in it."""
    roster = published.record.targets.approved[year].values()
    shows = {key: show for key, _, _, show in _columns(published, t)["targets"]}

    def derive() -> dict[str, list[str]]:
        return {
            name: sorted({str(value) for one in roster if (value := getattr(one.newest, name)) is not None})
            for name in FILTERS
        }

    found = published.once("filters", year, derive)
    return [
        {
            "name": name,
            "title": t.of(words),
            "chosen": chosen.get(name, ""),
            "values": [(value, shows[name](value)) for value in found[name]],
        }
        for name, words in FILTERS.items()
        if found[name]
    ]


def _list_rows(published: Published, name: str) -> list[registries.Row]:
    def derive() -> list[registries.Row]:
        try:
            return registries.REGISTRIES[name](published.record, None)
        except Refused:  # nothing of it is approved yet
            return []

    return published.once("registries", name, derive)


@page(
    r"registries/(?P<name>officers|units|keys)/(?:(?P<number>[1-9][0-9]{0,5})/)?",
    "registry.html",
    lambda published: iter([]),
)
def _registry(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    name = match["name"]
    taken = take_page(f"registries/{name}/", _list_rows(published, name), int(match["number"] or 1), PER_PAGE)
    if taken is None:
        return None
    files = {"officers": f"officers-{_newest_officers(published)}"}.get(name, name)
    shown = {"title": t.of(TITLES[name]), "files": files if taken[1]["total"] else "", "pager": taken[1]}
    return shown | _table(published, t, name, taken[0])


def _newest_officers(published: Published) -> int:
    return max((year for year, _ in published.record.officers.approved), default=0)


def _table(published: Published, t: Language, name: str, rows: Sequence[registries.Row]) -> Context:
    columns = _columns(published, t)[name]
    return {
        "headings": [t(zh, en) for _, zh, en, _ in columns],
        "rows": [(row.get("id", ""), [show(row[key]) for key, _, _, show in columns]) for row in rows],
        "first_is_code": name != "units",
    }


def _columns(published: Published, t: Language) -> dict[str, list[Column]]:
    policy = published.policy

    def plain(value: Any) -> str:
        return "—" if value in (None, "", []) else str(value)

    def unit(value: Any) -> str:
        return "—" if value is None else t.unit(policy, value)

    def meant(meanings: Meanings) -> Callable[[Any], str]:
        return lambda value: plain(value) if value is None else t.meaning(meanings, value)

    def duties(value: Any) -> str:
        told: dict[str, list[str]] = {}
        for role, _, of in (duty.partition(" ") for duty in value):
            over = t.sub_roster(policy, of) if role in ("owner", "host") else t.unit(policy, of)
            told.setdefault(role, []).extend([over] if of else [])
        each = (t.meaning(ROLES, role) + t("", " ") + t("、", ", ").join(overs) for role, overs in told.items())
        return t("；", "; ").join(one.strip() for one in each) or "—"

    def office(value: Any) -> str:
        return t("外部见证人", "outside witness") if value == "witness" else unit(value)

    return {
        "targets": [
            ("id", "代码", "Code", plain),
            ("name", "名称", "Name", plain),
            ("sub_roster", "分册", "Sub-roster", lambda id: t.sub_roster(policy, id)),
            ("street", "街道", "Street", unit),
            ("status", "状态", "Status", meant(TARGET_STATUSES)),
            ("risk", "风险", "Risk", meant(TARGET_RISKS)),
            ("scale", "规模", "Scale", meant(TARGET_SCALES)),
        ],
        "officers": [
            ("id", "编号", "Id", plain),
            ("roster", "名录", "Roster", unit),
            ("unit", "单位", "Unit", unit),
            ("certificate_until", "证件有效期至", "Certified until", plain),
            ("in_post", "在岗", "In post", t.flag),
            ("enrolled", "入库", "Enrolled", t.flag),
        ],
        "units": [
            (t("name_zh", "name_en"), "单位", "Unit", plain),
            ("office", "机关", "Office", office),
            ("duties", "职责", "Duties", duties),
            ("has_key", "有密钥", "Has a key", t.flag),
        ],
        "keys": [
            ("key", "密钥", "Key", plain),
            ("unit", "单位", "Unit", unit),
            ("state", "状态", "State", meant(KEY_STATES)),
            ("vkey", "公钥", "Verifier key", plain),
        ],
    }

"""`double-random statistics`: numbers in which steering would show (T34), counted from the public log."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any

import typer

from ledger.cli.options import (
    DEFAULT_FOLDER,
    AsJson,
    Folder,
    Standing,
    Until,
    derive_year,
    open_installation,
    split_standing,
)
from ledger.cli.published import read_record
from ledger.cli.speech import plural, say, say_json, tr
from ledger.office.draws import Draw
from ledger.office.policy import PublicFields
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.proof.encoding import derive_day
from ledger.views import statistics
from ledger.views.statistics import Pair, Rate

SHOWN = 10
"""How many rows of each table are shown; all are in the JSON."""


@dataclass
class Gathered:
    """What the statistics are counted from, of one year."""

    cases: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    seats: Counter[str] = field(default_factory=Counter)
    recused: Counter[str] = field(default_factory=Counter)
    committed: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)


def gather(record: Record, year: int) -> Gathered:
    """Return what the executed draws of a year give: who was drawn for what, every ticket, who left, who withheld."""
    found = Gathered()
    for draw in record.draws.by_slot.values():
        if draw.month[:4] != str(year):
            continue
        found.committed.update([*draw.commitments])
        found.withheld.update(draw.missing)
        if draw.has_outcome:
            found.cases += [(sheet.code, sheet.officers) for sheet in derive_draw_outcome(draw).sheets]
            found.tickets += _tickets(draw)
            found.reasons += [leaf.excluded for leaf in draw.ground.pool if leaf.excluded is not None]
    for case in record.cases.by_subject.values():
        if case.drawn is not None and case.draw.month[:4] == str(year):
            found.seats.update(case.sheet.officers)
            found.recused.update([*case.recusals])
    return found


def _tickets(draw: Draw) -> Iterator[str]:
    seed = derive_draw_outcome(draw).seed
    for stratum in draw.ground.strata:
        sub_seed = derive_sub_seed(seed, "pool", stratum.id)
        yield from (derive_ticket(sub_seed, code) for code in draw.ground.eligible(stratum.id))


def _format_pair(pair: Pair) -> dict[str, Any]:
    return {
        "first": pair.first,
        "second": pair.second,
        "met": pair.met,
        "expected": _decimal(pair.expected),
        "chance": _decimal(pair.tail),
        "among": pair.among,
        "is_enough": pair.is_enough,
    }


def _format_rate(rate: Rate) -> dict[str, Any]:
    return {"name": rate.name, "happened": rate.happened, "out_of": rate.out_of, "share": _decimal(rate.share)}


def _decimal(value: Fraction | float | None) -> str | None:
    return None if value is None else f"{float(value):.4g}"


def derive_statistics(record: Record, year: int) -> dict[str, Any]:
    """Return a year's statistics as JSON. Small numbers are marked, and nothing in it is a verdict."""
    found = gather(record, year)
    enrolled = [
        officer.id
        for (of, _), roster in record.officers.approved.items()
        for officer in roster.values()
        if of == year and officer.enrolled
    ]
    load, deciles = statistics.measure_load(found.cases, enrolled), statistics.spread_tickets(found.tickets)
    rosters = {of: set(roster) for of, roster in record.targets.approved.items()}
    drawn = {of: set(selected) for of, selected in record.draws.selected.items()}
    return {
        "year": year,
        "cases": len(found.cases),
        "officer_and_enterprise": [_format_pair(one) for one in statistics.count_officer_enterprise_pairs(found.cases)],
        "officers_together": [_format_pair(one) for one in statistics.count_officer_pairs(found.cases)],
        "load": {"gini": _decimal(load.gini), "cases": dict(load.cases)},
        "tickets": {"deciles": list(deciles.counts), "chance": _decimal(deciles.tail)},
        "excluded": dict(statistics.count_reasons(found.reasons)),
        "never_drawn_in_3_years": statistics.find_never_drawn(rosters, drawn, 3, year),
        "recusals": [_format_rate(one) for one in statistics.derive_rates(found.recused, found.seats)],
        "shares_withheld": [_format_rate(one) for one in statistics.derive_rates(found.withheld, found.committed)],
    }


def hide_unpublished(facts: dict[str, Any], fields: PublicFields) -> dict[str, Any]:
    """Return a year's statistics without the officers' ids and the enterprises' codes that the policy keeps internal.

    All numbers stay: a name that is left out is empty, and loads stand under consecutive numbers.
    """

    def officer(id: str) -> str:
        return "" if fields.officers == "internal" else id

    def code(id: str) -> str:
        return id if fields.code == "public" else ""

    never, loads = facts["never_drawn_in_3_years"], facts["load"]["cases"]
    if fields.officers == "internal":
        loads = {str(number): cases for number, cases in enumerate(loads.values(), start=1)}
    return facts | {
        "officer_and_enterprise": [
            pair | {"first": officer(pair["first"]), "second": code(pair["second"])}
            for pair in facts["officer_and_enterprise"]
        ],
        "officers_together": [
            pair | {"first": officer(pair["first"]), "second": officer(pair["second"])}
            for pair in facts["officers_together"]
        ],
        "load": facts["load"] | {"cases": loads},
        "never_drawn_in_3_years": None if never is None else [code(id) for id in never],
        "recusals": [rate | {"name": officer(rate["name"])} for rate in facts["recusals"]],
    }


def statistics_command(
    folder: Folder = DEFAULT_FOLDER,
    year: Annotated[
        int | None, typer.Option(metavar="YEAR", help=tr("年度，默认今年", "the year; this one if not given"))
    ] = None,
    as_json: AsJson = False,
    at: Standing = None,
    until: Until = None,
) -> None:
    """Show a year's statistics: pairs, load, tickets by decile, exclusions, recusals, withheld shares."""
    index, time = split_standing(at)
    record = read_record(folder, index, until)
    if year is None and (index is not None or until is not None):
        year = int(derive_day(record.times[-1])[:4])
    facts = derive_statistics(record, derive_year(open_installation(folder, time), year))
    if as_json:
        say_json(facts)
        return
    for line in format_statistics(facts):
        say(*line)


def format_statistics(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the statistics as a reader reads them, in both languages, the rarest first."""
    yield (
        f"{facts['year']} 年，抽取产生 {facts['cases']} 宗",
        f"{facts['year']}: {plural(facts['cases'], 'case')} from draws",
    )
    few = " （样本过少，不足以判断）", " (too few to say)"
    for key, zh, en in (
        (
            "officer_and_enterprise",
            "人员与企业多次相遇，按偶然可能性由小到大",
            "officer and enterprise, the least likely first",
        ),
        ("officers_together", "两名人员多次同行", "two officers together"),
    ):
        yield f"{zh}：", f"{en}:"
        for pair in facts[key][:SHOWN]:
            who = f"  {pair['first']} + {pair['second']}: {pair['met']}"
            mark = ("", "") if pair["is_enough"] else few
            chance = pair["chance"]
            yield (
                f"{who} 次，预期 {pair['expected']}，偶然可能性 {chance}{mark[0]}",
                f"{who}, expected {pair['expected']}, chance {chance}{mark[1]}",
            )
    yield f"人员负荷不均（基尼系数）：{facts['load']['gini'] or '—'}", f"load, Gini: {facts['load']['gini'] or '—'}"
    tickets = facts["tickets"]
    spread = " ".join(map(str, tickets["deciles"]))
    yield (
        f"签号十等分：{spread}；偶然可能性 {tickets['chance'] or '—'}",
        (f"tickets by decile: {spread}; chance {tickets['chance'] or '—'}"),
    )
    told = ", ".join(f"{reason} {number}" for reason, number in facts["excluded"].items()) or "—"
    yield f"未参加抽取的原因：{told}", f"excluded: {told}"
    for key, zh, en in (("recusals", "回避率", "recusals"), ("shares_withheld", "未公开份额", "shares withheld")):
        for rate in [rate for rate in facts[key] if rate["happened"]][:SHOWN]:
            told = f"{rate['name']}: {rate['happened']}/{rate['out_of']}"
            mark = few if rate["share"] is None else ("", "")
            yield f"{zh} {told}{mark[0]}", f"{en} {told}{mark[1]}"

"""The internal bulletin of a period (内部通报; R15), as it is circulated: in all, by section, and what is late."""

from collections.abc import Iterator, Mapping, Sequence

from ledger.office.policy import Policy
from ledger.papers.case import NOTHING, Meanings
from ledger.papers.page import Facts, Page, Points, Section, Table, Text, Words
from ledger.proof.draw import BUREAU
from ledger.views.bulletin import FIGURES, Bulletin
from ledger.views.deadlines import Due

SHOWN = ("assigned", "visited", "problems", "submitted", "published", "published_late", "recusals", "closed", "overdue")
"""The figures that have a column of their own for each section; further ones that are not 0 stand in the last."""


def derive_page(
    drafted: Bulletin,
    late: Sequence[Due],
    policy: Policy,
    meanings: Mapping[str, Meanings],
    source: tuple[str, int],
) -> Page:
    """Return a period's bulletin.

    late      what was overdue on its last day
    meanings  `figure` and `due`: what ids mean
    source    the log's name, and how many entries it was counted from
    """
    figures = meanings["figure"]
    origin, size = source
    return Page(
        title=Words("双随机执法检查内部通报", "Internal bulletin on inspections"),
        number=Words(f"{drafted.first} 至 {drafted.last}", f"{drafted.first} to {drafted.last}"),
        sections=(
            Section(Words("一、总体情况", "1. The whole"), (Facts(tuple(_totals(drafted, figures))), _share(drafted))),
            Section(Words("二、执法人员名录库覆盖", "2. Officer rosters"), (_coverage(drafted, policy),)),
            Section(Words("三、各科室、街道", "3. Sections and streets"), (_sections(drafted, policy, figures),)),
            Section(Words("四、期末逾期事项", "4. Overdue at its end"), (_late(late, policy, meanings["due"]),)),
        ),
        foot=Words(
            f"数字由日志 {origin} 的 {size} 条记录统计得出，持有日志的人可以重新统计。",
            f"Counted from {size} entries of the log {origin}; whoever has the log can count them again.",
        ),
        is_wide=True,
    )


def _name(policy: Policy, unit: str) -> Words:
    known = policy.units.get(unit)
    if known is None and unit == BUREAU:
        return Words("区局", "the bureau")
    return Words(unit, unit) if known is None else Words(known.names.zh, known.names.en)


def _totals(drafted: Bulletin, figures: Meanings) -> Iterator[tuple[Words, Text]]:
    for figure in FIGURES:
        yield Words(*figures[figure]), str(drafted.totals[figure])


def _share(drafted: Bulletin) -> Points:
    drawn, visits = drafted.share_from_draws
    if not visits:
        return Points((Words("本期没有检查。", "Nothing was visited in the period."),))
    percent = drawn * 100 // visits
    return Points(
        (
            Words(
                f"检查 {visits} 次，其中由随机抽取产生 {drawn} 次，占 {percent}%。",
                f"{visits} visits, of which {drawn} came from a draw: {percent}%.",
            ),
        )
    )


def _coverage(drafted: Bulletin, policy: Policy) -> Table:
    heads = (
        Words("名录库", "Roster"),
        Words("持证在编在岗", "Certified and in post"),
        Words("入库", "Enrolled"),
        Words("比例", "Share"),
    )
    rows = tuple(
        (
            _name(policy, roster),
            str(certified),
            str(enrolled),
            f"{enrolled * 100 // certified}%" if certified else NOTHING,
        )
        for roster, (enrolled, certified) in sorted(drafted.coverage.items())
    )
    return Table(heads, (40, 20, 20, 20), rows)


def _sections(drafted: Bulletin, policy: Policy, figures: Meanings) -> Table:
    heads = (
        Words("单位", "Unit"),
        *(Words(*figures[figure]) for figure in SHOWN),
        Words("其他", "Further"),
    )
    rows = []
    for unit, counted in drafted.sections.items():
        further = [figure for figure in FIGURES if figure not in SHOWN and counted.get(figure)]
        told = Words(
            "，".join(f"{figures[figure][0]} {counted[figure]}" for figure in further),
            ", ".join(f"{figures[figure][1]} {counted[figure]}" for figure in further),
        )
        numbers = (str(counted.get(figure, 0)) for figure in SHOWN)
        rows.append((_name(policy, unit), *numbers, told if further else NOTHING))
    return Table(heads, (15, 7, 7, 7, 7, 7, 7, 7, 7, 7, 22), tuple(rows))


def _late(late: Sequence[Due], policy: Policy, dues: Meanings) -> Table:
    heads = (
        Words("期限", "Due"),
        Words("事项", "What"),
        Words("记录", "Subject"),
        Words("责任单位", "Unit"),
        Words("人员所在单位", "Home units"),
    )
    rows: list[tuple[Text, ...]] = []
    for due in late:
        homes = [_name(policy, home) for home in due.homes if home]
        told = Words("、".join(home.zh for home in homes), ", ".join(home.en for home in homes))
        rows.append((due.due, Words(*dues[due.kind]), due.subject, _name(policy, due.unit), told if homes else NOTHING))
    if not rows:
        rows.append((NOTHING, Words("无", "nothing"), NOTHING, NOTHING, NOTHING))
    return Table(heads, (11, 20, 25, 20, 24), tuple(rows))

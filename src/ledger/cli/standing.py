"""How things stand: a log's draws and cases, as facts for programs (ids) and as rows for people (names)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.audit.wording import translate
from ledger.cli.speech import plural, tr
from ledger.cli.words import CASE_STATES, STATIONS, VOID_REASONS, join, name, name_unit
from ledger.office.calendar import Calendar, Counted
from ledger.office.cases import Case, find_sheets
from ledger.office.draws import Draw
from ledger.office.outcome import Sheet
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.encoding import format_time
from ledger.proof.randomness import Chain, derive_round


def derive_station(draw: Draw) -> str:
    """Return the last station that a draw has passed: an id of STATIONS."""
    passed = {
        "opened": True,
        "frozen": draw.frozen is not None,
        "closed": draw.closed is not None,
        "witnessed": draw.witnessed_at is not None,
        "randomness": draw.results is not None,
        "executed": draw.executed,
        "attested": draw.attested is True,
        "revealed": draw.revealed_at is not None,
    }
    return [station for station in STATIONS if passed[station]][-1]


def derive_lateness(draw: Draw, calendar: Calendar) -> Counted | None:
    """Return the day by which a monthly draw was to be opened, where it was opened later (R22, Q10)."""
    start = calendar.month_start(draw.month, draw.policy.periods.month_start_working_days)
    return start if draw.opened.kind == "monthly" and draw.opened_on > start.value else None


def derive_status(draw: Draw, calendar: Calendar, today: str = "") -> dict[str, Any]:
    """Return how far a slot is: its station, T and the rounds of it, who has committed, revealed, or not.

    today  the day by which a reveal is overdue; empty: none is
    """
    facts: dict[str, Any] = {"slot": draw.slot, "kind": draw.opened.kind, "station": derive_station(draw)}
    late = derive_lateness(draw, calendar)
    facts |= {"opened": draw.opened_on, "is_late": late is not None}
    facts |= {"is_provisional": late is not None and late.is_provisional}
    facts |= {"lead": draw.opened.lead, "participants": list(draw.opened.participants or ()) or None}
    if draw.frozen is not None:
        facts["draw_at"] = format_time(draw.draw_at)
        chains = [source for source in draw.policy.final if isinstance(source, Chain)]
        facts["rounds"] = [derive_round(chain, draw.draw_at) for chain in chains] or None
    facts |= {"committed": sorted(draw.commitments) or None, "shares": sorted(draw.shares) or None}
    if draw.is_sealed:
        facts |= {"mode": "sealed", "unchecked": {unit: draw.find_unchecked(unit) for unit in draw.encrypted} or None}
        facts["reveal_due"] = draw.reveal_due if draw.owes_reveal else None
        facts["is_reveal_overdue"] = draw.owes_reveal and today > draw.reveal_due
        facts["reads"] = [{"entry": index, "unit": unit, "what": what} for index, unit, what in draw.reads] or None
    return facts | {"missing": list(draw.missing) or None, "voided": draw.voided}


def format_status(draw: Draw, calendar: Calendar, today: str = "") -> list[str]:
    """Return a slot as a reader reads it: units by name, and what is not as it should be in the note."""
    facts = derive_status(draw, calendar, today)
    randomness = format_sources(draw)
    waiting = draw.commitments.keys() - draw.shares.keys()
    shares = [_name_party(draw, party) for party in sorted(draw.shares)]
    shares += [f"{_name_party(draw, unit)}{_tell_waiting(draw, unit)}" for unit in sorted(waiting - {*draw.missing})]
    note = [tr(f"缺 {_name_party(draw, unit)}", f"missing: {_name_party(draw, unit)}") for unit in draw.missing]
    if draw.opened.lead is not None:
        lead, others = _name_party(draw, draw.opened.lead), [_name_party(draw, one) for one in facts["participants"]]
        note.append(tr(f"{lead}发起，{join(others)}配合", f"led by {lead}, with {join(others)}"))
    late = derive_lateness(draw, calendar)
    if late is not None:
        provisional = tr("（暂定）", " (provisional)") if late.is_provisional else ""
        note.append(tr(f"迟于 {late.value} 启用{provisional}", f"opened after {late.value}{provisional}"))
    if facts.get("is_reveal_overdue"):
        day = draw.reveal_due
        note.append(tr(f"逾期未公开份额（检查期限 {day}）", f"overdue: to be revealed, visits were due by {day}"))
    elif draw.owes_reveal:
        note.append(tr(f"封存，{draw.reveal_due} 前检查完毕", f"sealed, visits until {draw.reveal_due}"))
    if draw.reads:
        note.append(tr(f"已记录查看 {len(draw.reads)} 次", f"readings recorded: {len(draw.reads)}"))
    if draw.voided is not None:
        reason = name(VOID_REASONS, draw.voided)
        note.append(tr(f"已作废：{reason}", f"void: {reason}"))
    station = name(STATIONS, facts["station"])
    return [draw.slot, station, facts.get("draw_at", "—"), randomness or "—", join(shares) or "—", join(note)]


def _tell_waiting(draw: Draw, unit: str) -> str:
    """Return why a share that a unit committed is not among those shown: not revealed, not checked, or still sealed."""
    if not draw.is_sealed:
        return tr("（已封存，未公开）", " (committed, not revealed)")
    unchecked = join([name_unit(draw.policy, one) for one in draw.find_unchecked(unit)])
    return (
        tr(f"（待 {unchecked} 核对）", f" (to be checked by {unchecked})") if unchecked else tr("（封存）", " (sealed)")
    )


def format_sources(draw: Draw) -> str:
    """Return the randomness that a draw is frozen to, as a reader reads it; empty before that."""
    sources = draw.frozen.sources if draw.frozen is not None else ()
    return join(
        [
            tr(f"{source.kind} 第 {source.round} 轮", f"{source.kind} round {source.round}")
            if source.round is not None
            else tr(f"{source.name} 第 {source.issue} 期", f"{source.name} issue {source.issue}")
            for source in sources
        ]
    )


def _name_party(draw: Draw, party: str) -> str:
    """Return the name of a unit that has a share, or of one whose dice are a share."""
    unit = name_unit(draw.policy, party.removeprefix("dice:"))
    return tr(f"骰子（{unit}）", f"dice of {unit}") if party.startswith("dice:") else unit


def derive_case(sheet: Sheet, case: Case | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Return how far a drawn enterprise's case is; `case` is None until it is assigned.

    names  id -> name, of the enterprises and officers whose names the reader has
    """
    officers = list(case.officers if case is not None else sheet.officers)
    stations = (
        ("drawn", True),
        ("assigned", case is not None),
        ("visited", case is not None and case.visit is not None),
        ("submitted", case is not None and case.result is not None),
        ("published", case is not None and case.published is not None),
    )
    return {
        "case": sheet.number,
        "id": sheet.code,
        "host": sheet.host,
        "deadline": sheet.deadline,
        "state": [name for name, is_past in stations if is_past][-1],
        "officers": officers,
        "items": list(sheet.items),
        "name": names.get(sheet.code),
        "officer_names": [names.get(officer) for officer in officers],
    }


def derive_cases(record: Record, draw: Draw, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the cases of a draw in their order, those that are sealed too. Raises Refused before it is executed."""
    found = find_sheets(record, draw) if draw.owes_reveal else derive_draw_outcome(draw).sheets
    sheets = {sheet.number: sheet for sheet in found}
    count = draw.claimed.count if draw.claimed is not None else len(sheets)
    rows = []
    for number in (f"{one:04d}" for one in range(1, count + 1)):
        subject = f"case/{draw.slot}/{number}"
        if number in sheets:
            rows.append(derive_case(sheets[number], record.cases.by_subject.get(subject), names))
        else:
            rows.append(_derive_sealed_case(draw, number, subject in record.cases.sealed))
    return rows


def _derive_sealed_case(draw: Draw, number: str, is_assigned: bool) -> dict[str, Any]:
    """Return what can be said of a case whose sheet is sealed, in the form of `derive_case`."""
    return {
        "case": number,
        "id": None,
        "host": None,
        "deadline": draw.reveal_due,
        "state": "assigned" if is_assigned else "drawn",
        "officers": [],
        "items": [],
        "name": None,
        "officer_names": [],
        "sealed_until": draw.reveal_due,
    }


def format_case(policy: Policy, row: Mapping[str, Any]) -> list[str]:
    """Return a case as a reader reads it; an officer's id stays beside the name, for the commands want it."""
    officers = [
        f"{id} {known}" if known else id for id, known in zip(row["officers"], row["officer_names"], strict=True)
    ]
    state = name(CASE_STATES, row["state"])
    if row.get("sealed_until"):
        until = tr(f"封存至 {row['sealed_until']}", f"sealed until {row['sealed_until']}")
        return [row["case"], "—", until, "—", row["deadline"], state]
    return [
        row["case"],
        row["id"],
        row["name"] or "—",
        name_unit(policy, row["host"]),
        row["deadline"],
        state,
        *officers,
    ]


def format_sheet(draw: Draw, sheet: Sheet, names: Mapping[str, str]) -> Iterator[str]:
    """Yield a sheet as those read it who visit: whom, by when, with whom, and what to check, a line each.

    names  id -> name, of the enterprises and officers whose names the reader has
    """
    known, host = names.get(sheet.code), name_unit(draw.policy, sheet.host)
    yield tr(f"案件：{draw.slot}/{sheet.number}", f"case: {draw.slot}/{sheet.number}")
    yield tr("企业：", "enterprise: ") + (f"{sheet.code} {known}" if known else sheet.code)
    yield tr(f"主办：{host}", f"host: {host}")
    yield tr(f"检查期限：{sheet.deadline}", f"visit due: {sheet.deadline}")
    for officer in sheet.officers:
        home, known = name_unit(draw.policy, draw.ground.homes[officer]), names.get(officer)
        told = f"{officer} {known}" if known else officer
        yield tr(f"执法人员：{told}（{home}）", f"officer: {told} ({home})")
    content = {item.id: item.content for item in draw.ground.items}
    for item in sheet.items:
        yield tr(f"事项：{item} {content[item]}", f"item: {item} {content[item]}")


def derive_facts(record: Record) -> dict[str, Any]:
    """Return what a record holds, counted."""
    return {
        "origin": record.origin,
        "size": record.size,
        "root": record.tree.root().hex(),
        "units": len(record.policies[-1][1].units) if record.policies else 0,
        "targets": {str(year): len(roster) for year, roster in record.targets.approved.items()},
        "officers": {f"{year} {roster}": len(rows) for (year, roster), rows in record.officers.approved.items()},
        "draws": {slot: _tell_outcome(draw) for slot, draw in record.draws.by_slot.items()},
        "cases": len(record.cases.by_subject),
        "unfounded": len(record.cases.unfounded),
        "published": sum(case.published is not None for case in record.cases.by_subject.values()),
    }


def derive_breaches(record: Record) -> list[dict[str, Any]]:
    """Return what was taken while it was sealed and proved wrong since: entry, and why in both languages."""
    return [
        {"entry": breach.index, "reason": str(breach.error), "reason_zh": translate(str(breach.error))}
        for breach in record.breaches
    ]


def _tell_outcome(draw: Draw) -> str:
    return "sealed" if draw.owes_reveal else "executed" if draw.executed else "open"


def format_facts(record: Record, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a record holds, a line each, with names in the place of ids."""
    policy = record.policies[-1][1] if record.policies else None
    yield tr(f"日志：{facts['origin']}", f"log: {facts['origin']}")
    yield tr(f"条数：{facts['size']}", f"size: {facts['size']}")
    yield tr(f"根：{facts['root']}", f"root: {facts['root']}")
    yield tr(f"单位：{facts['units']} 个", f"units: {facts['units']}")
    for year, number in facts["targets"].items():
        yield tr(f"检查对象名录（{year} 年）：{number} 户", f"target roster of {year}: {plural(number, 'enterprise')}")
    for (year, roster), officers in record.officers.approved.items():
        office = roster if policy is None else name_unit(policy, roster)
        yield tr(
            f"执法人员名录（{year} 年，{office}）：{len(officers)} 人",
            f"officer roster of {year}, {office}: {len(officers)}",
        )
    for draw in record.draws.by_slot.values():
        station = name(STATIONS, derive_station(draw))
        yield tr(f"批次 {draw.slot}：{station}", f"slot {draw.slot}: {station}")
    yield tr(
        f"案件：{facts['cases']} 宗，已公开 {facts['published']} 宗",
        f"cases: {facts['cases']}, of which {facts['published']} published",
    )
    if facts["unfounded"]:
        yield tr(
            f"抽取结果不实而不再有效的案件：{facts['unfounded']} 宗",
            f"cases of an invented outcome, which count for nothing: {facts['unfounded']}",
        )
    for breach in facts.get("breaches", ()):
        yield tr(
            f"公开后不符：第 {breach['entry']} 条，{breach['reason_zh']}",
            f"wrong, as was shown later: entry {breach['entry']}, {breach['reason']}",
        )
    if "first_wrong" in facts:
        wrong = facts["first_wrong"]
        yield tr(
            f"第一处错误：第 {wrong['entry']} 条，{wrong['reason_zh']}",
            f"first wrong: entry {wrong['entry']}, {wrong['reason']}",
        )

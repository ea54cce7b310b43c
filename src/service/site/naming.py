"""What things of the log are called where a citizen reads: a draw by office, month and number, never by its slot."""

import re
from collections.abc import Callable

from ledger.cli.words import TARGET_RISKS, TARGET_SCALES
from ledger.office.draws import Draw
from ledger.office.events.plans import PlanApproved
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.rows import Scope

from .language import Language

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_MONTH = r"(?P<office>.+)/(?P<year>[0-9]{4})-(?P<month>[0-9]{2})"
_SLOT = re.compile(_MONTH + r"/(?P<number>[0-9]{3})")
_CASE = re.compile(r"(?P<slot>.+/[0-9]{3})/(?P<number>[0-9]{4})")
_OPENING = re.compile(_MONTH + r" (?P<line>[a-z0-9-]+)")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def name_office(policy: Policy, office: str, t: Language) -> str:
    """Return an office's name as it begins a title."""
    return _capital(t.unit(policy, office))


def name_month(office: str, year: int, month: int, policy: Policy, t: Language) -> str:
    """Return an office's month, such as 区局 2027 年 1 月."""
    name = name_office(policy, office, t)
    return t(f"{name} {year} 年 {month} 月", f"{name}, {MONTHS[month - 1]} {year}")


def name_slot(slot: str, policy: Policy, t: Language) -> str:
    """Return what a draw is called; its slot, where that is none.

    By hand: bureau/2027-01/001 is 区局 2027 年 1 月第 001 号; The bureau, January 2027, No. 001.
    """
    found = _SLOT.fullmatch(slot)
    if found is None:
        return slot
    month = name_month(found["office"], int(found["year"]), int(found["month"]), policy, t)
    return t(f"{month}第 {found['number']} 号", f"{month}, No. {found['number']}")


def name_case(number: str, policy: Policy, t: Language) -> str:
    """Return what an inspection is called: number is slot and place for a drawn one, else its own number."""
    found = _CASE.fullmatch(number)
    if found is not None:
        slot = name_slot(found["slot"], policy, t)
        return t(f"{slot}第 {int(found['number'])} 件", f"{slot}, inspection {int(found['number'])}")
    month = _SLOT.fullmatch(number)
    if month is None:
        return number
    named = name_month(month["office"], int(month["year"]), int(month["month"]), policy, t)
    return t(f"{named}第 {month['number']} 号非抽取检查", f"{named}, inspection {month['number']} outside any draw")


def name_stratum(draw: Draw, id: str, record: Record, t: Language) -> str:
    """Return what a draw's stratum is called: the sub-roster, else its scope in words, with its id."""
    lines = (line for plan in _list_plans(draw.office, int(draw.month[:4]), record) for line in plan.lines)
    strata = next((line.strata for line in lines if line.id == draw.opened.line), ())
    return name_planned(id, next((one.scope for one in strata if one.id == id), None), draw.policy, t)


def name_planned(id: str, scope: Scope | None, policy: Policy, t: Language) -> str:
    """Return what a stratum of a plan is called; its id, where nothing is known of its scope.

    By hand: `small` of scales micro and small in bantian is 坂田街道、规模：微型、规模：小型（small）.
    """
    if id in policy.sub_rosters or scope is None:
        return t.sub_roster(policy, id)
    parts = [
        *(t.sub_roster(policy, one) for one in scope.sub_rosters or ()),
        *(t.unit(policy, one) for one in scope.streets or ()),
        *(t("风险：", "risk: ") + t.meaning(TARGET_RISKS, one) for one in scope.risks or ()),
        *(t("规模：", "scale: ") + t.meaning(TARGET_SCALES, one) for one in scope.scales or ()),
        *(t.of(policy.tags[one]) if one in policy.tags else one for one in scope.tags or ()),
        *(t("名单：", "list: ") + one for one in scope.lists or ()),
    ]
    if scope.hazards is not None:
        parts.append(t(f"重大危险源 {scope.hazards} 处以上", f"{scope.hazards} or more major hazards"))
    if scope.accidents is not None:
        parts.append(t(f"事故 {scope.accidents} 起以上", f"{scope.accidents} or more accidents"))
    return t("、", ", ").join(parts) + t(f"（{id}）", f" ({id})") if parts else id


def _list_plans(office: str, year: int, record: Record) -> list[PlanApproved]:
    """Return an office's plans of a year, the newest first."""
    return [plan for _, plan in reversed(record.plans.approved.get((office, year), []))]


def name_subject(subject: str, record: Record, t: Language) -> str:
    """Return what an event's subject is called; what follows its first word, where this knows no better."""
    noun, _, rest = subject.partition("/")
    tell = _TELLERS.get(noun)
    return rest or noun if tell is None else tell(rest, record, t)


def _name_draw(rest: str, record: Record, t: Language) -> str:
    found = _OPENING.fullmatch(rest)
    policy = record.policies[-1][1]
    if found is None:  # a month's draw that is still to be opened is told with its plan line
        return name_slot(rest, policy, t)
    plans = _list_plans(found["office"], int(found["year"]), record)
    titles = (line.title for plan in plans for line in plan.lines if line.id == found["line"])
    month = name_month(found["office"], int(found["year"]), int(found["month"]), policy, t)
    return t(f"{month}：", f"{month}: ") + next(titles, found["line"])


def _name_case(rest: str, record: Record, t: Language) -> str:
    return name_case(rest, record.policies[-1][1], t)


def _name_by_year(zh: str, en: str) -> Callable[[str, Record, Language], str]:
    """Return what tells a subject that holds a year and, before or after it, a unit or sub-roster."""

    def tell(rest: str, record: Record, t: Language) -> str:
        policy = record.policies[-1][1]
        year = next((part for part in rest.split("/") if re.fullmatch("[0-9]{4}", part)), "")
        whose = rest.replace(year, "", 1).strip("/").removesuffix("/changes") if year else rest
        named = t.sub_roster(policy, whose) if whose in policy.sub_rosters else t.unit(policy, whose)
        if not whose:
            return t(f"{year} 年{zh}", f"{year} {en}")
        return t(f"{named} {year} 年{zh}", f"{_capital(named)}, {year} {en}")

    return tell


def _name_numbered(zh: str, en: str) -> Callable[[str, Record, Language], str]:
    return lambda rest, record, t: t(f"{zh} {rest}", f"{en} {rest}")


_TELLERS: dict[str, Callable[[str, Record, Language], str]] = {
    "draw": _name_draw,
    "case": _name_case,
    "inspection": _name_case,
    "plan": _name_by_year("抽查计划", "plan"),
    "targets": _name_by_year("检查对象名录", "target roster"),
    "officers": _name_by_year("执法人员名录", "officer roster"),
    "filing": _name_by_year("街道计划备案", "filing of its own plan"),
    "complaint": _name_numbered("举报", "Complaint"),
    "notice": _name_numbered("督办通知", "Notice"),
    "opinion": _name_numbered("监督意见", "Opinion"),
    "officer": _name_numbered("执法人员", "Officer"),
    "items": lambda rest, record, t: t("抽查事项清单", "Check items"),
}

"""An inspection's page: who, where, what, and every step of it in words."""

import re
from collections.abc import Iterator
from typing import Any

from ledger.cli.words import (
    AUTHORITIES,
    CANCELLATIONS,
    CARRIERS,
    CLOSINGS,
    EVENTS,
    INSPECTION_KINDS,
    KINDS,
    LATE_SCANS,
    OUTCOMES,
    PARTY_SIGNATURES,
    PENALTIES,
    PUBLISHED_KINDS,
    RECUSAL_REASONS,
    URGINGS,
    VISIT_MODES,
    WITHDRAWALS,
    Meanings,
)
from ledger.office.cases import Case
from ledger.office.policy import PublicFields
from ledger.proof.encoding import derive_day
from ledger.views.registries import show_name

from ..public.rows import policy_of
from ..published import Published
from .language import Language
from .naming import name_case, name_slot
from .page import Context, page

FACTS: dict[str, list[tuple[str, str, str, Meanings | None]]] = {
    "inspection.approved/1": [
        ("kind", "类型", "Kind", INSPECTION_KINDS),
        ("reason", "事由", "Reason", None),
        ("complaint", "举报回执号", "Complaint", None),
    ],
    "inspection.cancelled/1": [("reason", "原因", "Reason", CANCELLATIONS)],
    "case.received/1": [("officer", "执法人员", "Officer", None)],
    "case.urged/1": [("reason", "原因", "Reason", URGINGS)],
    "officer.recused/1": [("officer", "执法人员", "Officer", None), ("reason", "原因", "Reason", RECUSAL_REASONS)],
    "officer.replaced/1": [("recused", "原执法人员", "Instead of", None), ("officer", "新执法人员", "Officer", None)],
    "visit.scanned/1": [("late", "补扫原因", "Why late", LATE_SCANS)],
    "visit.recorded/1": [
        ("visited", "检查日期", "Day", None),
        ("mode", "方式", "How", VISIT_MODES),
        ("party", "当事人", "The party", PARTY_SIGNATURES),
    ],
    "rectification.ordered/1": [("due", "整改期限", "By", None)],
    "case.reinspected/1": [("visited", "复查日期", "Day", None)],
    "case.transferred/1": [("to", "移送至", "To", AUTHORITIES)],
    "result.published/1": [("result", "结果", "Result", OUTCOMES), ("carriers", "载体", "Where", CARRIERS)],
    "result.corrected/1": [("reason", "理由", "Reason", None)],
    "penalty.decided/1": [("kind", "种类", "Kind", PENALTIES), ("decided", "决定日期", "Decided", None)],
    "penalty.published/1": [("carriers", "载体", "Where", CARRIERS)],
    "publication.withdrawn/1": [("of", "撤回", "Of", PUBLISHED_KINDS), ("reason", "原因", "Reason", WITHDRAWALS)],
    "case.closed/1": [("outcome", "结果", "Outcome", CLOSINGS)],
}
"""Event type -> what its step shows: a key of the body, its name in both languages, what its values mean.

A result that is submitted or corrected is shown where it is published, and not before.
"""

_FIELDS = {"officer": "officers", "recused": "officers", "visited": "date", "result": "result", "outcome": "result"}
"""Key of a body -> the policy's word for what announcements may show of it."""


def _case_paths(published: Published) -> Iterator[str]:
    return (f"cases/{subject.partition('/')[2]}/" for subject in published.record.cases.by_subject)


@page(r"cases/(?P<case>[a-z0-9/-]+)/", "case.html", _case_paths)
def _show_case(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    subjects = (f"{noun}/{match['case']}" for noun in ("case", "inspection"))
    subject = next((one for one in subjects if one in published.record.cases.by_subject), None)
    if subject is None:
        return None
    case = published.record.cases.by_subject[subject]
    policy = published.policy if case.drawn is None else case.draw.policy
    shown = policy_of(published, case).publication
    return {
        "number": match["case"],
        "name": name_case(match["case"], policy, t),
        "slot": None if case.drawn is None else case.draw.slot,
        "draw": "" if case.drawn is None else name_slot(case.draw.slot, policy, t),
        "facts": _tell_case(published, subject, case, t),
        "items": _tell_items(published, case),
        "steps": [
            {
                "name": t.meaning(EVENTS, event.type),
                "at": event.at,
                "unit": t.unit(policy, event.unit),
                "index": index,
                "facts": tell_facts(event.type, event.body, shown, case.published is not None, t),
            }
            for index, event in published.events(subject)
        ],
    }


def _tell_case(published: Published, subject: str, case: Case, t: Language) -> list[tuple[str, str]]:
    """Return what a case is: where, by whom, by when, what came of it."""
    policy = published.policy if case.drawn is None else case.draw.policy
    shown, row = policy_of(published, case).publication, published.rows.cases[subject]
    kind = KINDS[case.draw.opened.kind] if case.drawn else INSPECTION_KINDS[row.kind]
    listing = published.record.targets.approved.get(int(derive_day(case.since)[:4]), {}).get(case.code)
    result = case.shown.result if case.shown is not None and case.published is not None else None
    facts = [
        (t("编号", "Number"), subject.partition("/")[2]),
        (t("类型", "Kind"), t.of(kind)),
        (t("企业", "Enterprise"), show_name(shown.name, listing.newest.name) if listing else "—"),
        (t("代码", "Code"), case.code if shown.code == "public" else t("不公开", "not public")),
        (t("主办科室", "Host section"), t.unit(policy, case.host)),
        (t("期限", "By"), row.due),
    ]
    if shown.officers != "internal":
        facts.append((t("执法人员", "Officers"), t("、", ", ").join(case.officers)))
    if result is None:
        facts.append((t("结果", "Result"), t("尚未公开", "not published yet")))
    elif shown.result == "public":
        facts.append((t("结果", "Result"), t.meaning(OUTCOMES, result)))
        # one that says what the result says already is not said again
        if case.shown is not None and shown.summary == "public" and case.shown.summary not in OUTCOMES[result]:
            facts.append((t("说明", "Summary"), case.shown.summary))
    return facts


def _tell_items(published: Published, case: Case) -> list[tuple[str, str]]:
    """Return the ids and words of what is checked."""
    listed = case.draw.ground.items if case.drawn else ()
    words = {item.id: item.content for item in listed}
    return [(item, words.get(item, "")) for item in case.items]


def tell_facts(
    type: str, body: dict[str, Any], shown: PublicFields, is_published: bool, t: Language
) -> list[tuple[str, str]]:
    """Return what a step says, as far as the policy lets announcements show it, and results while one is public."""
    told = []
    for key, zh, en, meanings in FACTS.get(type, []):
        field = _FIELDS.get(key, "")
        is_hidden = getattr(shown, field, "public") == "internal" or (field == "result" and not is_published)
        if body.get(key) is None or is_hidden:
            continue
        values = body[key] if isinstance(body[key], list) else [body[key]]
        means = [str(value) if meanings is None else t.meaning(meanings, value) for value in values]
        told.append((t(zh, en), t("、", ", ").join(means)))
    return told

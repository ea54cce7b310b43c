"""我的企业, as this site answers it: for whoever has no JavaScript. The page of verification answers it in the browser.

Served, the page tells what one draw meant for one enterprise. Exported, there is nobody to ask, and it says where else.
"""

import re
from dataclasses import replace
from json import loads
from typing import Any

from ledger.audit.explain import format_explanation
from ledger.audit.explanation import Explanation
from ledger.audit.wording import translate
from ledger.office.draws import Draw
from ledger.proof.errors import LedgerError, Refused
from ledger.views.registries import show_name

from ..public import derived
from ..published import Published
from .language import Language
from .naming import name_slot
from .page import Context, page

CODE_CHARACTERS = 120
"""No code is longer, and hardly a name."""


@page("explain/", "explain.html")
def _explain(published: Published, t: Language, match: re.Match[str]) -> Context:
    """Return the page as it stands before anything is asked."""
    return _context(published, t)


def show_explained(published: Published, slot: str, code: str | None, t: Language) -> Context:
    """Return what the page shows once it was asked for an enterprise; the caller holds the lock.

    code  None where a draw was chosen, and nobody asked yet
    """
    if code is None:
        return _context(published, t, slot)
    draw = published.record.draws.by_slot.get(slot)
    asked = code.strip()[:CODE_CHARACTERS]
    if draw is None or not draw.has_outcome:
        problem = t("没有这次抽取，或它还没有结果。", "There is no such draw, or it has no outcome yet.")
        return _context(published, t, slot, asked, problem=problem)
    if not asked:
        return _context(published, t, slot, problem=t("请填写代码或名称。", "Enter a code or a name."))
    try:
        told = _hide_officers(draw, derived.find_explainer(published, draw).explain(asked))
        if draw.policy.publication.code != "public" and not _is_code(asked, told.code):
            raise Refused("a name is no code")
    except LedgerError as error:
        if draw.policy.publication.code != "public" and isinstance(error, Refused):  # of a name it tells the codes
            zh, en = (
                "按公开规定不公布代码：请用代码查询。",
                "By the rules for publication codes are not told: ask by the code.",
            )
            return _context(published, t, slot, asked, problem=t(zh, en))
        return _context(published, t, slot, asked, problem=t(translate(str(error)), str(error)))
    found = _find_enterprise(published, draw, told)
    verdict = t.of(_verdict(told))
    return _context(published, t, slot, asked, verdict=verdict, told=format_explanation(told, t.code), **found)


def _is_code(asked: str, code: str) -> bool:
    """Return whether a code is what was asked for, and not found by a name."""
    tidy = "".join(asked.split()).upper().removeprefix("REG:")
    return code in (asked, tidy, f"reg:{tidy}")


def _find_enterprise(published: Published, draw: Draw, told: Explanation) -> Context:
    """Return the enterprise's name as it may be shown, and its inspection's page, empty where codes are not public."""
    roster = published.record.targets.approved.get(int(draw.month[:4]), {})
    name = show_name(draw.policy.publication.name, roster[told.code].newest.name) if told.code in roster else ""
    number = ""
    if told.inspection is not None and draw.policy.publication.code == "public":
        number = f"{draw.slot}/{loads(told.inspection.leaf.text)['case']}"
    return {
        "name": f"{name} {told.code}".strip(),
        "case": f"cases/{number}/" if f"case/{number}" in published.record.cases.by_subject else "",
    }


def _context(published: Published, t: Language, slot: str = "", code: str = "", **told: Any) -> Context:
    draws = [draw for draw in published.record.draws.by_slot.values() if draw.has_outcome]
    slots = [(draw.slot, name_slot(draw.slot, draw.policy, t)) for draw in draws]
    shown: Context = {"slots": slots[::-1], "slot": slot, "code": code, "most": CODE_CHARACTERS}
    return {**shown, "problem": None, "verdict": None, "told": "", "name": "", "case": "", **told}


def _hide_officers(draw: Draw, told: Explanation) -> Explanation:
    """Leave officers out where the policy keeps them internal."""
    if draw.policy.publication.officers != "internal" or told.inspection is None:
        return told
    return replace(told, inspection=replace(told.inspection, officers=(), serving=None))


def _verdict(told: Explanation) -> tuple[str, str]:
    """Return the answer in one short sentence."""
    if told.is_mistyped:
        return "不在本次抽取的名录中：代码可能抄错", "Not in the pool of this draw: the code may be mistyped"
    if told.leaf is None:
        return "不在本次抽取的名录中", "Not in the pool of this draw"
    if told.excluded is not None:
        return "在名录中，但本次不能抽取", "In the pool, but it could not be drawn"
    return ("抽中", "Drawn") if told.is_drawn else ("在名录中，没有抽中", "In the pool, not drawn")

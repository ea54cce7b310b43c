"""An enterprise's page: was it drawn fairly? Each draw in turn: was it in the pool, its ticket, drawn or not, and why.

Served only: an exported site would need a page for each enterprise on the roster. There the verifier's page answers.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ledger.cli.words import TARGET_STATUSES
from ledger.office.draws import Draw
from ledger.office.ground import PoolLeaf
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.views.registries import show_name

from ..published import Published
from .draws import EXCLUSIONS, tell_status
from .language import Language
from .naming import name_slot, name_stratum
from .page import Context, page

CODE = r"[0-9A-Z]{18}|reg:[^/]{1,100}"
"""A number with a slash would be two folders of an address: that enterprise has no page, and asks the verifier's."""


def find_page(code: str) -> str | None:
    """Return the address of an enterprise's page; None where it has none."""
    return f"enterprises/{quote(code, safe=':()')}/" if re.fullmatch(CODE, code) else None


@page(rf"enterprises/(?P<code>{CODE})/", "enterprise.html", lambda published: iter([]))
def _show_enterprise(published: Published, t: Language, match: re.Match[str]) -> Context | None:
    record, shown, code = published.record, published.in_force.publication, match["code"]
    years = sorted((year for year, roster in record.targets.approved.items() if code in roster), reverse=True)
    if not years or shown.code != "public":
        return None
    newest = record.targets.approved[years[0]][code].newest
    return {
        "code": code,
        "name": show_name(shown.name, newest.name),
        "facts": [
            (t("代码", "Code"), code),
            (t("在册年度", "On the rosters of"), t("、", ", ").join(map(str, years))),
            (t("分册", "Sub-roster"), t.sub_roster(published.policy, newest.sub_roster)),
            (t("状态", "Status"), t.meaning(TARGET_STATUSES, newest.status)),
        ],
        "draws": [
            _tell_draw(record, draw, code, t)
            for draw in reversed(record.draws.by_slot.values())
            if int(draw.month[:4]) in years
        ],
    }


def _find_leaf(pool: Sequence[PoolLeaf], code: str) -> tuple[PoolLeaf | None, list[str]]:
    """Return an enterprise's leaf of a pool; or None, and the codes between which it would stand."""
    place = bisect_left(pool, code, key=lambda leaf: leaf.target.id)
    if place < len(pool) and pool[place].target.id == code:
        return pool[place], []
    return None, [leaf.target.id for leaf in pool[max(0, place - 1) : place + 1]]


def _tell_draw(record: Record, draw: Draw, code: str, t: Language) -> dict[str, Any]:
    """Return what a draw meant for an enterprise: `answer` in words, and the line by which anyone can check it."""
    told: dict[str, Any] = {
        "slot": draw.slot,
        "name": name_slot(draw.slot, draw.policy, t),
        "status": tell_status(draw, t),
        "is_drawn": False,
        "command": "",
        "facts": [],
        "case": "",
        "neighbours": [],
    }
    leaf, neighbours = _find_leaf(draw.ground.pool, code)
    if leaf is None:
        is_public = draw.policy.publication.code == "public"
        beside = [(one, find_page(one)) for one in neighbours if is_public]
        answer = t("不在这次抽取的名录中。", "It was not in this draw's pool.")
        return told | {"answer": answer, "neighbours": beside}
    stratum = name_stratum(draw, leaf.stratum, record, t)
    if leaf.excluded is not None:
        why = t.of(EXCLUSIONS.get(leaf.excluded, (leaf.excluded, leaf.excluded)))
        return told | {"answer": t(f"在名录中，不能抽：{why}。", f"In the pool, and could not be drawn: {why}.")}
    if not draw.has_outcome:
        return told | {"answer": t(f"在“{stratum}”层，结果尚未公布。", f"In “{stratum}”; no outcome is public yet.")}
    outcome = derive_draw_outcome(draw)
    sub_seed = derive_sub_seed(outcome.seed, "pool", leaf.stratum)
    drawn = next(one for one in outcome.strata if one.id == leaf.stratum)
    eligible = next(one.eligible for one in draw.ground.strata if one.id == leaf.stratum)
    sheet = outcome.find(code)
    number = ""  # where its draw keeps codes internal, nothing says whose inspection it is
    if sheet is not None and draw.policy.publication.code == "public":
        number = f"{draw.slot}/{sheet.number}"
    yes = t(
        f"抽中：在“{stratum}”层，签号不大于最后一个抽中的签号。",
        f"Drawn: in “{stratum}”, its ticket is not above the last one drawn.",
    )
    no = t(
        f"没有抽中：在“{stratum}”层，签号大于最后一个抽中的签号。",
        f"Not drawn: in “{stratum}”, its ticket is above the last one drawn.",
    )
    return told | {
        "answer": no if sheet is None else yes,
        "is_drawn": sheet is not None,
        "facts": [
            (t("签号", "Its ticket"), derive_ticket(sub_seed, code)),
            (t("最后一个抽中的签号", "The last ticket drawn"), drawn.largest_ticket or "—"),
            (t("可抽／抽中", "Eligible / drawn"), f"{eligible} / {drawn.drawn}"),
        ],
        "command": f"printf '%s%s' {sub_seed} '{code}' | sha256sum",
        "case": f"cases/{number}/" if f"case/{number}" in record.cases.by_subject else "",
    }

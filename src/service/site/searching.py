"""检索: the page that finds enterprises, draws and inspections.

Served, it works without scripts: the server looks. Exported, a small script looks in `data/search.json`.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ledger.proof.encoding import is_credit_code

from ..public.derived import find_index
from ..public.search import WORD_CHARACTERS, Hit, join
from ..published import Published
from .enterprises import find_page
from .language import CODES, Language
from .naming import name_case, name_slot
from .page import Context, page
from .registries import find_places

PER_PAGE = 50

KINDS = {"draw": ("抽取批次", "Draw"), "enterprise": ("企业", "Enterprise"), "case": ("检查", "Inspection")}


@page("search/", "search.html")
def _search(published: Published, t: Language, match: re.Match[str]) -> Context:
    """Return the page as it stands before anything is looked for."""
    return {"word": "", "hits": None, "after": None, "most": WORD_CHARACTERS, "names": _name_kinds(t)}


def find_firm(published: Published, word: str) -> str | None:
    """Return the page of the enterprise whose whole code is looked for; None where there is none such."""
    approved, code = published.record.targets.approved, join(word)
    if not approved or published.in_force.publication.code != "public":
        return None
    roster = approved[max(approved)]
    return next((find_page(one) for one in (word.strip(), code, f"reg:{code}") if one in roster), None)


def _is_mistyped(word: str) -> bool:
    """Return whether somebody meant a credit code, and it is none: characters are missing or are others."""
    code = join(word)
    return re.fullmatch("[0-9A-Z]{15,20}", code) is not None and not code.isalpha() and not is_credit_code(code)


def show_found(published: Published, word: str, after: str, t: Language) -> Context:
    """Return what the page shows once something was looked for."""
    hits, following = find_index(published).find(word[:WORD_CHARACTERS], after, PER_PAGE)
    places = find_places(published)
    return {
        "word": word,
        "hits": [{"kind": t.of(KINDS[hit.kind]), **_show_hit(published, hit, places, t)} for hit in hits],
        "after": None if following is None else f"?{urlencode({'q': word, 'after': following})}",
        "most": WORD_CHARACTERS,
        "names": _name_kinds(t),
        "is_mistyped": not hits and _is_mistyped(word),
    }


def derive_hit(hit: Hit, places: Mapping[str, str]) -> dict[str, Any]:
    """Return a hit as it is shown: what it is called, and on which page it stands. places: code -> page."""
    page = {"draw": f"draws/{hit.id}/", "case": f"cases/{hit.id}/"}.get(hit.kind)
    if hit.kind == "enterprise":
        page = f"{places[hit.id]}#{hit.id}" if hit.id in places else f"registries/{hit.year}/"
    return {"id": hit.id, "name": hit.name, "page": page}


def _show_hit(published: Published, hit: Hit, places: Mapping[str, str], t: Language) -> dict[str, Any]:
    """Return a hit as the server shows it: draws and inspections by name, an enterprise with a page of its own."""
    shown = derive_hit(hit, places)
    if hit.kind == "enterprise":
        return shown | ({"page": page} if (page := find_page(hit.id)) else {})
    named = (name_slot if hit.kind == "draw" else name_case)(hit.id, published.policy, t)
    return shown | {"id": "", "name": f"{named} {hit.name}".strip()}


def list_hits(published: Published) -> list[dict[str, Any]]:
    """Return everything that may be found, for the exported page's script; draws and inspections also by name.

    An enterprise has no page of its own there: `why` is where the browser answers whether it was drawn, and why.
    """
    places, slots = find_places(published), _find_slots(published)
    return [
        {"kind": hit.kind, **derive_hit(hit, places), **_call_hit(published, hit), **_answer_hit(hit, slots)}
        for hit in find_index(published).all()
    ]


def _call_hit(published: Published, hit: Hit) -> dict[str, dict[str, str]]:
    """Return what a draw or an inspection is called, as `called`, in both languages; nothing for an enterprise."""
    if hit.kind == "enterprise":
        return {}
    name = name_slot if hit.kind == "draw" else name_case
    return {"called": {code: name(hit.id, published.policy, Language(code)) for code in CODES}}


def _find_slots(published: Published) -> dict[str, str]:
    """Return code -> the newest draw with an outcome in whose pool the enterprise was."""
    draws = [draw for draw in published.record.draws.by_slot.values() if draw.has_outcome]
    return {leaf.target.id: draw.slot for draw in draws for leaf in draw.ground.pool}


def _answer_hit(hit: Hit, slots: Mapping[str, str]) -> dict[str, str]:
    """Return where the browser tells of an enterprise, as `why`; nothing where it was in no pool, or is no such hit."""
    if hit.kind != "enterprise" or hit.id not in slots:
        return {}
    return {"why": f"verify/?{urlencode({'slot': slots[hit.id], 'code': hit.id})}"}


def _name_kinds(t: Language) -> dict[str, str]:
    return {kind: t.of(words) for kind, words in KINDS.items()}

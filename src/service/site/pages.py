"""The pages of the public site: which there are, and what each shows. Served and exported alike.

A page's path ends with `/`; the home page's is empty. The same path under `en/` is the page in English.
"""

import re
from collections.abc import Iterator

from ledger.audit.checks import CHECKS
from ledger.office.record import Record
from ledger.proof.note import format_key_name, format_vkey

from ..public import derived
from ..published import Published
from . import announcements, cases, draws, enterprises, explaining, oversight, registries, searching
from .data import derive_trust, describe_files
from .explanations import EXPLANATIONS
from .language import Language
from .naming import name_slot
from .page import PAGES, Context, page
from .render import render
from .witnessed import find_witnessed

__all__ = [
    "announcements",
    "cases",
    "derive_frame",
    "enterprises",
    "explaining",
    "is_page",
    "list_paths",
    "oversight",
    "registries",
    "searching",
    "show_page",
]


def show_page(published: Published, path: str, t: Language, *, is_static: bool = False) -> str | None:
    """Return a page as HTML; None where there is none of that path.

    is_static  whether it is written as a file, and nobody will answer its forms
    """
    for kind in PAGES:
        match = re.fullmatch(kind.pattern, path)
        if match is None:
            continue
        context = kind.show(published, t, match)
        if context is not None:
            frame = derive_frame(published.record, published.checkpoint)
            return render(kind.template, path, t, frame | context, is_static=is_static)
    return None


def is_page(path: str) -> bool:
    """Return whether a page may stand at a path, by the path alone."""
    return any(re.fullmatch(kind.pattern, path) for kind in PAGES)


def list_paths(published: Published) -> Iterator[str]:
    """Give the path of every page, once."""
    for kind in PAGES:
        yield from kind.paths(published)


def derive_frame(record: Record, checkpoint: bytes | None = None) -> Context:
    """Return what every page's frame shows: whose log this is, how far it goes, and who has cosigned that.

    checkpoint  the published one over the record; None: nothing is said of witnesses
    """
    return {
        "origin": record.origin,
        "size": record.size,
        "root": record.tree.root().hex(),
        "witnessed": None if checkpoint is None or not record.size else find_witnessed(record, checkpoint),
    }


@page("", "home.html")
def _home(published: Published, t: Language, match: re.Match[str]) -> Context:
    rows = draws.list_draws(published, t)
    record = published.record
    return {
        "draws": rows[:5],
        "drawn": sum(row["drawn"] or 0 for row in rows),
        "late": len(derived.list_overdue(published)),
        "enterprises": len(record.targets.approved[max(record.targets.approved)]) if record.targets.approved else 0,
        "takes_complaints": published.takes_complaints or bool(published.complaints_at),
        "published": sum(case.published is not None for case in record.cases.by_subject.values()),
    }


@page("complaints/", "complaints.html")
def _complaints(published: Published, t: Language, match: re.Match[str]) -> Context:
    """Return the page of a process that takes none: where else to go."""
    return {"form": None, "receipt": None, "told": None, "asked": None, "problem": None, "at": published.complaints_at}


@page("data/", "data.html")
def _data(published: Published, t: Language, match: re.Match[str]) -> Context:
    return describe_files(published, t)


@page("missing/", "missing.html")
def _missing(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {}


@page("verify/", "verify.html")
def _verify(published: Published, t: Language, match: re.Match[str]) -> Context:
    record = published.record
    assert record.log_key is not None
    draws = [draw for draw in reversed(record.draws.by_slot.values()) if draw.has_outcome]
    return {
        "log": format_key_name(record.log_key),
        "vkey": format_vkey(record.log_key),
        "trusted": derive_trust(published).partition("\n")[2].rstrip("\n"),  # the log stands in a field of its own
        "slots": [(draw.slot, name_slot(draw.slot, draw.policy, t)) for draw in draws],
        "checks": [
            {
                "number": check.number,
                "name": t(check.zh, check.en),
                "plain": t.of(EXPLANATIONS[check.id].plain),
                "by_hand": t.of(EXPLANATIONS[check.id].by_hand),
                "command": EXPLANATIONS[check.id].command.replace("VKEY", format_vkey(record.log_key)),
            }
            for check in CHECKS
        ],
    }


@page("algorithm/", "algorithm.html")
def _algorithm(published: Published, t: Language, match: re.Match[str]) -> Context:
    return {"checks": [(check.number, t(check.zh, check.en)) for check in CHECKS]}

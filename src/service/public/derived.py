"""What several answers are derived from: each once for each state of the published log, whoever asks first.

All of it is for whoever holds the published log by `reading`, and not to be changed.
"""

from collections.abc import Sequence
from typing import Any

from ledger.audit.explain import Explainer
from ledger.cli.announcing import Row, derive_results
from ledger.cli.steering import derive_statistics
from ledger.office.draws import Draw
from ledger.proof.errors import Refused
from ledger.views.deadlines import Due, find_due
from ledger.views.disclosure import Disclosed
from ledger.views.registries import list_targets

from ..published import Published
from .search import Index


def make_id(name: str) -> str:
    """Return a slot or a number as one part of a path, as bundles are named: `-` for `/`."""
    return name.replace("/", "-")


def list_overdue(published: Published) -> Sequence[Due]:
    """Return what is overdue today."""
    today = published.today
    return published.once(
        "overdue", None, lambda: [one for one in find_due(published.rows, today) if one.is_overdue(today)]
    )


def find_overdue(published: Published, slot: str) -> list[Due]:
    """Return what is overdue today of one draw and its cases."""
    subject, start = f"draw/{slot}", f"case/{slot}/"
    return [one for one in list_overdue(published) if one.subject == subject or one.subject.startswith(start)]


def list_disclosures(published: Published) -> Sequence[Disclosed]:
    """Return the disclosure log."""
    return published.once("disclosures", None, published.disclosures.rows)


def list_results(published: Published) -> Sequence[Row]:
    """Return the announcement of results."""
    return published.once("results", None, lambda: derive_results(published.record))


def derive_year(published: Published, year: int) -> dict[str, Any]:
    """Return a year's statistics; of a year in which nothing was listed or drawn they are nothing worth keeping."""
    record = published.record
    known = {*record.targets.approved, *(int(draw.month[:4]) for draw in record.draws.by_slot.values())}
    if year not in known:
        return derive_statistics(record, year)
    return published.once("statistics", year, lambda: derive_statistics(record, year))


def find_index(published: Published) -> Index:
    """Return all that may be found."""
    return published.once("index", None, lambda: Index(published.record))


def find_explainer(published: Published, draw: Draw) -> Explainer:
    """Return who explains a draw. Raises Refused where its outcome is not there, or sealed."""
    return published.once("explainer", draw.slot, lambda: Explainer(published.record, draw))


def find_cases(published: Published) -> dict[str, str]:
    """Return id -> subject of each case."""
    subjects = published.record.cases.by_subject
    return published.once("cases", None, lambda: {make_id(one.partition("/")[2]): one for one in subjects})


def list_codes(published: Published, year: int) -> Sequence[str]:
    """Return the codes on a year's roster in their order; none where none is approved."""
    approved = published.record.targets.approved.get(year, {})
    return published.once("codes", year, lambda: sorted(approved)) if approved else []


def list_target_keys(published: Published, year: int | None) -> Sequence[tuple[str, str]]:
    """Return (key, code) of each enterprise on a year's roster, the newest if none is given.

    The key is the code; where codes are not public, the index of the entry that made the row, and the name as shown.
    """
    record = published.record
    year = max(record.targets.approved, default=0) if year is None else year
    codes = list_codes(published, year)
    if not codes or published.in_force.publication.code == "public":
        return [(code, code) for code in codes]

    def derive() -> list[tuple[str, str]]:
        rows = list_targets(record, year, codes)
        return [(f"{row['entry']:010d}/{row['name']}", code) for code, row in zip(codes, rows, strict=True)]

    return published.once("keys", year, derive)


def list_target_rows(published: Published, year: int | None, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Return some rows of a year's roster, by their codes; none where none is approved."""
    try:
        return list_targets(published.record, year, codes)
    except Refused:
        return []

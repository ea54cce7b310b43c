"""The public API under /api/v1/: what the pages show, for programs; derived from the published log, without a key.

Every answer names the log's size that it was derived at, has an ETag, and may be kept as long as the ETag holds. Lists
come in pages by key: `next` of one page is `after` of the following one, and entries that come in between neither
repeat a row nor skip one.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from ledger.audit.explain import explain_in
from ledger.cli.progress import derive_progress
from ledger.cli.steering import derive_statistics
from ledger.proof.encoding import parse_time
from ledger.proof.errors import LedgerError, Refused
from ledger.views.disclosure import KINDS, list_disclosed
from ledger.views.registries import REGISTRIES

from ..problems import Problem, describe_problems
from ..published import Published
from .caching import answer
from .models import (
    Case,
    CaseRow,
    Disclosure,
    Draw,
    DrawRow,
    Explanation,
    Found,
    OverdueRow,
    Plan,
    RegistryRow,
    Rows,
    Statistics,
)
from .rows import derive_draw, derive_overdue, find_case, find_draw, find_overdue, list_cases, list_draws
from .search import WORD_CHARACTERS, Index

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

After = Annotated[str, Query(max_length=300, description="`next` of the page before; empty for the first")]
Limit = Annotated[int, Query(alias="limit", ge=1, le=500, description="how many rows at most")]
Id = Annotated[str, Path(max_length=100, description="with `-` for `/`, such as `bureau-2027-01-001`")]
Year = Annotated[int, Path(ge=2000, le=9998)]
Code = Annotated[
    str,
    Path(
        pattern=r"^(?:[0-9A-Z]{18}|reg:[0-9A-Za-z()-]{1,40})$",
        description="a unified social credit code, or `reg:` and a number",
    ),
]
KeyOf = Callable[[Any], str]

_KEYS: dict[str, KeyOf] = {
    "targets": lambda row: row["id"] or f"{row['entry']:010d}/{row['name']}",
    "officers": lambda row: f"{row['roster']}/{row['id']}",
    "items": lambda row: str(row["id"]),
    "keys": lambda row: f"{row['enrolled']:010d}/{row['key']}",
    "units": lambda row: str(row["id"]),
}
"""Registry -> what its rows are ordered by."""


def paginate(rows: Sequence[T], key: KeyOf, after: str, limit: int) -> tuple[list[T], str | None]:
    """Return the first rows after a key in the order of their keys, and the key to go on after (None: no more)."""
    left = sorted((row for row in rows if key(row) > after), key=key)
    return left[:limit], key(left[limit - 1]) if len(left) > limit else None


def make_router(published: Published, limit: Callable[[Request], Awaitable[None]]) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1", tags=["public"], dependencies=[Depends(limit)])

    def page(request: Request, rows: Sequence[Any], key: KeyOf, after: str, most: int) -> Response:
        found, following = paginate(rows, key, after, most)
        told = [one.model_dump() if isinstance(one, BaseModel) else one for one in found]
        return answer(request, {"size": published.size, "rows": told, "next": following})

    def get(path: str, id: str, summary: str, model: Any, *problems: str) -> Callable[[F], F]:
        responses = describe_problems("malformed", "too-many", *problems)
        responses[200] = {"model": model, "headers": {"ETag": {"schema": {"type": "string"}}}}
        responses[304] = {"description": "`If-None-Match` names these very bytes"}
        return router.get(path, operation_id=id, summary=summary, response_class=Response, responses=responses)

    @get("/registries/{name}", "listRegistry", "The rows of a registry (名录库)", Rows[RegistryRow])
    def list_registry(
        request: Request,
        name: Literal["targets", "officers", "items", "keys", "units"],
        year: Annotated[int | None, Query(ge=2000, le=9998, description="of the rosters; the newest")] = None,
        after: After = "",
        most: Limit = 100,
    ) -> Response:
        """Enterprises, officers by id, check items, the units' keys, units and their duties: public fields only.

        A registry, or a year, of which nothing is approved yet has no rows.
        """
        with published.reading():
            try:
                rows = REGISTRIES[name](published.record, year)
            except Refused:
                rows = []
            return page(request, rows, _KEYS[name], after, most)

    @get("/plans", "listPlans", "The annual plans: planned, drawn, visited (抽查计划)", Rows[Plan])
    def list_plans(request: Request, after: After = "", most: Limit = 100) -> Response:
        """The newest edition of each office's plan of each year, with its progress month by month."""
        with published.reading():
            record = published.record
            now = max(parse_time(f"{published.today}T00:00:00Z"), *record.times[-1:])
            rows = [
                Plan.model_validate(derive_progress(record, now, office, year))
                for office, year in record.plans.approved
            ]
            return page(request, rows, lambda row: f"{row.office}/{row.year}", after, most)

    @get("/draws", "listDraws", "The draws, void ones too (抽查任务)", Rows[DrawRow])
    def show_draws(
        request: Request,
        month: Annotated[str, Query(pattern="^([0-9]{4}-[0-9]{2})?$", description="such as 2027-01")] = "",
        after: After = "",
        most: Limit = 100,
    ) -> Response:
        """Every slot: numbered without gaps, and none is ever taken out."""
        with published.reading():
            rows = [row for row in list_draws(published) if not month or row.month == month]
            return page(request, rows, lambda row: row.slot, after, most)

    @get("/draws/{id}", "readDraw", "A draw with every station and attempt", Draw, "not-found")
    def read_draw(request: Request, id: Id) -> Response:
        """Stations as they were signed, strata with sub-seed and threshold, who was drawn, what is overdue."""
        with published.reading():
            draw = find_draw(published, id)
            if draw is None:
                raise Problem("not-found", f"没有批次 {id}", f"there is no draw {id}")
            return answer(request, derive_draw(published, draw).model_dump())

    @get(
        "/draws/{id}/enterprises/{code}",
        "explainEnterprise",
        "Why one enterprise was drawn or not, with its proof",
        Explanation,
        "not-found",
        "refused",
    )
    def explain_enterprise(request: Request, id: Id, code: Code) -> Response:
        """Its leaf and path in the pool, or its neighbours where it is not in it; its ticket, rank and threshold.

        `refused` where the draw has no outcome, or it is sealed.
        """
        with published.reading():
            draw = find_draw(published, id)
            if draw is None:
                raise Problem("not-found", f"没有批次 {id}", f"there is no draw {id}")
            try:
                told = json.loads(explain_in(published.record, draw, code).format_json())
            except LedgerError as error:
                raise Problem.from_error("refused", error) from error
            if draw.policy.publication.officers == "internal" and told["inspection"] is not None:
                told["inspection"] |= {"officers": [], "serving": None}
            return answer(request, told)

    @get("/cases", "listCases", "The inspections and their results (抽查结果)", Rows[CaseRow])
    def show_cases(
        request: Request,
        draw: Annotated[str, Query(max_length=100, description="of one draw only: its slot")] = "",
        published_only: Annotated[
            bool | None, Query(alias="published", description="only those whose result is public, or is not")
        ] = None,
        after: After = "",
        most: Limit = 100,
    ) -> Response:
        """Drawn ones, and those approved without a draw; a result as it is public now."""
        with published.reading():
            rows = list_cases(published, draw or None, published_only)
            return page(request, rows, lambda row: row.subject, after, most)

    @get("/cases/{id}", "readCase", "An inspection, step by step", Case, "not-found")
    def read_case(request: Request, id: Id) -> Response:
        """Its items, and every event on it."""
        with published.reading():
            case = find_case(published, id)
            if case is None:
                raise Problem("not-found", f"没有检查 {id}", f"there is no inspection {id}")
            return answer(request, case.model_dump())

    @get("/disclosures", "listDisclosures", "All that was made public or changed (公开与更正)", Rows[Disclosure])
    def list_disclosures(
        request: Request,
        kind: Annotated[Literal[KINDS] | None, Query(description="of one kind only")] = None,  # type: ignore[valid-type]
        after: After = "",
        most: Limit = 100,
    ) -> Response:
        """Publications, corrections, withdrawals, voids and redraws, in the log's order; what was late says so."""
        with published.reading():
            rows = [row.fields() for row in list_disclosed(published.entries()) if kind in (None, row.kind)]
            return page(request, rows, lambda row: f"{row['index']:010d}", after, most)

    @get("/statistics/{year}", "readStatistics", "A year's statistics (统计)", Statistics)
    def read_statistics(request: Request, year: Year) -> Response:
        """Pairs, load, tickets by decile, exclusions, recusals, shares withheld. Nothing in it is a verdict."""
        with published.reading():
            facts = derive_statistics(published.record, year)
            if published.policy.publication.officers == "internal":
                for key in ("officer_and_enterprise", "officers_together", "recusals"):
                    facts[key] = []
                facts["load"]["cases"] = {}
            return answer(request, {"size": published.size, **facts})

    @get("/overdue", "listOverdue", "What was due and does not stand in the log (逾期)", Rows[OverdueRow])
    def list_overdue(request: Request, after: After = "", most: Limit = 100) -> Response:
        """By the day by which it was due, on the service's clock."""
        with published.reading():
            rows = [derive_overdue(published, one) for one in find_overdue(published)]
            return page(request, rows, lambda row: f"{row.due}/{row.kind}/{row.subject}/{row.unit}", after, most)

    kept: dict[bytes, Index] = {}

    @get("/search", "search", "Find enterprises, draws and inspections (检索)", Rows[Found])
    def search(
        request: Request,
        q: Annotated[str, Query(max_length=WORD_CHARACTERS, description="a part of a name as shown, a code, a slot")],
        after: After = "",
        most: Limit = 100,
    ) -> Response:
        """Among what is public, without regard to case and width."""
        with published.reading():
            index = kept.get(published.checkpoint)
            if index is None:
                kept.clear()
                index = kept[published.checkpoint] = Index(published.record)
            hits, following = index.find(q, after, most)
            rows = [{"kind": hit.kind, "id": hit.id, "name": hit.name, "year": hit.year} for hit in hits]
            return answer(request, {"size": published.size, "rows": rows, "next": following})

    return router

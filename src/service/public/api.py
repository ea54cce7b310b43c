"""The public API under /api/v1/: what the pages show, for programs; derived from the published log, without a key.

Every answer names the log's size that it was derived at, has an ETag, and may be kept as long as the ETag holds; here
it is derived once for each state of the log. Lists come in pages by key: `next` of one page is `after` of the following
one, and entries that come in between neither repeat a row nor skip one.
"""

import inspect
import json
from collections.abc import Awaitable, Callable, Iterable
from operator import itemgetter
from typing import Annotated, Any, Literal, TypeVar, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from ledger.cli.progress import derive_progress
from ledger.cli.steering import hide_unpublished
from ledger.proof.encoding import parse_time
from ledger.proof.errors import LedgerError, Refused
from ledger.views.disclosure import KINDS, Disclosed
from ledger.views.registries import REGISTRIES

from ..problems import Problem, describe_problems
from ..published import Published
from . import derived
from .answers import Answers
from .caching import Answer, Prepared, make_json
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
from .rows import derive_case_row, derive_draw, derive_draw_row, derive_overdue, find_case, find_draw, list_cases
from .search import WORD_CHARACTERS

T = TypeVar("T")

After = Annotated[str, Query(max_length=300, description="`next` of the page before; empty for the first")]
Limit = Annotated[int, Query(alias="limit", ge=1, le=500, description="how many rows at most")]
Id = Annotated[str, Path(max_length=100, description="with `-` for `/`, such as `bureau-2027-01-001`")]
Year = Annotated[int, Path(ge=2000, le=9998)]
Code = Annotated[
    str,
    Path(
        pattern=r"^(?:[0-9A-Z]{18}|reg:[!-{}~\u3007\u3014\u3015\u3400-\u4dbf\u4e00-\u9fff\uff08\uff09]{1,100})$",
        description="a unified social credit code, or `reg:` and a number as registered (encoding.md, section 3)",
    ),
]
Told = dict[str, Any]
Derive = Callable[..., Told]
Enter = Callable[[Derive], Derive]

_REQUEST = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)

_KEYS: dict[str, Callable[[Any], str]] = {
    "officers": lambda row: f"{row['roster']}/{row['id']}",
    "items": lambda row: str(row["id"]),
    "keys": lambda row: f"{row['enrolled']:010d}/{row['key']}",
    "units": lambda row: str(row["id"]),
}
"""Registry -> what its rows are ordered by."""


def paginate(rows: Iterable[T], key: Callable[[T], str], after: str, limit: int) -> tuple[list[T], str | None]:
    """Return the first rows after a key in the order of their keys, and the key to go on after (None: no more)."""
    left = sorted((row for row in rows if key(row) > after), key=key)
    return left[:limit], key(left[limit - 1]) if len(left) > limit else None


def make_router(published: Published, answers: Answers, limit: Callable[[Request], Awaitable[None]]) -> APIRouter:
    """Return the routes. Each function below derives what is told, while the published log is held still."""
    router = APIRouter(prefix="/api/v1", tags=["public"], dependencies=[Depends(limit)])

    def page(
        rows: Iterable[T], key: Callable[[T], str], after: str, most: int, tell: Callable[[T], Any] = lambda row: row
    ) -> Told:
        """Return one page of a list; `tell` is asked for the rows on it alone."""
        found, following = paginate(rows, key, after, most)
        told = [one.model_dump() if isinstance(one, BaseModel) else one for one in map(tell, found)]
        return {"size": published.size, "rows": told, "next": following}

    def get(path: str, id: str, summary: str, model: Any, *problems: str, is_kept: bool = True) -> Enter:
        responses = describe_problems("malformed", "too-many", *problems)
        responses[200] = {"model": model, "headers": {"ETag": {"schema": {"type": "string"}}}}
        responses[304] = {"description": "`If-None-Match` names these very bytes"}

        def enter(derive: Derive) -> Derive:
            async def respond(request: Request, **asked: Any) -> Response:
                def make() -> Answer:
                    return make_json(derive(**asked))

                key = (id, *sorted(asked.items()))
                answer = await (answers.find(key, make) if is_kept else answers.make(make))
                assert answer is not None
                return Prepared(answer)

            # What the framework reads of a function are its name, its words and what it takes.
            respond.__name__, respond.__doc__ = derive.__name__, derive.__doc__
            taken = [_REQUEST, *inspect.signature(derive).parameters.values()]
            respond.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
            router.get(path, operation_id=id, summary=summary, response_class=Response, responses=responses)(respond)
            return derive

        return enter

    @get("/registries/{name}", "listRegistry", "The rows of a registry (名录库)", Rows[RegistryRow])
    def list_registry(
        name: Literal["targets", "officers", "items", "keys", "units"],
        year: Annotated[int | None, Query(ge=2000, le=9998, description="of the rosters; the newest")] = None,
        after: After = "",
        most: Limit = 100,
    ) -> Told:
        """Enterprises, officers by id, check items, the units' keys, units and their duties: public fields only.

        A registry, or a year, of which nothing is approved yet has no rows.
        """
        if name == "targets":
            found, following = paginate(derived.list_target_keys(published, year), itemgetter(0), after, most)
            rows = derived.list_target_rows(published, year, [code for _, code in found])
            return {"size": published.size, "rows": rows, "next": following}
        try:
            rows = REGISTRIES[name](published.record, year)
        except Refused:
            rows = []
        return page(rows, _KEYS[name], after, most)

    @get("/plans", "listPlans", "The annual plans: planned, drawn, visited (抽查计划)", Rows[Plan])
    def list_plans(after: After = "", most: Limit = 100) -> Told:
        """The newest edition of each office's plan of each year, with its progress month by month."""
        record = published.record
        now = max(parse_time(f"{published.today}T00:00:00Z"), *record.times[-1:])
        rows = [
            Plan.model_validate(derive_progress(record, now, office, year)) for office, year in record.plans.approved
        ]
        return page(rows, lambda row: f"{row.office}/{row.year}", after, most)

    @get("/draws", "listDraws", "The draws, void ones too (抽查任务)", Rows[DrawRow])
    def show_draws(
        month: Annotated[str, Query(pattern="^([0-9]{4}-[0-9]{2})?$", description="such as 2027-01")] = "",
        after: After = "",
        most: Limit = 100,
    ) -> Told:
        """Every slot: numbered without gaps, and none is ever taken out."""
        rows = [draw for draw in published.record.draws.by_slot.values() if not month or draw.month == month]
        return page(rows, lambda draw: draw.slot, after, most, lambda draw: DrawRow(**derive_draw_row(published, draw)))

    @get("/draws/{id}", "readDraw", "A draw with every station and attempt", Draw, "not-found")
    def read_draw(id: Id) -> Told:
        """Stations as they were signed, strata with sub-seed and threshold, who was drawn, what is overdue."""
        draw = find_draw(published, id)
        if draw is None:
            raise Problem("not-found", f"没有批次 {id}", f"there is no draw {id}")
        return derive_draw(published, draw).model_dump()

    @get(
        "/draws/{id}/enterprises/{code:path}",  # a registered number may have slashes
        "explainEnterprise",
        "Why one enterprise was drawn or not, with its proof",
        Explanation,
        "not-found",
        "refused",
    )
    def explain_enterprise(id: Id, code: Code) -> Told:
        """Its leaf and path in the pool, or its neighbours where it is not in it; its ticket, rank and threshold.

        `refused` where the draw has no outcome, or it is sealed.
        """
        draw = find_draw(published, id)
        if draw is None:
            raise Problem("not-found", f"没有批次 {id}", f"there is no draw {id}")
        try:
            told = json.loads(derived.find_explainer(published, draw).explain(code).format_json())
        except LedgerError as error:
            raise Problem.from_error("refused", error) from error
        if draw.policy.publication.officers == "internal" and told["inspection"] is not None:
            told["inspection"] |= {"officers": [], "serving": None}
        return cast(Told, told)

    @get("/cases", "listCases", "The inspections and their results (抽查结果)", Rows[CaseRow])
    def show_cases(
        draw: Annotated[str, Query(max_length=100, description="of one draw only: its slot")] = "",
        published_only: Annotated[
            bool | None, Query(alias="published", description="only those whose result is public, or is not")
        ] = None,
        after: After = "",
        most: Limit = 100,
    ) -> Told:
        """Drawn ones, and those approved without a draw; a result as it is public now."""
        subjects = list_cases(published, draw or None, published_only)
        return page(subjects, str, after, most, lambda subject: CaseRow(**derive_case_row(published, subject)))

    @get("/cases/{id}", "readCase", "An inspection, step by step", Case, "not-found")
    def read_case(id: Id) -> Told:
        """Its items, and every event on it."""
        case = find_case(published, id)
        if case is None:
            raise Problem("not-found", f"没有检查 {id}", f"there is no inspection {id}")
        return case.model_dump()

    @get("/disclosures", "listDisclosures", "All that was made public or changed (公开与更正)", Rows[Disclosure])
    def list_disclosures(
        kind: Annotated[Literal[KINDS] | None, Query(description="of one kind only")] = None,  # type: ignore[valid-type]
        after: After = "",
        most: Limit = 100,
    ) -> Told:
        """Publications, corrections, withdrawals, voids and redraws, in the log's order; what was late says so."""
        rows = [row for row in derived.list_disclosures(published) if kind in (None, row.kind)]
        return page(rows, lambda row: f"{row.index:010d}", after, most, Disclosed.fields)

    @get("/statistics/{year}", "readStatistics", "A year's statistics (统计)", Statistics)
    def read_statistics(year: Year) -> Told:
        """Pairs, load, tickets by decile, exclusions, recusals, shares withheld. Nothing in it is a verdict."""
        facts = hide_unpublished(derived.derive_year(published, year), published.in_force.publication)
        return {"size": published.size, **facts}

    @get("/overdue", "listOverdue", "What was due and does not stand in the log (逾期)", Rows[OverdueRow])
    def list_overdue(after: After = "", most: Limit = 100) -> Told:
        """By the day by which it was due, on the service's clock."""
        rows = [derive_overdue(published, one) for one in derived.list_overdue(published)]
        return page(rows, lambda row: f"{row.due}/{row.kind}/{row.subject}/{row.unit}", after, most)

    # What is looked for is hardly ever the same twice: kept, it would only push out what is.
    @get("/search", "search", "Find enterprises, draws and inspections (检索)", Rows[Found], is_kept=False)
    def search(
        q: Annotated[str, Query(max_length=WORD_CHARACTERS, description="a part of a name as shown, a code, a slot")],
        after: After = "",
        most: Limit = 100,
    ) -> Told:
        """Among what is public, without regard to case and width."""
        hits, following = derived.find_index(published).find(q, after, most)
        rows = [{"kind": hit.kind, "id": hit.id, "name": hit.name, "year": hit.year} for hit in hits]
        return {"size": published.size, "rows": rows, "next": following}

    return router

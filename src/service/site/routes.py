"""The public pages over HTTP: each rendered once for each state of the log, with headers that let nothing else in.

The state of the log is its checkpoint and the day, for what is late is late by the day (`public/answers`).

GET /…/          a page in Chinese, /en/…/ in English; without the last slash, a redirect
GET /static/…    the style sheet, the verifier's modules, vendored libraries
GET /data/…      open data and bundles
"""

from collections.abc import Awaitable, Callable

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..public.answers import PAGE, Answers
from ..public.caching import ASK_AGAIN, FOR_EVER, Answer, Prepared, make_answer
from ..published import Published
from .assets import derive_version, list_static
from .data import list_files
from .explaining import show_explained
from .language import CODES, Language
from .page import Context
from .pages import derive_frame, is_page, show_page
from .registries import FILTERS, show_filtered
from .render import CONTENT_POLICY, render
from .searching import find_firm, show_found

HEADERS = {
    "Content-Security-Policy": f"{CONTENT_POLICY}; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HTML = "text/html; charset=utf-8"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "vkey": "text/plain; charset=utf-8",
}


class PageConvertor(Convertor[str]):
    """The path of a page: whatever lies under none of the program interfaces' paths, which answer for themselves."""

    regex = "(?!(?:api|log)/).*"

    def convert(self, value: str) -> str:
        """Return the path as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return the path as it is."""
        return value


class YearConvertor(Convertor[int]):
    """A year of four digits."""

    regex = "[0-9]{4}"

    def convert(self, value: str) -> int:
        """Return the year as a number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Return the year as it is written."""
        return f"{value:04}"


register_url_convertor("page", PageConvertor())
register_url_convertor("year", YearConvertor())

FILE_BYTES = 256 << 20
"""How many bytes of open data are kept in memory; a bundle is as large as the log."""

_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def make_routes(published: Published, answers: Answers, limit: Callable[[Request], Awaitable[None]]) -> list[Route]:
    """Return the routes of the site; they stand last, for they take every path that is left.

    limit  counts what is not answered from memory: what is looked for, and pages and files that are not kept
    """
    files = Answers(published, FILE_BYTES, 1)  # apart, and one at a time: no page waits for a large one

    async def find_page(path: str) -> Answer | None:
        """Return the page of a path, which begins with a slash and ends with one."""

        def make() -> Answer | None:
            html = show_page(published, *split_language(path))
            return None if html is None else _make(html.encode(), HTML, ASK_AGAIN)

        return await answers.find(path, make)

    async def show(request: Request) -> Response:
        path = request.scope["path"]
        if not path.endswith("/"):  # links on a page are relative to its folder; another route may take that path
            if not is_page(split_language(f"{path}/")[0]):
                raise HTTPException(404)
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"./{path.rpartition('/')[2]}/{query}", 308, HEADERS)
        if answers.look(path) is None:
            await limit(request)
        found = await find_page(path)
        if found is None:
            raise HTTPException(404)
        return Prepared(found)

    async def tell(request: Request, template: str, find: Callable[[Language], Context | None]) -> Response:
        path, language = split_language(request.scope["path"])

        def make() -> Answer | None:
            found = find(language)
            if found is None:
                return None
            shown = derive_frame(published.record, published.checkpoint) | found
            return _make(render(template, path, language, shown, query=request.url.query).encode(), HTML, ASK_AGAIN)

        answer = await answers.make(make)
        if answer is None:
            raise HTTPException(404)
        return Prepared(answer)

    async def search(request: Request) -> Response:
        word, after = request.query_params.get("q", ""), request.query_params.get("after", "")
        if not word:
            return await show(request)
        await limit(request)
        firm = await answers.make(lambda: find_firm(published, word))
        if firm is not None:
            return RedirectResponse(f"../{firm}", 303, HEADERS | {"Cache-Control": "no-cache"})
        return await tell(request, "search.html", lambda language: show_found(published, word, after, language))

    async def explain(request: Request) -> Response:
        slot, code = request.query_params.get("slot"), request.query_params.get("code")
        if slot is None:
            return await show(request)
        await limit(request)
        return await tell(request, "explain.html", lambda language: show_explained(published, slot, code, language))

    async def filter_roster(request: Request) -> Response:
        asked = dict(request.query_params)
        if not any(asked.get(name) for name in FILTERS):
            return await show(request)
        await limit(request)
        year = request.path_params["year"]
        return await tell(request, "roster.html", lambda language: show_filtered(published, language, year, asked))

    async def show_data(request: Request) -> Response:
        path = request.path_params["path"]
        if not path:
            return await show(request)
        if files.look(path) is None:
            await limit(request)

        def make() -> Answer | None:
            make_file = list_files(published).get(path)
            kind = TYPES.get(path.rpartition(".")[2], "application/octet-stream")
            return None if make_file is None else _make(make_file(), kind, ASK_AGAIN)

        found = await files.find(path, make)
        if found is None:
            raise HTTPException(404)
        return Prepared(found)

    return [
        make_static_route(),
        *(Route(path, search) for path in ("/search/", "/en/search/")),
        *(Route(path, explain) for path in ("/explain/", "/en/explain/")),
        *(Route(f"{path}/registries/{{year:year}}/", filter_roster) for path in ("", "/en")),
        Route("/data/{path:path}", show_data),
        Route(PAGE, show),
    ]


def split_language(path: str) -> tuple[str, Language]:
    """Return which page stands at an address of the site, and in which language."""
    path = path.removeprefix("/")
    return path.removeprefix("en/"), Language(CODES[path.startswith("en/")])


def make_static_route() -> Route:
    """Return the route of the static files. One whose version is asked for never changes."""
    kinds = {path: TYPES.get(path.rpartition(".")[2], "text/plain; charset=utf-8") for path in list_static()}
    static = {path: _make(data, kinds[path], ASK_AGAIN) for path, data in list_static().items()}
    versions = {
        (path, f"v={derive_version(path)}"): _make(data, kinds[path], FOR_EVER) for path, data in list_static().items()
    }

    async def show_static(request: Request) -> Response:
        path = request.path_params["path"]
        if path not in static:
            raise HTTPException(404)
        return Prepared(versions.get((path, request.url.query), static[path]))

    return Route("/static/{path:path}", show_static)


def _make(data: bytes, kind: str, caching: bytes) -> Answer:
    return make_answer(data, kind, caching, _HEADERS)

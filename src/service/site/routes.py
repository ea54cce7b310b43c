"""The public pages over HTTP: each rendered once for each state of the log, with headers that let nothing else in.

GET /…/          a page in Chinese, /en/…/ in English; without the last slash, a redirect
GET /static/…    the style sheet, the verifier's modules, vendored libraries
GET /data/…      open data and bundles
"""

from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..public.caching import answer_bytes, derive_tag
from ..public.search import Index
from ..published import Published
from .assets import list_static
from .data import list_files
from .language import CODES, Language
from .pages import derive_frame, show_page
from .render import render
from .searching import show_found

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
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


register_url_convertor("page", PageConvertor())

CACHED_PAGES = 2_000
CACHED_FILES = 8
"""Bundles are as large as the log."""


def make_routes(published: Published) -> list[Route]:
    """Return the routes of the site; they stand last, for they take every path that is left."""

    @lru_cache(maxsize=1)
    def index(checkpoint: bytes) -> Index:
        return Index(published.record)

    @lru_cache(maxsize=CACHED_PAGES)
    def page(path: str, language: Language, checkpoint: bytes, today: str) -> tuple[bytes, str] | None:
        with published.lock:
            html = show_page(published, path, language)
        return None if html is None else (html.encode(), derive_tag(html.encode()))

    async def show(request: Request) -> Response:
        path = request.url.path.removeprefix("/")
        await run_in_threadpool(published.refresh)
        language = Language(CODES[path.startswith("en/")])
        asked = path.removeprefix("en/")
        is_whole = not asked or asked.endswith("/")
        slashed = asked if is_whole else f"{asked}/"
        found = await run_in_threadpool(page, slashed, language, published.checkpoint, published.today)
        if found is None and HTML.partition(";")[0] in request.headers.get("accept", ""):
            return Response(await run_in_threadpool(_missing, published, language), 404, HEADERS, HTML)
        if found is None:
            raise HTTPException(404)
        if not is_whole:  # links on a page are relative to its folder
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"./{path.rpartition('/')[2]}/{query}", 308, HEADERS)
        return _answer(request, *found, HTML, "no-cache")

    def find(language: Language, word: str, after: str) -> bytes:
        with published.lock:
            found = show_found(published, index(published.checkpoint), word, after, language)
            return render("search.html", "search/", language, derive_frame(published.record) | found).encode()

    async def search(request: Request) -> Response:
        word, after = request.query_params.get("q", ""), request.query_params.get("after", "")
        if not word:
            return await show(request)
        await run_in_threadpool(published.refresh)
        language = Language(CODES[request.url.path.startswith("/en/")])
        html = await run_in_threadpool(find, language, word, after)
        return _answer(request, html, derive_tag(html), HTML, "no-cache")

    @lru_cache(maxsize=CACHED_FILES)
    def data(path: str, checkpoint: bytes) -> tuple[bytes, str] | None:
        with published.lock:
            make = list_files(published).get(path)
            if make is None:
                return None
            made = make()
        return made, derive_tag(made)

    async def show_data(request: Request) -> Response:
        path = request.path_params["path"]
        if not path:
            return await show(request)
        await run_in_threadpool(published.refresh)
        found = await run_in_threadpool(data, path, published.checkpoint)
        if found is None:
            raise HTTPException(404)
        return _answer(request, *found, TYPES.get(path.rpartition(".")[2], "application/octet-stream"), "no-cache")

    return [
        make_static_route(),
        *(Route(path, search) for path in ("/search/", "/en/search/")),
        Route("/data/{path:path}", show_data),
        Route("/{path:page}", show),
    ]


def make_static_route() -> Route:
    """Return the route of the static files."""
    static = {path: (data, derive_tag(data)) for path, data in list_static().items()}

    async def show_static(request: Request) -> Response:
        path = request.path_params["path"]
        if path not in static:
            raise HTTPException(404)
        kind = TYPES.get(path.rpartition(".")[2], "text/plain; charset=utf-8")
        return _answer(request, *static[path], kind, "public, max-age=3600")

    return Route("/static/{path:path}", show_static)


def _missing(published: Published, language: Language) -> bytes:
    with published.lock:
        html = show_page(published, "missing/", language)
    assert html is not None
    return html.encode()


def _answer(request: Request, data: bytes, tag: str, kind: str, caching: str) -> Response:
    return answer_bytes(request, data, tag, {**HEADERS, "Cache-Control": caching}, kind)

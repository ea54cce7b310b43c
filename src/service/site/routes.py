"""The public pages over HTTP: each rendered once for each state of the log, with headers that let nothing else in.

GET /…/          a page in Chinese, /en/…/ in English; without the last slash, a redirect
GET /static/…    the style sheet, the verifier's modules, vendored libraries
GET /data/…      open data and bundles
"""

import hashlib
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..published import Published
from .data import list_files
from .language import CODES, Language
from .pages import show_page

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
CACHED_PAGES = 2_000
CACHED_FILES = 8
"""Bundles are as large as the log."""


def list_static() -> dict[str, bytes]:
    """Return the site's static files: path under `static/` -> contents."""

    def walk(folder: Traversable, path: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for one in folder.iterdir():
            found |= walk(one, f"{path}{one.name}/") if one.is_dir() else {f"{path}{one.name}": one.read_bytes()}
        return found

    wording = {"verify/wording.zh.json": files("ledger.audit").joinpath("wording.zh.json").read_bytes()}
    return walk(files("service.site").joinpath("static"), "") | wording


def make_routes(published: Published) -> list[Route]:
    """Return the routes of the site; they stand last, for they take every path that is left."""
    static = {path: (data, _tag(data)) for path, data in list_static().items()}

    @lru_cache(maxsize=CACHED_PAGES)
    def page(path: str, language: Language, checkpoint: bytes) -> tuple[bytes, str] | None:
        with published.lock:
            html = show_page(published, path, language)
        return None if html is None else (html.encode(), _tag(html.encode()))

    async def show(request: Request) -> Response:
        path = request.path_params["path"]
        if path and not path.endswith("/"):
            query = f"?{request.url.query}" if request.url.query else ""
            last = path.rpartition("/")[2]
            return RedirectResponse(f"./{last}/{query}", 308, HEADERS)
        await run_in_threadpool(published.refresh)
        is_english = path.startswith("en/")
        language = Language(CODES[is_english])
        found = await run_in_threadpool(page, path.removeprefix("en/"), language, published.checkpoint)
        if found is None:
            return Response(await run_in_threadpool(_missing, published, language), 404, HEADERS, "text/html")
        return _answer(request, *found, "text/html; charset=utf-8", "no-cache")

    async def show_static(request: Request) -> Response:
        path = request.path_params["path"]
        if path not in static:
            return Response("not found\n", 404, HEADERS, "text/plain")
        kind = TYPES.get(path.rpartition(".")[2], "text/plain; charset=utf-8")
        return _answer(request, *static[path], kind, "public, max-age=3600")

    @lru_cache(maxsize=CACHED_FILES)
    def data(path: str, checkpoint: bytes) -> tuple[bytes, str] | None:
        with published.lock:
            make = list_files(published).get(path)
            if make is None:
                return None
            made = make()
        return made, _tag(made)

    async def show_data(request: Request) -> Response:
        path = request.path_params["path"]
        if not path:
            return await show(request)
        await run_in_threadpool(published.refresh)
        found = await run_in_threadpool(data, path, published.checkpoint)
        if found is None:
            return Response("not found\n", 404, HEADERS, "text/plain")
        return _answer(request, *found, TYPES.get(path.rpartition(".")[2], "application/octet-stream"), "no-cache")

    return [
        Route("/static/{path:path}", show_static),
        Route("/data/{path:path}", show_data),
        Route("/{path:path}", show),
    ]


def _missing(published: Published, language: Language) -> bytes:
    with published.lock:
        html = show_page(published, "missing/", language)
    assert html is not None
    return html.encode()


def _tag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _answer(request: Request, data: bytes, tag: str, kind: str, caching: str) -> Response:
    """Answer with what was asked for, or that it is the same as before (RFC 9110, section 13.1.2)."""
    headers = {**HEADERS, "ETag": tag, "Cache-Control": caching}
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    return Response(data, 200, headers, kind)

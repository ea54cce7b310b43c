"""A problem as a page, for whoever asked with a browser; programs are told the same as JSON (`service.problems`).

Nothing of the log is read for it: it is shown where the log cannot be read, too.
"""

from starlette.requests import Request
from starlette.responses import Response

from ..problems import PROBLEMS, Problem
from .language import CODES, Language
from .render import link, render
from .routes import HEADERS, HTML

INTERFACES = ("/api/", "/log/", "/healthz", "/readyz", "/metrics", "/openapi.json")
"""What is asked by programs; a browser that looks there is told what they are."""


def show_problem(request: Request, problem: Problem) -> Response | None:
    """Return a problem as a page; None for whoever wants none."""
    path = request.url.path
    if path.startswith(INTERFACES) or "text/html" not in request.headers.get("accept", ""):
        return None
    language = Language(CODES[path.startswith("/en/")])
    # What was asked for is no page of ours; what counts for its links is how deep it lies.
    depth = path.count("/") - (1 if language.code == "zh" else 2)
    place = "x/" * depth
    kind = PROBLEMS[problem.code]
    context = {
        "title": language(kind.zh, kind.en),
        "told": language(problem.zh, problem.en),
        "other": link(f"en/{place}" if language.code == "en" else place, "" if language.code == "en" else "en/"),
        "origin": None,
    }
    html = render("missing.html" if kind.status == 404 else "problem.html", place, language, context)
    return Response(html, kind.status, {**problem.headers, **HEADERS, "Cache-Control": "no-store"}, HTML)

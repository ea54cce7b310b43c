"""Somebody who asks a service for everything: follows every link, and takes every operation of its OpenAPI."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from serving.served import Answer, Service

MOST_PAGES = 5_000


class _Links(HTMLParser):
    """What a page links to, loads, or sends a form to by GET."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form" and found.get("method") != "get":
            return
        self.links += [value for name in ("href", "src", "action", "data-root") if (value := found.get(name))]


def follow_links(service: Service, *starts: str) -> dict[str, Answer]:
    """Return path -> answer of all that links lead to, link by link until there is none that is new."""
    found: dict[str, Answer] = {}
    waiting = [*starts]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        assert len(found) < MOST_PAGES, "the pages never end"
        answer = found[path] = service.ask("GET", path)
        if answer.headers.get("Location"):
            waiting.append(_resolve(path, answer.headers["Location"]))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            links = (_resolve(path, link) for link in _Links(answer.body.decode()).links)
            waiting += [link for link in links if link and link not in found]
    return found


def _resolve(path: str, link: str) -> str:
    """Return the path, with its query, that a link of a page leads to on the same service; empty if elsewhere."""
    there = urlsplit(urljoin(f"http://here{path}", link))
    if there.netloc != "here":
        return ""
    return there.path + (f"?{there.query}" if there.query else "")


def list_tree(service: Service) -> dict[str, Answer]:
    """Return path -> answer of every file of the log."""
    log = service.folder / "log" if (service.folder / "log").is_dir() else service.folder
    names = (file.relative_to(log).as_posix() for file in log.rglob("*") if file.is_file())
    return {f"/log/{name}": service.ask("GET", f"/log/{name}") for name in names}


def ask_operations(service: Service, words: tuple[str, ...], years: tuple[int, ...]) -> dict[str, Answer]:
    """Return what is asked -> answer, for every GET operation of the OpenAPI with all values that its parameters have.

    words  what is looked for by /search
    years  of registries and statistics
    """
    openapi = service.ask("GET", "/openapi.json").json()
    found: dict[str, Answer] = {}
    for path, item in openapi["paths"].items():
        if "get" in item and not path.startswith("/log/"):
            for asked in _fill(service, path, item["get"].get("parameters", ()), words, years):
                found[asked] = service.ask("GET", asked)
    return found


def _fill(
    service: Service, path: str, parameters: Any, words: tuple[str, ...], years: tuple[int, ...]
) -> Iterator[str]:
    """Yield a path with each choice of its parameters in place."""

    def ids(rows: str) -> list[str]:
        return [row["id"] for row in service.ask("GET", f"/api/v1/{rows}?limit=500").json()["rows"] if row["id"]]

    names = {parameter["name"]: parameter["schema"] for parameter in parameters}
    if "{code}" in path:
        for draw in ids("draws"):
            yield from (f"/api/v1/draws/{draw}/enterprises/{quote(code)}" for code in ids("registries/targets"))
    elif "{id}" in path:
        yield from (path.format(id=one) for one in ids("draws" if "draws" in path else "cases"))
    elif "{name}" in path:
        yield from (
            f"{path.format(name=name)}?limit=500&year={year}" for name in names["name"]["enum"] for year in years
        )
    elif "{year}" in path:
        yield from (path.format(year=year) for year in years)
    elif "q" in names:
        yield from (f"{path}?q={quote(word)}" for word in words)
    elif "subject" in names:
        yield from (f"{path}?subject={quote(subject, safe='')}" for subject in SUBJECTS)
    else:
        yield f"{path}?limit=500" if "limit" in names else path


SUBJECTS = (
    "targets/2023/hazchem", "officers/2023/bureau/of/bureau/enforcement", "complaint/2023/0001",
    "case/bureau/2023-09/001/0001",
)  # fmt: skip

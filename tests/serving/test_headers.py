"""The headers of every answer are those of the table in docs/spec/http.md, whatever is asked, whatever comes of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.evidence import month, write_log
from service.published import Published
from service.site.export import export_site
from serving.served import Service, serve

DATA = "data/bundles/bureau-2027-01-001.zip"
KINDS = ("every answer", "what is no page", "pages, `/static/`, `/data/`")


@pytest.fixture(scope="module")
def documented(root: Path) -> dict[str, dict[str, str]]:
    """On what -> header -> value."""
    table = (root / "docs/spec/http.md").read_text(encoding="utf-8").partition("**Headers.**")[2]
    found: dict[str, dict[str, str]] = {}
    for on, header, value in re.findall(r"^\| (.+?) \| `([\w-]+)` \| `(.+?)` \|$", table, re.MULTILINE):
        found.setdefault(on, {})[header] = value
    return found


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A public process over a month."""
    folder = tmp_path_factory.mktemp("headers")
    write_log(folder / "log", list(month().entries), month().checkpoint)
    with serve(folder, role="public", seconds=1) as service:
        yield service


HTML, FORM = {"Accept": "text/html"}, {"Content_Type": "application/x-www-form-urlencoded"}
PAGE, OTHER = KINDS[2], KINDS[1]
ASKED = [
    # method, path, headers, status, which headers, whether nobody may keep it
    ("GET", "/", {}, 200, PAGE, False),
    ("HEAD", "/en/draws/", {}, 200, PAGE, False),
    ("GET", "/verify/", {}, 200, PAGE, False),
    ("GET", "/en/search/?q=0001", {}, 200, PAGE, False),
    ("GET", "/draws", {}, 308, PAGE, False),
    ("GET", "/nothing/", HTML, 404, PAGE, True),
    ("GET", "/nothing/", {}, 404, OTHER, True),
    ("POST", "/draws/", {}, 405, OTHER, True),
    ("GET", "/static/site.css", {}, 200, PAGE, False),
    ("GET", "/static/nothing.css", {}, 404, OTHER, True),
    ("GET", "/data/results.csv", {}, 200, PAGE, False),
    ("GET", f"/{DATA}", {}, 200, PAGE, False),
    ("GET", "/data/nothing.csv", {}, 404, OTHER, True),
    ("GET", "/log/checkpoint", {}, 200, OTHER, False),
    ("GET", "/log/nothing", {}, 404, OTHER, True),
    ("PUT", "/log/checkpoint", {}, 405, OTHER, True),
    ("GET", "/api/v1/draws", {}, 200, OTHER, False),
    ("GET", "/api/v1/draws?limit=0", {}, 400, OTHER, True),
    ("GET", "/api/v1/draws/nothing", {}, 404, OTHER, True),
    ("DELETE", "/api/v1/draws", {}, 405, OTHER, True),
    ("GET", "/openapi.json", {}, 200, OTHER, False),
    ("GET", "/healthz", {}, 200, OTHER, True),
    ("GET", "/readyz", {}, 200, OTHER, True),
    ("GET", "/metrics", {}, 200, OTHER, True),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "kind", "is_kept_by_nobody"), ASKED)
def test_an_answer_has_the_documented_headers(
    public: Service, documented: dict[str, dict[str, str]], method: str, path: str, headers: dict[str, str],
    status: int, kind: str, is_kept_by_nobody: bool,
) -> None:  # fmt: skip
    answer = public.ask(method, path, **headers)
    assert answer.status == status
    for name, value in (documented["every answer"] | documented[kind]).items():
        assert answer.headers.getlist(name) == [value], name
    assert {"set-cookie", "server"} & {name.lower() for name in answer.headers} == set()
    assert (answer.headers.get("Cache-Control") == "no-store") == is_kept_by_nobody


@pytest.mark.parametrize("path", ["/en/", "/static/site.css", "/data/results.csv", "/log/checkpoint", "/api/v1/draws"])
def test_an_answer_that_nothing_changed_has_them_too(
    public: Service, documented: dict[str, dict[str, str]], path: str
) -> None:
    first = public.ask("GET", path)
    again = public.ask("GET", path, If_None_Match=first.headers["ETag"])
    assert again.status == 304
    for name, value in first.headers.items():
        if name.lower() not in ("date", "content-length", "content-type"):
            assert again.headers[name] == value


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"408"),
    ],
)
def test_what_is_refused_before_it_is_a_request_has_them_too(
    public: Service, documented: dict[str, dict[str, str]], sent: bytes, status: bytes
) -> None:
    head = public.send(sent).partition(b"\r\n\r\n")[0]
    assert head.split()[1] == status
    told = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    expected = documented["every answer"] | documented[OTHER] | {"Cache-Control": "no-store"}
    assert {name: told[name.lower()] for name in expected} == expected


def test_what_a_writer_answers_has_them_too(shared: Service, documented: dict[str, dict[str, str]]) -> None:
    form = shared.ask("GET", "/complaints/")
    wrong = shared.ask("POST", "/complaints/", "kind=gossip", **FORM)
    elsewhere = shared.ask("GET", "/en/complaints/status/")
    assert [form.status, wrong.status, elsewhere.status] == [200, 400, 303]
    for answer in (form, wrong, elsewhere):
        for name, value in (documented["every answer"] | documented[PAGE]).items():
            assert answer.headers[name] == value
        assert answer.headers["Cache-Control"] == "no-store"
    for answer in (shared.ask("POST", "/api/v1/events", b"x"), shared.ask("GET", "/api/v1/openings?subject=x")):
        assert answer.status in (400, 401)
        for name, value in (documented["every answer"] | documented[OTHER]).items():
            assert answer.headers[name] == value


def test_an_exported_page_says_so_itself(
    public: Service, documented: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    """All that a page can say of itself: who may frame it, only a header can."""
    export_site(Published(public.folder / "log"), tmp_path / "site")
    policy = documented[PAGE]["Content-Security-Policy"].removesuffix("; frame-ancestors 'none'")
    assert policy != documented[PAGE]["Content-Security-Policy"]
    policy = policy.replace("'", "&#39;")
    pages = [page for page in (tmp_path / "site").rglob("*.html") if "static" not in page.parts]
    assert len(pages) > 20
    for page in pages:
        head = page.read_text(encoding="utf-8").partition("</head>")[0]
        assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in head
        referrer = "same-origin" if page.parent.name == "complaints" else "no-referrer"
        assert f'<meta name="referrer" content="{referrer}">' in head
        assert head.index("Content-Security-Policy") < head.index("<link")

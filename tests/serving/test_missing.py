"""What is not there, or fails, as a page for browsers and as a problem for programs."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from serving.served import Service, serve

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/nope/",
        "/draws/bureau/2023-10/001/",
        "/en/nope/",
        "/en/a/b/c",
        "/data/none.csv",
        "/static/none.css",
        f"/registries/{'9' * 5000}/?street=x",
        "/static/",
        "/%2e%2e/x%00y/",
        "/en",
    ],
)
def test_a_wrong_address_is_a_page_with_the_way_back(shared: Service, path: str) -> None:
    answer = shared.ask("GET", path, Accept=BROWSER)
    if path == "/en":
        assert answer.status in (308, 404)
        return
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.body.decode()
    home = "/en/" if path.startswith("/en/") else "/"
    links = re.findall(r'(?:href|action)="([^"#]+)"', page)
    assert home in {urljoin(path, link) for link in links}
    for link in links:
        there = urljoin(path, link)
        assert shared.ask("GET", there).status == 200, (link, there)


@pytest.mark.parametrize("path", ["/nope/", "/data/none.csv", "/api/v1/none", "/log/none", "/static/none"])
def test_a_program_is_told_a_problem(shared: Service, path: str) -> None:
    assert shared.ask("GET", path, Accept="*/*").code == "not-found"
    assert shared.ask("GET", path).code == "not-found"


@pytest.mark.parametrize("path", ["/api/v1/none", "/log/none"])
def test_the_interfaces_of_programs_answer_browsers_too_as_they_are(shared: Service, path: str) -> None:
    assert shared.ask("GET", path, Accept=BROWSER).code == "not-found"


def test_an_officials_process_says_so_too(folder: Path) -> None:
    with serve(folder, role="officials") as service:
        answer = service.ask("GET", "/draws/", Accept=BROWSER)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")

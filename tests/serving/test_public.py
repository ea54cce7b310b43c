"""The public API and the pages over HTTP: what a public process without a key answers, from a bare copy of the log."""

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.proof.draw import derive_ticket
from ledger.proof.merkle import derive_leaf_hash
from month import first_index, month_entries
from service.site import registries
from service.site.routes import HEADERS
from serving.served import Answer, Service, serve


@contextmanager
def serve_month(folder: Path, entries: Sequence[bytes]) -> Iterator[Service]:
    """Run a public process over entries, of which there is nothing but the log's files."""
    write_log(folder / "log", entries, sign_checkpoint(entries, witnesses=2))
    with serve(folder, role="public") as service:
        yield service


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A public process over the month in which everything happens."""
    with serve_month(tmp_path_factory.mktemp("public"), month_entries()) as service:
        yield service


def read(service: Service, path: str) -> Any:
    answer = service.ask("GET", f"/api/v1/{path}")
    assert answer.status == 200, answer.body
    return answer.json()


def read_all(service: Service, path: str, limit: int) -> list[Any]:
    """Return all rows of a list, page by page."""
    rows, after = [], ""
    for _ in range(10_000):
        page = read(service, f"{path}{'&' if '?' in path else '?'}limit={limit}&after={quote(after)}")
        assert len(page["rows"]) <= limit
        rows += page["rows"]
        if page["next"] is None:
            return rows
        after = page["next"]
    raise AssertionError("the pages never end")


LISTS = [
    *(f"registries/{name}" for name in ("targets", "officers", "items", "keys", "units")),
    "plans", "draws", "cases", "disclosures", "overdue", "search?q=0",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_pages_give_each_row_once_whatever_their_length(public: Service, path: str) -> None:
    whole = read_all(public, path, 500)
    assert whole
    assert read_all(public, path, 3) == whole


@pytest.mark.parametrize("path", [*LISTS, "statistics/2027"])
def test_who_has_an_answer_is_told_that_it_holds(public: Service, path: str) -> None:
    first = public.ask("GET", f"/api/v1/{path}")
    assert first.headers["Cache-Control"] == "no-cache"
    again = public.ask("GET", f"/api/v1/{path}", If_None_Match=f'"x", W/{first.headers["ETag"]}')
    assert (again.status, again.body) == (304, b"")
    assert public.ask("GET", f"/api/v1/{path}", If_None_Match='"x"').status == 200


def test_a_draw_tells_its_stations_attempts_and_selection(public: Service) -> None:
    rows = read(public, "draws")["rows"]
    drawn = next(row for row in rows if row["drawn"])
    draw = read(public, f"draws/{drawn['id']}")
    assert draw["slot"] in draw["attempts"]
    assert len(draw["selected"]) == draw["drawn"]
    assert [station["type"] for station in draw["stations"]][:2] == ["draw.opened/1", "draw.frozen/1"]
    assert all(station["signed"] for station in draw["stations"])
    assert sum(stratum["eligible"] for stratum in draw["strata"]) == draw["eligible"]


def test_one_enterprises_proof_is_checked_by_hashes_alone(public: Service) -> None:
    drawn = next(row for row in read(public, "draws")["rows"] if row["drawn"])
    draw = read(public, f"draws/{drawn['id']}")
    selected = {row["code"] for row in draw["selected"]}
    listed = [row["id"] for row in read_all(public, "registries/targets", 500)]
    told = [read(public, f"draws/{draw['id']}/enterprises/{quote(code)}") for code in listed]
    assert {one["code"] for one in told if one["is_drawn"]} == selected
    for one in (one for one in told if one.get("sub_seed")):
        assert one["ticket"] == derive_ticket(one["sub_seed"], one["code"])
        if one["threshold"] is not None and one["code"] in selected:
            assert one["ticket"] <= one["threshold"]
    with_leaf = next(one for one in told if one["leaf"])
    assert fold(with_leaf["leaf"], with_leaf["pool_size"]) == with_leaf["pool_root"]
    absent = read(public, f"draws/{draw['id']}/enterprises/reg:none")
    assert (absent["leaf"], absent["is_drawn"]) == (None, False)
    assert absent["neighbours"]


def fold(leaf: dict[str, Any], size: int) -> str:
    """Return the root that a leaf and its path give (RFC 9162, section 2.1.3.2)."""
    index, last = leaf["index"], size - 1
    node: bytes = derive_leaf_hash(leaf["text"].encode())
    for sibling in map(bytes.fromhex, leaf["path"]):
        if index % 2 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return node.hex()


def test_a_case_is_found_and_told_step_by_step(public: Service) -> None:
    found = read(public, "search?q=0001")["rows"]
    number = next(row["id"] for row in found if row["kind"] == "case")
    case = read(public, f"cases/{number.replace('/', '-')}")
    assert case["subject"].endswith(number)
    assert case["steps"]


def test_a_result_is_shown_while_it_is_public(public: Service, tmp_path: Path) -> None:
    assert {row["result"] for row in read(public, "cases")["rows"]} == {None}, "all are withdrawn at the end"
    with serve_month(tmp_path, month_entries()[: first_index("publication.withdrawn/1")]) as service:
        shown = read(service, "cases?published=true")["rows"]
        assert shown
        assert all(row["result"] and row["published"] for row in shown)
        assert all(row["result"] is None for row in read(service, "cases?published=false")["rows"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("draws/nothing", "not-found"),
        ("cases/nothing", "not-found"),
        ("draws/nothing/enterprises/reg:1", "not-found"),
        ("registries/persons", "malformed"),
        ("draws?limit=0", "malformed"),
        ("draws?limit=501", "malformed"),
        ("draws?month=2027", "malformed"),
        ("search", "malformed"),
        (f"search?q={'x' * 101}", "malformed"),
        ("statistics/27", "malformed"),
        ("disclosures?kind=rumour", "malformed"),
    ],
)
def test_what_is_not_there_or_cannot_be_asked_is_a_problem(public: Service, path: str, code: str) -> None:
    assert public.ask("GET", f"/api/v1/{path}").code == code


def test_a_draw_without_an_outcome_or_with_a_sealed_one_explains_nothing(tmp_path: Path) -> None:
    for type in ("draw.executed/1", "draw.revealed/1"):
        with serve_month(tmp_path / type[5:9], month_entries()[: first_index(type)]) as service:
            without = next(row for row in read(service, "draws")["rows"] if row["drawn"] is None)
            assert service.ask("GET", f"/api/v1/draws/{without['id']}/enterprises/reg:1").code == "refused"
            draw = read(service, f"draws/{without['id']}")
            assert (draw["selected"], draw["seed"]) == ([], None)


def get(public: Service, path: str) -> Answer:
    answer = public.ask("GET", path)
    assert answer.status == 200, path
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer


@pytest.mark.parametrize("path", ["/", "/en/", "/draws/", "/en/search/?q=0001", "/overdue/", "/complaints/"])
def test_pages_let_nothing_else_in_and_set_no_cookie(public: Service, path: str) -> None:
    headers = get(public, path).headers
    for name, value in HEADERS.items():
        assert headers[name] == value
    assert "'unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers


def test_the_search_page_finds_without_a_script(public: Service) -> None:
    page = get(public, "/en/search/?q=" + quote("2027-01")).body.decode()
    assert 'class="hits"' in page
    assert "<script" not in page
    code = read(public, "registries/targets?limit=1")["rows"][0]["id"]
    assert f"../enterprises/{code}/" in get(public, f"/search/?q={quote(code[1:].lower())}").body.decode()
    assert code in get(public, f"/search/?q={quote(code[1:5] + ' ' + code[5:])}").body.decode()
    for start in ("/", "/en/"):
        answer = public.ask("GET", f"{start}search/?q={quote(f' {code[:5]} {code[5:].lower()}')}")
        assert (answer.status, answer.headers["Location"]) == (303, f"../enterprises/{code}/")
    page = get(public, f"/enterprises/{code}/").body.decode()
    assert "../../verify/?slot=" in page
    assert page.count("/verify/?slot=") == page.count(f"&amp;code={code}")
    assert code in get(public, f"/enterprises/{code}/").body.decode()
    mistyped = get(public, f"/search/?q={code[:-1]}Z").body.decode()
    assert "不是校验无误的统一社会信用代码，请先核对是否抄错" in mistyped
    nothing = get(public, "/search/?q=%3Cscript%3E").body.decode()
    assert "没有检索到“&lt;script&gt;”" in nothing
    assert 'class="hits"' not in nothing


def test_what_is_looked_for_is_shown_as_text(public: Service) -> None:
    page = get(public, "/search/?q=" + quote('"><script>alert(1)</script>')).body.decode()
    assert "<script>alert" not in page


def test_t18_what_is_not_in_memory_is_counted_and_what_is_is_not(public: Service) -> None:
    code = read(public, "registries/targets?limit=1")["rows"][0]["id"]
    for asked in ("/search/?q=%d", "/data/none-%d.csv", "/no/%d/", f"/explain/?code={code}&slot=%d"):
        with serve(public.folder, role="public", rate="5 per hour") as service:
            assert service.ask("GET", "/").status == 200
            found = [service.ask("GET", asked % number).status for number in range(8)]
            assert 429 not in found[:4], asked
            assert found[4:] == [429] * 4, asked
            assert service.ask("GET", "/").status == 200, "a page that is in memory is for everyone"
            assert service.ask("GET", "/log/checkpoint").status == 200


def test_a_page_holds_until_the_log_grows_or_the_day_ends(public: Service) -> None:
    first = get(public, "/en/draws/")
    assert public.ask("GET", "/en/draws/", If_None_Match=first.headers["ETag"]).status == 304


def test_a_public_process_takes_no_complaint_and_says_where(public: Service, tmp_path: Path) -> None:
    assert "not taken here" in get(public, "/en/complaints/").body.decode()
    assert public.ask("POST", "/complaints/", b"kind=other").code == "wrong-method"
    folder = shutil.copytree(public.folder, tmp_path / "copy")
    with serve(folder, role="public", complaints_at="https://complaints.example/complaints/") as service:
        assert 'href="https://complaints.example/complaints/"' in get(service, "/complaints/").body.decode()


def test_a_roster_is_cut_down_by_its_fields_without_a_script(public: Service) -> None:
    rows = read_all(public, "registries/targets", 500)
    year, street = rows[0]["year"], rows[0]["street"]
    wanted = [row["id"] for row in rows if row["street"] == street and row["status"] == "closed"]
    assert wanted
    for prefix in ("", "/en"):
        start = f"{prefix}/registries/{year}/"
        page = get(public, f"{start}?street={quote(street)}&status=closed&risk=").body.decode()
        assert re.findall(r'<tr id="([^"]+)"', page) == wanted
        assert f'<option value="{street}" selected>' in page
        assert public.ask("GET", f"{start}?street=nowhere").status == 200
        for beyond in ("page=99", "page=x", "page=0"):
            assert public.ask("GET", f"{start}?status=open&{beyond}").status == 404


def test_a_roster_that_is_cut_down_has_pages(public: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "PER_PAGE", 5)
    year = read(public, "registries/targets")["rows"][0]["year"]
    path, found = f"/registries/{year}/?status=open", list[str]()
    while path:
        page = get(public, path).body.decode()
        found += re.findall(r'<tr id="([^"]+)"', page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        path = f"/registries/{year}/{unescape(after[1])}" if after else ""
    rows = read_all(public, "registries/targets", 500)
    assert found == [row["id"] for row in rows if row["status"] == "open"]

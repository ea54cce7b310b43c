"""Pages and JSON from memory: never older than the checkpoint or the day, the same as fresh ones, and bounded."""

import asyncio
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.proof.encoding import parse_time
from month import first_index, month_entries
from service.lock import SharedLock
from service.public.answers import Answers
from service.public.caching import OVERHEAD, Answer, Kept, make_answer, make_json
from service.published import DERIVED, Published
from serving.served import Service, run_apart, serve
from serving.test_public import LISTS, serve_month

NOW = parse_time("2028-01-03T01:00:00Z")
"""After the month, so that something of it is overdue."""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = NOW

    def __call__(self) -> int:
        return self.seconds


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the log of the month in which everything happens; not to be changed."""
    entries = month_entries()
    folder = tmp_path_factory.mktemp("answers")
    write_log(folder / "log", entries, sign_checkpoint(entries, witnesses=2))
    return folder


@pytest.fixture(scope="module")
def public(month: Path) -> Iterator[Service]:
    with serve(month, role="public") as service:
        yield service


def grow(folder: Path, entries: Sequence[bytes]) -> None:
    """Publish entries over those that lie in a folder, the checkpoint last, as the log does."""
    beside = write_log(folder / "grown", entries, sign_checkpoint(entries, witnesses=2))
    shutil.copytree(beside / "tile", folder / "log" / "tile", dirs_exist_ok=True)
    (beside / "checkpoint").replace(folder / "log" / "checkpoint")
    shutil.rmtree(beside)


PAGES = [
    "/", "/items/", "/plans/", "/draws/", "/results/", "/corrections/", "/corrections/all/1/", "/overdue/",
    "/statistics/", "/registries/", "/registries/2027/1/", "/registries/officers/", "/registries/units/",
    "/registries/keys/", "/verify/", "/algorithm/", "/search/", "/data/", "/data/search.json", "/data/results.csv",
    "/search/?q=0",
]  # fmt: skip
JSON = [f"/api/v1/{path}" for path in (*LISTS, "statistics/2027")]


@pytest.mark.parametrize("path", [*PAGES, *(f"/en{page}" for page in PAGES if "/data/" not in page), *JSON])
def test_an_answer_from_memory_is_the_same_as_a_fresh_one(public: Service, month: Path, path: str) -> None:
    first, again = (public.ask("GET", path) for _ in range(2))
    assert first.status == again.status == 200
    assert (first.body, first.headers["ETag"]) == (again.body, again.headers["ETag"])
    head = public.ask("HEAD", path)
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert head.headers["Content-Length"] == str(len(first.body))
    known = public.ask("GET", path, If_None_Match=first.headers["ETag"])
    assert (known.status, known.body, known.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert "Content-Length" not in known.headers
    for name in ("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options"):
        assert first.headers[name] == again.headers[name] == known.headers[name], name


def test_another_process_answers_with_the_same_bytes(public: Service, month: Path) -> None:
    with serve(month, role="public") as other:
        for path in (*PAGES, *JSON):
            ours, theirs = (service.ask("GET", path) for service in (public, other))
            assert (ours.body, ours.headers["ETag"]) == (theirs.body, theirs.headers["ETag"]), path


def test_chinese_and_english_are_kept_apart(public: Service) -> None:
    for path in [page for page in PAGES if "/data/" not in page]:
        for _ in range(2):
            zh, en = (public.ask("GET", f"{prefix}{path}").body.decode() for prefix in ("", "/en"))
            assert '<html lang="zh-CN"' in zh, path
            assert '<html lang="en"' in en, path


def find_size(answer: Answer | None) -> int:
    assert answer is not None
    return int(re.findall(rb"(?:\xe5\x85\xb1 |\"size\":)([0-9]+)", answer.data)[0])


def test_what_is_published_is_shown_at_once_by_a_process_that_only_reads(tmp_path: Path) -> None:
    entries = month_entries()
    start = first_index("draw.opened/1")
    with serve_month(tmp_path, entries[:start]) as service:
        for size in range(start, start + 12):
            if size > start:
                grow(tmp_path, entries[:size])
            for path in ("/", "/draws/", "/api/v1/draws", "/api/v1/statistics/2027"):
                for _ in range(2):
                    body = service.ask("GET", path).body.decode()
                    assert re.findall(r'(?:共 |"size":)([0-9]+)', body)[0] == str(size), path


def test_what_one_process_acknowledges_another_shows_at_once(folder: Path) -> None:
    with serve(folder, "officials") as writer, serve(folder, "public") as reader:
        for _ in range(5):
            before = reader.ask("GET", "/registries/units/")
            assert writer.submit(writer.compose_row()).status == 200
            for _ in range(2):
                after = reader.ask("GET", "/registries/units/", If_None_Match=before.headers["ETag"])
                assert (after.status, f"共 {writer.size} 条" in after.body.decode()) == (200, True)


def test_what_is_late_is_late_from_midnight_in_shanghai_on(month: Path) -> None:
    clock = Clock()
    clock.seconds = parse_time("2027-02-01T15:59:59Z")
    with serve(month, "public", clock=clock) as service:
        paths = "/overdue/", "/en/overdue/", "/api/v1/overdue"
        before = [service.ask("GET", path).body for path in paths]
        assert before == [service.ask("GET", path).body for path in paths]
        clock.seconds += 1
        assert "2027-02-02" in service.ask("GET", "/overdue/").body.decode()
        clock.seconds = NOW
        after = [service.ask("GET", path).body for path in paths]
        assert all(one != other for one, other in zip(before, after, strict=True))
        clock.seconds = parse_time("2027-02-01T15:59:59Z")  # a clock that was set back
        assert [service.ask("GET", path).body for path in paths] == before


def test_a_checkpoint_that_is_gone_is_an_error_not_an_old_page(tmp_path: Path) -> None:
    with serve_month(tmp_path, month_entries()[:30]) as service:
        page = service.ask("GET", "/")
        checkpoint = tmp_path / "log" / "checkpoint"
        checkpoint.rename(tmp_path / "away")
        assert [service.ask("GET", path).code for path in ("/", "/api/v1/draws")] == ["internal", "internal"]
        (tmp_path / "away").rename(checkpoint)
        assert service.ask("GET", "/").body == page.body


def test_t11_a_log_that_was_cut_is_not_shown_from_memory_either(tmp_path: Path) -> None:
    entries = month_entries()
    with serve_month(tmp_path, entries[:30]) as service:
        assert service.ask("GET", "/").status == 200
        grow(tmp_path, entries[:29])
        assert service.ask("GET", "/").code == "internal"
        assert service.ask("GET", "/readyz").status == 503


def test_a_copy_whose_checkpoint_came_before_its_entries_shows_the_state_before(tmp_path: Path) -> None:
    entries = month_entries()
    with serve_month(tmp_path, entries[:30]) as service:
        before = {path: service.ask("GET", path).body for path in ("/", "/draws/", "/api/v1/draws")}
        (tmp_path / "log/checkpoint").write_bytes(sign_checkpoint(entries[:31], witnesses=2))
        assert service.ask("GET", "/readyz").status == 503
        for _ in range(2):
            for path, body in before.items():
                answer = service.ask("GET", path)
                assert (answer.status, answer.body) == (200, body), path
        assert service.ask("GET", "/data/units.csv").status == 200
        assert service.journal.getvalue().count('"behind"') == 1
        grow(tmp_path, entries[:31])
        end = time.monotonic() + 10
        while service.ask("GET", "/readyz").status != 200:  # it tries again after a second
            assert time.monotonic() < end
            time.sleep(0.05)
        assert service.ask("GET", "/api/v1/draws").json()["size"] == 31


def derive(published: Published) -> Answer:
    return make_json({"size": published.size, "today": published.today})


def test_an_answer_that_was_derived_while_something_was_published_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    entries = month_entries()
    write_log(tmp_path / "log", entries[:30], sign_checkpoint(entries[:30], witnesses=2))
    published = Published(tmp_path, Clock())
    answers = Answers(published, 1 << 20, 2)

    def derive_meanwhile() -> Answer:
        grow(tmp_path, entries[:31])
        return derive(published)

    async def ask() -> list[int]:
        found = [await answers.find("page", derive_meanwhile)]
        found += [await answers.find("page", lambda: derive(published)) for _ in range(2)]
        return [find_size(one) for one in found]

    assert run_apart(ask()) == [30, 31, 31]


def test_t18_ten_thousand_different_questions_fill_no_memory(month: Path) -> None:
    published, room = Published(month, Clock()), 1 << 20
    answers = Answers(published, room, 4)

    async def ask() -> None:
        for number in range(10_000):
            kept = await answers.find(("page", number), lambda: make_json({"text": "x" * 500}))
            assert kept is not None
            assert 0 <= answers.kept.left <= room

    run_apart(ask())
    assert len(answers.kept) <= room // (500 + OVERHEAD)
    assert answers.look(("page", 9_999)) is not None, "the newest are there"
    assert answers.look(("page", 0)) is None


def test_what_is_asked_for_often_stays() -> None:
    kept, answer = Kept(10 * (100 + OVERHEAD)), make_answer(b"x" * 100, "text/plain", b"no-cache")
    for number in range(1_000):
        kept.put(number, answer)
        kept.put("home", answer)
        assert kept.get("home") is answer
    assert len(kept) == 10
    kept.put("large", make_answer(b"x" * 10_000, "text/plain", b"no-cache"))
    assert kept.get("large") is None, "it alone would push out all others"
    kept.clear()
    assert (len(kept), kept.left) == (0, 10 * (100 + OVERHEAD))


def test_what_is_not_there_is_not_kept(month: Path) -> None:
    answers = Answers(Published(month, Clock()), 1 << 20, 4)

    async def ask() -> None:
        for number in range(50):
            assert await answers.find(number, lambda: None) is None

    run_apart(ask())
    assert len(answers.kept) == 0


def test_one_slow_answer_holds_up_no_other(month: Path) -> None:
    published = Published(month, Clock())
    answers, going = Answers(published, 1 << 20, 2), threading.Event()

    def wait() -> Answer:
        assert going.wait(20)
        return derive(published)

    async def ask() -> None:
        slow = asyncio.create_task(answers.find("slow", wait))
        for number in range(5):
            assert await asyncio.wait_for(answers.find(number, lambda: derive(published)), 10)
        assert not slow.done()
        going.set()
        assert await slow

    run_apart(ask())


def test_what_is_kept_is_found_while_others_have_the_record(month: Path) -> None:
    published = Published(month, Clock())
    answers = Answers(published, 1 << 20, 2)
    run_apart(answers.find("page", lambda: derive(published)))
    with published._lock.alone():
        assert answers.look("page") is not None


def test_many_who_ask_for_the_same_have_it_derived_once_each_state(month: Path) -> None:
    clock = Clock()
    published = Published(month, clock)
    counted: list[int] = []

    def count() -> str:
        counted.append(1)
        return published.today

    def work(found: list[str]) -> None:
        with published.reading():
            found.append(published.once("thing", None, count))

    for days in range(3):
        clock.seconds = NOW + days * 86_400
        found: list[str] = []
        threads = [threading.Thread(target=work, args=(found,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert (len(counted), set(found)) == (days + 1, {f"2028-01-0{3 + days}"})
    with published.reading():
        for number in range(100):
            assert published.once("thing", number, lambda: "made") == "made"
        assert len(published._derived["thing"]) == DERIVED


def test_readers_share_the_lock_and_a_writer_has_it_alone() -> None:
    lock, within, most = SharedLock(), [0, 0], [0, 0]
    together = threading.Barrier(4)

    def read() -> None:
        for turn in range(50):
            with lock.shared():
                within[0] += 1
                most[0] = max(most[0], within[0])
                assert within[1] == 0
                if turn == 0:
                    together.wait(20)  # passes only if all four are within
                within[0] -= 1

    def write() -> None:
        together.wait(20)
        for _ in range(50):
            with lock.alone():
                within[1] += 1
                assert within == [0, 1]
                within[1] -= 1

    together = threading.Barrier(6)
    failed: list[BaseException] = []

    def run(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in (read, read, read, read, write, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not failed


@pytest.mark.parametrize(
    "path",
    [
        "/?x=%00", "/?%ff%fe", f"/?q={'x' * 8000}", "/search/?q=%00%0a%0d", "/search/?q=%F0%9F%98%80&after=%ff",
        f"/search/?q={'%25' * 2000}", "/search/?q=<script>alert(1)</script>", "/en/en/", "//",
        "/%2e%2e/%2e%2e/etc/passwd/", "/draws/%0aSet-Cookie:x/", "/missing/?q", "/data/..%2f..%2fprivate/log.key",
        "/api/v1/draws?after=%00&after=x",
        "/api/v1/search?q=%ed%a0%80", "/api/v1/cases?draw=%0d%0aX:1", "/static/%2e%2e/routes.py",
    ],
)  # fmt: skip
def test_t18_no_question_breaks_the_service_or_another_answer(public: Service, path: str) -> None:
    home = public.ask("GET", "/")
    for _ in range(2):
        answer = public.ask("GET", path, Accept="text/html")
        assert answer.status in (200, 308, 400, 404, 431), answer.body
        assert b"<script>alert" not in answer.body
        assert "X" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert public.ask("GET", "/").body == home.body


def test_a_static_file_is_kept_for_ever_by_the_version_that_pages_name(public: Service) -> None:
    page = public.ask("GET", "/verify/").body.decode()
    named = re.findall(r'"\.\./(static/[^"?]+)\?(v=[0-9a-f]{16})"', page)
    assert {path.rpartition(".")[2] for path, _ in named} == {"css", "js", "svg"}
    for path, version in named:
        by_version, bare, other = (public.ask("GET", f"/{path}{q}") for q in (f"?{version}", "", "?v=0000000000000000"))
        assert by_version.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert bare.headers["Cache-Control"] == other.headers["Cache-Control"] == "no-cache"
        assert by_version.body == bare.body == other.body
        assert bare.headers["ETag"] == by_version.headers["ETag"]


def test_complaints_are_never_kept(service: Service) -> None:
    for path in ("/complaints/", "/en/complaints/"):
        for _ in range(2):
            assert service.ask("GET", path).headers["Cache-Control"] == "no-store", path


def test_problems_are_never_kept(public: Service) -> None:
    for path in ("/api/v1/draws/none", "/api/v1/draws?limit=0", "/nothing/"):
        for _ in range(2):
            answer = public.ask("GET", path)
            assert answer.code in ("not-found", "malformed")
            assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False)

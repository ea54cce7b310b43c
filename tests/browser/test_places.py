"""Where else the page of verification has to work: plain HTTP, no Ed25519, a static copy, the demonstration."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from audit.evidence import collect, month, write_log
from audit.test_explain import DRAWN
from browser.conftest import PHONE, find_chromium
from browser.visits import ENOUGH, await_verdict, look_up, status, verify
from forge import SLOT
from service.published import Published
from service.site.export import export_site
from serving.served import Service, serve
from world import LINE, World, make_targets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PLAIN = "plain.example"
"""A name that is this machine by the browser's own table, and not trusted by it as localhost is."""


@pytest.fixture(scope="module")
def plain_browser(browser: "Browser") -> Iterator["Browser"]:
    """A browser for which a made-up name is this machine."""
    args = ["--no-sandbox", f"--host-resolver-rules=MAP {PLAIN} 127.0.0.1"]
    running = browser.browser_type.launch(executable_path=find_chromium(), args=args)
    yield running
    running.close()


def test_over_plain_http_everything_is_verified_by_the_vendored_library(
    plain_browser: "Browser", site: Service
) -> None:
    page = plain_browser.new_page()
    page.goto(f"http://{PLAIN}:{urlsplit(site.url).port}/verify/")
    assert page.evaluate("[isSecureContext, typeof crypto.subtle]") == [False, "undefined"]
    assert "没有发现不符之处" in verify(page)
    assert [number for number in range(1, 26) if status(page, number) != "passed"] == [4, 16, 25]
    page.reload()
    verify(page)
    assert status(page, 4) == "passed"
    assert "抽中" in look_up(page, DRAWN[0])
    assert page.workers[0].evaluate("typeof crypto.subtle") == "undefined"


def test_over_plain_http_a_middling_roster_takes_seconds(plain_browser: "Browser", tmp_path: Path) -> None:
    world = World()
    strata: list[dict[str, Any]] = LINE["strata"]  # type: ignore[assignment]
    world.plan = [{**LINE, "strata": [{**stratum, "ratio": "5/100"} for stratum in strata]}]
    world.prepare_year(targets=make_targets("industry-trade", 3_000))
    evidence = collect(world, world.run_to("execute"))
    write_log(tmp_path / "log", evidence.entries, evidence.checkpoint)
    with serve(tmp_path, role="public") as service:
        page = plain_browser.new_page()
        page.goto(f"http://{PLAIN}:{urlsplit(service.url).port}/en/verify/")
        start = time.monotonic()
        assert "Nothing failed" in verify(page)
        assert time.monotonic() - start < 20, "3,000 enterprises, hashed by JavaScript alone"


LACKING = """
const { importKey } = SubtleCrypto.prototype;
globalThis.refused = 0;
SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
  if ((algorithm.name ?? algorithm) !== 'Ed25519') return importKey.call(this, format, key, algorithm, ...rest);
  globalThis.refused += 1;
  return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
};
"""
"""What a browser of 2024 answers that has WebCrypto, and no Ed25519 in it."""


def test_where_webcrypto_has_no_ed25519_the_vendored_library_checks(phone: "BrowserContext", site: Service) -> None:
    page = phone.new_page()
    page.route(
        "**/verify/worker.js",
        lambda route: route.fulfill(body=LACKING + route.fetch().text(), content_type="text/javascript"),
    )
    page.goto(f"{site.url}/verify/")
    assert "没有发现不符之处" in verify(page)
    assert status(page, 8) == "passed"
    assert page.workers[0].evaluate("refused") > 0


class Quiet(SimpleHTTPRequestHandler):
    """Serves files as the simplest web server does, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve_files(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site as static files, below a path of another web server."""
    folder = tmp_path_factory.mktemp("copy")
    log = write_log(folder / "log", month().entries, month().checkpoint).parent
    export_site(Published(log), folder / "portal" / "safety" / "double-random")
    with serve_files(folder / "portal") as address:
        yield f"{address}/safety/double-random"


def test_a_static_copy_finds_draws_and_inspections_by_what_they_are_called(phone: "BrowserContext", copy: str) -> None:
    page = phone.new_page()
    for path, word, called in (
        ("", "2027 年 1 月第 001 号", "区局 2027 年 1 月第 001 号"),
        ("en/", "january 2027, no. 001, inspection 1", "The bureau, January 2027, No. 001, inspection 1"),
    ):
        page.goto(f"{copy}/{path}search/?{urlencode({'q': word})}")
        page.wait_for_selector("#found a")
        assert page.locator("#found a").first.inner_text().startswith(called)
        assert SLOT not in page.inner_text("#found")


def test_a_static_copy_below_a_path_verifies_with_its_own_log(phone: "BrowserContext", copy: str) -> None:
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{copy}/draws/{SLOT}/")
    page.click("text=用我的浏览器核验这次抽取")
    assert "没有发现不符之处" in await_verdict(page)
    assert "是同一本历史" in page.inner_text("#check-4 .reason")
    assert "抽中" in look_up(page, DRAWN[0])
    assert all(url.startswith(copy) for url in asked)
    page.goto(f"{copy}/en/verify/")
    assert "Nothing failed" in verify(page)
    assert status(page, 4) == "passed", "kept from the page in Chinese"


@pytest.mark.parametrize("language", ["", "en/"], ids=["zh", "en"])
def test_a_static_copy_is_searched_in_the_browser(phone: "BrowserContext", copy: str, language: str) -> None:
    page = phone.new_page()
    page.goto(f"{copy}/{language}draws/")
    page.fill("#seek", DRAWN[0].lower())
    page.press("#seek", "Enter")
    page.wait_for_selector("#found a")
    assert DRAWN[0] in page.inner_text("#found")
    assert f"code={DRAWN[0]}" in (page.locator("#found a.why").get_attribute("href") or "")
    page.click(f"#found a:has-text('{DRAWN[0]}')")
    assert page.url.startswith(f"{copy}/{language}registries/")
    assert DRAWN[0] in page.inner_text("main")
    page.goto(f"{copy}/{language}search/?q={DRAWN[0][:7]}+{DRAWN[0][7:]}")
    page.wait_for_selector(f"#found a:has-text('{DRAWN[0]}')")
    page.goto(f"{copy}/{language}search/?q={DRAWN[0][:-1]}Z")
    page.wait_for_selector(f"#found p:has-text('{'is no credit code' if language else '请先核对是否抄错'}')")
    page.goto(f"{copy}/{language}search/?q=<b>nothing</b>")
    page.wait_for_selector("#found p")
    assert ("Nothing found for “<b>nothing</b>”" if language else "没有检索到“<b>nothing</b>”") in page.inner_text(
        "#found"
    )


def test_a_static_copy_cannot_answer_itself_and_says_where_else(browser: "Browser", copy: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{copy}/explain/")
    assert "静态副本" in page.inner_text("main")
    assert page.locator("main form").count() == 0
    context.close()


def test_the_demonstration_serves_a_filled_site_whose_draw_verifies(phone: "BrowserContext", tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = [str(Path(sys.executable).with_name("double-random")), "demo", "--serve", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            printed = (re.match(r"serving at (http://127\.0\.0\.1:\d+)", line) for line in running.stdout)
            address = next(found[1] for found in printed if found)
            page = phone.new_page()
            page.goto(address)
            assert page.locator("main table tbody tr, main li").count() > 0
            page.goto(f"{address.rstrip('/')}/verify/")
            assert "没有发现不符之处" in verify(page)
            assert status(page, 16) == "passed", "its randomness is the public beacon's"
        finally:
            running.terminate()
            running.wait(20)


def test_a_sealed_draw_shows_its_root_and_after_the_reveal_everything(phone: "BrowserContext", tmp_path: Path) -> None:
    world = World().prepare_year()
    slot = world.run_sealed_to("assign")
    sheet = world.compute(slot).sheets[0]
    for name in ("before", "after"):
        entries = list(world.log.entries)
        write_log(tmp_path / name / "log", entries, world.cosigned(witnesses=world.policy.witnesses.quorum))
        if name == "before":
            world.pass_days(31)
            world.reveal_sealed(slot)
    page = phone.new_page()
    with serve(tmp_path / "before", role="public") as service:
        page.goto(f"{service.url}/draws/{slot}/")
        assert "密封抽取：结果已经锁定" in page.inner_text("main")
        assert page.locator("text=用我的浏览器核验这次抽取").count() == 0
        assert sheet.code not in page.content()
        page.goto(f"{service.url}/verify/")
        assert page.locator("#slot option").count() == 1, "the whole log, for no bundle is there"
        assert "没有发现不符之处" in verify(page)
        assert status(page, 18) == "not checked"
        kept = page.text_content("#kept-text") or ""
    with serve(tmp_path / "after", role="public") as service:
        page.goto(f"{service.url}/draws/{slot}/")
        assert sheet.code in page.inner_text("main")
        page.click("text=用我的浏览器核验这次抽取")
        page.evaluate("kept => localStorage.setItem(`checkpoint ${kept.split('\\n')[0]}`, kept)", kept)
        assert "没有发现不符之处" in verify(page)
        assert (status(page, 4), status(page, 18)) == ("passed", "passed")
        assert "抽中" in look_up(page, sheet.code)


def type_in_order(page: "Page", *texts: str) -> None:
    """Fill the fields that follow, by the keyboard alone."""
    for text in texts:
        page.keyboard.press("Tab")
        page.keyboard.type(text)


def test_a_complaint_is_made_and_looked_up_by_the_keyboard(phone: "BrowserContext", trial: Service) -> None:
    page = phone.new_page()
    page.goto(f"{trial.url}/complaints/")
    page.focus("#kind")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#kind") != ""
    page.keyboard.press("Tab")  # the unit, left open
    type_in_order(page, "抽中的企业没有人来检查", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dl.facts.large", timeout=ENOUGH)
    number, code = page.locator("dl.facts.large dd").all_inner_texts()
    assert page.viewport_size == PHONE
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.click("text=回到举报投诉")
    page.focus("#number")
    page.keyboard.type(number)
    type_in_order(page, code)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"dd:has-text('{number}')")
    assert "进度" in page.inner_text("main")

"""A browser that a citizen has, and a public site for it to open."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit.evidence import month, write_log
from serving.served import Service, found, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PHONE = {"width": 360, "height": 740}
"""The narrowest phone that pages are made for, in CSS pixels."""


def find_chromium() -> str | None:
    """Return where Chromium is; None without one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that also takes what is handed in, over a new trial installation."""
    with serve(found(tmp_path_factory.mktemp("trial") / "data")) as service:
        yield service


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The public site over nothing but a copy of the log."""
    folder = tmp_path_factory.mktemp("site")
    write_log(folder / "log", list(month().entries), month().checkpoint)
    with serve(folder, role="public") as service:
        yield service


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium; the test is skipped where it, or Playwright, is not there."""
    program = find_chromium()
    if program is None:
        pytest.skip("there is no Chromium here (Debian: chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="there is no Playwright here (PyPI: playwright)")
    with playwright.sync_playwright() as running:
        # In a container its own sandbox cannot be made; it opens nothing but our pages on loopback.
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: "Browser") -> Iterator["BrowserContext"]:
    """A visitor with a phone, who was never here before."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds what keeps people with disabilities out (vendor/axe-core, MPL 2.0)."""
    return (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

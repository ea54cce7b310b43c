"""Every page in a real browser: it fits a phone, nothing comes from elsewhere, axe finds nothing serious."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from forge import SLOT
from month import TARGET
from serving.served import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PATHS = (
    "",
    "items/",
    "plans/",
    "draws/",
    f"draws/{SLOT}/",
    f"cases/{SLOT}/0001/",
    "results/",
    "verify/",
    "explain/",
    f"explain/?slot={quote(SLOT)}&code=914403000000780002",
    "registries/",
    "registries/2027/1/",
    "data/",
    "algorithm/",
    "complaints/",
    "corrections/",
    "corrections/all/",
    "overdue/",
    "statistics/",
    "search/?q=2027",
    "registries/officers/",
    "registries/units/",
    "registries/keys/",
    f"enterprises/{TARGET['id']}/",
)
REFLOW = 320
"""The width to which a page must reflow, in CSS pixels (WCAG 2.2, 1.4.10): 1280 at 400 %."""
LANGUAGES = ("", "en/")
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("language", LANGUAGES, ids=["zh", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_a_phone_and_asks_nobody_else(
    phone: "BrowserContext", site: Service, language: str, path: str
) -> None:
    page = phone.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    answer = page.goto(f"{site.url}/{language}{path}", wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200
    assert complaints == []
    assert all(url.startswith(site.url) for url in asked)
    for width in (PHONE["width"], REFLOW):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
    assert page.locator("h1").count() == 1
    assert page.get_attribute("html", "lang") == ("en" if language else "zh-CN")


@pytest.mark.parametrize("language", LANGUAGES, ids=["zh", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(browser: "Browser", axe: str, site: Service, language: str, path: str) -> None:
    context = browser.new_context(bypass_csp=True)  # axe is put into the page, which the page's policy forbids
    page = context.new_page()
    page.goto(f"{site.url}/{language}{path}")
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    context.close()
    assert not serious, [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in serious]

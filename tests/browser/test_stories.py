"""What visitors do on the public site, in a real browser: a citizen, a firm, somebody who was here before."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from audit.evidence import month, pack, replace, sign_again, sign_checkpoint
from audit.test_history import set_street
from forge import SLOT
from serving.served import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

ENOUGH = 60_000
"""How long a verification may take here, in milliseconds."""
BUNDLES = "**/data/bundles/*.zip"


def open_page(phone: "BrowserContext", site: Service, path: str = "verify/") -> "Page":
    """Open a page."""
    page = phone.new_page()
    page.goto(f"{site.url}/{path}")
    return page


def verify(page: "Page") -> str:
    """Press the button, wait for the verdict, and return it."""
    page.click("#run")
    page.wait_for_selector("#run:not([disabled])", timeout=ENOUGH)
    return page.inner_text("#verdict")


def status(page: "Page", number: int) -> str:
    """Return how a numbered check ended."""
    return page.get_attribute(f"#check-{number}", "data-status") or ""


def test_a_citizen_verifies_a_draw_with_one_button(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site, f"draws/{SLOT}/")
    page.click("text=用我的浏览器核验这次抽取")
    assert "没有发现不符之处" in verify(page)
    assert page.input_value("#slot") == SLOT
    statuses = {number: status(page, number) for number in range(1, 26)}
    # Nothing kept yet, no policy given, randomness of a chain made for tests, and what no program can check.
    assert {number for number, one in statuses.items() if one != "passed"} == {4, 5, 16, 25}, statuses
    assert "第 4 项" in page.inner_text("#kept")


def test_a_visitor_who_was_here_before_sees_that_the_log_only_grew(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    verify(page)
    page.reload()
    assert "没有发现不符之处" in verify(page)
    assert status(page, 4) == "passed"


def test_a_firm_asks_why_it_was_drawn(phone: "BrowserContext", site: Service) -> None:
    draw = month().world.draw(SLOT)
    outcome = draw.outcome
    assert outcome is not None
    page = open_page(phone, site, "en/verify/")
    verify(page)
    page.fill("#code", outcome.sheets[0].code)
    page.click("#ask")
    page.wait_for_selector("#answer pre")
    told = page.inner_text("#answer")
    assert "It was drawn." in told
    assert outcome.sheets[0].ticket in told
    drawn = {sheet.code for sheet in outcome.sheets}
    other = next(leaf for leaf in draw.ground.pool if leaf.excluded is None and leaf.target.id not in drawn)
    page.fill("#code", other.target.id)
    page.click("#ask")
    page.wait_for_selector("#answer:has-text('not drawn')")
    page.fill("#code", "reg:nobody-has-this")
    page.click("#ask")
    page.wait_for_selector("#answer:has-text('not in the pool')")


def swap_officer() -> bytes:
    """A case goes to another officer than the one drawn, signed by its own unit."""
    entries = list(month().entries)
    index = month().index("case.assigned")

    def change(fields: dict[str, dict[str, list[str]]]) -> None:
        fields["body"]["officers"][1] = "o-bureau-enforcement-09"

    made = replace(entries, index, sign_again(entries[index], change))
    return pack(month(), made, sign_checkpoint(made))


def change_tile() -> bytes:
    """One enterprise is moved in a bundle of entries, under the old checkpoint."""
    entries = list(month().entries)
    index = month().index("rows.listed")
    return pack(month(), replace(entries, index, sign_again(entries[index], set_street)), month().checkpoint)


def flip_byte() -> bytes:
    """One byte of the file is another."""
    data = bytearray(month().data)
    data[len(data) // 3] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("tamper", "number"), [(swap_officer, 23), (change_tile, 6), (flip_byte, 1)], ids=["officer", "tile", "byte"]
)
def test_t10_what_was_tampered_with_turns_the_verdict_red_with_its_number(
    phone: "BrowserContext", site: Service, tamper: Callable[[], bytes], number: int
) -> None:
    page = open_page(phone, site)

    def serve_other(route: "Route") -> None:
        route.fulfill(body=tamper(), content_type="application/zip")

    page.route(BUNDLES, serve_other)
    assert f"第 {number}" in verify(page)
    assert page.get_attribute("#verdict", "data-status") == "failed"
    assert status(page, number) == "failed"


def test_t10_a_forked_log_is_seen_by_whoever_kept_a_checkpoint(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    verify(page)
    entries = list(month().entries)[:-1]

    def serve_other(route: "Route") -> None:
        route.fulfill(body=pack(month(), entries, sign_checkpoint(entries)), content_type="application/zip")

    page.route(BUNDLES, serve_other)
    verify(page)
    assert status(page, 4) == "failed"
    assert page.get_attribute("#verdict", "data-status") == "failed"


def test_the_keyboard_is_enough(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "run":
            break
    assert page.evaluate("document.activeElement.id") == "run"
    page.keyboard.press("Enter")
    page.wait_for_selector("#run:not([disabled])", timeout=ENOUGH)
    assert "没有发现不符之处" in page.inner_text("#verdict")
    assert page.evaluate("document.activeElement.id") == "verdict", "who listens is taken to the verdict"


def test_without_javascript_all_but_the_verification_is_there(browser: "Browser", site: Service) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("", "draws/", f"draws/{SLOT}/", "items/", "plans/", "results/", "registries/", "data/", "algorithm/"):
        answer = page.goto(f"{site.url}/{path}")
        assert answer is not None
        assert answer.status == 200
        assert page.inner_text("h1")
    page.goto(f"{site.url}/verify/")
    assert "需要 JavaScript" in page.inner_text("noscript")
    assert page.locator("#check-18 details").count() == 1
    context.close()

"""What a visitor does on the page of verification."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ENOUGH = 60_000
"""How long a verification may take here, in milliseconds."""


def verify(page: "Page") -> str:
    """Press the button, wait for the verdict, and return it."""
    page.click("#run")
    return await_verdict(page)


def await_verdict(page: "Page") -> str:
    """Wait for the verdict, of a verification that has begun, and return it."""
    page.wait_for_selector("#run:not([disabled])", timeout=ENOUGH)
    page.wait_for_selector("#verdict:not([hidden])", timeout=ENOUGH)
    return page.inner_text("#verdict")


def status(page: "Page", number: int) -> str:
    """Return how a numbered check ended."""
    return page.get_attribute(f"#check-{number}", "data-status") or ""


def look_up(page: "Page", code: str) -> str:
    """Ask for an enterprise, wait for the answer, and return it."""
    page.evaluate("document.getElementById('answer').replaceChildren()")
    page.fill("#code", code)
    page.click("#ask")
    page.wait_for_selector("#answer > *", timeout=ENOUGH)
    return page.inner_text("#answer")

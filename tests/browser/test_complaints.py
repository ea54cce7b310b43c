"""A citizen complains, without JavaScript, on a phone: the receipt, the page loaded anew, what became of it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from serving.served import Service, found, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAID = "示例：现场没有出示证件"


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that takes complaints."""
    with serve(found(tmp_path_factory.mktemp("taking") / "data")) as service:
        yield service


@pytest.mark.parametrize("has_script", [False, True])
def test_a_complaint_is_handed_in_once_and_looked_up(browser: "Browser", taking: Service, has_script: bool) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=has_script)
    page, before = context.new_page(), taking.size
    page.goto(f"{taking.url}/complaints/")
    page.select_option("#kind", "unfair-draw")
    page.fill("#text", SAID)
    page.get_by_role("button", name="提交").click()
    page.wait_for_selector(".verdict")
    number, code = read_receipt(page)
    page.reload()
    assert read_receipt(page) == (number, code)
    assert taking.size == before + 1
    page.get_by_role("link", name="回到举报投诉").click()
    page.fill("#number", number)
    page.fill("#code", code.lower())
    page.get_by_role("button", name="查询").click()
    page.wait_for_url("**/complaints/status/")
    assert number in page.inner_text("main")
    assert SAID not in page.content()
    assert context.cookies() == []
    context.close()


def read_receipt(page: "Page") -> tuple[str, str]:
    """Return number and code as they are shown."""
    number, code = page.locator(".verdict dd").all_inner_texts()
    assert re.fullmatch("[0-9]{4}/[0-9]{4}", number)
    return number, code

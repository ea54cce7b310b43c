"""我的企业: a firm asks why it was drawn, or was not: in its browser, and of the site where it has no JavaScript."""

import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from audit.evidence import month
from audit.test_explain import ABSENT, CLOSED, DRAWN, codes
from browser.visits import look_up
from forge import SLOT
from ledger.audit.explain import explain, format_explanation
from serving.served import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


class Case(NamedTuple):
    """Who asks, and what has to stand in the answer, in Chinese and in English."""

    code: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


@cache
def cases() -> dict[str, Case]:
    """Everybody who may ask: drawn, spared, excluded, not there, and mistyped."""
    spared = codes()[-1]
    assert spared not in DRAWN
    mistyped = f"{DRAWN[0][:-1]}Z"
    return {
        "drawn": Case(DRAWN[0], ("抽中", "不大于它，因此抽中"), ("Drawn", "it was drawn")),
        "spared": Case(spared, ("在名录中，没有抽中", "因此没有抽中"), ("In the pool, not drawn", "it was not drawn")),
        "excluded": Case(
            CLOSED, ("在名录中，但本次不能抽取", "已关闭"), ("In the pool, but it could not be drawn", "it is closed")
        ),
        "absent": Case(
            "reg:nobody-has-this",
            ("不在本次抽取的名录中", "年度名录中也没有它"),
            ("Not in the pool of this draw", "Nor is it on the year's roster"),
        ),
        "mistyped": Case(
            mistyped,
            ("代码可能抄错", "不是校验无误的统一社会信用代码", "请先核对是否抄错"),
            ("the code may be mistyped", "is no credit code with a right check digit", "copied well"),
        ),
        "nonsense": Case("|", ("应为 18 位",), ("expected 18 upper-case characters or digits",)),
    }


@pytest.fixture(scope="module", params=["", "en/"], ids=["zh", "en"])
def visit(request: pytest.FixtureRequest, browser: "Browser", site: Service) -> Iterator["Page"]:
    """A page in one language; the draw is verified when the first firm asks."""
    page = browser.new_context().new_page()
    page.goto(f"{site.url}/{request.param}verify/")
    yield page
    page.context.close()


@pytest.mark.parametrize("name", ["drawn", "spared", "excluded", "absent", "mistyped", "nonsense"])
def test_a_firm_asks_its_browser_which_verifies_the_draw_first(visit: "Page", name: str) -> None:
    case = cases()[name]
    told = look_up(visit, case.code)
    for words in case.en if "/en/" in visit.url else case.zh:
        assert words in told
    assert visit.get_attribute("#verdict", "data-status") == "open", "verified without another button"


def test_the_commands_beside_the_answer_print_the_ticket(visit: "Page") -> None:
    told = look_up(visit, DRAWN[0])
    printed = [
        subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.split()[0]
        for command in visit.locator("#answer pre").all_inner_texts()
    ]
    assert len(printed) == 2
    assert all(one in told for one in printed)


def test_nothing_is_explained_of_a_draw_that_fails(phone: "BrowserContext", site: Service) -> None:
    page = phone.new_page()
    page.route("**/data/bundles/*.zip", lambda route: route.fulfill(body=month().data[:-1]))
    page.goto(f"{site.url}/verify/?slot={SLOT}&code={DRAWN[0]}")
    page.wait_for_selector("#answer p")
    assert page.input_value("#code") == DRAWN[0]
    assert look_up(page, DRAWN[0]) == "核验没有通过，所以不作解释：见上面的结论。"


def test_an_empty_code_is_told_and_the_answer_before_it_is_gone(visit: "Page") -> None:
    look_up(visit, DRAWN[0])
    visit.fill("#code", " ")
    visit.click("#ask")
    visit.wait_for_selector("#answer p")
    assert visit.inner_text("#answer") in ("请填写代码或名称。", "Enter a code or a name.")


def test_an_answer_names_the_draw_and_leads_to_the_inspection(visit: "Page", site: Service) -> None:
    told = look_up(visit, DRAWN[0])
    assert ("区局 2027 年 1 月第 001 号" in told) or ("The bureau, January 2027, No. 001" in told)
    path = urlsplit(visit.locator("#answer a").evaluate("link => link.href")).path
    assert site.ask("GET", path).status == 200
    assert path.endswith(f"/cases/{SLOT}/0001/")
    assert ("/en/" in path) == ("/en/" in visit.url)


def test_whoever_comes_with_a_code_is_answered_at_once(phone: "BrowserContext", site: Service) -> None:
    page = phone.new_page()
    page.goto(f"{site.url}/explain/?{urlencode({'slot': SLOT, 'code': DRAWN[0]})}")
    assert page.locator(".answer a").get_attribute("href") == f"../cases/{SLOT}/0001/"
    page.click("text=用我的浏览器核验后回答")
    page.wait_for_selector("#answer strong", timeout=60_000)
    assert page.inner_text("#answer strong") == "抽中"


def test_without_javascript_an_empty_code_is_told_and_a_chosen_draw_stays_chosen(site: Service) -> None:
    assert "请填写代码或名称" in site.ask("GET", f"/explain/?{urlencode({'slot': SLOT, 'code': ' '})}").body.decode()
    chosen = site.ask("GET", f"/explain/?{urlencode({'slot': SLOT})}").body.decode()
    assert f'value="{SLOT}" selected' in chosen


def test_the_keyboard_is_enough_to_ask(phone: "BrowserContext", site: Service) -> None:
    page = phone.new_page()
    page.goto(f"{site.url}/en/verify/")
    page.focus("#code")
    page.keyboard.type(DRAWN[0])
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer strong")
    assert page.inner_text("#answer strong") == "Drawn"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["drawn", "spared", "excluded", "absent", "mistyped", "nonsense"])
def test_without_javascript_the_site_answers_the_same(site: Service, name: str, language: str) -> None:
    case = cases()[name]
    path = f"/{'en/' if language == 'en' else ''}explain/?{urlencode({'slot': SLOT, 'code': case.code})}"
    answer = site.ask("GET", path)
    assert answer.status == 200
    said = read_text(answer.body.decode())
    for words in case.en if language == "en" else case.zh:
        assert words in said
    if name != "nonsense":
        text = format_explanation(explain(case.code, month().data), "en" if language == "en" else "zh")
        for line in text.splitlines():
            assert line.strip().split("    ")[0] in said


def read_text(html: str) -> str:
    """Return what a page says."""
    pieces: list[str] = []
    parser = HTMLParser()
    parser.handle_data = pieces.append  # type: ignore[method-assign,assignment]
    parser.feed(html)
    return "".join(pieces)


def test_without_javascript_a_firm_finds_the_page_and_asks(browser: "Browser", site: Service) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/verify/")
    page.click("noscript a:has-text('由本站回答')")
    page.fill("#code", ABSENT)
    page.click("main button")
    assert "不在本次抽取的名录中" in page.inner_text(".answer")
    page.goto(f"{site.url}/explain/?slot=none&code=x")
    assert "没有这次抽取" in page.inner_text("main")
    page.goto(f"{site.url}/explain/?{urlencode({'slot': SLOT, 'code': '<b>x</b>'})}")
    assert page.locator("main b").count() == 0
    context.close()

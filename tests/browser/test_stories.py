"""What visitors do on the public site, in a real browser: a citizen, a firm, somebody who was here before."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit.evidence import collude, month, pack, replace, sign_again, sign_checkpoint, write_log
from audit.test_history import set_street
from browser.visits import ENOUGH, await_verdict, look_up, status, verify
from forge import SLOT, replay
from ledger.audit.bundle import derive_bundle
from ledger.audit.container import format_container
from ledger.proof.note import format_key_name, format_vkey
from serving.served import Service
from world import ORIGIN, key

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

BUNDLES = "**/data/bundles/*.zip"


def open_page(phone: "BrowserContext", site: Service, path: str = "verify/") -> "Page":
    """Open a page."""
    page = phone.new_page()
    page.goto(f"{site.url}/{path}")
    return page


def test_a_citizen_verifies_a_draw_with_one_button(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site, f"draws/{SLOT}/")
    page.click("text=用我的浏览器核验这次抽取")
    assert "没有发现不符之处" in await_verdict(page), "it begins without another button"
    assert page.input_value("#slot") == SLOT
    statuses = {number: status(page, number) for number in range(1, 26)}
    # Nothing kept yet, randomness of a chain made for tests, and what no program can check.
    assert {number for number, one in statuses.items() if one != "passed"} == {4, 16, 25}, statuses
    assert "第 4 项" in page.inner_text("#kept-told")
    assert f"公布的 {len(month().entries)} 条的日志是同一本历史" in page.inner_text("#check-4 .reason")


def test_a_visitor_who_was_here_before_sees_that_the_log_only_grew(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    verify(page)
    page.reload()
    assert "没有发现不符之处" in verify(page)
    assert status(page, 4) == "passed"


def witnessed(entries: Sequence[bytes]) -> bytes:
    """Return a checkpoint over any entries that the log's own policy's witnesses have signed too."""
    world = month().world
    return sign_checkpoint(entries, witnesses=world.policy.witnesses.quorum, seconds=world.record.attested_now())


def swap_officer() -> bytes:
    """A case goes to another officer than the one drawn, signed by its own unit."""
    entries = list(month().entries)
    index = month().index("case.assigned")

    def change(fields: dict[str, dict[str, list[str]]]) -> None:
        fields["body"]["officers"][1] = "o-bureau-enforcement-09"

    made = replace(entries, index, sign_again(entries[index], change))
    return pack(month(), made, witnessed(made))


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
    ("tamper", "numbers"),
    # An officer swapped behind the published log's back is another history than the published one, too.
    [(swap_officer, "第 4、23 项"), (change_tile, "第 6、11 项"), (flip_byte, "第 1 项")],
    ids=["officer", "tile", "byte"],
)
def test_t10_what_was_tampered_with_turns_the_verdict_red_with_its_number(
    phone: "BrowserContext", site: Service, tamper: Callable[[], bytes], numbers: str
) -> None:
    page = open_page(phone, site)
    page.route(BUNDLES, lambda route: route.fulfill(body=tamper(), content_type="application/zip"))
    assert numbers in verify(page)
    assert page.get_attribute("#verdict", "data-status") == "failed"
    for number in map(int, numbers.removeprefix("第 ").removesuffix(" 项").split("、")):
        assert status(page, number) == "failed"


@cache
def fork() -> tuple[bytes, ...]:
    """Another history: one enterprise stands elsewhere, and all who signed after it signed again."""
    index = month().index("rows.listed")
    return tuple(collude(replace(month().entries, index, sign_again(month().entries[index], set_street)), index + 1))


def publish(page: "Page", entries: Sequence[bytes], folder: Path, checkpoint: bytes | None = None) -> None:
    """Serve another log below /log/ from now on."""
    write_log(folder, list(entries), checkpoint or sign_checkpoint(entries))

    def serve_other(route: "Route") -> None:
        file = folder / route.request.url.partition("/log/")[2]
        if file.is_file():
            route.fulfill(body=file.read_bytes(), content_type="application/octet-stream")
        else:
            route.fulfill(status=404)

    page.route("**/log/**", serve_other)


def test_t10_a_forked_log_is_seen_by_whoever_kept_a_checkpoint(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    page = open_page(phone, site)
    verify(page)
    publish(page, fork(), tmp_path)
    other = pack(month(), fork(), witnessed(fork()))
    page.route(BUNDLES, lambda route: route.fulfill(body=other, content_type="application/zip"))
    assert "第 4" in verify(page)
    assert status(page, 4) == "failed"
    assert page.get_attribute("#verdict", "data-status") == "failed"
    # What was kept is the evidence: it is not written over.
    assert page.inner_text("#kept-told").count(str(len(month().entries))) == 1
    page.click("#kept summary")
    assert page.text_content("#kept-text") == month().checkpoint.decode()


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/**"])
def test_t10_a_site_that_hides_its_log_gets_no_smaller_checkpoint_kept(
    phone: "BrowserContext", site: Service, path: str
) -> None:
    page = open_page(phone, site)
    verify(page)
    other = sign_checkpoint(fork()).decode()  # of the history that was shown before
    page.evaluate("kept => localStorage.setItem(Object.keys(localStorage)[0], kept)", other)
    page.reload()
    older = make_bundle(list(month().entries)[: month().index("draw.attested") + 1])
    page.route(BUNDLES, lambda route: route.fulfill(body=older, content_type="application/zip"))
    page.route(f"**/log/{path}", lambda route: route.fulfill(status=500))
    told = verify(page)
    assert "没有发现不符之处，但第 4" in told
    assert f"以前留存的 {len(fork())} 条的检查点没有得到对照" in told
    assert page.text_content("#kept-text") == other
    page.unroute(f"**/log/{path}")
    assert "不通过：第 4" in verify(page)


def test_t10_a_published_log_of_another_history_than_the_bundles_turns_red(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    page = open_page(phone, site)
    publish(page, fork(), tmp_path)
    assert "有两本历史" in verify(page)
    assert status(page, 4) == "failed"


def test_t10_a_published_log_that_was_cut_turns_red(phone: "BrowserContext", site: Service, tmp_path: Path) -> None:
    page = open_page(phone, site)
    verify(page)
    publish(page, month().entries[:-3], tmp_path)
    assert "截短" in verify(page)
    assert status(page, 4) == "failed"


def test_t10_a_tile_of_the_published_log_that_was_tampered_with_turns_red(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    page = open_page(phone, site)
    older = month().entries[:-3]
    bundle = pack(month(), older, witnessed(older))
    page.route(BUNDLES, lambda route: route.fulfill(body=bundle, content_type="application/zip"))
    page.route("**/log/tile/0/**", lambda route: route.fulfill(body=bytes(32 * len(month().entries))))
    assert "第 6" in verify(page)
    assert status(page, 6) == "failed"


def test_a_bundle_older_than_the_log_is_placed_by_a_few_tiles(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    page = open_page(phone, site)
    verify(page)
    file = tmp_path / "old.zip"
    older = list(month().entries)[: month().index("draw.attested") + 1]
    file.write_bytes(make_bundle(older))
    page.click("summary:has-text('更多')")
    page.set_input_files("#bundle", file)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("/log/")[2]))
    assert "没有发现不符之处" in verify(page)
    assert status(page, 4) == "passed"
    assert "的开头" in page.inner_text("#check-4 .reason")
    assert sorted(filter(None, asked)) == ["checkpoint", f"tile/0/000.p/{len(month().entries)}"]
    assert str(len(month().entries)) in page.inner_text("#kept-told"), "the larger one is kept"


def make_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle as it was when the log had only these entries."""
    checkpoint = witnessed(entries)
    return format_container(derive_bundle(replay(entries), entries, checkpoint, SLOT))


def test_a_log_that_cannot_be_reached_is_not_checked_and_says_why(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site, "en/verify/")
    page.route("**/log/**", lambda route: route.abort())
    assert "Nothing failed" in verify(page)
    assert status(page, 4) == "not checked"
    assert "not compared with the published log" in page.inner_text("#check-4 .reason")
    page.unroute_all()
    page.route("**/log/**", lambda route: route.fulfill(status=503))
    verify(page)
    assert "503" in page.inner_text("#check-4 .reason")


def test_a_bundle_that_cannot_be_fetched_is_no_verdict(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    verify(page)
    page.route(BUNDLES, lambda route: route.fulfill(status=500))
    assert "没能核验" in verify(page)
    assert page.get_attribute("#verdict", "data-status") == "unknown"
    assert status(page, 1) == "", "nothing of the verification before is left standing"


def test_the_whole_log_is_verified_without_a_bundle(phone: "BrowserContext", site: Service, tmp_path: Path) -> None:
    page = open_page(phone, site, "en/verify/")
    page.select_option("#slot", "")
    assert "Nothing failed" in verify(page)
    assert (status(page, 1), status(page, 6), status(page, 24)) == ("not checked", "passed", "not checked")
    page.fill("#code", "914403000000780002")
    page.click("#ask")
    page.wait_for_selector("#answer:has-text('Choose a draw first')")
    page.route("**/log/tile/0/**", lambda route: route.fulfill(body=bytes(32 * len(month().entries))))
    assert "Failed: check 6" in verify(page)


def test_a_bundle_of_another_log_is_not_compared_with_this_sites(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    page = open_page(phone, site)
    (tmp_path / "other.zip").write_bytes(month().data)
    page.click("summary:has-text('更多')")
    page.set_input_files("#bundle", tmp_path / "other.zip")
    page.fill("#vkey", format_vkey(key("other.example/log").verifier))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert "第 2 项" in verify(page)
    assert not [url for url in asked if "/log/" in url]


def test_t10_no_answer_is_given_for_a_file_or_a_key_that_was_not_verified(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    code = "914403000000780002"
    page = open_page(phone, site)
    page.click("summary:has-text('更多')")
    for name, data in (("good", month().data), ("bad", flip_byte())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bundle.zip").write_bytes(data)  # a page is told of its name alone
    page.set_input_files("#bundle", tmp_path / "good" / "bundle.zip")
    assert "签号" in look_up(page, code)
    assert "没有发现不符之处" in page.inner_text("#verdict")
    page.set_input_files("#bundle", tmp_path / "bad" / "bundle.zip")
    assert not page.is_visible("#verdict")
    assert page.inner_text("#answer") == ""
    assert "所以不作解释" in look_up(page, code)
    page.set_input_files("#bundle", [])
    assert "签号" in look_up(page, code)
    page.fill("#vkey", format_vkey(key("other.example/log").verifier))
    assert (page.is_visible("#verdict"), page.is_visible("#kept"), status(page, 2)) == (False, False, "")
    assert "所以不作解释" in look_up(page, code)
    page.evaluate("document.getElementById('form').reset()")  # no event tells of it
    assert "签号" in look_up(page, code)
    page.evaluate("document.getElementById('policy').value = 'x'")
    assert "所以不作解释" in look_up(page, code)


def test_what_is_kept_is_shown_and_can_be_deleted(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    assert not page.is_visible("#kept")
    verify(page)
    page.click("#kept summary")
    page.click("#forget")
    assert not page.is_visible("#kept")
    page.reload()
    verify(page)
    assert status(page, 4) == "not checked"
    assert "第一次" in page.inner_text("#check-4 .reason")


def test_an_english_citizen_is_told_everything_in_english(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site, f"en/draws/{SLOT}/")
    page.click("text=Verify this draw in my browser")
    assert "22 passed, 0 failed, 3 not checked" in await_verdict(page)
    said = page.inner_text("#verifier") + page.inner_text(".checks")
    assert not re.search("[\u4e00-\u9fff]", said), said
    assert "--" not in page.inner_text("#check-4 .reason") + page.inner_text("#check-5 .reason")


def test_an_address_of_no_draw_says_so(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site, "verify/?slot=bureau/2026-09/009&code=914403000000780002")
    assert "没有这次抽取" in page.inner_text("#verdict")
    assert "bureau/2026-09/009" in page.inner_text("#verdict")
    assert page.input_value("#code") == "914403000000780002"
    assert "没有发现不符之处" in verify(page)


def test_a_file_that_was_changed_is_told_so_in_plain_words(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    (tmp_path / "mine.zip").write_bytes(flip_byte())
    page = open_page(phone, site)
    page.click("summary:has-text('更多')")
    page.set_input_files("#bundle", tmp_path / "mine.zip")
    said = verify(page)
    assert "文件与原件不一致，可能被改动" in said
    assert "核验的是：mine.zip" in said
    assert "整本日志" not in said


def test_a_firm_comes_from_the_draws_page_to_its_own_browsers_answer(
    phone: "BrowserContext", browser: "Browser", site: Service
) -> None:
    page = open_page(phone, site, f"draws/{SLOT}/")
    page.click("text=我的企业为什么抽中或没有抽中")
    assert "没有发现不符之处" in await_verdict(page)
    assert "签号" in look_up(page, "914403000000780002")
    without = browser.new_context(java_script_enabled=False)
    page = without.new_page()
    page.goto(f"{site.url}/draws/{SLOT}/")
    page.click("noscript a:has-text('由本站回答')")
    assert page.input_value("#slot") == SLOT
    without.close()


def test_the_bundle_of_another_draw_than_the_one_chosen_turns_red(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    page.route(BUNDLES, lambda route: route.fulfill(body=month().data, content_type="application/zip"))
    page.evaluate("document.getElementById('slot').options[0].value = 'bureau/2027-02/001'")
    said = verify(page)
    assert "这是另一次抽取" in said
    assert SLOT in said
    assert page.get_attribute("#verdict", "data-status") == "failed"
    assert "所以不作解释" in look_up(page, "914403000000780002")


def test_the_verdict_names_log_draw_and_size_and_what_was_not_checked(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    said = verify(page)
    assert f"区局 2027 年 1 月第 001 号（{SLOT}）" in said
    assert f"日志 {format_key_name(key(ORIGIN).verifier)}，共 {len(month().entries)} 条" in said
    assert "按本站所说的取" in said
    assert said.startswith("没有发现不符之处，但第 16 项没有核验")
    assert page.get_attribute("#verdict", "data-status") == "open"
    assert re.findall("^未核验：第 ([0-9]+) 项", said, re.MULTILINE) == ["4", "16", "25"]
    page.click("#more summary")
    page.fill("#policy", page.input_value("#policy").replace("quorum-group", "quorum_group"))
    assert "按本站所说的取" not in verify(page), "the reader's own"


def test_where_nobody_said_whose_log_it_is_nothing_is_green_and_nothing_kept(
    phone: "BrowserContext", site: Service, tmp_path: Path
) -> None:
    page = open_page(phone, site)
    page.click("#more summary")
    for field in ("#vkey", "#policy"):
        page.fill(field, "")
    (tmp_path / "anybodys.zip").write_bytes(month().data)
    page.set_input_files("#bundle", tmp_path / "anybodys.zip")
    assert "没有核对是谁的日志" in verify(page)
    assert page.get_attribute("#verdict", "data-status") == "open"
    assert page.evaluate("localStorage.length") == 0, "nothing that an honest bundle would be compared with"


def test_a_checkpoint_that_too_few_witnesses_signed_says_what_to_do(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    unseen = pack(month(), month().entries, sign_checkpoint(month().entries))
    page.route(BUNDLES, lambda route: route.fulfill(body=unseen, content_type="application/zip"))
    said = verify(page)
    assert "第 5 项不符" in said
    assert "过几分钟再核验" in said


def test_the_button_is_seen_on_a_phone_before_anything_is_scrolled(phone: "BrowserContext", site: Service) -> None:
    for path in ("verify/", "en/verify/"):
        page = open_page(phone, site, path)
        box = page.locator("#run").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 740, path


def test_the_stages_are_read_out_and_not_each_number(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    page.evaluate("""() => {
      globalThis.said = [];
      new MutationObserver(() => said.push(document.getElementById('stage').textContent))
        .observe(document.getElementById('stage'), { childList: true });
    }""")
    verify(page)
    said = [one for one in page.evaluate("said") if one]
    assert len(said) == len(set(said))
    assert page.get_attribute("#stage", "role") == "status"


def test_the_progress_bar_moves_and_the_page_stays_alive(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    page.evaluate("""() => {
      globalThis.seen = new Set();
      new MutationObserver(() => seen.add(document.getElementById('stage').textContent.split(' ')[0]))
        .observe(document.getElementById('stage'), { childList: true });
    }""")
    verify(page)
    assert set(page.evaluate("[...seen]")) >= {"下载", "逐条核验规则", "逐个核验签名"}
    assert not page.is_visible("#working")


def test_a_tab_closed_in_the_middle_harms_nothing(phone: "BrowserContext", site: Service) -> None:
    page = open_page(phone, site)
    page.click("#run")
    page.close()
    again = open_page(phone, site)
    assert "没有发现不符之处" in verify(again)


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

"""What pages tell: strata by their scope, checks of shares as one, files by what they hold, who stands beside."""

import re
from pathlib import Path

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.cli import handling
from ledger.cli.changes import change_target
from ledger.cli.installation import format_policy_file
from ledger.office.rows import Scope, Target
from ledger.proof.note import format_vkey
from month import visit_case
from service.published import Published
from service.site.data import list_files
from service.site.language import CODES, Language
from service.site.naming import name_planned
from service.site.pages import show_page
from world import World, make_policy, make_targets

ZH, EN = (Language(code) for code in CODES)


def show(published: Published, path: str, t: Language = EN) -> str:
    page = show_page(published, path, t)
    assert page is not None, path
    return page


@pytest.mark.parametrize(
    ("scope", "zh", "en"),
    [
        ({"sub_rosters": ["hazchem"]}, "危险化学品（x）", "Hazardous chemicals (x)"),
        ({"risks": ["red"], "streets": ["x"]}, "x、风险：重大风险（x）", "x, risk: grave (x)"),
        ({"tags": ["dust"]}, "粉尘涉爆（x）", "Explosive dust (x)"),
        ({"hazards": 2}, "重大危险源 2 处以上（x）", "2 or more major hazards (x)"),
        ({"lists": ["key"], "accidents": 1}, "名单：key、事故 1 起以上（x）", "list: key, 1 or more accidents (x)"),
        ({}, "x", "x"),
    ],
)  # fmt: skip
def test_a_stratum_that_is_no_sub_roster_is_told_by_its_scope(scope: dict[str, object], zh: str, en: str) -> None:
    policy = make_policy()
    told = [name_planned("x", Scope.model_validate(scope), policy, t) for t in (ZH, EN)]
    assert told == [zh, en]
    assert name_planned("hazchem", Scope(), policy, ZH) == "危险化学品"


def test_checks_of_sealed_shares_that_follow_one_another_are_one_station(published: Published) -> None:
    sealed = [draw.slot for draw in published.record.draws.by_slot.values() if draw.is_sealed]
    assert sealed
    for slot in sealed:
        events = [event for _, event in published.events(f"draw/{slot}") if event.type == "share.checked/1"]
        page = show(published, f"draws/{slot}/")
        assert len(events) > 1
        assert page.count("<h3>Share checked</h3>") == 1
        shares = {event.body["share_of"] for event in events}
        assert page.count("<dd>checked by ") == len(shares)
        for index, event in published.events(f"draw/{slot}"):
            assert re.search(rf"log entr(y|ies) [0-9, ]*\b{index}\b", page), event.type


def test_the_page_of_data_says_what_each_file_is(published: Published) -> None:
    assert published.record.log_key is not None
    for t in (ZH, EN):
        page = show(published, "data/", t)
        assert page.count('class="hint"') >= page.count('<tr><th scope="row"')
        assert t("字节和 SHA-256 就会改变", "bytes and their SHA-256 change with each entry") in page
        assert {"log.vkey", "trust.txt"} <= {link.rpartition("/")[2] for link in re.findall('href="([^"]+)"', page)}
    files = list_files(published)
    assert files["log.vkey"]() == f"{format_vkey(published.record.log_key)}\n".encode()
    assert files["trust.txt"]().decode() == format_policy_file(published.record.log_key, published.in_force)


def test_results_name_a_task_once(tmp_path: Path) -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    world.now += 3600
    cases = [f"case/{slot}/000{number}" for number in (1, 2, 3)]
    for case in cases:
        visit_case(world, case)
        handling.submit_result(world.desk, case, "no-problem", "无")
        handling.publish_result(world.desk, case)
    entries = world.log.entries
    published = Published(write_log(tmp_path / "log", entries, sign_checkpoint(entries, witnesses=2)))
    page = show(published, "results/")
    assert re.findall(r'<tr class="group"><th scope="rowgroup" colspan="5"><a href="([^"]+)"', page) == [
        f"../draws/{slot}/"
    ]
    assert page.count("(code 1)") == len(cases)


def test_an_enterprise_that_was_in_no_pool_is_told_beside_whom_it_would_stand(tmp_path: Path) -> None:
    world = World().prepare_year()
    world.run_to("attest")
    (late,) = make_targets("industry-trade", 1, prefix="914403000001")
    change_target(world.desk, 2027, Target.model_validate(late), "新设立")
    entries = world.log.entries
    published = Published(write_log(tmp_path / "log", entries, sign_checkpoint(entries, witnesses=2)))
    (draw,) = published.record.draws.by_slot.values()
    codes = sorted(leaf.target.id for leaf in draw.ground.pool)
    before = [code for code in codes if code < late["id"]][-1:]
    after = [code for code in codes if code > late["id"]][:1]
    page = show(published, f"enterprises/{late['id']}/")
    assert "It was not in this draw" in page
    for code in before + after:
        assert f'<a href="../{code}/"><code>{code}</code></a>' in page
    drawn = {case.code for case in published.record.cases.by_subject.values()}
    for code in (min(drawn), min(set(codes) - drawn)):
        page = show(published, f"enterprises/{code}/")
        assert ('class="answer drawn"' in page) == (code in drawn)

"""The sample district: as large, varied and valid as it says, the same on every machine, and nobody's real data."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from hashlib import sha256

import pytest
from stdnum.cn import uscc

from ledger.cli.sample import Sheet, sample_items, sample_officers, sample_plan, sample_targets
from ledger.cli.sample.sheet import derive_number, derive_share
from ledger.cli.sample.words import STREETS, SUB_ROSTERS

SEPTEMBER = "2023-09-01"


def codes() -> list[str]:
    """The codes of all enterprises as an import normalises them: half-width, no spaces, upper case."""
    typed = sample_targets().column("统一社会信用代码/注册号")
    return [unicodedata.normalize("NFKC", code).strip().upper() for code in typed]


@pytest.mark.parametrize("make", [sample_targets, sample_officers, sample_items, sample_plan])
def test_every_row_fits_its_header(make: Callable[[], Sheet]) -> None:
    sheet = make()
    assert len(set(sheet.header)) == len(sheet.header)
    assert {len(row) for row in sheet.rows} == {len(sheet.header)}


def test_a_choice_can_be_made_again_by_hand() -> None:
    digest = sha256(b"street|7").hexdigest()
    assert derive_number("street", 7, 1000) == int(digest[:16], 16) % 1000
    drawn = Counter(derive_share("coin", index, {"heads": 3, "tails": 1}) for index in range(4000))
    assert 2850 < drawn["heads"] < 3150


def test_the_sample_is_the_same_on_every_machine() -> None:
    sheets = (sample_targets(), sample_officers(), sample_items(), sample_plan())
    assert sheets == (sample_targets(), sample_officers(), sample_items(), sample_plan())
    assert sheets[0].rows[0][2:4] == ["91440300MA5QLLPX1D", "深圳市龙岗区翊舟加油站有限公司"]
    assert sheets[1].rows[0][1] == "刘建航"


def test_1500_enterprises_stand_in_eight_sub_rosters_and_eleven_streets() -> None:
    targets = sample_targets()
    assert Counter(targets.column("专项库名称")) == {roster.name: roster.size for roster in SUB_ROSTERS}
    assert len(targets.rows) == 1500
    assert {street.removesuffix("街道") for street in targets.column("所属街道")} == set(STREETS)
    assert len(STREETS) == 11


def test_no_code_and_no_name_stands_twice() -> None:
    names = [unicodedata.normalize("NFKC", name).strip() for name in sample_targets().column("企业名称")]
    assert len(set(codes())) == 1500
    assert len(set(names)) == 1500


def test_codes_are_valid_but_for_old_numbers_and_one_slip() -> None:
    credit_codes = [code for code in codes() if len(code) == 18]
    old_numbers = [code for code in codes() if len(code) == 15]
    assert len(credit_codes) + len(old_numbers) == 1500
    assert 10 <= len(old_numbers) <= 40
    assert all(number.startswith("440307") and number.isdigit() for number in old_numbers)
    assert [code for code in credit_codes if not uscc.is_valid(code)] == [codes()[640]]


def test_no_code_can_belong_to_a_real_firm() -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    for code in codes():
        if len(code) == 18:
            total = sum(
                weight * alphabet.index(character) for weight, character in zip(weights, code[8:16], strict=True)
            )
            assert code[16] != "0123456789X0"[11 - total % 11]


def test_sheets_hold_the_slips_of_real_ones() -> None:
    targets = sample_targets()
    typed = targets.column("统一社会信用代码/注册号")
    assert any(code != code.upper() for code in typed)
    assert any(code != code.strip() for code in typed)
    assert any(code != unicodedata.normalize("NFKC", code) for code in typed)
    names = targets.column("企业名称")
    assert any("(" in name for name in names)
    assert any("（" in name for name in names)
    assert any(name != name.strip() for name in names)


def test_sole_traders_are_told_by_code_and_by_kind() -> None:
    kinds = sample_targets().column("主体类别")
    for code, kind in zip(codes(), kinds, strict=True):
        if len(code) == 18:
            assert code.startswith("92") == (kind == "个体工商户")
    assert kinds.count("个体工商户") > 50
    assert kinds.count("个人独资企业") > 10


def test_a_few_enterprises_are_not_open() -> None:
    states = Counter(sample_targets().column("登记状态"))
    assert set(states) == {"存续", "停业", "歇业", "注销"}
    assert 0.93 < states["存续"] / 1500 < 0.98


def test_officers_meet_the_floor_even_after_certificates_run_out() -> None:
    certified = enrolled = still_certified = still_enrolled = 0
    for officer in _officers():
        if officer["单位/部门"].endswith("街道安监办") or officer["在编"] == "否" or officer["在岗"] == "否":
            continue
        certified += 1
        enrolled += officer["纳入名录库"] == "是"
        if officer["执法证有效期"] >= SEPTEMBER:
            still_certified += 1
            still_enrolled += officer["纳入名录库"] == "是"
    assert (certified, enrolled) == (48, 42)
    assert (still_certified, still_enrolled) == (45, 39)
    assert 5 * enrolled >= 4 * certified
    assert 5 * still_enrolled >= 4 * still_certified


def test_every_street_has_officers_to_draw_and_to_replace() -> None:
    street_officers = [officer for officer in _officers() if officer["单位/部门"].endswith("街道安监办")]
    of_street = Counter(officer["单位/部门"].removesuffix("街道安监办") for officer in street_officers)
    eligible = Counter(
        officer["单位/部门"].removesuffix("街道安监办")
        for officer in street_officers
        if officer["纳入名录库"] == "是" and officer["执法证有效期"] >= SEPTEMBER
    )
    assert set(of_street) == set(STREETS)
    assert all(6 <= number <= 9 for number in of_street.values())
    assert all(eligible[street] >= 4 for street in STREETS)
    assert sum(of_street.values()) > sum(eligible.values())


def test_no_officer_is_listed_twice() -> None:
    officers = sample_officers()
    for column in ("姓名", "执法证号"):
        assert len(set(officers.column(column))) == len(officers.rows)


def test_every_item_names_its_law_and_applies_to_something_known() -> None:
    items = sample_items()
    assert len(items.rows) == 36
    assert len(set(items.column("编号"))) == len(set(items.column("抽查内容"))) == 36
    for basis, edition in zip(items.column("抽查依据"), items.column("依据版本"), strict=True):
        assert basis.startswith("《")
        assert basis.endswith(("条", "款"))
        assert edition.isdigit()
    targets = sample_targets()
    names = {roster.id: roster.name for roster in SUB_ROSTERS}
    known = set(targets.column("专项库名称")).union(*(cell.split("、") for cell in targets.column("监管标签")))
    applied = {names.get(word, word) for cell in items.column("适用对象") for word in cell.split("、") if word}
    assert applied <= known
    assert set(targets.column("专项库名称")) - applied == {"工矿商贸"}


def test_the_plan_draws_thirty_enterprises_in_september() -> None:
    targets, plan = sample_targets(), sample_plan()
    status = zip(targets.column("专项库名称"), targets.column("登记状态"), strict=True)
    base = Counter(roster for roster, state in status if state == "存续")
    names = {roster.id: roster.name for roster in SUB_ROSTERS}
    assert set(plan.column("抽查时间")) == {"3月—12月"}
    quotas = {}
    for roster, ratio in zip(plan.column("分层编号"), plan.column("抽查比例及频次"), strict=True):
        percent = 20 if "百分之二十" in ratio else int(ratio.replace("％", "%").removeprefix("≥").split("%")[0])
        year = max(1, (base[names[roster]] * percent + 99) // 100)
        # September is the seventh of ten equal months: it has one of the left-over cases if seven or more are left.
        quotas[roster] = year // 10 + (year % 10 >= 7)
    assert min(quotas.values()) >= 1
    assert sum(quotas.values()) == 30
    assert len(quotas) == 8


def _officers() -> list[dict[str, str]]:
    officers = sample_officers()
    return [dict(zip(officers.header, row, strict=True)) for row in officers.rows]

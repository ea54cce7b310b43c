"""Every file of real data: what each kind of import makes of it, whole numbers or a refusal by row, with the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from intake.tables import CODES, VOCABULARY, found
from intake.test_items import read_real
from ledger.intake import Reading, Vocabulary, read_items, read_officers, read_plan, read_targets
from ledger.intake.quotas import Count, Ratio, parse_ratio
from ledger.proof.quota import derive_year_quota

READERS: dict[str, Callable[[bytes], Reading]] = {
    "targets": lambda content: read_targets(content, vocabulary=VOCABULARY, sub_roster="industry-trade"),
    "officers": lambda content: read_officers(content, vocabulary=VOCABULARY, pseudonym_key=bytes(32)),
    "items": lambda content: read_items(content, vocabulary=VOCABULARY, authority="区安监局"),
    "plan": lambda content: read_plan(content, vocabulary=VOCABULARY),
}

Refusals = list[tuple[str, int]]
TAKEN: dict[str, dict[str, tuple[int, Refusals]]] = {
    "changzhi_2024_joint_plan.txt": {
        "plan": (0, [("value-unknown", 2), ("value-unknown", 3), ("value-unknown", 4)]),
    },
    "draw_scenarios_real.txt": {},
    "draw_task_announcement_columns_zj_2017.csv": {},
    "forestry_2019_plan_with_base.txt": {"plan": (0, [("value-unknown", 2)])},
    "longyan_2025_annual_inspection_plan.txt": {"plan": (2, []), "items": (2, [])},
    "national_safety_item_list_2016_rows.txt": {"items": (3, [("value-missing", 5)])},
    "officer_roster_import_template_zj_2017.csv": {"officers": (0, [])},
    "result_announcement_columns_zj_2017.csv": {"targets": (0, [])},
    "result_codes_zj_2017.csv": {},
    "shiquan_check_items_safety.txt": {"items": (8, [])},
    "target_special_roster_import_template_zj_2017.csv": {"targets": (0, [])},
    "zj_27_special_subrosters_2017.csv": {},
    "zj_draw_list_2017_check01.csv": {"targets": (478, [])},
    "zj_draw_list_2017_check04.csv": {"targets": (5, [])},
}
"""File -> kind of import -> how many rows it takes, which it refuses, and for what; other kinds find no header."""

LARGE = {"zj_draw_list_2017_check03.csv", "zj_draw_list_2017_check03.xlsx"}
"""In test_real.py, whole."""


def read_file(path: Path) -> bytes:
    """Return a file as an office would have it: of an excerpt, whose cells bars separate, the table."""
    is_excerpt = path.suffix == ".txt" and "|" in path.read_text(encoding="utf-8")
    return read_real(path) if is_excerpt else path.read_bytes()


def test_no_file_is_left_out(shared: Path) -> None:
    there = {path.name for path in (shared / "data").iterdir()} - {"README.md"}
    assert there == {*TAKEN, *LARGE}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("name", TAKEN)
def test_each_import_takes_a_file_or_says_what_it_lacks(shared: Path, name: str, kind: str) -> None:
    reading = READERS[kind](read_file(shared / "data" / name))
    errors = [(code, row) for code, row, _ in found(reading)]
    if kind not in TAKEN[name]:
        assert errors == [("header-missing", None)]
        assert reading.rows == []
        return
    taken, refusals = TAKEN[name][kind]
    assert (reading.counts["taken"], errors) == (taken, refusals)
    assert reading.counts["refused"] == len(refusals)


CHANGZHI = Vocabulary(tags={"本辖区物流": "logistics", "寄递企业": "couriers", "医疗保障经办部门": "insurers"})


def test_a_joint_plan_whose_targets_the_office_knows_is_taken_in_whole_numbers(shared: Path) -> None:
    content = read_real(shared / "data/changzhi_2024_joint_plan.txt")
    reading = read_plan(content, vocabulary=CHANGZHI, year=2024)
    assert found(reading) == []
    assert [(row["kind"], row["strata"][0]["ratio"], row.get("frequency")) for row in reading.rows] == [
        ("joint", "3/100", 2),
        ("joint", "20/100", 1),
        ("monthly", "20/100", 1),  # its row names nobody who takes part: the cells below were merged
    ]
    assert reading.rows[0]["weights"] == [0, 0, *[1] * 10]


def test_the_real_rosters_template_takes_a_row(shared: Path) -> None:
    header = (shared / "data/target_special_roster_import_template_zj_2017.csv").read_text(encoding="utf-8-sig")
    row = f"危险化学品,涉液氨,{CODES[0]},甲实业有限公司,许可证,1号,2025-01-01,2028-01-01,某局,是,,"
    reading = READERS["targets"](f"{header.strip()}\n{row}\n".encode())
    assert found(reading) == []
    (taken,) = reading.rows
    assert (taken["id"], taken["sub_roster"], taken["tags"]) == (CODES[0], "hazchem", ["ammonia"])


SCENARIOS: list[tuple[str, int, Any, int | None, int | None]] = [
    ("5%", 51, Ratio(5, 100), None, 3),  # 2.55: a plan of 2019 that leaves the rounding open
    ("2%", 1751, Ratio(2, 100), None, 36),
    ("3%;2次/年", 63_080, Ratio(3, 100), 2, 1893),
    ("10%", 133_003, Ratio(10, 100), None, 13_301),
    ("30%", 323, Ratio(30, 100), None, 97),
    ("≥70%", 119, Ratio(70, 100), None, 84),
    ("100%", 197, Ratio(100, 100), None, 197),
    ("280家", 5185, Count(280), None, None),
    ("全市辖区内工贸企业1751家,确定16家重点检查工贸企业,“双随机”检查工贸企业8家", 1751, Count(8), None, None),
]
"""Sizes and ratios of real draws (draw_scenarios_real.txt): cell, base, what it says, times a year, number."""


@pytest.mark.parametrize(("text", "base", "share", "frequency", "number"), SCENARIOS)
def test_the_numbers_of_real_draws(text: str, base: int, share: Any, frequency: int | None, number: int | None) -> None:
    quota = parse_ratio(text, base=base)
    assert (quota.share, quota.frequency) == (share, frequency)
    if number is not None:
        assert derive_year_quota(base, share.p, share.q) == number == -(-base * share.p // share.q)

"""Whatever stands in the cells, a reading comes out: each data row is taken or refused with an error, never lost."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.tables import CODES, SOLE_TRADER, VOCABULARY, make_xlsx
from ledger.intake import Reading, read_items, read_key_list, read_officers, read_plan, read_targets
from ledger.intake.columns import ITEMS, KEY_LISTS, OFFICERS, PLANS, TARGETS, Fields
from ledger.proof.encoding import check_code, check_id, format_canonical

READERS: list[tuple[Fields, Callable[[bytes], Reading]]] = [
    (TARGETS, lambda content: read_targets(content, vocabulary=VOCABULARY, sub_roster="hazchem")),
    (OFFICERS, lambda content: read_officers(content, vocabulary=VOCABULARY, pseudonym_key=b"0" * 16)),
    (ITEMS, lambda content: read_items(content, vocabulary=VOCABULARY)),
    (PLANS, lambda content: read_plan(content, vocabulary=VOCABULARY, year=2025)),
    (KEY_LISTS, read_key_list),
]
USUAL = [
    *CODES,
    SOLE_TRADER,
    "440307000012345.0",
    "9.1E+17",
    "平湖",
    "执法监察科",
    "危险化学品",
    "红",
    "是",
    "否",
    "长期",
]
USUAL += [
    "2025-03-01",
    "45717",
    "3%",
    "10% (20户)",
    "≥20%",
    "1月—12月",
    "根据实际情况确定",
    "甲公司 ",
    "存续",
    "现场检查",
]
cells = st.sampled_from(USUAL) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)


@pytest.mark.parametrize("number", range(5), ids=["targets", "officers", "items", "plans", "keylists"])
@settings(max_examples=25)
@given(data=st.data())
def test_any_cells_are_taken_or_refused(number: int, data: st.DataObject) -> None:
    fields, read = READERS[number]
    header = [heads[0] for heads in fields.heads.values()]
    width = len(header)
    rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=4))
    rows = [[cell.lstrip("=") for cell in row] for row in rows]
    reading = read(make_xlsx([header, *rows]))
    counts = reading.counts
    strata = sum(len(row.get("strata", [0])) for row in reading.rows)
    assert strata + counts["refused"] == counts["read"] <= len(rows)
    for row in reading.rows:
        format_canonical(row)
        assert (check_code if fields in (TARGETS, KEY_LISTS) else check_id)(row["id"]) == row["id"]
    assert all(any(f.severity == "error" for f in found) for part in reading.refused for _, _, found in part.rows)
    assert [row["id"] for row in reading.rows] == sorted(row["id"] for row in reading.rows)
    assert set(reading.private) <= {row["id"] for row in reading.rows}


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_give_a_reading(content: bytes) -> None:
    reading = read_targets(content, vocabulary=VOCABULARY, sub_roster="hazchem")
    assert reading.rows == []
    assert reading.counts["errors"] == 1

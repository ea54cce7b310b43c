"""The sample's files: what is written is what an office's own programs would have saved."""

import csv
from pathlib import Path

import pytest
from python_calamine import load_workbook

from ledger.cli.sample import sample_items, sample_officers, sample_plan, sample_targets, write_samples
from ledger.cli.sample.words import SUB_ROSTERS


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_samples(tmp_path_factory.mktemp("sample") / "new folder")


def read(path: Path) -> list[list[str]]:
    if path.suffix == ".xlsx":
        return [[str(cell) for cell in row] for row in load_workbook(path).get_sheet_by_index(0).to_python()]
    data = path.read_bytes()
    text = data.decode("utf-8-sig") if data.startswith(b"\xef\xbb\xbf") else data.decode("gb18030")
    return list(csv.reader(text.splitlines()))


def test_there_is_a_file_for_every_roster_list_and_plan(written: dict[str, Path]) -> None:
    targets = [f"targets-{roster.id}" for roster in SUB_ROSTERS]
    assert list(written) == [*targets, "officers-bureau", "officers-streets", "items", "plan"]
    assert all(path.stem == name for name, path in written.items())


def test_the_files_hold_every_row_of_the_sheets_and_no_other(written: dict[str, Path]) -> None:
    rows = [row for roster in SUB_ROSTERS for row in read(written[f"targets-{roster.id}"])[1:]]
    assert rows == sample_targets().rows
    officers = [row for name in ("officers-bureau", "officers-streets") for row in read(written[name])[1:]]
    assert officers == sample_officers().rows
    assert read(written["items"]) == [sample_items().header, *sample_items().rows]
    assert read(written["plan"]) == [sample_plan().header, *sample_plan().rows]


def test_a_file_names_one_sub_roster_only(written: dict[str, Path]) -> None:
    for roster in SUB_ROSTERS:
        header, *rows = read(written[f"targets-{roster.id}"])
        assert {row[header.index("专项库名称")] for row in rows} == {roster.name}


def test_the_csv_files_come_in_two_encodings(written: dict[str, Path]) -> None:
    assert written["targets-training"].read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        written["targets-precursor"].read_bytes().decode("utf-8")


def test_writing_again_gives_the_same_rows(written: dict[str, Path]) -> None:
    again = write_samples(written["plan"].parent)
    assert again == written
    assert read(again["targets-hazchem"])[1:] == sample_targets().rows[:130]

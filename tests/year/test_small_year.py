"""A smaller year than `./run year` lives: four months, 220 enterprises; lived, verified, counted twice."""

from pathlib import Path

import pytest
from year.compare import SAME, compare
from year.count import count_year, read_entries
from year.district import SIZES
from year.life import Year

from ledger.audit.pairing import check_pairing
from ledger.audit.verify import Terms, verify
from ledger.office.record import Record


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """The year, lived."""
    year = Year(tmp_path_factory.mktemp("year") / "data", SIZES["small"], tell=lambda _: None)
    year.live()
    return year


@pytest.fixture(scope="module")
def log(year: Year) -> Path:
    return year.installation.folder / "log"


def test_it_verifies(year: Year) -> None:
    report = verify(year.installation.folder, Terms(trust=year.derive_trust(), pairing=check_pairing))
    assert [finding.reason.en for finding in report.with_status("failed")] == []
    assert len(report.with_status("passed")) >= 18


def test_it_replays_from_the_public_files_alone(year: Year, log: Path) -> None:
    record = Record(None, check_pairing)
    for entry in read_entries(log):
        record.append(entry)
    assert (record.size, record.tree.root()) == (year.desk.record.size, year.desk.record.tree.root())


def test_the_record_and_the_raw_entries_agree(year: Year, log: Path) -> None:
    counts = count_year(log, "2027-01-01", "2027-12-31")
    draws, cases = year.desk.record.draws.by_slot, year.desk.record.cases.by_subject.values()
    assert counts["draw.opened"] == len(draws)
    assert counts["opened supplementary"] == counts["draw.voided"] == 1
    assert counts["drawn"] == sum(draw.outcome.ref.count for draw in draws.values() if draw.outcome)
    assert counts["case.assigned"] + counts["inspection.approved"] == len(cases)
    assert counts["visit.recorded"] == sum(case.visit is not None for case in cases) < len(cases)
    assert counts["result.published"] - counts["publication.withdrawn"] == sum(
        case.published is not None for case in cases
    )
    assert counts["officer.recused"] == sum(len(case.recusals) for case in cases) > 0
    assert counts["published late"] > 0
    assert counts["opened sealed"] == counts["draw.revealed"] == sum(draw.is_sealed for draw in draws.values()) == 2
    assert counts["share.checked"] == 6 * counts["draw.revealed"]
    assert not year.desk.record.breaches


def test_nobody_is_drawn_above_the_cap_and_who_was_inspected_as_often_is_not_drawn(year: Year, log: Path) -> None:
    record = year.desk.record
    assert count_year(log, "2027-01-01", "2027-12-31")["drawn above the cap"] == 0
    inspected = {code for code, times in record.cases.inspected[2027].items() if times}
    spared = {
        leaf.target.id
        for draw in record.draws.by_slot.values()
        for leaf in draw.ground.pool
        if leaf.excluded == "cap-reached"
    }
    assert inspected & spared, "inspections outside draws have helped to use up somebody's cap"


def test_the_bulletins_numbers_are_those_of_the_raw_entries(log: Path) -> None:
    assert compare(log, "2027-01-01", "2027-12-31") == []
    for month in ("01", "02", "03"):
        assert compare(log, f"2027-{month}-01", f"2027-{month}-28") == []
    counts = count_year(log, "2027-01-01", "2027-12-31")
    assert all(counts.get(name) for name in SAME.values() if name not in ("missing", "shortfall"))

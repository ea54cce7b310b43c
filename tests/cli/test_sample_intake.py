"""The sample's files are taken whole by the import, which finds the slips that were put into them."""

from collections import Counter
from pathlib import Path

import pytest

from ledger.cli.sample import write_samples
from ledger.cli.sample.words import SUB_ROSTERS
from ledger.intake import Reading, Vocabulary, read_items, read_officers, read_plan, read_targets

STREET_IDS = {
    "平湖": "pinghu", "坂田": "bantian", "布吉": "buji", "南湾": "nanwan", "横岗": "henggang", "龙城": "longcheng",
    "龙岗": "longgang", "宝龙": "baolong", "坪地": "pingdi", "园山": "yuanshan", "吉华": "jihua",
}  # fmt: skip
VOCABULARY = Vocabulary(
    streets={name: f"street/{street}" for name, street in STREET_IDS.items()},
    units={
        "执法监察科": "bureau/enforcement",
        "法制宣传科": "bureau/legal-publicity",
        "危化品监督管理科": "bureau/hazchem",
        "培训中心": "bureau/training-centre",
        "办公室": "bureau/general-office",
        "综合协调科": "bureau/coordination",
        "局领导": "bureau/leadership",
    },
    sub_rosters={roster.name: roster.id for roster in SUB_ROSTERS},
    tags={
        "涉液氨": "ammonia",
        "有限空间作业": "confined-space",
        "粉尘涉爆": "dust",
        "中介机构": "intermediary",
        "安全生产许可": "licence",
    },
    qualifications={"危险化学品": "hazchem"},
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_samples(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def targets(written: dict[str, Path]) -> dict[str, Reading]:
    return {roster.id: read_targets(written[f"targets-{roster.id}"], vocabulary=VOCABULARY) for roster in SUB_ROSTERS}


def found(reading: Reading, severity: str) -> list[str]:
    return [str(finding) for finding in reading.findings if finding.severity == severity]


def test_every_enterprise_is_taken_into_its_own_sub_roster(targets: dict[str, Reading]) -> None:
    for roster in SUB_ROSTERS:
        reading = targets[roster.id]
        assert found(reading, "error") == []
        assert len(reading.rows) == roster.size
        assert {row["sub_roster"] for row in reading.rows} == {roster.id}
        assert all(row.keys() >= {"street", "area", "registrar", "risk", "scale"} for row in reading.rows)
    codes = [row["id"] for reading in targets.values() for row in reading.rows]
    assert len(set(codes)) == 1500


def test_the_import_reports_the_slips(targets: dict[str, Reading]) -> None:
    codes = Counter(finding.code for reading in targets.values() for finding in reading.findings)
    assert codes["code-check-digit"] == 1
    assert codes["code-normalised"] >= 6
    assert codes["text-trimmed"] > 0
    assert codes["name-private"] > 50
    assert codes["name-repeated"] == codes["value-dropped"] == codes["value-assumed"] == 0


def test_a_sole_traders_name_does_not_reach_the_record(targets: dict[str, Reading]) -> None:
    private = [code for reading in targets.values() for code in reading.private]
    assert len(private) > 80
    named = {row["id"] for reading in targets.values() for row in reading.rows if "name" in row}
    assert named.isdisjoint(private)
    assert len(named) + len(private) == 1500


def test_every_officer_is_taken_and_schooling_is_not(written: dict[str, Path]) -> None:
    key = bytes(range(32))
    bureau = read_officers(written["officers-bureau"], vocabulary=VOCABULARY, pseudonym_key=key)
    streets = read_officers(written["officers-streets"], vocabulary=VOCABULARY, pseudonym_key=key)
    for reading in (bureau, streets):
        assert found(reading, "error") == []
        assert "column-personal" in {finding.code for finding in reading.findings}
        assert set(reading.private) == {row["id"] for row in reading.rows}
    certified = [row for row in bureau.rows if row["on_establishment"] and row["in_post"]]
    assert (len(certified), sum(row["enrolled"] for row in certified)) == (48, 42)
    assert {row["unit"] for row in streets.rows} == set(VOCABULARY.streets.values())
    assert sum(row.get("qualifications") == ["hazchem"] for row in bureau.rows) >= 10


def test_every_item_is_taken(written: dict[str, Path]) -> None:
    reading = read_items(written["items"], vocabulary=VOCABULARY)
    assert found(reading, "error") == found(reading, "warning") == []
    assert [row["id"] for row in reading.rows] == [f"safety-{number:02d}" for number in range(1, 37)]
    general = [row for row in reading.rows if "applies_to" not in row]
    assert len(general) == 18
    applied = {word for row in reading.rows for word in row.get("applies_to", [])}
    assert applied == {*VOCABULARY.tags.values(), *(roster.id for roster in SUB_ROSTERS)} - {"industry-trade"}


def test_the_plan_is_one_line_with_a_stratum_for_each_sub_roster(written: dict[str, Path]) -> None:
    reading = read_plan(written["plan"], vocabulary=VOCABULARY, year=2023)
    assert found(reading, "error") == []
    (line,) = reading.rows
    assert (line["id"], line["kind"], line["frequency"]) == ("2023-monthly", "monthly", 1)
    assert line["weights"] == [0, 0, *[1] * 10]
    strata = {stratum["id"]: stratum for stratum in line["strata"]}
    assert list(strata) == [roster.id for roster in SUB_ROSTERS]
    for roster in SUB_ROSTERS:
        assert strata[roster.id]["scope"] == {"sub_rosters": [roster.id]}
    ratios = {name: stratum["ratio"] for name, stratum in strata.items()}
    assert {name for name, ratio in ratios.items() if ratio == "40/100"} == {
        "training",
        "major-hazard",
        "serious-dishonesty",
    }
    assert {ratio for ratio in ratios.values() if ratio != "40/100"} == {"20/100"}

"""The worked draw of docs/spec/draw.md: the shell, the JSON, the page and the code all give the same numbers."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.proof.draw import (
    Case,
    Rosters,
    assign_officers,
    choose_items,
    choose_replacement,
    derive_replacement_seed,
    derive_salt,
    derive_seed,
    derive_sub_seed,
    format_seed_file,
    select,
)
from ledger.proof.encoding import Hex, derive_day, derive_hash, format_canonical, parse_time
from ledger.proof.merkle import derive_leaf_hash, derive_root
from ledger.proof.quota import derive_month_quotas, derive_year_quota
from ledger.proof.randomness import (
    Chain,
    Lottery,
    LotteryResult,
    Round,
    derive_commitment,
    derive_dice_share,
    derive_round,
)

Values = dict[str, str]


@pytest.fixture(scope="module")
def spec(root: Path) -> Path:
    return root / "docs" / "spec"


@pytest.fixture(scope="module")
def given(spec: Path) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((spec / "vectors" / "draw-1.json").read_text(encoding="utf-8"))
    return vector["input"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def values(spec: Path) -> Values:
    vector: dict[str, Any] = json.loads((spec / "vectors" / "draw-1.json").read_text(encoding="utf-8"))
    return vector["values"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def seed_file(given: dict[str, Any]) -> str:
    drand = given["drand"]
    chain = Chain("drand", Hex(drand["chain"]), "", drand["genesis"], drand["period"])
    assert derive_round(chain, parse_time(given["time"])) == drand["round"]
    shares = {unit: derive_hash(text) for unit, text in given["share_texts"].items()}
    shares |= {f"dice:{unit}": derive_dice_share(digits) for unit, digits in given["dice"].items()}
    result = Round(chain, drand["round"], drand["signature"])
    return format_seed_file(given["slot"], derive_hash(given["frozen_text"]), shares, given["missing"], [result])


@pytest.fixture(scope="module")
def seed(seed_file: str) -> Hex:
    return derive_seed(seed_file)


@pytest.fixture(scope="module")
def rosters(given: dict[str, Any]) -> Rosters:
    return Rosters(given["officers"], {(officer, code) for officer, code in given["conflicts"]}, given["fallback"])


@pytest.fixture(scope="module")
def cases(given: dict[str, Any], seed: Hex) -> list[Case]:
    streets = {target["code"]: target["street"] for target in given["targets"]}
    cases = []
    for stratum, quota in given["quotas"].items():
        codes = [target["code"] for target in given["targets"] if target["stratum"] == stratum]
        for drawn in select(derive_sub_seed(seed, "pool", stratum), codes, quota):
            cases.append(Case(drawn.ticket, drawn.code, streets[drawn.code]))
    return cases


def test_the_shell_script_gives_the_values_of_the_vector(spec: Path, values: Values) -> None:
    if shutil.which("basenc") is None:
        pytest.skip("the script needs coreutils 8.31 or newer")
    script = spec / "vectors" / "draw-1.sh"
    printed = subprocess.run(["sh", str(script)], capture_output=True, check=True, timeout=60).stdout.decode()
    assert dict(line.split("=", 1) for line in printed.splitlines()) == values


def test_the_page_shows_every_hash_of_the_vector(spec: Path, values: Values) -> None:
    page = (spec / "draw.md").read_text(encoding="utf-8")
    missing = {name: value for name, value in values.items() if len(value) >= 64 and value not in page}
    assert not missing


def test_the_code_gives_the_same_seed(given: dict[str, Any], seed_file: str, seed: Hex, values: Values) -> None:
    lines = [values[f"seed.txt.{number}"] for number in range(1, 9)]
    assert seed_file == "".join(line + "\n" for line in lines)
    assert seed == values["seed"]
    for unit, text in given["share_texts"].items():
        assert derive_commitment(derive_hash(text)) == values[f"commitment.{unit}"]


def test_the_code_draws_the_same_enterprises(given: dict[str, Any], seed: Hex, values: Values) -> None:
    for stratum, quota in given["quotas"].items():
        sub_seed = derive_sub_seed(seed, "pool", stratum)
        assert sub_seed == values[f"sub-seed.pool.{stratum}"]
        codes = [target["code"] for target in given["targets"] if target["stratum"] == stratum]
        for ticket, code in select(sub_seed, codes, len(codes)):
            assert ticket == values[f"ticket.{code}"]
        assert " ".join(drawn.code for drawn in select(sub_seed, codes, quota)) == values[f"drawn.{stratum}"]


def test_the_code_seats_the_same_officers(
    given: dict[str, Any], seed: Hex, cases: list[Case], rosters: Rosters, values: Values
) -> None:
    seats = assign_officers(seed, cases, given["crew"], rosters)
    assert {f"officers.{code}": " ".join(officers) for code, officers in seats.officers.items()} == {
        name: value for name, value in values.items() if name.startswith("officers.")
    }
    assert {f"cap.{cap.role}.{cap.roster}": str(cap.cap) for cap in seats.caps} == {
        name: value for name, value in values.items() if name.startswith("cap.")
    }


def test_the_worked_draw_shows_a_cap_that_rises(values: Values) -> None:
    assert (values["first-cap.2.bureau"], values["cap.2.bureau"]) == ("2", "3")


def test_the_code_writes_the_same_sheets(
    given: dict[str, Any], seed: Hex, cases: list[Case], rosters: Rosters, values: Values
) -> None:
    officers = assign_officers(seed, cases, given["crew"], rosters).officers
    targets = {target["code"]: target for target in given["targets"]}
    leaves = []
    for number, case in enumerate(sorted(cases, key=lambda case: case.code.encode()), start=1):
        target = targets[case.code]
        words = {target["sub_roster"], *target["tags"]}
        applicable = [i["id"] for i in given["items"] if "applies_to" not in i or words & set(i["applies_to"])]
        sheet = {
            "case": f"{number:04d}",
            "deadline": derive_day(parse_time(given["time"]) + given["visit_days"] * 86_400),
            "host": given["hosts"][target["sub_roster"]],
            "id": case.code,
            "items": choose_items(seed, case.code, applicable, given["items_a_case"]),
            "officers": officers[case.code],
            "salt": derive_salt(seed, case.code),
            "stratum": target["stratum"],
            "ticket": case.ticket,
        }
        if case.street:
            sheet["street"] = case.street
        leaves.append(format_canonical(sheet))
        assert leaves[-1].decode() == values[f"sheet.{number}"]
        assert derive_leaf_hash(leaves[-1]).hex() == values[f"leaf.{number}"]
    assert derive_root(leaves).hex() == values["outcome.root"]


def test_the_code_chooses_the_same_replacement(
    given: dict[str, Any], seed: Hex, cases: list[Case], rosters: Rosters, values: Values
) -> None:
    recusal = given["recusal"]
    name, issue, digits = recusal["lottery"]
    result = LotteryResult(Lottery(name, len(digits), 46), issue, digits)
    sub_seed = derive_replacement_seed(recusal["entry_text"].encode(), result)
    assert sub_seed == values["sub-seed.replacement"]
    case = next(case for case in cases if case.code == recusal["code"])
    taken = assign_officers(seed, cases, given["crew"], rosters).officers[case.code]
    assert recusal["officer"] in taken
    chosen = choose_replacement(sub_seed, case, home="bureau", taken=taken, is_second=False, rosters=rosters)
    assert chosen == values["replacement"]


@pytest.mark.parametrize(
    ("base", "ratio", "year", "weights", "months"),
    [
        (51, (5, 100), 3, [1] * 12, [1, 1, 1] + [0] * 9),
        (1284, (3, 100), 39, [1] * 12, [4, 4, 4] + [3] * 9),
        (1000, (3, 100), 30, [0, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 1], [0, 2, 4, 3, 3, 3, 2, 2, 3, 3, 3, 2]),
        (0, (1, 1), 0, [1] * 12, [0] * 12),
    ],
)
def test_the_quotas_of_the_page(
    base: int, ratio: tuple[int, int], year: int, weights: list[int], months: list[int]
) -> None:
    assert derive_year_quota(base, *ratio) == year
    assert derive_month_quotas(year, weights) == months

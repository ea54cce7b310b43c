"""The second implementation against the numbers that a shell made: docs/spec/vectors/draw-1.json, all of them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from second import draw


@pytest.fixture(scope="module")
def vector(root: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((root / "docs/spec/vectors/draw-1.json").read_text(encoding="utf-8"))
    return value


def read_officers(given: dict[str, Any]) -> draw.Officers:
    """Return the vector's officers, conflicts and fallback roster."""
    return draw.Officers(given["officers"], {(one, code) for one, code in given["conflicts"]}, given["fallback"])


def derive_seed_txt(given: dict[str, Any]) -> bytes:
    """Return the bytes of the vector's seed.txt."""
    shares = {unit: draw.h(text) for unit, text in given["share_texts"].items()}
    committed = [*shares, *given["missing"]]
    shares |= {f"dice:{unit}": draw.h(digits) for unit, digits in given["dice"].items()}
    chain = given["drand"]
    number = draw.drand_round(given["time"], chain["genesis"], chain["period"])
    source = ("drand", chain["chain"], number, chain["signature"])
    return draw.seed_txt(given["slot"], given["frozen_text"].encode(), shares, committed, [source])


def derive_selection(given: dict[str, Any], seed: str) -> dict[str, str]:
    """Return the values of seed, sub-seeds, tickets and selection by the vector's names."""
    found = {"seed": seed, "sub-seed.item": draw.h(f"{seed}|item|")}
    drawn = draw.select(seed, given["targets"], given["quotas"])
    for target in given["targets"]:
        found[f"ticket.{target['code']}"] = draw.ticket(seed, target["stratum"], target["code"])
    for stratum in given["quotas"]:
        found[f"sub-seed.pool.{stratum}"] = draw.h(f"{seed}|pool|{stratum}")
        codes = [case.code for case in drawn if case.target["stratum"] == stratum]
        found[f"drawn.{stratum}"] = " ".join(codes)
    return found


def derive_outcome(given: dict[str, Any], seed: str) -> dict[str, str]:
    """Return the values of officers, caps, items, sheets and root by the vector's names."""
    drawn = draw.select(seed, given["targets"], given["quotas"])
    team, caps = draw.seat(seed, drawn, given["crew"], read_officers(given))
    items = {case.code: draw.pick_items(seed, case.target, given["items"], given["items_a_case"]) for case in drawn}
    due = draw.deadline(given["time"], given["visit_days"])
    sheets = draw.sheets(seed, drawn, team, items, given["hosts"], due)
    found = {f"officers.{code}": " ".join(officers) for code, officers in team.items()}
    found |= {f"sub-seed.officer.{role}": draw.h(f"{seed}|officer|{role}") for role in (1, 2)}
    found |= {f"cap.{role}.{roster}": str(cap) for role, roster, cap in caps}
    for number, sheet in enumerate(sheets, 1):
        found |= {f"sheet.{number}": sheet, f"leaf.{number}": draw.root([sheet]).hex()}
    return found | {"outcome.root": draw.root(sheets).hex()}


def derive_replacement(given: dict[str, Any], team: list[str]) -> dict[str, str]:
    """Return the values of the replacement by the vector's names."""
    recusal = given["recusal"]
    entry = recusal["entry_text"].encode()
    sub_seed = draw.replacement_seed(entry, draw.source_line("lottery", *recusal["lottery"]))
    officer = draw.replace(sub_seed, recusal["code"], recusal["officer"], team, False, read_officers(given))
    return {
        "recusal": hashlib.sha256(entry).hexdigest(),
        "sub-seed.replacement": sub_seed,
        "replacement": officer,
    }


def test_the_second_implementation_makes_every_value_of_the_worked_draw(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["values"]
    text = derive_seed_txt(given)
    seed = hashlib.sha256(text).hexdigest()
    found = {f"seed.txt.{number}": line for number, line in enumerate(text.decode().split("\n"), 1) if line}
    found |= {f"commitment.{unit}": draw.h(draw.h(share)) for unit, share in given["share_texts"].items()}
    found |= derive_selection(given, seed)
    found |= derive_outcome(given, seed)
    found |= derive_replacement(given, found[f"officers.{given['recusal']['code']}"].split())
    assert {name: expected.get(name) for name in found} == found
    # Left are the steps on the way, of which the outcome is made: single hashes, rosters found, first caps.
    steps = {name.split(".")[0] for name in expected.keys() - found.keys()}
    assert steps == {"first-cap", "item", "officer", "replacement", "roster"}


def test_the_steps_on_the_way_are_those_of_the_worked_draw(vector: dict[str, Any]) -> None:
    values = vector["values"]
    bases = {
        "officer.1": values["sub-seed.officer.1"],
        "officer.2": values["sub-seed.officer.2"],
        "item": values["sub-seed.item"],
        "replacement": values["sub-seed.replacement"],
    }
    left = vector["input"]["recusal"]["code"]
    hashes = {name: value for name, value in values.items() if name.startswith(("officer.", "item.", "replacement."))}
    assert hashes
    for name, value in hashes.items():
        base, code, last = name.replace("replacement.", f"replacement.{left}.").rsplit(".", 2)
        assert draw.h(f"{bases[base]}{code}|{last}") == value
    # Role 1: 2 cases and 3 members, 1 and 1; role 2: 3 cases, 2 seats held, 3 members.
    held = {"officer-1": 1, "officer-3": 1, "officer-4": 1}
    bureau = vector["input"]["officers"]["bureau"]
    assert draw.first_cap(2, {}, bureau) == int(values["first-cap.1.bureau"])
    assert draw.first_cap(1, {}, ["officer-1"]) == int(values["first-cap.1.street/pinghu"])
    assert draw.first_cap(3, held, bureau) == int(values["first-cap.2.bureau"])


@pytest.mark.parametrize(
    ("base", "ratio", "year", "weights", "expected"),
    [
        (51, (5, 100), 3, "1 1 1 1 1 1 1 1 1 1 1 1", "1 1 1 0 0 0 0 0 0 0 0 0"),
        (1284, (3, 100), 39, "1 1 1 1 1 1 1 1 1 1 1 1", "4 4 4 3 3 3 3 3 3 3 3 3"),
        (1000, (3, 100), 30, "0 1 2 2 2 2 1 1 2 2 2 1", "0 2 4 3 3 3 2 2 3 3 3 2"),
        (0, (1, 1), 0, "1 2 3 4 5 6 7 8 9 0 1 2", "0 0 0 0 0 0 0 0 0 0 0 0"),
    ],
)
def test_the_quotas_are_those_of_the_table(
    base: int, ratio: tuple[int, int], year: int, weights: str, expected: str
) -> None:
    assert draw.year_of_ratio(base, *ratio) == year
    assert draw.months(year, [int(weight) for weight in weights.split()]) == [int(part) for part in expected.split()]


def test_the_second_implementation_imports_the_standard_library_only(root: Path) -> None:
    text = (root / "tests/second/draw.py").read_text(encoding="utf-8")
    imports = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imports == {"collections", "datetime", "hashlib", "json", "typing"}

"""docs/architecture.md: every module is named in it, with what it is for, and every one named exists."""

import re
import tomllib
from pathlib import Path

import pytest

ROW = re.compile(r"^\| `([a-z_/]+)` \| (.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs/architecture.md").read_text(encoding="utf-8")


def test_the_modules_are_those_that_are_there(root: Path, text: str) -> None:
    source = root / "src"
    there = {file.relative_to(source).with_suffix("").as_posix() for file in source.rglob("*.py")}
    there = {module.removeprefix("ledger/") for module in there}
    named = [module for module, _ in ROW.findall(text)]
    assert len(named) == len(set(named))
    assert set(named) == {module for module in there if not module.endswith("__init__")}


def test_other_files_of_the_library_are_named(root: Path, text: str) -> None:
    others = {file.name for file in (root / "src/ledger").rglob("*") if file.suffix in (".json", ".sh", ".md")}
    assert {name for name in others if f"`{name}`" not in text} == set()


def test_the_layers_are_those_of_the_import_contract(root: Path, text: str) -> None:
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (c["layers"] for c in contracts["contracts"] if c.get("containers") == ["ledger"])
    order = [name for layer in layers for name in re.findall(r"\w+", layer)]
    drawing = text.split("```")[1]
    places = [re.search(rf"\b{name}\b", drawing) for name in order]
    starts = [place.start() for place in places if place is not None]
    assert len(starts) == len(order)
    assert starts == sorted(starts)


def test_proof_and_office_are_listed_in_the_order_of_their_own_docstrings(root: Path, text: str) -> None:
    listed = [module for module, _ in ROW.findall(text)]
    proof = (root / "src/ledger/proof/__init__.py").read_text(encoding="utf-8")
    order = [f"proof/{name}" for name in re.findall(r"^\d+\. `(\w+)`", proof, re.MULTILINE)]
    assert order
    assert [module for module in listed if module in order] == order

"""The decisions: one page each in one form, all of them in the index, every link leading somewhere."""

import re
from pathlib import Path

import pytest

PARTS = ["Context", "Decision", "Consequences", "Alternatives"]


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[str, str]:
    """Every decision, by the name of its file."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted((root / "docs" / "adr").glob("[0-9]*.md"))}


def test_the_decisions_are_numbered_without_gaps(pages: dict[str, str]) -> None:
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    assert pages


def test_every_decision_has_its_parts_and_fits_a_page(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS, name
        assert re.match(rf"# {name[:4]}: .+\n\nStatus: (accepted|replaced by [0-9]{{4}})\.\n", text), name
        assert len(text.split()) < 700, name


def test_the_index_names_every_decision_by_its_title(root: Path, pages: dict[str, str]) -> None:
    index = (root / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([0-9]{4})\]\(([^)]+)\) \| (.+) \|$", index, re.MULTILINE)
    titles = {name: text.split("\n", 1)[0].partition(": ")[2] for name, text in pages.items()}
    assert rows == [(name[:4], name, title) for name, title in titles.items()]


def test_a_decision_that_is_named_exists(pages: dict[str, str]) -> None:
    numbers = {name[:4] for name in pages}
    for name, text in pages.items():
        assert set(re.findall(r"\((0[0-9]{3})\)", text)) <= numbers, name

"""The operator's guide: its witness starts as the page shows, and prints what the page shows."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run
from ledger.proof.note import format_vkey
from log.fakes import LOG
from snippets import read_blocks, read_section
from witness.process import run_witness


@pytest.fixture
def section(root: Path) -> str:
    return read_section((root / "docs/guide/operator.md").read_text(encoding="utf-8"), "Running a witness")


def test_a_witness_runs_as_the_operators_guide_says(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    (prepare,) = (block for language, block in read_blocks(section) if language == "sh")
    first = prepare.splitlines()[0]  # what follows ends the page's example
    words = first.replace('"$(./run log vkey)"', format_vkey(LOG.verifier)).split()
    assert run(*words[1:]).status == 0
    (console,) = (block for language, block in read_blocks(section) if language == "console")
    command, *shown = console.splitlines()
    process = run_witness(*command.replace("8470", "0").split()[3:], locale="C")
    stop: Callable[[], None] = process.kill
    request.addfinalizer(stop)
    assert process.stdout is not None
    for line in shown:
        pattern = re.escape(line).replace(r"\.\.\.", r"[0-9a-f]{8}\+\S+").replace("8470", r"\d+")
        assert re.fullmatch(pattern, process.stdout.readline().rstrip("\n"))

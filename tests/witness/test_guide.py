"""The operator's guide: its witness starts as the page shows, and outside ones come before the log that names them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run
from ledger.office.policy import read_default_policy
from ledger.proof.note import format_vkey
from log.fakes import LOG
from snippets import read_blocks, read_section
from witness.process import run_witness, start_witness


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/guide/operator.md").read_text(encoding="utf-8")


def test_outside_witnesses_come_first_and_then_the_log(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    section = read_section(page, "Witnesses of a log")
    order = ("follows no log", "`./run init --policy FILE`", "`--add-log`", "`./run log policy > witnesses.txt`")
    assert sorted(order, key=section.index) == list(order)
    shown = dict(read_blocks(section))
    running = {}
    for unit, name in {"witness/discipline": "jjjc.example/witness", "witness/justice": "sfj.example/witness"}.items():
        running[unit] = start_witness(tmp_path / unit, "--name", name)
        request.addfinalizer(running[unit].process.kill)
    vkeys = {unit: one.line.split()[2] for unit, one in running.items()}
    policy = read_default_policy() | json.loads("{" + fill(shown["json"], vkeys) + "}")
    assert policy["witnesses"]["keys"] == vkeys
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    folder = tmp_path / "installation"
    assert run("init", "--dir", folder, "--policy", tmp_path / "policy.json").status == 0
    vkey = run("log", "vkey", "--dir", folder).out.strip()
    for unit in running:
        assert run("witness", "--dir", tmp_path / unit, "--add-log", vkey).status == 0
    printed = run("log", "policy", "--dir", folder).out
    addresses = re.findall(r" (https://\S+)$", shown[""], re.MULTILINE)
    with_addresses = re.sub(r"^witness .*", lambda line: f"{line[0]} {addresses.pop(0)}", printed, flags=re.MULTILINE)
    assert with_addresses == fill(shown[""], vkeys | {"log": vkey})
    urls = [one.line.split()[3] for one in running.values()]
    asked = re.sub(r"^witness .*", lambda line: f"{line[0]} {urls.pop(0)}", printed, flags=re.MULTILINE)
    (folder / "witnesses.txt").write_text(asked)
    witnessed = run("log", "witness", "--dir", folder)
    assert (witnessed.status, witnessed.err) == (0, "")


def fill(text: str, vkeys: dict[str, str]) -> str:
    """Return a block of the page with the keys that are there in the place of its examples."""
    for vkey in vkeys.values():
        name = re.escape(vkey.partition("+")[0])
        text = re.sub(rf"(?<=[ \"]){name}\+[0-9a-f]{{8}}\+\.\.\.", vkey, text)
    return text


def test_a_witness_runs_as_the_operators_guide_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    section = read_section(page, "Running a witness")
    (prepare,) = (block for language, block in read_blocks(section) if language == "sh")
    words = prepare.replace('"$(./run log vkey)"', format_vkey(LOG.verifier)).split()
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

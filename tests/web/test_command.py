"""`node verify/command.mjs`: the report and the exit statuses of `double-random verify`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.evidence import month, sign_checkpoint, unpack, write_log
from audit.test_wording import NAME, SAMPLES
from cli.run import run
from ledger.audit import verify as verifying
from ledger.audit.wording import translate
from ledger.proof.note import format_vkey
from web.node import VERIFY, Node
from web.test_agreement import policy_of
from world import ORIGIN, key

WORDING = Path(verifying.__file__).with_name("wording.zh.json")
VKEY = format_vkey(key(ORIGIN).verifier)

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def command(node_program: str) -> Command:
    """Run the command with the arguments given."""

    def call(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        words = [node_program, str(VERIFY / "command.mjs"), *map(str, arguments)]
        return subprocess.run(words, capture_output=True, encoding="utf-8", check=False)

    return call


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files to be given to both commands."""
    folder = tmp_path_factory.mktemp("given")
    contents = {
        "good": month().data,
        "bad": month().data[:-1],
        "none": b"no bundle",
        "policy": policy_of(),
        "broken-policy": b"log x\n",
        "kept": month().kept,
        "other": sign_checkpoint(month().entries[:-1]),
        "no-note": b"x",
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    write_log(folder / "log", month().entries, month().checkpoint)
    unpack(folder / "unpacked", month().files)
    (folder / "empty").mkdir()
    return {name: folder / name for name in (*contents, "log", "unpacked", "empty", "absent")}


ASKED = [
    ("good",), ("bad",), ("none",), ("absent",), ("log",), ("unpacked",), ("empty",),
    ("good", "--vkey", VKEY), ("good", "--vkey", "x"), ("good", "--strict"), ("good", "--policy", "policy"),
    ("good", "--policy", "policy", "--since", "kept", "--strict"), ("good", "--policy", "broken-policy"),
    ("good", "--since", "other"), ("good", "--since", "no-note"), ("log", "--policy", "policy", "--strict"),
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_the_same_status_and_the_same_json(asked: tuple[str, ...], command: Command, files: dict[str, Path]) -> None:
    arguments = [files.get(word, word) for word in asked]
    program, browser = run("verify", *arguments, "--json"), command(*arguments, "--json", "--wording", WORDING)
    assert browser.returncode == program.status
    expected, found = program.json(), json.loads(browser.stdout)
    assert found.keys() == expected.keys()
    if browser.returncode != 2:
        assert [one["status"] for one in found["checks"]] == [one["status"] for one in expected["checks"]]
        assert [one["name"] for one in found["checks"]] == [one["name"] for one in expected["checks"]]
        assert (found["exit_status"], found["subject"]) == (expected["exit_status"], expected["subject"])


def test_the_text_is_the_programs(command: Command, files: dict[str, Path]) -> None:
    lines = command(files["good"]).stdout.splitlines()
    report = verifying.verify_bundle(month().data, verifying.Terms(pairing=lambda *_: None))
    assert lines == report.format_text("en").splitlines()


def test_without_a_path_it_says_what_it_expects(command: Command) -> None:
    ran = command()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "expected the path of a bundle" in ran.stderr


def test_refusals_are_told_in_chinese_by_the_same_rows(node: Node) -> None:
    rows: list[dict[str, Any]] = json.loads(WORDING.read_text(encoding="utf-8"))
    messages = [NAME.sub(lambda hole: SAMPLES.get(hole[1], "some value"), row["en"]) for row in rows]
    messages += ["no sentence of ours", *(f"entry 7: {message}" for message in messages[::9])]
    assert node.ask("wording", rows=rows, messages=messages) == [translate(message) for message in messages]

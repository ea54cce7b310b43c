"""`node verify/command.mjs`: the report and the exit statuses of `double-random verify`."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from audit.evidence import month, sign_checkpoint, unpack, write_log
from audit.test_wording import NAME, SAMPLES
from cli.run import run
from ledger.audit import verify as verifying
from ledger.audit.explain import explain, format_explanation
from ledger.audit.report import Locale
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

    def call(*arguments: str | Path, locale: str = "C.UTF-8") -> "subprocess.CompletedProcess[str]":
        words = [node_program, str(VERIFY / "command.mjs"), *map(str, arguments)]
        environment = {**os.environ, "LC_ALL": locale}
        return subprocess.run(words, capture_output=True, encoding="utf-8", check=False, env=environment)

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


@pytest.fixture(scope="module")
def mirror(files: dict[str, Path]) -> Iterator[str]:
    """The same files where a web server has them."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(files["good"].parent))
    (files["good"].parent / "good.zip").write_bytes(month().data)
    write_log(files["good"].parent / "older", month().entries[:-3], sign_checkpoint(month().entries[:-3]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def statuses(ran: "subprocess.CompletedProcess[str]") -> dict[int, str]:
    """Return the checks' statuses by their numbers."""
    return {one["number"]: one["status"] for one in json.loads(ran.stdout)["checks"]}


def test_a_bundle_and_a_log_are_read_from_an_address(command: Command, files: dict[str, Path], mirror: str) -> None:
    for path, address in (("good", f"{mirror}/good.zip"), ("log", f"{mirror}/log/")):
        here, there = command(files[path], "--json"), command(address, "--json")
        assert there.returncode == 0
        assert statuses(there) == statuses(here)


def test_a_bundle_is_compared_with_the_log_that_is_published(
    command: Command, files: dict[str, Path], mirror: str
) -> None:
    ran = command(files["good"], "--log", f"{mirror}/log/", "--since", files["kept"], "--json")
    assert (ran.returncode, statuses(ran)[4]) == (0, "passed")
    cut = command(files["good"], "--log", f"{mirror}/older/", "--since", files["log"] / "checkpoint", "--json")
    assert (cut.returncode, statuses(cut)[4]) == (1, "failed")


def test_what_cannot_be_reached_is_no_verdict(command: Command, files: dict[str, Path], mirror: str) -> None:
    for address in (f"{mirror}/nothing.zip", f"{mirror}/nothing/", "http://127.0.0.1:9/x.zip"):
        ran = command(address)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "could not be read" in ran.stderr
    ran = command(files["good"], "--log", "http://127.0.0.1:9/", "--json")
    assert (ran.returncode, statuses(ran)[4]) == (0, "not checked")


def test_it_explains_in_the_programs_sentences_and_language(command: Command, files: dict[str, Path]) -> None:
    code = month().files["draw/codes/trade.txt"].decode().split()[0]
    told: dict[str, Locale] = {"en_GB.UTF-8": "en", "zh_CN.UTF-8": "zh"}
    for locale, language in told.items():
        ran = command(files["good"], "--explain", code, locale=locale)
        assert ran.returncode == 0
        assert ran.stdout.rstrip("\n") == format_explanation(explain(code, month().data), language)
    assert json.loads(command(files["good"], "--explain", code, "--json").stdout)["code"] == code
    nobody = command(files["good"], "--explain", "没有这家", locale="zh_CN.UTF-8")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "年度名录的公开名称中没有" in nobody.stderr


def test_reasons_are_chinese_where_the_reader_is(command: Command, files: dict[str, Path]) -> None:
    ran = command(
        files["good"],
        "--since",
        files["other"],
        "--vkey",
        format_vkey(key("other.example/log").verifier),
        locale="zh_CN.UTF-8",
    )
    assert ran.returncode == 1
    assert "不通过" in ran.stdout
    assert "本日志是" in ran.stdout, "the reason of a failure is told in Chinese"


def test_help_and_a_line_that_cannot_be_understood(command: Command, files: dict[str, Path]) -> None:
    english, chinese = command("--help"), command("-h", locale="zh_CN.UTF-8")
    assert english.returncode == chinese.returncode == 0
    for name in ("--vkey", "--policy", "--since", "--log", "--explain", "--strict", "--json", "--wording"):
        assert name in english.stdout
        assert name in chinese.stdout
    assert english.stdout.isascii()
    assert "退出状态" in chinese.stdout
    for line in (("--nothing",), (files["good"], files["log"]), (files["good"], "--since")):
        ran = command(*line)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "Usage" in ran.stderr
        assert "    at " not in ran.stderr, "no trace of the program's own"


def test_refusals_are_told_in_chinese_by_the_same_rows(node: Node) -> None:
    rows: list[dict[str, Any]] = json.loads(WORDING.read_text(encoding="utf-8"))
    messages = [NAME.sub(lambda hole: SAMPLES.get(hole[1], "some value"), row["en"]) for row in rows]
    messages += ["no sentence of ours", *(f"entry 7: {message}" for message in messages[::9])]
    assert node.ask("wording", rows=rows, messages=messages) == [translate(message) for message in messages]

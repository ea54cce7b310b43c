"""`double-random serve` as anyone starts it: its options, its settings, how it stops."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import urllib3

from cli.run import run
from ledger.cli.installation import Installation
from ledger.cli.published import read_record
from ledger.proof.errors import Refused
from service.settings import Settings
from serving.served import UNIT, compose_row

PROGRAM = "import sys; from ledger.cli import main; sys.argv[0] = 'double-random'; main()"


def start(
    *words: str | Path, locale: str = "C.UTF-8", before: Sequence[str] = (), **settings: str
) -> "subprocess.Popen[str]":
    """Start the command in a process of its own; `before` is a command that starts it."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", PROGRAM, "serve", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"LC_ALL": locale} | settings,
    )


def await_address(process: "subprocess.Popen[str]") -> str:
    """Return the address at which it listens."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://" in line, process.communicate(timeout=30)
    return line.partition("http://")[2].split(" ")[0].split("（")[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(folder: Path, number: signal.Signals) -> None:
    process = start("--dir", folder, "--port", "0")
    address = await_address(process)
    record = read_record(folder)
    entry = compose_row(record, Installation(folder).read_keys()[UNIT])
    answer = urllib3.request(
        "POST", f"http://{address}/api/v1/events", body=entry, headers={"Content-Type": "text/plain"}, timeout=20
    )
    assert answer.status == 200
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    started, line, stopped = (json.loads(one) for one in err.splitlines())
    assert (started["event"], started["role"], started["size"]) == ("started", "all", 1)
    assert started["at"] == f"http://{address}"
    assert stopped["event"] == "stopped"
    assert (line["event"], line["route"], line["status"]) == ("answered", "/api/v1/events", 200)
    assert read_record(folder).size == 2
    assert run("fsck", "--dir", folder).status == 0


def test_what_was_recorded_and_not_published_when_it_was_killed_is_told(folder: Path) -> None:
    before = (folder / "log" / "checkpoint").read_bytes()
    installation = Installation(folder)
    with installation.open_book() as book:
        book.append([compose_row(book.record, installation.read_keys()[UNIT])])
    (folder / "log" / "checkpoint").write_bytes(before)
    process = start("--dir", folder, "--port", "0")
    await_address(process)
    process.terminate()
    _, err = process.communicate(timeout=30)
    told = json.loads(err.splitlines()[0])
    assert (told["event"], told["published"], told["size"]) == ("carried on", 1, 2)


def test_it_says_where_it_serves_in_chinese_too(folder: Path) -> None:
    process = start("--dir", folder, "--port", "0", "--role", "public", locale="zh_CN.UTF-8")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("服务地址 http://127.0.0.1:")
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_two_writers_at_once_are_refused_and_a_reader_beside_is_not(folder: Path) -> None:
    first = start("--dir", folder, "--port", "0")
    await_address(first)
    second = start("--dir", folder, "--port", "0")
    out, err = second.communicate(timeout=30)
    assert (second.returncode, out) == (2, "")
    assert "refused:" in err
    reader = start("--dir", folder, "--port", "0", "--role", "public")
    await_address(reader)
    for process in (reader, first):
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (["--role", "king"], {}, "role"),
        ([], {"DOUBLE_RANDOM_SERVE_RATE": "many"}, "DOUBLE_RANDOM_SERVE_RATE: found 'many', expected such as 600 per"),
        ([], {"DOUBLE_RANDOM_SERVE_SUBMISSIONS": "0"}, "DOUBLE_RANDOM_SERVE_SUBMISSIONS: found '0', expected a whole"),
        ([], {"DOUBLE_RANDOM_SERVE_SECONDS": "soon"}, "DOUBLE_RANDOM_SERVE_SECONDS: found 'soon', expected a number"),
        ([], {"DOUBLE_RANDOM_SERVE_PROXIES": "example.org"}, "DOUBLE_RANDOM_SERVE_PROXIES: found 'example.org'"),
        (
            [],
            {"DOUBLE_RANDOM_SERVE_RAET": "3"},
            "no setting DOUBLE_RANDOM_SERVE_RAET; perhaps DOUBLE_RANDOM_SERVE_RATE",
        ),
        (["--host", "203.0.113.1"], {}, "cannot listen"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    folder: Path, words: list[str], settings: dict[str, str], said: str
) -> None:
    process = start("--dir", folder, "--port", "0", *words, **settings)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("refused: ")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"folder", "role"}))
def test_a_setting_that_cannot_be_is_told_in_whole_sentences(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = f"DOUBLE_RANDOM_SERVE_{name.upper()}"
    for language, said in (("C.UTF-8", "expected "), ("zh_CN.UTF-8", "不可用，应为")):
        monkeypatch.setenv("LC_ALL", language)
        with pytest.raises(Refused) as told:
            Settings.read({variable: "\x00"}, Path("x"), "all")
        assert said in str(told.value)
        assert variable in str(told.value)
        assert "pydantic" not in str(told.value)
        assert "Value error" not in str(told.value)


def test_a_copy_is_served_in_public_and_the_refusal_says_so(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "log", tmp_path / "whole" / "log")
    bare = shutil.copytree(folder / "log", tmp_path / "bare")
    for copy in (tmp_path / "whole", bare):
        process = start("--dir", copy, "--port", "0")
        _, err = process.communicate(timeout=30)
        assert process.returncode == 2
        assert "serve it with --role public" in err


def test_without_the_framework_it_says_what_to_install(folder: Path) -> None:
    program = f"import sys; sys.modules['fastapi'] = None; {PROGRAM}"
    ran = subprocess.run(
        [sys.executable, "-c", program, "serve", "--dir", folder, "--port", "0"],
        capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (2, "refused: fastapi is missing: install double-random[service]\n")


def test_without_an_installation_it_says_so(tmp_path: Path) -> None:
    for role in ("all", "public"):
        process = start("--dir", tmp_path / "none", "--port", "0", "--role", role)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 2
        assert err.startswith("refused: ")
    assert not (tmp_path / "none").exists()


def test_a_proxy_that_is_named_says_who_asks(folder: Path) -> None:
    """Each of its askers has a rate of its own; who is no proxy says nothing that counts."""
    for proxies, statuses in (("127.0.0.1", [400, 400, 429]), ("", [400, 429, 429])):
        process = start(
            "--dir", folder, "--port", "0",
            DOUBLE_RANDOM_SERVE_RATE="1 per hour", DOUBLE_RANDOM_SERVE_PROXIES=proxies,
        )  # fmt: skip
        address = await_address(process)
        found = []
        for asker in ("203.0.113.1", "203.0.113.2", "203.0.113.1"):
            headers = {"Content-Type": "text/plain", "X-Forwarded-For": asker}
            answer = urllib3.request("POST", f"http://{address}/api/v1/events", body=b"x", headers=headers, timeout=20)
            found.append(answer.status)
        assert found == statuses
        process.terminate()
        _, err = process.communicate(timeout=30)
        assert "203.0.113" not in err


def test_copies_of_the_folder_are_served_without_a_trace(folder: Path, tmp_path: Path) -> None:
    bare = Path(shutil.copytree(folder / "log", tmp_path / "bare"))
    process = start("--dir", bare, "--port", "0", "--role", "public")
    address = await_address(process)
    assert urllib3.request("GET", f"http://{address}/log/checkpoint", timeout=20).status == 200
    process.terminate()
    process.communicate(timeout=30)
    assert sorted(file.name for file in bare.iterdir()) == ["checkpoint", "tile"]

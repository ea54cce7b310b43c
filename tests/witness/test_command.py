"""`double-random witness`: one command makes a key, follows logs, answers, and ends when it is told to."""

import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from cli.run import run
from ledger.audit.trust import parse_trust
from ledger.cli.installation import read_key
from ledger.log.feeder import Feeder
from ledger.proof.note import COSIGNATURE, Signer, Verifier, format_key_name, format_vkey, parse_vkey
from ledger.store.lock import FileLock
from log.fakes import LOG
from log.feeding import TREE, feed
from service.witness.folder import add_logs, read_logs
from witness.client import Client
from witness.process import Running, run_witness, start_witness

NAME = "witness.example/pinghu"
VKEY = format_vkey(LOG.verifier)


def prepare(folder: Path) -> Verifier:
    """Make a witness that follows the tests' log; return its key."""
    ran = run("witness", "--dir", folder, "--name", NAME, "--add-log", VKEY)
    assert ran.status == 0, ran.err
    return parse_vkey(ran.out.splitlines()[1])


def feed_running(running: Running, size: int) -> int:
    """Have a checkpoint cosigned by our own feeder; return how many lines came of it."""
    policy = f"log {VKEY}\n{running.line}quorum {running.line.split()[1]}\n".encode()
    with Feeder(parse_trust(policy), LOG.verifier) as feeder:
        return len(feed(feeder, size).lines)


def test_a_key_is_made_at_the_first_run_and_kept(tmp_path: Path) -> None:
    verifier = prepare(tmp_path)
    assert (verifier.name, verifier.algorithm) == (NAME, COSIGNATURE)
    assert (tmp_path / "witness.key").stat().st_mode & 0o777 == 0o600
    assert prepare(tmp_path).key == verifier.key
    assert read_key(tmp_path / "witness.key").verifier.key == verifier.key


def test_what_it_prints_is_a_line_of_a_policy(tmp_path: Path) -> None:
    prepare(tmp_path)
    line = run("witness", "--dir", tmp_path, "--add-log", VKEY).out.splitlines()[-1]
    trust = parse_trust(f"{line}\nquorum {NAME}\n".encode())
    assert list(trust.witnesses) == [NAME]


def test_the_first_run_needs_a_name(tmp_path: Path) -> None:
    ran = run("witness", "--dir", tmp_path / "new", "--add-log", VKEY)
    assert (ran.status, (tmp_path / "new").exists()) == (2, False)
    assert "--name" in ran.err
    assert "--name" in run("witness", "--dir", tmp_path / "new", locale="zh_CN.UTF-8").err


@pytest.mark.parametrize("name", ["", "two words", "a+b", "全角\u3000空格"])
def test_a_name_that_no_key_may_have_leaves_nothing(tmp_path: Path, name: str) -> None:
    assert run("witness", "--dir", tmp_path / "new", "--name", name).status == 2
    assert not (tmp_path / "new").exists()


def test_a_witness_does_not_change_its_name(tmp_path: Path) -> None:
    prepare(tmp_path)
    ran = run("witness", "--dir", tmp_path, "--name", "another.example")
    assert ran.status == 2
    assert f"the witness here is {NAME}, not another.example" in ran.err


def test_a_log_is_added_once(tmp_path: Path) -> None:
    prepare(tmp_path)
    other = format_vkey(Signer("other.example", bytes(32)).verifier)
    run("witness", "--dir", tmp_path, "--add-log", other, "--add-log", VKEY)
    assert (tmp_path / "logs.txt").read_text() == f"log {VKEY}\nlog {other}\n"


def test_a_log_is_added_below_what_stands_there(tmp_path: Path) -> None:
    file = tmp_path / "logs.txt"
    file.write_text(f"# 龙岗\r\n{VKEY}")
    other = Signer("other.example", bytes(32)).verifier
    add_logs(file, [other, LOG.verifier])
    assert file.read_bytes() == f"# 龙岗\r\n{VKEY}\nlog {format_vkey(other)}\n".encode()
    assert [log.name for log in read_logs(file)] == [LOG.name, "other.example"]


@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
def test_a_second_log_of_a_name_is_refused(tmp_path: Path, locale: str) -> None:
    prepare(tmp_path)
    second = Signer(LOG.name, bytes(32)).verifier
    new = Signer("other.example", bytes(32)).verifier
    words = ("--add-log", format_vkey(new), "--add-log", format_vkey(second))
    ran = run("witness", "--dir", tmp_path, *words, locale=locale)
    assert (ran.status, (tmp_path / "logs.txt").read_text()) == (2, f"log {VKEY}\n")
    assert {format_key_name(LOG.verifier), format_key_name(second)} <= set(
        re.findall(r"[\w./-]+\+[0-9a-f]{8}", ran.err)
    )
    assert ("rollback" in ran.err, "回滚" in ran.err) == (locale == "C", locale != "C")
    (tmp_path / "logs.txt").write_text(f"log {VKEY}\nlog {format_vkey(second)}\n")
    assert run("witness", "--dir", tmp_path, "--add-log", format_vkey(second)).status == 0, "one more key, by hand"


@pytest.mark.parametrize(
    "vkey", ["", "nonsense", VKEY[:-2], format_vkey(Signer(NAME, bytes(32), COSIGNATURE).verifier)]
)
def test_what_is_no_logs_key_is_not_added(tmp_path: Path, vkey: str) -> None:
    assert run("witness", "--dir", tmp_path / "new", "--name", NAME, "--add-log", vkey).status == 2
    assert not (tmp_path / "new").exists()


def test_a_list_that_cannot_be_read_is_named_at_the_start(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "logs.txt").write_text(f"log {VKEY}\n\nlog a b c\n")
    ran = run("witness", "--dir", tmp_path, "--port", "0")
    assert ran.status == 2
    assert "logs.txt: 3: expected log VKEY, or VKEY" in ran.err
    FileLock(tmp_path / "lock").release()


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    prepare(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = run("witness", "--dir", tmp_path, "--port", port)
        told = run("witness", "--dir", tmp_path, "--port", port, locale="zh_CN.UTF-8").err
    assert ran.status == 2
    assert ran.err == f"cannot listen on 127.0.0.1, port {port}: Address already in use; --port takes another"
    assert told == f"无法在 127.0.0.1 的端口 {port} 上监听：地址或端口已被占用；可用 --port 另选一个"
    assert "cannot listen" in run("witness", "--dir", tmp_path, "--port", "70000").err
    assert "cannot listen" in run("witness", "--dir", tmp_path, "--host", "host.invalid").err
    FileLock(tmp_path / "lock").release()


def test_without_the_service_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    ran = run("witness", "--dir", tmp_path, "--port", "0")
    assert ran.status == 2
    assert "uvicorn is missing: install double-random[service]" in ran.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    prepare(tmp_path)
    running = start_witness(tmp_path)
    assert feed_running(running, 8) == 1
    assert Client(running.url).get("/healthz").status == 200
    running.process.send_signal(number)
    out, err = running.process.communicate(timeout=30)
    assert (running.process.returncode, out) == (0, "")
    assert [line.split(maxsplit=2)[2] for line in err.splitlines()] == [f"cosigned {LOG.name} 8 {TREE.root(8).hex()}"]
    again = start_witness(tmp_path)
    assert Client(again.url).add(0, 20).body == b"8\n"
    assert feed_running(again, 20) == 1
    assert again.stop() == 0


def test_a_log_is_added_while_it_runs(tmp_path: Path) -> None:
    running = start_witness(tmp_path, "--name", NAME)
    assert running.process.stdout is not None
    assert "it follows no log yet" in running.process.stdout.readline()
    assert Client(running.url).add(0, 8).status == 404
    prepare(tmp_path)
    assert feed_running(running, 8) == 1
    assert running.stop() == 0


def test_a_second_one_on_the_same_folder_does_not_start(tmp_path: Path) -> None:
    running = start_witness(tmp_path, "--name", NAME)
    second = run_witness("--dir", tmp_path, "--port", "0")
    assert f"its id is {running.process.pid}" in second.communicate(timeout=30)[1]
    assert second.returncode == 2
    running.stop()


def test_what_is_refused_is_told_in_the_readers_language(tmp_path: Path) -> None:
    prepare(tmp_path)
    process = run_witness("--dir", tmp_path, "--port", "0", locale="zh_CN.UTF-8")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    assert lines[0] == "见证人公钥：\n"
    assert lines[2] == "写入 tlog-policy 文件的一行：\n"
    Client(lines[3].split()[-1]).add(0, 8, signer=Signer("other.example", bytes(32)))
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert "未联署" in err
    assert process.returncode == 0

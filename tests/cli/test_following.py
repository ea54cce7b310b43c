"""`verify URL` and `monitor`: the commands of those who follow a log over HTTP."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.evidence import month, replace, sign_checkpoint
from cli.run import Ran, run
from forge import ENFORCEMENT, fields_now, sign
from ledger.proof.encoding import format_time
from ledger.proof.note import format_key_name, format_vkey
from log.served import Served, instead, make_files, status
from world import ORIGIN, key, witness_signers

FILES = make_files(month().entries, month().checkpoint)
(BUNDLE,) = (path for path in FILES if path.startswith("tile/entries/"))
LOG = format_vkey(key(ORIGIN).verifier)
COPY = f"{format_key_name(key(ORIGIN).verifier)}.copy".replace("/", "%2F")
FORK = list(month().world.log.entries[:-1])


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the copies of logs in a folder of the test's own, at the time of the log."""
    monkeypatch.setattr("ledger.cli.watching.read_clock", lambda: month().world.now)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("ledger.log.source.sleep", lambda seconds: None)


@pytest.fixture
def served() -> Iterator[Served]:
    with Served(dict(FILES)) as server:
        yield server


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A reader's policy: this log, and both of its witnesses."""
    lines = [f"log {LOG}"]
    for unit, signer in witness_signers().items():
        lines.append(f"witness {unit} {format_vkey(signer.verifier)}")
    (tmp_path / "trust.txt").write_text(
        "\n".join([*lines, f"group all all {' '.join(witness_signers())}", "quorum all", ""])
    )
    return tmp_path / "trust.txt"


def verify(served: Served, policy: Path, *words: str | Path, locale: str = "C") -> Ran:
    return run("verify", served.url, "--policy", policy, *words, locale=locale)


def find(ran: Ran, status: str) -> dict[str, str]:
    """Return the checks of a status in a report printed as JSON: id -> reason."""
    return {check["id"]: check["reason"]["en"] for check in ran.json()["checks"] if check["status"] == status}


def test_a_log_at_a_url_is_checked_as_one_in_a_folder_is(served: Served, policy: Path, tmp_path: Path) -> None:
    ran = verify(served, policy, "--json")
    assert ran.status == 0, ran.err
    assert find(ran, "not checked").keys() == {"container", "files", "since", "randomness", "outside"}
    assert (ran.json()["subject"], ran.json()["size"]) == (served.url, len(month().entries))
    copied = tmp_path / "cache" / "double-random" / COPY / "log"
    assert run("verify", copied, "--policy", policy).status == 0, "the copy is a log's folder like any other"
    served.asked.clear()
    again = verify(served, policy, "--json")
    assert find(again, "passed")["since"] == f"it extends the checkpoint of {len(month().entries)} entries"
    assert BUNDLE not in served.asked


def test_a_url_needs_the_logs_key(served: Served) -> None:
    ran = run("verify", served.url)
    assert (ran.status, served.asked) == (2, [])
    assert "name it with --vkey or --policy" in ran.err
    assert run("verify", served.url, "--vkey", LOG).status == 0


def test_a_checkpoint_in_a_file_counts_before_the_one_that_was_kept(
    served: Served, policy: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_bytes(month().kept)
    assert "since" in find(verify(served, policy, "--since", tmp_path / "kept", "--json"), "passed")
    (tmp_path / "kept").write_bytes(sign_checkpoint(FORK[1:]))
    ran = verify(served, policy, "--since", tmp_path / "kept", "--json")
    assert ran.status == 1
    assert "another root than the kept checkpoint" in find(ran, "failed")["since"]


@pytest.mark.parametrize("place", ["ftp://127.0.0.1/log/", "file:///log", "HTTPS:///log"])
def test_a_url_that_is_none_of_http_is_no_path(policy: Path, place: str) -> None:
    for words in (("verify", place, "--policy", policy), ("monitor", place, "--policy", policy, "--once")):
        ran = run(*words)
        assert (ran.status, "expected http(s)://host/path/" in ran.err) == (2, True), ran.err


def test_a_copy_may_lie_anywhere(served: Served, policy: Path, tmp_path: Path) -> None:
    assert verify(served, policy, "--cache", tmp_path / "copies").status == 0
    assert [folder.name for folder in (tmp_path / "copies").iterdir()] == [COPY]
    assert not (tmp_path / "cache").exists()


def test_t18_an_edited_entry_fails_the_tree(served: Served, policy: Path) -> None:
    served.quirks[BUNDLE] = instead(FILES[BUNDLE].replace(b"kinship", b"KINSHIP"))
    ran = verify(served, policy, "--json")
    assert ran.status == 1
    assert find(ran, "failed") == {"tree": f"log: {BUNDLE} does not fit the checkpoint"}
    assert f"日志：{BUNDLE} 与检查点不符" in verify(served, policy, locale="zh_CN.UTF-8").out


def test_t18_an_entry_that_the_log_signed_anew_for_those_who_come_later_is_a_second_history(
    served: Served, policy: Path, tmp_path: Path
) -> None:
    assert verify(served, policy).status == 0
    entries = replace(month().entries, 3, month().entries[3].replace(b'"at":"2027', b'"at":"2026'))
    served.files = make_files(entries, sign_checkpoint(entries, witnesses=2, seconds=month().world.now))
    ran = verify(served, policy, "--json")
    assert ran.status == 1
    assert "does not extend that of" in find(ran, "failed")["since"]
    evidence = list((tmp_path / "cache").glob("*/*/evidence/*"))
    assert {file.read_bytes() for file in evidence} == {FILES["checkpoint"], served.files["checkpoint"]}
    told = verify(served, policy, locale="zh_CN.UTF-8").out
    assert "没有延续此前留存的" in told
    assert "两者均按签署时的原样存于" in told


def test_t30_an_older_checkpoint_fails_check_4(served: Served, policy: Path) -> None:
    assert verify(served, policy).status == 0
    served.files = make_files(FORK, sign_checkpoint(FORK))
    ran = verify(served, policy, locale="zh_CN.UTF-8")
    assert ran.status == 1
    assert f" 4 不通过  日志延续了以前留存的检查点 — {ORIGIN}：{len(FORK)} 条的检查点" in ran.out


def test_an_entry_against_the_rules_fails_its_check_and_not_the_tree(served: Served, policy: Path) -> None:
    record = month().world.record
    entry = sign(fields_now(record, "conflict.declared/1", "conflicts", ENFORCEMENT, {}, record.times[-1]), ENFORCEMENT)
    entries = [*month().entries, entry]
    served.files = make_files(entries, sign_checkpoint(entries, witnesses=2, seconds=month().world.now))
    ran = verify(served, policy, "--json")
    assert ran.status == 1
    assert find(ran, "failed").keys() == {"entries"}
    assert "tree" in find(ran, "passed")


@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
def test_what_cannot_be_had_cannot_be_read(served: Served, policy: Path, locale: str) -> None:
    served.quirks["checkpoint"] = status(500)
    ran = verify(served, policy, "--json", locale=locale)
    assert ran.status == 2
    assert ran.json()["exit_status"] == 2
    assert "answered 500" in ran.json()["error"]
    assert ("4 次尝试均无回应：服务器答复 500" if locale != "C" else "no answer in 4 attempts: answered 500") in ran.err


def monitor(served: Served, policy: Path, *words: str | Path, locale: str = "C") -> Ran:
    return run("monitor", served.url, "--policy", policy, *words, locale=locale)


def test_a_log_that_is_well_gives_no_alarm(served: Served, policy: Path) -> None:
    ran = monitor(served, policy, "--once", "--json")
    assert (ran.status, ran.out.count("\n")) == (0, 1)
    look = ran.json()
    assert (look["origin"], look["size"], look["grown"]) == (ORIGIN, len(month().entries), len(month().entries))
    assert look["attested"] == format_time(month().world.now)
    assert (look["alarms"], look["missing"], look["verified"]["size"]) == ([], [], look["size"])
    assert monitor(served, policy, "--once").out.endswith("No alarm.\n")
    assert "没有警报。" in monitor(served, policy, "--once", locale="zh_CN.UTF-8").out


def test_an_alarm_is_told_in_both_languages_and_by_the_status(
    served: Served, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.cli.watching.read_clock", lambda: month().world.now + 100)
    ran = monitor(served, policy, "--once", "--max-age", "60")
    assert ran.status == 1
    assert "ALARM (stale): the newest checkpoint was witnessed at " in ran.out
    assert ", 1 minute 40 seconds ago, more than 1 minute\n" in ran.out
    told = monitor(served, policy, "--once", "--max-age", "60", locale="zh_CN.UTF-8").out
    assert "警报（stale）：最新检查点的见证时间为" in told
    assert "已过 1 分钟 40 秒，超过 1 分钟\n" in told
    assert monitor(served, policy, "--once", "--max-age", "100").status == 0


def test_it_looks_again_and_again(served: Served, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[int] = []

    def sleep(seconds: int) -> None:
        slept.append(seconds)
        served.quirks["checkpoint"] = instead(b"no checkpoint")
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    looks = [json.loads(line) for line in monitor(served, policy, "--every", "7", "--json").out.splitlines()]
    assert slept == [7, 7]
    assert [[alarm["kind"] for alarm in look["alarms"]] for look in looks] == [[], ["unreadable"]]


def test_a_folder_is_watched_too(policy: Path, tmp_path: Path) -> None:
    for path, data in FILES.items():
        (tmp_path / "data/log" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data/log" / path).write_bytes(data)
    for folder in (tmp_path / "data", tmp_path / "data/log"):
        assert run("monitor", folder, "--policy", policy, "--once").status == 0
    assert run("monitor", tmp_path, "--policy", policy, "--once").status == 1

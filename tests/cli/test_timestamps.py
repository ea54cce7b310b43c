"""`log timestamp`: asking an authority and checking its tokens, in the reader's language and from a bare copy too."""

import shutil
from pathlib import Path

import pytest

from cli.run import Ran, run
from log.tsa import Tsa, send, serve, serve_tsa, tsa

__all__ = ["tsa"]  # the fixture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation that was just founded: one entry."""
    assert run("init", "--dir", tmp_path / "bureau").status == 0
    return tmp_path / "bureau"


def ask(folder: Path, tsa: Tsa, locale: str = "C") -> Ran:
    with serve_tsa(tsa) as url:
        return run("log", "timestamp", "--dir", folder, "--tsa", url, "--ca", tsa.ca, locale=locale)


def check(folder: Path, ca: Path, *words: str | Path, locale: str = "C") -> Ran:
    return run("log", "timestamp", "--dir", folder, "--check", "--ca", ca, *words, locale=locale)


def vkey(folder: Path) -> str:
    """The key of the log that is trusted."""
    return run("log", "vkey", "--dir", folder).out.strip()


def test_a_checkpoint_is_stamped_and_its_token_checked(folder: Path, tsa: Tsa) -> None:
    asked = ask(folder, tsa)
    assert asked.status == 0
    assert asked.out.startswith("the checkpoint of size 1 was there by 20")
    assert check(folder, tsa.ca, "--vkey", vkey(folder)) == asked
    assert run("verify", "--dir", folder).status == 0
    chinese = check(folder, tsa.ca, locale="zh_CN.UTF-8")
    assert chinese.out == asked.out.replace("the checkpoint of size 1 was there by", "1 条的检查点：不晚于")


def test_whoever_has_a_copy_can_have_it_stamped(folder: Path, tsa: Tsa, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder / "log", copy)
    asked = ask(copy, tsa)
    assert (copy / "timestamps/1.tsr").is_file()
    assert not (folder / "log/timestamps").exists()
    assert check(copy, tsa.ca, "--vkey", vkey(folder)) == asked


def test_t10_a_copy_of_another_log_does_not_say_itself_whose_it_is(folder: Path, tsa: Tsa, tmp_path: Path) -> None:
    (tmp_path / "trusted").write_text(run("log", "policy", "--dir", folder).out)
    assert run("init", "--dir", tmp_path / "false").status == 0
    assert ask(tmp_path / "false", tsa).status == 0
    unsaid, named = check(tmp_path / "false", tsa.ca), vkey(tmp_path / "false")
    assert unsaid.status == 0
    assert f"log identity: not checked (no --vkey or --policy): the log itself names the key {named}" in unsaid.err
    for words in (("--vkey", vkey(folder)), ("--policy", tmp_path / "trusted")):
        refused = check(tmp_path / "false", tsa.ca, *words)
        assert (refused.status, refused.out) == (2, "")


def test_a_token_that_does_not_hold_is_told_and_the_status_is_1(folder: Path, tsa: Tsa, tmp_path: Path) -> None:
    ask(folder, tsa)
    other = Tsa(tmp_path / "other").ca
    failed = check(folder, other)
    assert (failed.status, failed.out) == (1, "")
    assert "timestamps/1.tsr FAILED: time-stamp: no chain of signatures leads from the token to a root" in failed.err
    chinese = check(folder, other, locale="zh_CN.UTF-8")
    assert "timestamps/1.tsr 不通过：时间戳：签名不能追溯到所给的根证书：" in chinese.err


def test_an_authority_that_fails_is_reported_and_nothing_is_left(folder: Path, tsa: Tsa) -> None:
    with serve(lambda handler, query: send(handler, b"", 503)) as url:
        ran = run("log", "timestamp", "--dir", folder, "--tsa", url, "--ca", tsa.ca)
    assert ran.status == 2
    assert ran.err == f"{url} answers with the HTTP status 503, expected 200"
    assert not (folder / "log/timestamps").exists()
    assert run("verify", "--dir", folder).status == 0


@pytest.mark.parametrize("words", [[], ["--check", "--tsa", "http://127.0.0.1/"]])
def test_it_asks_or_checks_and_not_both(folder: Path, tsa: Tsa, words: list[str]) -> None:
    ran = run("log", "timestamp", "--dir", folder, "--ca", tsa.ca, *words)
    assert (ran.status, ran.err) == (2, "expected either --tsa or --check")


def test_what_cannot_be_checked_is_refused(folder: Path, tsa: Tsa, tmp_path: Path) -> None:
    assert check(folder, tsa.ca).err == f"{folder}: there are no time-stamps here"
    (tmp_path / "ca.pem").write_text("none")
    assert check(folder, tmp_path / "ca.pem").err.startswith(f"{tmp_path}/ca.pem: not certificates in PEM: ")
    assert run("log", "timestamp", "--dir", folder, "--check").status == 2
    nothing = check(tmp_path, tsa.ca)
    assert nothing.status == 2
    assert "neither an installation nor a copy" in nothing.err

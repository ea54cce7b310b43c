"""`fsck` at the command line: what it prints, in which language, and with which exit status."""

import re
import shutil
from pathlib import Path

import pytest

from cli.run import run
from ledger.cli.installation import DEFAULT_ORIGIN


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that was just founded, its checkpoint cosigned."""
    folder = tmp_path_factory.mktemp("founded") / "installation"
    assert run("init", "--dir", folder).status == 0
    assert run("log", "witness", "--dir", folder).status == 0
    return folder


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded, tmp_path / "installation")
    return tmp_path / "installation"


def keep_old_checkpoints(folder: Path, *paths: str) -> None:
    """Let the log grow, and put back what stood in these files, as if the writer had been stopped before."""
    old = {path: (folder / path).read_bytes() for path in paths}
    assert run("log", "witness", "--dir", folder).status == 0
    for path, data in old.items():
        (folder / path).write_bytes(data)


def test_a_sound_installation(folder: Path) -> None:
    ran = run("fsck", "--dir", folder)
    assert (ran.status, ran.err) == (0, "")
    assert re.findall(r"^store: 2 entries on 2 subjects", ran.out, re.MULTILINE)
    assert re.findall(r"^log: \d+ files of \d+ bytes, as the entries give; root of all 2: [0-9a-f]{64}$", ran.out, re.M)
    assert f"checkpoint: 2 entries, signed by {DEFAULT_ORIGIN}" in ran.out
    assert "lock: 2 entries, signed by the log" in ran.out
    assert "log identity: not checked" in ran.out
    assert ran.out.endswith("Sound: nothing differs.\n")


def test_in_chinese(folder: Path) -> None:
    ran = run("fsck", "--dir", folder, locale="zh_CN.UTF-8")
    assert ran.out.endswith("完好，没有差异。\n")
    assert all(re.search("[\u4e00-\u9fff]", line) for line in ran.out.splitlines())


def test_what_is_trusted_is_compared(folder: Path, tmp_path: Path) -> None:
    vkey = run("log", "vkey", "--dir", folder).out.strip()
    trust = tmp_path / "trust.txt"
    trust.write_text(run("log", "policy", "--dir", folder).out)
    for words in (["--vkey", vkey], ["--policy", trust], ["--policy", trust, "--vkey", vkey]):
        ran = run("fsck", "--dir", folder, *words)
        assert ran.status == 0
        assert "not checked" not in ran.out
    other = run("keys", "new", "bureau/hazchem", tmp_path / "x.key", "--origin", DEFAULT_ORIGIN).out.split()[-1]
    ran = run("fsck", "--dir", folder, "--vkey", other)
    assert ran.status == 1
    assert "which is not the one trusted" in ran.out
    assert run("fsck", "--dir", folder, "--vkey", "nonsense").status == 2


def test_the_published_log_alone(folder: Path) -> None:
    shutil.copytree(folder / "log", folder / "copy")
    ran = run("fsck", "--dir", folder / "copy")
    assert ran.status == 0
    assert "store: not here, not checked" in ran.out
    assert "lock: not here, not checked" in ran.out


@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
def test_a_difference(folder: Path, locale: str) -> None:
    file = folder / "log/tile/0/000.p/2"
    file.write_bytes(file.read_bytes()[:-1])
    ran = run("fsck", "--dir", folder, locale=locale)
    assert (ran.status, ran.err) == (1, "")
    assert (
        ran.out
        == {
            "C": "DIFFERENT, and stopped here: log: tile/0/000.p/2 has 63 bytes, expected 64\n",
            "zh_CN.UTF-8": "有差异，到此为止：日志：tile/0/000.p/2 有 63 字节，应为 64 字节\n",
        }[locale]
    )


@pytest.mark.parametrize("paths", [["log/checkpoint"], ["log/checkpoint", "lock/checkpoint"]])
def test_an_interrupted_write_has_a_status_of_its_own_until_the_next_start(folder: Path, paths: list[str]) -> None:
    keep_old_checkpoints(folder, *paths)
    ran = run("fsck", "--dir", folder)
    assert ran.status == 3
    assert ran.out.endswith(
        "Nothing differs, but a write was interrupted: the next command that writes to the log carries on.\n"
    )
    assert "carries on" not in run("fsck", "--dir", folder, locale="zh_CN.UTF-8").out
    assert run("log", "receipt", "--dir", folder).status == 0
    assert run("fsck", "--dir", folder).status == 0


def test_what_a_stopped_writer_left_is_named(folder: Path) -> None:
    (folder / "log/.checkpoint.tmp").write_bytes(b"half")
    ran = run("fsck", "--dir", folder)
    assert ran.status == 0
    assert "harmless: log/.checkpoint.tmp" in ran.out


@pytest.mark.parametrize("name", ["nothing", ""])
def test_nothing_to_read(tmp_path: Path, name: str) -> None:
    ran = run("fsck", "--dir", tmp_path / name)
    assert (ran.status, ran.out) == (2, "")
    assert "could not be read" in ran.err
    assert run("fsck", "--dir", tmp_path / name, "--json").json()["exit_status"] == 2


def test_as_json(folder: Path) -> None:
    facts = run("fsck", "--dir", folder, "--json").json()
    assert facts["exit_status"] == 0
    assert (facts["origin"], facts["size"], facts["signed"], facts["published"]) == (DEFAULT_ORIGIN, 2, 2, 2)
    assert facts["subject"] == str(folder)
    assert len(facts["root"]) == 64
    (folder / "log/stray").touch()
    facts = run("fsck", "--dir", folder, "--json").json()
    assert facts["exit_status"] == 1
    assert facts["error"] == {"en": "log: stray does not belong to a log", "zh": "日志：stray 不属于日志"}
    (folder / "log/stray").unlink()
    keep_old_checkpoints(folder, "log/checkpoint")
    facts = run("fsck", "--dir", folder, "--json").json()
    assert (facts["exit_status"], facts["signed"], facts["published"]) == (3, 3, 2)

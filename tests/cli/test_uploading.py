"""`log upload`: from an installation or a bare copy to a folder or a real S3 server, and verified there."""

import shutil
from pathlib import Path

import pytest

from cli.run import run
from ledger.log.bucket import open_bucket
from log.seaweed import Seaweed, seaweed

__all__ = ["seaweed"]  # the fixture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation that was just founded: one entry."""
    assert run("init", "--dir", tmp_path / "bureau").status == 0
    return tmp_path / "bureau"


def test_a_log_is_copied_to_a_folder_and_verified_there(folder: Path, tmp_path: Path) -> None:
    place = f"file://{tmp_path}/mirror"
    ran = run("log", "upload", "--dir", folder, "--to", place)
    assert ran.status == 0
    assert ran.out == f"{place} has the checkpoint of size 1 (before: 0); objects put: 3\n"
    vkey = run("log", "vkey", "--dir", folder).out.strip()
    assert run("verify", tmp_path / "mirror", "--vkey", vkey).status == 0
    again = run("log", "upload", "--dir", folder, "--to", place, "--whole", locale="zh_CN.UTF-8")
    assert again.out == f"{place} 的检查点现为 1 条（原为 1 条），新写入 0 个对象\n"


def test_a_log_is_copied_to_s3_by_the_options_of_the_environment(
    folder: Path, tmp_path: Path, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    copy = tmp_path / "copy"
    shutil.copytree(folder / "log", copy)
    place = f"s3://logs/{tmp_path.name}/command"
    ran = run("log", "upload", "--dir", copy, "--to", place)
    assert ran.out == f"{place} has the checkpoint of size 1 (before: 0); objects put: 3\n"
    found = open_bucket(place).read("checkpoint")
    assert found is not None
    assert found.data == (folder / "log/checkpoint").read_bytes()


def test_a_refusal_is_in_the_readers_language(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/checkpoint").write_text("not one")
    ran = run("log", "upload", "--dir", folder, "--to", f"file://{tmp_path}/mirror")
    assert ran.status == 2
    assert ran.err.startswith("object store: checkpoint: note has no empty line")
    assert (tmp_path / "mirror/checkpoint").read_text() == "not one"
    assert run("log", "upload", "--dir", folder, "--to", "ftp://x/").status == 2
    assert run("log", "upload", "--dir", tmp_path / "none", "--to", f"file://{tmp_path}/mirror").status == 2

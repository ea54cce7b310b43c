"""The released script reads a folder that strangers made: what they may have written is hashed, never run or shown."""

import shutil
import subprocess
from pathlib import Path

import pytest

from audit.evidence import TERMS, Evidence, collect, failed, month, unpack
from audit.script import SCRIPT, SHELLS, failures, run
from ledger.audit.verify import verify_bundle
from world import World, make_targets

TRADE = "draw/drawn/trade.txt"


def strange() -> Evidence:
    """Return a draw among enterprises whose numbers hold what a shell could stumble over."""
    numbers = [
        "-rf",
        "--",
        "*",
        "?",
        "[a]",
        "~",
        "$HOME",
        "$(id)",
        "`id`",
        "a;b",
        "a&b",
        "a>b",
        "'",
        '"',
        "\\",
        "%s",
        "#",
    ]
    numbers += ["..", "../..", "a/b", "\\n", "=", "!", "深龙字第0001号", "遁遂遈邁", "（2027）", "{a,b}", "a" * 100]
    rows = make_targets("industry-trade", len(numbers))
    for row, number in zip(rows, numbers, strict=True):
        row["id"], row["status"] = f"reg:{number}", "open"
    world = World().prepare_year(targets=rows)
    return collect(world, world.run_to("execute"))


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_codes_that_a_shell_could_stumble_over_are_only_hashed(shell: list[str], tmp_path: Path) -> None:
    evidence = strange()
    assert failed(verify_bundle(evidence.data, TERMS)) == []
    ran = run(unpack(tmp_path / "bundle", evidence.files), shell)
    assert failures(ran) == set()


def test_every_chinese_character_is_hashed_as_it_is(tmp_path: Path) -> None:
    # Some shells keep a few bytes for themselves, and those occur within Chinese characters.
    rows = make_targets("industry-trade", 209)
    for number, row in enumerate(rows):
        first = 0x4E00 + 100 * number
        row["id"], row["status"] = "reg:" + "".join(map(chr, range(first, first + 100))), "open"
    world = World().prepare_year(targets=rows)
    evidence = collect(world, world.run_to("execute"))
    for shell in SHELLS:
        assert failures(run(unpack(tmp_path / "bundle", evidence.files), shell)) == set()


def test_control_characters_are_refused_and_never_shown(tmp_path: Path) -> None:
    for path in ("draw/seed.txt", "draw/shares.txt", "draw/strata.txt", "draw/codes/trade.txt", TRADE):
        files = {**month().files, path: month().files[path].replace(b"\n", b"\x1b[2J\n", 1)}
        ran = run(unpack(tmp_path / "bundle", files))
        assert failures(ran)
        assert "\x1b" not in ran.stdout


def test_what_is_no_folder_of_a_bundle_cannot_be_read(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none", SCRIPT):
        ran = run(folder)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == "there is no folder draw: not an unpacked bundle\n"


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    for name in ("-n", "a b", "$(id)", "*"):
        folder = unpack(tmp_path / name, month().files)
        assert failures(run(folder)) == set()
        ran = subprocess.run([*SHELLS[0], str(SCRIPT), name], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    folder, work = unpack(tmp_path / "bundle", month().files), tmp_path / "work"
    work.mkdir()
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    assert failures(run(folder, env={"TMPDIR": str(work)})) == set()
    assert list(work.iterdir()) == []
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


def test_the_script_uses_a_shell_and_coreutils_only(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in (
        "cat",
        "cut",
        "head",
        "mkdir",
        "mktemp",
        "paste",
        "rm",
        "sha256sum",
        "sort",
        "split",
        "tail",
        "tr",
        "wc",
    ):
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    shell = [str(shutil.which(SHELLS[0][0])), *SHELLS[0][1:]]
    assert failures(run(unpack(tmp_path / "bundle", month().files), shell, {"PATH": str(tools)})) == set()


def test_the_script_can_be_run_and_is_clean() -> None:
    assert SCRIPT.stat().st_mode & 0o111
    assert SCRIPT.read_text().startswith("#!/bin/sh\n")
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", str(SCRIPT)], check=True)

"""The released script and the program agree: on an honest bundle, and on what each of its three checks is for.

What strangers may have written into the folder that it reads is tried in test_verify_sh_hostile.py.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.evidence import (
    TERMS,
    failed,
    month,
    replace,
    sign_again,
    statuses,
    unpack,
    verify_entries,
)
from audit.script import SHELLS, failures, run
from ledger.audit import verify as verifying
from ledger.audit.checks import CHECKS
from ledger.audit.report import Report
from ledger.audit.verify import verify_bundle
from ledger.proof.draw import derive_sub_seed, derive_ticket
from ledger.proof.encoding import derive_hash

CHECKED = {14, 17, 18}
TRADE, CHEMICALS = "draw/drawn/trade.txt", "draw/drawn/chemicals.txt"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_the_script_and_the_program_agree_on_an_honest_bundle(shell: list[str], tmp_path: Path) -> None:
    ran = run(unpack(tmp_path / "bundle", month().files), shell)
    assert failures(ran) == set()
    program = statuses(verify_bundle(month().data, TERMS))
    *lines, last = ran.stdout.splitlines()
    assert last == "Checks 14, 17 and 18 passed; the other 22 are for the released program."
    for check, line in zip(CHECKS, lines, strict=True):
        expected = program[check.id] if check.number in CHECKED else "not checked"
        assert line.startswith(f"{check.number:>2} {expected}  {check.en}")
    assert f" — {month().world.draw(month().slot).outcome.seed}" in ran.stdout  # type: ignore[union-attr]


@pytest.mark.parametrize("locale", [{"LANG": "zh_CN.UTF-8"}, {"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN"}])
def test_the_report_is_in_the_readers_language(locale: dict[str, str], tmp_path: Path) -> None:
    ran = run(unpack(tmp_path, month().files), env=locale)
    *lines, last = ran.stdout.splitlines()
    assert last == "第 14、17、18 项通过；其余 22 项请用正式发布的程序核验。"
    for check, line in zip(CHECKS, lines, strict=True):
        assert line.startswith(f"{check.number:>2} {'通过' if check.number in CHECKED else '未核验'}  {check.zh}")


def edit(path: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    """Return a change of the first place of a text in a file."""

    def change(files: dict[str, bytes]) -> None:
        assert old.encode() in files[path]
        files[path] = files[path].replace(old.encode(), new.encode(), 1)

    return change


def swap_drawn(files: dict[str, bytes]) -> None:
    """Put a friend's enterprise in the place of one that was drawn."""
    drawn = files[TRADE].decode().splitlines()
    codes = files["draw/codes/trade.txt"].decode().splitlines()
    drawn[0] = f"{drawn[0][:64]} {next(code for code in codes if code not in files[TRADE].decode())}"
    files[TRADE] = "".join(line + "\n" for line in drawn).encode()


def leave_out_code(files: dict[str, bytes]) -> None:
    """Leave the first drawn enterprise off the list, and say that there is one fewer."""
    code = files[TRADE].decode()[65:83]
    edit("draw/codes/trade.txt", f"{code}\n", "")(files)
    edit("draw/strata.txt", "trade 57", "trade 56")(files)


def leave_out_stratum(files: dict[str, bytes]) -> None:
    """Forget a stratum."""
    lines = files["draw/strata.txt"].splitlines(keepends=True)
    files["draw/strata.txt"] = lines[0]


def drop(path: str) -> Callable[[dict[str, bytes]], None]:
    """Return a change that takes a file away."""

    def change(files: dict[str, bytes]) -> None:
        del files[path]

    return change


SHARE = "share bureau/enforcement "
FROZEN = f"draw/entries/{month().index('draw.frozen'):06d}.note"
EXECUTED = f"draw/entries/{month().index('draw.executed'):06d}.note"
DICE = f"draw/entries/{month().index('dice.rolled'):06d}.note"

TAMPERED: list[tuple[str, Callable[[dict[str, bytes]], None], set[int]]] = [
    ("a share", edit("draw/shares.txt", month().world.share(month().slot, "bureau/enforcement"), "0" * 64), {14}),
    ("a commitment", edit("draw/shares.txt", "bureau/hazchem ", f"bureau/hazchem {'0' * 63}"), {14}),
    ("a share counted as missing", edit("draw/shares.txt", "missing", "0" * 64), {14}),
    ("a party that is none", edit("draw/shares.txt", "bureau/hazchem", "bureau/$(id)"), {14}),
    ("the dice", edit(DICE, "31415", "31416"), {14}),
    ("no shares", drop("draw/shares.txt"), {14}),
    ("shares in another order",
     lambda files: files.update({"draw/shares.txt": b"".join(files["draw/shares.txt"].splitlines(True)[::-1])}), {14}),
    ("the seed's share", edit("draw/seed.txt", SHARE, f"{SHARE}0"), {14, 17, 18}),
    ("the seed's round", edit("draw/seed.txt", "local ", "drand "), {17, 18}),
    ("the seed's slot", edit("draw/seed.txt", "2027-01/001", "2027-01/002"), {14, 17, 18}),
    ("no seed", drop("draw/seed.txt"), {14, 17, 18}),
    ("the seed without its last line feed",
     lambda files: files.update({"draw/seed.txt": files["draw/seed.txt"][:-1]}), {14, 17, 18}),
    ("what was frozen", edit(FROZEN, '"recent":', '"recent" :'), {17}),
    ("the seed that was executed", edit(EXECUTED, '"seed":"', '"seed":"0'), {17}),
    ("a second draw.frozen", lambda files: files.update({"draw/entries/999999.note": files[FROZEN]}), {17}),
    ("no draw.executed", drop(EXECUTED), {17, 18}),
    ("one who was drawn", swap_drawn, {18}),
    ("the order of those drawn",
     lambda files: files.update({TRADE: b"".join(files[TRADE].splitlines(True)[::-1])}), {18}),
    ("nobody drawn", lambda files: files.update({CHEMICALS: b""}), {18}),
    ("a code left out", leave_out_code, {18}),
    ("a code twice", lambda files: files.update(
        {"draw/codes/trade.txt": files["draw/codes/trade.txt"] + files["draw/codes/trade.txt"][:19]}), {18}),
    ("an empty line", edit("draw/codes/trade.txt", "\n", "\n\n"), {18}),
    ("a stratum left out", leave_out_stratum, {18}),
    ("a quota", edit("draw/strata.txt", "trade 57 3 3", "trade 57 4 3"), {18}),
    ("a stratum's name that leads elsewhere", edit("draw/strata.txt", "trade", "../../trade"), {18}),
    ("a stratum's name that is a command", edit("draw/strata.txt", "trade", "$(touch${IFS}x)"), {18}),
    ("a number that is a sum", edit("draw/strata.txt", "57 3 3", "57 1+2 3"), {18}),
    ("a number with a nought", edit("draw/strata.txt", "57 3 3", "57 03 3"), {18}),
    ("no list of codes", drop("draw/codes/trade.txt"), {18}),
    ("the largest ticket", edit(EXECUTED, '"largest_ticket":"', '"largest_ticket":"0'), {18}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED])
def test_a_tampered_bundle_fails_for_the_script_and_for_the_program(
    change: Callable[[dict[str, bytes]], None], expected: set[int], tmp_path: Path
) -> None:
    files = dict(month().files)
    change(files)
    ran = run(unpack(tmp_path / "bundle", files))
    assert failures(ran) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle"]
    report = Report("tampered")
    record = month().world.record
    verifying._check_files(report, record, list(month().entries), month().checkpoint, files)
    assert failed(report) == ["files"]


@pytest.mark.parametrize(
    ("type", "old", "new", "check", "number"),
    [
        ("seed.revealed", month().world.share(month().slot, "bureau/enforcement"), "0" * 64, "shares", 14),
        ("draw.executed", '"seed":"', '"seed":"00', "seed", 17),
        ("draw.executed", '"largest_ticket":"', '"largest_ticket":"00', "selection", 18),
    ],
)
def test_t17_what_the_program_refuses_in_the_log_the_script_refuses_in_the_bundle_made_of_it(
    type: str, old: str, new: str, check: str, number: int, tmp_path: Path
) -> None:
    index = month().index(type)
    length = len(new) - len(old)

    def rig(fields: dict[str, object]) -> None:
        if type == "seed.revealed":
            fields["body"] = {"share": new}
        elif check == "seed":
            fields["body"]["seed"] = "00" + fields["body"]["seed"][length:]  # type: ignore[index]
        else:
            stratum = fields["body"]["strata"][0]  # type: ignore[index]
            stratum["largest_ticket"] = "00" + stratum["largest_ticket"][length:]

    entry = sign_again(month().entries[index], rig)
    assert failed(verify_entries(replace(month().entries, index, entry))) == [check]
    files = {**month().files, f"draw/entries/{index:06d}.note": entry}
    if type == "seed.revealed":
        for path in ("draw/shares.txt", "draw/seed.txt"):
            edit(path, old, new)(files)
    assert number in failures(run(unpack(tmp_path, files)))


def test_a_ticket_by_printf_and_sha256sum() -> None:
    seed = month().world.draw(month().slot).outcome.seed  # type: ignore[union-attr]
    sub_seed = derive_sub_seed(seed, "pool", "trade")
    for code in ("914403000000780011", "reg:深龙字第0001号", "reg:a'b\"c$(d)`e`/../*"):
        shell = 'printf "%s%s" "$1" "$2" | sha256sum | cut -c1-64'
        ran = subprocess.run(["sh", "-c", shell, "sh", sub_seed, code], capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == derive_ticket(sub_seed, code) == derive_hash(sub_seed + code)

"""Receipts at the command line: given for what is published and cosigned, checked by anyone offline."""

from pathlib import Path

import pytest

from cli.run import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert run("init", "--dir", folder).status == 0
    return folder


def test_a_receipt_is_given_and_checked_offline(folder: Path, tmp_path: Path) -> None:
    entry, receipt, policy = tmp_path / "entry.note", tmp_path / "entry.tlog-proof", tmp_path / "trust.txt"
    assert run("log", "witness", "--dir", folder).status == 0
    assert run("log", "entry", "0", "--dir", folder, "--out", entry).status == 0
    assert run("log", "receipt", "0", "--dir", folder, "--out", receipt).status == 0
    again = run("log", "receipt", "0", "--dir", folder).out  # the witnesses sign anew, at a time of their own
    assert again.split("\n\n")[0] == receipt.read_text().split("\n\n")[0]
    policy.write_text(run("log", "policy", "--dir", folder).out)
    checked = run("log", "check", receipt, entry, "--policy", policy)
    assert (checked.status, checked.out.count("witness-")) == (0, 2), checked.err
    assert "the receipt holds: entry 0" in checked.out
    vkey = run("log", "vkey", "--dir", folder).out.strip()
    assert run("log", "check", receipt, entry, "--vkey", vkey).status == 0
    chinese = run("log", "check", receipt, entry, "--policy", policy, locale="zh_CN.UTF-8")
    assert "回执有效" in chinese.out


def test_of_several_trusted_keys_of_one_name_the_receipts_is_taken(folder: Path, tmp_path: Path) -> None:
    entry, receipt, policy = tmp_path / "entry.note", tmp_path / "entry.tlog-proof", tmp_path / "trust.txt"
    run("log", "entry", "0", "--dir", folder, "--out", entry)
    run("log", "receipt", "0", "--dir", folder, "--out", receipt)
    other = tmp_path / "other"
    assert run("init", "--dir", other).status == 0
    keys = [run("log", "vkey", "--dir", one).out.strip() for one in (other, folder)]
    policy.write_text("".join(f"log {vkey}\n" for vkey in keys) + "quorum none\n")
    checked = run("log", "check", receipt, entry, "--policy", policy)
    assert checked.status == 0, checked.err


def test_the_newest_entry_is_meant_where_none_is_named(folder: Path) -> None:
    assert run("log", "witness", "--dir", folder).status == 0
    assert run("log", "entry", "--dir", folder).out == run("log", "entry", "1", "--dir", folder).out
    assert "index 1\n" in run("log", "receipt", "--dir", folder).out
    for command in ("entry", "receipt"):
        missing = run("log", command, "7", "--dir", folder)
        assert (missing.status, "2 entries" in missing.err) == (2, True), missing.err


def test_t29_what_is_not_the_entry_or_not_trusted_is_refused(folder: Path, tmp_path: Path) -> None:
    entry, receipt, policy = tmp_path / "entry.note", tmp_path / "entry.tlog-proof", tmp_path / "trust.txt"
    run("log", "entry", "0", "--dir", folder, "--out", entry)
    run("log", "receipt", "0", "--dir", folder, "--out", receipt)
    policy.write_text(run("log", "policy", "--dir", folder).out)
    other = tmp_path / "other.note"
    other.write_bytes(entry.read_bytes().replace(b"longgang", b"longgamg"))
    wrong = run("log", "check", receipt, other, "--policy", policy)
    assert (wrong.status, f"{other} is not what the receipt acknowledges, entry 0 of" in wrong.err) == (2, True)
    assert "whom to trust is not said" in run("log", "check", receipt, entry).err
    stranger = tmp_path / "stranger"
    assert run("init", "--dir", stranger, "--origin", "stranger.example/log").status == 0
    vkey = run("log", "vkey", "--dir", stranger).out.strip()
    assert "not among those trusted" in run("log", "check", receipt, entry, "--vkey", vkey).err
    namesake = tmp_path / "namesake"
    assert run("init", "--dir", namesake).status == 0
    vkeys = [run("log", "vkey", "--dir", one).out.strip() for one in (folder, namesake)]
    told = run("log", "check", receipt, entry, "--vkey", vkeys[1]).err
    ids = ["+".join(vkey.split("+")[:2]) for vkey in vkeys]
    assert f"another log of this name: found {ids[0]}, expected {ids[1]}" in told
    both = tmp_path / "both.txt"
    both.write_text(f"log {vkeys[1]}\nlog {vkeys[0]}\nquorum none\n")
    assert run("log", "check", receipt, entry, "--policy", both).status == 0
    bare = receipt.read_text()
    cut = tmp_path / "cut.tlog-proof"
    cut.write_text(bare[: bare.index("\u2014 longgang.example/double-random/witness")])
    assert "quorum" in run("log", "check", cut, entry, "--policy", policy).err


def test_a_submission_is_acknowledged_by_its_receipt(folder: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.note"
    keys = folder / "keys" / "bureau"
    new = tmp_path / "new.key"
    vkey = run("keys", "new", "bureau/hazchem", new).out.strip()
    assert run("keys", "enrol", new, "--by", keys / "hazchem.key", "--dir", folder).status == 0
    run("--draft", draft, "keys", "revoke", vkey, "lost", "--unit", "bureau/hazchem", "--key", new, "--dir", folder)
    ran = run("log", "submit", draft, "--dir", folder)
    assert ran.status == 0, ran.err
    receipt = draft.with_name("draft.note.tlog-proof")
    policy = tmp_path / "trust.txt"
    policy.write_text(run("log", "policy", "--dir", folder).out)
    assert run("log", "check", receipt, draft, "--policy", policy).status == 0


def test_every_entry_can_be_handed_out(folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "targets.csv"
    rows = "\n".join(f"深圳市测试{number}号有限公司,44030700000000{number}" for number in range(3))
    sheet.write_text(f"企业名称,统一社会信用代码\n{rows}\n", encoding="utf-8")
    chosen = ("--sub-roster", "industry-trade", "--dir", folder)
    assert run("import", "targets", sheet, *chosen).status == 0
    entry, receipt = tmp_path / "entry.note", tmp_path / "entry.tlog-proof"
    vkey = run("log", "vkey", "--dir", folder).out.strip()
    for index in range(3):
        for command, file in (("entry", entry), ("receipt", receipt)):
            assert run("log", command, str(index), "--dir", folder, "--out", file).status == 0
        assert run("log", "check", receipt, entry, "--vkey", vkey).status == 0

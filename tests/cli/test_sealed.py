"""A sealed draw at the command line: keys, encrypted shares, sheets for those who visit, the reveal (T22, T23)."""

import json
import subprocess
import zipfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from cli.bureau import ROUND, ROUND_AT, Bureau, copy_bureau, days_later, found_bureau
from cli.run import Ran, run
from ledger.audit.verify import __file__ as verify_file
from ledger.cli.installation import DEFAULT_ORIGIN, Installation
from ledger.cli.words import name_unit
from ledger.office.sealed import derive_sheet_info
from ledger.proof.encoding import format_canonical
from ledger.proof.seal import encrypt

ORGANISER, SUPERVISOR, LEADER = "bureau/enforcement", "bureau/legal-publicity", "bureau/leadership"
SCRIPT = Path(verify_file).with_name("verify.sh")
HOLDERS = ("service", ORGANISER, SUPERVISOR, LEADER)
MONTH = "2023-09-15T10:00:00Z"


def draw_sealed(bureau: Bureau, last: str = "assign") -> str:
    """Bring a sealed draw to its cases, or to the supervisor's word; return the slot."""
    for unit in (*HOLDERS, "bureau/hazchem", "street/pinghu", "street/buji"):
        bureau.do("keys", "encryption", unit)
    bureau.do("draw", "open", "2023-monthly", "--mode", "sealed")
    slot = [*bureau.record.draws.by_slot][-1]
    bureau.do("draw", "freeze", slot, "--draw-at", ROUND_AT)
    for unit in (ORGANISER, SUPERVISOR):
        bureau.do("draw", "commit", slot, "--unit", unit)
    for unit in HOLDERS:
        bureau.do("draw", "check", slot, "--unit", unit)
    bureau.do("draw", "close", slot)
    bureau.do("draw", "witness", slot)
    bureau.now = "2023-09-15T11:01:00Z"
    bureau.do("draw", "randomness", slot, "--result", ROUND)
    for step in ("execute", "attest", "assign"):
        bureau.do("draw", step, slot)
        if step == last:
            break
    return slot


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    bureau = found_bureau(tmp_path_factory.mktemp("sealed") / "data")
    bureau.now = MONTH
    draw_sealed(bureau)
    return bureau


@pytest.fixture
def bureau(drawn: Bureau, tmp_path: Path) -> Bureau:
    return copy_bureau(drawn, tmp_path / "data")


SLOT = "bureau/2023-09/001"


def sheets(bureau: Bureau) -> dict[str, Path]:
    """Write the sheets; return each case's file, by its number."""
    out = bureau.folder / "sheets"
    bureau.do("draw", "sheets", SLOT, out)
    return {file.stem[-4:]: file for file in sorted(out.iterdir())}


def show(bureau: Bureau, *words: str, locale: str = "C") -> Ran:
    """Run a command that only reads."""
    return run(*words, "--dir", bureau.folder, locale=locale)


def readers(file: Path) -> list[str]:
    """Return the units that a sheet's file is encrypted to."""
    return sorted(json.loads(file.read_bytes())["to"])


def read(bureau: Bureau, file: Path) -> dict[str, Any]:
    """Return a sheet, as one of the units that it is encrypted to opens it."""
    sheet: dict[str, Any] = json.loads(bureau.do("case", "open", file, "--unit", readers(file)[0], "--json"))
    return sheet


def reads(bureau: Bureau) -> int:
    """Return how many readings the log has."""
    with Installation(bureau.folder).open_book() as book:
        return sum(b'"type":"read.recorded/1"' in entry for entry in book.read(0, book.size))


def test_t22_until_the_visit_no_public_file_names_whom_it_drew(bureau: Bureau) -> None:
    files = sheets(bureau)
    sheet = read(bureau, files["0001"])
    public = [file for file in (bureau.folder / "log").rglob("*") if file.is_file()]
    assert public
    assert not any(sheet["ticket"].encode() in file.read_bytes() for file in [*public, *files.values()])
    assert not any(sheet["id"].encode() in file.read_bytes() for file in files.values())
    listed = show(bureau, "case", "list", SLOT).out
    assert "0001\t—\tsealed until 2023-10-15\t" in listed
    assert sheet["id"] not in listed
    assert "sealed until" in bureau.refused("export", "bundle", SLOT)
    assert json.loads(show(bureau, "draw", "status", "--json").out)[0]["reveal_due"] == "2023-10-15"
    in_time = ("--at", "2023-10-15T08:00:00Z")
    assert "sealed, visits until 2023-10-15" in show(bureau, "draw", "status", *in_time).out
    assert "封存，2023-10-15 前检查完毕" in show(bureau, "draw", "status", *in_time, locale="zh_CN.UTF-8").out
    late = ("--at", "2023-10-15T17:00:00Z")  # the 16th in Shanghai
    assert "overdue: to be revealed, visits were due by 2023-10-15" in show(bureau, "draw", "status", *late).out
    assert json.loads(show(bureau, "draw", "status", "--json", *late).out)[0]["is_reveal_overdue"] is True


def test_t22_every_reading_is_recorded_before_it_happens(bureau: Bureau) -> None:
    before = reads(bureau)
    files = sheets(bureau)
    read(bureau, files["0001"])
    assert reads(bureau) == before + 2
    assert bureau.signers() == readers(files["0001"])[:1]
    files["0001"].write_bytes(files["0001"].read_bytes().replace(b'"0001"', b'"0002"'))
    ran = bureau.run("case", "open", files["0001"], "--unit", readers(files["0001"])[0])
    assert (ran.status, reads(bureau)) == (2, before + 3)
    assert "does not open with this key" in ran.err


def test_t23_a_unit_that_is_not_among_its_readers_cannot_open_a_sheet(bureau: Bureau) -> None:
    file = sheets(bureau)["0001"]
    for unit in {LEADER, SUPERVISOR, "street/jihua"} - {*readers(file)}:
        assert "is not encrypted to" in bureau.refused("case", "open", file, "--unit", unit)
    bureau.refused("draw", "sheets", SLOT, bureau.folder / "more", "--unit", "street/pinghu")
    assert not (bureau.folder / "more").exists()
    reader = readers(file)[0]
    (bureau.folder / "keys" / f"{reader}.x25519").unlink()
    assert "is not kept here" in bureau.refused("case", "open", file, "--unit", reader)
    file.write_bytes(b"{}")
    assert "not a sheet's file" in bureau.refused("case", "open", file, "--unit", reader)


def test_a_sheet_is_told_in_the_readers_language_with_the_names_that_are_here(bureau: Bureau) -> None:
    file = sheets(bureau)["0001"]
    sheet, unit = read(bureau, file), readers(file)[0]
    english = bureau.do("case", "open", file, "--unit", unit)
    assert f"visit due: {sheet['deadline']}" in english
    chinese = run(
        "case", "open", file, "--unit", unit, "--dir", bureau.folder, "--at", bureau.now, locale="zh_CN.UTF-8"
    )
    draw = bureau.record.draws.by_slot[SLOT]
    (firm,) = [leaf.target for leaf in draw.ground.pool if leaf.target.id == sheet["id"]]
    assert f"企业：{firm.id} {firm.name}" in chinese.out
    assert chinese.out.count("执法人员：") == len(sheet["officers"])
    contents = {item.id: item.content for item in draw.ground.items}
    assert all(f"事项：{item} {contents[item]}" in chinese.out for item in sheet["items"])
    assert sheet["ticket"] not in english + chinese.out


def test_a_sheet_is_disclosed_and_the_case_goes_on(bureau: Bureau) -> None:
    file = sheets(bureau)["0001"]
    case = f"{SLOT}/0001"
    sheet = read(bureau, file)
    bureau.do("case", "receive", case, sheet["officers"][0])
    assert "its sheet is disclosed first" in bureau.refused("case", "visit", case)
    bureau.do("case", "disclose", file, "--unit", sheet["host"])
    bureau.now = days_later(bureau.now, 1)
    bureau.do("case", "visit", case)
    bureau.do("case", "submit", case, "no-problem", "未发现问题")
    assert [*bureau.record.cases.by_subject] == [f"case/{case}"]
    assert sheet["officers"][0] in bureau.record.cases.by_subject[f"case/{case}"].received


def test_units_are_typed_by_name_and_who_can_read_is_found(bureau: Bureau) -> None:
    told = bureau.do("draw", "sheets", SLOT, bureau.folder / "sheets", "--unit", "Enforcement section")
    file = bureau.folder / "sheets" / "bureau-2023-09-001-0001.sheet"
    names = [name_unit(bureau.record.policies[0][1], unit) for unit in readers(file)]
    assert f"{file.name}\t{', '.join(names)}\n" in told
    sheet = json.loads(bureau.do("case", "open", file, "--json"))
    assert bureau.signers() == readers(file)[:1]
    assert sheet == json.loads(bureau.do("case", "open", file, "--unit", names[0], "--json"))
    (bureau.folder / "keys" / f"{readers(file)[0]}.x25519").unlink()
    bureau.do("case", "open", file)
    assert bureau.signers() == readers(file)[1:2]
    bureau.do("case", "disclose", file)
    for found in ('{"case":"0001","origin":"x","slot":"y","to":{}}', "{}"):
        file.write_text(found)
        assert "not a sheet's file" in bureau.refused("case", "open", file)


def test_an_officer_of_a_sealed_case_is_replaced_unseen(bureau: Bureau) -> None:
    sheet = read(bureau, sheets(bureau)["0001"])
    case, at = f"{SLOT}/0001", "2023-09-15T12:00:00Z"
    bureau.do("case", "recuse", case, sheet["officers"][1], "illness", "--draw-at", at)
    bureau.do("case", "witness", case)
    assert "is not on a roster" in bureau.refused("case", "recuse", case, "o-nobody", "illness", "--draw-at", at)


def test_revealed_in_the_end_it_is_bundled_explained_and_verified(bureau: Bureau, tmp_path: Path) -> None:
    assert "until the end of 2023-10-15" in bureau.refused("draw", "reveal", SLOT, "--unit", ORGANISER)
    before = run("verify", bureau.folder)
    assert before.status == 0
    assert f"sealed until the shares are revealed: {SLOT}" in before.out
    bureau.witness("2023-10-16T02:00:00Z")
    assert f"sealed draws whose reveal is overdue: {SLOT}" in run("verify", bureau.folder).out
    assert "reveal" in bureau.do("due")
    bureau.now = "2023-10-16T03:00:00Z"
    assert "are to be revealed first" in bureau.refused("draw", "open", "2023-monthly")
    bureau.do("draw", "reveal", SLOT, "--unit", SUPERVISOR)
    after = run("verify", bureau.folder)
    assert (after.status, "sealed" in after.out) == (0, False)
    bundle = tmp_path / "draw.zip"
    bureau.do("export", "bundle", SLOT, "--out", bundle)
    assert run("verify", bundle).status == 0
    row = json.loads(show(bureau, "case", "list", SLOT, "--json").out)[0]
    assert "drawn" in run("explain", row["id"], "--bundle", bundle).out
    assert check_by_shell(bundle, tmp_path / "unpacked") == 0


def test_t22_no_share_leaves_its_holder_before_the_reveal(bureau: Bureau, tmp_path: Path) -> None:
    draft = tmp_path / "reveal.note"
    reveal = ("draw", "reveal", SLOT, "--unit", ORGANISER)
    ran = bureau.run(*reveal, before=("--draft", draft))
    assert (ran.status, draft.exists()) == (2, False)
    assert "are not written to a file" in ran.err
    for unit in HOLDERS:  # the time is checked before any key is read
        (bureau.folder / "keys" / f"{unit}.x25519").unlink()
    assert "it is revealed only after all visits" in bureau.refused(*reveal)
    bureau.witness("2023-10-16T02:00:00Z")
    ran = bureau.run(*reveal, before=("--draft", draft))
    assert (ran.status, draft.exists()) == (2, False)
    assert "is not kept here" in bureau.refused(*reveal)


def check_by_shell(bundle: Path, folder: Path) -> int:
    """Unpack a bundle and run verify.sh on it; return its exit status."""
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(folder)
    return subprocess.run(["sh", str(SCRIPT), str(folder)], capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [("draw/seed.txt", b"drand ", b"local "), ("draw/shares.txt", b"0", b"1"), ("draw/strata.txt", b" 1", b" 2")],
)
def test_a_bundle_of_a_sealed_draw_that_was_altered_fails_by_shell(
    bureau: Bureau, tmp_path: Path, path: str, old: bytes, new: bytes
) -> None:
    bureau.witness("2023-10-16T02:00:00Z")
    bureau.do("draw", "reveal", SLOT, "--unit", SUPERVISOR)
    bundle, altered = tmp_path / "draw.zip", tmp_path / "altered.zip"
    bureau.do("export", "bundle", SLOT, "--out", bundle)
    with zipfile.ZipFile(bundle) as packed, zipfile.ZipFile(altered, "w") as again:
        for name in packed.namelist():
            data = packed.read(name)
            again.writestr(name, data.replace(old, new, 1) if name == path else data)
        assert old in packed.read(path)
    assert check_by_shell(altered, tmp_path / "unpacked") == 1


def test_an_encryption_key_is_enrolled_once(bureau: Bureau) -> None:
    assert "stands in the log already" in bureau.refused("keys", "encryption", "service")
    file = bureau.folder / "keys" / "service.x25519"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("no key\n")
    assert "expected 64 lowercase" in bureau.refused("keys", "encryption", "service")


def forge_sheet(bureau: Bureau, file: Path, plain: Any, **fields: Any) -> Ran:
    """Put another plaintext, and other fields, into a sheet's file, and have its first reader open it."""
    reader = readers(file)[0]
    public = bureau.record.encryption.newest(reader)
    assert public is not None
    info = derive_sheet_info(DEFAULT_ORIGIN, SLOT, fields.get("case", file.stem[-4:]), reader)
    sealed = b64encode(encrypt(format_canonical(plain), public, info)).decode()
    whole = {**json.loads(file.read_bytes()), "to": {reader: sealed}, **fields}
    file.write_bytes(format_canonical(whole))
    return bureau.run("case", "open", file, "--unit", reader)


def test_t17_a_sheet_that_anybody_encrypted_to_a_unit_is_not_shown(bureau: Bureau) -> None:
    file = sheets(bureau)["0001"]
    sheet = read(bureau, file)
    plain: Any
    draw = bureau.record.draws.by_slot[SLOT]
    other = next(leaf.target.id for leaf in draw.ground.pool if leaf.excluded is None and leaf.target.id != sheet["id"])
    for plain, word in (
        ({"path": [], "sheet": {**sheet, "officers": sheet["officers"][::-1]}}, "leaf"),
        ({"path": [], "sheet": sheet}, "inclusion proof"),
        ({"path": [], "sheet": {**sheet, "id": other}}, "expected"),
        ({"path": [], "sheet": {**sheet, "officers": ["o-nobody"]}}, "officers"),
        ({"path": ["x"], "sheet": sheet}, "not a sheet's file"),
        ({"path": []}, "not a sheet's file"),
        ({"path": [], "sheet": {}}, "not a sheet's file"),
        ([], "not a sheet's file"),
    ):
        ran = forge_sheet(bureau, file, plain)
        assert (ran.status, word in ran.err, sheet["id"] in ran.out) == (2, True, False), ran.err
    ran = forge_sheet(bureau, file, {"path": [], "sheet": sheet}, case="0002")
    assert (ran.status, "case" in ran.err) == (2, True)


def test_a_file_that_is_no_sheet_is_refused_before_a_reading_is_recorded(bureau: Bureau) -> None:
    file = sheets(bureau)["0001"]
    reader, whole, before = readers(file)[0], json.loads(file.read_bytes()), reads(bureau)
    broken: dict[str, Any]
    for broken in ({"to": {reader: "A"}}, {"to": {reader: 5}}, {"to": []}, {"case": 1}, {"slot": 7}, {"more": 1}):
        file.write_bytes(format_canonical({**whole, **broken}))
        assert "not a sheet's file" in bureau.refused("case", "open", file, "--unit", reader)
    assert reads(bureau) == before


def test_encryption_keys_are_listed(bureau: Bureau) -> None:
    rows = [line.split("\t") for line in show(bureau, "keys", "list").out.splitlines()]
    assert [
        row[2].split()[0].removeprefix(f"{DEFAULT_ORIGIN}/") for row in rows if row[0] == "to encrypt to"
    ] == sorted((*HOLDERS, "bureau/hazchem", "street/pinghu", "street/buji"))


def test_t22_the_other_commands_work_beside_a_sealed_draw_and_do_not_tell(bureau: Bureau, tmp_path: Path) -> None:
    file = sheets(bureau)["0001"]
    sheet = read(bureau, file)

    def written(name: str) -> bytes:
        for words in (("bulletin", "draft", "--from", "2023-09-01", "--to", "2023-09-30"), ("replay",)):
            assert show(bureau, *words).status == 0
        for words in (("due",), ("statistics",)):
            bureau.do(*words)
        for what in ("results", "announcements"):
            assert show(bureau, "export", what, "--out", str(tmp_path / name)).status == 0
        return b"".join(file.read_bytes() for file in sorted((tmp_path / name).rglob("*")) if file.is_file())

    assert sheet["id"].encode() not in written("before")
    bureau.do("case", "disclose", file, "--unit", sheet["host"])
    bureau.now = days_later(bureau.now, 1)
    case = f"{SLOT}/0001"
    bureau.do("case", "visit", case)
    bureau.do("case", "submit", case, "no-problem", "未发现问题")
    bureau.do("case", "publish", case)
    others = [read(bureau, other)["id"] for number, other in sheets(bureau).items() if number != "0001"]
    after = written("after")
    assert sheet["id"].encode() in after
    assert not any(other.encode() in after for other in others)


def test_t23_who_has_read_what_is_shown(bureau: Bureau) -> None:
    read(bureau, sheets(bureau)["0002"])
    shown = json.loads(show(bureau, "draw", "status", "--json").out)[0]["reads"]
    assert [row["what"] for row in shown][-2:] == ["shares", "sheet"]
    assert {row["unit"] for row in shown[:-1]} == {"service", SUPERVISOR}
    assert f"readings recorded: {len(shown)}" in show(bureau, "draw", "status").out


def test_t19_a_claim_that_proves_wrong_is_told_at_once_and_in_every_replay(bureau: Bureau) -> None:
    file = sheets(bureau)["0001"]
    sheet = read(bureau, file)
    homes = bureau.record.draws.by_slot[SLOT].ground.homes
    other = next(officer for officer in sorted(homes) if officer not in sheet["officers"])
    bureau.do("case", "receive", f"{SLOT}/0001", other)
    index = bureau.size - 1
    assert show(bureau, "replay").status == 0
    told = bureau.run("case", "disclose", file, "--unit", sheet["host"], locale="zh_CN.UTF-8")
    assert (told.status, "公开后不符" in told.err) == (0, True)
    replayed = show(bureau, "replay")
    assert replayed.status == 0
    assert f"{other} is not on the case" in replayed.out
    verified = run("verify", bureau.folder)
    assert verified.status == 0
    assert f"counts for nothing: entry {index} (slot {SLOT})" in " ".join(verified.out.split())

"""Two signatures from two machines: a draft is written, countersigned, handed in; and refused while one is missing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run


def test_a_draft_is_signed_by_two_units_apart(tmp_path: Path) -> None:
    folder, draft = tmp_path / "data", tmp_path / "draft"
    assert run("init", "--dir", folder).status == 0
    new = tmp_path / "new.key"
    vkey = run("keys", "new", "bureau/hazchem", new).out.strip()
    keys = folder / "keys" / "bureau"
    assert run("keys", "enrol", new, "--by", keys / "hazchem.key", "--dir", folder).status == 0
    units = ("--unit", "bureau/enforcement", "--unit", "bureau/legal-publicity")
    words = ("keys", "revoke", vkey, "lost", *units, "--key", keys / "enforcement.key", "--dir", folder)
    run("--draft", draft, *words)
    assert draft.read_text().count("— ") == 1
    ran = run("log", "submit", draft, "--dir", folder)
    assert ran.status == 2, "one signature is missing"
    sign = ("keys", "sign", draft, "--key", keys / "legal-publicity.key", "--dir", folder)
    read = run(*sign)
    assert "event: a unit's key is revoked (key.revoked/1)\n" in read.out
    assert f"content:\n  vkey: {vkey}\n  reason: lost\n" in read.out
    assert '"body"' not in read.out
    assert read.err == ""
    assert run("log", "submit", draft, "--dir", folder).status == 0
    signed = draft.read_bytes()
    again = run(*sign)
    assert (again.status, "handed in already, it is entry 2" in again.err) == (2, True)
    assert draft.read_bytes() == signed
    assert "revoked" in run("keys", "list", "--dir", folder).out


def test_a_meaning_stands_beside_an_id(tmp_path: Path) -> None:
    folder, draft = tmp_path / "data", tmp_path / "draft"
    assert run("init", "--dir", folder).status == 0
    new = run("keys", "new", "next", tmp_path / "next.key", "--origin", "longgang.example").out.strip()
    run("--draft", draft, "log", "close", new, "--reason", "key-rotated", "--dir", folder)
    key = folder / "keys" / "bureau" / "legal-publicity.key"
    read = run("keys", "sign", draft, "--key", key, "--dir", folder, locale="zh_CN.UTF-8")
    assert "reason: key-rotated（更换日志密钥）" in read.out
    assert "事项：关闭日志（log.closed/1）" in read.out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("key.revoked/1", "key.praised/1"), "no type of event that this version knows"),
        (lambda text: text.replace('"reason"', '"season"'), "body"),
        (lambda text: text.replace("/event/v1", "/event/v2", 1), "expected <origin>/event/v1"),
        (lambda text: "nothing\n", "has no empty line"),
    ],
)
def test_what_cannot_be_read_is_not_signed(tmp_path: Path, change: Callable[[str], str], why: str) -> None:
    folder, draft = tmp_path / "data", tmp_path / "draft"
    assert run("init", "--dir", folder).status == 0
    key = folder / "keys" / "bureau" / "hazchem.key"
    vkey = run("keys", "show", key).out.strip()
    run("--draft", draft, "keys", "revoke", vkey, "lost", "--unit", "bureau/hazchem", "--dir", folder)
    draft.write_text(change(draft.read_text()))
    before = draft.read_bytes()
    ran = run("keys", "sign", draft, "--key", key, "--dir", folder)
    assert (ran.status, why in ran.err, draft.read_bytes()) == (2, True, before), ran.err


def test_a_key_of_another_log_does_not_sign(tmp_path: Path) -> None:
    folder, draft = tmp_path / "data", tmp_path / "draft"
    assert run("init", "--dir", folder).status == 0
    vkey = run("keys", "show", folder / "keys" / "bureau" / "hazchem.key").out.strip()
    run("--draft", draft, "keys", "revoke", vkey, "lost", "--unit", "bureau/hazchem", "--dir", folder)
    run("keys", "new", "bureau/hazchem", tmp_path / "new.key", "--origin", "other.example")
    ran = run("keys", "sign", draft, "--key", tmp_path / "new.key", "--dir", folder)
    assert (ran.status, "is not of this log" in ran.err) == (2, True)


def test_a_command_of_several_events_does_not_pretend_to_draft(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run("init", "--dir", folder).status == 0
    before = (folder / "log" / "checkpoint").read_bytes()
    sheet = tmp_path / "targets.csv"
    sheet.write_text("企业名称,统一社会信用代码\n深圳市测试一号有限公司,440307000000001\n", encoding="utf-8")
    ran = run("--draft", tmp_path / "draft", "import", "targets", sheet, "--dir", folder)
    assert ran.status == 2
    assert "--draft takes one event" in ran.err
    assert (folder / "log" / "checkpoint").read_bytes() == before

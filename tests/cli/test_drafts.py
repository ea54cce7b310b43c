"""Two signatures from two machines: a draft is written, countersigned, handed in; and refused while one is missing."""

from pathlib import Path

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
    run("keys", "sign", draft, "--key", keys / "legal-publicity.key")
    assert run("log", "submit", draft, "--dir", folder).status == 0
    assert "revoked" in run("keys", "list", "--dir", folder).out


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

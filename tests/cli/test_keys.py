"""`keys`: a key made, enrolled, listed; one that waits is told from one that may sign."""

from pathlib import Path

from cli.bureau import Bureau, days_later
from cli.run import run
from ledger.cli.installation import DEFAULT_ORIGIN


def states(bureau: Bureau, locale: str = "C") -> list[str]:
    rows = [line.split("\t") for line in bureau.run("keys", "list", locale=locale).out.splitlines()]
    assert all(row[2].startswith(DEFAULT_ORIGIN) for row in rows[1:])
    return [row[0] for row in rows]


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "unit.key"
    assert run("keys", "new", "bureau/hazchem", file).status == 0
    before = file.read_bytes()
    ran = run("keys", "new", "bureau/hazchem", file)
    assert (ran.status, file.read_bytes()) == (2, before)
    assert f"{file}: there is a file already, and a secret is never written over" in ran.err


def test_t31_a_key_that_waits_is_listed_so_until_it_may_sign(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "data", "2023-08-24T01:00:00Z")
    bureau.do("init")
    new = tmp_path / "new.key"
    assert run("keys", "new", "bureau/hazchem", new).status == 0
    from_others = [str(bureau.key(f"bureau/{unit}")) for unit in ("training-centre", "general-office")]
    told = bureau.do("keys", "enrol", new, "--by", from_others[0], "--by", from_others[1])
    assert "it may sign once 14 witnessed days have passed" in told
    assert states(bureau)[0] == "state"
    assert states(bureau)[-1] == "waiting (0 of 14 witnessed days)"
    bureau.witness(bureau.now)
    bureau.witness(days_later(bureau.now, 13))
    assert states(bureau, "zh_CN.UTF-8")[-1] == "等待中（已见证 13 天，须满 14 天）"
    bureau.witness(days_later(bureau.now, 1))
    assert set(states(bureau)[1:]) == {"in force"}

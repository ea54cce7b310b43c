"""Attacks of design/threats.md, played from end to end at the command line: refused in words, or plain to anyone.

Where a command would not lend itself to an attack, the entry is made by hand, signed by every key that a trial
installation holds, and handed in as a draft is.
"""

import shutil
from pathlib import Path

import pytest

from cli.bureau import ROUND, Bureau, copy_bureau, found_bureau
from cli.run import Ran, run
from ledger.cli import handling
from ledger.cli.installation import Installation
from ledger.office.cases import Case
from ledger.office.events.body import Body
from ledger.office.events.publication import ResultSubmitted
from ledger.office.events.rosters import ConflictDeclared, OfficerChanged
from ledger.proof.encoding import parse_time

SLOT = "bureau/2023-09/001"
CASE = f"case/{SLOT}/0001"
SUPERVISOR, LEADER = "bureau/legal-publicity", "bureau/leadership"


@pytest.fixture(scope="module")
def assigned(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A bureau that has drawn on 15 September, ten working days into the month, and assigned its cases."""
    bureau = found_bureau(tmp_path_factory.mktemp("attacks") / "data")
    bureau.witness("2023-09-15T09:00:00Z")
    bureau.now = "2023-09-15T10:00:00Z"
    bureau.open()
    bureau.do("draw", "freeze", SLOT, "--draw-at", "2023-09-15T11:00:03Z")
    bureau.take_shares(SLOT)
    bureau.now = "2023-09-15T11:00:30Z"
    bureau.do("draw", "randomness", SLOT, "--result", ROUND)
    bureau.finish(SLOT)
    bureau.do("draw", "assign", SLOT)
    bureau.now = "2023-09-18T02:00:00Z"
    return bureau


@pytest.fixture
def bureau(assigned: Bureau, tmp_path: Path) -> Bureau:
    """The same, with a past of its own from here on."""
    return copy_bureau(assigned, tmp_path / "data")


def find(bureau: Bureau, subject: str = CASE) -> Case:
    return bureau.record.cases.by_subject[subject]


def hand_in(bureau: Bureau, type: str, subject: str, body: Body, *units: str) -> Ran:
    """Have an event signed by units, and hand it in as anyone hands in a draft."""
    with Installation(bureau.folder, lambda: parse_time(bureau.now)).open_desk() as (_, desk):
        entry = desk.prepare(type, subject, body, *units)
    file = bureau.folder.parent / "attack.note"
    file.write_bytes(entry)
    return run("log", "submit", file, "--dir", bureau.folder)


def copy_log(bureau: Bureau, tmp_path: Path) -> Path:
    """Return a bare copy of the public log, as anyone has it."""
    return shutil.copytree(bureau.folder / "log", tmp_path / "copy")


def due(log: Path, day: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = run("due", "--day", day, "--overdue", "--dir", log, "--json").json()
    return rows


def test_t09_what_a_unit_dates_years_ahead_is_not_recorded_and_blocks_nobody(bureau: Bureau) -> None:
    code, officers = find(bureau).code, bureau.record.officers.rosters(2023)["bureau"]
    first, second = [id for id in officers if (id, code) not in bureau.record.officers.conflicts][:2]
    now, before = bureau.now, bureau.size
    bureau.now = "2099-01-04T01:00:00Z"
    body = ConflictDeclared(officer=first, code=code, reason="kinship")
    ran = hand_in(bureau, "conflict.declared/1", "conflicts", body, officers[first].unit)
    assert (ran.status, bureau.size) == (2, before)
    assert "at 2099-01-04T01:00:00Z, which is yet to come: expected 20" in ran.err
    bureau.now = now
    bureau.do("change", "conflict", "declare", second, code, "kinship")


def test_t16_nobody_draws_again_because_the_moment_is_better(bureau: Bureau, tmp_path: Path) -> None:
    assert "was drawn in 2023-09 by slot" in bureau.refused("draw", "open", "2023-monthly")
    assert "no line" in bureau.refused("draw", "open", "a-line-of-mine")
    assert "rests in 2023-10" in bureau.refused(
        "draw", "open", "2023-all", "--kind", "special-campaign", "--month", "2023-10"
    )
    bureau.do("draw", "open", "2023-all", "--kind", "special-campaign")
    far = bureau.refused("draw", "freeze", "bureau/2023-09/002", "--draw-at", "2023-10-20T11:00:00Z")
    assert "more than 31 days after the freeze" in far
    drafted = run(
        "bulletin", "draft", "--from", "2023-09-01", "--to", "2023-09-30", "--dir", copy_log(bureau, tmp_path), "--json"
    )
    assert drafted.json()["totals"]["draws_late"] == 1


def test_t20_a_quiet_swap_on_site_is_refused_though_every_unit_signs(bureau: Bureau) -> None:
    case = find(bureau)
    other = next(id for id in bureau.record.officers.rosters(2023)["bureau"] if id not in case.officers)
    ended = parse_time(bureau.now)
    visit = handling.derive_visit(case, ended - 1800, ended)
    homes = sorted({case.homes[officer] for officer in case.officers})
    for officers in ((case.officers[0], other), tuple(case.officers[::-1]), tuple(case.officers[:1])):
        before = bureau.size
        ran = hand_in(bureau, "visit.recorded/1", CASE, visit.model_copy(update={"officers": officers}), *homes)
        assert (ran.status, bureau.size) == (2, before)
        assert "officers: found" in ran.err
    if len(homes) > 1:  # by lot both may be of one unit, whose signature is then enough
        assert "is not at hand" in bureau.refused("case", "visit", f"{SLOT}/0001", "--key", bureau.key(homes[0]))
    assert hand_in(bureau, "visit.recorded/1", CASE, visit, *homes).status == 0


def test_t20_an_officer_is_replaced_by_whom_the_randomness_names_only(bureau: Bureau) -> None:
    officer = find(bureau).officers[0]
    bureau.do("case", "recuse", f"{SLOT}/0001", officer, "illness", "--draw-at", "2023-09-18T02:30:00Z")
    assert "recused and not yet replaced" in bureau.refused("case", "visit", f"{SLOT}/0001")
    replace = ("case", "replace", f"{SLOT}/0001", officer, "--result", ROUND)
    assert "not witnessed" in bureau.refused(*replace)


def test_t24_what_was_drawn_and_never_inspected_is_plain_to_anyone(bureau: Bureau, tmp_path: Path) -> None:
    for outcome in ("no-problem", "closed-down"):
        assert "no visit is recorded" in bureau.refused("case", "close", f"{SLOT}/0001", outcome)
    assert "no visit is recorded" in bureau.refused("case", "submit", f"{SLOT}/0001", "no-problem", "未发现问题")
    log = copy_log(bureau, tmp_path)
    visits = [row for row in due(log, "2023-10-16") if row["kind"] == "visit"]
    assert {row["subject"] for row in visits} == set(bureau.record.cases.by_subject)
    assert [row for row in due(log, "2023-09-18") if row["kind"] == "visit"] == []
    told = run("due", "--day", "2023-10-16", "--overdue", "--dir", log, locale="zh_CN.UTF-8").out
    assert f"逾期\t检查\t{CASE}" in told


def test_t24_a_result_that_the_visit_does_not_bear_out_is_refused(bureau: Bureau) -> None:
    item = find(bureau).items[0]
    bureau.do("case", "visit", f"{SLOT}/0001", "--problem", item)
    assert "the visit found a problem on" in bureau.refused(
        "case", "submit", f"{SLOT}/0001", "no-problem", "未发现问题"
    )
    host = find(bureau).host
    ran = hand_in(bureau, "result.submitted/1", CASE, ResultSubmitted(result="closed-down", summary="x"), host)
    assert ran.status == 2
    bureau.do("case", "submit", f"{SLOT}/0001", "rectification-ordered", "责令整改")
    assert "bears out none yet" in bureau.refused("case", "close", f"{SLOT}/0001", "rectified")


def test_t25_one_firm_is_not_inspected_again_and_again(bureau: Bureau) -> None:
    code = find(bureau).code
    officers = [id for id, row in bureau.record.officers.rosters(2023)["bureau"].items() if row.enrolled][:2]
    item = find(bureau).items[0]
    words = ["inspection", "approve", code, "special", "专项治理"]
    for officer in officers:
        words += ["--officer", officer]
    words += ["--item", item]
    bureau.do(*words)
    capped = "was drawn or inspected 2 times this year, and the cap is 2"
    assert capped in bureau.refused(*words)
    exempt = [*words[:3], "case-based", *words[4:]]
    assert capped in bureau.refused(*exempt), "no complaint is named"
    assert "was not received" in bureau.refused(*exempt, "--complaint", "2023/0001")
    chinese = bureau.run(*words, locale="zh_CN.UTF-8")
    assert chinese.status == 2


def test_t32_the_supervisor_approves_nothing_of_its_own(bureau: Bureau) -> None:
    officer = next(row for row in bureau.record.officers.rosters(2023)["bureau"].values() if row.unit == SUPERVISOR)
    body = OfficerChanged(
        year=2023, roster="bureau", officer=officer.model_copy(update={"enrolled": False}), reason="x"
    )
    subject = "officers/2023/bureau/changes"
    for units in ((SUPERVISOR,), (SUPERVISOR, "bureau/enforcement")):
        ran = hand_in(bureau, "officer.changed/1", subject, body, *units)
        assert ran.status == 2
        assert f"expected {SUPERVISOR} + {LEADER}" in ran.err


def test_t32_whoever_has_one_units_key_is_one_unit(bureau: Bureau) -> None:
    organiser = bureau.key("bureau/enforcement")
    assert f"the key of {SUPERVISOR} is not at hand" in bureau.refused("draw", "attest", SLOT, "--key", organiser)
    void = ("draw", "void", SLOT, "procedure-in-error")
    assert f"the key of {SUPERVISOR} is not at hand" in bureau.refused(*void, "--key", organiser)
    draft = bureau.folder.parent / "void.note"
    bureau.run(*void, "--key", organiser, before=("--draft", draft))
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 2
    run("keys", "sign", draft, "--key", bureau.key("bureau/hazchem"))
    ran = run("log", "submit", draft, "--dir", bureau.folder)
    assert ran.status == 2
    assert f"expected bureau/enforcement + {SUPERVISOR}" in ran.err

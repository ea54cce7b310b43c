"""Changes within the year at the command line: who signs, what is refused, and what the next draw makes of them."""

from pathlib import Path

import pytest

from cli.bureau import ROUND, ROUND_AT, Bureau, copy_bureau, found_bureau
from cli.run import run
from ledger.audit.container import parse_container
from ledger.cli.adjusting import CLEARABLE
from ledger.cli.words import TARGET_RISKS, TARGET_SCALES, TARGET_STATUSES
from ledger.intake.targets import RISKS, SCALES, STATUSES
from ledger.office.rows import Target

FIRM, OTHER = "91440307EXAMPLE01P", "91440307EXAMPLE02T"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A bureau whose year is prepared."""
    return found_bureau(tmp_path_factory.mktemp("founded") / "data")


@pytest.fixture
def bureau(founded: Bureau, tmp_path: Path) -> Bureau:
    """A copy of it, on 5 September."""
    copy = copy_bureau(founded, tmp_path / "data")
    copy.now = "2023-09-05T01:00:00Z"
    return copy


def test_t14_a_change_is_passed_over_until_it_has_cooled_off(bureau: Bureau) -> None:
    told = bureau.do("change", "target", FIRM, "--status", "停业", "--reason", "停业整顿")
    assert "status: open -> suspended" in told
    assert "14 witnessed days" in told
    assert bureau.signers() == ["bureau/hazchem", "bureau/legal-publicity"]
    bureau.witness("2023-09-05T02:00:00Z")
    young = bureau.open("2023-all", "special-campaign").ground
    assert FIRM in young.eligible("all")
    assert young.recent.cooling_off == 1
    bureau.witness("2023-09-19T02:00:00Z")
    cooled = bureau.open().ground
    assert {leaf.target.id: leaf.excluded for leaf in cooled.pool}[FIRM] == "suspended"
    assert cooled.recent.cooling_off == 0


def test_an_enterprise_is_listed_anew_and_counts_at_once(bureau: Bureau) -> None:
    words = ("--sub-roster", "危险化学品", "--street", "平湖街道", "--tag", "涉液氨", "--tag", "dust", "--risk", "红")
    listed = ("change", "target", "440307-000000001", "--new", *words, "--name", "示例新厂", "--reason", "新登记")
    ran = bureau.run(*listed, "--json")
    row = {"id": "reg:440307-000000001", "name": "示例新厂", "sub_roster": "hazchem", "status": "open"}
    assert ran.json() == {
        "index": bureau.size - 1,
        "id": row["id"],
        "before": None,
        "after": {**row, "street": "street/pinghu", "tags": ["ammonia", "dust"], "risk": "red"},
        "cooling_off_days": 0,
    }
    assert row["id"] in bureau.open("2023-all", "special-campaign").ground.eligible("all")
    assert "stands on the roster of 2023 already" in bureau.refused(*listed)


def test_a_field_that_is_not_named_stays_and_one_can_be_left_out(bureau: Bureau) -> None:
    bureau.do("change", "target", FIRM, "--risk", "yellow", "--scale", "小型", "--reason", "评级")
    ran = bureau.run("change", "target", f" {FIRM} ", "--clear", "street", "--clear", "risk", "--reason", "x", "--json")
    before, after = ran.json()["before"], ran.json()["after"]
    assert before["street"] == "street/pinghu"
    assert after == {field: value for field, value in before.items() if field not in ("street", "risk")}
    assert after["scale"] == "small"
    assert ran.json()["cooling_off_days"] == 14
    renamed = bureau.run("change", "target", FIRM, "--name", "示例改名有限公司", "--reason", "更名", "--json").json()
    assert renamed["cooling_off_days"] == 0, "no rule reads a name"


def test_licences_hazards_accidents_and_lists_are_changed(bureau: Bureau) -> None:
    words = ("--licence", "乙证:2024-05-01", "--licence", "甲证:长期", "--hazards", "0", "--accidents", "2")
    lists = ("--list", "存在重大事故隐患:2023-09-01", "--list", "licence:2023年5月1日:2026-04-30")
    ran = bureau.run("change", "target", FIRM, *words, *lists, "--reason", "核实", "--json").json()
    assert {field: ran["after"][field] for field in ("licences", "hazards", "accidents", "lists")} == {
        "licences": [{"kind": "乙证", "until": "2024-05-01"}, {"kind": "甲证", "until": "9999-12-31"}],
        "hazards": 0,
        "accidents": 2,
        "lists": [
            {"list": "licence", "since": "2023-05-01", "until": "2026-04-30"},
            {"list": "major-hazard", "since": "2023-09-01"},
        ],
    }
    assert ran["cooling_off_days"] == 14
    cleared = bureau.run("change", "target", FIRM, "--clear", "lists", "--clear", "hazards", "--reason", "x", "--json")
    assert not {"lists", "hazards"} & cleared.json()["after"].keys()


def test_the_supervisors_own_sub_roster_is_countersigned_by_the_leader(bureau: Bureau) -> None:
    bureau.do("change", "target", FIRM, "--sub-roster", "serious-dishonesty", "--reason", "列入名单")
    assert bureau.signers() == ["bureau/leadership", "bureau/legal-publicity"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((FIRM,), "nothing is changed, the row is id 91440307EXAMPLE01P"),
        ((FIRM, "--status", "open"), "nothing is changed"),
        ((FIRM, "--status", "gone"), "status: found 'gone', expected open, suspended, closed"),
        ((FIRM, "--risk", "5"), "risk: found '5', expected red, orange, yellow, blue"),
        ((FIRM, "--street", "南山"), "street: found '南山', expected street/"),
        ((FIRM, "--tag", "x"), "tags: found 'x'"),
        ((FIRM, "--sub-roster", "x"), "sub_roster: found 'x'"),
        ((FIRM, "--licence", "甲证"), "cannot be read"),
        ((FIRM, "--list", "licence"), "expected LIST:SINCE or LIST:SINCE:UNTIL"),
        ((FIRM, "--list", "x:2023-05-01"), "key list: found 'x'"),
        ((FIRM, "--clear", "status"), "field to clear: found 'status', expected name, street"),
        ((FIRM, "--status", "closed", "--year", "2024"), "no target roster is approved for 2024"),
        (("91440300MA5TEST0XX", "--status", "closed"), "is not on the roster of 2023: --new"),
        (("440307000000009", "--new"), "name the sub-roster"),
        (("示例", "--status", "closed"), "has no digit"),
        (("11010519491231002X", "--new", "--sub-roster", "hazchem"), "identity number"),
        (("92440307EXAMPLE01L", "--new", "--sub-roster", "hazchem", "--name", "示例"), "is a person's"),
    ],
)
def test_a_wrong_change_of_an_enterprise_is_refused_in_words(
    founded: Bureau, words: tuple[str, ...], reason: str
) -> None:
    assert reason in founded.refused("change", "target", *words, "--reason", "x")


def test_a_name_that_is_sealed_stays_out_of_the_record(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "data", "2023-08-24T01:00:00Z")
    sheet = tmp_path / "targets.csv"
    sheet.write_text(
        "统一社会信用代码,企业名称,主体类别,所属街道\n440307000000001,示例甲五金店,个体工商户,平湖\n", encoding="utf-8"
    )
    bureau.do("init")
    bureau.do("import", "targets", sheet)
    bureau.do("approve", "targets")
    words = ("change", "target", "440307000000001", "--reason", "x")
    assert "is a person's" in bureau.refused(*words, "--name", "示例甲五金店")
    bureau.do(*words, "--street", "布吉")
    assert "示例甲" not in "".join(map(str, bureau.record.targets.roster(2023).values()))


def test_an_officer_on_leave_is_frozen_as_not_in_post_and_comes_back(bureau: Bureau) -> None:
    told = bureau.do("change", "officer", "officer-07", "--not-in-post", "--reason", "产假")
    assert "in_post: true -> false" in told
    assert bureau.signers() == ["bureau/hazchem", "bureau/legal-publicity"]
    draw = bureau.open()
    assert {leaf.officer.id: leaf.excluded for leaf in draw.ground.officers}["officer-07"] == "not-in-post"
    bureau.do("change", "officer", "officer-07", "--in-post", "--certificate-until", "2029-12-31", "--reason", "返岗")
    later = bureau.open("2023-all", "special-campaign")
    assert {leaf.officer.id: leaf.excluded for leaf in later.ground.officers}["officer-07"] is None


def test_a_new_officer_serves_from_the_next_slot_on(bureau: Bureau) -> None:
    words = ("--unit", "平湖街道安监办", "--certificate-until", "9999-12-31", "--qualification", "危险化学品")
    ran = bureau.run("change", "officer", "officer-16", "--new", *words, "--reason", "调入", "--json")
    assert ran.json()["after"] == {
        "id": "officer-16",
        "unit": "street/pinghu",
        "certificate_until": "9999-12-31",
        "on_establishment": True,
        "in_post": True,
        "enrolled": True,
        "qualifications": ["hazchem"],
    }
    assert bureau.signers() == ["bureau/legal-publicity", "street/pinghu"]
    leaves = {leaf.officer.id: leaf for leaf in bureau.open().ground.officers}
    assert (leaves["officer-16"].roster, leaves["officer-16"].excluded) == ("street/pinghu", None)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("officer-07",), "nothing is changed, the row is id officer-07"),
        (("officer-07", "--in-post"), "nothing is changed"),
        (("officer-07", "--not-enrolled"), "at least 80%"),
        (("officer-07", "--unit", "bureau/enforcement"), "home unit of officer-07"),
        (("officer-07", "--unit", "市局"), "unit: found '市局'"),
        (("officer-07", "--new"), "stands on a roster of 2023 already"),
        (("officer-99", "--not-in-post"), "is on no roster of 2023"),
        (("officer-99", "--new", "--unit", "bureau/hazchem"), "certificate's last day"),
        (("officer-07", "--not-in-post", "--year", "2024"), "no officer roster of the bureau is approved for 2024"),
    ],
)
def test_a_wrong_change_of_an_officer_is_refused_in_words(founded: Bureau, words: tuple[str, ...], reason: str) -> None:
    assert reason in founded.refused("change", "officer", *words, "--reason", "x")


def test_an_officer_in_conflict_is_not_drawn_for_that_enterprise(bureau: Bureau) -> None:
    for officer in ("officer-09", "officer-10", "officer-11"):  # of Pinghu's four
        told = bureau.do("change", "conflict", "declare", officer, FIRM, "interest")
        assert f"{officer} will not be drawn for {FIRM}" in told
        assert bureau.signers() == ["street/pinghu"]
    header, *rows = run("change", "conflict", "list", "--dir", bureau.folder).out.splitlines()
    assert header.split("\t") == ["officer", "code", "name"]
    officers, codes, names = zip(*(row.split("\t") for row in rows), strict=True)
    assert [officer.split(" ")[0] for officer in officers] == ["officer-09", "officer-10", "officer-11"]
    assert all(officer.split(" ")[1].startswith("示例") for officer in officers)
    assert (set(codes), set(names)) == ({FIRM}, {"示例晨光化工贸易有限公司"})
    public = run("change", "conflict", "list", "--dir", bureau.folder / "log").out.splitlines()
    assert public == [header, *(f"officer-{number}\t{FIRM}\t{names[0]}" for number in ("09", "10", "11"))]
    bureau.now = "2023-09-15T10:00:00Z"
    slot = bureau.open("2023-all", "special-campaign").slot
    bureau.do("draw", "freeze", slot, "--draw-at", ROUND_AT)
    bureau.take_shares(slot)
    bureau.now = "2023-09-15T11:01:00Z"
    bureau.do("draw", "randomness", slot, "--result", ROUND)
    outcome = bureau.finish(slot).outcome
    assert outcome is not None
    sheet = outcome.find(FIRM)
    assert sheet is not None
    assert sheet.officers[0] == "officer-12", "the one who is left"
    bureau.do("draw", "assign", slot)
    leaving = bureau.run("change", "officer", "officer-12", "--not-in-post", "--reason", "借调")
    assert f"{slot}/{sheet.number}" in leaving.err, "the cases that wait for him are named"
    late = bureau.run("change", "conflict", "declare", "officer-12", FIRM, "kinship", "--json")
    assert late.json()["waiting_cases"] == [f"{slot}/{sheet.number}"]


def test_t16_what_moved_shortly_before_is_said_beside_the_draw(bureau: Bureau) -> None:
    bureau.do("change", "officer", "officer-07", "--not-in-post", "--reason", "产假")
    bureau.do("change", "conflict", "declare", "officer-05", FIRM, "kinship")
    bureau.now = "2023-09-15T10:00:00Z"
    opened = bureau.do("draw", "open", "2023-monthly")
    slot = "bureau/2023-09/001"
    assert f"officer-07 (#{bureau.size - 3})" in opened
    bureau.do("draw", "freeze", slot, "--draw-at", ROUND_AT)
    bureau.take_shares(slot)
    bureau.now = "2023-09-15T11:01:00Z"
    bureau.do("draw", "randomness", slot, "--result", ROUND)
    bureau.finish(slot)
    file = bureau.folder / "bundle.zip"
    bureau.do("export", "bundle", slot, "--out", file)
    report = run("verify", file, "--json").json()
    (facts,) = report["draws"]
    assert [(move["type"], move["officer"], move["code"]) for move in facts["moves"]] == [
        ("officer.changed/1", "officer-07", None),
        ("conflict.declared/1", "officer-05", FIRM),
    ]
    ground = next(check for check in report["checks"] if check["id"] == "ground")
    assert ground["status"] == "passed"
    assert f"{slot}: officers' rows changed, 1: officer-07" in ground["reason"]["en"]
    files = parse_container(file.read_bytes())
    readme, code = files["README.md"].decode(), files["draw/codes/hazchem.txt"].decode().split()[0]
    assert "**Note: took effect shortly before it was opened: officers' rows changed, 1: officer-07" in readme
    assert "**注意：启用前不久即时生效的变更：执法人员变更 1 项：officer-07" in readme
    told = run("explain", code, "--bundle", file)
    assert "Note: took effect shortly before it was opened: officers' rows changed, 1: officer-07" in told.out
    assert "声明回避 1 项：officer-05" in run("explain", code, "--bundle", file, locale="zh_CN.UTF-8").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("officer-05", FIRM, "brother"), "reason: found 'brother', expected kinship, interest"),
        (("officer-99", FIRM, "kinship"), "officer-99 stands on no approved roster"),
        (("officer-05", "91440300MA5TEST0XX", "kinship"), "would keep nobody away"),
    ],
)
def test_a_wrong_conflict_is_refused_in_words(founded: Bureau, words: tuple[str, ...], reason: str) -> None:
    assert reason in founded.refused("change", "conflict", "declare", *words)


def test_a_conflict_is_ended_by_two_units_on_two_machines(bureau: Bureau, tmp_path: Path) -> None:
    end = ("change", "conflict", "end", "officer-05", FIRM)
    assert "no conflict of officer-05" in bureau.refused(*end)
    bureau.do("change", "conflict", "declare", "officer-05", FIRM, "kinship")
    assert "stands already" in bureau.refused("change", "conflict", "declare", "officer-05", FIRM, "interest")
    draft, own, other = tmp_path / "end.note", bureau.key("bureau/legal-publicity"), bureau.key("bureau/leadership")
    bureau.run(*end, "--key", own, before=("--draft", draft))
    assert draft.read_text().count("— ") == 1
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 2, "one signature is missing"
    run("keys", "sign", draft, "--key", other)
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 0
    assert run("change", "conflict", "list", "--dir", bureau.folder, "--json").json() == []


def test_a_change_of_an_enterprise_is_signed_on_two_machines(bureau: Bureau, tmp_path: Path) -> None:
    draft, change = tmp_path / "change.note", ("change", "target", FIRM, "--status", "closed", "--reason", "注销")
    missing = bureau.run(*change, "--key", bureau.key("bureau/hazchem"))
    assert missing.status == 2
    assert "the key of bureau/legal-publicity is not at hand" in missing.err
    bureau.run(*change, "--key", bureau.key("bureau/hazchem"), before=("--draft", draft))
    run("keys", "sign", draft, "--key", bureau.key("bureau/legal-publicity"))
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 0
    assert bureau.record.targets.roster(2023)[FIRM].newest.status == "closed"


def test_a_change_says_in_chinese_what_it_did(bureau: Bureau) -> None:
    ran = bureau.run("change", "target", OTHER, "--status", "停业", "--reason", "x", locale="zh_CN.UTF-8")
    assert "满 14 天（以见证时间计）后启用的批次才按新情况抽取" in ran.out
    ran = bureau.run("change", "conflict", "declare", "officer-05", OTHER, "other", locale="zh_CN.UTF-8")
    assert f"officer-05 须回避 {OTHER}" in ran.out


def test_an_offices_words_are_for_the_ids_of_the_record_and_every_field_that_may_be_left_out_can_be() -> None:
    for words, meanings in ((STATUSES, TARGET_STATUSES), (RISKS, TARGET_RISKS), (SCALES, TARGET_SCALES)):
        assert set(words.values()) == set(meanings)
    optional = {name for name, field in Target.model_fields.items() if not field.is_required()}
    assert set(CLEARABLE) == optional

"""A whole draw by public lotteries and dice at the command line, from its policy to the bundle that is checked."""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cli.bureau import Bureau, copy_bureau, days_later, found_bureau
from cli.run import run

LOTTERIES = ("ssq", "lotto")
ISSUES = ("--issue", "ssq=2023117", "--issue", "lotto=23118")
RESULTS = ("--result", "2023117:01071319223005", "--result", "23118:05121928330409")
TWO = ("--unit", "bureau/enforcement", "--unit", "bureau/legal-publicity")
DICE = "31415926535897932384"
DRAW_AT = "2023-10-10T13:15:00Z"
SLOT = "bureau/2023-10/001"


def adopt(bureau: Bureau, **changes: Any) -> None:
    """Adopt a policy with other randomness, and let its notice pass."""
    policy = bureau.run("change", "policy", "show").json()
    policy["randomness"] |= changes
    file = bureau.folder.parent / "lotteries.json"
    file.write_text(json.dumps(policy), encoding="utf-8")
    ran = bureau.run("change", "policy", "adopt", file)
    assert ran.status == 0, ran.err
    assert "worth only 48 bits" in ran.err
    bureau.witness(bureau.now)
    bureau.witness(days_later(bureau.now, 30))


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A bureau whose policy of lotteries is in force."""
    bureau = found_bureau(tmp_path_factory.mktemp("bound") / "data")
    adopt(bureau, final=LOTTERIES, replacement="ssq")
    bureau.now = "2023-10-10T12:00:00Z"
    return bureau


@pytest.fixture(scope="module")
def drawn(bound: Bureau, tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """The same, after a draw by two lotteries and dice, its bundle written."""
    bureau = copy_bureau(bound, tmp_path_factory.mktemp("drawn") / "data")
    video = bureau.folder.parent / "dice.mp4"
    video.write_bytes(b"made up")
    bureau.open()
    frozen = bureau.run("draw", "freeze", SLOT, "--draw-at", DRAW_AT, *ISSUES)
    assert "randomness: ssq issue 2023117, lotto issue 23118" in frozen.out
    assert "worth only 48 bits, fewer than 64" in frozen.err
    dice = ("draw", "dice", SLOT, DICE, video, "--unit", "bureau/training-centre", "--second", "bureau/leadership")
    bureau.do(*dice)
    bureau.take_shares(SLOT)
    bureau.now = "2023-10-11T14:00:00Z"
    told = bureau.do("draw", "randomness", SLOT, *RESULTS, *TWO)
    assert "compare the digits with the newspaper" in told
    bureau.finish(SLOT)
    bureau.do("export", "bundle", SLOT)
    return bureau


@pytest.fixture
def frozen(bound: Bureau, tmp_path: Path) -> Bureau:
    """A bureau with a draw by lotteries that waits for their results."""
    bureau = copy_bureau(bound, tmp_path / "data")
    bureau.open()
    bureau.do("draw", "freeze", SLOT, "--draw-at", DRAW_AT, *ISSUES)
    bureau.take_shares(SLOT)
    bureau.now = "2023-10-11T14:00:00Z"
    return bureau


def bundle(bureau: Bureau) -> Path:
    return bureau.folder / "bundles" / "bureau-2023-10-001.zip"


def test_the_bundle_verifies_and_the_lotteries_truth_is_not_checked(drawn: Bureau, tmp_path: Path) -> None:
    trust = tmp_path / "trust.txt"
    trust.write_text(run("log", "policy", "--dir", drawn.folder).out)
    ran = run("verify", bundle(drawn), "--policy", trust, "--json")
    assert ran.status == 0
    checks = {check["id"]: check for check in ran.json()["checks"]}
    assert {id for id, check in checks.items() if check["status"] == "not checked"} == {
        "since",
        "randomness",
        "outside",
    }
    assert checks["randomness"]["reason"]["en"] == (
        f"fewer than 64 bits: {SLOT}; compare the lottery results with the newspaper: "
        f"{SLOT} (ssq 2023117 01071319223005; lotto 23118 05121928330409)"
    )
    assert "请与公告核对" in checks["randomness"]["reason"]["zh"]
    (facts,) = ran.json()["draws"]
    assert facts["bits"] == 48
    assert run("verify", bundle(drawn), "--policy", trust, "--strict").status == 3


def test_the_seed_holds_lotteries_and_dice_and_the_script_computes_it_again(drawn: Bureau, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(drawn)) as archive:
        archive.extractall(tmp_path)
    seed = (tmp_path / "draw/seed.txt").read_text().splitlines()
    assert seed[-2:] == ["lottery ssq 2023117 01071319223005", "lottery lotto 23118 05121928330409"]
    share = hashlib.sha256(DICE.encode()).hexdigest()
    assert f"share dice:bureau/training-centre {share}" in seed
    script = tmp_path / "verify.sh"
    script.write_text(run("verify", "--script").out)
    ran = subprocess.run(["sh", script, tmp_path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines() if " passed " in line] == ["14", "17", "18"]


def test_an_explanation_says_what_to_compare_with_the_newspaper(drawn: Bureau) -> None:
    with zipfile.ZipFile(bundle(drawn)) as archive:
        code = archive.read("draw/codes/hazchem.txt").decode().split()[0]
    told = run("explain", code, "--bundle", bundle(drawn))
    assert "compare with the newspaper: ssq 2023117 01071319223005; lotto 23118 05121928330409" in told.out
    assert "worth only 48 bits" in told.out
    chinese = run("explain", code, "--bundle", bundle(drawn), locale="zh_CN.UTF-8").out
    assert "随机数来自公共彩票，程序不能证明其真伪" in chinese
    assert "只有 48 比特" in chinese


def test_an_officer_is_replaced_by_a_lottery_too(drawn: Bureau, tmp_path: Path) -> None:
    bureau = copy_bureau(drawn, tmp_path / "data")
    bureau.now = "2023-10-12T01:00:00Z"
    bureau.do("draw", "assign", SLOT)
    case = f"{SLOT}/0001"
    officer = bureau.record.cases.by_subject[f"case/{case}"].officers[0]
    bureau.do("case", "recuse", case, officer, "illness", "--draw-at", "2023-10-12T13:15:00Z", "--issue", "2023118")
    bureau.do("case", "witness", case)
    bureau.now = "2023-10-12T14:00:00Z"
    replace = ("case", "replace", case, officer, "--result", "2023118:02091521263311")
    assert "give --unit twice" in bureau.refused(*replace)
    assert f"follows {officer}" in bureau.do(*replace, *TWO)


@pytest.mark.parametrize(
    ("issues", "why"),
    [
        ((), "lottery ssq: name its issue by --issue ssq=ISSUE"),
        (ISSUES[:2], "lottery lotto: name its issue"),
        ((*ISSUES, "--issue", "7lc=2023118"), "--issue 7lc=2023118: expected one issue for each lottery"),
        ((*ISSUES, "--issue", "ssq=2023118"), "final randomness, ssq, lotto"),
        (("--issue", "2023117"), "expected LOTTERY=ISSUE"),
    ],
)
def test_t01_every_lottery_is_frozen_with_one_issue(
    bound: Bureau, tmp_path: Path, issues: tuple[str, ...], why: str
) -> None:
    bureau = copy_bureau(bound, tmp_path / "data")
    bureau.open()
    assert why in bureau.refused("draw", "freeze", SLOT, "--draw-at", DRAW_AT, *issues)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (RESULTS, "countersigned by another: give --unit twice"),
        ((*RESULTS, *TWO[:2]), "give --unit twice"),
        ((*RESULTS, *TWO[:2], *TWO[:2]), "give --unit twice"),
        ((*RESULTS[:2], *TWO), "--result: 1 given, the policy names 2 sources"),
        ((*RESULTS[2:], *RESULTS[:2], *TWO), "lottery ssq: issue 23118, expected 2023117"),
        (("--result", "2023118:01071319223005", *RESULTS[2:], *TWO), "issue 2023118, expected 2023117"),
        (("--result", "2023117:0107131922300", *RESULTS[2:], *TWO), "expected 14 digits"),
        (("--result", "01071319223005", *RESULTS[2:], *TWO), "expected ROUND:SIGNATURE or ISSUE:DIGITS"),
    ],
)
def test_t27_a_lotterys_result_is_refused_in_words(frozen: Bureau, words: tuple[str, ...], why: str) -> None:
    assert why in frozen.refused("draw", "randomness", SLOT, *words)


def test_t27_a_lotterys_result_is_not_taken_before_its_draw(frozen: Bureau) -> None:
    frozen.now = "2023-10-10T13:00:00Z"
    assert "not drawn yet" in frozen.refused("draw", "randomness", SLOT, *RESULTS, *TWO)


def test_t27_two_units_sign_a_lotterys_result_on_two_machines(frozen: Bureau, tmp_path: Path) -> None:
    draft = tmp_path / "result.note"
    words = ("draw", "randomness", SLOT, *RESULTS, *TWO, "--key", frozen.key("bureau/enforcement"))
    frozen.run(*words, before=("--draft", draft))
    assert run("log", "submit", draft, "--dir", frozen.folder).status == 2, "one signature is missing"
    run("keys", "sign", draft, "--key", frozen.key("bureau/legal-publicity"))
    assert run("log", "submit", draft, "--dir", frozen.folder).status == 0
    assert frozen.finish(SLOT).attested


def test_an_issue_is_not_named_where_no_lottery_is_drawn_by(tmp_path: Path) -> None:
    bureau = found_bureau(tmp_path / "data")
    bureau.now = "2023-09-15T10:00:00Z"
    slot = bureau.open().slot
    words = ("draw", "freeze", slot, "--draw-at", "2023-09-15T11:00:03Z", "--issue", "ssq=2023117")
    assert "--issue ssq=2023117: expected one issue for each lottery" in bureau.refused(*words)

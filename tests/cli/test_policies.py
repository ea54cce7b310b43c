"""A policy from a file: what is wrong in it is named by line and field, what it changes is shown, and when it binds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bureau import REHEARSAL, Bureau, copy_bureau, days_later, found_bureau
from cli.run import run
from ledger.audit.wording import translate
from ledger.cli.policies import find_line
from ledger.office.policy import read_default_policy
from ledger.proof.note import Signer, format_vkey


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A bureau whose year is prepared."""
    return found_bureau(tmp_path_factory.mktemp("founded") / "data")


@pytest.fixture
def bureau(founded: Bureau, tmp_path: Path) -> Bureau:
    """A copy of it."""
    return copy_bureau(founded, tmp_path / "data")


def show(bureau: Bureau, *words: str) -> dict[str, Any]:
    """Return a policy as it is shown."""
    policy: dict[str, Any] = bureau.run("change", "policy", "show", *words).json()
    return policy


def write(bureau: Bureau, **changes: Any) -> Path:
    """Write the policy in force with some changes to a file."""
    file = bureau.folder.parent / "policy.json"
    file.write_text(json.dumps({**show(bureau), **changes}, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def items_per_case(bureau: Bureau, line: str = "2023-monthly", kind: str = "monthly") -> int:
    return bureau.open(line, kind).ground.items_per_case


def test_what_is_shown_is_the_policy_in_force(founded: Bureau) -> None:
    shown, shipped = show(founded), read_default_policy()
    assert {**shown, "witnesses": None} == {**shipped, "witnesses": None}
    assert shown["witnesses"]["quorum"] == 2


def test_t37_a_policy_binds_after_its_notice_and_says_when(bureau: Bureau) -> None:
    file = write(bureau, items_per_case=2)
    told = bureau.do("change", "policy", "adopt", file)
    assert "items_per_case: 5 -> 2" in told
    assert "once 30 witnessed days have passed, on 2023-09-23 at the earliest" in told
    bureau.witness(bureau.now)
    bureau.witness(days_later(bureau.now, 29))
    assert items_per_case(bureau) == 5
    bureau.witness(days_later(bureau.now, 1))
    assert bureau.now == "2023-09-23T02:00:00Z"
    assert items_per_case(bureau, "2023-all", "special-campaign") == 2
    assert show(bureau)["items_per_case"] == 2


def test_t37_without_witnesses_the_notice_does_not_pass(bureau: Bureau) -> None:
    bureau.do("change", "policy", "adopt", write(bureau, items_per_case=2))
    bureau.now = days_later(bureau.now, 40)
    assert items_per_case(bureau) == 5


def test_a_new_organiser_signs_from_the_binding_on_and_not_before(bureau: Bureau) -> None:
    offices = show(bureau)["offices"]
    offices["bureau"]["organiser"] = "bureau/coordination"
    bureau.do("change", "policy", "adopt", write(bureau, offices=offices))
    bureau.witness(bureau.now)
    bureau.now = "2023-09-10T00:00:00Z"
    slot = bureau.open("2023-all", "special-campaign").slot
    assert bureau.signers() == ["bureau/enforcement"]
    bureau.witness("2023-09-24T00:00:00Z")
    bureau.do("draw", "freeze", slot, "--draw-at", "2023-09-24T02:00:00Z")
    assert bureau.signers() == ["bureau/coordination"]


def test_the_policy_in_force_again_is_no_change(bureau: Bureau) -> None:
    file = write(bureau)
    assert "the same as the policy of entry 0" in bureau.refused("change", "policy", "adopt", file)


def test_a_file_that_an_editor_marked_as_unicode_is_read(founded: Bureau) -> None:
    file = write(founded, yearly_cap=0)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "yearly_cap" in text)
    assert f"line {line}, yearly_cap" in founded.refused("change", "policy", "adopt", file)


def test_a_dry_run_compares_and_writes_nothing(bureau: Bureau) -> None:
    file, before = write(bureau, items_per_case=2, yearly_cap=3), bureau.size
    ran = bureau.run("change", "policy", "adopt", file, "--dry-run", "--json")
    assert ran.json() == {
        "index": None,
        "differences": [
            {"field": "items_per_case", "before": 5, "after": 2},
            {"field": "yearly_cap", "before": 2, "after": 3},
        ],
        "notice_days": 30,
        "binds_from": "2023-09-23",
    }
    assert "Nothing was written." in bureau.do("change", "policy", "adopt", file, "--dry-run")
    assert bureau.size == before


def test_a_policy_still_in_its_notice_is_named(bureau: Bureau) -> None:
    bureau.do("change", "policy", "adopt", write(bureau, items_per_case=2))
    first = bureau.size - 1
    ran = bureau.run("change", "policy", "show")
    assert f"the policy of entry {first} is adopted and not in force yet" in ran.err
    assert ran.json()["items_per_case"] == 5
    assert show(bureau, "--newest")["items_per_case"] == 2
    second = bureau.run("change", "policy", "adopt", write(bureau, items_per_case=3))
    assert f"the policy of entry {first} is adopted and not in force yet: it binds first" in second.err
    assert "items_per_case: 5 -> 3" in second.out
    back = bureau.do("change", "policy", "adopt", write(bureau))
    assert "adopted" in back, "to take back what is still in its notice"


def test_readers_are_told_the_witnesses_of_the_policy_in_force(bureau: Bureau) -> None:
    first = run("log", "policy", "--dir", bureau.folder).out
    witnesses = show(bureau)["witnesses"]
    bureau.do("change", "policy", "adopt", write(bureau, witnesses={**witnesses, "quorum": 1}))
    bureau.witness(bureau.now)
    assert run("log", "policy", "--dir", bureau.folder).out == first
    bureau.witness(days_later(bureau.now, 30))
    second = run("log", "policy", "--dir", bureau.folder).out
    assert second != first
    assert run("log", "policy", "--dir", bureau.folder / "log").out == second


def test_a_sheet_is_read_by_the_words_of_the_policy_in_force(bureau: Bureau) -> None:
    sub_rosters = show(bureau)["sub_rosters"]
    sub_rosters["hazchem"]["names"]["zh"] = "危化"
    bureau.do("change", "policy", "adopt", write(bureau, sub_rosters=sub_rosters))
    words = ("import", "targets", REHEARSAL / "targets.csv", "--dry-run")
    bureau.witness(bureau.now)
    assert bureau.run(*words).status == 0
    bureau.witness(days_later(bureau.now, 30))
    assert bureau.run(*words).status == 1


def test_a_policy_is_signed_on_two_machines(bureau: Bureau, tmp_path: Path) -> None:
    draft, file = tmp_path / "policy.note", write(bureau, items_per_case=2)
    words = ("change", "policy", "adopt", file, "--key", bureau.key("bureau/enforcement"))
    ran = bureau.run(*words, before=("--draft", draft))
    assert "items_per_case: 5 -> 2" in ran.out
    assert draft.read_text().count("— ") == 1
    sign = ("keys", "sign", draft, "--key", bureau.key("bureau/legal-publicity"))
    apart = run(*sign, "--dir", tmp_path / "nothing", locale="zh_CN.UTF-8")
    assert "与自带政策相比：\n  items_per_case: 5 -> 2\n" in apart.out
    assert "没有日志" in apart.err
    signed = run(*sign, "--dir", bureau.folder)
    assert "acting unit: Enforcement section (bureau/enforcement)\n" in signed.out
    assert "beside the policy in force:\n  items_per_case: 5 -> 2\nsigned by now" in signed.out
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 0
    assert bureau.record.policies[-1][1].items_per_case == 2


SHIPPED: dict[str, Any] = read_default_policy()
PERIODS, RANDOMNESS, OFFICES = (SHIPPED[name] for name in ("periods", "randomness", "offices"))
UNIT_KEY = format_vkey(Signer("sfj.example", bytes(32)).verifier)


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"periods": {**PERIODS, "visit_days": "30"}}, "periods.visit_days", "should be a valid integer"),
        ({"periods": {**PERIODS, "visit_days": -1}}, "periods.visit_days", "greater than or equal to 0"),
        ({"yearly_cap": 0}, "yearly_cap", "greater than or equal to 1"),
        ({"crew": {"*": ["bureau", "everywhere"]}}, "crew.*.1", "'own-street', 'other-streets', 'bureau' or 'all'"),
        ({"tags": {"Dust": {"zh": "粉尘", "en": "dust"}}}, "tags.Dust", "should match pattern"),
        ({"tags": {"dust": {"zh": "粉尘"}}}, "tags.dust.en", "Field required"),
        ({"units": []}, "units", "valid dictionary"),
        ({"holidays": []}, "holidays", "Extra inputs"),
        ({"witnesses": {"keys": {}, "quorum": 1}}, "witnesses.quorum", "quorum 1 of 0 witnesses"),
        (
            {"witnesses": {"keys": {"witness/justice": "sfj.example"}, "quorum": 0}},
            "witnesses.keys.witness/justice",
            "expected NAME+ID+BASE64",
        ),
        (
            {"witnesses": {"keys": {"witness/justice": UNIT_KEY}, "quorum": 0}},
            "witnesses.keys.witness/justice",
            "must be one for cosignatures",
        ),
        ({"witnesses": {"keys": {"service": UNIT_KEY}, "quorum": 0}}, "witnesses.keys.service", "is the service"),
        (
            {"offices": {**OFFICES, "street/buji": {**OFFICES["street/buji"], "leader": "nobody"}}},
            "offices.street/buji",
            "unit nobody is named",
        ),
        ({"crew": {"bureau": ["bureau", "bureau"]}}, "crew", "expected a row `*`"),
        ({"randomness": {**RANDOMNESS, "final": ["ssq"]}}, "randomness", "expected at least 40"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(founded: Bureau, changes: dict[str, Any], field: str, why: str) -> None:
    file = write(founded, **changes)
    reason = founded.refused("change", "policy", "adopt", file)
    number = int(reason.partition(": line ")[2].partition(",")[0])
    assert f"policy.json: line {number}, {field}: " in reason
    assert why in reason
    last = field.rpartition(".")[2]
    line = file.read_text(encoding="utf-8").splitlines()[number - 1]
    assert (f'"{last}"' in line) or last in ("1", "en"), line
    assert f"第 {number} 行，{field}：" in translate(reason)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"randomness": {**RANDOMNESS, "final": ["ssq"]}}, "final randomness of 24 bits, expected at least 40"),
        (
            {"randomness": {**RANDOMNESS, "final": ["keno"]}},
            "keno is neither a listed chain's hash nor a listed lottery",
        ),
        ({"witnesses": {"keys": {}, "quorum": 1}}, "quorum 1 of 0 witnesses"),
        ({"fallback_roster": "Bureau"}, "fallback_roster"),
    ],
)
def test_a_policy_that_does_not_hold_together_is_refused_in_words(
    founded: Bureau, changes: dict[str, Any], why: str
) -> None:
    reason = founded.refused("change", "policy", "adopt", write(founded, **changes))
    assert why in reason
    assert "Value error" not in reason
    assert translate(reason) != reason


def test_weak_randomness_is_warned_about_in_words(bureau: Bureau) -> None:
    file = write(bureau, randomness={**RANDOMNESS, "final": ["ssq", "lotto"]})
    ran = bureau.run("change", "policy", "adopt", file, "--dry-run")
    assert "worth only 48 bits, fewer than 64" in ran.err
    strong = write(bureau, randomness={**RANDOMNESS, "final": ["ssq", "lotto", "7lc"]})
    assert "bits" not in bureau.run("change", "policy", "adopt", strong, "--dry-run").err


JSON = st.recursive(
    st.integers() | st.booleans() | st.none() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def paths(value: Any, path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    """Yield every path of a JSON value with what stands there."""
    yield path, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        yield from paths(inner, (*path, name))


@given(JSON, st.sampled_from([None, 0, 1, "\t"]))
def test_the_line_of_every_path_is_found(value: Any, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent)
    lines = text.splitlines() or [""]
    for path, inner in paths(value):
        line = lines[find_line(text, [*path]) - 1]
        assert json.dumps(inner, indent=indent).splitlines()[0] in line
        if path and isinstance(path[-1], str):
            assert json.dumps(path[-1]) in line


def test_the_line_of_what_is_not_there_is_that_of_its_place() -> None:
    text = '{\n "a": {\n  "b": [1,\n   2]\n }\n}'
    asked: list[list[int | str]] = [["x"], ["a", "c"], ["a", "b", 5], ["a", "b", 1]]
    assert [find_line(text, path) for path in asked] == [1, 2, 3, 4]

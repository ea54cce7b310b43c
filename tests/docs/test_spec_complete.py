"""The specification names what the code knows, and nothing else: types, fields, settings, roles, checks, files."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from forge import append
from ledger.audit.bundle import derive_bundle
from ledger.audit.checks import BY_ID, CHECKS
from ledger.audit.report import UNREADABLE, Report
from ledger.office.events.body import ListRef, Names, Sealed
from ledger.office.events.draws import Result
from ledger.office.events.rosters import Declared
from ledger.office.policy import Place, Policy, Role, read_default_policy
from ledger.office.rows import Item, KeyEnterprise, Officer, PlanLine, PrivateRow, Target
from ledger.office.rule import RULES
from ledger.proof.encoding import check_code, format_time, parse_canonical
from ledger.proof.errors import Malformed
from world import World

MOVED = {"officer": "o-bureau-hazchem-00", "code": "91440300FORK000001", "reason": "kinship"}

FORMS: dict[str, type[BaseModel]] = {
    "target": Target,
    "key enterprise": KeyEnterprise,
    "officer": Officer,
    "item": Item,
    "private row": PrivateRow,
    "plan line": PlanLine,
    "list reference": ListRef,
    "declaration": Declared,
    "sealed value": Sealed,
    "names": Names,
    "result": Result,
}
"""Shared forms: where a field holds one, its own fields stand in the form's table."""

SAMPLES = {
    "<root>": "0" * 64,
    "<nnnn>": "0001",
    "<year>": "2027",
    "<sub-roster>": "hazchem",
    "<list>": "major-hazard",
    "<unit>": "bureau/hazchem",
    "<office>": "street/pinghu",
    "<street>": "street/pinghu",
    "<slot>": "bureau/2027-01/001",
}
HOLE = re.compile(r"(\[\.p/<W>\]|<[A-Za-z]+>)")
WORDS_ELSEWHERE = {"authority": "the table of roles", "crew": "draw.md, section 6"}
"""Fields whose words stand in a table of their own."""


class Leaf(NamedTuple):
    """A field as a table names it: its dotted path, whether it may be left out, and its closed list of words."""

    path: str
    is_optional: bool
    words: tuple[str, ...]


def find_leaves(model: type[BaseModel], before: str = "") -> Iterator[Leaf]:
    """Yield the fields of a body or row, those of its parts included."""
    for name, field in model.model_fields.items():
        kind, steps = strip(field.annotation)
        path = f"{before}{name}{steps}"
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        if is_model and kind not in (*FORMS.values(), Policy):
            for number, leaf in enumerate(find_leaves(kind, f"{path}.")):
                yield leaf._replace(is_optional=leaf.is_optional or (number == 0 and not field.is_required()))
        else:
            words = get_args(kind) if get_origin(kind) is Literal else ()
            yield Leaf(f"{before}{name}", not field.is_required(), words)


def strip(kind: Any) -> tuple[Any, str]:
    """Return what a field holds in the end, and how one gets there: [] for each of a list, .* for each of an object."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return strip(parts[0])
    if origin in (Union, UnionType):
        return strip(next(part for part in parts if part is not NoneType))
    if origin is tuple:
        inner, steps = strip(parts[0])
        return inner, f"[]{steps}"
    if origin is dict:
        inner, steps = strip(parts[1])
        return inner, f".*{steps}"
    return kind, ""


def read_sections(page: str) -> dict[str, str]:
    """Return what stands under each heading of the third level."""
    parts = re.split(r"^### (.+)$", page, flags=re.MULTILINE)
    return {heading.strip("`"): re.split(r"^## ", text, flags=re.MULTILINE)[0]
            for heading, text in zip(parts[1::2], parts[2::2], strict=True)}  # fmt: skip


def read_rows(text: str) -> dict[str, str]:
    """Return a table's rows, first cell -> the others; the first cell stands in code marks."""
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE))


def read_chapter(page: str, title: str) -> str:
    """Return what stands under a heading of the second level."""
    return re.split(r"^## ", page.split(f"\n## {title}", 1)[1], flags=re.MULTILINE)[0]


@pytest.fixture(scope="module")
def events(root: Path) -> str:
    return (root / "docs" / "spec" / "events.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bundle(root: Path) -> str:
    return (root / "docs" / "spec" / "bundle.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sections(events: str) -> dict[str, str]:
    return read_sections(events)


def check_table(where: str, rows: dict[str, str], leaves: list[Leaf]) -> None:
    """Assert that a table names exactly these fields, says which are optional, and names every word of each."""
    assert sorted(rows) == sorted(leaf.path for leaf in leaves), where
    for leaf in leaves:
        says_optional = rows[leaf.path].startswith("optional")
        assert says_optional == leaf.is_optional, f"{where}: {leaf.path}"
        if leaf.path not in WORDS_ELSEWHERE:
            assert [word for word in leaf.words if f"`{word}`" not in rows[leaf.path]] == [], f"{where}: {leaf.path}"


def test_every_type_stands_in_the_specification_and_no_other(sections: dict[str, str]) -> None:
    assert sorted(name for name in sections if not name.startswith("Form: ")) == sorted(RULES)


@pytest.mark.parametrize("type", RULES)
def test_every_field_of_a_body_stands_under_its_type(type: str, sections: dict[str, str]) -> None:
    check_table(type, read_rows(sections[type]), list(find_leaves(RULES[type].body)))


@pytest.mark.parametrize("name", FORMS)
def test_every_field_of_a_shared_form_stands_in_its_table(name: str, sections: dict[str, str]) -> None:
    check_table(name, read_rows(sections[f"Form: {name}"]), list(find_leaves(FORMS[name])))


def test_no_form_is_dead(sections: dict[str, str]) -> None:
    assert {name for name in sections if name.startswith("Form: ")} == {f"Form: {name}" for name in FORMS}


@pytest.mark.parametrize("type", RULES)
def test_subject_signers_and_check_are_those_of_the_rule(type: str, sections: dict[str, str]) -> None:
    form = r"^Subject ((?:`[^`]+`(?: or )?)+)\. Signed by (.+?)\.\s+Check ([0-9]+)[.;]"
    found = re.search(form, sections[type], re.M | re.S)
    assert found, type
    for subject in re.findall("`([^`]+)`", found[1]):
        sample = re.sub(r"<[a-z-]+>", lambda word: SAMPLES[word[0]], subject)
        assert RULES[type].subject.fullmatch(sample), sample
    assert int(found[3]) == BY_ID[RULES[type].check].number
    table = read_default_policy()["authority"]
    assert isinstance(table, dict)
    if type in table:
        assert re.findall(r"`([a-z]+)`", found[2]) == table[type]
        assert RULES[type].slots is None
    else:
        assert found[2].startswith("its own rule")


def test_every_setting_of_the_policy_is_explained_and_no_other(events: str) -> None:
    rows = read_rows(read_chapter(events, "3. The policy"))
    check_table("policy", rows, [leaf._replace(is_optional=False) for leaf in find_leaves(Policy)])
    assert [setting for setting, text in rows.items() if " | " not in text] == []


def test_every_role_is_explained_and_no_other(events: str) -> None:
    assert sorted(read_rows(read_chapter(events, "2. Whose signatures"))) == sorted(get_args(Role))


def test_every_place_is_explained_and_no_other(root: Path) -> None:
    chapter = read_chapter((root / "docs" / "spec" / "draw.md").read_text(encoding="utf-8"), "6. Officers")
    places = chapter.split("| place |", 1)[1].split("\n\n", 1)[0]
    assert sorted(read_rows(places)) == sorted(get_args(Place))


def test_every_check_stands_with_its_number_and_names(bundle: str) -> None:
    found = re.findall(r"^\| ([0-9]+) \| `([a-z]+)` \| (.+?) \| (.+?) \| (yes|no) \|$", bundle, re.MULTILINE)
    assert found == [(str(c.number), c.id, c.zh, c.en, "yes" if c.is_wanted else "no") for c in CHECKS]
    explained = re.findall(r"^([0-9]+)\. ", read_chapter(bundle, "4. The checks"), re.MULTILINE)
    assert explained == [str(check.number) for check in CHECKS]


def test_every_exit_status_is_named_and_no_other(bundle: str) -> None:
    named = re.findall(r"^\| ([0-9]) \| ", read_chapter(bundle, "5. Exit status"), re.MULTILINE)
    clean, broken = Report("clean"), Report("broken")
    broken.failed("tree", "another root")
    given = {UNREADABLE, clean.exit_status(), clean.exit_status(is_strict=True), broken.exit_status()}
    assert [int(status) for status in named] == sorted(given)


@pytest.fixture(scope="module")
def drawn() -> tuple[World, str, dict[str, bytes]]:
    """Return a world with a draw of whatever has to be said beside one, its slot, and the files of its bundle."""
    from ledger.cli import steps

    world = World(minimum_stratum=1000).prepare_year()
    append(world, "conflict.declared/1", "conflicts", MOVED, "bureau/hazchem")
    slot = world.run_to("close")
    steps.void_draw(world.desk, slot, "unwitnessed")
    world.randomness(slot)
    world.execute(slot)
    files = derive_bundle(world.record, world.log.entries, world.cosigned(witnesses=0), slot)
    return world, slot, files


def test_every_file_of_a_bundle_is_named_and_no_other(bundle: str, drawn: tuple[World, str, dict[str, bytes]]) -> None:
    forms = [path for path in read_rows(read_chapter(bundle, "1. What a bundle holds")) if "/" in path or "." in path]
    holes = {"<N>": "[0-9]{3}", "[.p/<W>]": r"(\.p/[0-9]+)?", "<index>": "[0-9]{6}", "<stratum>": "[a-z]+"}
    patterns = ["".join(holes.get(part) or re.escape(part) for part in HOLE.split(form)) for form in forms]
    used = {path: [pattern for pattern in patterns if re.fullmatch(pattern, path)] for path in drawn[2]}
    assert [path for path, found in used.items() if len(found) != 1] == []
    assert {found[0] for found in used.values()} == set(patterns)


def test_the_readme_of_a_bundle_is_the_text_of_the_page(
    bundle: str, drawn: tuple[World, str, dict[str, bytes]]
) -> None:
    world, slot, files = drawn
    template = bundle.split("```text\n", 1)[1].split("```", 1)[0]
    draw = world.draw(slot)
    assert draw.outcome
    table = bundle.split("| where | ", 1)[1].split("\n\n", 1)[0]
    marks = re.findall(r"\| `([^`]+)` \| `([^`]+)` \|$", table, re.MULTILINE)
    assert len(marks) == 6
    named = f"{MOVED['officer']} {MOVED['code']} (#{world.record.officers.moves[0].index})"
    moves = {"moves_zh": f"声明回避 1 项：{named}", "moves_en": f"conflicts declared, 1: {named}"}
    holes = {"void": "unwitnessed", "strata": "trade, chemicals", **moves}
    utc = format_time(draw.draw_at)
    assert utc == "2027-01-04T02:00:00Z"
    assert files["README.md"].decode() == template.format(
        origin=world.record.origin,
        slot=slot,
        utc=utc,
        beijing="2027-01-04 10:00:00",
        pool=draw.ground.pool_ref.count,
        eligible=draw.ground.pool_ref.eligible,
        drawn=draw.outcome.ref.count,
        seed=draw.outcome.seed,
        marks_zh="".join(f"**注意：{zh.format(**holes)}**\n\n" for zh, _ in marks),
        marks_en="".join(f"**Note: {en.format(**holes)}**\n\n" for _, en in marks),
    )


def test_every_page_is_in_the_index_and_every_link_leads_somewhere(root: Path) -> None:
    folder = root / "docs" / "spec"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for page in folder.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name
        for link in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (folder / link).exists(), f"{page.name}: {link}"


def test_the_characters_of_a_code_are_those_of_the_table(root: Path) -> None:
    page = (root / "docs" / "spec" / "encoding.md").read_text(encoding="utf-8")
    listed = read_chapter(page, "3. Ids and codes").split("| characters | which |", 1)[1].split("\n\n", 1)[0]
    allowed: set[int] = set()
    for cell in re.findall(r"^ *\| (U\+[^|]+) \|", listed, re.MULTILINE):
        for part in cell.split(","):
            ends = [int(point, 16) for point in re.findall(r"U\+([0-9A-F]{4})", part)]
            allowed.update(range(ends[0], ends[-1] + 1))
    found = {point for point in range(0x30000) if is_code(f"reg:{chr(point)}")}
    assert found == allowed
    assert is_code("reg:" + "1" * 100)
    assert not is_code("reg:" + "1" * 101)


def is_code(text: str) -> bool:
    """Tell whether a text is taken as a code."""
    try:
        return check_code(text) == text
    except Malformed:
        return False


def test_the_depth_of_json_is_the_one_of_the_page(root: Path) -> None:
    page = (root / "docs" / "spec" / "encoding.md").read_text(encoding="utf-8")
    found = re.search(r"At most ([0-9]+) lists and objects stand within one another", page)
    assert found
    depth = int(found[1])
    assert parse_canonical(b"[" * depth + b"]" * depth)
    with pytest.raises(Malformed):
        parse_canonical(b"[" * (depth + 1) + b"]" * (depth + 1))

"""What is public is told by the policy in force, and not by one that was adopted and waits for its notice (T37)."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit.evidence import sign_checkpoint, write_log
from forge import append
from ledger.office.compose import format_body
from ledger.office.results import derive_draw_outcome
from service.published import Published
from service.site.data import list_files
from service.site.explaining import show_explained
from service.site.language import Language
from service.site.pages import show_page
from serving.served import serve
from world import World

INTERNAL = dict.fromkeys(("name", "code", "date", "officers", "result", "summary"), "internal")


def look(world: World, folder: Path) -> dict[str, Any]:
    """Return what is shown in the places that a policy's `publication` decides."""
    published = Published(write_log(folder / "log", world.log.entries, sign_checkpoint(world.log.entries, witnesses=2)))
    drawn = {case.code for case in world.record.cases.by_subject.values()}  # they go by their draw's policy
    code = min(set(world.record.targets.approved[2027]) - drawn)
    files = list_files(published)
    with serve(folder, role="public") as service:
        statistics = service.ask("GET", "/api/v1/statistics/2027").json()
        targets = service.ask("GET", "/api/v1/registries/targets").json()["rows"]
    return {
        "an enterprise has a page": show_page(published, f"enterprises/{code}/", Language("en")) is not None,
        "codes in JSON": all(row["id"] for row in targets),
        "officers in JSON": "1" not in statistics["load"]["cases"],
        "officers in the data": "1" not in json.loads(files["statistics-2027.json"]())["load"]["cases"],
        "codes in the data": code in files["targets-2027.csv"]().decode(),
        "search finds the code": code in files["search.json"]().decode(),
    }


@pytest.fixture
def world() -> World:
    world = World().prepare_year()
    world.run_to("attest")
    policy = format_body(world.policy) | {"publication": INTERNAL}
    append(world, "policy.adopted/1", "policy", {"policy": policy}, "bureau/enforcement", "bureau/legal-publicity")
    return world


def test_t37_a_policy_that_waits_for_its_notice_hides_nothing_yet(world: World, tmp_path: Path) -> None:
    assert world.record.policies[-1][1].publication.code == "internal"
    assert set(look(world, tmp_path / "before").values()) == {True}
    world.pass_days(29)
    assert set(look(world, tmp_path / "waiting").values()) == {True}
    world.pass_days(1)
    assert [place for place, is_shown in look(world, tmp_path / "after").items() if is_shown] == []


@pytest.mark.parametrize("code", ["public", "internal"])
def test_an_enterprises_page_leads_to_an_inspection_where_its_draws_own_policy_tells_codes(
    code: str, tmp_path: Path
) -> None:
    public = format_body(World().policy)["publication"] | {"code": "public"}
    world = World(publication=public | {"code": code}).prepare_year()
    slot = world.run_to("attest")
    policy = format_body(world.policy) | {"publication": public}
    append(world, "policy.adopted/1", "policy", {"policy": policy}, "bureau/enforcement", "bureau/legal-publicity")
    world.pass_days(31)
    published = Published(write_log(tmp_path / "log", world.log.entries, sign_checkpoint(world.log.entries)))
    assert published.in_force.publication.code == "public"
    sheet = derive_draw_outcome(world.draw(slot)).sheets[0]
    html = show_page(published, f"enterprises/{sheet.code}/", Language("en"))
    assert html is not None
    assert "Drawn" in html
    assert (f"cases/{slot}/{sheet.number}/" in html) == (code == "public")


def test_where_codes_are_internal_nobody_learns_one_by_a_name(tmp_path: Path) -> None:
    shown = format_body(World().policy)["publication"] | {"code": "internal", "name": "public"}
    world = World(publication=shown).prepare_year()
    slot = world.run_to("attest")
    published = Published(write_log(tmp_path / "log", world.log.entries, sign_checkpoint(world.log.entries)))
    names = {code: listing.newest.name for code, listing in world.record.targets.approved[2027].items()}
    code, name = next((code, name) for code, name in names.items() if name and [*names.values()].count(name) == 1)
    for asked in (name, name[:2]):
        told = show_explained(published, slot, asked, Language("zh"))
        assert "请用代码查询" in told["problem"]
        assert not any(one in str(told) for one in names)
    assert (
        "在本次抽取的名录中"
        in show_explained(published, slot, f" {code[:9]} {code[9:].lower()}", Language("zh"))["told"]
    )

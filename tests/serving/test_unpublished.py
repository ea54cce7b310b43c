"""What the policy keeps internal stands on no page and in no answer of the public API; the proofs have it still."""

from pathlib import Path

import pytest

from audit.evidence import sign_checkpoint, write_log
from ledger.cli import handling, steps
from ledger.cli.steering import derive_statistics, hide_unpublished
from ledger.cli.words import OUTCOMES
from ledger.proof.encoding import derive_day
from month import visit_case
from service.published import Published
from service.site.language import Language
from service.site.pages import show_page
from serving.crawl import ask_operations, follow_links
from serving.served import serve
from world import World, make_targets

INTERNAL = dict.fromkeys(("name", "code", "date", "officers", "result", "summary"), "internal")
SUMMARY = "责令整改一项问题"
PROOFS = ("/log/", "/data/bundles/", "/static/")
"""Where everything stands, for whoever checks a draw: the policy is about announcements."""


@pytest.fixture(scope="module")
def world() -> World:
    """A bureau that publishes a result and none of its fields, its rosters those of three years."""
    world = World(publication=INTERNAL).prepare_year()
    for year in (2025, 2026):
        steps.declare_targets(world.desk, year, "industry-trade", make_targets("industry-trade", 60))
        steps.approve_targets(world.desk, year)
    slot = world.run_to("assign")
    world.now += 3600
    case = f"case/{slot}/0001"
    visit_case(world, case)
    handling.submit_result(world.desk, case, "rectification-ordered", SUMMARY)
    handling.publish_result(world.desk, case)
    return world


def test_no_page_and_no_answer_shows_what_is_internal(world: World, tmp_path: Path) -> None:
    write_log(tmp_path / "log", world.log.entries, sign_checkpoint(world.log.entries, witnesses=2))
    (draw,) = world.record.draws.by_slot.values()
    leaves = draw.ground.pool
    hidden = {leaf.target.id for leaf in leaves} | {leaf.target.name for leaf in leaves if leaf.target.name}
    hidden |= {officer.id for roster in world.record.officers.approved.values() for officer in roster.values()}
    hidden |= {SUMMARY, "rectification-ordered", *OUTCOMES["rectification-ordered"]}
    with serve(tmp_path, role="public") as service:
        answers = follow_links(service, "/", "/en/", "/statistics/2027/") | ask_operations(service, ("0001",), (2027,))
    assert len(answers) > 60
    shown = {
        path: sorted(one for one in hidden if one in answer.body.decode())[:3]
        for path, answer in answers.items()
        if not path.startswith(PROOFS) and "/enterprises/" not in path
    }
    assert {path: found for path, found in shown.items() if found} == {}


def test_statistics_keep_their_numbers_and_lose_what_is_internal(world: World) -> None:
    facts = derive_statistics(world.record, 2027)
    assert facts["never_drawn_in_3_years"], "or nothing is shown of them"
    fields = world.policy.publication
    told = hide_unpublished(facts, fields)
    assert told["never_drawn_in_3_years"] == [""] * len(facts["never_drawn_in_3_years"])
    assert [pair["met"] for pair in told["officer_and_enterprise"]] == [
        pair["met"] for pair in facts["officer_and_enterprise"]
    ]
    assert {pair[key] for pair in told["officer_and_enterprise"] for key in ("first", "second")} == {""}
    assert sorted(told["load"]["cases"].values()) == sorted(facts["load"]["cases"].values())
    public = fields.model_copy(update={"code": "public", "officers": "public"})
    assert hide_unpublished(facts, public) == facts


def test_a_result_stands_on_its_page_while_it_is_public_and_not_before_or_after(tmp_path: Path) -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    world.now += 3600
    case = f"case/{slot}/0001"

    def shows(name: str) -> bool:
        entries = world.log.entries
        published = Published(write_log(tmp_path / name, entries, sign_checkpoint(entries)), lambda: world.now)
        html = show_page(published, f"cases/{slot}/0001/", Language("en"))
        assert html is not None
        return OUTCOMES["rectification-ordered"][1] in html or SUMMARY in html

    visit_case(world, case)
    handling.submit_result(world.desk, case, "rectification-ordered", SUMMARY)
    assert not shows("submitted")
    handling.publish_result(world.desk, case)
    assert shows("published")
    handling.withdraw(world.desk, case, "result", "entered-in-error", derive_day(world.now))
    assert not shows("withdrawn")

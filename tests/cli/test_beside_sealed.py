"""While a sealed draw is hidden, what is public of it is shown, and what is not says until when."""

import pytest

from forge import SLOT
from hidden import FIRST, disclose, world_at
from ledger.cli.documents import find_subjects
from ledger.cli.progress import derive_own_queue, derive_progress
from ledger.cli.standing import derive_cases, format_case
from ledger.papers.case import derive_case_facts
from ledger.proof.errors import Refused
from world import World


@pytest.fixture
def world() -> World:
    return world_at("assign")


def test_the_plans_progress_counts_what_is_public_of_a_sealed_draw(world: World) -> None:
    disclose(world)
    facts = derive_progress(world.record, world.now, "bureau", 2027)
    (line,) = facts["lines"]
    january = [stratum["months"][0] for stratum in line["strata"]]
    count = world.draw(SLOT).claimed
    assert count is not None
    assert sum(month["drawn"] for month in january) == count.count
    assert sum(month["visited"] for month in january) == 0
    assert facts["sealed"] == [{"slot": SLOT, "line": line["id"], "until": world.draw(SLOT).reveal_due}]
    assert derive_own_queue(world.record, world.now, "bureau/enforcement") == []


def test_the_documents_are_of_disclosed_cases_and_no_others(world: World) -> None:
    with pytest.raises(Refused, match="its sheets are sealed until 2027-02-03"):
        find_subjects(world.record, SLOT)
    disclose(world)
    assert find_subjects(world.record, SLOT) == [FIRST]
    assert derive_case_facts(world.record, FIRST).subject == FIRST
    with pytest.raises(Refused, match="sealed until 2027-02-03, or until its sheet is disclosed"):
        derive_case_facts(world.record, FIRST.replace("0001", "0002"))


def test_a_slots_cases_are_listed_those_that_are_sealed_until_their_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    disclose(world)
    shown, *sealed = derive_cases(world.record, world.draw(SLOT), {})
    assert shown["id"] == world.compute(SLOT).sheets[0].code
    assert {(row["id"], row["sealed_until"]) for row in sealed} == {(None, "2027-02-03")}
    assert format_case(world.policy, sealed[0])[:3] == ["0002", "—", "封存至 2027-02-03"]

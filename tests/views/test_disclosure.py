"""The disclosure log: every publication and what became of it, counted again from the raw entries; late is said."""

import json
from collections import Counter

from ledger.cli import handling, steps
from ledger.proof.encoding import derive_day
from ledger.views.disclosure import KINDS, Disclosed, list_disclosed
from month import month_entries, visit_case
from world import DAY, World

TYPES = {
    "items": "items.published/1",
    "plan": "plan.approved/1",
    "drawn": "draw.executed/1",
    "void": "draw.voided/1",
    "result": "result.published/1",
    "correction": "result.corrected/1",
    "penalty": "penalty.published/1",
    "withdrawal": "publication.withdrawn/1",
}


def published(world: World) -> str:
    """A case whose result is public; return it."""
    case = f"case/{world.run_to('assign')}/0001"
    visit_case(world, case, handling.find_case(world.desk, case).items[:1])
    handling.submit_result(world.desk, case, "rectification-ordered", "责令整改一项")
    handling.publish_result(world.desk, case)
    return case


def of(world: World, kind: str) -> list[Disclosed]:
    return [row for row in list_disclosed(world.log.entries) if row.kind == kind]


def test_it_has_each_such_entry_of_the_month_and_no_other() -> None:
    rows = list_disclosed(month_entries())
    types = [json.loads(entry.split(b"\n")[1])["type"] for entry in month_entries()]
    assert [row.index for row in rows] == sorted(row.index for row in rows)
    assert {row.kind for row in rows} <= set(KINDS)
    redrawn = sum(b'"supplements":' in entry for entry in month_entries())
    expected = {kind: types.count(type) for kind, type in TYPES.items()} | {"redraw": redrawn}
    assert Counter(row.kind for row in rows) == expected
    for row in rows:
        assert types[row.index] == (TYPES | {"redraw": "draw.opened/1"})[row.kind]


def test_a_correction_and_a_withdrawal_name_the_entry_that_they_change() -> None:
    world = World().prepare_year()
    case = published(world)
    first = len(world.log.entries) - 1
    handling.withdraw(world.desk, case, "result", "changed", derive_day(world.now))
    handling.correct_result(world.desk, case, "penalty-filed", "立案", "漏报")
    second = handling.publish_result(world.desk, case)
    handling.withdraw(world.desk, case, "result", "revoked", derive_day(world.now))
    assert [row.changes for row in of(world, "withdrawal")] == [first, second]
    assert [row.changes for row in of(world, "correction")] == [first]
    assert [(row.what, row.reason) for row in of(world, "withdrawal")] == [("result", "changed"), ("result", "revoked")]
    assert [row.index for row in of(world, "result")] == [first, second], "what was withdrawn stays"


def test_a_withdrawal_after_its_three_working_days_is_late() -> None:
    for days, is_late in ((3, False), (4, True)):
        world = World().prepare_year()
        case, decided = published(world), derive_day(world.now)
        world.now += days * DAY
        handling.withdraw(world.desk, case, "result", "revoked", decided)
        (row,) = of(world, "withdrawal")
        assert (decided, row.due, row.is_late, row.is_provisional) == ("2027-01-04", "2027-01-07", is_late, True)


def test_a_result_made_public_late_is_late_the_first_time_only() -> None:
    world = World().prepare_year()
    case = f"case/{world.run_to('assign')}/0001"
    visit_case(world, case)
    handling.submit_result(world.desk, case, "no-problem", "未发现问题")
    world.now += 40 * DAY
    handling.publish_result(world.desk, case)
    handling.withdraw(world.desk, case, "result", "entered-in-error", derive_day(world.now))
    world.now += DAY
    handling.publish_result(world.desk, case)
    assert [(row.due, row.is_late) for row in of(world, "result")] == [("2027-02-01", True), (None, False)]


def test_a_void_for_want_of_shares_and_the_draw_anew_are_there() -> None:
    world = World().prepare_year()
    slot = world.run_to("commit")
    world.reveal(slot, "bureau/enforcement")
    world.now = max(world.now, world.draw(slot).draw_at - 60)
    world.close(slot)
    world.open(kind="supplementary", supplements=slot)
    (void,), (redraw,) = of(world, "void"), of(world, "redraw")
    assert (void.subject, void.reason) == (f"draw/{slot}", "too-few-shares")
    assert redraw.what == slot
    assert world.draw(redraw.subject.removeprefix("draw/")).opened.supplements == slot


def test_a_result_that_the_policy_keeps_back_is_not_said() -> None:
    for shown, what in (("public", "rectification-ordered"), ("internal", "")):
        fields = {"name": "public", "officers": "masked", "code": "public", "date": "public", "summary": "public"}
        world = World(publication={**fields, "result": shown}).prepare_year()
        case = published(world)
        handling.correct_result(world.desk, case, "penalty-filed", "立案", "漏报")
        assert [row.what for row in of(world, "result")] == [what]
        assert [row.what for row in of(world, "correction")] == ["penalty-filed" if what else ""]


def test_a_draw_voided_by_hand_says_why() -> None:
    world = World().prepare_year()
    steps.void_draw(world.desk, world.run_to("freeze"), "ground-in-error")
    assert [row.reason for row in of(world, "void")] == ["ground-in-error"]

"""What no other test of the rules tries: refusals of rosters, lists and plans."""

from typing import Any

import pytest

from forge import (
    DRAW,
    ENFORCEMENT,
    LEADER,
    OPENED,
    SUPERVISOR,
    Fields,
    Refusal,
    append,
    assert_refused,
    forge,
)
from ledger.cli import steps
from ledger.proof.errors import Mismatch, Refused
from world import LINE, World, make_officers, make_targets

HAZCHEM = "bureau/hazchem"
EMPTY = {"root": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "count": 0}
CODE = make_targets("industry-trade", 1)[0]["id"]
TARGET = {"id": CODE, "sub_roster": "industry-trade", "status": "open"}
CHEMICALS = {"id": make_targets("hazchem", 1)[0]["id"], "sub_roster": "hazchem", "status": "open"}
OFFICER = make_officers(HAZCHEM, 1)[0]


def changed(**changes: Any) -> Fields:
    """A change of one officer's row."""
    return {"year": 2027, "roster": "bureau", "officer": {**OFFICER, **changes}, "reason": "x"}


def moved(**changes: Any) -> Fields:
    """A change of one enterprise's row."""
    return {"year": 2027, "target": {**TARGET, **changes}, "reason": "x"}


OFFICERS, TARGETS = "officers/2027/bureau", "targets/2027"
TWO = (ENFORCEMENT, SUPERVISOR)
THREE = (ENFORCEMENT, SUPERVISOR, LEADER)
DECLARED = {"year": 2027, "list": EMPTY}
APPROVED: Fields = {"year": 2027, "declarations": [], "certified_in_post": 0, "enrolled": 0}
OF_TARGETS: Fields = {"year": 2027, "declarations": [], "total": 0}

ROSTERS: dict[str, Refusal] = {
    "declared under another year": (
        "officers.declared/1",
        "officers/2028/bureau/of/bureau/hazchem",
        {**DECLARED, "roster": "bureau"},
        [HAZCHEM],
        Mismatch,
        "subject",
    ),
    "approved under another year": (
        "officers.approved/1",
        "officers/2028/bureau",
        {**APPROVED, "roster": "bureau"},
        [SUPERVISOR, LEADER],
        Mismatch,
        "subject",
    ),
    "approved twice": (
        "officers.approved/1",
        OFFICERS,
        {**APPROVED, "roster": "bureau"},
        [SUPERVISOR, LEADER],
        Refused,
        "approved already",
    ),
    "changed under another year": (
        "officer.changed/1",
        "officers/2028/bureau/changes",
        changed(in_post=False),
        [HAZCHEM, SUPERVISOR],
        Mismatch,
        "subject",
    ),
    "changed before it is approved": (
        "officer.changed/1",
        "officers/2028/bureau/changes",
        {**changed(in_post=False), "year": 2028},
        [HAZCHEM, SUPERVISOR],
        Refused,
        "not approved yet",
    ),
    "taken over by another section": (
        "officer.changed/1",
        f"{OFFICERS}/changes",
        changed(unit=ENFORCEMENT),
        TWO,
        Mismatch,
        "home unit",
    ),
    "a street's officer on the bureau's roster": (
        "officer.changed/1",
        f"{OFFICERS}/changes",
        changed(id="o-new", unit="street/buji"),
        ["street/buji", SUPERVISOR],
        Mismatch,
        "roster of street/buji",
    ),
    "a conflict that does not stand": (
        "conflict.ended/1",
        "conflicts",
        {"officer": OFFICER["id"], "code": CODE},
        [HAZCHEM, SUPERVISOR],
        Refused,
        "no conflict",
    ),
    "enterprises declared under another year": (
        "targets.declared/1",
        "targets/2028/hazchem",
        {**DECLARED, "sub_roster": "hazchem"},
        [HAZCHEM],
        Mismatch,
        "subject",
    ),
    "enterprises approved under another year": (
        "targets.approved/1",
        "targets/2028",
        OF_TARGETS,
        THREE,
        Mismatch,
        "subject",
    ),
    "enterprises approved twice": ("targets.approved/1", TARGETS, OF_TARGETS, THREE, Refused, "approved already"),
    "enterprises changed under another year": (
        "target.changed/1",
        "targets/2028/changes",
        moved(status="closed"),
        TWO,
        Mismatch,
        "subject",
    ),
    "a street that is none": (
        "target.changed/1",
        "targets/2027/changes",
        moved(street="street/of-mine"),
        TWO,
        Refused,
        "street/of-mine is not",
    ),
    "a tag that is none": (
        "target.changed/1",
        "targets/2027/changes",
        moved(tags=["tag-of-mine"]),
        TWO,
        Refused,
        "tag-of-mine is not",
    ),
    "a list that is not there": (
        "items.published/1",
        "items",
        {"edition": "x", "list": {"root": "ab" * 32, "count": 3}},
        TWO,
        Mismatch,
        "0 rows in 0 parts stand in the log",
    ),
}
"""What a roster or list must not say."""


@pytest.mark.parametrize("name", ROSTERS)
def test_a_roster_that_does_not_hold_together_is_refused(name: str) -> None:
    type, subject, body, units, kind, word = ROSTERS[name]
    world = World().prepare_year()
    assert_refused(world.record, forge(world, type, subject, body, *units), kind, word)


def test_a_conflict_is_declared_once() -> None:
    world = World().prepare_year()
    event = ("conflict.declared/1", "conflicts", {"officer": OFFICER["id"], "code": CODE, "reason": "kinship"}, HAZCHEM)
    append(world, *event)
    assert_refused(world.record, forge(world, *event), Refused, "stands already")


def test_an_officer_is_declared_by_one_section() -> None:
    world = World()
    for unit in (HAZCHEM, ENFORCEMENT):
        steps.declare_officers(world.desk, 2027, unit, [{**OFFICER, "unit": unit}])
    with pytest.raises(Refused, match=f"{OFFICER['id']} stands twice: each has one home roster"):
        steps.approve_officers(world.desk, 2027, "bureau")


def test_a_unit_declares_no_officers_for_another_offices_roster() -> None:
    body = {**DECLARED, "roster": "street/buji"}
    world = World()
    entry = forge(world, "officers.declared/1", "officers/2027/street/buji/of/bureau/hazchem", body, HAZCHEM)
    assert_refused(world.record, entry, Refused, "bureau/hazchem has no staff on the roster street/buji")


def test_an_item_applies_to_what_the_policy_knows() -> None:
    world = World()
    item = {"id": "i", "content": "x", "basis": "x", "method": "x", "authority": "x", "applies_to": ["of-mine"]}
    with pytest.raises(Refused, match="item i: of-mine is neither a sub-roster nor a tag of the policy"):
        steps.publish_items(world.desk, "1", [item])
    steps.publish_items(world.desk, "1", [{**item, "applies_to": ["hazchem"]}])


STRATUM: Fields = {"id": "trade", "scope": {"sub_rosters": ["industry-trade"]}, "ratio": "60/100"}


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([LINE, LINE], "two lines have the same id"),
        ([{**LINE, "strata": [STRATUM, STRATUM]}], "two strata have the same id"),
        ([{**LINE, "strata": [{**STRATUM, "id": "a/b"}]}], "an id without a slash"),
        ([{**LINE, "strata": [{**STRATUM, "count": 3}]}], "a ratio or a count, one of the two"),
        ([{**LINE, "strata": [{"id": "one", "scope": {}}]}], "a ratio or a count, one of the two"),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused(lines: list[Fields], word: str) -> None:
    world = World().prepare_year()
    with pytest.raises(Refused, match=word):
        steps.approve_plan(world.desk, "bureau", 2027, lines)


def test_a_plan_is_approved_under_its_own_year() -> None:
    world = World().prepare_year()
    body = steps.derive_plan(world.desk, "bureau", 2027, [LINE])
    entry = forge(world, "plan.approved/1", "plan/bureau/2028", body, *TWO)
    assert_refused(world.record, entry, Mismatch, "subject")


@pytest.mark.parametrize("missing", ["officers", "items", "targets"])
def test_no_draw_without_rosters_and_items(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = {"officers": "approve_officers", "items": "publish_items", "targets": "approve_targets"}[missing]
    world = World()
    monkeypatch.setattr(steps, skipped, lambda *_: None)
    if missing == "targets":
        with pytest.raises(Refused, match="no target roster is approved for 2027"):
            world.prepare_year()
        return
    world.prepare_year()
    words = {"officers": "no officer roster of the bureau is approved", "items": "no check-item list is published"}
    assert_refused(world.record, forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT), Refused, words[missing])


def test_no_inspection_without_a_published_list(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(steps, "publish_items", lambda *_: None)
    world.prepare_year()
    officers = ["o-bureau-enforcement-00", "o-bureau-enforcement-01"]
    body = {"kind": "special", "code": CODE, "officers": officers, "items": ["item-0"], "reason": "x"}
    approved = {**body, "basis": "work-safety-law-62"}
    entry = forge(world, "inspection.approved/1", "inspection/bureau/2027-01/001", approved, ENFORCEMENT, LEADER)
    assert_refused(world.record, entry, Refused, "no check-item list is published")

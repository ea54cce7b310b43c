"""Key enterprises (R31): who is on a list, in term, stands on the target roster, or it is not approved."""

import pytest

from forge import ENFORCEMENT, LEADER, SUPERVISOR, Fields, append, assert_refused, forge
from ledger.cli import steps
from ledger.cli.declaring import declare_key_list
from ledger.office.compose import derive_list, format_body
from ledger.office.events.body import ListRef
from ledger.office.keylists import find_missing
from ledger.proof.errors import LedgerError, Malformed, Mismatch, Refused, Unauthorised
from world import World, make_targets

LIST = "major-hazard"
ROWS = make_targets("industry-trade", 20)
OPEN, CLOSED, ABSENT = ROWS[0]["id"], ROWS[16]["id"], "91440300000000000X"


def world_of(*keyed: Fields, name: str = LIST) -> World:
    """Return a world in January with twenty enterprises declared, the last but three closed, and one key list."""
    world = World()
    steps.declare_targets(world.desk, 2027, "industry-trade", ROWS)
    declare_key_list(world.desk, 2027, name, derive_list(keyed))
    return world


def keyed(code: str, since: str = "2026-01-01", **until: str) -> Fields:
    return {"id": code, "since": since, **until}


@pytest.mark.parametrize("code", [ABSENT, CLOSED])
def test_t11_a_roster_without_a_key_enterprise_is_not_approved_and_all_are_named(code: str) -> None:
    world = world_of(keyed(code), keyed(OPEN))
    with pytest.raises(Refused, match=rf"major-hazard \(1\): {code}$"):
        steps.approve_targets(world.desk, 2027)
    assert 2027 not in world.record.targets.approved


@pytest.mark.parametrize(
    "term",
    [
        {"since": "2027-01-05"},  # not yet: it is 4 January
        {"until": "2027-01-03"},  # no longer
        {"since": "2027-02-01", "until": "2027-03-01"},
    ],
)
def test_who_is_not_in_term_blocks_nothing(term: dict[str, str]) -> None:
    steps.approve_targets(world_of(keyed(ABSENT, **term)).desk, 2027)


@pytest.mark.parametrize("term", [{"since": "2027-01-04"}, {"until": "2027-01-04"}])
def test_both_days_of_a_term_belong_to_it(term: dict[str, str]) -> None:
    with pytest.raises(Refused, match=ABSENT):
        steps.approve_targets(world_of(keyed(ABSENT, **term)).desk, 2027)


@pytest.mark.parametrize(("until", "is_missing"), [("2027-12-31", False), ("2028-01-01", True)])
def test_in_december_the_first_day_of_the_year_to_come_counts(until: str, is_missing: bool) -> None:
    world = World()
    declare_key_list(world.desk, 2028, LIST, derive_list([keyed(ABSENT, until=until)]))
    assert find_missing(world.record, 2028, "2027-12-20", {}) == ({LIST: [ABSENT]} if is_missing else {})


def test_a_later_declaration_takes_one_off_early() -> None:
    world = world_of(keyed(ABSENT), keyed(OPEN))
    assert declare_key_list(world.desk, 2027, LIST, derive_list([keyed(ABSENT), keyed(OPEN)])) is None
    assert declare_key_list(world.desk, 2027, LIST, derive_list([keyed(OPEN)])) is not None
    steps.approve_targets(world.desk, 2027)


def test_another_years_list_asks_for_nothing() -> None:
    world = world_of()
    declare_key_list(world.desk, 2028, LIST, derive_list([keyed(ABSENT)]))
    steps.approve_targets(world.desk, 2027)


def test_a_planned_inspection_takes_no_key_enterprise_out_of_the_pool() -> None:
    world = World()
    declare_key_list(world.desk, 2027, LIST, derive_list([keyed(make_targets("industry-trade", 1)[0]["id"])]))
    world.prepare_year()
    fields = {
        "kind": "planned",
        "line": "monthly",
        "code": OPEN,
        "officers": ["o-bureau-enforcement-00", "o-bureau-enforcement-01"],
        "items": ["item-0"],
        "basis": "work-safety-law-62",
        "reason": "计划内检查",
    }
    append(world, "inspection.approved/1", "inspection/bureau/2027-01/001", fields, ENFORCEMENT, LEADER)
    assert OPEN in world.draw(world.open()).ground.eligible("trade")


def test_the_supervisors_own_list_is_countersigned_by_the_leader() -> None:
    world = World()
    body = {"year": 2027, "key_list": "serious-dishonesty", "list": format_body(derive_list([]).ref)}
    event = ("keylist.declared/1", "keylists/2027/serious-dishonesty", body)
    assert_refused(world.record, forge(world, *event, SUPERVISOR), Unauthorised, "bureau/leadership")
    append(world, *event, SUPERVISOR, LEADER)


@pytest.mark.parametrize(
    ("name", "subject", "kind", "word"),
    [
        ("licence", "keylists/2027/licence", Unauthorised, "expected bureau/hazchem"),
        ("unknown", "keylists/2027/unknown", Unauthorised, "expected nobody"),
        (LIST, "keylists/2028/major-hazard", Mismatch, "subject"),
        (LIST, "keylists/2027", Malformed, "is not of the form"),
    ],
)
def test_a_list_is_declared_by_its_keeper_on_its_subject(
    name: str, subject: str, kind: type[LedgerError], word: str
) -> None:
    world = World()
    body = {"year": 2027, "key_list": name, "list": format_body(derive_list([]).ref)}
    assert_refused(world.record, forge(world, "keylist.declared/1", subject, body, ENFORCEMENT, SUPERVISOR), kind, word)


@pytest.mark.parametrize(
    ("row", "kind", "word"),
    [
        ({"id": OPEN}, Malformed, "since"),
        (keyed(OPEN, until="2025-12-31"), Malformed, "end before it begins"),
        (keyed(OPEN, until="2025-13-31"), Malformed, "until"),
        (keyed(OPEN, name="甲公司"), Malformed, "name"),
        (keyed("reg:91440300MA0000000H"), Refused, "stands without reg:"),
    ],
)
def test_a_row_of_another_form_is_refused(row: Fields, kind: type[LedgerError], word: str) -> None:
    with pytest.raises(kind, match=word):
        declare_key_list(World().desk, 2027, LIST, derive_list([row]))


def test_a_list_that_does_not_stand_in_the_log_is_refused() -> None:
    world = World()
    body = {"year": 2027, "key_list": LIST, "list": format_body(ListRef(root="ab" * 32, count=1))}
    entry = forge(world, "keylist.declared/1", f"keylists/2027/{LIST}", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Mismatch, "stand in the log")


@pytest.mark.parametrize(
    ("changes", "kind", "word"),
    [
        ({"lists": [{"list": "unknown", "since": "2026-01-01"}]}, Refused, "key list unknown is not in the policy"),
        ({"lists": [{"list": "licence"}]}, Malformed, "since"),
        ({"lists": [{"list": name, "since": "2026-01-01"} for name in ("licence", "licence")]}, Malformed, "ascending"),
        ({"lists": []}, Malformed, "lists"),
        ({"licences": [{"kind": kind, "until": "2026-01-01"} for kind in ("乙证", "甲证", "乙证")]}, Malformed, "asc"),
        ({"licences": [{"kind": "甲证"}]}, Malformed, "until"),
        ({"hazards": -1}, Malformed, "hazards"),
        ({"accidents": "1"}, Malformed, "accidents"),
    ],
)
def test_an_attribute_of_another_form_is_refused(changes: Fields, kind: type[LedgerError], word: str) -> None:
    with pytest.raises(kind, match=word):
        steps.declare_targets(World().desk, 2027, "industry-trade", [{**ROWS[0], **changes}])


def test_a_stratum_of_hazards_accidents_and_lists_takes_who_has_them() -> None:
    member = {"list": LIST, "since": "2026-01-01"}
    given: list[Fields] = [
        {"hazards": 2},
        {"hazards": 1},
        {"accidents": 3},
        {"lists": [member]},
        {"hazards": 0, "accidents": 1},
    ]
    targets = [{**row, **(given[number] if number < 5 else {})} for number, row in enumerate(ROWS)]
    scopes = [{"hazards": 2}, {"accidents": 2}, {"lists": [LIST]}]
    world = World(yearly_cap=9)
    strata = [{"id": f"s{number}", "scope": one, "ratio": "1/1"} for number, one in enumerate(scopes)]
    world.plan = [{"id": "monthly", "title": "x", "kind": "monthly", "weights": [1] * 12, "strata": strata}]
    world.prepare_year(2027, targets)
    pool = {leaf.target.id: leaf.stratum for leaf in world.draw(world.open()).ground.pool}
    assert pool == {ROWS[0]["id"]: "s0", ROWS[2]["id"]: "s1", ROWS[3]["id"]: "s2"}


def test_a_licence_that_no_rule_reads_changes_at_once() -> None:
    world = World().prepare_year()
    row = {**make_targets("industry-trade", 1)[0], "licences": [{"kind": "甲证", "until": "2026-01-01"}]}
    body = {"year": 2027, "target": row, "reason": "核实"}
    append(world, "target.changed/1", "targets/2027/changes", body, ENFORCEMENT, SUPERVISOR)
    before, after = (target for _, target in world.record.targets.roster(2027)[row["id"]].versions)
    assert before.rule_attributes() == after.rule_attributes()

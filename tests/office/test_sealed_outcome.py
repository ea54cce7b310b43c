"""Attacks on a sealed outcome: told too early, invented, never revealed (T1, T5, T17, T22, T23, T25, T36; ADR 0016)."""

from dataclasses import replace

import pytest

from forge import (
    DRAW,
    ENFORCEMENT,
    LEADER,
    OPENED,
    SLOT,
    SUPERVISOR,
    Fields,
    append,
    assert_refused,
    assert_round_refused,
    forge,
    replay,
)
from hidden import FIRST, copy, disclose, pass_deadline, sheet_fields, world_at
from ledger.cli import handling, sealing, steps
from ledger.cli.announcing import UNFOUNDED, derive_results
from ledger.office.compose import format_body
from ledger.office.results import derive_executed
from ledger.office.sealed import derive_sheet_leaf
from ledger.proof.errors import LedgerError, Malformed, Mismatch, Refused, Unauthorised
from ledger.proof.merkle import derive_root
from month import visit_case
from world import DAY, World, key

READS = f"reads/{SLOT}"


def executed_body(world: World, **changes: object) -> Fields:
    return {**format_body(derive_executed(world.draw(SLOT), world.compute(SLOT))), **changes}


def test_t23_the_outcome_is_executed_by_who_holds_the_shares() -> None:
    world = world_at("randomness")
    entry = forge(world, "draw.executed/1", DRAW, executed_body(world), "street/pinghu")
    assert_refused(world.record, entry, Refused, "street/pinghu does not hold the shares")
    for holder in ("service", ENFORCEMENT, LEADER):
        copy(world).record.append(forge(world, "draw.executed/1", DRAW, executed_body(world), holder))


def test_t17_the_supervisor_executes_no_root_neither_first_nor_in_the_place_of_another() -> None:
    world = world_at("randomness")
    own = executed_body(world, outcome={"root": "ab" * 32, "count": world.compute(SLOT).ref.count})
    assert_refused(world.record, forge(world, "draw.executed/1", DRAW, own, SUPERVISOR), Refused, "another unit")
    world.execute(SLOT)
    disputed = world_at("randomness")
    steps.execute_draw(disputed.desk, SLOT, "service", disputed.compute(SLOT))
    append(disputed, "draw.attested/1", DRAW, {"outcome": own["outcome"]}, SUPERVISOR)
    assert disputed.draw(SLOT).attested is False
    entry = forge(disputed, "draw.executed/1", DRAW, own, SUPERVISOR)
    assert_refused(disputed.record, entry, Refused, "another unit executes it")


def test_every_holder_computes_the_same() -> None:
    world = world_at("randomness")
    assert len({world.compute(SLOT, unit).ref.root for unit in ("service", ENFORCEMENT, SUPERVISOR, LEADER)}) == 1


@pytest.mark.parametrize("field", ["seed", "caps"])
def test_t22_what_would_tell_the_outcome_is_refused(field: str) -> None:
    world = world_at("randomness")
    outcome = world.compute(SLOT)
    told = {"seed": outcome.seed, "caps": [format_body(cap) for cap in outcome.caps]}[field]
    entry = forge(world, "draw.executed/1", DRAW, executed_body(world, **{field: told}), "service")
    assert_refused(world.record, entry, Mismatch, field)


def test_t22_nor_may_the_largest_ticket_stand_there() -> None:
    world = world_at("randomness")
    strata = [format_body(stratum) for stratum in world.compute(SLOT).strata]
    entry = forge(world, "draw.executed/1", DRAW, executed_body(world, strata=strata), "service")
    assert_refused(world.record, entry, Mismatch, "selection")


def test_t05_a_sealed_outcome_has_as_many_sheets_as_the_quotas_ask_for() -> None:
    world = world_at("randomness")
    body = executed_body(world)
    for outcome in ({**body["outcome"], "count": body["outcome"]["count"] - 1},):
        entry = forge(world, "draw.executed/1", DRAW, {**body, "outcome": outcome}, "service")
        assert_refused(world.record, entry, Mismatch, "count")
    strata = [{**body["strata"][0], "drawn": body["strata"][0]["drawn"] - 1}, *body["strata"][1:]]
    entry = forge(world, "draw.executed/1", DRAW, {**body, "strata": strata}, "service")
    assert_refused(world.record, entry, Mismatch, "selection")


def test_t05_it_is_executed_once_while_nobody_disagrees() -> None:
    world = world_at("execute")
    entry = forge(world, "draw.executed/1", DRAW, executed_body(world), "service")
    assert_refused(world.record, entry, Refused, "executed already")


def test_t01_nothing_is_executed_before_the_randomness() -> None:
    world = world_at("witness")
    body = {"strata": [], "outcome": {"root": "00" * 32, "count": 0}}
    assert_refused(world.record, forge(world, "draw.executed/1", DRAW, body, "service"), Refused, "not recorded yet")


def test_t08_the_randomness_of_a_sealed_draw_is_checked_alike() -> None:
    assert_round_refused(world_at("witness"), Mismatch, "round", round=1)
    assert_round_refused(world_at("close"), Refused, "no quorum cosigned in time")


def test_t17_while_the_supervisor_disagrees_nothing_is_assigned_and_another_root_may_come() -> None:
    world = world_at("randomness")
    rubbish = executed_body(world, outcome={"root": "ab" * 32, "count": world.compute(SLOT).ref.count})
    append(world, "draw.executed/1", DRAW, rubbish, ENFORCEMENT)
    true = world.compute(SLOT)
    steps.attest_draw(world.desk, SLOT, true)
    assert world.draw(SLOT).attested is False
    leaf = {"leaf": derive_sheet_leaf(true.sheets[0]), "path": list(sealing.derive_paths(true)["0001"])}
    entry = forge(world, "case.assigned/1", FIRST, leaf, true.sheets[0].host)
    assert_refused(world.record, entry, Refused, "disagrees with it")
    world.execute(SLOT)
    assert world.draw(SLOT).attested is True
    sealing.assign_sealed(world.desk, SLOT, true)
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    assert [(one.error.check, one.is_root) for one in world.record.breaches] == [("outcome", True)]


def revealed_body(world: World, **changes: str) -> Fields:
    shares = {unit: world.share(SLOT, unit) for unit in (ENFORCEMENT, SUPERVISOR)}
    return {"shares": shares | changes}


def test_t22_nobody_reveals_before_the_visits_are_over() -> None:
    world = world_at("assign")
    for unit in (SUPERVISOR, "service"):
        entry = forge(world, "draw.revealed/1", DRAW, revealed_body(world), unit)
        assert_refused(world.record, entry, Refused, "only bureau/enforcement reveals")
    entry = forge(world, "draw.revealed/1", DRAW, revealed_body(world), ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "after all visits, and 4 are not recorded")


def test_t09_nor_by_a_date_set_ahead() -> None:
    world = world_at("assign")
    world.now += 40 * DAY
    entry = forge(world, "draw.revealed/1", DRAW, revealed_body(world), SUPERVISOR)
    assert_refused(world.record, entry, Refused, "only bureau/enforcement reveals")


def test_the_organiser_reveals_once_every_visit_is_in() -> None:
    world = world_at("assign")
    world.now += 3600
    for number in range(1, 5):
        disclose(world, number)
        visit_case(world, f"case/{SLOT}/{number:04d}")
    entry = forge(world, "draw.revealed/1", DRAW, revealed_body(world), SUPERVISOR)
    assert_refused(world.record, entry, Refused, "only bureau/enforcement reveals")
    world.reveal_sealed(SLOT)
    assert world.draw(SLOT).has_outcome


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({ENFORCEMENT: "00" * 32}, "commitment of bureau/enforcement"),
        ({"street/pinghu": "00" * 32}, "shares"),
    ],
)
def test_t06_what_is_revealed_is_what_was_committed_to(changes: dict[str, str], word: str) -> None:
    world = world_at("assign")
    pass_deadline(world)
    entry = forge(world, "draw.revealed/1", DRAW, revealed_body(world, **changes), SUPERVISOR)
    assert_refused(world.record, entry, Mismatch, word)


def test_t06_no_counted_share_is_kept_back_and_each_shown_once() -> None:
    world = world_at("assign")
    pass_deadline(world)
    body = {"shares": {ENFORCEMENT: world.share(SLOT, ENFORCEMENT)}}
    assert_refused(world.record, forge(world, "draw.revealed/1", DRAW, body, SUPERVISOR), Mismatch, "shares")
    world.reveal_sealed(SLOT, "street/pinghu")
    again = forge(world, "draw.revealed/1", DRAW, revealed_body(world), SUPERVISOR)
    assert_refused(world.record, again, Refused, "revealed already")
    late = forge(world, "case.disclosed/1", FIRST, {"sheet": sheet_fields(world.compute(SLOT))}, ENFORCEMENT)
    with pytest.raises(LedgerError):
        world.record.append(late)


def test_an_open_draw_is_not_revealed_and_a_sealed_one_only_when_executed() -> None:
    world = world_at("randomness")
    pass_deadline(world)
    entry = forge(world, "draw.revealed/1", DRAW, revealed_body(world), SUPERVISOR)
    assert_refused(world.record, entry, Refused, "not executed yet")
    opened = World().prepare_year()
    opened.run_to("execute")
    body = {"shares": {ENFORCEMENT: opened.share(SLOT, ENFORCEMENT)}}
    assert_refused(opened.record, forge(opened, "draw.revealed/1", DRAW, body, SUPERVISOR), Refused, "not sealed")


def test_after_the_reveal_it_is_like_an_open_draw() -> None:
    world = world_at("assign")
    computed = world.compute(SLOT)
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    draw = world.draw(SLOT)
    assert draw.outcome == computed
    assert [case.code for case in world.record.cases.by_subject.values()] == [sheet.code for sheet in computed.sheets]
    assert world.record.draws.selected[2027].total() == sum(
        sheet.stratum not in {one.id for one in draw.ground.strata if one.directed} for sheet in computed.sheets
    )
    assert replay(world.log.entries).draws.by_slot[SLOT].outcome == computed
    visit_case(world, FIRST)


def test_t17_an_invented_root_is_found_and_nothing_done_under_it_stands() -> None:
    world = world_at("randomness")
    true = world.compute(SLOT)
    rigged = replace(true, sheets=(replace(true.sheets[0], officers=true.sheets[1].officers), *true.sheets[1:]))
    root = derive_root(sheet.format() for sheet in rigged.sheets).hex()
    rigged = replace(rigged, ref=type(true.ref)(root=root, count=true.ref.count))
    steps.execute_draw(world.desk, SLOT, ENFORCEMENT, rigged)
    steps.attest_draw(world.desk, SLOT, rigged)
    sealing.assign_sealed(world.desk, SLOT, rigged)
    world.now += 3600
    sealing.disclose_case(world.desk, SLOT, rigged.sheets[0])
    visit_case(world, FIRST)
    handling.submit_result(world.desk, FIRST, "no-problem", "未发现问题")
    handling.publish_result(world.desk, FIRST)
    executed, attested = world.draw(SLOT).executed_at, world.draw(SLOT).attested_at
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    assert [(one.index, one.error.check) for one in world.record.breaches] == [
        (executed, "outcome"),
        (attested, "attested"),
    ]
    assert (world.record.cases.by_subject, world.record.cases.sealed) == ({}, {})
    (unfounded,) = world.record.cases.unfounded.values()
    assert (unfounded.visit is not None, unfounded.shown is not None) == (True, True)
    (row,) = derive_results(world.record)
    assert str(row["备注"]).startswith(UNFOUNDED)
    assert world.draw(SLOT).outcome == true
    body = {"code": true.sheets[0].code, "officers": list(true.sheets[0].officers)}
    entry = forge(world, "case.assigned/1", FIRST, body, true.sheets[0].host)
    assert_refused(world.record, entry, Refused, "has not attested")
    steps.attest_draw(world.desk, SLOT)
    steps.assign_cases(world.desk, SLOT)
    assert len(world.record.cases.by_subject) == 4


def test_t25_until_the_reveal_it_counts_as_pending_and_for_nothing_else() -> None:
    world = world_at("assign")
    assert not world.record.draws.selected
    world.now += 5 * DAY
    slot = world.open("2027-02")
    assert all(leaf.excluded != "cap-reached" for leaf in world.draw(slot).ground.pool)
    strict = World(yearly_cap=1).prepare_year()
    strict.run_sealed_to("assign")
    body = {**OPENED}
    entry = forge(strict, "draw.opened/1", "draw/bureau/2027-02/001", body, ENFORCEMENT)
    assert_refused(strict.record, entry, Refused, "up to the yearly cap: that outcome comes first")
    pass_deadline(strict)
    strict.reveal_sealed(SLOT)
    drawn = {sheet.code for sheet in strict.compute(SLOT).sheets}
    slot = strict.open("2027-02")
    ground = strict.draw(slot).ground
    directed = {stratum.id for stratum in ground.strata if stratum.directed}
    reached = {leaf.target.id for leaf in ground.pool if leaf.excluded == "cap-reached"}
    assert reached <= drawn
    assert {code for code in drawn if strict.draw(SLOT).outcome.find(code).stratum not in directed} <= reached  # type: ignore[union-attr]


def test_t36_an_overdue_reveal_holds_up_the_organisers_next_draw() -> None:
    world = world_at("assign")
    pass_deadline(world)
    entry = forge(world, "draw.opened/1", "draw/bureau/2027-02/001", OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "its shares are to be revealed first")
    world.reveal_sealed(SLOT, "service")
    world.open("2027-02")


def test_t37_a_draw_is_revealed_by_the_policy_it_was_opened_under_also_when_its_organiser_is_another() -> None:
    periods = world_at("open").policy.periods.model_copy(update={"notice_days": 1})
    world = World(periods=periods).prepare_year()
    world.run_sealed_to("execute")
    other = world.policy.offices["bureau"].model_copy(update={"organiser": "bureau/hazchem"})
    offices = {**world.policy.offices, "bureau": other}
    policy = format_body(world.policy.model_copy(update={"offices": offices}))
    append(world, "policy.adopted/1", "policy", {"policy": policy}, ENFORCEMENT, SUPERVISOR)
    world.pass_days(2)
    early = forge(world, "draw.revealed/1", DRAW, revealed_body(world), SUPERVISOR)
    assert_refused(world.record, early, Refused, "only bureau/enforcement reveals")
    pass_deadline(world)
    append(world, "draw.revealed/1", DRAW, revealed_body(world), "service")
    assert replay(world.log.entries).draws.by_slot[SLOT].has_outcome


def test_t05_a_log_is_not_closed_on_a_sealed_outcome() -> None:
    world = world_at("assign")
    with pytest.raises(Refused, match="the shares of bureau/2027-01/001 are to be revealed first"):
        steps.close_log(world.desk, key("next.example/log").verifier, "key-rotated")


def test_t05_a_void_sealed_draw_keeps_its_outcome_owes_its_reveal_and_uses_up_no_cap() -> None:
    world = world_at("execute")
    steps.void_draw(world.desk, SLOT, "procedure-in-error")
    assert world.draw(SLOT).owes_reveal
    sealing.assign_sealed(world.desk, SLOT, world.compute(SLOT))
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    assert world.record.draws.selected.get(2027, {}) == {}
    assert len(world.record.cases.by_subject) == 4


def test_t05_voided_after_the_reveal_its_counts_are_taken_back() -> None:
    world = world_at("assign")
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    steps.void_draw(world.desk, SLOT, "procedure-in-error")
    assert world.record.draws.selected[2027].total() == 0


def test_t23_shares_are_read_by_holders_and_the_reading_stands_in_the_record() -> None:
    world = world_at("close")
    body = {"what": "shares"}
    assert_refused(
        world.record, forge(world, "read.recorded/1", READS, body, "street/pinghu"), Unauthorised, "expected"
    )
    sealing.record_read(world.desk, SLOT, SUPERVISOR)
    entry = forge(world, "read.recorded/1", READS, {"what": "sheet"}, "street/pinghu")
    assert_refused(world.record, entry, Refused, "not executed yet")


def test_t22_a_reading_does_not_name_its_case() -> None:
    world = world_at("assign")
    body = {"what": "sheet", "case": "0001"}
    assert_refused(world.record, forge(world, "read.recorded/1", READS, body, "service"), Malformed, "case")
    append(world, "read.recorded/1", READS, {"what": "sheet"}, "street/pinghu")


def test_t22_there_is_nothing_private_to_read_before_the_closing_or_after_the_reveal() -> None:
    early = world_at("check")
    entry = forge(early, "read.recorded/1", READS, {"what": "shares"}, "service")
    assert_refused(early.record, entry, Refused, "no closed sealed draw")
    world = world_at("assign")
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    entry = forge(world, "read.recorded/1", READS, {"what": "shares"}, "service")
    assert_refused(world.record, entry, Refused, "nothing of it is sealed any more")

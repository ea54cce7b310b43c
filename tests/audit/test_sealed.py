"""What a report says of sealed draws: hidden, overdue, revealed; and of what proves wrong when it is shown."""

from dataclasses import replace

import pytest

from audit.evidence import failed, verify_entries
from forge import ENFORCEMENT, SLOT, SUPERVISOR, append, forge
from hidden import FIRST, copy, disclose, pass_deadline, sheet_fields, world_at
from ledger.audit.bundle import derive_bundle
from ledger.audit.container import format_container
from ledger.audit.explain import explain
from ledger.audit.pairing import check_pairing
from ledger.audit.report import Report
from ledger.audit.verify import Terms, verify_bundle
from ledger.cli import sealing, steps
from ledger.office.outcome import Outcome
from ledger.proof.errors import Mismatch, Refused
from ledger.proof.merkle import derive_root
from ledger.views.fold import fold
from world import World

COMPUTED = ("seed", "selection", "officers", "outcome")


def unchecked(report: Report) -> dict[str, str]:
    """Return what is not checked, and why."""
    return {finding.check.id: finding.reason.en for finding in report.with_status("not checked")}


def rig(outcome: Outcome) -> Outcome:
    """Return an outcome whose first case has the officers of the second."""
    sheets = (replace(outcome.sheets[0], officers=outcome.sheets[1].officers), *outcome.sheets[1:])
    root = derive_root(sheet.format() for sheet in sheets).hex()
    return replace(outcome, sheets=sheets, ref=outcome.ref.model_copy(update={"root": root}))


def bundle(world: World, slot: str = SLOT) -> bytes:
    return format_container(derive_bundle(world.record, world.log.entries, world.cosigned(), slot))


def test_t22_before_the_reveal_what_nobody_can_compute_is_not_checked_and_there_is_no_bundle() -> None:
    world = world_at("assign")
    report = verify_entries(world.log.entries)
    assert failed(report) == []
    for check in COMPUTED:
        assert unchecked(report)[check] == f"sealed until the shares are revealed: {SLOT}"
        assert SLOT in next(one.reason.zh for one in report.with_status("not checked") if one.check.id == check)
    (facts,) = report.facts["draws"]
    assert (facts["mode"], facts["owes_reveal"], facts["drawn"], facts["seed"]) == ("sealed", True, None, None)
    with pytest.raises(Refused, match="is sealed until its shares are revealed"):
        bundle(world)


def test_t36_an_overdue_reveal_is_named() -> None:
    world = world_at("assign")
    assert "stations" not in unchecked(verify_entries(world.log.entries))
    pass_deadline(world)
    told = unchecked(verify_entries(world.log.entries))["stations"]
    assert told == f"sealed draws whose reveal is overdue: {SLOT}"


def test_after_the_reveal_all_of_it_is_checked_explained_and_bundled() -> None:
    world = world_at("assign")
    computed = world.compute(SLOT)
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    report = verify_entries(world.log.entries)
    assert failed(report) == []
    assert not unchecked(report).keys() & {*COMPUTED, "attested"}
    data = bundle(world)
    assert failed(verify_bundle(data, Terms(pairing=check_pairing))) == []
    sheet = computed.sheets[0]
    answer = explain(sheet.code, data, check_pairing)
    assert answer.inspection is not None
    assert answer.inspection.officers == sheet.officers


def test_t06_who_did_not_check_a_share_is_named() -> None:
    world = world_at("commit")
    draw = world.draw(SLOT)
    for share_of, recipients in draw.encrypted.items():
        for unit in set(recipients) - ({"bureau/leadership"} if share_of == SUPERVISOR else set()):
            sealing.check_share(world.desk, SLOT, unit, share_of)
    world.close(SLOT)
    told = unchecked(verify_entries(world.log.entries))["shares"]
    assert told == f"shares that do not count, and who did not check them: {SLOT} {SUPERVISOR} (bureau/leadership)"


def test_t17_an_invented_root_fails_where_it_was_executed_and_where_it_was_attested() -> None:
    world = world_at("randomness")
    rigged = rig(world.compute(SLOT))
    steps.execute_draw(world.desk, SLOT, ENFORCEMENT, rigged)
    steps.attest_draw(world.desk, SLOT, rigged)
    sealing.assign_sealed(world.desk, SLOT, rigged)
    assert failed(verify_entries(world.log.entries)) == []
    executed, attested = world.draw(SLOT).executed_at, world.draw(SLOT).attested_at
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    report = verify_entries(world.log.entries)
    assert failed(report) == ["outcome", "attested"]
    assert [(one["entry"], one["check"]) for one in report.facts["breaches"]] == [
        (executed, "outcome"),
        (attested, "attested"),
    ]
    assert all("份额算得" in one["reason_zh"] for one in report.facts["breaches"])


def test_t19_a_claim_that_the_sheet_does_not_bear_out_is_listed_at_its_entry_and_fails_nothing() -> None:
    world = world_at("assign")
    on = world.compute(SLOT).sheets[0].officers
    homes = world.draw(SLOT).ground.homes
    other = next(officer for officer in sorted(homes) if officer not in on)
    index = append(world, "case.received/1", FIRST, {"officer": other}, homes[other])
    honest = copy(world)
    assert failed(verify_entries(honest.log.entries)) == []
    disclose(world)
    report = verify_entries(world.log.entries)
    assert failed(report) == []
    (breach,) = report.facts["breaches"]
    assert (breach["entry"], breach["check"], breach["slot"], breach["fails"]) == (index, "cases", SLOT, False)
    assert breach["reason"] == f"case.received/1 on {FIRST}: {other} is not on the case"
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    data = bundle(world)
    assert failed(verify_bundle(data, Terms(pairing=check_pairing))) == []
    assert explain(world.compute(SLOT).sheets[0].code, data, check_pairing).inspection is not None


def test_sheets_left_to_the_reveal_are_written_down_with_it_and_stand_in_the_views() -> None:
    world = world_at("assign")
    outcome = world.compute(SLOT)
    disclose(world, 2)
    pass_deadline(world)
    world.reveal_sealed(SLOT, "service")
    rows = fold(world.log.entries).cases
    shown = [(row.host, row.code, tuple(row.officers)) for row in rows.values()]
    assert shown == [(sheet.host, sheet.code, sheet.officers) for sheet in outcome.sheets]
    assert world.record.cases.undisclosed == set()


def test_t20_after_the_reveal_no_other_sheet_is_written_down_than_the_one_drawn() -> None:
    world = world_at("assign")
    pass_deadline(world)
    shares = {unit: world.share(SLOT, unit) for unit in (ENFORCEMENT, SUPERVISOR)}
    append(world, "draw.revealed/1", f"draw/{SLOT}", {"shares": shares}, "service")
    sheet = sheet_fields(world.compute(SLOT))
    for changed in ({"salt": "0" * 32}, {"case": "0002"}, {"officers": sheet["officers"][::-1]}):
        entry = forge(world, "case.disclosed/1", FIRST, {"sheet": {**sheet, **changed}}, "street/pinghu")
        with pytest.raises(Mismatch, match="leaf"):
            world.record.append(entry)
    append(world, "case.disclosed/1", FIRST, {"sheet": sheet}, "street/pinghu")
    again = forge(world, "case.disclosed/1", FIRST, {"sheet": sheet}, sheet["host"])
    with pytest.raises(Refused, match="no sealed case"):
        world.record.append(again)


def test_t17_an_invented_root_fails_no_bundle_of_another_slot() -> None:
    world = world_at("randomness")
    steps.execute_draw(world.desk, SLOT, ENFORCEMENT, rig(world.compute(SLOT)))
    steps.attest_draw(world.desk, SLOT, rig(world.compute(SLOT)))
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    steps.attest_draw(world.desk, SLOT)
    other = world.run_to("assign", "2027-02")
    assert failed(verify_bundle(bundle(world, other), Terms(pairing=check_pairing))) == []
    assert explain(world.draw(other).ground.pool[0].target.id, bundle(world, other), check_pairing).slot == other
    assert failed(verify_bundle(bundle(world), Terms(pairing=check_pairing))) == ["outcome", "attested"]


def test_t17_a_root_that_was_replaced_and_a_false_attestation_fail_at_the_reveal() -> None:
    world = world_at("randomness")
    true = world.compute(SLOT)
    steps.execute_draw(world.desk, SLOT, ENFORCEMENT, rig(true))
    first = world.draw(SLOT).executed_at
    steps.attest_draw(world.desk, SLOT, true)
    steps.execute_draw(world.desk, SLOT, "service", true)
    steps.attest_draw(world.desk, SLOT, rig(true))
    second = world.draw(SLOT).attested_at
    steps.attest_draw(world.desk, SLOT, true)
    pass_deadline(world)
    world.reveal_sealed(SLOT)
    assert [(one.index, one.error.check) for one in world.record.breaches] == [(first, "outcome"), (second, "attested")]
    assert failed(verify_entries(world.log.entries)) == ["outcome", "attested"]


def test_t22_beside_a_hidden_draw_the_others_are_checked_and_their_bundles_strictly() -> None:
    world = World(yearly_cap=3).prepare_year()
    opened = world.run_to("assign", "2027-01")
    world.pass_days(28)
    hidden = world.run_sealed_to("assign", "2027-02")
    report = verify_entries(world.log.entries)
    told = {finding.check.id: finding.reason.en for finding in report.with_status("passed")}
    for check in COMPUTED:
        assert told[check] == f"but for draws sealed until the shares are revealed: {hidden}"
    report = verify_bundle(bundle(world, opened), Terms(pairing=check_pairing))
    assert not unchecked(report).keys() & {*COMPUTED}
    assert not any(hidden in finding.reason.en for finding in report.with_status("passed"))

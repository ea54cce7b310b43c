"""What a report says of sealed draws: hidden, overdue, revealed; and of what proves wrong when it is shown."""

from dataclasses import replace

import pytest

from audit.evidence import failed, verify_entries
from forge import ENFORCEMENT, SLOT, SUPERVISOR, append
from hidden import FIRST, copy, disclose, pass_deadline, world_at
from ledger.audit.bundle import derive_bundle
from ledger.audit.container import format_container
from ledger.audit.explain import explain
from ledger.audit.pairing import check_pairing
from ledger.audit.report import Report
from ledger.audit.verify import Terms, verify_bundle
from ledger.cli import sealing, steps
from ledger.office.outcome import Outcome
from ledger.proof.errors import Refused
from ledger.proof.merkle import derive_root
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


def bundle(world: World) -> bytes:
    return format_container(derive_bundle(world.record, world.log.entries, world.cosigned(), SLOT))


def test_t22_before_the_reveal_what_nobody_can_compute_is_not_checked_and_there_is_no_bundle() -> None:
    world = world_at("assign")
    report = verify_entries(world.log.entries)
    assert failed(report) == []
    for check in COMPUTED:
        assert unchecked(report)[check] == f"sealed until the shares are revealed: {SLOT}"
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


def test_t19_a_claim_that_the_sheet_does_not_bear_out_fails_at_its_own_entry() -> None:
    world = world_at("assign")
    on = world.compute(SLOT).sheets[0].officers
    homes = world.draw(SLOT).ground.homes
    other = next(officer for officer in sorted(homes) if officer not in on)
    index = append(world, "case.received/1", FIRST, {"officer": other}, homes[other])
    honest = copy(world)
    assert failed(verify_entries(honest.log.entries)) == []
    disclose(world)
    report = verify_entries(world.log.entries)
    assert failed(report) == ["cases"]
    assert f"entry {index}: case.received/1 on {FIRST}: {other} is not on the case" in report.format_text("en")

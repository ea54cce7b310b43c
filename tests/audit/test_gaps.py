"""What a replay leaves open is said: the reader's own witnesses, lapsed recusals, slots past their time."""

import pytest

from audit.evidence import TERMS, failed
from ledger.audit.report import Report
from ledger.audit.trust import Group, Trust
from ledger.audit.verify import Terms, verify_log
from ledger.cli import steps
from ledger.office.policy import Policy
from ledger.proof.note import COSIGNATURE
from world import ORIGIN, World, key, make_policy, witness_signers


def report_of(world: World, terms: Terms = TERMS) -> dict[str, str]:
    """Return what stays open of a world's log, and why."""
    report = Report("log")
    verify_log(report, world.cosigned(), world.log.entries, terms)
    assert failed(report) == []
    return {finding.check.id: finding.reason.en for finding in report.with_status("not checked")}


def test_t04_witnesses_of_the_logs_choice_do_not_stand_for_the_readers() -> None:
    world = World().prepare_year()
    world.run_to("execute")
    stranger = key(f"{ORIGIN}/witness/stranger", COSIGNATURE).verifier
    witnesses = {unit: signer.verifier for unit, signer in witness_signers().items()}
    own = Trust([world.log_signer.verifier], {**witnesses, "stranger": stranger}, {}, "witness/justice")
    assert "witness" not in report_of(world, Terms(trust=own, pairing=TERMS.pairing))
    other = Trust(own.logs, own.witnesses, {"both": Group(1, ("stranger",))}, "both")
    report = Report("log")
    verify_log(report, world.cosigned(), world.log.entries, Terms(trust=other, pairing=TERMS.pairing))
    reasons = {finding.check.id: finding.reason.en for finding in report.with_status("not checked")}
    assert "by the witnesses that you trust: bureau/2027-01/001" in reasons["witness"]


def test_t36_a_slot_past_its_time_without_an_outcome_is_named() -> None:
    world = World().prepare_year()
    world.run_to("close")
    world.pass_days(2)
    open_now = report_of(world)
    assert "slots past their time without an outcome: bureau/2027-01/001" in open_now["stations"]
    assert "unwitnessed draws" in open_now["witness"]


def test_t19_a_recusal_made_anew_is_named() -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    subject = f"case/{slot}/0001"
    leaving = world.record.cases.by_subject[subject].officers[0]
    steps.recuse_officer(world.desk, subject, leaving, "leave", world.now + 1200)
    world.now += 1300
    steps.recuse_officer(world.desk, subject, leaving, "leave", world.now + 1200)
    assert "made anew: case/bureau/2027-01/001/0001 × 1" in report_of(world)["replacement"]


def test_t08_a_chain_of_ones_own_cannot_be_called_drand() -> None:
    randomness = make_policy().model_dump(mode="json")["randomness"]
    randomness["chains"][0]["kind"] = "drand"
    with pytest.raises(ValueError, match="none of the public chains known"):
        make_policy(randomness=randomness)


def test_t08_the_public_chains_key_cannot_be_exchanged() -> None:
    policy = make_policy().model_dump(mode="json", exclude_none=True)
    public = {"kind": "drand", "hash": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"}
    mine = policy["randomness"]["chains"][0]
    policy["randomness"] |= {"chains": [{**mine, **public}], "final": [public["hash"]], "replacement": public["hash"]}
    with pytest.raises(ValueError, match="none of the public chains known"):
        Policy.model_validate(policy)

"""An honest draw, checked: what each check says of it, with what the verifier brings along and without."""

from dataclasses import replace as change
from functools import cache
from pathlib import Path

import pytest

from audit.evidence import TERMS, Evidence, collect, failed, month, statuses, trust, unpack, verify_entries, write_log
from forge import DRAW, ENFORCEMENT, OPENED, fields_now, forge, sign
from ledger.audit.checks import CHECKS
from ledger.audit.container import format_container
from ledger.audit.report import Report
from ledger.audit.trust import Trust
from ledger.audit.verify import Terms, verify, verify_bundle
from ledger.cli import steps
from ledger.proof.errors import Malformed
from ledger.proof.note import COSIGNATURE, Signer, Verifier, format_key_name, format_note, parse_note
from ledger.proof.randomness import PUBLIC_CHAINS, Round
from ledger.proof.tile import WIDTH
from world import ORIGIN, World, key, local_chain, make_policy

EVERY = {check.id for check in CHECKS}
POLICY = Terms(trust=trust(), pairing=TERMS.pairing)


def unchecked(report: Report) -> dict[str, str]:
    """Return what was not checked, and why."""
    return {finding.check.id: finding.reason.en for finding in report.with_status("not checked")}


class PublicWorld(World):
    """A world whose chain passes for a public one: kind drand, the tests' own key; `public` lets it."""

    def round_at(self, seconds: int) -> Round:
        made = super().round_at(seconds)
        return change(made, chain=change(made.chain, kind="drand"))


@pytest.fixture(autouse=True)
def _only_for_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the public chains back after each test."""
    chains = (*PUBLIC_CHAINS, change(local_chain(), kind="drand"))
    monkeypatch.setattr("ledger.office.policy.PUBLIC_CHAINS", chains)


@cache
def public() -> Evidence:
    """Return a draw of public randomness."""
    randomness = make_policy().model_dump(mode="json")["randomness"]
    randomness["chains"][0]["kind"] = "drand"
    world = PublicWorld(randomness=randomness).prepare_year()
    return collect(world, world.run_to("execute"))


def test_t10_a_witness_of_the_logs_choice_cannot_take_the_name_of_the_readers() -> None:
    own = trust()
    justice = own.witnesses["justice"]
    real = key("the-readers-justice", COSIGNATURE).verifier
    own.witnesses["justice"] = Verifier(justice.name, real.key, COSIGNATURE)
    report = verify_bundle(month().data, change(POLICY, trust=own))
    assert failed(report) == ["cosignatures"]
    assert "by the witnesses that you trust" in unchecked(report)["witness"]


def test_a_witness_whom_the_reader_knows_by_another_name_is_still_the_logs(tmp_path: Path) -> None:
    own = trust()
    justice = own.witnesses["justice"]
    own.witnesses["justice"] = Verifier("justice.example/another-name", justice.key, COSIGNATURE)
    report = verify_bundle(month().data, change(POLICY, trust=own))
    assert failed(report) == ["cosignatures"], "the line under the reader's name is missing; the log's own is no fault"


def test_without_anything_brought_along_the_log_is_checked_against_itself() -> None:
    report = verify_bundle(month().data, TERMS)
    assert failed(report) == []
    assert unchecked(report).keys() == {"identity", "since", "cosignatures", "randomness", "outside"}
    assert "no --vkey or --policy" in unchecked(report)["identity"]
    assert (report.exit_status(), report.exit_status(is_strict=True)) == (0, 3)


def test_with_a_policy_and_a_kept_checkpoint_all_that_can_be_is_checked() -> None:
    report = verify_bundle(month().data, change(POLICY, since=month().kept))
    assert failed(report) == []
    assert unchecked(report).keys() == {"randomness", "outside"}
    assert report.exit_status(is_strict=True) == 3


def test_public_randomness_leaves_nothing_open_that_a_policy_can_want() -> None:
    report = verify_bundle(public().data, POLICY)
    assert failed(report) == []
    assert unchecked(report).keys() == {"since", "outside"}
    assert report.exit_status(is_strict=True) == 0


def test_what_was_drawn_stands_among_the_facts() -> None:
    facts = verify_bundle(month().data, TERMS).facts
    (draw,) = facts["draws"]
    assert (facts["origin"], facts["size"]) == (ORIGIN, len(month().entries))
    assert facts["root"] == month().world.record.tree.root().hex()
    assert (draw["slot"], draw["drawn"], draw["missing"]) == (month().slot, 4, ["bureau/hazchem"])
    assert (draw["eligible"], draw["excluded"]) == (80, {"closed": 4})


def test_a_log_in_a_folder_is_checked_but_for_what_a_bundle_has_more(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", month().entries, month().checkpoint)
    for path in (folder, tmp_path):
        report = verify(path, change(POLICY, since=month().kept))
        assert failed(report) == []
        assert unchecked(report).keys() == {"container", "files", "randomness", "outside"}


def test_a_log_in_a_folder_may_have_grown_since_its_checkpoint(tmp_path: Path) -> None:
    world = World()
    while world.record.size < WIDTH:
        world.now += 60
        steps.witness_log(world.desk, "service", world.cosigned())
    for size in (WIDTH, WIDTH - 56):
        report = verify(write_log(tmp_path, world.log.entries, world.cosigned_at(size)), TERMS)
        assert failed(report) == []
        assert report.facts["size"] == size


def test_a_bundle_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(month().data)
    assert statuses(verify(tmp_path / "bundle.zip", TERMS)) == statuses(verify_bundle(month().data, TERMS))


def test_what_is_no_bundle_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("not a bundle")
    with pytest.raises(Malformed, match="ZIP file begins with PK"):
        verify(tmp_path / "letter.txt", TERMS)
    with pytest.raises(Malformed, match="no checkpoint"):
        verify(tmp_path, TERMS)


def test_a_folder_that_lacks_a_tile_fails(tmp_path: Path) -> None:
    folder = write_log(tmp_path, month().entries, month().checkpoint)
    (folder / f"tile/entries/000.p/{len(month().entries)}").unlink()
    assert failed(verify(folder, TERMS)) == ["tree"]


@pytest.mark.parametrize("other", [key("other.example/log"), Signer(ORIGIN, bytes(31) + b"1")], ids=["name", "key"])
def test_another_key_is_another_log(other: Signer) -> None:
    report = verify_bundle(month().data, Terms(trust=Trust([other.verifier]), pairing=TERMS.pairing))
    assert failed(report) == ["identity"]
    (identity,) = report.with_status("failed")
    assert f"this is the log {format_key_name(key(ORIGIN).verifier)}, not {format_key_name(other.verifier)}" in (
        identity.reason.en
    )


def test_a_key_alone_asks_for_no_witness() -> None:
    report = verify_bundle(month().data, Terms(trust=Trust([key(ORIGIN).verifier]), pairing=TERMS.pairing))
    assert statuses(report)["identity"] == "passed"
    assert "asks for no witness" in unchecked(report)["cosignatures"]


@pytest.mark.parametrize(
    ("witnesses", "quorum", "expected"),
    [(2, "all", []), (1, "all", ["cosignatures"]), (1, "any", []), (0, "any", ["cosignatures"])],
)
def test_the_verifiers_quorum_counts_not_the_logs_own(witnesses: int, quorum: str, expected: list[str]) -> None:
    checkpoint = month().world.cosigned(witnesses=witnesses)
    terms = Terms(trust=trust(quorum), pairing=TERMS.pairing)
    assert failed(verify_entries(month().entries, checkpoint, terms)) == expected


def test_a_strangers_line_on_a_checkpoint_is_ignored_in_a_folder_and_refused_in_a_bundle() -> None:
    note = parse_note(month().checkpoint)
    stranger = key("stranger.example").sign_text(note.text)
    checkpoint = format_note(note.text, [*note.signatures, stranger])
    assert failed(verify_entries(month().entries, checkpoint)) == []
    bundle = format_container({**month().files, "log/checkpoint": checkpoint})
    assert failed(verify_bundle(bundle, TERMS)) == ["checkpoint"]


def test_without_a_pairing_the_round_is_not_checked() -> None:
    report = verify_bundle(public().data, Terms())
    assert failed(report) == []
    assert "no pairing at hand" in unchecked(report)["randomness"]


def test_local_randomness_is_said_and_never_passes() -> None:
    report = verify_bundle(month().data, TERMS)
    assert "own chain (local), not public" in unchecked(report)["randomness"]


def test_an_unwitnessed_draw_is_said_and_never_passes() -> None:
    world = World(witnesses={"keys": {}, "quorum": 0}).prepare_year()
    report = verify_bundle(collect(world, world.run_to("assign")).data, TERMS)
    assert failed(report) == []
    assert unchecked(report)["witness"] == "unwitnessed draws: bureau/2027-01/001"


def test_before_an_outcome_there_is_nothing_to_recompute() -> None:
    world = World().prepare_year()
    world.run_to("reveal")
    report = verify_entries(world.log.entries)
    assert failed(report) == []
    none = {"seed", "selection", "officers", "outcome", "attested"}
    assert none <= unchecked(report).keys()
    assert all(unchecked(report)[check] == "no draw has an outcome yet" for check in none)


def test_a_draw_that_nobody_attested_is_said() -> None:
    world = World().prepare_year()
    slot = world.run_to("randomness")
    steps.execute_draw(world.desk, slot, ENFORCEMENT)
    report = verify_entries(world.log.entries)
    assert unchecked(report)["attested"] == f"not attested yet: {slot}"


def test_an_event_type_of_the_future_is_listed_and_the_rules_are_not_checked() -> None:
    record = month().world.record
    body = {"temperature": 31}
    entry = sign(fields_now(record, "weather.noted/1", "weather", ENFORCEMENT, body, record.times[-1]), ENFORCEMENT)
    report = verify_entries([*month().entries, entry])
    assert failed(report) == []
    assert unchecked(report)["rules"] == "event types unknown to this version: weather.noted/1"
    assert report.exit_status(is_strict=True) == 3


def test_an_event_type_of_the_future_must_be_signed_all_the_same() -> None:
    record = month().world.record
    fields = fields_now(record, "weather.noted/1", "weather", ENFORCEMENT, {}, record.times[-1])
    report = verify_entries([*month().entries, sign(fields, key(f"{ORIGIN}/nobody"))])
    assert failed(report) == ["signatures"]


def test_signatures_checked_by_a_second_process_are_checked_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.audit.verify.WORKERS_FROM", 1)
    monkeypatch.setattr("ledger.audit.replay.RUN", 8)
    assert failed(verify_bundle(month().data, TERMS)) == []
    index = month().index("case.assigned")
    entry = bytearray(month().entries[index])
    entry[-20:-3] = b"A" * 17
    report = verify_entries([*month().entries[:index], bytes(entry), *month().entries[index + 1 :]])
    assert failed(report) == ["signatures"]
    assert report.facts["first_wrong"]["entry"] == index


def test_progress_is_told() -> None:
    told: list[int] = []
    verify_entries(month().entries, terms=change(TERMS, progress=told.append))
    assert told == [0]


def test_an_unpacked_bundle_needs_no_tiles_of_hashes(tmp_path: Path) -> None:
    report = verify(unpack(tmp_path / "bundle", month().files), TERMS)
    assert failed(report) == []
    assert statuses(report)["tree"] == "passed"


def test_tiles_of_hashes_that_are_there_are_compared(tmp_path: Path) -> None:
    folder = write_log(tmp_path, month().entries, month().checkpoint)
    assert failed(verify(folder, TERMS)) == []
    (tile,) = (folder / "tile" / "0").rglob(str(len(month().entries)))
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert failed(verify(folder, TERMS)) == ["tree"]


@pytest.mark.parametrize("at", ["9999-12-31T20:00:00Z", "0001-01-01T00:00:00Z", "2027-01-04T24:00:00Z"])
def test_an_entry_of_a_time_that_no_rule_can_reckon_with_fails(at: str) -> None:
    world = World().prepare_year()
    entry = forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT, at=at)
    report = verify_entries([*world.log.entries, entry])
    assert failed(report) == ["entries"]

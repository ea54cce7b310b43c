"""Histories made anew, cut short, forked or grafted: what stands against them when keys do not.

The attacker holds the log's key, and here also those of as many units as he likes; the witnesses' he does not hold.
"""

from collections.abc import Callable
from dataclasses import replace as change

import pytest

from audit.evidence import (
    TERMS,
    collect,
    collude,
    failed,
    month,
    pack,
    replace,
    sign_again,
    sign_checkpoint,
    trust,
    verify_entries,
)
from forge import ENFORCEMENT, SUPERVISOR, Fields, fields_now, read_signers, sign
from ledger.audit.verify import Terms, verify_bundle
from ledger.cli import steps
from ledger.proof.event import parse_event
from ledger.proof.note import format_note, format_vkey
from world import ORIGIN, World, key, make_targets

POLICY = Terms(trust=trust(), pairing=TERMS.pairing)


def set_street(fields: Fields) -> None:
    """Move the first enterprise of a list to another street."""
    fields["body"]["rows"][0]["street"] = "street/buji"


def set_reason(fields: Fields) -> None:
    """Give another reason for a change: no number depends on it."""
    fields["body"]["reason"] = "其他"


def test_t3_a_change_signed_anew_by_its_own_units_breaks_what_all_others_have_seen() -> None:
    index = month().index("target.changed")
    entries = replace(month().entries, index, sign_again(month().entries[index], set_reason))
    assert entries[index] != month().entries[index]
    report = verify_entries(entries)
    assert failed(report) == ["history"]
    assert report.facts["first_wrong"]["entry"] == index + 1


def test_t3_a_list_signed_anew_by_its_own_keeper_is_not_the_one_that_was_declared() -> None:
    index = month().index("rows.listed")
    entries = replace(month().entries, index, sign_again(month().entries[index], set_street))
    report = verify_entries(entries)
    assert failed(report) == ["rules"]
    assert report.facts["first_wrong"]["entry"] == month().index("targets.declared")


def test_t3_a_list_changed_with_all_units_in_league_no_longer_fits_what_was_declared() -> None:
    index = month().index("rows.listed")
    entries = replace(month().entries, index, sign_again(month().entries[index], set_street))
    report = verify_entries(collude(entries, index + 1))
    assert report.exit_status() == 1
    assert report.facts["first_wrong"]["entry"] == month().index("targets.declared")


def test_t18_all_units_in_league_are_betrayed_by_the_witnesses_words_in_the_log() -> None:
    index = month().index("target.changed")
    entries = replace(month().entries, index, sign_again(month().entries[index], set_reason))
    assert entries[index] != month().entries[index]
    report = verify_entries(collude(entries, index + 1))
    assert failed(report) == ["witness"]
    assert report.facts["first_wrong"]["entry"] == month().index("checkpoint.witnessed")


def test_t18_after_the_newest_witness_only_a_kept_checkpoint_or_the_cosignatures_tell() -> None:
    # All units and the log in league make a result anew; nothing later in the log was witnessed.
    index = month().index("result.submitted")
    entries = replace(
        month().entries, index, sign_again(month().entries[index], lambda fields: fields["body"].update(summary="好"))
    )[: index + 1]
    assert failed(verify_entries(entries)) == []
    assert failed(verify_entries(entries, terms=POLICY)) == ["cosignatures"]
    assert failed(verify_entries(entries, terms=change(TERMS, since=month().checkpoint))) == ["since"]


def _cite(checkpoint: str) -> Callable[[Fields], None]:
    """Return a change of the checkpoint that an entry cites."""
    return lambda fields: fields["body"].update(checkpoint=checkpoint)


def test_t1_a_witness_who_comes_too_late_is_no_witness() -> None:
    index = month().index("seeds.witnessed")
    draw_at = month().world.draw(month().slot).draw_at
    for seconds, expected in ((draw_at - 61, []), (draw_at - 60, ["witness"]), (draw_at + 9, ["witness"])):
        late = sign_checkpoint(month().entries[:index], witnesses=2, seconds=seconds).decode()
        entry = sign_again(month().entries[index], _cite(late))
        assert failed(verify_entries([*month().entries[:index], entry])) == expected


def test_t1_one_witness_of_two_is_no_quorum() -> None:
    index = month().index("seeds.witnessed")
    alone = sign_checkpoint(month().entries[:index], witnesses=1, seconds=month().world.now - 7200).decode()
    entry = sign_again(month().entries[index], _cite(alone))
    assert failed(verify_entries([*month().entries[:index], entry])) == ["witness"]


@pytest.mark.parametrize("size", [1, 30, len(month().entries) - 1])
def test_a_log_cut_short_does_not_extend_a_kept_checkpoint(size: int) -> None:
    cut = month().entries[:size]
    assert failed(verify_entries(cut)) == []
    assert "since" in failed(verify_entries(cut, terms=change(TERMS, since=month().checkpoint)))
    assert "cosignatures" in failed(verify_entries(cut, terms=POLICY))


def test_a_bundle_of_a_log_cut_short_does_not_extend_a_kept_checkpoint() -> None:
    size = month().index("officer.recused")
    bundle = pack(month(), month().entries[:size], sign_checkpoint(month().entries[:size]))
    assert "since" in failed(verify_bundle(bundle, change(TERMS, since=month().checkpoint)))


def forked() -> World:
    """Return another history under the same keys: the same bureau, with one enterprise left off its roster."""
    world = World().prepare_year(targets=make_targets("industry-trade", 60)[1:])
    world.run_to("execute")
    return world


def test_t10_two_histories_do_not_extend_one_another() -> None:
    world = forked()
    other = collect(world, "bureau/2027-01/001")
    assert failed(verify_bundle(other.data, POLICY)) == []
    assert failed(verify_bundle(month().data, POLICY)) == []
    assert failed(verify_bundle(other.data, change(TERMS, since=month().kept))) == ["since"]
    assert failed(verify_bundle(month().data, change(TERMS, since=other.checkpoint))) == ["since"]


def test_t10_a_fork_that_the_witnesses_did_not_sign_has_no_quorum() -> None:
    entries = forked().log.entries
    assert failed(verify_entries(entries, terms=POLICY)) == ["cosignatures"]


def test_a_kept_checkpoint_of_another_log_is_refused() -> None:
    kept = sign_checkpoint(month().entries).replace(ORIGIN.encode(), b"other.example/log")
    assert failed(verify_entries(month().entries, terms=change(TERMS, since=kept))) == ["since"]
    assert failed(verify_entries(month().entries, terms=change(TERMS, since=b"no checkpoint"))) == ["since"]


def test_a_kept_checkpoint_of_the_same_size_is_extended_by_nothing() -> None:
    assert failed(verify_entries(month().entries, terms=change(TERMS, since=month().checkpoint))) == []


def test_t33_an_old_event_given_in_again_is_refused() -> None:
    for index, entry in enumerate(month().entries):
        report = verify_entries([*month().entries, entry])
        assert failed(report) == ["history"], index


def test_t33_a_signature_made_on_a_private_fork_fits_no_other_history() -> None:
    world = forked()
    unit = "street/buji"
    steps.revoke_key(world.desk, unit, format_vkey(key(f"{ORIGIN}/{unit}").verifier), "遗失", ENFORCEMENT, SUPERVISOR)
    report = verify_entries([*month().entries, world.log.entries[-1]])
    assert failed(report) == ["history"]
    assert "signed on another history" in report.facts["first_wrong"]["reason"]


def test_t17_an_outcome_that_the_supervisor_does_not_find_is_shown_and_nothing_is_assigned() -> None:
    index = month().index("draw.attested")
    outcome = {"root": "0" * 64, "count": 4}
    entry = sign_again(month().entries[index], lambda fields: fields["body"].update(outcome=outcome))
    disputed = [*month().entries[:index], entry]
    assert failed(verify_entries(disputed)) == ["attested"]
    assigned = month().entries[month().index("case.assigned")]
    report = verify_entries(collude([*disputed, assigned], index + 1))
    assert failed(report) == ["cases"]
    assert "has not attested" in report.facts["first_wrong"]["reason"]


Spelling = Callable[[str], str]

SPELLINGS: dict[str, Spelling] = {
    "a space": lambda line: line.replace('":', '": ', 1),
    "a line feed at the end": lambda line: line + "\n",
    "fields in another order": lambda line: "{" + ",".join(reversed(line[1:-1].split(',"body":', 1))) + "}",
    "a field twice": lambda line: line.replace('{"', '{"at":"2027-01-04T01:00:00Z","', 1),
    "an escape that is not needed": lambda line: line.replace("责", "\\u8d23"),
    "decomposed letters": lambda line: line.replace("责", "e\u0301"),
    "a number with a fraction": lambda line: line.replace('"size":', '"size":0.', 1),
    "a number with a sign": lambda line: line.replace('"after":', '"after":-', 1),
    "a null": lambda line: line.replace('"summary":', '"note":null,"summary":', 1),
    "a byte order mark": lambda line: "\ufeff" + line,
    "a time in another spelling": lambda line: line.replace("Z", "+00:00", 1),
    "a subject in capitals": lambda line: line.replace('"subject":"case', '"subject":"CASE'),
    "a version with a nought": lambda line: line.replace(".submitted/1", ".submitted/01"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_t28_a_second_spelling_is_refused_even_with_its_units_own_signature(spelling: Spelling) -> None:
    index = month().index("result.submitted")
    entry = month().entries[index]
    first, line, _ = parse_event(entry, ORIGIN).text.split("\n")
    other = spelling(line)
    assert other != line
    text = f"{first}\n{other}\n"
    signed = format_note(text, [key(f"{ORIGIN}/{unit}").sign_text(text) for unit in read_signers(entry)])
    report = verify_entries(replace(month().entries, index, signed))
    assert failed(report) == ["entries"]
    assert report.facts["first_wrong"]["entry"] == index


def test_t40_a_line_more_or_in_another_order_is_refused() -> None:
    index = month().index("target.changed")
    event = parse_event(month().entries[index], ORIGIN)
    stranger = key("stranger.example").sign_text(event.text)
    witness = key(f"{ORIGIN}/street/pinghu").sign_text(event.text)
    lines = event.signatures
    assert len(lines) == 2
    for signatures, expected in (
        (lines[::-1], "entries"),
        ([*lines, lines[1]], "entries"),
        ([*lines, stranger], "entries"),
        ([*lines, witness], "duties"),
        (lines[:1], "duties"),
        ([stranger, *lines], "signatures"),
    ):
        report = verify_entries(replace(month().entries, index, format_note(event.text, signatures)))
        assert failed(report) == [expected], report.facts["first_wrong"]


def test_an_entry_on_a_subject_of_its_own_may_not_say_that_it_follows_another() -> None:
    record = month().world.record
    fields = fields_now(record, "conflict.declared/1", "conflicts", "bureau/hazchem",
                        {"officer": "o-bureau-hazchem-00", "code": make_targets("hazchem", 1)[0]["id"],
                         "reason": "kinship"}, record.times[-1])  # fmt: skip
    assert failed(verify_entries([*month().entries, sign(fields, "bureau/hazchem")])) == []
    report = verify_entries([*month().entries, sign({**fields, "after": 3}, "bureau/hazchem")])
    assert failed(report) == ["history"]


def test_the_attacker_of_these_tests_could_have_made_the_month_itself() -> None:
    # Made anew without a change, the log is the same to the byte: what fails above fails for the change alone.
    assert collude(month().entries, 0) == list(month().entries)

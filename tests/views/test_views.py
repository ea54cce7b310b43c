"""Projections: complete, the same whether kept running or built anew, and counted again by hand."""

import json
from collections import Counter
from functools import cache

from forge import append
from ledger.cli import handling, oversight, steps
from ledger.office.results import derive_draw_outcome
from ledger.office.rule import RULES
from ledger.proof.encoding import derive_day, parse_time
from ledger.views.bulletin import FIGURES, derive_bulletin
from ledger.views.deadlines import KINDS, find_due, is_approved_late, is_opened_late, is_published_late
from ledger.views.fold import HANDLERS, Fold, fold, read_event
from month import month_entries, visit_case
from world import DAY, World, make_officers, make_targets

WITHOUT_A_VIEW = {
    "conflict.declared/1": "the record's own list, `change conflict list`",
    "conflict.ended/1": "the same",
    "dice.rolled/1": "a draw's stations are `draw status`",
    "encryption.enrolled/1": "`keys list`",
    "filing.acknowledged/1": "`filing list`",
    "items.published/1": "the record's own list",
    "key.enrolled/1": "`keys list`",
    "key.revoked/1": "the same",
    "keylist.declared/1": "`roster check`",
    "log.closed/1": "the last entry",
    "openings.erased/1": "`openings`",
    "openings.read/1": "`openings reads`",
    "read.recorded/1": "`draw status`",
    "seed.committed/1": "a draw's stations are `draw status`",
    "seed.revealed/1": "the same",
    "share.checked/1": "a draw's stations are `draw status`",
    "suggestion.answered/1": "`suggestion list`",
    "suggestion.made/1": "the same",
    "target.changed/1": "the record's own list",
    "targets.declared/1": "`roster check`",
    "case.transferred/1": "the case's outcome says it",
}
"""Types that no row shows, and why."""


def test_every_type_is_shown_or_listed_as_not_shown() -> None:
    assert set(HANDLERS) | set(WITHOUT_A_VIEW) == set(RULES)
    assert set(HANDLERS) & set(WITHOUT_A_VIEW) == set()


def test_rebuilt_from_nothing_the_rows_are_those_kept_running() -> None:
    running = Fold()
    for size, entry in enumerate(month_entries(), start=1):
        running.take(entry)
        if size % 7 == 0:
            assert fold(month_entries()[:size]).rows() == running.rows()
    assert fold(month_entries()).rows() == running.rows()
    assert running.size == len(month_entries())


@cache
def lived() -> World:
    """A world with two draws: one voided; cases received, visited, published late, and some left lying."""
    world = World().prepare_year()
    slot = world.run_to("assign")
    first, second = (f"case/{slot}/{number}" for number in ("0001", "0002"))
    world.now += 3600
    handling.receive_case(world.desk, first, handling.find_case(world.desk, first).officers[0])
    visit_case(world, first, handling.find_case(world.desk, first).items[:1])
    handling.submit_result(world.desk, first, "rectification-ordered", "责令整改一项")
    handling.order_rectification(world.desk, first, derive_day(world.now + 9 * DAY))
    handling.decide_penalty(world.desk, first, "罚1号", "fine", derive_day(world.now))
    visit_case(world, second)
    oversight.issue_notice(world.desk, "bureau/hazchem", "other", "请说明", ["items"])
    world.now += 40 * DAY
    handling.publish_result(world.desk, first)
    return world


def entries() -> list[bytes]:
    return lived().log.entries


def test_what_is_due_is_found_with_whose_it_is_and_its_day() -> None:
    folded, today = fold(entries()), derive_day(lived().now)
    found = find_due(folded, today)
    assert [due.due for due in found] == sorted(due.due for due in found)
    counts = Counter(due.kind for due in found)
    cases = len(lived().record.cases.by_subject)
    assert counts == {
        "receipt": cases - 2,
        "visit": cases - 2,
        "result": 1,
        "rectification": 1,
        "penalty-publication": 1,
        "notice-answer": 1,
        "filing": 11,
        "opening": 1,
    }
    by_kind = {due.kind: due for due in found}
    assert by_kind["notice-answer"].unit == "bureau/hazchem"
    # Monday 4 January 2027; without a calendar in the log the days are weekdays, and provisional.
    assert (by_kind["result"].due, by_kind["result"].is_provisional) == ("2027-02-01", True)
    assert by_kind["penalty-publication"].due == "2027-01-13"
    assert by_kind["rectification"].due == "2027-01-13"
    assert by_kind["receipt"].due == "2027-01-06"
    assert by_kind["visit"].due == "2027-02-03"
    assert all(due.homes for due in found if due.kind in ("receipt", "visit"))
    assert {due.is_overdue(today) for due in found if due.kind != "filing"} == {True}
    assert {due.is_overdue(today) for due in found if due.kind == "filing"} == {False}
    opening = by_kind["opening"]
    assert (opening.subject, opening.unit) == ("draw/bureau/2027-02 monthly", "bureau/enforcement")
    assert (opening.due, opening.is_provisional) == ("2027-02-05", True)
    assert counts.keys() <= set(KINDS)


def test_an_earlier_day_shows_what_the_log_held_then() -> None:
    then = fold(entries(), until="2027-01-04")
    assert all(case.published is None for case in then.cases.values())
    assert then.size < len(entries())
    receipts = {due.subject for due in find_due(then, "2027-01-04") if due.kind == "receipt"}
    assert receipts
    assert {due.kind for due in find_due(then, "2027-01-04") if due.is_overdue("2027-01-04")} == set()
    assert fold(entries(), until="2026-12-31").size == 0


def test_a_result_published_after_its_day_is_late() -> None:
    folded = fold(entries())
    published = [case for case in folded.cases.values() if case.published]
    assert [is_published_late(folded, case) for case in published] == [True]
    assert {is_opened_late(folded, slot) for slot in folded.draws} == {False}


def test_a_monthly_draw_after_the_first_working_days_is_late() -> None:
    world = World().prepare_year()
    world.now += 5 * DAY  # Saturday 9 January: six weekdays of the month have passed
    slot = world.open()
    folded = fold(world.log.entries)
    assert is_opened_late(folded, slot)
    (late,) = [due for due in find_due(folded, "2027-01-09") if due.kind == "opening"]
    assert (late.subject, late.due, late.is_overdue("2027-01-09")) == (f"draw/{slot}", "2027-01-07", True)
    assert derive_bulletin(folded, "2027-01-01", "2027-01-31").totals["draws_late"] == 1


def test_a_roster_approved_after_the_years_end_is_late_and_is_taken() -> None:
    world = World()
    world.now = parse_time("2026-12-31T15:59:59Z")  # still 31 December in Shanghai
    steps.declare_targets(world.desk, 2027, "hazchem", make_targets("hazchem", 20))
    steps.approve_targets(world.desk, 2027)
    world.now += 1
    for unit in ("bureau/enforcement", "street/pinghu"):
        steps.declare_officers(world.desk, 2027, unit, make_officers(unit, 5))
    for roster in ("bureau", "street/pinghu"):
        steps.approve_officers(world.desk, 2027, roster)
    folded = fold(world.log.entries)
    late = {subject for subject in folded.approved if is_approved_late(folded, subject)}
    assert late == {"officers/2027/bureau", "officers/2027/street/pinghu"}
    bulletin = derive_bulletin(folded, "2027-01-01", "2027-01-31")
    assert (bulletin.totals["rosters_approved"], bulletin.totals["rosters_late"]) == (2, 2)
    assert bulletin.sections["bureau/legal-publicity"]["rosters_late"] == 2
    december = derive_bulletin(folded, "2026-12-01", "2026-12-31")
    assert (december.totals["rosters_approved"], december.totals["rosters_late"]) == (1, 0)
    assert december.sections["bureau/enforcement"]["rosters_approved"] == 1


def test_rosters_are_due_from_december_on_and_overdue_with_the_year() -> None:
    entries = World().log.entries

    def rosters(day: str) -> dict[str, tuple[str, str, bool]]:
        found = find_due(fold(entries), day)
        return {due.subject: (due.unit, due.due, due.is_overdue(day)) for due in found if due.kind == "roster"}

    assert "targets/2028" not in rosters("2027-11-30")
    december = rosters("2027-12-01")
    assert december["targets/2028"] == ("bureau/enforcement", "2027-12-31", False)
    assert december["officers/2028/bureau"] == ("bureau/legal-publicity", "2027-12-31", False)
    assert not any("street" in subject for subject in december)
    assert december["targets/2027"][1:] == ("2026-12-31", True)
    assert rosters("2028-01-01")["targets/2028"][2]
    prepared = World().prepare_year(2027)
    assert "targets/2027" not in {due.subject for due in find_due(fold(prepared.log.entries), "2027-02-01")}


def test_a_street_without_officers_owes_no_roster_and_one_that_had_some_owes_a_declaration() -> None:
    world = World().prepare_year(2026)

    def streets(day: str) -> dict[str, tuple[str, str, bool]]:
        found = find_due(fold(world.log.entries), day)
        rosters = [due for due in found if due.kind.startswith("roster") and "/street/" in due.subject]
        return {due.subject: (due.kind, due.unit, due.is_overdue(day)) for due in rosters}

    assert streets("2026-12-01") == {
        "officers/2027/street/pinghu": ("roster-declaration", "street/pinghu", False),
        "officers/2027/street/bantian": ("roster-declaration", "street/bantian", False),
    }
    steps.declare_officers(world.desk, 2027, "street/bantian", make_officers("street/bantian", 5))
    assert streets("2027-01-01") == {
        "officers/2027/street/pinghu": ("roster-declaration", "street/pinghu", True),
        "officers/2027/street/bantian": ("roster", "bureau/legal-publicity", True),
    }
    steps.approve_officers(world.desk, 2027, "street/bantian")
    assert [*streets("2027-01-01")] == ["officers/2027/street/pinghu"]


def test_an_overdue_outcome_is_the_organisers() -> None:
    world = World().prepare_year()
    slot = world.run_to("witness")
    (due,) = [due for due in find_due(fold(world.log.entries), "2027-03-01") if due.kind == "outcome"]
    assert (due.subject, due.unit, due.is_overdue("2027-03-01")) == (f"draw/{slot}", "bureau/enforcement", True)


def figures(world: World, month: str) -> dict[str, int]:
    """The bulletin's figures of a month, of the log as it is at the month's end."""
    return derive_bulletin(fold(world.log.entries, f"{month}-31"), f"{month}-01", f"{month}-31").totals


def owed_outcomes(world: World) -> list[str]:
    return [due.subject for due in find_due(fold(world.log.entries), "2027-12-01") if due.kind == "outcome"]


def test_t05_an_outcome_stays_due_when_the_draw_is_voided_after_its_shares_were_closed() -> None:
    world = World().prepare_year()
    slot = world.run_to("witness")
    steps.void_draw(world.desk, slot, "ground-in-error")
    assert world.draw(slot).owes_outcome
    assert owed_outcomes(world) == [f"draw/{slot}"]


def test_a_draw_voided_before_its_shares_are_closed_owes_nothing() -> None:
    world = World().prepare_year()
    slot = world.run_to("freeze")
    steps.void_draw(world.desk, slot, "ground-in-error")
    assert not world.draw(slot).owes_outcome
    assert owed_outcomes(world) == []


def test_one_share_alone_is_a_void_and_owes_nothing() -> None:
    world = World().prepare_year()
    slot = world.run_to("commit")
    world.reveal(slot, "bureau/enforcement")
    world.now = max(world.now, world.draw(slot).draw_at - 60)
    world.close(slot)
    assert world.draw(slot).voided == "too-few-shares"
    assert owed_outcomes(world) == []
    totals = figures(world, "2027-01")
    assert (totals["draws_voided"], totals["shares_withheld"]) == (1, 1)


def test_a_void_counts_in_the_month_in_which_it_was_declared() -> None:
    world = World().prepare_year()
    slot = world.run_to("witness")
    world.now += 40 * DAY
    steps.void_draw(world.desk, slot, "ground-in-error")
    assert [figures(world, month)["draws_voided"] for month in ("2027-01", "2027-02", "2027-03")] == [0, 1, 0]


def test_a_penalty_that_was_withdrawn_is_not_due_again_and_each_withdrawal_and_correction_counts_once() -> None:
    world = World().prepare_year()
    case, day = f"case/{world.run_to('assign')}/0001", derive_day(world.now)
    visit_case(world, case, handling.find_case(world.desk, case).items[:1])
    handling.submit_result(world.desk, case, "rectification-ordered", "责令整改一项")
    handling.publish_result(world.desk, case)
    handling.decide_penalty(world.desk, case, "罚1号", "fine", derive_day(world.now))
    handling.publish_penalty(world.desk, case)
    for of in ("penalty", "result"):
        handling.withdraw(world.desk, case, of, "revoked", day)
    handling.correct_result(world.desk, case, "corrected-on-site", "当场改正", "复核")
    world.now += 31 * DAY
    handling.correct_result(world.desk, case, "rectification-ordered", "责令整改", "再复核")
    assert [due for due in find_due(fold(world.log.entries), "2027-12-01") if due.subject == case] == []
    assert figures(world, "2027-01")["withdrawn"] == 2
    assert [figures(world, month)["corrected"] for month in ("2027-01", "2027-02")] == [1, 1]


def test_what_is_public_and_was_corrected_is_due_to_be_published_anew() -> None:
    world = World().prepare_year()
    case = f"case/{world.run_to('assign')}/0001"
    visit_case(world, case)
    handling.submit_result(world.desk, case, "no-problem", "未发现问题")
    handling.publish_result(world.desk, case)
    handling.correct_result(world.desk, case, "corrected-on-site", "当场改正", "复核")
    (due,) = [due for due in find_due(fold(world.log.entries), "2027-01-04") if due.subject == case]
    assert (due.kind, due.unit, due.due) == ("withdrawal", "bureau/enforcement", "2027-01-07")
    handling.publish_result(world.desk, case)
    assert [due for due in find_due(fold(world.log.entries), "2027-12-01") if due.subject == case] == []


def test_t37_a_new_policys_periods_count_once_witnesses_attest_its_notice() -> None:
    world = World().prepare_year()
    longer = {**world.policy.model_dump(mode="json", exclude_none=True)}
    longer["periods"] = {**longer["periods"], "visit_days": 90}
    body = {"policy": longer}
    append(world, "policy.adopted/1", "policy", body, "bureau/enforcement", "bureau/legal-publicity")
    notice = world.policy.periods.notice_days
    world.now += (notice + 5) * DAY  # which its signers claim: nobody has attested any of it
    append(world, "suggestion.made/1", "suggestion/2027/0001", {"text": "x"}, "street/buji")
    days = [derive_day(world.now + more * DAY) for more in (0, notice - 1, notice)]
    assert [fold(world.log.entries).policy(day)["periods"]["visit_days"] for day in days] == [30, 30, 30]
    for more in (0, notice):
        world.now += more * DAY
        steps.witness_log(world.desk, "service", world.cosigned())
    assert [fold(world.log.entries).policy(day)["periods"]["visit_days"] for day in days] == [30, 30, 90]
    assert world.record.policy_at(world.now).periods.visit_days == 90


def raw_types(first: str, last: str) -> Counter[str]:
    """Count the types of the month's raw entries whose claimed day lies in a period."""
    events = [json.loads(entry.split(b"\n")[1]) for entry in month_entries()]
    return Counter(event["type"] for event in events if first <= event["at"][:10] <= last)


def test_a_bulletins_figures_are_those_of_the_raw_entries() -> None:
    first, last = "2027-01-01", "2027-01-31"
    raw, totals = raw_types(first, last), derive_bulletin(fold(month_entries()), first, last).totals
    assert tuple(totals) == FIGURES
    same = {
        "draws_opened": "draw.opened/1",
        "draws_executed": "draw.executed/1",
        "draws_revealed": "draw.revealed/1",
        "draws_voided": "draw.voided/1",
        "assigned": "case.assigned/1",
        "visited": "visit.recorded/1",
        "recusals": "officer.recused/1",
        "corrected": "result.corrected/1",
        "withdrawn": "publication.withdrawn/1",
        "penalties": "penalty.decided/1",
        "complaints": "complaint.received/1",
        "complaints_answered": "complaint.answered/1",
        "notices": "notice.issued/1",
        "closed": "case.closed/1",
    }
    assert {figure: totals[figure] for figure in same} == {figure: raw[type] for figure, type in same.items()}
    assert totals["approved_outside"] == raw["inspection.approved/1"] == 2
    assert (totals["visited_from_draw"], totals["visited"]) == (2, 3)


def test_sections_add_up_to_the_whole() -> None:
    bulletin = derive_bulletin(fold(month_entries()), "2027-01-01", "2027-01-31")
    added = Counter[str]()
    for figures in bulletin.sections.values():
        added.update(figures)
    unattributed = {"complaints", "complaints_answered"}
    expected = {figure: number for figure, number in bulletin.totals.items() if number and figure not in unattributed}
    assert dict(added) == expected


def test_another_period_counts_nothing_but_what_is_overdue() -> None:
    totals = derive_bulletin(fold(month_entries()), "2028-01-01", "2028-12-31").totals
    assert {figure for figure, number in totals.items() if number} == {"overdue"}


def test_an_entry_claimed_ahead_hides_nothing_of_the_day() -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    world.now += 400 * DAY
    oversight.suggest(world.desk, "street/pinghu", "增加夜间检查")
    world.now -= 400 * DAY - 3600
    visit_case(world, f"case/{slot}/0001")
    totals = derive_bulletin(fold(world.log.entries, "2027-01-31"), "2027-01-01", "2027-01-31").totals
    assert (totals["visited"], totals["assigned"]) == (1, 4)


def test_what_builds_on_an_entry_that_is_passed_over_is_passed_over() -> None:
    world = World().prepare_year()
    world.run_to("assign")
    folded = fold(world.log.entries, "2027-01-03")
    assert (folded.draws, folded.cases) == ({}, {})


def test_t09_one_clock_that_ran_ahead_at_midnight_ends_no_fold() -> None:
    """One entry claims the next day, and all that follow it are of the day before."""
    entries, day = month_entries(), "2029-01-01"
    for ahead in range(1, len(entries)):
        at = read_event(entries[ahead])["at"]
        early = entries[ahead].replace(at.encode(), b"2029-01-02T00:02:00Z", 1)
        folded = fold([*entries[:ahead], early, *entries[ahead + 1 :]], day)
        assert folded.index == len(entries) - 1
        derive_bulletin(folded, "2027-01-01", day)


def test_what_follows_on_a_subject_that_is_passed_over_is_passed_over() -> None:
    world = World().prepare_year()
    world.run_to("execute")
    midnight = (world.now + 8 * 3600) // DAY * DAY + DAY - 8 * 3600  # of Shanghai
    world.now = midnight + 120
    steps.assign_cases(world.desk, "bureau/2027-01/001")
    world.now = midnight - 30
    steps.witness_log(world.desk, "service", world.cosigned())
    case, sheet = "case/bureau/2027-01/001/0001", derive_draw_outcome(world.draw("bureau/2027-01/001")).sheets[0]
    home = world.draw("bureau/2027-01/001").ground.homes[sheet.officers[0]]
    append(world, "case.received/1", case, {"officer": sheet.officers[0]}, home)
    today, tomorrow = derive_day(world.now), derive_day(midnight)
    assert not fold(world.log.entries, today).cases
    assert fold(world.log.entries, tomorrow).cases[case].received == {sheet.officers[0]: today}

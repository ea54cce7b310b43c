"""Whatever a bureau appends, a fresh record replays: the writer cannot record what an auditor would refuse."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forge import ENFORCEMENT, LEADER, SUPERVISOR, append, replay
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.proof.encoding import format_time
from ledger.proof.randomness import Lottery, LotteryResult, Round
from month import visit_case
from world import World, make_policy

DIGITS = {"ssq": "01071319223005", "lotto": "05121928330409"}
COMMITTERS = [ENFORCEMENT, SUPERVISOR, "street/buji", "bureau/hazchem"]
VOIDS = ["open", "freeze", "commit", "close", "witness", "randomness", "execute"]


@st.composite
def months(draw: st.DrawFn) -> dict[str, Any]:
    """Draw how a month goes."""
    return {
        "sources": draw(st.sampled_from([None, ["ssq", "lotto"]])),
        "quorum": draw(st.sampled_from([2, 0])),
        "committers": COMMITTERS[: draw(st.integers(2, 4))],
        "withheld": draw(st.sets(st.sampled_from(COMMITTERS), max_size=3)),
        "dice": draw(st.booleans()),
        "void": draw(st.none() | st.sampled_from(VOIDS)),
        "recusals": draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=4)),
    }


def found_world(month: dict[str, Any]) -> World:
    changes: dict[str, Any] = {}
    if month["sources"]:
        randomness = format_body(make_policy().randomness)
        changes["randomness"] = {**randomness, "final": month["sources"]}
    if month["quorum"] == 0:
        changes["witnesses"] = {"keys": {}, "quorum": 0}
    return World(**changes).prepare_year()


def find_issues(slot: str) -> dict[str, str]:
    """Return the lotteries' issues that a slot names: each slot's own."""
    return {"ssq": f"2027{slot[-3:]}", "lotto": f"27{slot[-3:]}"}


def find_results(world: World, draw: Draw) -> list[Round | LotteryResult]:
    """Return the results of a draw's sources."""
    found: list[Round | LotteryResult] = []
    for source in draw.policy.final:
        if isinstance(source, Lottery):
            found.append(LotteryResult(source, find_issues(draw.slot)[source.name], DIGITS[source.name]))
        else:
            found.append(world.round_at(draw.draw_at))
    return found


def run_draw(world: World, month: dict[str, Any], slot: str, void: str | None) -> None:
    """Bring a slot to its end, whichever that is; the way there is the month's."""
    units = [ENFORCEMENT, LEADER] if month["sources"] else [ENFORCEMENT]
    shares = [unit for unit in month["committers"] if unit not in month["withheld"]]

    def commit() -> None:
        world.commit(slot, *month["committers"])
        if month["dice"]:
            steps.roll_dice(world.desk, slot, "31415926535897932384", "ab" * 32, ENFORCEMENT, LEADER)

    def close() -> None:
        if shares:
            world.reveal(slot, *shares)
        world.close(slot)

    def witness() -> None:
        if world.policy.witnesses.quorum:
            world.witness(slot)

    def randomness() -> None:
        draw = world.draw(slot)
        world.now = max(world.now, draw.draw_at + 5)
        steps.record_randomness(world.desk, slot, find_results(world, draw), *units)

    stations: dict[str, Callable[[], object]] = {
        "open": lambda: None,
        "freeze": lambda: steps.freeze_draw(
            world.desk, slot, world.now + 3600, find_issues(slot) if month["sources"] else {}
        ),
        "commit": commit,
        "close": close,
        "witness": witness,
        "randomness": randomness,
        "execute": lambda: world.execute(slot),
    }
    for station, step in stations.items():
        step()
        draw = world.draw(slot)
        if station == void and not draw.voided:
            steps.void_draw(world.desk, slot, "procedure-in-error")
        if draw.voided and not draw.owes_outcome:
            return


def run_cases(world: World, month: dict[str, Any], slot: str) -> None:
    """Assign, recuse and replace, and visit one case."""
    steps.assign_cases(world.desk, slot)
    sheets = derive_draw_outcome(world.draw(slot)).sheets
    for place, seat in month["recusals"]:
        replace(world, f"case/{slot}/{sheets[place % len(sheets)].number}", seat)
    world.now += 1800
    visit_case(world, f"case/{slot}/0001")


def replace(world: World, subject: str, seat: int) -> None:
    case = world.record.cases.by_subject[subject]
    officer, draw_at = case.officers[seat], world.now + 900
    home = next(leaf.officer.unit for leaf in case.draw.ground.officers if leaf.officer.id == officer)
    body = {"officer": officer, "reason": "illness", "draw_at": format_time(draw_at)}
    append(world, "officer.recused/1", subject, body, home, LEADER if home == SUPERVISOR else SUPERVISOR)
    if world.policy.witnesses.quorum:
        steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    world.now = draw_at + 5
    steps.replace_officer(world.desk, subject, officer, world.round_at(draw_at), ENFORCEMENT)


def state(record: Record) -> list[object]:
    """Return what a record holds, in a form that compares."""
    draws = [
        (d.slot, d.frozen, d.shares, d.missing, d.witnessed_at, d.results, d.attested, d.voided, d.executed, d.ground)
        for d in record.draws.by_slot.values()
    ]
    cases = [
        (subject, c.officers, c.former, c.replaced, c.visit, c.result) for subject, c in record.cases.by_subject.items()
    ]
    return [record.heads, record.witnessed, record.policies, record.draws.selected, draws, cases]


@settings(max_examples=25)
@given(months())
def test_whatever_was_recorded_replays_to_the_same_record(month: dict[str, Any]) -> None:
    world = found_world(month)
    slot = world.open()
    run_draw(world, month, slot, month["void"])
    if world.draw(slot).attested:
        run_cases(world, month, slot)
    if world.draw(slot).voided:
        supplement = world.open(kind="supplementary", supplements=slot)
        run_draw(world, {**month, "withheld": set()}, supplement, None)
    again = replay(world.log.entries)
    assert again.tree.root() == world.record.tree.root()
    assert state(again) == state(world.record)


@settings(max_examples=5)
@given(months())
def test_the_same_month_gives_the_same_bytes(month: dict[str, Any]) -> None:
    logs = []
    for _ in range(2):
        world = found_world(month)
        run_draw(world, month, world.open(), month["void"])
        logs.append(world.log.entries)
    assert logs[0] == logs[1]

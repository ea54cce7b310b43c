"""The month that many attacks begin from holds every type of event, and replays to the same record."""

from forge import replay
from ledger.office.rule import RULES
from month import month_entries, month_types, run_month


def test_the_month_holds_every_type_of_event() -> None:
    assert {type for _, type in month_types()} == set(RULES)


def test_a_month_done_again_gives_the_same_bytes() -> None:
    assert run_month().log.entries == list(month_entries())


def test_the_month_replays_to_the_same_tree() -> None:
    world = run_month()
    assert replay(world.log.entries).tree.root() == world.record.tree.root()

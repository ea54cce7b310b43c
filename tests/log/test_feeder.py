"""The feeder asks all witnesses at once, is held up by none, and stops the log where one has seen more of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread

import pytest

from ledger.audit.trust import Trust, parse_trust
from ledger.audit.wording import translate
from ledger.log.feeder import CLOCK_TOLERANCE_SECONDS, Fed, Feeder
from ledger.proof.checkpoint import check_checkpoint
from ledger.proof.errors import BadSignature, Conflict, Malformed, Mismatch
from ledger.proof.merkle import Tree
from ledger.proof.note import Signer, format_key_name, format_note, format_vkey, parse_note
from log.fakes import LOG
from log.feeding import FORK, TREE, feed, prover, sign
from log.simulated_witnesses import SimulatedWitness, eventually, format_policy, hang, honest, replies, slowly


@pytest.fixture
def witnesses() -> Iterator[list[SimulatedWitness]]:
    with ExitStack() as stack:
        yield [stack.enter_context(SimulatedWitness(name)) for name in ("justice", "discipline", "street")]


@pytest.fixture
def open_feeder(witnesses: list[SimulatedWitness]) -> Iterator[Callable[..., Feeder]]:
    with ExitStack() as stack:

        def open_feeder(threshold: str = "2", **settings: float) -> Feeder:
            trust = parse_trust(format_policy(witnesses, threshold))
            return stack.enter_context(Feeder(trust, LOG.verifier, **{"timeout": 2.0, **settings}))  # type: ignore[arg-type]

        yield open_feeder


OpenFeeder = Callable[..., Feeder]


def test_a_log_that_grows_is_cosigned_by_all(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    feeder = open_feeder("all")
    verifiers = [witness.signer.verifier for witness in witnesses]
    for size in (0, 3, 3, 20, 40):
        fed = feed(feeder, size)
        assert (fed.problems, fed.is_quorum) == ({}, True)
        signed = format_note(parse_note(sign(size)).text, [*parse_note(sign(size)).signatures, *fed.lines])
        assert set(check_checkpoint(signed, LOG.verifier, verifiers).times) == {one.name for one in verifiers}
        assert {witness.newest() for witness in witnesses} == {size}


def test_what_is_known_of_a_witness_saves_asking_and_connecting(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder()
    for size in (5, 6, 7, 8):
        feed(feeder, size)
    for witness in witnesses:
        assert [request.body.partition(b"\n")[0] for request in witness.requests] == [
            b"old 0",
            b"old 5",
            b"old 6",
            b"old 7",
        ]
        assert witness.connections == 1


def test_a_feeder_that_knows_nothing_asks_again_with_what_the_witness_says(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feed(open_feeder(), 5)
    assert feed(open_feeder("all"), 9).is_quorum
    for witness in witnesses:
        olds = [request.body.partition(b"\n")[0] for request in witness.requests]
        assert olds == [b"old 0", b"old 0", b"old 5"]
        assert witness.connections == 2, "one for each feeder, and kept"


def test_a_witness_that_has_forgotten_is_brought_up_again(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder("all")
    feed(feeder, 9)
    for witness in witnesses:
        witness.kept[LOG.name] = sign(4)
    assert feed(feeder, 12).is_quorum


def test_only_the_logs_own_line_is_passed_on(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    feeder = open_feeder("all")
    note = parse_note(sign(3))
    lines = feed(feeder, 3).lines
    fed = feeder.cosign(format_note(note.text, [*note.signatures, *lines]), prover(3))
    assert fed.is_quorum
    assert witnesses[0].requests[-1].body == b"old 3\n\n" + sign(3)


def test_quorum_none_asks_all_the_same(witnesses: list[SimulatedWitness]) -> None:
    policy = format_policy(witnesses, "all").replace(b"quorum them", b"quorum none")
    with Feeder(parse_trust(policy), LOG.verifier) as feeder:
        fed = feed(feeder, 3)
    assert (len(fed.lines), fed.is_quorum) == (3, True)


def test_a_witness_without_an_address_is_named(witnesses: list[SimulatedWitness]) -> None:
    policy = format_policy(witnesses, "all").replace(f" {witnesses[1].url}".encode(), b"")
    with Feeder(parse_trust(policy), LOG.verifier) as feeder:
        fed = feed(feeder, 3)
        assert feeder.check_rollback(3, TREE.root) == {}
    assert (len(fed.lines), fed.is_quorum) == (2, False)
    assert str(fed.problems["discipline"]) == "has no address in the policy"


def test_a_policy_without_witnesses_asks_nobody() -> None:
    with Feeder(Trust(logs=[LOG.verifier]), LOG.verifier) as feeder:
        assert feed(feeder, 3) == Fed([], {}, True)
        assert feeder.check_rollback(3, TREE.root) == {}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "justice.example",
        "ftp://justice.example/",
        "http://",
        "http://justice.example/?a=b",
        "http://[::1",
        "https://a/#b",
    ],
)
def test_an_address_that_is_none_of_http_is_refused(url: str) -> None:
    with SimulatedWitness("justice") as witness:
        trust = parse_trust(format_policy([witness], "all"))
    trust.witness_urls["justice"] = url
    with pytest.raises(Malformed, match="expected http:// or https://"):
        Feeder(trust, LOG.verifier)


def test_the_checkpoint_must_be_the_logs(open_feeder: OpenFeeder, witnesses: list[SimulatedWitness]) -> None:
    feeder = open_feeder()
    with pytest.raises(BadSignature):
        feeder.cosign(sign(3, signer=Signer(LOG.name, bytes(32))), prover(3))
    with pytest.raises(Malformed):
        feeder.cosign(b"no checkpoint\n", prover(3))
    assert [witness.requests for witness in witnesses] == [[], [], []]


def test_an_older_checkpoint_than_before_is_a_conflict(open_feeder: OpenFeeder) -> None:
    feeder = open_feeder()
    feed(feeder, 9)
    with pytest.raises(Conflict, match=r"8 entries, but one of 9"):
        feed(feeder, 8)


def test_they_are_asked_at_the_same_time(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    for witness in witnesses:
        witness.does(slowly(0.6))
    started = time.monotonic()
    assert len(feed(open_feeder("all"), 3).lines) == 3
    assert time.monotonic() - started < 3 * 0.6


def test_a_dead_witness_costs_the_grace_once_and_then_nothing(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder("2", timeout=30.0, grace=1.0)
    witnesses[2].does(hang)
    started = time.monotonic()
    fed = feed(feeder, 3)
    assert 1.0 <= time.monotonic() - started < 10.0
    assert (len(fed.lines), fed.is_quorum) == (2, True)
    assert str(fed.problems["street"]) == "has not answered in time"
    started = time.monotonic()
    fed = feed(feeder, 4)
    assert time.monotonic() - started < 1.0
    assert str(fed.problems["street"]) == "has not answered the last request yet"
    assert len(witnesses[2].requests) == 1, "one request at a time, whatever becomes of it"


def test_a_witness_that_was_late_is_waited_for_again_once_it_answers(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder("2", grace=0.3)
    witnesses[2].does(slowly(1.0), honest)
    assert "street" in feed(feeder, 3).problems
    eventually(lambda: feed(feeder, 3).problems == {})
    witnesses[2].does(slowly(0.05))
    assert feed(feeder, 4).problems == {}


def test_those_who_are_a_little_slower_are_waited_for(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    witnesses[1].does(slowly(0.1))
    witnesses[2].does(slowly(0.3))
    assert len(feed(open_feeder("1", grace=1.0), 3).lines) == 3


def test_without_a_quorum_the_deadline_ends_it(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    for witness in witnesses[1:]:
        witness.does(hang)
    started = time.monotonic()
    fed = feed(open_feeder("2", timeout=30.0, deadline=0.6), 3)
    assert 0.6 <= time.monotonic() - started < 5.0
    assert (len(fed.lines), fed.is_quorum) == (1, False)
    assert {name: str(problem) for name, problem in fed.problems.items()} == {
        "discipline": "has not answered in time",
        "street": "has not answered in time",
    }


def test_without_a_quorum_each_is_given_its_own_time(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    for witness in witnesses[1:]:
        witness.does(hang)
    fed = feed(open_feeder("2", timeout=0.3), 3)
    assert str(fed.problems["street"]) == "gives no answer within 0.3 seconds"


@pytest.mark.parametrize("seconds", [-CLOCK_TOLERANCE_SECONDS - 60, CLOCK_TOLERANCE_SECONDS + 60])
def test_t09_a_witness_whose_clock_is_off_is_not_counted(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder, seconds: int
) -> None:
    witnesses[0].clock = lambda: time.time() + seconds
    fed = feed(open_feeder("all"), 3)
    assert (len(fed.lines), fed.is_quorum) == (2, False)
    assert str(fed.problems["justice"]).startswith(f"its clock is {abs(seconds)}"[:-1])


# What a witness has seen of the log, and the log has not.


def grow(witness: SimulatedWitness, size: int, tree: Tree) -> None:
    """Let a witness have cosigned so much, before the log forgot it."""
    text = parse_note(sign(size, tree)).text
    witness.kept[LOG.name] = format_note(text, parse_note(sign(size, tree)).signatures)


def test_t30_a_witness_that_cosigned_more_stops_the_log(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    grow(witnesses[1], 30, TREE)
    feeder = open_feeder()
    with pytest.raises(Mismatch, match=r"witness discipline shows a checkpoint of 30 entries .*, here are 20"):
        feed(feeder, 20)
    with pytest.raises(Mismatch, match="witness discipline"):
        feed(feeder, 31)  # it stays so: the log must be looked at


def test_t30_also_where_it_only_says_so(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    grow(witnesses[1], 30, TREE)
    witnesses[1].has_view = False
    with pytest.raises(Mismatch, match=r"witness discipline says that it cosigned 30 entries .*, here are 20"):
        feed(open_feeder(), 20)


def test_t30_also_where_it_comes_late(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    grow(witnesses[2], 30, TREE)
    witnesses[2].does(slowly(0.3), honest)
    feeder = open_feeder("2", grace=0.05)
    assert feed(feeder, 20).is_quorum

    def is_known() -> bool:
        try:
            feeder.check_rollback(20, TREE.root)
        except Mismatch as error:
            return "witness street shows a checkpoint of 30" in str(error)
        return False

    eventually(is_known)
    with pytest.raises(Mismatch, match="witness street"):
        feed(feeder, 21)


@pytest.mark.parametrize("size", [10, 20])
def test_t30_a_log_that_went_on_from_an_old_copy_is_stopped(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder, size: int
) -> None:
    """Restored at size 3, lock and all, and grown again to 20: the witness knows another beginning."""
    grow(witnesses[0], size, FORK)
    with pytest.raises(Mismatch, match=rf"witness justice shows the root {FORK.root(size).hex()} at size {size}"):
        feed(open_feeder(), 20)


def test_without_a_view_another_beginning_is_a_problem_told(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    grow(witnesses[0], 10, FORK)
    witnesses[0].has_view = False
    fed = feed(open_feeder("2"), 20)
    assert (len(fed.lines), fed.is_quorum) == (2, True)
    assert "does not extend what it cosigned (422)" in str(fed.problems["justice"])


@pytest.mark.parametrize("size", [10, 20, 30])
def test_a_witness_that_follows_another_log_of_this_name_names_both_keys(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder, size: int
) -> None:
    """As where two trials have the name that comes with the program: the honest operator is told of it."""
    other = Signer(LOG.name, bytes(32))
    witnesses[0].kept[LOG.name] = sign(size, FORK, other)
    try:
        told = str(feed(open_feeder("2"), 20).problems["justice"])
    except Mismatch as stopped:
        told = str(stopped)
        assert "or the witness follows another log of this name" in told
    assert ("says that it cosigned 30 entries" in told) == (size == 30)
    names = format_key_name(other.verifier), format_key_name(LOG.verifier)
    assert f"checkpoint is of another log of this name: found {names[0]}, expected {names[1]}" in told
    assert "同名的另一本日志：现为" in translate(told)


def test_a_witness_that_knows_only_another_key_of_this_name_says_so(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    witnesses[0].logs = [Signer(LOG.name, bytes(32)).verifier]
    assert "knows another log of this name" in str(feed(open_feeder("2"), 20).problems["justice"])


def test_t30_before_signing_the_witnesses_views_are_looked_at(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder()
    assert {str(problem) for problem in feeder.check_rollback(0, TREE.root).values()} == {
        "shows no checkpoint of this log"
    }
    feed(feeder, 20)
    assert feeder.check_rollback(20, TREE.root) == {}
    assert feeder.check_rollback(25, TREE.root) == {}
    with pytest.raises(Mismatch, match=r"witness \w+ shows a checkpoint of 20 entries .*, here are 19"):
        open_feeder().check_rollback(19, TREE.root)
    with pytest.raises(Mismatch, match=r"witness \w+ shows the root"):
        open_feeder().check_rollback(25, FORK.root)
    with pytest.raises(Mismatch, match=r"witness \w+ shows a checkpoint of 20 entries .*, here are 0"):
        open_feeder().check_rollback(0, TREE.root)


def test_t30_without_a_view_the_last_checkpoint_fed_again_tells(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    """At a start nothing new need be signed for it: the lock holds a checkpoint."""
    feed(open_feeder(), 20)
    for witness in witnesses:
        witness.has_view = False
    old = open_feeder()
    assert old.check_rollback(8, TREE.root).keys() == {"justice", "discipline", "street"}
    with pytest.raises(Mismatch, match=r"cosigned 20 entries of .*, here are 8"):
        feed(old, 8)
    assert feed(open_feeder("all"), 20).is_quorum


def test_what_a_view_shows_saves_asking(witnesses: list[SimulatedWitness], open_feeder: OpenFeeder) -> None:
    feed(open_feeder(), 20)
    feeder = open_feeder()
    feeder.check_rollback(20, TREE.root)
    feed(feeder, 21)
    assert witnesses[0].requests[-1].body.startswith(b"old 20\n")
    assert [request.method for request in witnesses[0].requests] == ["POST", "GET", "POST"]


def test_a_view_of_another_log_or_of_nobody_proves_nothing(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    other = Signer("other.example", bytes(32))
    for shown in (sign(30, signer=other), sign(30, signer=Signer(LOG.name, bytes(32))), b"", b"\xff", b"garbage\n"):
        witnesses[0].does(replies(200, shown))
        assert open_feeder().check_rollback(20, TREE.root).keys() == {"justice", "discipline", "street"}


def test_a_dead_witness_holds_up_two_looks_before_signing_and_then_only_the_grace(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder("2", timeout=60.0, deadline=1.5, grace=0.1)
    feed(feeder, 20)
    witnesses[0].does(hang)
    took = []
    for _ in range(4):
        started = time.monotonic()
        assert feeder.check_rollback(20, TREE.root).keys() == {"justice"}
        took.append(time.monotonic() - started)
    assert min(took[:2]) >= 1.5 > max(took[2:]), took


@pytest.mark.parametrize("quorum", ["1", "2", "none"])
def test_t30_a_witness_that_is_slow_is_heard_before_anything_is_signed(
    witnesses: list[SimulatedWitness], quorum: str
) -> None:
    """The slow one is the one that knows; the others show an old checkpoint, and would make up the quorum."""
    for witness in witnesses[:2]:
        grow(witness, 10, TREE)
    grow(witnesses[2], 30, TREE)
    witnesses[2].does(slowly(1.0))
    lines = [f"witness {one.name} {format_vkey(one.signer.verifier)} {one.url}" for one in witnesses]
    lines += ["quorum none"] if quorum == "none" else [f"group g {quorum} justice discipline street", "quorum g"]
    with Feeder(parse_trust("".join(f"{line}\n" for line in lines).encode()), LOG.verifier, grace=0.05) as feeder:
        for _ in range(2):
            with pytest.raises(Mismatch, match="witness street shows a checkpoint of 30"):
                feeder.check_rollback(20, TREE.root)


def test_t30_a_witness_that_is_busy_with_an_older_question_is_waited_for(
    witnesses: list[SimulatedWitness], open_feeder: OpenFeeder
) -> None:
    feeder = open_feeder("2", grace=0.05)
    witnesses[2].does(slowly(1.0), honest)
    assert feed(feeder, 10).is_quorum
    grow(witnesses[2], 30, TREE)
    with pytest.raises(Mismatch, match="witness street"):
        feeder.check_rollback(20, TREE.root)


def test_a_machine_without_a_thread_left_is_a_problem_told(
    open_feeder: OpenFeeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeder = open_feeder("2")
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        patched.setattr(Thread, "start", fail)
        fed = feed(feeder, 10)
    assert (fed.is_quorum, {str(problem) for problem in fed.problems.values()}) == (
        False,
        {"cannot be asked: can't start new thread"},
    )
    assert feed(feeder, 10).is_quorum


def test_the_policys_vkeys_are_what_counts(witnesses: list[SimulatedWitness]) -> None:
    policy = format_policy(witnesses[:1], "all").replace(
        format_vkey(witnesses[0].signer.verifier).encode(), format_vkey(witnesses[1].signer.verifier).encode()
    )
    with Feeder(parse_trust(policy), LOG.verifier) as feeder:
        fed = feed(feeder, 3)
    assert not fed.is_quorum
    assert str(fed.problems["justice"]) == "gives no line by its key witness.example/discipline"

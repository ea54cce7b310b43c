"""Whom a verifier trusts: the policy file, read strictly, and when a quorum is met."""

import pytest

from audit.evidence import trust
from ledger.audit.trust import Trust, parse_trust
from ledger.proof.errors import Malformed
from ledger.proof.note import COSIGNATURE, format_vkey
from world import ORIGIN, key

LOG = format_vkey(key(ORIGIN).verifier)
A, B, C = (format_vkey(key(f"witness.example/{name}", COSIGNATURE).verifier) for name in "abc")

NESTED = f"""\
# whom we trust
log {LOG} https://log.example/

witness a {A}
witness b {B} https://b.example/   # with its address
witness c {C}
group towns 1 b c
group all-of-them all a towns
quorum all-of-them
"""


def test_a_policy_is_read() -> None:
    read = parse_trust(NESTED)
    assert [format_vkey(log) for log in read.logs] == [LOG]
    assert {name: format_vkey(verifier) for name, verifier in read.witnesses.items()} == {"a": A, "b": B, "c": C}
    assert read.groups["towns"].threshold == 1
    assert read.quorum == "all-of-them"


@pytest.mark.parametrize(
    ("cosigners", "is_met"),
    [("", False), ("a", False), ("b", False), ("bc", False), ("ab", True), ("ac", True), ("abc", True)],
)
def test_a_quorum_of_groups(cosigners: str, is_met: bool) -> None:
    assert parse_trust(NESTED).is_met(set(cosigners)) is is_met


@pytest.mark.parametrize(("threshold", "met_by"), [("any", 1), ("1", 1), ("2", 2), ("3", 3), ("all", 3)], ids=str)
def test_a_threshold_counts_members(threshold: str, met_by: int) -> None:
    text = f"log {LOG}\nwitness a {A}\nwitness b {B}\nwitness c {C}\ngroup g {threshold} a b c\nquorum g\n"
    policy = parse_trust(text)
    assert [policy.is_met(set("abc"[:number])) for number in range(4)] == [number >= met_by for number in range(4)]


def test_a_single_witness_may_be_the_quorum() -> None:
    policy = parse_trust(f"log {LOG}\nwitness a {A}\nquorum a\n")
    assert policy.is_met({"a"})
    assert not policy.is_met({"b"})


def test_none_asks_for_nobody() -> None:
    assert parse_trust(f"log {LOG}\nquorum none\n").is_met(set())


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (f"log {LOG}\nwitness a {A}\nwitness a {B}\nquorum a\n", 3, "used already"),
        (f"log {LOG}\nwitness none {A}\nquorum none\n", 2, "used already"),
        (f"log {LOG}\nwitness a {A}\ngroup a any a\nquorum a\n", 3, "used already"),
        (f"log {LOG}\nwitness a {A}\nwitness b {A}\nquorum a\n", 3, "another witness's too"),
        (f"log {LOG}\ngroup g any h\ngroup h any g\nquorum g\n", 2, "neither a witness nor a group"),
        (f"log {LOG}\nwitness a {A}\ngroup g 2 a\nquorum g\n", 3, "threshold 2"),
        (f"log {LOG}\nwitness a {A}\ngroup g 0 a\nquorum g\n", 3, "threshold 0"),
        (f"log {LOG}\nwitness a {A}\ngroup g {'9' * 5000} a\nquorum g\n", 3, "threshold 999"),
        (f"log {LOG}\nwitness a {A}\ngroup g 1.0 a\nquorum g\n", 3, "threshold 1.0"),
        (f"log {LOG}\nwitness a {A}\ngroup g ١ a\nquorum g\n", 3, "threshold"),
        (f"log {LOG}\nwitness a {A}\ngroup g 2 a a\nquorum g\n", 3, "twice in a group"),
        (f"log {LOG}\nquorum g\n", 2, "neither a witness nor a group"),
        (f"log {LOG}\nquorum none\nquorum none\n", 3, "second quorum"),
        (f"log {A}\nquorum none\n", 1, "not an Ed25519 key"),
        (f"log {LOG}\nwitness a {LOG}\nquorum a\n", 2, "not one for cosignatures"),
        (f"log {LOG}\nwitness a {A[:-1]}\nquorum a\n", 2, "base64"),
        (f"log {LOG}\ngroup g any\nquorum g\n", 2, "expected log, witness, group or quorum"),
        (f"log {LOG}\nquorums none\n", 2, "expected log, witness, group or quorum"),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int, word: str) -> None:
    with pytest.raises(Malformed, match=f"policy, line {line}: .*{word}"):
        parse_trust(text)


@pytest.mark.parametrize(
    ("text", "word"), [("", "names no log"), ("quorum none\n", "names no log"), (f"log {LOG}\n", "no quorum line")]
)
def test_a_policy_that_lacks_something_is_refused(text: str, word: str) -> None:
    with pytest.raises(Malformed, match=word):
        parse_trust(text)


def test_a_key_alone_asks_for_no_cosignature() -> None:
    assert Trust([key(ORIGIN).verifier]).is_met(set())


def test_the_policy_of_these_tests_wants_both_witnesses() -> None:
    assert trust().is_met({"justice", "discipline"})
    assert not trust().is_met({"justice"})
    assert trust("any").is_met({"justice"})


def test_groups_within_groups_take_neither_the_stack_nor_an_age() -> None:
    lines = [f"log {LOG}", f"witness a {A}", "group g0 any a", "group h0 any a"]
    for number in range(1, 3000):  # each names both of the level before: 2^3000 ways down
        lines += [f"group {name}{number} all g{number - 1} h{number - 1}" for name in "gh"]
    policy = parse_trust("\n".join([*lines, "quorum g2999"]))
    assert policy.is_met({"a"})
    assert not policy.is_met({"b"})

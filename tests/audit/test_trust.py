"""Whom a verifier trusts: the policy file, read strictly, and when a quorum is met."""

import pytest

from audit.evidence import trust
from ledger.audit.trust import Group, Trust, parse_trust
from ledger.audit.wording import translate
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint
from ledger.proof.errors import BadSignature, Malformed
from ledger.proof.merkle import EMPTY_ROOT
from ledger.proof.note import COSIGNATURE, Verifier, format_note, format_vkey, parse_note, parse_vkey
from world import ORIGIN, key

LOG = format_vkey(key(ORIGIN).verifier)
RENAMED = format_vkey(Verifier("another.example", key(ORIGIN).verifier.key))
A, B, C = (format_vkey(key(f"witness.example/{name}", COSIGNATURE).verifier) for name in "abc")
A_RENAMED = format_vkey(Verifier("another.example", parse_vkey(A).key, COSIGNATURE))

NESTED = f"""\
# whom we trust
log {LOG} https://log.example/

\twitness a {A}
witness\t b  {B} https://b.example/witness\t
witness c {C}
group towns 1 b c
  # a comment may stand behind spaces, and say 任何话
group all-of-them all a towns
quorum all-of-them
"""


def read(text: str) -> Trust:
    return parse_trust(text.encode())


def test_a_policy_is_read() -> None:
    trust = read(NESTED)
    assert [format_vkey(log) for log in trust.logs] == [LOG]
    assert {name: format_vkey(verifier) for name, verifier in trust.witnesses.items()} == {"a": A, "b": B, "c": C}
    assert trust.groups == {"towns": Group(1, ("b", "c")), "all-of-them": Group(2, ("a", "towns"))}
    assert trust.quorum == "all-of-them"


def test_addresses_are_kept_where_there_are_any() -> None:
    trust = read(NESTED)
    assert trust.log_urls == {ORIGIN: "https://log.example/"}
    assert trust.witness_urls == {"b": "https://b.example/witness"}


@pytest.mark.parametrize(
    ("cosigners", "is_met"),
    [("", False), ("a", False), ("b", False), ("bc", False), ("ab", True), ("ac", True), ("abc", True)],
)
def test_a_quorum_of_groups(cosigners: str, is_met: bool) -> None:
    assert read(NESTED).is_met(set(cosigners)) is is_met


@pytest.mark.parametrize(("threshold", "met_by"), [("any", 1), ("1", 1), ("2", 2), ("3", 3), ("all", 3)], ids=str)
def test_a_threshold_counts_members(threshold: str, met_by: int) -> None:
    policy = read(f"log {LOG}\nwitness a {A}\nwitness b {B}\nwitness c {C}\ngroup g {threshold} a b c\nquorum g\n")
    assert [policy.is_met(set("abc"[:number])) for number in range(4)] == [number >= met_by for number in range(4)]


def test_a_single_witness_may_be_the_quorum() -> None:
    policy = read(f"log {LOG}\nwitness a {A}\nquorum a\n")
    assert policy.is_met({"a"})
    assert not policy.is_met({"b"})


def test_none_asks_for_nobody() -> None:
    assert read(f"log {LOG}\nquorum none\n").is_met(set())


def test_only_the_quorum_must_be_there() -> None:
    assert read("quorum none\n") == Trust()
    assert read(f"witness a {A}\nquorum a\n").logs == []
    for text in ("", "\n", "# nothing\n", f"log {LOG}\nwitness a {A}\n"):
        with pytest.raises(Malformed, match="no quorum line"):
            read(text)


def test_words_are_parted_by_spaces_and_tabs_only() -> None:
    for space in ("\u00a0", "\u3000", "\u2028", "\u0085"):
        trust = read(f"witness a{space}b {A}\nquorum a{space}b\n")
        assert list(trust.witnesses) == [f"a{space}b"], "one name: to the specification it is octets"
        with pytest.raises(Malformed, match=r"line 1: .*expected log, witness, group or quorum"):
            read(f"quorum{space}none\n")


def test_windows_line_ends_are_named() -> None:
    with pytest.raises(Malformed, match=r"policy, line 1: its line ends are those of Windows") as refused:
        read(f"log {LOG}\r\nquorum none\r\n")
    assert "换行是 Windows 的写法" in translate(str(refused.value))


@pytest.mark.parametrize("octet", [0, 0x0B, 0x0C, 0x0D, 0x1C, 0x1F, 0x7F])
@pytest.mark.parametrize("line", [b"quorum none%c", b"quorum%cnone", b"# %c\nquorum none"])
def test_no_other_control_character_may_stand_anywhere(octet: int, line: bytes) -> None:
    with pytest.raises(Malformed, match=rf"policy, line 2: .*octet {octet:02x}"):
        parse_trust(b"\n" + line % octet + b"\n")


def test_every_line_ends_with_a_line_feed() -> None:
    cut_short = f"witness X {A}\nwitness Y {B}\ngroup X-and-Y all X Y\nquorum X"  # of quorum X-and-Y
    with pytest.raises(Malformed, match="may be cut short"):
        read(cut_short)


def test_a_comment_is_a_whole_line() -> None:
    assert list(read(f"witness a#b {A}\nquorum a#b\n").witnesses) == ["a#b"]
    for text in ("quorum none # nobody\n", f"log {LOG} # ours\nquorum none\n"):
        with pytest.raises(Malformed, match="line 1: "):
            read(text)
    assert read(f"log {LOG} #ours\nquorum none\n").log_urls == {ORIGIN: "#ours"}, "a URL's form is its user's to judge"


def test_names_are_octets() -> None:
    kelvin, latin, cut = "\u212a".encode(), b"K", b"\xe2\x84"
    trust = parse_trust(
        b"witness %b %b\nwitness %b %b\nwitness %b %b\ngroup g all %b %b %b\nquorum g\n"
        % (kelvin, A.encode(), latin, B.encode(), cut, C.encode(), cut, latin, kelvin)
    )
    names = list(trust.witnesses)
    assert [name.encode(errors="surrogateescape") for name in names] == [kelvin, latin, cut]
    assert not trust.is_met(set(names[1:]))
    assert trust.is_met(set(names))


def test_a_name_of_the_language_may_be_a_members_name() -> None:
    trust = read(f"witness all {A}\nwitness 2 {B}\nwitness log {C}\ngroup any any all 2 log\nquorum any\n")
    assert trust.groups["any"] == Group(1, ("all", "2", "log"))


def test_a_log_may_have_two_keys() -> None:
    older = format_vkey(Verifier(ORIGIN, key("older").verifier.key))
    assert len(read(f"log {LOG}\nlog {older}\nquorum none\n").logs) == 2


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (f"log {LOG}\nwitness a {A}\nwitness a {B}\nquorum a\n", 3, "used already"),
        (f"log {LOG}\nwitness none {A}\nquorum none\n", 2, "used already"),
        (f"log {LOG}\nwitness a {A}\ngroup a any a\nquorum a\n", 3, "used already"),
        (f"log {LOG}\nwitness a {A}\ngroup none any a\nquorum none\n", 3, "used already"),
        (f"log {LOG}\nlog {LOG} https://log.example/\nquorum none\n", 2, "another log's too"),
        (f"log {LOG}\nlog {RENAMED}\nquorum none\n", 2, "another log's too"),
        (f"log {LOG}\nwitness a {A}\nwitness b {A}\nquorum a\n", 3, "another witness's too"),
        (f"log {LOG}\nwitness a {A}\nwitness b {A_RENAMED}\nquorum a\n", 3, "another witness's too"),
        (f"log {LOG}\ngroup g any h\ngroup h any g\nquorum g\n", 2, "neither a witness nor a group"),
        (f"log {LOG}\ngroup g any g\nquorum g\n", 2, "neither a witness nor a group"),
        (f"log {LOG}\ngroup g any none\nquorum g\n", 2, "neither a witness nor a group"),
        (f"log {LOG}\nwitness a {A}\ngroup g 2 a\nquorum g\n", 3, "threshold 2"),
        (f"log {LOG}\nwitness a {A}\ngroup g 0 a\nquorum g\n", 3, "threshold 0"),
        (f"log {LOG}\nwitness a {A}\ngroup g {'9' * 5000} a\nquorum g\n", 3, "threshold 999"),
        (f"log {LOG}\nwitness a {A}\ngroup g 1.0 a\nquorum g\n", 3, "threshold 1.0"),
        (f"log {LOG}\nwitness a {A}\ngroup g 0x1 a\nquorum g\n", 3, "threshold 0x1"),
        (f"log {LOG}\nwitness a {A}\ngroup g ١ a\nquorum g\n", 3, "threshold"),
        (f"log {LOG}\nwitness a {A}\ngroup g 2 a a\nquorum g\n", 3, "member of a group already"),
        (f"witness a {A}\nwitness b {B}\ngroup g any a\ngroup h all b a\nquorum h\n", 4, "member of a group already"),
        (f"witness a {A}\ngroup g any a\ngroup h all g\ngroup i all g\nquorum h\n", 4, "member of a group already"),
        (f"log {LOG}\nquorum g\n", 2, "neither a witness nor a group"),
        (f"quorum a\nwitness a {A}\n", 1, "neither a witness nor a group"),
        (f"log {LOG}\nquorum none\nquorum none\n", 3, "second quorum"),
        (f"log {A}\nquorum none\n", 1, "not an Ed25519 key"),
        (f"log {LOG}\nwitness a {LOG}\nquorum a\n", 2, "not one for cosignatures"),
        (f"log {LOG}\nwitness a {A[:-1]}\nquorum a\n", 2, "base64"),
        (f"log {LOG} https://a https://b\nquorum none\n", 1, "expected log, witness, group or quorum"),
        (f"log {LOG}\nwitness a {A} https://a https://b\nquorum a\n", 2, "expected log, witness, group or quorum"),
        (f"log {LOG}\ngroup g any\nquorum g\n", 2, "expected log, witness, group or quorum"),
        (f"log {LOG}\nquorums none\n", 2, "expected log, witness, group or quorum"),
        (f"log {LOG}\nQuorum none\n", 2, "expected log, witness, group or quorum"),
        ("quorum none none\n", 1, "expected log, witness, group or quorum"),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int, word: str) -> None:
    with pytest.raises(Malformed, match=f"policy, line {line}: .*{word}"):
        read(text)


def test_many_of_each_can_be_named() -> None:
    logs = [key(f"log.example/{n}").verifier for n in range(64)]
    witnesses = [key(f"witness.example/{n}", COSIGNATURE).verifier for n in range(64)]
    lines = [f"log {format_vkey(log)}" for log in logs]
    lines += [f"witness w{n} {format_vkey(witness)}" for n, witness in enumerate(witnesses)]
    lines += [f"group g{n} any w{n}" for n in range(64)]
    lines += [f"group all-of-them all {' '.join(f'g{n}' for n in range(64))}", "quorum all-of-them", ""]
    trust = read("\n".join(lines))
    names = {f"w{n}" for n in range(64)}
    assert (len(trust.logs), len(trust.witnesses), len(trust.groups)) == (64, 64, 65)
    assert trust.is_met(names)
    assert not trust.is_met(names - {"w31"})


def test_a_key_alone_asks_for_no_cosignature() -> None:
    assert Trust([key(ORIGIN).verifier]).is_met(set())


def test_the_policy_of_these_tests_wants_both_witnesses() -> None:
    assert trust().is_met({"justice", "discipline"})
    assert not trust().is_met({"justice"})
    assert trust("any").is_met({"justice"})


def test_groups_within_groups_take_neither_the_stack_nor_an_age() -> None:
    lines = [f"witness a {A}", "group g0 any a"]
    lines += [f"group g{number} any g{number - 1}" for number in range(1, 3000)]
    policy = read("\n".join([*lines, "quorum g2999", ""]))
    assert policy.is_met({"a"})
    assert not policy.is_met({"b"})


def test_cosigners_are_told_apart_by_their_keys() -> None:
    signer = key("witness.example/a", COSIGNATURE)
    text = format_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT))
    checkpoint = format_note(text, [key(ORIGIN).sign_text(text), cosign(signer, text, 1_800_000_000)])
    assert read(f"witness justice {A}\nwitness b {B}\nquorum none\n").cosigners(checkpoint) == {
        "justice": 1_800_000_000
    }
    namesake = format_vkey(Verifier(signer.name, key("other", COSIGNATURE).verifier.key, COSIGNATURE))
    assert read(f"witness justice {namesake}\nquorum none\n").cosigners(checkpoint) == {}
    both = read(f"witness old {namesake}\nwitness new {A}\ngroup g all old new\nquorum g\n")
    assert both.cosigners(checkpoint) == {"new": 1_800_000_000}
    lines = parse_note(checkpoint).signatures
    forged = lines[1]._replace(signature=lines[1].signature[:-1] + b"!")
    with pytest.raises(BadSignature):
        both.cosigners(format_note(text, [lines[0], forged]))

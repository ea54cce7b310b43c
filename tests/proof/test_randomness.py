"""T8: a forged, old or foreign round of the public beacon; and what the other sources are worth."""

import dataclasses
import hashlib
import importlib
import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.pairing import DOMAIN, check_pairing, derive_public_key, sign_round
from ledger.proof.encoding import Hex
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch
from ledger.proof.randomness import (
    Chain,
    Lottery,
    LotteryResult,
    Round,
    check_entropy,
    check_lottery,
    check_round,
    derive_commitment,
    derive_dice_share,
    derive_round,
    derive_round_time,
)

SECRET = bytes(range(1, 33))
LOCAL = Chain("local", Hex("ab" * 32), derive_public_key(SECRET), 1_700_000_000, 30)
LOCAL_ROUND = Round(LOCAL, 41, sign_round(SECRET, 41))

FIELD = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
OUTSIDE_SUBGROUP = "80" + "00" * 47  # x = 0, y^2 = 4: on the curve of G1, but of order 3
OTHER_SPELLING_OF_IT = (FIELD | 1 << 383).to_bytes(48, "big").hex()  # x = the field's prime, which is 0 again
INFINITY = "c0" + "00" * 47


@pytest.fixture(scope="module")
def quicknet(shared: Path) -> Round:
    vector = json.loads((shared / "vectors" / "drand_rounds.json").read_text())["quicknet_round_657413"]
    name = Hex("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971")
    chain = Chain("drand", name, vector["public_key"], 1692803367, 3)
    return Round(chain, vector["round"], vector["signature"])


def test_real_quicknet_round_verifies(quicknet: Round) -> None:
    check_round(quicknet, quicknet.number, check_pairing)


def test_local_round_verifies() -> None:
    check_round(LOCAL_ROUND, 41, check_pairing)


def test_without_a_pairing_the_form_is_still_checked() -> None:
    check_round(LOCAL_ROUND, 41, None)
    with pytest.raises(Mismatch):
        check_round(LOCAL_ROUND, 42, None)


@pytest.mark.parametrize("step", [-1, 1])
def test_t08_neighbouring_round_is_refused(quicknet: Round, step: int) -> None:
    with pytest.raises(Mismatch):
        check_round(quicknet, quicknet.number + step, check_pairing)
    renamed = dataclasses.replace(quicknet, number=quicknet.number + step)
    with pytest.raises(BadSignature):
        check_round(renamed, renamed.number, check_pairing)


def test_t08_round_of_another_chain_is_refused(quicknet: Round) -> None:
    foreign = Round(quicknet.chain, 41, LOCAL_ROUND.signature)
    with pytest.raises(BadSignature):
        check_round(foreign, 41, check_pairing)


def test_t08_any_flipped_bit_of_the_signature_is_refused(quicknet: Round) -> None:
    signature = int(quicknet.signature, 16)
    for bit in range(0, 384, 7):
        forged = dataclasses.replace(quicknet, signature=f"{signature ^ 1 << bit:096x}")
        with pytest.raises((BadSignature, Malformed)):
            check_round(forged, forged.number, check_pairing)


def test_t08_negated_signature_is_refused(quicknet: Round) -> None:
    """Its first byte's sign bit turned: the point -S, which is in the subgroup and fits nothing."""
    forged = dataclasses.replace(quicknet, signature=f"{int(quicknet.signature, 16) ^ 1 << 381:096x}")
    with pytest.raises(BadSignature):
        check_round(forged, forged.number, check_pairing)


@pytest.mark.parametrize(
    ("signature", "kind"),
    [
        (INFINITY, BadSignature),
        (INFINITY[:-1] + "1", Malformed),
        ("e0" + "00" * 47, Malformed),
        (OUTSIDE_SUBGROUP, BadSignature),
        (OTHER_SPELLING_OF_IT, Malformed),
        ("00" * 48, Malformed),
        ("ff" * 48, Malformed),
        (LOCAL_ROUND.signature.upper(), Malformed),
        (LOCAL_ROUND.signature[:-2], Malformed),
        (LOCAL_ROUND.signature + "00", Malformed),
        (LOCAL_ROUND.signature + "\n", Malformed),
        (" " + LOCAL_ROUND.signature[1:], Malformed),
        ("", Malformed),
    ],
)
def test_t08_signature_that_is_no_proper_point_is_refused(signature: str, kind: type[LedgerError]) -> None:
    with pytest.raises(kind):
        check_round(dataclasses.replace(LOCAL_ROUND, signature=signature), 41, check_pairing)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("c0" + "00" * 95, BadSignature),
        ("c0" + "00" * 94 + "01", Malformed),
        ("ff" * 96, Malformed),
        ("00" * 96, Malformed),
        ("", Malformed),
        (LOCAL.key[:-2], Malformed),
        (LOCAL_ROUND.signature, Malformed),
    ],
)
def test_t08_key_that_is_no_proper_point_is_refused(key: str, kind: type[LedgerError]) -> None:
    """Under the key at infinity, infinity would be everybody's signature."""
    with pytest.raises(kind):
        check_pairing(bytes.fromhex(key), b"message", bytes.fromhex(LOCAL_ROUND.signature))


def test_t08_infinity_under_the_key_at_infinity_is_refused() -> None:
    """The pairing alone would say yes: both sides are one, whatever the message."""
    with pytest.raises(BadSignature, match="at infinity"):
        check_pairing(bytes.fromhex("c0" + "00" * 95), b"message", bytes.fromhex(INFINITY))


def test_t08_key_outside_the_subgroup_is_refused() -> None:
    for x in range(32):
        key = (x | 1 << 767).to_bytes(96, "big")
        with pytest.raises((BadSignature, Malformed)) as refused:
            check_pairing(key, b"message", bytes.fromhex(LOCAL_ROUND.signature))
        if refused.type is BadSignature:
            assert "outside the subgroup" in str(refused.value)
            return
    pytest.fail("no point of the curve found with a small x")


def test_second_implementation_agrees(quicknet: Round) -> None:
    if importlib.util.find_spec("pyblst") is None:
        pytest.skip("pyblst is not installed")
    blst = importlib.import_module("pyblst")
    group_2 = blst.BlstP2Element().uncompress(bytes.fromhex(derive_public_key((1).to_bytes(32, "big"))))
    for one in (quicknet, LOCAL_ROUND):
        message = hashlib.sha256(one.number.to_bytes(8, "big")).digest()
        hashed = blst.BlstP1Element().hash_to_group(message, DOMAIN)
        key = blst.BlstP2Element().uncompress(bytes.fromhex(one.chain.key))
        signature = blst.BlstP1Element().uncompress(bytes.fromhex(one.signature))
        assert blst.final_verify(blst.miller_loop(signature, group_2), blst.miller_loop(hashed, key))
        assert not blst.final_verify(blst.miller_loop(hashed, group_2), blst.miller_loop(hashed, key))


@pytest.mark.parametrize("secret", [b"", bytes(32), b"\xff" * 32, bytes(31), bytes(33)])
def test_bad_secret_is_refused_and_not_repeated(secret: bytes) -> None:
    for make in (derive_public_key, lambda it: sign_round(it, 1)):
        with pytest.raises(Malformed) as refused:
            make(secret)
        assert not secret or secret.hex() not in str(refused.value)


@pytest.mark.parametrize("number", [-1, 0, 2**64])
def test_local_round_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(Malformed):
        sign_round(SECRET, number)


@given(st.integers(0, 2**40), st.integers(1, 3600))
def test_round_is_the_first_at_or_after_the_time(after_genesis: int, period: int) -> None:
    chain = dataclasses.replace(LOCAL, period=period)
    moment = chain.genesis + after_genesis
    number = derive_round(chain, moment)
    assert derive_round_time(chain, number) >= moment
    assert number == 1 or derive_round_time(chain, number - 1) < moment
    assert derive_round(chain, derive_round_time(chain, number)) == number


def test_round_by_hand() -> None:
    assert [derive_round(LOCAL, LOCAL.genesis + s) for s in (0, 1, 30, 31, 60)] == [1, 2, 2, 3, 3]
    with pytest.raises(Malformed):
        derive_round(LOCAL, LOCAL.genesis - 1)


WELFARE = Lottery("ssq", 14, 24)


def test_lottery_of_its_form_is_accepted() -> None:
    check_lottery(LotteryResult(WELFARE, "2027001", "01020304050607"), "2027001")


@pytest.mark.parametrize(
    ("issue", "digits", "kind"),
    [
        ("2027002", "01020304050607", Mismatch),
        ("2027001", "0102030405060", Malformed),
        ("2027001", "010203040506070", Malformed),
        ("2027001", "01 02 03 04 05", Malformed),
        ("2027001", "0102030405060７", Malformed),
        ("2027001", "0102030405060٧", Malformed),
        ("2027001", "0102030405060\n", Malformed),
        ("2027001", "", Malformed),
    ],
)
def test_lottery_of_another_form_is_refused(issue: str, digits: str, kind: type[LedgerError]) -> None:
    with pytest.raises(kind):
        check_lottery(LotteryResult(WELFARE, issue, digits), "2027001")


def test_source_lines() -> None:
    assert LOCAL_ROUND.source_line() == f"local {'ab' * 32} 41 {LOCAL_ROUND.signature}"
    assert LotteryResult(WELFARE, "2027001", "01020304050607").source_line() == "lottery ssq 2027001 01020304050607"


def test_entropy_is_summed_and_bounded() -> None:
    others = [Lottery("a", 6, 20), Lottery("b", 5, 16), Lottery("c", 4, 15)]
    assert check_entropy([LOCAL]) == 256
    assert check_entropy([LOCAL, WELFARE]) == 280
    assert check_entropy([WELFARE, others[1]]) == 40
    for too_few in ([], [WELFARE], [WELFARE, others[2]]):
        with pytest.raises(Malformed, match="at least 40"):
            check_entropy(too_few)


def test_t27_source_that_stands_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="twice"):
        check_entropy([WELFARE, WELFARE])
    with pytest.raises(Malformed, match="twice"):
        check_entropy([LOCAL, dataclasses.replace(LOCAL, kind="drand")])


def test_dice_share_is_the_hash_of_the_digits() -> None:
    digits = "01234567890123456789"
    assert derive_dice_share(digits) == hashlib.sha256(digits.encode()).hexdigest()


@pytest.mark.parametrize(
    "digits", ["", "0123456789012345678", "0123456789 0123456789", "01234567890123456789\n", "１" * 20]
)
def test_dice_of_another_form_are_refused(digits: str) -> None:
    with pytest.raises(Malformed):
        derive_dice_share(digits)


def test_commitment_is_the_hash_of_the_characters_not_of_the_bytes() -> None:
    share = "ab" * 32
    assert derive_commitment(share) == hashlib.sha256(share.encode()).hexdigest()
    for other in (share.upper(), share[:-1], share + "\n", " " + share):
        with pytest.raises(Malformed):
            derive_commitment(other)

"""Checkpoints and cosignatures, made here by hand from the specification's bytes."""

import base64
import hashlib
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof import note
from ledger.proof.checkpoint import (
    Checkpoint,
    check_checkpoint,
    cosign,
    derive_attested_time,
    format_checkpoint,
    parse_checkpoint,
)
from ledger.proof.encoding import Hash, derive_day
from ledger.proof.errors import BadSignature, LedgerError, Malformed
from ledger.proof.note import COSIGNATURE, Signature, Signer, Verifier, format_note

LOG = Signer("example.org/log", b"l" * 32)
EAST, WEST = (Signer(f"witness.example/{name}", name.encode() * 8, COSIGNATURE) for name in ("east", "west"))
ROOT = Hash(hashlib.sha256(b"root").digest())
CHECKPOINT = Checkpoint(LOG.name, 4211, ROOT)
TEXT = format_checkpoint(CHECKPOINT)
TIME = 1_800_000_000
WITNESSES = (EAST.verifier, WEST.verifier)


def signed(*lines: Signature, text: str = TEXT) -> bytes:
    return format_note(text, [LOG.sign_text(text), *lines])


def test_checkpoint_of_the_specification_is_read() -> None:
    # C2SP tlog-checkpoint, first example; its keys are not published.
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex().startswith("0ac5186a91863e8e")
    assert format_checkpoint(checkpoint) == text


@given(st.integers(0, 10**16 - 1), st.binary(min_size=32, max_size=32), st.lists(st.just("extension"), max_size=2))
def test_checkpoints_round_trip(size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint("example.org/log", size, Hash(root), tuple(extensions))
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


ROOT_LINE = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "example.org/log\n",
        "example.org/log\n1\n",
        f"example.org/log\n1\n{ROOT_LINE}",
        f"\n1\n{ROOT_LINE}\n",
        f"example.org/log\n\n{ROOT_LINE}\n",
        f"example.org/log\n1\n{ROOT_LINE}\n\n",
        f"example.org/log\n1\n{ROOT_LINE}\n\nextension\n",
        f"example.org/log\n01\n{ROOT_LINE}\n",
        f"example.org/log\n-1\n{ROOT_LINE}\n",
        f"example.org/log\n+1\n{ROOT_LINE}\n",
        f"example.org/log\n 1\n{ROOT_LINE}\n",
        f"example.org/log\n1 \n{ROOT_LINE}\n",
        f"example.org/log\n1_0\n{ROOT_LINE}\n",
        f"example.org/log\n1.0\n{ROOT_LINE}\n",
        f"example.org/log\n１\n{ROOT_LINE}\n",
        f"example.org/log\n²\n{ROOT_LINE}\n",
        f"example.org/log\n{10**16}\n{ROOT_LINE}\n",
        f"example.org/log\n{'9' * 5000}\n{ROOT_LINE}\n",
        f"example.org/log\n1\n{ROOT_LINE[:-1]}\n",
        f"example.org/log\n1\n{ROOT_LINE} \n",
        f"example.org/log\n1\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"example.org/log\n1\n{base64.b64encode(ROOT + ROOT).decode()}\n",
        f"example.org/log\n1\n{ROOT.hex()}\n",
    ],
)
def test_other_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(text)


def test_cosignature_made_by_hand_is_accepted() -> None:
    """C2SP tlog-cosignature: key id SHA-256(name, LF, 04, key)[:4]; then 8 bytes of time, then Ed25519."""
    private = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
    public = private.public_key().public_bytes_raw()
    key_id = hashlib.sha256(b"witness.example/hand\n\x04" + public).digest()[:4]
    message = b"cosignature/v1\ntime 1800000000\n" + TEXT.encode()
    blob = base64.b64encode(key_id + (1800000000).to_bytes(8, "big") + private.sign(message)).decode()
    data = signed() + f"— witness.example/hand {blob}\n".encode()
    verifier = Verifier("witness.example/hand", public, COSIGNATURE)
    witnessed = check_checkpoint(data, LOG.verifier, [verifier], is_exact=True)
    assert witnessed.checkpoint == CHECKPOINT
    assert witnessed.times == {"witness.example/hand": 1800000000}


def test_cosignatures_are_accepted_in_both_modes() -> None:
    data = signed(cosign(EAST, TEXT, TIME), cosign(WEST, TEXT, TIME + 1))
    for is_exact in (False, True):
        witnessed = check_checkpoint(data, LOG.verifier, WITNESSES, is_exact=is_exact)
        assert witnessed.times == {EAST.name: TIME, WEST.name: TIME + 1}


def test_t10_a_witness_with_the_logs_name_and_key_id_does_not_sign_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note, "derive_key_id", lambda *_: b"same")  # in earnest it takes some 2^32 keys
    log, other = Signer(LOG.name, b"l" * 32), Signer(LOG.name, b"o" * 32, COSIGNATURE)
    forged = format_note(TEXT, [cosign(other, TEXT, TIME)])
    for is_exact in (False, True):
        with pytest.raises(BadSignature):
            check_checkpoint(forged, log.verifier, [other.verifier], is_exact=is_exact)
        signed_by_log = format_note(TEXT, [log.sign_text(TEXT)])
        assert check_checkpoint(signed_by_log, log.verifier, [other.verifier], is_exact=is_exact).times == {}


def test_t09_cosignature_with_another_time_is_refused() -> None:
    line = cosign(EAST, TEXT, TIME)
    for seconds in (0, TIME - 1, TIME + 1, 2**53, 2**64 - 1):
        forged = line._replace(signature=seconds.to_bytes(8, "big") + line.signature[8:])
        with pytest.raises(BadSignature):
            check_checkpoint(signed(forged), LOG.verifier, WITNESSES)


def test_time_beyond_what_the_record_can_hold_is_refused_though_signed() -> None:
    for seconds in (946_684_800, 32_503_679_999):
        edge = check_checkpoint(signed(cosign(EAST, TEXT, seconds)), LOG.verifier, WITNESSES)
        assert edge.times == {EAST.name: seconds}
        assert derive_day(seconds)[0] in "23"
    for seconds in (0, 946_684_799, 32_503_680_000, 253_402_300_800, 2**53 - 1, 2**53, 2**63, 2**64 - 1):
        with pytest.raises(BadSignature, match="out of range"):
            check_checkpoint(signed(cosign(EAST, TEXT, seconds)), LOG.verifier, WITNESSES)


def test_cosignature_of_another_text_or_key_is_refused() -> None:
    other_text = format_checkpoint(CHECKPOINT._replace(size=4212))
    by_west = cosign(WEST, TEXT, TIME)
    for line in (
        cosign(EAST, other_text, TIME),
        Signature(EAST.name, EAST.verifier.key_id, by_west.signature),
        Signature(EAST.name, EAST.verifier.key_id, EAST.sign(TEXT.encode())),
        Signature(EAST.name, EAST.verifier.key_id, bytes(8) + EAST.sign(TEXT.encode())),
        Signature(EAST.name, EAST.verifier.key_id, by_west.signature + b"\0"),
        Signature(EAST.name, EAST.verifier.key_id, by_west.signature[:-1]),
    ):
        with pytest.raises(BadSignature):
            check_checkpoint(signed(line), LOG.verifier, WITNESSES)


def test_every_flipped_bit_of_a_cosignature_is_refused() -> None:
    line = cosign(EAST, TEXT, TIME)
    number = int.from_bytes(line.signature, "big")
    for bit in range(72 * 8):
        forged = line._replace(signature=(number ^ 1 << bit).to_bytes(72, "big"))
        with pytest.raises(BadSignature):
            check_checkpoint(signed(forged), LOG.verifier, WITNESSES)


def test_checkpoint_that_the_log_did_not_sign_is_refused() -> None:
    east = cosign(EAST, TEXT, TIME)
    other_log = Signer(LOG.name, b"m" * 32)
    forged = Signature(LOG.name, LOG.verifier.key_id, bytes(64))
    for lines in ([east], [other_log.sign_text(TEXT), east], [forged, east]):
        with pytest.raises(BadSignature):
            check_checkpoint(format_note(TEXT, lines), LOG.verifier, WITNESSES)


def test_checkpoint_of_another_log_is_refused() -> None:
    text = format_checkpoint(CHECKPOINT._replace(origin="example.org/other"))
    with pytest.raises(BadSignature, match=r"expected example\.org/log"):
        check_checkpoint(signed(text=text), LOG.verifier, WITNESSES)


def test_line_of_a_stranger_is_ignored_unless_the_bytes_have_one_spelling() -> None:
    stranger = cosign(Signer("witness.example/north", b"n" * 32, COSIGNATURE), TEXT, TIME)
    data = signed(cosign(EAST, TEXT, TIME), stranger)
    assert check_checkpoint(data, LOG.verifier, WITNESSES).times == {EAST.name: TIME}
    with pytest.raises(BadSignature, match="neither the log nor a witness"):
        check_checkpoint(data, LOG.verifier, WITNESSES, is_exact=True)


def test_t40_reordered_lines_are_refused_where_the_bytes_have_one_spelling() -> None:
    log, east, west = LOG.sign_text(TEXT), cosign(EAST, TEXT, TIME), cosign(WEST, TEXT, TIME)
    orders: list[Sequence[Signature]] = [(log, west, east), (east, log, west), (east, west, log), (west, east, log)]
    for lines in orders:
        data = format_note(TEXT, lines)
        assert len(check_checkpoint(data, LOG.verifier, WITNESSES).times) == 2
        with pytest.raises(Malformed):
            check_checkpoint(data, LOG.verifier, WITNESSES, is_exact=True)


def test_t40_repeated_lines_are_refused() -> None:
    east = cosign(EAST, TEXT, TIME)
    for lines in ([east, east], [east, cosign(EAST, TEXT, TIME + 1)], [LOG.sign_text(TEXT)]):
        for is_exact in (False, True):
            with pytest.raises(BadSignature, match="two lines"):
                check_checkpoint(signed(*lines), LOG.verifier, WITNESSES, is_exact=is_exact)


def test_witness_with_the_logs_own_key_does_not_stand_for_the_log() -> None:
    same_key = Signer("witness.example/same", b"l" * 32, COSIGNATURE)
    data = format_note(TEXT, [cosign(same_key, TEXT, TIME)])
    with pytest.raises(BadSignature):
        check_checkpoint(data, LOG.verifier, [same_key.verifier])


def test_one_key_under_two_names_is_not_two_witnesses() -> None:
    twin = Signer("witness.example/twin", b"east" * 8, COSIGNATURE)
    data = signed(cosign(EAST, TEXT, TIME), cosign(twin, TEXT, TIME))
    with pytest.raises(BadSignature):
        check_checkpoint(data, LOG.verifier, [EAST.verifier, twin.verifier])


def test_log_key_does_not_cosign() -> None:
    with pytest.raises(Malformed):
        cosign(LOG, TEXT, TIME)


def test_spoiled_bytes_of_a_checkpoint_are_refused() -> None:
    data = signed(cosign(EAST, TEXT, TIME))
    for at in range(len(data)):
        for change in (1, 32, 128):
            spoiled = data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]
            with pytest.raises(LedgerError):
                check_checkpoint(spoiled, LOG.verifier, WITNESSES, is_exact=True)


@pytest.mark.parametrize(
    ("quorum", "expected"), [(-1, None), (0, None), (1, 10), (2, 20), (3, 30), (4, None)]
)  # fmt: skip
def test_attested_time_is_the_quorums_latest(quorum: int, expected: int | None) -> None:
    times = {"a": 30, "b": 10, "c": 20, "stranger": 1}
    assert derive_attested_time(times, ["a", "b", "c", "absent"], quorum) == expected


def test_witness_named_twice_counts_once() -> None:
    assert derive_attested_time({"a": 10}, ["a", "a"], 2) is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 100)), st.integers(1, 6))
def test_t09_by_the_attested_time_a_quorum_had_cosigned(times: dict[str, int], quorum: int) -> None:
    attested = derive_attested_time(times, "abcdef", quorum)
    if attested is None:
        assert len(times) < quorum
    else:
        assert sum(time <= attested for time in times.values()) >= quorum
        assert sum(time < attested for time in times.values()) < quorum

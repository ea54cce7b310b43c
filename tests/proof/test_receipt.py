"""Receipts: prove and check, one form, and whatever differs is refused."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import COSIGNATURE, Signer, format_note
from ledger.proof.receipt import Receipt, check_receipt, format_receipt, parse_receipt

LOG = Signer("example.org/log", sha256(b"log").digest())
WITNESS = Signer("witness.example", sha256(b"witness").digest(), COSIGNATURE)
ENTRIES = [b"entry %d" % number for number in range(300)]
TREE = Tree(map(derive_leaf_hash, ENTRIES))


def make_receipt(index: int, size: int, extra: bytes | None = None) -> bytes:
    text = format_checkpoint(Checkpoint(LOG.name, size, TREE.root(size)))
    checkpoint = format_note(text, [LOG.sign_text(text), cosign(WITNESS, text, 1_800_000_000)])
    return format_receipt(Receipt(index, tuple(TREE.prove_inclusion(index, size)), checkpoint, extra))


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))), st.binary())
def test_what_is_proved_is_checked(place: tuple[int, int], extra: bytes) -> None:
    index, size = place
    for data in (make_receipt(index, size), make_receipt(index, size, extra)):
        assert format_receipt(parse_receipt(data)) == data
        witnessed = check_receipt(data, ENTRIES[index], LOG.verifier, [WITNESS.verifier])
        assert witnessed.checkpoint.size == size
        assert witnessed.times == {WITNESS.name: 1_800_000_000}


def test_the_form_is_that_of_the_specification() -> None:
    """C2SP tlog-proof, section Format."""
    lines = make_receipt(2, 3, b"x").decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra eA==", "index 2"]
    assert [len(line) for line in lines[3:6]] == [44, 0, len(LOG.name)]


def test_any_other_entry_index_key_or_path_is_refused() -> None:
    good = make_receipt(4, 9)
    with pytest.raises(Mismatch):
        check_receipt(good, ENTRIES[5], LOG.verifier)
    with pytest.raises(Mismatch):
        check_receipt(good.replace(b"index 4", b"index 5"), ENTRIES[4], LOG.verifier)
    with pytest.raises(BadSignature):
        check_receipt(good, ENTRIES[4], Signer(LOG.name, bytes(32)).verifier)
    with pytest.raises(BadSignature):
        check_receipt(good, ENTRIES[4], Signer("example.org/other", bytes(32)).verifier)


@given(st.data())
def test_t29_a_receipt_with_any_byte_changed_is_no_receipt(data: st.DataObject) -> None:
    good = make_receipt(4, 9)
    end = good.rindex("\u2014 witness".encode())  # whoever knows no witness may ignore their lines
    at = data.draw(st.integers(0, end - 1))
    bad = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    with pytest.raises(LedgerError):
        check_receipt(bad, ENTRIES[4], LOG.verifier)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 4", b"index 04"),
        (b"index 4", b"index -4"),
        (b"index 4", b"index +4"),
        (b"index 4", b"index  4"),
        (b"index 4", b"index"),
        (b"index 4\n", b""),
        (b"index 4", b"index 4\nindex 4"),
        (b"index 4", b"extra ***\nindex 4"),
        (b"index 4", b"index 4\nAAAA"),
        (b"index 4", b"index 4\r"),
        (b"index 4", b"index " + b"9" * 17),
        (b"index 4\n", b"index 4\n" + (b"A" * 43 + b"=\n") * 60),
        (b"\n\n", b"\n"),
        (b"c2sp", b"\xff"),
    ],
)
def test_other_forms_are_malformed(old: bytes, new: bytes) -> None:
    with pytest.raises(Malformed):
        parse_receipt(make_receipt(4, 9).replace(old, new, 1))


def test_a_longer_or_shorter_path_is_refused() -> None:
    receipt = parse_receipt(make_receipt(4, 9))
    for path in (receipt.path[:-1], (*receipt.path, Hash(bytes(32))), receipt.path[::-1]):
        other = format_receipt(Receipt(receipt.index, path, receipt.checkpoint))
        with pytest.raises(Mismatch):
            check_receipt(other, ENTRIES[4], LOG.verifier)

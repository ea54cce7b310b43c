"""A witness signs what extends the last that it signed, and nothing else, also after it was started anew."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.log.witness import Witness
from ledger.proof.checkpoint import Checkpoint, check_checkpoint, format_checkpoint
from ledger.proof.errors import BadSignature, Conflict, Malformed, Mismatch, Refused
from ledger.proof.merkle import EMPTY_ROOT, Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note, parse_note
from log.fakes import LOG, WITNESS

SECONDS = 1_800_000_000
TREE = Tree(derive_leaf_hash(b"%d" % n) for n in range(20))
FORK = Tree(derive_leaf_hash(b"%d" % (n if n != 4 else 400)) for n in range(20))


def sign(tree: Tree, size: int, signer: Signer = LOG) -> bytes:
    text = format_checkpoint(Checkpoint(signer.name, size, tree.root(size)))
    return format_note(text, [signer.sign_text(text)])


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    witness = Witness(tmp_path, WITNESS, [LOG.verifier])
    yield witness
    witness.close()


def test_a_log_that_grows_is_cosigned(witness: Witness) -> None:
    for old, new in ((0, 0), (0, 3), (3, 3), (3, 20)):
        proof = TREE.prove_consistency(old, new) if old else []
        line = witness.cosign(sign(TREE, new), proof, SECONDS + new)
        note = parse_note(sign(TREE, new))
        signed = format_note(note.text, [*note.signatures, line])
        witnessed = check_checkpoint(signed, LOG.verifier, [witness.verifier], is_exact=True)
        assert witnessed.times == {"witness.example": SECONDS + new}
        assert witness.newest(LOG.name).size == new


@pytest.mark.parametrize("size", [8, 9, 20])
def test_t10_a_fork_is_refused(witness: Witness, size: int) -> None:
    witness.cosign(sign(TREE, 8), [], SECONDS)
    for proof in (FORK.prove_consistency(8, size), TREE.prove_consistency(8, size), []):
        with pytest.raises(Mismatch, match="not shown to extend the size 8"):
            witness.cosign(sign(FORK, size), proof, SECONDS)
    witness.cosign(sign(TREE, 9), TREE.prove_consistency(8, 9), SECONDS)


def test_t10_a_fork_is_refused_after_a_restart(tmp_path: Path) -> None:
    first = Witness(tmp_path, WITNESS, [LOG.verifier])
    first.cosign(sign(TREE, 8), [], SECONDS)
    first.close()
    again = Witness(tmp_path, WITNESS, [LOG.verifier])
    with pytest.raises(Mismatch):
        again.cosign(sign(FORK, 9), FORK.prove_consistency(8, 9), SECONDS)
    again.close()


def test_a_smaller_size_is_answered_with_the_size_it_has(witness: Witness) -> None:
    witness.cosign(sign(TREE, 8), [], SECONDS)
    with pytest.raises(Conflict, match="has signed size 8"):
        witness.cosign(sign(TREE, 7), [], SECONDS)


@pytest.mark.parametrize("old", [0, 7, 9])
def test_a_proof_from_another_size_is_answered_with_the_size_it_has(witness: Witness, old: int) -> None:
    witness.cosign(sign(TREE, 8), [], SECONDS, old=0)
    with pytest.raises(Conflict, match="has signed size 8"):
        witness.cosign(sign(TREE, 20), TREE.prove_consistency(old, 20) if old else [], SECONDS, old=old)
    witness.cosign(sign(TREE, 20), TREE.prove_consistency(8, 20), SECONDS, old=8)


def test_a_first_checkpoint_comes_without_proof(witness: Witness) -> None:
    with pytest.raises(Mismatch, match="no proof from size 0"):
        witness.cosign(sign(TREE, 8), TREE.prove_consistency(1, 8), SECONDS)
    empty = format_checkpoint(Checkpoint(LOG.name, 0, TREE.root(1)))
    with pytest.raises(Mismatch, match="the empty tree's root"):
        witness.cosign(format_note(empty, [LOG.sign_text(empty)]), [], SECONDS)
    assert witness.newest(LOG.name) == Checkpoint(LOG.name, 0, EMPTY_ROOT)


def test_what_the_log_did_not_sign_is_refused(witness: Witness) -> None:
    other = Signer(LOG.name, bytes(32))
    with pytest.raises(BadSignature):
        witness.cosign(sign(TREE, 8, other), [], SECONDS)
    with pytest.raises(BadSignature):
        witness.cosign(sign(TREE, 8).replace(b"\n8\n", b"\n9\n"), [], SECONDS)
    with pytest.raises(Refused, match=r"does not witness other\.example"):
        witness.cosign(sign(TREE, 8, Signer("other.example", bytes(32))), [], SECONDS)
    with pytest.raises(Refused):
        witness.newest("other.example")


def test_what_it_could_not_keep_it_does_not_sign(
    witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness.cosign(sign(TREE, 8), [], SECONDS)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            witness.cosign(sign(TREE, 9), TREE.prove_consistency(8, 9), SECONDS)
    assert witness.newest(LOG.name).size == 8


def test_one_process_at_a_time(witness: Witness, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match=str(os.getpid())):
        Witness(tmp_path, WITNESS, [LOG.verifier])


def test_a_logs_key_does_not_cosign(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        Witness(tmp_path, LOG, [LOG.verifier])

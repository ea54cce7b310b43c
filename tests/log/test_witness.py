"""A witness signs what extends the last that it signed, and nothing else, also after it was started anew."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.log.witness import Witness
from ledger.proof.checkpoint import Checkpoint, check_checkpoint, format_checkpoint
from ledger.proof.encoding import derive_hash
from ledger.proof.errors import BadSignature, Conflict, Malformed, Mismatch, Refused
from ledger.proof.merkle import EMPTY_ROOT, Tree, derive_leaf_hash
from ledger.proof.note import COSIGNATURE, Signer, format_note, parse_note
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


def test_what_it_signed_last_is_shown_with_both_lines(witness: Witness) -> None:
    name = derive_hash(LOG.name)
    assert witness.show(name) is None
    note = parse_note(sign(TREE, 8))
    other = Signer("other.example", bytes(32)).sign_text(note.text)
    line = witness.cosign(format_note(note.text, [other, *note.signatures]), [], SECONDS)
    assert witness.show(name) == format_note(note.text, [*note.signatures, line])


def test_what_it_signed_last_is_shown_after_a_restart_as_it_was(tmp_path: Path) -> None:
    first = Witness(tmp_path, WITNESS, [LOG.verifier])
    first.cosign(sign(TREE, 8), [], SECONDS)
    shown = first.show(derive_hash(LOG.name))
    first.close()
    again = Witness(tmp_path, WITNESS, [])
    assert again.show(derive_hash(LOG.name)) == shown
    again.close()


@pytest.mark.parametrize("change", ["size", "cut", "empty", "another key", "another name"])
def test_t10_a_kept_checkpoint_that_is_not_its_own_stops_it(tmp_path: Path, change: str) -> None:
    """With it changed, it could be led to sign a second history."""
    first = Witness(tmp_path, WITNESS, [LOG.verifier])
    first.cosign(sign(TREE, 8), [], SECONDS)
    first.close()
    (file,) = tmp_path.glob("*.checkpoint")
    kept = file.read_bytes()
    key = WITNESS
    match change:
        case "size":
            file.write_bytes(kept.replace(b"\n8\n", b"\n4\n"))
        case "cut":
            file.write_bytes(kept[: len(kept) // 2])
        case "empty":
            file.write_bytes(b"")
        case "another key":
            key = Signer(WITNESS.name, bytes(32), COSIGNATURE)
        case "another name":
            file.rename(tmp_path / f"{derive_hash('other.example')}.checkpoint")
    with pytest.raises(Mismatch, match=r"\.checkpoint is not what witness\.example cosigned"):
        Witness(tmp_path, key, [LOG.verifier])
    file.unlink(missing_ok=True)
    for left in tmp_path.glob("*.checkpoint"):
        left.unlink()
    Witness(tmp_path, key, [LOG.verifier]).close()  # and its lock was let go


def test_an_old_size_above_the_checkpoints_is_malformed(witness: Witness) -> None:
    with pytest.raises(Malformed, match="a proof from size 9 to size 8"):
        witness.cosign(sign(TREE, 8), [], SECONDS, old=9)


def test_a_log_of_two_keys_is_one_log(tmp_path: Path) -> None:
    newer = Signer(LOG.name, bytes(32))
    witness = Witness(tmp_path, WITNESS, [LOG.verifier, newer.verifier])
    witness.cosign(sign(TREE, 8), [], SECONDS)
    with pytest.raises(Mismatch):
        witness.cosign(sign(FORK, 9, newer), FORK.prove_consistency(8, 9), SECONDS)
    witness.cosign(sign(TREE, 9, newer), TREE.prove_consistency(8, 9), SECONDS)
    assert witness.origins == [LOG.name]
    witness.close()


@pytest.mark.parametrize("name", ["..", "/", "a/../b", "." * 300, "\u53cc" * 300, "CON", "a%2f"])
def test_any_name_of_a_log_is_kept_apart(tmp_path: Path, name: str) -> None:
    log = Signer(name, bytes(range(32)))
    witness = Witness(tmp_path, WITNESS, [log.verifier, LOG.verifier])
    witness.cosign(sign(TREE, 8, log), [], SECONDS)
    assert (witness.newest(name).size, witness.newest(LOG.name).size) == (8, 0)
    assert {file.name for file in tmp_path.iterdir()} == {"lock", f"{derive_hash(name)}.checkpoint"}
    witness.close()

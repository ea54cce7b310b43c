"""Wherever the power goes: what a witness has given out, it stands by when it is started again."""

import os
import stat
from pathlib import Path

import pytest

from ledger.log.witness import Witness
from ledger.proof.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from ledger.proof.encoding import derive_hash
from ledger.proof.errors import Conflict, Mismatch
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import format_note, parse_note
from log.fakes import LOG, WITNESS

SECONDS = 1_800_000_000
START = [derive_leaf_hash(b"%d" % n) for n in range(8)]


class PowerCut(OSError):
    pass


class Disk:
    """A disk that fails at the nth sync or rename, before it is done or just after: for good, or that once.

    A name is certain once its folder is synced. Until then a cut leaves the old one or the new one: `forget` puts the
    old ones back. What is renamed must have been synced itself.
    """

    def __init__(self, patch: pytest.MonkeyPatch, nth: int, *, is_done: bool, is_for_good: bool = True) -> None:
        self.left, self.is_done, self.is_for_good = nth, is_done, is_for_good
        self._uncertain: list[tuple[Path, bytes | None]] = []
        self._synced: set[int] = set()
        self._fsync, self._replace = os.fsync, os.replace
        patch.setattr(os, "fsync", self.fsync)
        patch.setattr(os, "replace", self.replace)

    def fsync(self, descriptor: int) -> None:
        if self._step():
            found = os.fstat(descriptor)
            self._fsync(descriptor)
            self._synced.add(found.st_ino)
            if stat.S_ISDIR(found.st_mode):
                self._uncertain.clear()
        self._fail_if_cut()

    def replace(self, source: Path, target: Path) -> None:
        assert source.stat().st_ino in self._synced
        if self._step():
            self._uncertain.append((target, target.read_bytes() if target.exists() else None))
            self._replace(source, target)
        self._fail_if_cut()

    def forget(self) -> None:
        for target, old in reversed(self._uncertain):
            target.unlink() if old is None else target.write_bytes(old)

    @property
    def has_failed(self) -> bool:
        return self.left <= 0

    def _step(self) -> bool:
        """Count down; tell whether this step is done."""
        self.left -= 1
        return self.left > 0 or (self.left == 0 and self.is_done) or (self.left < 0 and not self.is_for_good)

    def _fail_if_cut(self) -> None:
        if self.left == 0 or (self.left < 0 and self.is_for_good):
            raise PowerCut


def ask(witness: Witness, tree: Tree) -> tuple[int, bytes] | None:
    """Have a history cosigned; return what was given out by it, which may be nothing."""
    size, newest = len(tree), witness.newest(LOG.name).size
    text = format_checkpoint(Checkpoint(LOG.name, size, tree.root()))
    proof = tree.prove_consistency(newest, size) if newest else []
    try:
        witness.cosign(format_note(text, [LOG.sign_text(text)]), proof, SECONDS)
    except (OSError, Conflict, Mismatch):
        return None
    return size, tree.root()


def shown(witness: Witness) -> tuple[int, bytes] | None:
    data = witness.show(derive_hash(LOG.name))
    return parse_checkpoint(parse_note(data).text)[1:3] if data else None


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["names-kept", "names-lost"])
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("is_for_good", [False, True], ids=["once", "for-good"])
def test_t10_no_failing_disk_makes_it_sign_a_second_history(
    tmp_path: Path, is_for_good: bool, is_done: bool, is_forgotten: bool
) -> None:
    """It signs size 8; at size 9 the disk fails; to it, and to the next that runs, another size 9 is offered too."""
    first, second = (Tree([*START, derive_leaf_hash(word)]) for word in (b"first", b"second"))
    nth, is_reached = 0, True
    while is_reached:
        nth += 1
        folder = tmp_path / str(nth)
        witness = Witness(folder, WITNESS, [LOG.verifier])
        given = [ask(witness, Tree(START))]
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, nth, is_done=is_done, is_for_good=is_for_good)
            given += [ask(witness, first), shown(witness), ask(witness, second), shown(witness)]
            is_reached = disk.has_failed
        if is_forgotten:
            disk.forget()
        witness.close()
        again = Witness(folder, WITNESS, [LOG.verifier])
        given += [shown(again), ask(again, second), ask(again, first), shown(again)]
        again.close()
        stated = {one for one in given if one is not None}
        assert any(stated <= {(size, tree.root(size)) for size in (8, 9)} for tree in (first, second)), f"at step {nth}"
        assert len(stated) == 2, "and in the end one of them is signed"
    assert nth > 3


def test_what_a_crash_left_is_durable_before_it_is_shown(tmp_path: Path) -> None:
    """A name that was not synced when the process died, is when the next one shows it: then the power goes."""
    witness = Witness(tmp_path, WITNESS, [LOG.verifier])
    ask(witness, Tree(START))
    tree = Tree([*START, derive_leaf_hash(b"first")])
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, 2, is_done=True)  # the file is synced and renamed; its folder never is
        assert ask(witness, tree) is None
    witness.close()
    with pytest.MonkeyPatch.context() as patch:
        later = Disk(patch, 1000, is_done=False)
        later._uncertain = disk._uncertain
        again = Witness(tmp_path, WITNESS, [LOG.verifier])
        assert shown(again) == (9, tree.root())
        later.forget()
        again.close()
    last = Witness(tmp_path, WITNESS, [LOG.verifier])
    assert shown(last) == (9, tree.root())
    last.close()

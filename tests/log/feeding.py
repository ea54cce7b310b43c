"""What the tests of witnesses and of those who ask them share: two histories of the tests' log, and its checkpoints."""

from collections.abc import Callable, Sequence

from ledger.log.feeder import Fed, Feeder
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note
from log.fakes import LOG

TREE = Tree(derive_leaf_hash(b"%d" % n) for n in range(40))
FORK = Tree(derive_leaf_hash(b"%d" % (n if n != 4 else 400)) for n in range(40))


def sign(size: int, tree: Tree = TREE, signer: Signer = LOG) -> bytes:
    """Return a history's checkpoint of a size, as the log signs it."""
    text = format_checkpoint(Checkpoint(signer.name, size, tree.root(size)))
    return format_note(text, [signer.sign_text(text)])


def prover(size: int, tree: Tree = TREE) -> Callable[[int], Sequence[Hash]]:
    """Return what gives the proof from any size to this one."""
    return lambda old: tree.prove_consistency(old, size)


def feed(feeder: Feeder, size: int, tree: Tree = TREE) -> Fed:
    """Have a history's checkpoint of a size cosigned."""
    return feeder.cosign(sign(size, tree), prover(size, tree))

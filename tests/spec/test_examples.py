"""The examples of docs/spec/encoding.md and log.md are what the code reads and writes."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from ledger.log.submission import parse_submission
from ledger.log.tiles import ENTRIES, Tile, derive_hashes, format_bundle, format_tile_path
from ledger.log.witness import Witness
from ledger.proof.checkpoint import Checkpoint, check_checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import derive_hash, format_canonical, parse_canonical
from ledger.proof.errors import Malformed
from ledger.proof.merkle import EMPTY_ROOT, Tree, derive_leaf_hash
from ledger.proof.note import COSIGNATURE, Signer, format_note, format_signature_line, format_vkey
from ledger.proof.receipt import check_receipt, format_receipt, parse_receipt
from ledger.proof.seal import derive_seal

ORIGIN, WITNESS = "example.org/log", "witness.example/justice"
ENTRIES_OF_EXAMPLE = [b"first", b"second", b"third"]


def blocks(page: Path) -> list[str]:
    """Return the fenced blocks of a page."""
    return re.findall(r"^```\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def encoding(root: Path) -> list[str]:
    return blocks(root / "docs" / "spec" / "encoding.md")


@pytest.fixture(scope="module")
def log(root: Path) -> list[str]:
    return blocks(root / "docs" / "spec" / "log.md")


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(map(derive_leaf_hash, ENTRIES_OF_EXAMPLE))


def signer(name: str, words: str, algorithm: int = 1) -> Signer:
    return Signer(name, bytes.fromhex(derive_hash(words)), algorithm)


def test_the_canonical_example_is_canonical(encoding: list[str]) -> None:
    text, digest = encoding[0].splitlines()
    assert format_canonical(parse_canonical(text.encode())).decode() == text
    assert derive_hash(text) == digest
    assert len(text.encode()) == 103


def test_every_refused_example_is_refused(encoding: list[str]) -> None:
    spellings = [spelling for line in encoding[1].splitlines() for spelling in re.findall(r"\{.*?\}", line)]
    assert len(spellings) == 12
    for spelling in spellings:
        with pytest.raises(Malformed):
            parse_canonical(spelling.encode())


def test_the_sealed_example(encoding: list[str]) -> None:
    hashed, sealed = encoding[2].splitlines()
    version, subject, type, field, salt, value = parse_canonical(hashed.encode())
    assert version == "double-random/sealed/1"
    assert parse_canonical(sealed.encode()) == {"sealed": derive_seal(subject, type, field, salt, value)}


def test_the_trees_hashes(log: list[str], tree: Tree, root: Path) -> None:
    shown = re.findall(r"^(leaf|root) ([0-9])  ([0-9a-f]{64})", log[0], re.MULTILINE)
    found = [("leaf", str(index), tree.leaf_hash(index).hex()) for index in range(3)]
    found += [("root", str(size), tree.root(size).hex()) for size in (2, 3)]
    assert shown == found
    assert EMPTY_ROOT.hex() in (root / "docs" / "spec" / "log.md").read_text(encoding="utf-8")


def test_the_paths_are_those_named_in_the_text(tree: Tree) -> None:
    leaves = [tree.leaf_hash(index) for index in range(3)]
    assert tree.prove_inclusion(1, 3) == [leaves[0], leaves[2]]
    assert tree.prove_consistency(1, 3) == [leaves[1], leaves[2]]


def test_the_keys_and_the_checkpoint(log: list[str], tree: Tree) -> None:
    by_log = signer(ORIGIN, "example key of the log")
    by_witness = signer(WITNESS, "example key of the witness", COSIGNATURE)
    assert log[1].splitlines() == [format_vkey(by_log.verifier), format_vkey(by_witness.verifier)]
    witnessed = check_checkpoint(log[2].encode(), by_log.verifier, [by_witness.verifier], is_exact=True)
    assert witnessed.checkpoint == Checkpoint(ORIGIN, 3, tree.root())
    assert witnessed.times == {WITNESS: 1694775480}
    text = format_checkpoint(witnessed.checkpoint)
    assert format_note(text, [by_log.sign_text(text), cosign(by_witness, text, 1694775480)]).decode() == log[2]


def test_the_tiles_of_the_example(log: list[str], tree: Tree) -> None:
    bundle, hashes = Tile(ENTRIES, 0, 3), Tile(0, 0, 3)
    assert (format_tile_path(bundle), format_tile_path(hashes)) == ("tile/entries/000.p/3", "tile/0/000.p/3")
    assert format_tile_path(Tile(0, 1234067)) == "tile/0/x001/x234/067"
    data = format_bundle(ENTRIES_OF_EXAMPLE)
    assert len(data) == 22
    assert len(derive_hashes(tree, hashes)) == 96
    words = log[3].split("   ")[0].split()
    assert data == b"".join(bytes.fromhex(word) if word.isdigit() else word.encode() for word in words)


def test_the_receipt(log: list[str], tree: Tree) -> None:
    shown = next(block for block in log if block.startswith("c2sp.org/tlog-proof@v1"))
    receipt = parse_receipt(shown.encode())
    assert format_receipt(receipt) == shown.encode()
    assert receipt.path == tuple(tree.prove_inclusion(1, 3))
    by_log, by_witness = (
        signer(ORIGIN, "example key of the log"),
        signer(WITNESS, "example key of the witness", COSIGNATURE),
    )
    witnessed = check_receipt(shown.encode(), b"second", by_log.verifier, [by_witness.verifier])
    assert witnessed.times == {WITNESS: 1694775480}


def test_the_request_to_a_witness(log: list[str], tree: Tree, tmp_path: Path) -> None:
    keys = {
        "log": signer(ORIGIN, "example key of the log"),
        "witness": signer(WITNESS, "example key of the witness", 4),
    }
    submission = parse_submission(log[4].encode())
    assert submission.checkpoint.decode() == log[2][: log[2].rindex("\u2014 ")]
    assert (submission.old, list(submission.proof)) == (1, tree.prove_consistency(1, 3))
    text = format_checkpoint(Checkpoint(ORIGIN, 1, tree.root(1)))
    with closing(Witness(tmp_path, keys["witness"], [keys["log"].verifier])) as witness:
        witness.cosign(format_note(text, [keys["log"].sign_text(text)]), [], 1694775479)
        line = witness.cosign(submission.checkpoint, submission.proof, 1694775480, submission.old)
        assert witness.show(derive_hash(ORIGIN)) == log[2].encode()
    assert log[2].endswith(format_signature_line(line))

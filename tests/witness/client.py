"""Somebody who asks a witness over HTTP, and what the tests' log signs for it."""

from typing import NamedTuple

import urllib3

from ledger.log.submission import Submission, format_submission
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.encoding import Hash, derive_hash
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note
from log.fakes import LOG

NOW = 1_800_000_000
TREE = Tree(derive_leaf_hash(b"%d" % n) for n in range(40))
FORK = Tree(derive_leaf_hash(b"%d" % (n if n != 4 else 400)) for n in range(40))


class Answer(NamedTuple):
    """What a witness answered."""

    status: int
    body: bytes
    kind: str | None


def sign(size: int, tree: Tree = TREE, signer: Signer = LOG) -> bytes:
    """Return a checkpoint as the tests' log signs it."""
    text = format_checkpoint(Checkpoint(signer.name, size, tree.root(size)))
    return format_note(text, [signer.sign_text(text)])


class Client:
    """Somebody who asks a witness at an address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pool = urllib3.PoolManager()

    def post(self, body: bytes) -> Answer:
        return self._read(self.pool.request("POST", f"{self.url}/add-checkpoint", body=body, retries=False, timeout=10))

    def add(self, old: int, size: int, tree: Tree = TREE, signer: Signer = LOG) -> Answer:
        proof: list[Hash] = tree.prove_consistency(old, size) if 0 < old <= size else []
        return self.post(format_submission(Submission(old, tuple(proof), sign(size, tree, signer))))

    def get(self, path: str) -> Answer:
        return self._read(self.pool.request("GET", self.url + path, retries=False, timeout=10))

    def show(self, origin: str = LOG.name) -> Answer:
        return self.get(f"/{derive_hash(origin)}/checkpoint")

    @staticmethod
    def _read(response: urllib3.BaseHTTPResponse) -> Answer:
        return Answer(response.status, response.data, response.headers.get("Content-Type"))

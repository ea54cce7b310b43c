"""Somebody who asks a witness over HTTP, and what the tests' log signs for it."""

from typing import NamedTuple

import urllib3

from ledger.log.submission import Submission, format_submission
from ledger.proof.encoding import Hash, derive_hash
from ledger.proof.merkle import Tree
from ledger.proof.note import Signer
from log.fakes import LOG
from log.feeding import TREE, sign

NOW = 1_800_000_000


class Answer(NamedTuple):
    """What a witness answered."""

    status: int
    body: bytes
    kind: str | None


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

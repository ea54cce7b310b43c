"""The page's worker: what a page keeps of one visit, and hands in at the next."""

import pytest

from audit.evidence import month, sign_checkpoint
from ledger.proof.note import format_vkey
from web.node import Node, RefusedError, pack
from web.test_agreement import packed, policy_of
from world import ORIGIN, key

VKEY = format_vkey(key(ORIGIN).verifier)


def status_of(report: dict[str, list[dict[str, object]]], check: int) -> object:
    """Return a check's status."""
    return report["checks"][check - 1]["status"]


def test_the_checkpoint_that_was_verified_is_handed_out_and_taken_back(node: Node) -> None:
    first = node.ask("worker", ask="verify", bundle=pack(month().data), policy=policy_of().decode())
    assert (first["exit_status"], first["checkpoint"]) == (0, month().checkpoint.decode())
    assert status_of(first, 4) == "not checked"
    kept = pack(first["checkpoint"].encode())
    again = node.ask("worker", ask="verify", bundle=pack(month().data), vkey=VKEY, since=kept)
    assert (again["exit_status"], status_of(again, 4)) == (0, "passed")


def test_where_something_failed_there_is_nothing_to_keep(node: Node) -> None:
    shorter = packed(month().entries[:-1])
    report = node.ask("worker", ask="verify", bundle=pack(shorter), vkey=VKEY, since=pack(month().checkpoint))
    assert (report["exit_status"], status_of(report, 4)) == (1, "failed")
    assert "checkpoint" not in report
    other = node.ask("worker", ask="verify", bundle=pack(month().data), since=pack(sign_checkpoint([b"x"])))
    assert "checkpoint" not in other


def test_explain_tells_of_the_bundle_that_was_verified_last(node: Node) -> None:
    node.ask("worker", ask="verify", bundle=pack(month().data))
    code = drawn_code()
    assert node.ask("worker", ask="explain", code=code)["is_drawn"] is True
    with pytest.raises(RefusedError, match="not a bundle"):
        node.ask("worker", ask="verify", bundle=pack(b"no bundle"))


def drawn_code() -> str:
    """Return the code of an enterprise that was drawn."""
    name = next(path for path in month().files if path.startswith("draw/drawn/"))
    return month().files[name].decode().split()[1]

"""The page's worker: what a page keeps of one visit, and hands in at the next."""

import json
from pathlib import Path

import pytest

from audit.evidence import collect, month, sign_checkpoint, write_log
from audit.evidence import pack as pack_bundle
from forge import SLOT
from ledger.audit.pairing import check_pairing
from ledger.audit.trust import parse_trust
from ledger.audit.verify import Terms, verify_bundle
from ledger.proof.note import format_vkey
from service.published import Published
from service.site.data import list_files
from web.node import Node, RefusedError, pack
from web.test_agreement import packed, policy_of
from web.test_since import forked
from world import ORIGIN, World, key

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


def test_t10_what_was_kept_and_not_compared_is_lacking_and_nothing_takes_its_place(node: Node) -> None:
    entries = month().entries[:-10]
    data = pack_bundle(month(), entries, sign_checkpoint(entries))
    asked = {"ask": "verify", "bundle": pack(data), "vkey": VKEY, "log": "http://127.0.0.1:1/log/"}
    report = node.ask("worker", **asked, since=pack(sign_checkpoint(forked())))
    assert (status_of(report, 4), 4 in report["lacking"]) == ("not checked", True)
    assert f"of {len(forked())} entries kept from before was compared with nothing" in str(report["checks"][3])
    assert "checkpoint" not in report
    for size in (len(entries), len(entries) - 1):  # the bundle goes on from it: the log that is published is not needed
        report = node.ask("worker", **asked, since=pack(sign_checkpoint(entries[:size])))
        assert 4 not in report["lacking"]


def test_the_bundle_of_another_draw_than_the_one_asked_for_fails(node: Node) -> None:
    asked = {"ask": "verify", "bundle": pack(month().data), "vkey": VKEY}
    right = node.ask("worker", **asked, slot=SLOT)
    assert (right["exit_status"], right["slot"]) == (0, SLOT)
    other = node.ask("worker", **asked, slot="bureau/2027-02/001")
    assert (other["exit_status"], other["slot"], status_of(other, 24)) == (1, SLOT, "failed")
    assert "checkpoint" not in other
    with pytest.raises(RefusedError, match="fails check 24"):
        node.ask("worker", ask="explain", code=drawn_code())


def test_a_checkpoint_is_handed_out_only_where_the_log_was_named(node: Node) -> None:
    report = node.ask("worker", ask="verify", bundle=pack(month().data))
    assert (report["exit_status"], report["lacking"]) == (0, [2, 5, 16])
    assert "checkpoint" not in report
    with pytest.raises(RefusedError, match="names no log"):
        node.ask("worker", ask="verify", bundle=pack(month().data), policy="quorum none\n")


@pytest.mark.parametrize("witnesses", [0, 1, 2])
def test_what_the_page_comes_with_gives_what_the_command_line_gives_with_the_same_policy(
    witnesses: int, node: Node, tmp_path: Path
) -> None:
    entries, seconds = month().entries, month().world.record.attested_now()
    data = pack_bundle(month(), entries, sign_checkpoint(entries, witnesses=witnesses, seconds=seconds))
    published = Published(write_log(tmp_path / "log", entries, month().checkpoint).parent)
    trust = list_files(published)["trust.txt"]()
    program = verify_bundle(data, Terms(parse_trust(trust), None, check_pairing), "bundle")
    log, rest = trust.decode().split("\n", 1)
    page = node.ask("worker", ask="verify", bundle=pack(data), vkey=log.removeprefix("log "), policy=rest, slot=SLOT)
    assert [one["status"] for one in page["checks"]] == [one.status for one in program.findings]
    assert page["exit_status"] == program.exit_status()
    assert bool(page["lacking"]) == (program.exit_status(is_strict=True) == 3) or page["exit_status"] == 1
    assert status_of(page, 5) == ("passed" if witnesses == 2 else "failed")


def test_what_the_policy_keeps_internal_is_not_told_here_either(node: Node) -> None:
    shown = month().world.policy.publication.model_dump() | {"officers": "internal", "name": "public"}
    world = World(publication=shown).prepare_year()
    evidence = collect(world, world.run_to("assign"))
    node.ask("worker", ask="verify", bundle=pack(evidence.data), vkey=VKEY)
    sheets = [json.loads(line) for line in evidence.files["draw/sheets.jsonl"].decode().splitlines()]
    told = node.ask("worker", ask="explain", code=sheets[0]["id"])
    assert told["inspection"]["officers"] == []
    said = json.dumps(told["sentences"], ensure_ascii=False)
    assert "执法人员：按公开规定不公布" in said
    assert not any(officer in said for officer in sheets[0]["officers"])
    leaves = world.draw(evidence.slot).ground.pool
    assert told["case"] == f"{evidence.slot}/0001"
    assert told["name"] == next(leaf.target.name for leaf in leaves if leaf.target.id == sheets[0]["id"])


def test_where_codes_are_internal_nobody_learns_one_by_a_name(node: Node) -> None:
    shown = month().world.policy.publication.model_dump() | {"code": "internal", "name": "public"}
    world = World(publication=shown).prepare_year()
    evidence = collect(world, world.run_to("assign"))
    node.ask("worker", ask="verify", bundle=pack(evidence.data), vkey=VKEY)
    names = {leaf.target.id: leaf.target.name or "" for leaf in world.draw(evidence.slot).ground.pool}
    code, name = next((code, name) for code, name in names.items() if name and [*names.values()].count(name) == 1)
    for asked in (name, name[:2]):
        with pytest.raises(RefusedError, match="ask by the code"):
            node.ask("worker", ask="explain", code=asked)
    told = node.ask("worker", ask="explain", code=f"{code[:9]} {code[9:].lower()}")
    assert (told["code"], told["case"]) == (code, "")


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

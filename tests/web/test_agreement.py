"""The cross table: on every bundle, honest or tampered, the browser gives each numbered check the program's status.

verify.sh and the second implementation stand in the table for what they can check of a bundle.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from audit.evidence import (
    TERMS,
    Evidence,
    collect,
    collude,
    month,
    pack,
    replace,
    sign_again,
    sign_checkpoint,
    unpack,
    write_log,
)
from audit.script import failures, run
from audit.test_attacks import ATTACKS
from audit.test_container import SORTED, write_zip
from audit.test_history import set_reason, set_street
from audit.test_verify_sh import TAMPERED
from audit.test_verify_sh_hostile import strange
from ledger.audit.bundle import CHECKPOINT
from ledger.audit.container import format_container
from ledger.audit.pairing import check_pairing
from ledger.audit.trust import parse_trust
from ledger.audit.verify import Terms, verify, verify_bundle
from ledger.cli import steps
from ledger.proof.errors import Malformed
from ledger.proof.note import format_vkey
from web.node import Node, RefusedError
from web.node import pack as base64_of
from world import ORIGIN, World, key, witness_signers


class Row(NamedTuple):
    """A bundle of the table, and whom its reader trusts."""

    name: str
    data: bytes
    policy: bytes | None = None
    since: bytes | None = None


def policy_of(quorum: str = "all") -> bytes:
    """Return the tests' tlog-policy, as a file."""
    lines = [f"log {format_vkey(key(ORIGIN).verifier)}"]
    names = [unit.removeprefix("witness/") for unit in witness_signers()]
    for name, signer in zip(names, witness_signers().values(), strict=True):
        lines.append(f"witness {name} {format_vkey(signer.verifier)}")
    return "\n".join([*lines, f"group both {quorum} {' '.join(names)}", "quorum both", ""]).encode()


def packed(entries: list[bytes] | tuple[bytes, ...], checkpoint: bytes | None = None) -> bytes:
    """Return a bundle of other entries beside the month's lists, under a checkpoint that the log has signed for it."""
    return pack(month(), entries, sign_checkpoint(entries) if checkpoint is None else checkpoint)


@cache
def evidences() -> dict[str, Evidence]:
    """Return honest bundles of different kinds."""
    unwitnessed = World(witnesses={"keys": {}, "quorum": 0}).prepare_year()
    voided = World().prepare_year()
    slot = voided.run_to("execute")
    steps.void_draw(voided.desk, slot, "procedure-in-error")
    unattested = World().prepare_year()
    return {
        "the month": month(),
        "odd codes": strange(),
        "without witnesses": collect(unwitnessed, unwitnessed.run_to("execute")),
        "voided": collect(voided, slot),
        "not attested": collect(unattested, unattested.run_to("execute")),
    }


def honest() -> Iterator[Row]:
    for name, evidence in evidences().items():
        yield Row(name, evidence.data)
    yield Row("with a policy", month().data, policy_of(), month().kept)
    yield Row("with a policy of any witness", month().data, policy_of("any"), month().checkpoint)


def histories() -> Iterator[Row]:
    """Yield logs whose entries were made anew, dropped, repeated or put elsewhere, each under a fresh checkpoint."""
    entries = list(month().entries)
    for attack in ATTACKS:
        index = month().index(attack.type, attack.number)
        made = replace(entries, index, sign_again(entries[index], attack.change, *attack.signers))
        yield Row(f"attack: {attack.name}", packed(made))
    yield Row("an entry fewer under the old checkpoint", packed(entries[:-1], month().checkpoint))
    for index in range(0, len(entries), 17):
        yield Row(f"dropped {index}", packed(entries[:index] + entries[index + 1 :]))
        yield Row(f"repeated {index}", packed([*entries[: index + 1], *entries[index:]]))
        if index:
            yield Row(
                f"moved {index}",
                packed([*entries[: index - 1], entries[index], entries[index - 1], *entries[index + 1 :]]),
            )
    for type, change in (("target.changed", set_reason), ("rows.listed", set_street)):
        index = month().index(type)
        made = replace(entries, index, sign_again(entries[index], change))
        yield Row(f"made anew: {type}", packed(made))
        yield Row(f"all in league: {type}", packed(collude(made, index + 1)))
    yield Row("cut short", packed(entries[:-1]), policy_of(), month().checkpoint)
    yield Row("a log of another root", packed(entries[:-1]), None, month().kept)
    yield Row("an entry that is none", packed([*entries, b"x"]))
    yield Row("no entry", packed([], sign_checkpoint([])))


def containers() -> Iterator[Row]:
    """Yield bundles of another form, with a file less, more or changed."""
    files, data = month().files, month().data
    yield from (Row(f"cut at {size}", data[:size]) for size in (2, 30, len(data) // 2, len(data) - 1))
    yield Row("bytes after", data + b"\0")
    yield Row("another order", write_zip(dict(reversed(files.items()))))
    yield Row("a comment", write_zip(dict(sorted(files.items())), comment=b"x"))
    yield Row("compressed", write_zip(dict(sorted(files.items())), compression=8))
    yield Row("other files", format_container(SORTED))
    yield Row("nothing in it", format_container({}))
    for position in range(0, len(data), len(data) // 12):
        flipped = bytearray(data)
        flipped[position] ^= 1
        yield Row(f"flipped {position}", bytes(flipped))
    for path in [*files][::3]:
        yield Row(f"without {path}", format_container({name: one for name, one in files.items() if name != path}))
        yield Row(f"changed {path}", format_container({**files, path: files[path][:-1] + b"\n\n"}))
    for path in ("a", "draw/entries/000099.note", "draw/codes/third.txt", "log/tile/0/000", "log/tile/entries/001"):
        yield Row(f"added {path}", format_container({**files, path: b"x\n"}))
    yield Row("a slot that is none", format_container({**files, "draw/seed.txt": b"x\nslot bureau/2027-01/009\n"}))
    yield Row("no slot", format_container({**files, "draw/seed.txt": b"x"}))
    for name, change, _ in TAMPERED[::4]:
        changed = dict(files)
        change(changed)
        yield Row(f"tampered: {name}", format_container(changed))


def checkpoints() -> Iterator[Row]:
    """Yield the month under other checkpoints and before other readers."""
    files, entries = month().files, month().entries
    one, two = (sign_checkpoint(entries, witnesses=number, seconds=1_800_000_000) for number in (1, 2))
    thief = key(f"{ORIGIN}/thief")
    other_log = f"log {format_vkey(thief.verifier)}\nquorum none\n".encode()
    head, lines = two.split(b"\n")[:4], two.split(b"\n")[4:-1]
    size = f"\n{len(entries)}\n".encode()

    def made_of(*signatures: bytes) -> bytes:
        return b"\n".join([*head, *signatures, b""])

    for name, checkpoint in {
        "no witness": sign_checkpoint(entries),
        "one witness": one,
        "two witnesses": two,
        "a line twice": made_of(*lines, lines[-1]),
        "a stranger's line": made_of(*lines, "— stranger AAAAAAAA".encode()),
        "lines in another order": made_of(*lines[::-1]),
        "no line of the log": made_of(*lines[1:]),
        "no note": b"x",
        "a size too large": two.replace(size, b"\n71\n"),
        "a huge size": two.replace(size, b"\n9999999999999999\n"),
        "another root": sign_checkpoint(entries[:-1]),
        "another size": sign_checkpoint([*entries, b"x"]),
    }.items():
        bundle = format_container({**files, CHECKPOINT: checkpoint})
        for policy in (None, policy_of()):
            yield Row(f"checkpoint with {name}", bundle, policy)
    yield Row("another log", month().data, other_log)
    for since in (b"x", two, sign_checkpoint(entries[:-1]), sign_checkpoint([*entries, b"x"]), sign_checkpoint([b"x"]),
                  month().kept.replace(ORIGIN.encode(), b"other.example/log")):  # fmt: skip
        yield Row("since", month().data, None, since)


TABLE = {"honest": honest, "histories": histories, "containers": containers, "checkpoints": checkpoints}


def by_program(row: Row) -> dict[str, Any]:
    """Return the program's report, as JSON has it, or that the bundle could not be read."""
    terms = Terms(None if row.policy is None else parse_trust(row.policy), row.since, check_pairing)
    try:
        report = verify_bundle(row.data, terms, row.name)
    except Malformed:
        return {"unreadable": True}
    return shorten(json.loads(report.format_json()))


def by_browser(row: Row, node: Node) -> dict[str, Any]:
    """Return the browser's."""
    asked = {name: value for name, value in (("policy", row.policy), ("since", row.since)) if value is not None}
    try:
        return shorten(node.ask("verify", data=row.data, subject=row.name, **asked))
    except RefusedError:
        return {"unreadable": True}


def shorten(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report without the words of what failed: all else must be the same, word for word."""
    checks = [
        (one["number"], one["status"], None if one["status"] == "failed" else one["reason"]) for one in report["checks"]
    ]
    wrong = report.get("first_wrong")
    return {**report, "checks": checks, "first_wrong": wrong and (wrong["entry"], wrong["check"])}


@pytest.mark.parametrize("part", TABLE)
def test_the_program_and_the_browser_give_the_same_report(part: str, node: Node) -> None:
    rows = list(TABLE[part]())
    assert [row.name for row in rows if by_program(row) != by_browser(row, node)] == []
    assert len(rows) >= {"honest": 7, "histories": 40, "containers": 50, "checkpoints": 30}[part]


@pytest.mark.parametrize("name", evidences())
def test_four_implementations_agree_on_an_honest_draw(name: str, tmp_path: Path, node: Node) -> None:
    evidence = evidences()[name]
    program, browser = by_program(Row(name, evidence.data)), by_browser(Row(name, evidence.data), node)
    assert [row for row in browser["checks"] if row[0] in (14, 17, 18)] == [
        (n, "passed", {"zh": "", "en": ""}) for n in (14, 17, 18)
    ]
    assert program == browser
    assert failures(run(unpack(tmp_path / "bundle", evidence.files))) == set()


def test_a_log_in_a_folder_and_its_tiles_of_hashes(tmp_path: Path, node: Node) -> None:
    folder = write_log(tmp_path / "log", month().entries, month().checkpoint)
    paths = [path for path in folder.rglob("*") if path.is_file()]

    def both() -> tuple[list[Any], list[Any]]:
        files = {path.relative_to(folder).as_posix(): base64_of(path.read_bytes()) for path in paths if path.exists()}
        ours = node.ask("verify_served", files=files, subject="log", has_hash_tiles=True)
        program = verify(folder, TERMS, "log")
        return shorten(json.loads(program.format_json()))["checks"], shorten(ours)["checks"]

    first, second = both()
    assert first == second
    assert (6, "passed") in [row[:2] for row in second]
    for path in [one for one in paths if one.name != "checkpoint"]:
        data = path.read_bytes()
        for changed in (data[:-1], data + b"\0", bytes([data[0] ^ 1]) + data[1:]):
            path.write_bytes(changed)
            first, second = both()
            assert first == second, path
        path.write_bytes(data)

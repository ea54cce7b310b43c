"""An installation whose witnesses are others' programs: asked before each signature, and before each publication."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.run import run
from ledger.office.policy import read_default_policy
from witness.process import Running, start_witness

ORIGIN = "longgang.example/double-random"
UNITS = ("witness/justice", "witness/discipline")


class Place:
    """An installation, its two witnesses, and the policy that a reader holds."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "installation", folder
        self.names = [f"{ORIGIN}/{unit}" for unit in UNITS]
        self.running: list[Running] = []

    def start(self) -> None:
        """Start both witnesses, which know no log yet; found the log on them; have them follow it."""
        self.running = [start_witness(self.home / f"w{n}", "--name", name) for n, name in enumerate(self.names)]
        policy = read_default_policy()
        vkeys = [one.line.split()[2] for one in self.running]
        policy["witnesses"] = {"keys": dict(zip(UNITS, vkeys, strict=True)), "quorum": 2}
        file = self.home / "policy.json"
        file.write_text(json.dumps(policy))
        assert run("init", "--dir", self.folder, "--policy", file).status == 0
        self.vkey = run("log", "vkey", "--dir", self.folder).out.strip()
        for number in range(2):
            added = run("witness", "--dir", self.home / f"w{number}", "--add-log", self.vkey)
            assert added.status == 0, added.err
        self.write_policy()

    def write_policy(self) -> None:
        """Write witnesses.txt as the operator does, from the lines that the witnesses print."""
        lines = [f"log {self.vkey}"]
        lines += [one.line.replace(name, f"w{n}", 1).strip() for n, (one, name) in enumerate(self.pairs())]
        text = "\n".join([*lines, "group both all w0 w1", "quorum both", ""])
        (self.folder / "witnesses.txt").write_text(text)
        (self.home / "trust.txt").write_text(text)

    def pairs(self) -> list[tuple[Running, str]]:
        return list(zip(self.running, self.names, strict=True))

    def verify(self) -> int:
        return run("verify", self.folder, "--policy", self.home / "trust.txt").status


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    try:
        place.start()
        yield place
    finally:
        for one in place.running:
            one.process.kill()
            one.process.communicate()


def record(place: Place) -> tuple[int, str]:
    ran = run("log", "witness", "--dir", place.folder)
    return ran.status, ran.err


def test_every_checkpoint_is_cosigned_before_it_is_published(place: Place) -> None:
    assert record(place) == (0, "")
    assert place.verify() == 0
    receipt, entry = place.home / "r.tlog-proof", place.home / "e.note"
    assert run("log", "receipt", "--dir", place.folder, "--out", receipt).status == 0
    assert run("log", "entry", "--dir", place.folder, "--out", entry).status == 0
    checked = run("log", "check", receipt, entry, "--policy", place.home / "trust.txt")
    assert (checked.status, "cosigned: w0" in checked.out) == (0, True), checked.err


def test_t29_without_the_quorum_the_log_goes_on_and_gives_no_receipt(place: Place) -> None:
    assert record(place)[0] == 0
    place.running[1].process.kill()
    place.running[1].process.communicate()
    enrolled = run("keys", "new", "bureau/hazchem", place.home / "new.key")
    assert enrolled.status == 0
    by = place.folder / "keys" / "bureau" / "hazchem.key"
    ran = run("keys", "enrol", place.home / "new.key", "--by", by, "--dir", place.folder)
    assert ran.status == 0
    assert "witness w1 has not cosigned the checkpoint of 2 entries: cannot be reached: Connection refused" in ran.err
    assert "the checkpoint of 2 entries has not the quorum both of witnesses.txt" in ran.err
    refused = run("log", "receipt", "--dir", place.folder)
    assert (refused.status, "cosigned by 1 of the policy's witnesses, expected 2" in refused.err) == (2, True)
    draft, unit = place.home / "revoke.note", ("--unit", "bureau/hazchem")
    run("--draft", draft, "keys", "revoke", enrolled.out.strip(), "lost", *unit, "--dir", place.folder)
    twice = run("log", "submit", draft, "--dir", place.folder, locale="zh_CN.UTF-8")
    assert twice.err.splitlines()[:-1] == [
        "见证人 w1 未联署 3 条的检查点：无法连接：连接被拒绝",
        "3 条的检查点未达 witnesses.txt 的法定数 both；回执和抽取看日志政策的法定数",
    ], "once, though it was asked for the receipt again"
    assert "there is no receipt yet" in twice.err.splitlines()[-1]
    assert place.verify() == 1
    place.running[1] = start_witness(place.home / "w1")
    place.write_policy()
    assert run("log", "receipt", "--dir", place.folder).status == 0
    assert place.verify() == 0


def test_t30_a_backup_of_the_whole_folder_is_refused_while_a_witness_is_up(place: Place) -> None:
    assert record(place)[0] == 0
    shutil.copytree(place.folder, place.home / "backup")
    assert record(place)[0] == 0
    place.running[0].process.kill()  # one is enough
    shutil.rmtree(place.folder)
    shutil.copytree(place.home / "backup", place.folder)
    before = (place.folder / "log" / "checkpoint").read_bytes()
    status, told = record(place)
    assert status == 2
    assert "witness w1 shows a checkpoint of 3 entries that this log signed, here are 2" in told
    assert "the store is an old copy" in told
    assert (place.folder / "log" / "checkpoint").read_bytes() == before


def test_a_policy_that_cannot_be_read_is_named_with_its_line(place: Place) -> None:
    file = place.folder / "witnesses.txt"
    file.write_text(file.read_text().replace("group both all", "group both most"))
    status, told = record(place)
    assert (status, f"{file}: policy, line 4: threshold most" in told) == (2, True), told


def test_witnesses_of_another_log_are_not_asked(place: Place) -> None:
    file = place.folder / "witnesses.txt"
    file.write_text("\n".join(file.read_text().splitlines()[1:]) + "\n")
    status, told = record(place)
    assert (status, "it does not name this log" in told) == (2, True), told


@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
def test_witnesses_that_the_logs_policy_does_not_have_are_named(place: Place, locale: str) -> None:
    stranger = start_witness(place.home / "w2", "--name", "street.example/witness")
    place.running.append(stranger)
    assert run("witness", "--dir", place.home / "w2", "--add-log", place.vkey).status == 0
    file = place.folder / "witnesses.txt"
    line = stranger.line.replace("street.example/witness", "street", 1)
    file.write_text(file.read_text().replace("group", line + "group", 1))
    ran = run("log", "witness", "--dir", place.folder, locale=locale)
    quorum = {"C": "2 of Resident discipline inspection, District justice bureau", "zh_CN.UTF-8": "（2 家，见证人为"}
    assert (ran.status, ran.err.count("street"), quorum[locale] in ran.err) == (0, 1, True), ran.err


def test_a_lost_private_folder_is_not_founded_anew(place: Place) -> None:
    shutil.rmtree(place.folder / "private")
    status, told = record(place)
    assert (status, "restore its folder from the second place" in told) == (2, True), told

"""The command line with a service: events are signed where the key lies, handed in over HTTP, and checked there."""

import json
import os
import shutil
import socket
import threading
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import pytest

from cli.bureau import REHEARSAL
from cli.run import run
from ledger.cli import main
from ledger.cli.installation import Installation, format_policy_file
from ledger.cli.published import read_record
from ledger.client.service import Patience, ServiceClient
from ledger.client.stream import Sent, format_sent
from ledger.intake.ids import derive_pseudonym
from ledger.office.compose import compose_parts, derive_list
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.event import format_entry
from ledger.proof.note import COSIGNATURE, Signer, format_vkey
from ledger.proof.tile import parse_entries
from ledger.store.openings import Opening, Openings
from service.api.telling import Teller
from serving.served import UNIT, Service, compose_row, serve
from serving.test_complaints import SAID, SUPERVISOR, complain
from snippets import Reader, read_blocks

NOW = int(time.time())


class Unit:
    """A unit's own machine: its key, whom it trusts, and nothing else."""

    def __init__(self, service: Service, folder: Path, *units: str) -> None:
        """Give it the keys of these units."""
        self.service, self.folder = service, folder
        record = service.record
        assert record.log_key is not None
        for unit in units:
            key = folder / "keys" / f"{unit}.key"
            key.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(service.folder / "keys" / f"{unit}.key", key)
        (folder / "trust.txt").write_text(format_policy_file(record.log_key, record.policies[0][1]))

    def run(self, *words: str | Path, before: tuple[str | Path, ...] = ()) -> str:
        """Run a command that works with the service; return what it prints."""
        ran = run("--service", self.service.url, *before, *words, "--dir", self.folder)
        assert ran.status == 0, ran.err
        return ran.out

    def refused(self, *words: str | Path) -> str:
        """Run a command that must be refused; return why."""
        ran = run("--service", self.service.url, *words, "--dir", self.folder)
        assert ran.status == 2, ran.out
        return ran.err


@pytest.fixture
def unit(service: Service, tmp_path: Path) -> Unit:
    """The section of hazardous chemicals, on its own machine."""
    return Unit(service, tmp_path / "unit", "bureau/hazchem")


def test_a_command_signs_here_and_hands_in_there(service: Service, unit: Unit) -> None:
    assert "/0001" in unit.run("suggestion", "make", "bureau/hazchem", "建议")
    assert "/0002" in unit.run("suggestion", "make", "bureau/hazchem", "又一")
    assert service.size == 3
    assert not (unit.folder / "log").exists()
    assert not (unit.folder / "private").exists()


def test_what_is_sealed_is_handed_in_beside_it(service: Service, unit: Unit) -> None:
    client = ServiceClient(service.url)
    unit.run("import", "targets", _make_sheet(unit.folder), "--sub-roster", "hazchem")
    (subject,) = [one for one in service.record.heads if one.startswith("targets/")]
    (opening,) = client.read_openings(subject, service.signer("bureau/hazchem"))
    assert opening.value == "密标小吃店"
    client.close()


def test_t22_a_unit_reads_over_the_service_what_the_log_then_says_it_read(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.run("import", "targets", _make_sheet(unit.folder), "--sub-roster", "hazchem")
    (subject,) = [one for one in service.record.heads if one.startswith("targets/")]
    show = ("openings", "show", subject)
    assert "密标小吃店" in unit.run(*show)
    assert [(one.unit, one.of, one.count) for one in service.record.reads.all] == [("bureau/hazchem", subject, 1)]
    stranger = Unit(service, unit.folder.with_name("stranger"), "bureau/training-centre")
    assert "may not read" in stranger.refused(*show)
    both = Unit(service, unit.folder.with_name("both"), "bureau/hazchem", "bureau/enforcement")
    assert "--unit: which unit reads? keys at hand: bureau/enforcement, bureau/hazchem" in both.refused(*show)
    assert "密标小吃店" in both.run(*show, "--unit", "bureau/enforcement")
    assert len(service.record.reads.all) == 2
    monkeypatch.setattr(Teller, "record", lambda *_: None)
    assert "told 1 values, and the log does not say so" in unit.refused(*show)


def test_t22_values_of_another_subject_or_row_or_erased_are_not_taken(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.run("import", "targets", _make_sheet(unit.folder), "--sub-roster", "hazchem")
    (subject,) = [one for one in service.record.heads if one.startswith("targets/")]
    read = Openings.read

    def swap(table: Openings, of: str) -> list[Opening]:
        return [one._replace(id="92440300MA5EGK5C1D") for one in read(table, of)]

    with monkeypatch.context() as patch:
        patch.setattr(Openings, "read", swap)
        told = unit.refused("openings", "show", subject)
        assert "row 92440300MA5EGK5C1D, expected reg:92440300MA5KWJXE0M" in told
        patch.setattr(Openings, "read", lambda table, _: read(table, subject))
        assert f"of {subject}: log was asked for" in unit.refused("openings", "show", "log", "--unit", "bureau/hazchem")
    with Installation(unit.folder, service=service.url).open_remote() as log:
        signer = service.signer("bureau/hazchem")
        (opening,) = log.read_openings(subject, "bureau/hazchem", signer)
        log.record.seals.erased.add(opening.seal)
        with pytest.raises(Mismatch, match="does not stand in the record, or is erased"):
            log._check_opening(opening, subject)


def _make_sheet(folder: Path) -> Path:
    """Return a sheet with one sole trader, whose name is sealed."""
    header = (REHEARSAL / "targets.csv").read_text(encoding="utf-8-sig").splitlines()
    names, first = header[0].split(","), header[1].split(",")
    row = dict(zip(names, first, strict=True))
    row |= {"主体类别": "个体工商户", "统一社会信用代码": "92440300MA5KWJXE0M", "企业名称": "密标小吃店"}
    file = folder / "sheet.csv"
    file.write_text(f"{header[0]}\n{','.join(row[name] for name in names)}\n", encoding="utf-8")
    return file


def test_t10_a_receipt_without_the_witnesses_that_the_unit_itself_trusts_is_not_taken(
    service: Service, unit: Unit
) -> None:
    witness = Signer("justice.example/witness", os.urandom(32), COSIGNATURE)
    assert service.record.log_key is not None
    trust = f"log {format_vkey(service.record.log_key)}\nwitness justice {format_vkey(witness.verifier)}\n"
    (unit.folder / "trust.txt").write_text(f"{trust}quorum justice\n")
    told = unit.refused("suggestion", "make", "bureau/hazchem", "建议")
    assert "receipt: the quorum justice of those trusted is not met: cosigned by none" in told


def test_a_draft_of_two_units_is_handed_in_by_either(service: Service, unit: Unit, tmp_path: Path) -> None:
    draft = tmp_path / "draft.note"
    vkey = run("keys", "show", service.folder / "keys/bureau/training-centre.key").out.strip()
    words = ("keys", "revoke", vkey, "lost", "--unit", "bureau/hazchem", "--unit", "bureau/enforcement")
    unit.run(*words, before=("--draft", draft))
    assert service.size == 1
    run("keys", "sign", draft, "--key", service.folder / "keys/bureau/enforcement.key")
    assert "entry 1" in unit.run("log", "submit", draft)
    receipt = draft.with_name("draft.note.tlog-proof")
    assert run("log", "check", receipt, draft, "--policy", unit.folder / "trust.txt").status == 0


def test_what_the_rules_refuse_there_is_said_as_it_is_said_here(unit: Unit) -> None:
    assert "the key of bureau/enforcement is not at hand" in unit.refused("approve", "targets")
    assert "this command needs the installation itself" in unit.refused("export", "bundle", "bureau/2027-01/001")


def test_without_a_key_to_trust_nothing_is_followed(unit: Unit) -> None:
    (unit.folder / "trust.txt").unlink()
    assert "trust.txt is missing" in unit.refused("suggestion", "make", "bureau/hazchem", "建议")


def test_t10_another_log_under_that_name_is_refused(service: Service, unit: Unit) -> None:
    other = Signer(service.record.origin or "", bytes(31) + b"\7")
    (unit.folder / "trust.txt").write_text(format_policy_file(other.verifier, service.record.policies[0][1]))
    assert unit.refused("suggestion", "make", "bureau/hazchem", "建议")
    assert service.size == 1


def test_t30_a_log_that_went_back_is_refused(service: Service, unit: Unit, founded: Path, tmp_path: Path) -> None:
    unit.run("suggestion", "make", "bureau/hazchem", "建议")
    with serve(Path(shutil.copytree(founded, tmp_path / "old")), "all") as old:
        unit.service = old
        assert "is older than" in unit.refused("suggestion", "make", "bureau/hazchem", "建议")
        assert old.size == 1


def test_a_long_list_goes_in_part_by_part_and_tells_how_far_it_is(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    with Installation(unit.folder, service=service.url).open_remote() as log:
        monkeypatch.setattr(log, "_progress", lambda total: nullcontext(told.append))
        texts = compose_parts(
            log.record, UNIT, derive_list([{"id": f"row-{n:05d}", "pad": "x" * 60} for n in range(5_000)]), NOW
        )
        entries = [format_entry(text, [service.signer()]) for text in texts]
        assert len(entries) > 3
        assert sorted(log.append(entries)) == list(range(1, len(entries) + 1))
        assert log.record.size == len(entries) + 1
        assert log.append(entries) == log.append(entries), "and again they are where they are"
    assert told[: len(entries)] == list(range(1, len(entries) + 1))
    assert service.size == len(entries) + 1


class Liar(ServiceClient):
    """A service that answers with a receipt of something else."""

    lie = b""

    def submit(self, entry: bytes) -> bytes:
        return self.lie


def test_t29_a_receipt_that_is_none_is_not_taken(service: Service, unit: Unit) -> None:
    installation = Installation(unit.folder, service=service.url)
    first = service.compose_row()
    honest = service.submit(first).body
    with installation.open_remote() as log:
        liar = Liar(service.url)
        log._client = liar
        other = compose_row(log.record, service.signer())
        for entry, lie, why in (
            (other, honest, "handed in, and it may be recorded.*root comes out as"),
            (other, b"", "handed in, and it may be recorded.*receipt: first line"),
            (first, honest.replace(b"index 1", b"index 0"), "recorded as entry 1, and no receipt that holds came"),
            (
                first,
                honest.rpartition("— ".encode())[0],
                "recorded as entry 1.*cosigned by 1, expected 2",
            ),
        ):
            liar.lie = lie
            with pytest.raises(ConnectionError, match=why):
                log.submit(entry)
        assert not (unit.folder / "receipts").exists()


def test_t29_receipts_that_are_none_are_not_taken(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [service.compose_row() for _ in range(3)]
    receipts = [service.submit(entry).body for entry in entries]
    with Installation(unit.folder, service=service.url).open_remote() as log:
        assert log.append(entries) == [1, 2, 3]
        for lies in ([receipts[0], receipts[2], receipts[1]], [*receipts[:2], receipts[0]]):
            monkeypatch.setattr(log._client, "submit_each", lambda *_, lies=lies: iter(lies))
            with pytest.raises(ConnectionError, match="recorded as entry 3, and no receipt that holds came"):
                log.append(entries)


def test_the_first_refused_ends_it_and_what_is_before_stands(service: Service, unit: Unit) -> None:
    entries = [service.compose_row() for _ in range(4)]
    entries[2] = compose_row(service.record, Signer(service.signer().name, bytes(31) + b"\1"))
    with Installation(unit.folder, service=service.url).open_remote() as log:
        with pytest.raises(BadSignature):
            log.append(entries)
        assert log.record.size == service.size == 3, "it has followed the log"


MAKE = ("suggestion", "make", "bureau/hazchem", "建议")


def lose(monkeypatch: pytest.MonkeyPatch, *, before: bool = False, spoil: bool = False) -> None:
    """Have the answer to an event lost, after it was recorded or before, or its receipt spoiled."""
    submit = ServiceClient.submit

    def lossy(client: ServiceClient, entry: bytes) -> bytes:
        receipt = b"" if before else submit(client, entry)
        if spoil:
            return receipt.replace(b"\n\n", b"\n", 1)
        raise ConnectionError(f"{client.url}: no answer: timed out")

    monkeypatch.setattr(ServiceClient, "submit", lossy)


@pytest.mark.parametrize("how", [{}, {"before": True}, {"spoil": True}])
def test_t29_an_event_whose_answer_is_lost_is_never_signed_anew(
    service: Service, unit: Unit, how: dict[str, bool], tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lose(patch, **how)
        told = unit.refused(*MAKE)
        assert "do not sign it anew: its bytes are in" in told
        assert told.count("recorded as entry 1") == ("before" not in how)
        (kept,) = (unit.folder / "pending").iterdir()
        assert "the same bytes are handed in again" in unit.refused(*MAKE), "and again in vain"
    assert service.size == (1 if "before" in how else 2)
    told = unit.refused(*MAKE)
    assert "recorded, entry 1; receipts: " in told
    assert "if this command was to do the same, it is done; else give it again" in told
    assert service.size == 2
    assert not kept.exists()
    assert "/0002" in unit.run(*MAKE), "given again, it is another one"
    run("log", "entry", "1", "--dir", service.folder, "--out", tmp_path / "entry")
    for index, status in ((1, 0), (2, 2)):
        receipt = unit.folder / "receipts" / f"{index}.tlog-proof"
        assert run("log", "check", receipt, tmp_path / "entry", "--policy", unit.folder / "trust.txt").status == status


def test_what_an_earlier_command_handed_in_and_is_refused_now_is_kept_aside_and_named(
    service: Service, unit: Unit
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lose(patch, before=True)
        unit.refused(*MAKE)
    (pending,) = (unit.folder / "pending").iterdir()
    lost = pending.read_bytes()
    Unit(service, unit.folder.with_name("other"), UNIT).run("suggestion", "make", UNIT, "别的")
    told = unit.refused("suggestion", "make", "bureau/hazchem", "又一")
    assert service.size == 2, "nothing of this command was recorded, as it says"
    for said in (
        'NOT recorded: suggestion.made/1 suggestion/', '{"text":"建议"}', "another entry has taken its number",
        "give the command that made it again; its bytes are kept in", "give the earlier one again, and then this one",
    ):  # fmt: skip
        assert said in told
    (kept,) = (unit.folder / "pending" / "refused").glob("*.events")
    assert kept.read_bytes() == lost
    note = kept.with_suffix(".txt").read_text(encoding="utf-8")
    assert "未记入日志：suggestion.made/1" in note
    assert "NOT recorded: suggestion.made/1" in note
    assert not pending.exists()
    assert "/0002" in unit.run(*MAKE), "it is not handed in again"


def test_t29_what_a_service_recorded_and_says_it_refused_is_kept(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = ServiceClient.submit

    def lie(client: ServiceClient, entry: bytes) -> bytes:
        submit(client, entry)
        raise Refused("not recorded")

    with monkeypatch.context() as patch:
        patch.setattr(ServiceClient, "submit", lie)
        told = unit.refused(*MAKE)
    assert "recorded as entry 1" in told
    assert "the service says that it refused what stands in the log: not recorded" in told
    assert len(list((unit.folder / "pending").iterdir())) == 1
    assert "recorded, entry 1; receipts: " in unit.refused(*MAKE)
    assert service.size == 2


def test_what_is_kept_and_cannot_be_read_is_named(unit: Unit) -> None:
    (unit.folder / "pending").mkdir()
    (unit.folder / "pending" / "x.events").write_text("spoilt!\n")
    assert "x.events: " in unit.refused(*MAKE)


def test_receipts_are_kept_and_named(unit: Unit) -> None:
    ran = run("--service", unit.service.url, *MAKE, "--dir", unit.folder)
    file = unit.folder / "receipts" / "1.tlog-proof"
    assert f"receipt: {file}" in ran.err
    assert file.read_bytes().startswith(b"c2sp.org/tlog-proof@v1\nindex 1\n")


def test_t29_a_draft_that_came_too_late_is_to_be_drafted_anew(service: Service, unit: Unit, tmp_path: Path) -> None:
    draft = tmp_path / "draft.note"
    unit.run(*MAKE, before=("--draft", draft))
    unit.run(*MAKE[:-1], "又一")
    told = unit.refused("log", "submit", draft)
    assert "signed after nothing, the subject's newest entry is 1; draft it anew" in told
    assert not list((unit.folder / "pending").iterdir())


def test_the_key_that_is_given_is_named_where_another_is_wanted(service: Service, unit: Unit) -> None:
    key = service.folder / "keys" / "bureau" / "training-centre.key"
    told = unit.refused(*MAKE, "--key", key)
    assert "the key of bureau/hazchem is not at hand" in told
    assert "; at hand: bureau/training-centre" in told


@pytest.mark.parametrize("words", [MAKE, ("suggestion", "list")])
def test_an_address_that_is_no_services_is_told_plainly(service: Service, unit: Unit, words: tuple[str, ...]) -> None:
    ran = run("--service", f"{service.url}/en/", *words, "--dir", unit.folder)
    assert ran.status == 2
    assert f"{service.url}/en/: no service here, there is no log below it" in ran.err


def test_a_service_is_verified_by_its_own_address(service: Service, unit: Unit, tmp_path: Path) -> None:
    unit.run(*MAKE)  # the trial's witnesses sign with it
    words = ("--policy", unit.folder / "trust.txt", "--cache", tmp_path / "cache")
    for place in (service.url, f"{service.url}/", f"{service.url}/log", f"{service.url}/log/"):
        assert run("verify", place, *words).status == 0
    told = run("verify", f"{service.url}/en/", *words).err
    assert f"{service.url}/en/: no log here: neither checkpoint nor log/checkpoint is there" in told


@pytest.mark.parametrize("words", [MAKE, ("serve", "--port", "0")])
def test_beside_a_service_a_command_is_told_how_to_go_through_it(service: Service, words: tuple[str, ...]) -> None:
    told = run(*words, "--dir", service.folder).err
    assert f"another process writes here, its id is {os.getpid()}; if it is a service, commands go through it" in told


def test_a_units_first_event_runs_as_the_guide_shows(
    root: Path, service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (root / "docs" / "guide" / "service.md").read_text(encoding="utf-8")
    (block,) = (block for language, block in read_blocks(page) if language == "bash")
    reader = Reader(unit.folder.parent, monkeypatch)
    monkeypatch.setenv("SERVICE", service.url)
    made, listed, _, checked = ("".join(reader.follow(f"```sh\n{line}\n```")) for line in block.splitlines())
    assert "recorded suggestion/" in made
    assert "粉尘涉爆企业宜单列一层" in listed
    assert "the receipt holds: entry 1" in checked


READING = (
    ("suggestion", "list"), ("complaint", "list"), ("openings", "reads"), ("registry", "units"), ("due",),
    ("log", "vkey"), ("log", "policy"), ("log", "checkpoint"), ("log", "entry", "1"), ("replay",), ("verify",),
)  # fmt: skip


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_what_only_reads_reads_the_units_copy(service: Service, unit: Unit, words: tuple[str, ...]) -> None:
    assert "there is no copy of the log yet; --service" in run(*words, "--dir", unit.folder).err or words == ("verify",)
    unit.run(*MAKE)
    here = run(*words, "--dir", service.folder)
    for before in ((), ("--service", service.url)):
        there = run(*before, *words, "--dir", unit.folder)
        assert (there.status, there.out.replace(str(unit.folder), "")) == (
            here.status,
            here.out.replace(str(service.folder), ""),
        )
    (unit.folder / "trust.txt").unlink()
    assert run(*words, "--dir", unit.folder).status == here.status, "the only copy there"
    (copy,) = (unit.folder / "copies").iterdir()
    shutil.copytree(copy, copy.with_name("other.copy"))
    if words != ("verify",):
        assert "copies of 2 logs, and no trust.txt" in run(*words, "--dir", unit.folder).err


def test_over_a_service_what_only_reads_is_up_to_date(service: Service, unit: Unit) -> None:
    unit.run(*MAKE)
    Unit(service, unit.folder.with_name("other"), UNIT).run("suggestion", "make", UNIT, "别的")
    assert "/0002" not in run("suggestion", "list", "--dir", unit.folder).out
    assert "/0002" in unit.run("suggestion", "list")
    assert "/0002" in run("suggestion", "list", "--dir", unit.folder).out


def test_a_receipt_is_the_one_kept_or_is_asked_for(service: Service, unit: Unit) -> None:
    unit.run(*MAKE)
    kept = unit.folder / "receipts" / "1.tlog-proof"
    for words in (("log", "receipt", "1"), ("log", "receipt")):
        assert run(*words, "--dir", unit.folder).out.encode() == kept.read_bytes()
    told = run("log", "receipt", "0", "--dir", unit.folder).err
    assert "a unit's folder, its log is kept by a service: --service, before the command" in told
    assert unit.run("log", "receipt", "0").startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
    (copy,) = (unit.folder / "copies").iterdir()
    for folder in (copy, copy / "log"):
        assert "only a copy of a log here; a receipt comes from" in run("log", "receipt", "1", "--dir", folder).err
        assert "only a copy of a log here" in run("export", "bundle", "bureau/2027-01/001", "--dir", folder).err


def test_what_was_sealed_and_cannot_be_shown_is_told_in_words(service: Service, unit: Unit) -> None:
    assert "complaint/2026/9999 does not stand in the record" in unit.refused("openings", "show", "complaint/2026/9999")
    unit.run(*MAKE)
    (subject,) = [one for one in service.record.heads if one.startswith("suggestion/")]
    ran = run("--service", service.url, "openings", "show", subject, "--dir", unit.folder)
    assert (ran.status, ran.out) == (0, "")
    assert f"{subject}: no sealed value can be shown: there is none" in ran.err


def test_t22_who_handles_a_complaint_reads_it_over_the_service(service: Service, unit: Unit) -> None:
    number, _ = complain(service)
    supervisor = Unit(service, unit.folder.with_name("legal"), SUPERVISOR)
    assert SAID in supervisor.run("openings", "show", f"complaint/{number}")
    assert "may not read" in unit.refused("openings", "show", f"complaint/{number}")


class Broken:
    """A server that answers with receipts as it is told to, and breaks off."""

    def __init__(self, *counts: int | None) -> None:
        """Take how many receipts each answer has; None: no answer at all, after that whatever was asked for."""
        self.counts, self.asked = list(counts), list[list[bytes]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                entries = parse_entries(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(entries)
                count = outer.counts.pop(0) if outer.counts else len(entries)
                self.close_connection = True
                if count is not None:
                    self.send_response(200)
                    self.end_headers()
                    for entry in entries[:count]:
                        self.wfile.write(format_sent(Sent("receipt", f"of {entry.decode()}")))
                    self.wfile.write(b"event: receipt\ndata: half of")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_what_has_its_receipt_is_not_handed_in_again() -> None:
    entries = [b"%d" % number for number in range(300)]
    causes = list[Exception]()
    with Broken(3, None, 0, 1) as broken:
        client, told = ServiceClient(broken.url, patience=Patience(20, 20), tell=causes.append), list[int]()
        receipts = client.submit_series(entries, told.append)
        client.close()
    assert receipts == [b"of %s" % entry for entry in entries]
    assert told == list(range(1, 301))
    assert ["broke off" in str(cause) for cause in causes] == [True, True], "once for each time that it stops"
    starts = [int(asked[0]) for asked in broken.asked]
    assert starts == [0, 3, 3, 3, 4, 260]
    assert max(len(asked) for asked in broken.asked) == 256


def test_a_slow_answer_is_told_while_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.client.service.SLOW_SECONDS", 0.05)
    causes = list[Exception]()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = ServiceClient(url, patience=Patience(0.5, 0), tell=causes.append)
        with pytest.raises(ConnectionError, match="no answer"):
            client.submit(b"")
        client.close()
    assert [str(cause) for cause in causes] == [f"{url}/: no answer for 0 seconds"]


def test_a_service_that_only_breaks_off_is_given_up() -> None:
    with Broken(*[0] * 100) as broken:
        client = ServiceClient(broken.url, patience=Patience(5, 1))
        with pytest.raises(ConnectionError, match="broke off"):
            client.submit_series([b"1", b"2"])
        client.close()
    assert len(broken.asked) > 1


def write_officers(folder: Path, *, has_ids: bool) -> Path:
    """Return the guide's sheet of officers, as far as they are of one section; without their 编号 if so asked."""
    lines = (REHEARSAL / "officers.csv").read_text(encoding="utf-8-sig").splitlines()
    own = [line for line in lines if line.startswith("编号") or "危化品监督管理科" in line]
    file = folder / "officers.csv"
    file.write_text("\n".join(line if has_ids else line.partition(",")[2] for line in own) + "\n", encoding="utf-8")
    return file


def read_names(service: Service, unit: str) -> list[str]:
    """Return the names of the officers that a section declared, as it may read them."""
    client = ServiceClient(service.url)
    (subject,) = [one for one in service.record.heads if one.startswith("officers/")]
    openings = client.read_openings(subject, service.signer(unit))
    client.close()
    return [str(opening.value) for opening in openings if opening.field == "name"]


def test_a_section_imports_its_officers_and_their_names_are_handed_in_sealed(service: Service, unit: Unit) -> None:
    unit.run("import", "officers", write_officers(unit.folder, has_ids=True), "--year", "2027")
    assert sorted(read_names(service, "bureau/hazchem")) == ["示例己", "示例庚", "示例辛"]
    published = b"".join(file.read_bytes() for file in (service.folder / "log").rglob("*") if file.is_file())
    assert "示例己".encode() not in published
    again = unit.run("import", "officers", write_officers(unit.folder, has_ids=True), "--year", "2027")
    assert "nothing was recorded" in again


def test_officers_without_an_id_need_the_one_secret(service: Service, unit: Unit, tmp_path: Path) -> None:
    sheet = write_officers(unit.folder, has_ids=False)
    words = ("import", "officers", sheet, "--year", "2027")
    ran = run("--service", service.url, *words, "--dir", unit.folder)
    assert ran.status == 1
    assert "private/pseudonym.key" in ran.err
    assert service.size == 1
    secret = Installation(service.folder).read_pseudonym_key()
    assert secret is not None
    file = unit.folder / "private" / "pseudonym.key"
    file.parent.mkdir(exist_ok=True)
    file.write_text("no secret")
    assert "expected 64 lowercase hexadecimal characters" in unit.refused(*words)
    shutil.copy(service.folder / "private" / "pseudonym.key", file)
    unit.run(*words)
    (listed,) = [rows for (_, _, of), rows in service.record.officers.declared.items() if of == "bureau/hazchem"]
    ids = [json.loads(row)["id"] for row in service.record.lists.leaves(listed)]
    assert derive_pseudonym(secret, "演示0006") in ids


def test_officers_of_a_section_whose_key_is_not_here_are_refused_before_anything(service: Service, unit: Unit) -> None:
    assert "the key of bureau/enforcement is not at hand" in unit.refused(
        "import", "officers", REHEARSAL / "officers.csv", "--year", "2027"
    )
    assert service.size == 1


def test_openings_that_were_not_handed_in_are_with_the_next_command(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is broken off between the last receipt and the openings: nothing is lost."""

    def break_off(*_: object) -> None:
        raise ConnectionError("broken off")

    with monkeypatch.context() as patched:
        patched.setattr(ServiceClient, "keep_openings", break_off)
        words = ("import", "officers", write_officers(unit.folder, has_ids=True), "--year", "2027")
        assert "broken off" in unit.refused(*words)
    assert service.size > 1
    assert read_names(service, "bureau/hazchem") == []
    unit.run("suggestion", "make", "bureau/hazchem", "建议")
    assert len(read_names(service, "bureau/hazchem")) == 3
    handed = []
    monkeypatch.setattr(ServiceClient, "keep_openings", lambda _, openings: handed.append(openings))
    unit.run("suggestion", "make", "bureau/hazchem", "又一")
    assert handed == [], "once only"


def test_what_is_refused_is_raised_as_the_rules_raise_it(service: Service) -> None:
    client = ServiceClient(service.url, patience=Patience(20, 1))
    stranger = Signer(service.signer().name, bytes(31) + b"\1")
    for entry, kind, check in (
        (b"x", Malformed, "entries"),
        (compose_row(service.record, stranger), BadSignature, "signatures"),
    ):
        with pytest.raises(kind) as refused:
            client.submit(entry)
        assert isinstance(refused.value, LedgerError)
        assert refused.value.check == check
    text, units = client.prepare(
        {"step": "event", "type": "suggestion.made/1", "subject": "suggestion/2027/0001", "unit": UNIT,
         "body": {"text": "x"}}
    )  # fmt: skip
    assert units == [UNIT]
    assert text.startswith(f"{service.record.origin}/event/v1\n")
    client.close()


def test_a_service_that_is_not_there_is_waited_for_and_told(tmp_path: Path) -> None:
    client = ServiceClient("http://127.0.0.1:9", patience=Patience(1, 0.5))
    started = time.monotonic()
    with pytest.raises(ConnectionError, match="no answer"):
        client.submit(b"x")
    assert time.monotonic() - started < 10


def test_a_service_that_is_away_from_the_start_was_handed_nothing(
    service: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.log.source.sleep", lambda _: None)
    ran = run("--service", "http://127.0.0.1:9", *MAKE, "--dir", unit.folder)
    assert ran.status == 2
    assert "nothing was handed in: http://127.0.0.1:9/log/checkpoint: no answer in 4 attempts" in ran.err
    assert not (unit.folder / "pending").exists()


def test_no_answer_is_not_told_as_a_no(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def give_up() -> None:
        raise ConnectionError("http://127.0.0.1:9/: no answer: timed out")

    monkeypatch.setattr("ledger.cli.app", give_up)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(("not completed: ", "未完成："))


class Answering:
    """A server that gives one answer after the other, and the last of them again and again."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        """Take status and body of each."""
        left = list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> ServiceClient:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return ServiceClient(f"http://127.0.0.1:{self.server.server_port}", patience=Patience(5, 3))

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_what_a_proxy_says_while_the_service_is_away_is_tried_again(status: int) -> None:
    with Answering((status, b"<html>Bad Gateway</html>"), (status, b""), (200, b"a receipt")) as client:
        assert client.submit(b"x") == b"a receipt"
    with Answering((500, b"<html>"), (200, b"a receipt")) as client, pytest.raises(ConnectionError, match="500"):
        client.submit(b"x")


ROW = {"seal": "0", "subject": "a", "type": "b", "field": "c", "id": "d", "salt": "00" * 16, "value": 1}
NO_ANSWERS = (
    b"<html>Log in to the network</html>", b"[]", b"{}", b'{"openings":5}', b'{"openings":[{}]}', b"[" * 100_000,
    b'{"openings":[{"value":' + b"[" * 100_000, json.dumps({"openings": [ROW | {"salt": 5}]}).encode(),
    json.dumps({"openings": [ROW | {"salt": "0"}]}).encode(), b'{"text":1,"units":[]}', b'{"text":"","units":{}}',
    b"\xff",
)  # fmt: skip


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_an_answer_of_another_form_is_none(answer: bytes) -> None:
    for status, words in ((200, "not the answer of such a service"), (422, "answered 422")):
        with Answering((status, answer)) as client:
            for ask in (lambda: client.read_openings("a", SIGNER), lambda: client.prepare({})):
                with pytest.raises(ConnectionError, match=words):
                    ask()


SIGNER = Signer("x.example/log/bureau/x", bytes(32))


def test_what_may_pass_is_tried_again(folder: Path) -> None:
    with serve(folder, rate="2 per second") as service:
        client = ServiceClient(service.url)
        for _ in range(5):
            client.submit(compose_row(read_record(folder), service.signer()))
        assert len(client.submit_series([compose_row(read_record(folder), service.signer()) for _ in range(3)])) == 3
        client.close()
        assert service.size == 9

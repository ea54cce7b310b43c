"""The command line with a service: events are signed where the key lies, handed in over HTTP, and checked there."""

import shutil
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from cli.bureau import REHEARSAL
from cli.run import run
from ledger.cli.installation import Installation, format_policy_file
from ledger.cli.published import read_record
from ledger.client.service import Patience, ServiceClient
from ledger.office.compose import compose_parts, derive_list
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch
from ledger.proof.event import format_entry
from ledger.proof.note import Signer
from service.api.telling import Teller
from serving.served import UNIT, Service, compose_row, serve

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


def _make_sheet(folder: Path) -> Path:
    """Return a sheet with one sole trader, whose name is sealed."""
    header = (REHEARSAL / "targets.csv").read_text(encoding="utf-8-sig").splitlines()
    names, first = header[0].split(","), header[1].split(",")
    row = dict(zip(names, first, strict=True))
    row |= {"主体类别": "个体工商户", "统一社会信用代码": "92440300MA5KWJXE0M", "企业名称": "密标小吃店"}
    file = folder / "sheet.csv"
    file.write_text(f"{header[0]}\n{','.join(row[name] for name in names)}\n", encoding="utf-8")
    return file


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
            (other, honest, Mismatch),
            (other, b"", Malformed),
            (first, honest.replace(b"index 1", b"index 0"), Mismatch),
            (first, honest.rpartition("— ".encode())[0], BadSignature),
        ):
            liar.lie = lie
            with pytest.raises(why):
                log.submit(entry)


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


def test_what_may_pass_is_tried_again(folder: Path) -> None:
    with serve(folder, rate="2 per second") as service:
        client = ServiceClient(service.url)
        for _ in range(5):
            client.submit(compose_row(read_record(folder), service.signer()))
        client.close()
        assert service.size == 6

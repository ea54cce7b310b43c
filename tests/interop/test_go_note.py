"""Notes and checkpoints made here open with Go's sumdb/note, and Go's open here."""

from pathlib import Path

import pytest

from interop.conftest import Sumdb
from ledger.proof.checkpoint import Checkpoint, check_checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import BadSignature
from ledger.proof.note import COSIGNATURE, Signer, check_note, format_note, format_vkey, parse_note, parse_vkey

LOG = Signer("ledger.example/log", bytes(range(32)))
WITNESS = Signer("witness.example", bytes(range(1, 33)), COSIGNATURE)
TEXT = "双随机、一公开\nan empty line may stand in a text\n\n— and a line that looks like a signature\n"
CHECKPOINT = format_checkpoint(Checkpoint(LOG.name, 4211, Hash(bytes(32))))


def test_go_opens_our_note(sumdb: Sumdb, tmp_path: Path) -> None:
    file = tmp_path / "note"
    file.write_bytes(format_note(TEXT, [LOG.sign_text(TEXT)]))
    opened = sumdb("open", file, format_vkey(LOG.verifier))
    assert opened.stdout.decode() == TEXT, opened.stderr


def test_go_refuses_our_note_with_one_letter_changed(sumdb: Sumdb, tmp_path: Path) -> None:
    file = tmp_path / "note"
    file.write_bytes(format_note(TEXT, [LOG.sign_text(TEXT)]).replace(b"empty", b"Empty"))
    opened = sumdb("open", file, format_vkey(LOG.verifier))
    assert opened.returncode == 1
    assert b"invalid signature" in opened.stderr


def test_go_opens_our_cosigned_checkpoint(sumdb: Sumdb, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    file.write_bytes(format_note(CHECKPOINT, [LOG.sign_text(CHECKPOINT), cosign(WITNESS, CHECKPOINT, 1_800_000_000)]))
    opened = sumdb("open", file, format_vkey(LOG.verifier), format_vkey(WITNESS.verifier))
    assert opened.stdout.decode() == CHECKPOINT, opened.stderr


def test_go_refuses_a_cosignature_of_another_time(sumdb: Sumdb, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    cosigned = cosign(WITNESS, CHECKPOINT, 1_800_000_000)
    later = (1_800_000_001).to_bytes(8, "big") + cosigned.signature[8:]
    file.write_bytes(format_note(CHECKPOINT, [LOG.sign_text(CHECKPOINT), cosigned._replace(signature=later)]))
    opened = sumdb("open", file, format_vkey(LOG.verifier), format_vkey(WITNESS.verifier))
    assert opened.returncode == 1
    assert b"invalid signature" in opened.stderr


def test_we_open_gos_note(sumdb: Sumdb, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text(TEXT, encoding="utf-8", newline="")
    vkey, _, signed = sumdb("sign", "go.example/log", file).stdout.partition(b"\n")
    verifier = parse_vkey(vkey.decode())
    note = parse_note(signed)
    assert (note.text, format_vkey(verifier)) == (TEXT, vkey.decode())
    assert check_note(note, [verifier]) == [verifier]
    with pytest.raises(BadSignature):
        check_note(note._replace(text=TEXT.replace("empty", "Empty")), [verifier])


def test_we_open_gos_checkpoint(sumdb: Sumdb, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text(CHECKPOINT, encoding="utf-8", newline="")
    vkey, _, signed = sumdb("sign", LOG.name, file).stdout.partition(b"\n")
    witnessed = check_checkpoint(signed, parse_vkey(vkey.decode()))
    assert witnessed.checkpoint == Checkpoint(LOG.name, 4211, Hash(bytes(32)))

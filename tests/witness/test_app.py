"""What a witness writes of what strangers send."""

import pytest

from ledger.log.submission import Submission, format_submission
from ledger.proof.checkpoint import Checkpoint, format_checkpoint
from ledger.proof.merkle import EMPTY_ROOT
from ledger.proof.note import Signer, format_note
from service.witness.app import _printable
from witness.client import Client


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("日志 longgang.example/log", "日志 longgang.example/log"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("a\nb\u2028c\u202ed", "a\\nb\\u2028c\\u202ed"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_a_line_of_somebody_elses_cannot_move_the_terminal(line: str, shown: str) -> None:
    assert _printable(line) == shown


def test_an_origin_of_a_strangers_choice_is_logged_without_its_control_characters(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Signer("a\x9b2Jb\u202e" + "x" * 400, bytes(32))
    text = format_checkpoint(Checkpoint(stranger.name, 0, EMPTY_ROOT))
    checkpoint = format_note(text, [stranger.sign_text(text)])
    assert client.post(format_submission(Submission(0, (), checkpoint))).status == 404
    (line,) = (record.getMessage() for record in caplog.records if "not cosigned" in record.getMessage())
    assert "a\\x9b2Jb\\u202ex" in line
    assert line.isprintable()
    assert len(line) < 400

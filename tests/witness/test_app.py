"""What a witness writes of what strangers send."""

import pytest

from service.witness.app import _printable


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

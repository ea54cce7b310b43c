"""What the process says of its work: a line of JSON each, on standard error.

No line holds what a request said: no body, no path, no query, no address, no name of a firm or a person. Reading what
is public is nobody's business and is not written down at all, only counted (`metrics`).
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

_LINES = json.JSONEncoder(ensure_ascii=False, default=str)


def make_journal(stream: TextIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """Return a journal that writes to a stream, standard error if none is given."""
    journal: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(lambda line, **_: _LINES.encode(line)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return journal


class _ToJournal(logging.Handler):
    """Takes what libraries log; of an error only its kind and place."""

    def __init__(self, journal: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        said = {} if error is None else describe_error(error)
        self._journal.warning("library", source=record.name, message=str(record.msg)[:200], **said)


@contextmanager
def capture_logging(journal: structlog.typing.FilteringBoundLogger) -> Iterator[None]:
    """Have what libraries log come to a journal, from warnings on; the texts, without what was filled into them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = [_ToJournal(journal)]
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def describe_error(error: BaseException) -> dict[str, Any]:
    """Return where an error of ours came from; never its message, which may repeat what a request said."""
    places = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {"error": type(error).__name__, "at": places[-8:]}

"""A lock that many readers hold at once, or one writer alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class SharedLock:
    """The lock. A writer that waits goes before readers that come after it, so it waits for those under way only."""

    def __init__(self) -> None:
        """Begin free."""
        self._changed = Condition()
        self._readers = 0
        self._writers = 0  # that wait, or write
        self._is_written = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold it beside other readers. Not to be asked for again by who holds it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold it alone."""
        with self._changed:
            self._writers += 1
            self._changed.wait_for(lambda: not (self._readers or self._is_written))
            self._is_written = True
        try:
            yield
        finally:
            with self._changed:
                self._writers -= 1
                self._is_written = False
                self._changed.notify_all()

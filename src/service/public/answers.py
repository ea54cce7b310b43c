"""What is derived from the published log is derived once for each of its states, and answered from memory after that.

The state is part of the key. For every request the checkpoint is read from the disk, a few microseconds, and the day
from the clock; what was derived at another state is then not found. So nobody is ever shown less than the checkpoint
under `/log/` covers, whichever process wrote it, and nothing has to be told to this one. A file's times would not do:
a file system's clock ticks in milliseconds, and two publications may fall into one.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from ..published import Published, State
from .caching import Answer, Kept, send_answer

Make = Callable[[], Answer | None]
T = TypeVar("T")


class Answers:
    """Answers from one published log. Used from one event loop."""

    def __init__(self, published: Published, room: int, at_once: int) -> None:
        """Take what they are derived from.

        room     how many bytes of them are kept; whoever asks for ever new ones pushes out the older ones
        at_once  how many are derived at once; others wait, and hold up nothing but each other
        """
        self._published, self._kept = published, Kept(room)
        self._lane = CapacityLimiter(at_once)
        self._state: State | None = None

    @property
    def kept(self) -> Kept:
        """What is kept."""
        return self._kept

    async def find(self, key: Hashable, make: Make) -> Answer | None:
        """Return the answer of a key as of now; None, which is not kept, if there is nothing of it.

        make  derives it from the published log, in a thread that holds its state still; what it raises is raised here
        """
        return self.look(key) or await self._derive(key, make)

    async def make(self, make: Callable[[], T]) -> T:
        """Return what is derived and not kept, for few will ask for the same."""
        async with self._lane:
            return (await run_in_threadpool(self._work, make))[1]

    def look(self, key: Hashable) -> Answer | None:
        """Return the answer of a key as of now, if it is kept."""
        try:
            return self._kept.get((self._published.look(), key))
        except OSError:  # it is told, once it is tried to read more than this
            return None

    async def _derive(self, key: Hashable, make: Make) -> Answer | None:
        async with self._lane:
            found = self.look(key)  # whoever was before us in the lane may have asked for the same
            if found is not None:
                return found
            state, answer = await run_in_threadpool(self._work, make)
        if self._state is not self._published.state:  # what was derived at another will not be asked for again
            self._kept.clear()
            self._state = self._published.state
        if answer is not None and state is self._state:
            self._kept.put((state, key), answer)
        return answer

    def _work(self, make: Callable[[], T]) -> tuple[State, T]:
        with self._published.reading() as state:
            return state, make()


PAGE = "/{path:page}"
"""The route of the pages."""


class Front:
    """Before everything else: a page that is kept is answered without looking for its route.

    Pages are kept by the whole of their paths, which end with a slash, as those of no other interface do.
    """

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        """Take what answers everything else."""
        self._app, self._answers = app, answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].endswith("/"):
            page = None if scope["query_string"] else self._answers.look(scope["path"])
            if page is not None:
                scope["template"] = PAGE
                await send_answer(page, scope, send)
                return
        await self._app(scope, receive, send)

"""An event loop whose clock moves only while everyone waits: a busy machine cannot turn a slow answer into a silence.

Its sockets are real. Whoever serves must live in this one loop: what was sent is then on the loopback already, and
where no socket has anything to read nothing will happen before the next timer. Whoever asks may do so from a thread of
the loop's executors: while more of them are at work than the server holds up on purpose, the clock stands. Each step of
it takes real time, so pauses should be round numbers that end together.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SETTLED = 0.003
"""Real seconds that the loopback is given to deliver what was sent."""
READ = 0.01
"""The same where a thread must also read it."""


class _Selector(selectors.DefaultSelector):
    skipped = 0.0
    working = 0
    held = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if ready or timeout == 0:
            return ready
        settled = READ if self.working else SETTLED
        ready = super().select(timeout if timeout is None else settled)
        if not ready and timeout is not None and self.working <= self.held:
            self.skipped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._waits = _Selector()
        super().__init__(self._waits)
        self._others = ThreadPoolExecutor(1)
        self.set_default_executor(self._others)

    def time(self) -> float:
        return 1_000.0 + self._waits.skipped

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, work: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        self._waits.working += 1
        job = (executor or self._others).submit(work, *args)
        future = asyncio.wrap_future(job, loop=self)
        job.add_done_callback(lambda _: self.call_soon_threadsafe(self._done))  # after the result has been told
        return future

    def _done(self) -> None:
        self._waits.working -= 1

    @contextmanager
    def holding(self) -> Iterator[None]:
        """One of those who ask is kept waiting."""
        self._waits.held += 1
        try:
            yield
        finally:
            self._waits.held -= 1


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run


def clock() -> float:
    """The time of the loop that is running."""
    return asyncio.get_running_loop().time()


@contextmanager
def holding() -> Iterator[None]:
    """While the server lets a client wait."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    with loop.holding():
        yield

"""An event loop whose clock moves only while everyone waits: a busy machine cannot turn a slow answer into a silence.

Its sockets are real. Whoever serves and whoever asks must live in this one loop, and nobody in a thread: what was sent
is then on the loopback already, and where no socket has anything to read nothing will happen before the next timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SETTLED = 0.003
"""Real seconds that the loopback is given to deliver what was sent."""


class _Selector(selectors.DefaultSelector):
    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout != 0:
            ready = super().select(timeout if timeout is None else SETTLED)
            if not ready and timeout is not None:
                self.skipped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._waits = _Selector()
        super().__init__(self._waits)

    def time(self) -> float:
        return 1_000.0 + self._waits.skipped


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run


def clock() -> float:
    """The time of the loop that is running."""
    return asyncio.get_running_loop().time()

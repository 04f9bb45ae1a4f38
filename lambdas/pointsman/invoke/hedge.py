"""Two calls for one answer: the second begins where the first is slow, and the loser is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def race(
    first: Coroutine[Any, Any, T],
    second: Callable[[], Coroutine[Any, Any, T] | None],
    patience: Awaitable[None],
    discard: Callable[[T], Awaitable[None]],
) -> T:
    """The first result. `second`, which may decline, is asked once `patience` is over and nothing has come yet. A loser
    is cancelled, or discarded where it had just answered too; where both fail, `first`'s failure is raised."""
    calls = [asyncio.ensure_future(first)]
    timer = asyncio.ensure_future(patience)
    winner: asyncio.Future[T] | None = None
    try:
        await asyncio.wait({calls[0], timer}, return_when=asyncio.FIRST_COMPLETED)
        if not calls[0].done() and (further := second()):
            calls.append(asyncio.ensure_future(further))
        pending = set(calls)
        while pending and winner is None:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            winner = next((call for call in calls if call in done and not call.exception()), None)
        return (winner or calls[0]).result()
    finally:
        for task in (timer, *calls):
            task.cancel()
        await asyncio.gather(timer, *calls, return_exceptions=True)
        for call in calls:
            if call is not winner and not call.cancelled() and not call.exception():
                await discard(call.result())

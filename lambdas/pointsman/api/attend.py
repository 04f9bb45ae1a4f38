"""An answer is worked on for as long as its caller is there to get it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.types import Receive

from pointsman.errors import Abandoned

T = TypeVar("T")
Discard = Callable[[T], Awaitable[None]]


async def attend(
    work: asyncio.Task[T], client: Receive | None, discard: Discard[T], patience: float | None = None
) -> None:
    """Wait until the work is done, or `patience` seconds are over. Raises `Abandoned` where the client leaves; whatever
    ends the waiting with an error ends the work. Without a `client` nobody can leave."""
    leaving = asyncio.ensure_future(_departure(client)) if client else None
    try:
        await asyncio.wait({work, leaving} if leaving else {work}, timeout=patience, return_when="FIRST_COMPLETED")
        if leaving and leaving.done() and not work.done():
            raise Abandoned
    except BaseException:
        await withdraw(work, discard)
        raise
    finally:
        if leaving:
            leaving.cancel()


async def withdraw(work: asyncio.Task[T], discard: Discard[T]) -> None:
    """Let the work go, and what came of it; its failure, if that is what came, is passed over."""
    work.cancel()
    await asyncio.wait({work})
    if not work.cancelled() and not work.exception():
        await discard(work.result())


async def _departure(client: Receive) -> None:
    while (await client())["type"] != "http.disconnect":
        pass

"""How long an answer is waited for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pointsman.api.attend import attend, withdraw
from pointsman.errors import Abandoned
from tests.chaos.virtual import clock, in_virtual_time


class Work:
    """Takes so many seconds; notes what of it was thrown away."""

    def __init__(self, seconds: float) -> None:
        self.discarded: list[str] = []
        self.task = asyncio.ensure_future(self._run(seconds))

    async def _run(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    async def discard(self, result: str) -> None:
        self.discarded.append(result)


async def leaves_at_once() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def stays() -> dict[str, Any]:
    await asyncio.sleep(1_000)
    raise AssertionError


@in_virtual_time
async def test_it_ends_with_the_work() -> None:
    work, started = Work(3), clock()
    await attend(work.task, stays, work.discard)
    assert (clock() - started, work.task.result(), work.discarded) == (3, "done", [])


@in_virtual_time
async def test_patience_ends_before_the_work_which_goes_on() -> None:
    work, started = Work(3), clock()
    await attend(work.task, stays, work.discard, patience=2)
    assert (clock() - started, work.task.done()) == (2, False)
    assert await work.task == "done"


@in_virtual_time
async def test_a_caller_who_leaves_ends_the_work() -> None:
    work = Work(3)
    with pytest.raises(Abandoned):
        await attend(work.task, leaves_at_once, work.discard)
    assert work.task.cancelled()


@in_virtual_time
async def test_a_caller_who_is_not_listened_to_cannot_leave() -> None:
    work = Work(3)
    await attend(work.task, None, work.discard)
    assert work.task.result() == "done"


@in_virtual_time
async def test_who_is_cancelled_while_waiting_ends_the_work() -> None:
    work = Work(3)
    waiting = asyncio.ensure_future(attend(work.task, stays, work.discard))
    await asyncio.sleep(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.task.cancelled()


@in_virtual_time
async def test_what_came_of_work_that_is_withdrawn_is_thrown_away() -> None:
    work = Work(0)
    await work.task
    await withdraw(work.task, work.discard)
    assert work.discarded == ["done"]

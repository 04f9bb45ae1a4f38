from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pointsman.domain import Target
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger, MeteredStream
from tests.fakes import FakeClock, FakeProvider, chat, completion, target

SMALL, LARGE = replace(target("small"), hedge_after=0.001), target("large")


class World:
    def __init__(self, *script: object) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider(*script)  # type: ignore[arg-type]
        self.ledger = Ledger(chat(), self.clock)
        self.invoker = Invoker(self.provider, clock=self.clock, sleep=self.clock.sleep)

    async def complete(self, *targets: Target) -> str:
        chosen, _ = await self.invoker.complete(targets, self.ledger, self.clock() + 60)
        return chosen.model.alias

    @property
    def outcomes(self) -> set[tuple[str, str]]:
        return {(attempt.model.alias, attempt.outcome) for attempt in self.ledger.attempts}


async def test_a_slow_model_is_raced_by_the_next_and_the_loser_counted() -> None:
    world = World(30.0, completion())
    assert await world.complete(SMALL, LARGE) == "large"
    assert world.outcomes == {("small", "abandoned"), ("large", "ok")}
    assert all(attempt.cost_nano > 0 for attempt in world.ledger.attempts)
    assert world.ledger.answer is not None
    assert world.ledger.answer.model.alias == "large"


async def test_the_first_may_still_win() -> None:
    world = World(0.01, 30.0)
    assert await world.complete(SMALL, LARGE) == "small"
    assert world.outcomes == {("small", "ok"), ("large", "abandoned")}


async def test_a_hedge_that_fails_leaves_the_first_its_time() -> None:
    world = World(0.01, UpstreamError(UpstreamKind.AUTH, "no"))
    assert await world.complete(SMALL, LARGE) == "small"


async def test_without_a_hedge_the_first_failure_goes_to_the_next_as_ever() -> None:
    world = World(UpstreamError(UpstreamKind.AUTH, "no"))
    assert await world.complete(SMALL, LARGE) == "large"


async def test_hedges_are_paid_for_by_the_retry_budget() -> None:
    world = World(*[0.002, 0.002] * 50)
    for _ in range(10):
        world.provider.script = [0.01, 30.0]
        await world.complete(SMALL, LARGE)
    assert len(world.provider.calls) <= 10 + 2 + 1


async def test_of_two_streams_the_loser_is_closed() -> None:
    world = World(0.005, completion("one two"))
    chosen, chunks = await world.invoker.stream([SMALL, LARGE], world.ledger, world.clock() + 60)
    assert isinstance(chunks, MeteredStream)
    assert chosen.model.alias == "large"
    await chunks.aclose()
    assert {alias for alias, _ in world.outcomes} == {"small", "large"}


async def test_a_client_that_leaves_ends_both() -> None:
    world = World(30.0, 30.0)
    request = asyncio.create_task(world.complete(SMALL, LARGE))
    for _ in range(50):  # turns of the loop: both calls have begun then, and neither waits for a clock before it does
        await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert world.outcomes == {("small", "abandoned"), ("large", "abandoned")}

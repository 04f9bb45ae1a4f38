from __future__ import annotations

import asyncio
import random

import pytest

from pointsman.domain import Completion, Target
from pointsman.errors import PointsmanError, Unsupported, UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger, RetryBudget
from pointsman.invoke.retry import LONGEST_WAIT, pause
from tests.fakes import FakeClock, FakeProvider, chat, completion, target


def test_a_success_earns_a_tenth_of_a_retry_up_to_ten_in_store() -> None:
    budget = RetryBudget()
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(1_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(1_000)) == 10


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (UpstreamError(UpstreamKind.OVERLOADED, ""), 0.2),
        (UpstreamError(UpstreamKind.RATE_LIMITED, "", retry_after=1.5), 1.5),
        (UpstreamError(UpstreamKind.RATE_LIMITED, "", retry_after=LONGEST_WAIT + 1), None),
        (UpstreamError(UpstreamKind.AUTH, ""), None),
        (Unsupported(""), None),
    ],
)
def test_the_pause_before_a_retry(failure: PointsmanError, seconds: float | None) -> None:
    assert pause(failure, tried=2, jitter=0.5) == seconds


class Traffic:
    """One container's requests, one a second for as long as asked, with the failures that a share of calls meets."""

    def __init__(self, failing: float, kinds: list[UpstreamKind], seed: int = 7) -> None:
        self.clock = FakeClock()
        self.draw = random.Random(seed)
        self.failing, self.kinds = failing, kinds
        self.provider = FakeProvider()
        self.invoker = Invoker(self.provider, clock=self.clock, sleep=self.clock.sleep, jitter=self.draw.random)
        self.answered = 0

    def step(self) -> Completion | Exception:
        if self.draw.random() < self.failing:
            return UpstreamError(self.draw.choice(self.kinds), "no")
        return completion()

    async def send(self, requests: int, *targets: Target) -> int:
        """How many calls so many requests made."""
        before = len(self.provider.calls)
        for _ in range(requests):
            self.provider.script = [self.step() for _ in range(20)]
            try:
                await self.invoker.complete(targets, Ledger(chat(), self.clock), self.clock() + 60)
                self.answered += 1
            except PointsmanError:
                pass
            self.clock.advance(1)
        return len(self.provider.calls) - before


RETRYABLE = [UpstreamKind.OVERLOADED, UpstreamKind.UNAVAILABLE, UpstreamKind.TIMEOUT, UpstreamKind.RATE_LIMITED]


@pytest.mark.parametrize("before", [0, 1_000], ids=["cold", "warm"])
def test_when_everything_fails_the_load_grows_by_a_tenth_at_most(before: int) -> None:
    async def outage() -> int:
        traffic = Traffic(0.0, RETRYABLE)
        await traffic.send(before, target("small", attempts=5))
        traffic.failing = 1.0
        return await traffic.send(600, target("small", attempts=5))

    assert 600 <= asyncio.run(outage()) <= 660


def test_with_fallbacks_too_an_outage_of_all_models_stays_bounded() -> None:
    async def outage() -> int:
        traffic = Traffic(1.0, RETRYABLE)
        return await traffic.send(600, *[target(f"m{i}", attempts=5) for i in range(3)])

    assert 600 <= asyncio.run(outage()) <= 660


def test_rare_faults_are_all_retried_away() -> None:
    async def traffic() -> tuple[int, int]:
        world = Traffic(0.03, RETRYABLE)
        calls = await world.send(2_000, target("small", attempts=3))
        return calls, world.answered

    calls, answered = asyncio.run(traffic())
    assert answered >= 1_995
    assert calls <= 2_200

"""Requests that reserve, settle, are cancelled, die and are throttled, in any order of their single steps.

However they interleave: no counter is ever below zero or above its limit, what is settled is counted, and what nobody
will settle is released.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pointsman.accounts.counters import Unavailable
from pointsman.accounts.holds import Hold
from pointsman.accounts.quotas import TRIES, Quotas
from pointsman.accounts.windows import HELD
from pointsman.domain import Account, Limits
from tests.fakes import FakeClock
from tests.unit.accounts.counters_fake import FakeCounters, Task, run

LIFETIME = 900.0
STARTS = [datetime(2026, 11, day, 23, 55, tzinfo=UTC).timestamp() for day in (24, 30)]
KEYS = {"a": Limits(daily=40, monthly=60, rpm=4, tpm=90), "b": Limits(monthly=50)}
TEAM = Limits(daily=70, monthly=80, tpm=100)
CEILINGS = {"USAGE#KEY#a": KEYS["a"], "USAGE#KEY#b": KEYS["b"], "USAGE#TEAM#t": TEAM}


@dataclass
class Call:
    """A request: `reserving`, then `hold`, then `settling` at `actual`; `frozen` ones move no more."""

    key: str
    nano: int
    reserving: Task[Hold]
    began: float
    actual: int = 0
    settling: Task[None] | None = None

    @property
    def hold(self) -> Hold | None:
        return self.reserving.result


class Requests(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(STARTS[0])
        self.counters = FakeCounters()
        self.calls: list[Call] = []
        self.ended: list[Call] = []
        self.throttled = 0

    @initialize(start=st.sampled_from(STARTS))
    def start(self, start: float) -> None:
        """Shortly before the end of a day, or of a month."""
        self.clock.now = start

    def container(self) -> Quotas:
        async def sleep(seconds: float) -> None:
            pass

        return Quotas(
            self.counters.apply, clock=self.clock, lifetime=LIFETIME, sleep=sleep, jitter=random.Random(1).random
        )

    def pick(self, index: int) -> Call:
        return self.calls[index % len(self.calls)]

    @rule(
        key=st.sampled_from(sorted(KEYS)), nano=st.integers(0, 30), tokens=st.integers(0, 40), steps=st.integers(0, 8)
    )
    def begin(self, key: str, nano: int, tokens: int, steps: int) -> None:
        account = Account(key, "t", KEYS[key], TEAM)
        reserving = Task(self.container().reserve(account, nano, tokens))
        self.calls.append(Call(key, nano, reserving, self.clock()))
        for _ in range(steps):
            if not reserving.done:
                reserving.step()

    @precondition(lambda self: self.calls)
    @rule(index=st.integers(0, 99), share=st.sampled_from([0, 0.5, 1, 1]), steps=st.integers(1, 8))
    def go_on(self, index: int, share: float, steps: int) -> None:
        """Some steps of a request; when it has its reservation, the next is to settle."""
        call = self.pick(index)
        for _ in range(steps):
            if call in self.calls:
                self.step(call, share)

    def step(self, call: Call, share: float) -> None:
        if not call.reserving.done:
            call.reserving.step()
        elif call.hold is None:
            self.calls.remove(call)
        elif call.settling is None:
            call.actual = round(call.nano * share)
            call.settling = Task(self.container().settle(call.hold, call.actual, 1))
        else:
            call.settling.step()
            if call.settling.done:
                assert call.settling.error is None
                self.calls.remove(call)
                self.ended.append(call)

    @precondition(lambda self: self.calls)
    @rule(index=st.integers(0, 99))
    def die(self, index: int) -> None:
        self.bury(self.pick(index))

    def bury(self, call: Call) -> None:
        self.calls.remove(call)
        for task in (call.reserving, call.settling):
            if task:
                task.die()

    @precondition(lambda self: any(not call.reserving.done for call in self.calls))
    @rule(index=st.integers(0, 99))
    def cancel(self, index: int) -> None:
        reserving = [call for call in self.calls if not call.reserving.done]
        reserving[index % len(reserving)].reserving.step(asyncio.CancelledError())

    @precondition(lambda self: self.throttled < TRIES - 1)
    @rule()
    def throttle(self) -> None:
        """Never so often that a request gives up: what that loses is another test's."""
        self.throttled += 1
        self.counters.faults.append(Unavailable("ThrottlingException", unchanged=True))

    @rule(seconds=st.sampled_from([1, 20, 61, 299, 600]))
    def wait(self, seconds: int) -> None:
        """No request outlives its lifetime: the host ends it."""
        self.clock.advance(seconds)
        for call in [call for call in self.calls if self.clock() >= call.began + LIFETIME]:
            self.bury(call)

    @invariant()
    def no_counter_leaves_its_bounds(self) -> None:
        for (pk, _), item in self.counters.items.items():
            limits = CEILINGS[pk]
            for name, count in item.items():
                assert count >= 0, name
                for prefix, most in (
                    ("month", limits.monthly),
                    ("day", limits.daily),
                    ("requests", limits.rpm),
                    ("tokens", limits.tpm),
                ):
                    if most is not None and name.startswith(prefix):
                        assert count <= most, name

    @invariant()
    def months_and_days_and_slots_add_up(self) -> None:
        for (pk, _), item in self.counters.items.items():
            days = sum(count for name, count in item.items() if name.startswith("day"))
            held = sum(count for name, count in item.items() if name.startswith(HELD))
            assert item.get("month", 0) == days >= held, pk

    def teardown(self) -> None:
        """Let everyone end, then nothing but what was settled remains once the dead have expired."""
        self.counters.faults.clear()
        for call in self.calls:
            hold = call.reserving.finish().result
            if hold:
                call.actual = call.actual if call.settling else call.nano
                (call.settling or Task(self.container().settle(hold, call.actual, 1))).finish()
                self.ended.append(call)
        self.clock.advance(LIFETIME + 300)
        for key in KEYS:
            account = Account(key, "t", Limits(daily=10**6), Limits(daily=10**6))
            run(self.container().settle(run(self.container().reserve(account, 0, 0)), 0, 0))
        (now,) = {period for _, period in list(self.counters.items)[-1:]}
        for pk in CEILINGS:
            assert self.counters.total(pk, HELD)[now] == 0
        settled = sum(call.actual for call in self.ended)
        counted = sum(self.counters.total("USAGE#TEAM#t", "month").values())
        left = sum(self.counters.total("USAGE#TEAM#t", HELD).values())
        assert counted - left >= settled
        self.no_counter_leaves_its_bounds()
        self.months_and_days_and_slots_add_up()


TestRequests = Requests.TestCase
TestRequests.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)

"""Goes through the targets until one answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pointsman.domain import Attempt, ChatRequest, Completion, Decision, Model, Target, ToolCall
from pointsman.errors import PointsmanError, Unsupported, UpstreamError, UpstreamKind
from pointsman.invoke.breaker import Permit, Verdict
from pointsman.invoke.breakers import PATIENCE, Breakers, verdict
from pointsman.invoke.hedge import race
from pointsman.invoke.ledger import Call, Ledger, outcome_of
from pointsman.invoke.retry import RetryBudget, pause
from pointsman.invoke.stream import MeteredStream, begin, let_go
from pointsman.metering.usage import size
from pointsman.providers.base import Provider

T = TypeVar("T")


class Invoker:
    """One a container: it remembers which models failed, and what may still be spent on retries."""

    def __init__(
        self,
        provider_for: Callable[[Model], Provider],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        breakers: Breakers | None = None,
    ) -> None:
        self._provider_for = provider_for
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._breakers = breakers or Breakers(clock)
        self._retries = RetryBudget()

    def able(self, decision: Decision, request: ChatRequest) -> Decision:
        """The decision without the targets whose providers cannot say the request. Its reason names those passed over
        before the first, as that of an answer does. Raises the last refusal where none is left. No model is called."""
        able: list[Target] = []
        passed: list[str] = []
        failure: PointsmanError | None = None
        for target in decision.targets:
            try:
                self._provider_for(target.model).check(target.model, request)
            except (UpstreamError, Unsupported) as error:
                failure = error
                passed += [] if able else [f"{target.model.alias} {outcome_of(error)}"]
            else:
                able.append(target)
        if failure and not able:
            raise failure
        reason = decision.reason + (f"; after {', '.join(passed)}" if passed else "")
        return replace(decision, targets=tuple(able), reason=reason)

    async def complete(self, targets: Sequence[Target], ledger: Ledger, deadline: float) -> tuple[Target, Completion]:
        """The first whole answer. `deadline` is a time of the clock. Raises the last failure: an `UpstreamError` or
        `Unsupported`."""

        async def whole(call: Call) -> tuple[Completion, Attempt]:
            model = call.target.model
            async with asyncio.timeout(call.timeout):
                completion = await self._provider_for(model).complete(model, ledger.request, call.timeout)
            usage = completion.usage or ledger.estimate(call, size(_written(completion)))
            ledger.record_answer(call, "ok", usage, completion.served_by, completion.service_tier)
            return completion, ledger.attempts[-1]

        target, (completion, ledger.answer) = await self._first(targets, ledger, deadline, whole, drop=_nothing)
        return target, completion

    async def stream(self, targets: Sequence[Target], ledger: Ledger, deadline: float) -> tuple[Target, MeteredStream]:
        """The first stream that begins. Once it has, a failure is the client's to see: it is raised, not retried."""

        async def begun(call: Call) -> MeteredStream:
            model = call.target.model
            chunks = self._provider_for(model).stream(model, ledger.request, call.timeout)
            try:
                async with asyncio.timeout(call.timeout):
                    held = await begin(chunks, call)
            except BaseException:
                await let_go(chunks)
                raise

            def broke(error: UpstreamError) -> None:
                if permit := self._breakers.admit(model):
                    self._breakers.settle(model, permit, Verdict.ILL, error.retry_after)

            return MeteredStream(call, held, chunks, ledger, deadline, broke)

        return await self._first(targets, ledger, deadline, begun, drop=MeteredStream.aclose)

    async def _first(
        self,
        targets: Sequence[Target],
        ledger: Ledger,
        deadline: float,
        make: Callable[[Call], Awaitable[T]],
        drop: Callable[[T], Awaitable[None]],
    ) -> tuple[Target, T]:
        self._breakers.listen()
        failure: PointsmanError = UpstreamError(UpstreamKind.TIMEOUT, "The request's deadline has passed.")
        waiting = deque(targets)
        admitted = self._admitted(targets, waiting, ledger)

        def others() -> bool:
            """Whether one that was not asked yet may be."""
            return bool(waiting) and self._breakers.rest(waiting) is None

        def attempt(target: Target, permit: Permit) -> Coroutine[Any, Any, tuple[Target, T]]:
            return self._attempt(target, permit, ledger, deadline, make, spare=others())

        def hedge() -> Coroutine[Any, Any, tuple[Target, T]] | None:
            further = next(admitted, None) if self._retries.spend() else None
            return attempt(*further) if further else None

        async def discard(lost: tuple[Target, T]) -> None:
            await drop(lost[1])

        for target, first in admitted:
            permit: Permit | None = first
            tried = 0
            while permit:
                try:
                    if target.hedge_after is None or tried:
                        return await attempt(target, permit)
                    return await race(attempt(target, permit), hedge, self._sleep(target.hedge_after), discard)
                except _Late:
                    raise failure from None
                except (UpstreamError, Unsupported) as error:
                    failure = error
                if isinstance(failure, UpstreamError) and failure.final:
                    raise failure
                permit = await self._again(target, failure, tried, deadline, spare=others())
                tried += 1
        if isinstance(failure, UpstreamError):
            failure.retry_after = self._breakers.rest(targets) or failure.retry_after
        raise failure

    def _admitted(
        self, targets: Sequence[Target], waiting: deque[Target], ledger: Ledger
    ) -> Iterator[tuple[Target, Permit]]:
        """The targets whose breakers let a call through, each taken from those `waiting`; where none does, the least
        bad is tried all the same."""
        refused = True
        while waiting:
            target = waiting.popleft()
            if permit := self._breakers.admit(target.model):
                refused = False
                yield target, permit
            else:
                ledger.skipped.append(target.model.alias)
        if refused:
            target = self._breakers.least_bad(targets)
            ledger.skipped.remove(target.model.alias)
            yield target, self._breakers.of(target.model).force()

    async def _attempt(
        self,
        target: Target,
        permit: Permit,
        ledger: Ledger,
        deadline: float,
        make: Callable[[Call], Awaitable[T]],
        *,
        spare: bool,
    ) -> tuple[Target, T]:
        """One call, entered in the ledger and in the breaker; `spare`: with time left for another target. Raises
        `UpstreamError` or `Unsupported`, or `_Late` where there is no time for it."""
        judged, retry_after = Verdict.NEUTRAL, None
        try:
            started = self._clock()
            left = deadline - started
            call = Call(target, min(target.timeout, _share(left) if spare else left), started)
            if call.timeout <= 0:
                raise _Late
            try:
                answer = await make(call)
            except asyncio.CancelledError:
                ledger.record_abandoned(call)
                raise
            except (TimeoutError, UpstreamError, Unsupported) as raised:
                late = UpstreamError(UpstreamKind.TIMEOUT, "The model did not answer in time.")
                error = late if isinstance(raised, TimeoutError) else raised
                ledger.record_failure(call, error)
                judged = verdict(error, call)
                retry_after = getattr(error, "retry_after", None)
                raise error from None
            judged = Verdict.WELL
            self._retries.earn()
            return target, answer
        finally:
            self._breakers.settle(target.model, permit, judged, retry_after)

    async def _again(
        self, target: Target, failure: PointsmanError, tried: int, deadline: float, *, spare: bool
    ) -> Permit | None:
        """A permit for the next try of the same target, after the pause that it takes; nothing where none is due, or
        where one that was too slow would take the time of another target (`spare`)."""
        if tried + 1 >= target.attempts:
            return None
        wait = pause(failure, tried, self._jitter())
        if wait is None:
            return None
        left = deadline - self._clock() - wait
        slow = isinstance(failure, UpstreamError) and failure.kind is UpstreamKind.TIMEOUT
        if left <= (target.timeout + PATIENCE if spare and slow else 0) or not self._retries.spend():
            return None
        await self._sleep(wait)
        return self._breakers.admit(target.model)


def _share(left: float) -> float:
    """Seconds of those that are left for one call, while another target could answer in its stead: that one keeps
    `PATIENCE`, or what is above `PATIENCE` where that is less. So a slow model takes all only where it would have had
    too little otherwise."""
    return max(left - PATIENCE, min(left, PATIENCE))


async def _nothing(lost: object) -> None:
    """A whole answer that came too late stands in the ledger already."""


class _Late(Exception):
    """The deadline has passed before the call was made."""


def _written(completion: Completion) -> str:
    parts = (part for choice in (completion, *completion.others) for part in choice.parts)
    return "".join(part.arguments if isinstance(part, ToolCall) else part.text for part in parts)

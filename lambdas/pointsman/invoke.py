"""Calls the decided models until one answers: the deadline, the retries and the fallbacks all live here.

A model is asked again only where its fault is retryable and no byte has reached the client; then comes the next target.
Every call, failed and abandoned ones too, leaves an `Attempt` in the ledger.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pointsman.domain import (
    Attempt,
    ChatRequest,
    Chunk,
    Completion,
    End,
    Model,
    Target,
    ToolCall,
    ToolCallDelta,
    Usage,
    UsageSoFar,
)
from pointsman.errors import PointsmanError, Unsupported, UpstreamError, UpstreamKind
from pointsman.metering.event import attempt
from pointsman.metering.prices import prices_of
from pointsman.metering.usage import estimate
from pointsman.providers.base import Provider

BACKOFF_BASE = 0.1
"""Seconds; the n-th wait is drawn evenly from 0 to BACKOFF_BASE · 2ⁿ (full jitter)."""
LONGEST_WAIT = 2.0
"""Seconds. A provider that asks for a longer pause is left for the next target."""

T = TypeVar("T")


@dataclass
class Ledger:
    """The attempts of one request, in order. `models` are the map's: a provider that chose among several is charged at
    the price of the one that it says has answered."""

    request: ChatRequest
    clock: Callable[[], float] = time.monotonic
    attempts: list[Attempt] = field(default_factory=list)
    models: Mapping[str, Model] = field(default_factory=dict)

    def record(
        self, target: Target, started: float, outcome: str, usage: Usage | None, served_by: str | None = None
    ) -> None:
        latency_ms = round((self.clock() - started) * 1000)
        prices = prices_of(served_by, self.models.values()) if served_by else None
        self.attempts.append(attempt(target, outcome, latency_ms, usage, prices))

    def record_failure(self, call: Call, error: PointsmanError) -> None:
        """A timed-out call may have been billed, so its prompt is charged as an estimate unless its tokens were told;
        a refused one was not."""
        kind = error.kind if isinstance(error, UpstreamError) else error.code
        usage = call.so_far or (estimate(self.request, "") if kind == UpstreamKind.TIMEOUT else None)
        self.record(call.target, call.started, str(kind), usage)


@dataclass
class Call:
    """One call of one model. `timeout` is in seconds, `started` a time of the clock, `so_far` what the provider has
    counted of it."""

    target: Target
    timeout: float
    started: float
    so_far: Usage | None = None


class Invoker:
    def __init__(
        self,
        provider_for: Callable[[Model], Provider],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._provider_for = provider_for
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter

    async def complete(self, targets: Sequence[Target], ledger: Ledger, deadline: float) -> tuple[Target, Completion]:
        """The first whole answer. `deadline` is a time of the clock. Raises the last failure: an `UpstreamError` or
        `Unsupported`."""

        async def whole(call: Call) -> Completion:
            model = call.target.model
            answer = self._provider_for(model).complete(model, ledger.request, call.timeout)
            completion = await asyncio.wait_for(answer, call.timeout)
            usage = completion.usage or estimate(ledger.request, _written(completion))
            ledger.record(call.target, call.started, "ok", usage, completion.served_by)
            return completion

        return await self._first(targets, ledger, deadline, whole)

    async def stream(self, targets: Sequence[Target], ledger: Ledger, deadline: float) -> tuple[Target, MeteredStream]:
        """The first stream that begins. Once it has, a failure is the client's to see: it is raised, not retried."""

        async def begun(call: Call) -> MeteredStream:
            model = call.target.model
            chunks = self._provider_for(model).stream(model, ledger.request, call.timeout)
            first = await asyncio.wait_for(_first_chunk(chunks, call), call.timeout)
            return MeteredStream(call, first, chunks, ledger, deadline)

        return await self._first(targets, ledger, deadline, begun)

    async def _first(
        self,
        targets: Sequence[Target],
        ledger: Ledger,
        deadline: float,
        make: Callable[[Call], Awaitable[T]],
    ) -> tuple[Target, T]:
        failure: PointsmanError = UpstreamError(UpstreamKind.TIMEOUT, "The request's deadline has passed.")
        for target in targets:
            for tried in range(target.attempts):
                timeout = min(target.timeout, deadline - self._clock())
                if timeout <= 0:
                    raise failure
                call = Call(target, timeout, self._clock())
                try:
                    return target, await make(call)
                except TimeoutError:
                    failure = UpstreamError(UpstreamKind.TIMEOUT, "The model did not answer in time.")
                except (UpstreamError, Unsupported) as error:
                    failure = error
                except asyncio.CancelledError:
                    ledger.record(target, call.started, "abandoned", call.so_far or estimate(ledger.request, ""))
                    raise
                ledger.record_failure(call, failure)
                if isinstance(failure, UpstreamError) and failure.final:
                    raise failure
                wait = self._wait(failure, tried)
                if wait is None or tried + 1 == target.attempts:
                    break
                await self._sleep(wait)
        raise failure

    def _wait(self, failure: PointsmanError, tried: int) -> float | None:
        """Seconds before the same model may be asked again; nothing where it should not be."""
        if not isinstance(failure, UpstreamError) or not failure.retryable:
            return None
        if failure.retry_after is not None:
            return failure.retry_after if failure.retry_after <= LONGEST_WAIT else None
        return BACKOFF_BASE * float(2**tried) * self._jitter()


class MeteredStream:
    """A stream that has begun. However it ends, and even where nobody read it, `aclose` leaves one attempt."""

    def __init__(
        self,
        call: Call,
        first: Chunk,
        rest: AsyncIterator[Chunk],
        ledger: Ledger,
        deadline: float,
    ) -> None:
        self._call = call
        self._next: Chunk | None = first
        self._rest = rest
        self._ledger = ledger
        self._deadline = deadline
        self._written: list[str] = []
        self._outcome = "abandoned"
        self._usage: Usage | None = None
        self._served_by: str | None = None
        self._recorded = False

    def __aiter__(self) -> MeteredStream:
        return self

    async def __anext__(self) -> Chunk:
        if self._next is not None:
            chunk, self._next = self._next, None
        else:
            chunk = await self._read()
        while isinstance(chunk, UsageSoFar):
            self._call.so_far = chunk.usage
            chunk = await self._read()
        if isinstance(chunk, End):
            self._outcome = "ok"
            self._usage = chunk.usage or self._estimate()
            self._served_by = chunk.served_by
            chunk = replace(chunk, usage=self._usage)
        else:
            self._written.append(chunk.arguments if isinstance(chunk, ToolCallDelta) else chunk.text)
        return chunk

    async def _read(self) -> Chunk:
        try:
            async with asyncio.timeout(self._deadline - self._ledger.clock()):
                return await anext(self._rest)
        except StopAsyncIteration:
            if self._outcome == "ok":
                self._record("ok")
                raise
            self._record(UpstreamKind.BAD_RESPONSE)
            raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model's stream broke off.") from None
        except TimeoutError:
            self._record(UpstreamKind.TIMEOUT)
            raise UpstreamError(UpstreamKind.TIMEOUT, "The model did not finish in time.") from None
        except UpstreamError as error:
            self._record(error.kind)
            raise

    def _record(self, outcome: str) -> None:
        if not self._recorded:
            self._recorded = True
            usage = self._usage or self._estimate()
            self._ledger.record(self._call.target, self._call.started, str(outcome), usage, self._served_by)

    def _estimate(self) -> Usage:
        """What the provider told before the stream was lost; what it did not tell, by the length of what it wrote."""
        rough = estimate(self._ledger.request, "".join(self._written))
        told = self._call.so_far
        return rough if told is None else replace(told, output=max(told.output, rough.output), estimated=True)

    async def aclose(self) -> None:
        """Let the model go. A stream that was not read to its end is charged for what was written so far."""
        self._record(self._outcome)
        if isinstance(self._rest, AsyncGenerator):
            await self._rest.aclose()


async def _first_chunk(chunks: AsyncIterator[Chunk], call: Call) -> Chunk:
    async for chunk in chunks:
        if not isinstance(chunk, UsageSoFar):
            return chunk
        call.so_far = chunk.usage
    raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model's stream ended before it began.")


def _written(completion: Completion) -> str:
    return "".join(part.arguments if isinstance(part, ToolCall) else part.text for part in completion.parts)

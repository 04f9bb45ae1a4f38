"""A stream that has begun, metered: idle time-out, deadline, and one attempt in the ledger however it ends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace

from pointsman.domain import Choice, Chunk, End, TextDelta, ThinkingDelta, ToolCallDelta, Usage, UsageSoFar
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.invoke.ledger import ABANDONED, Call, Ledger
from pointsman.metering.usage import size


async def begin(chunks: AsyncIterator[Chunk], call: Call) -> list[Chunk]:
    """The chunks up to the first that a client would see, or the end: so long another model can still take over."""
    held: list[Chunk] = []
    async for chunk in chunks:
        if isinstance(chunk, UsageSoFar):
            call.so_far = chunk.usage
            continue
        held.append(chunk)
        if _visible(chunk):
            return held
    raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model's stream ended before it began.")


class MeteredStream:
    """However it ends, and even where nobody read it, `aclose` leaves one attempt.

    `held` was read already, `rest` is still to come; `broke` is told of a failure.
    """

    def __init__(
        self,
        call: Call,
        held: list[Chunk],
        rest: AsyncIterator[Chunk],
        ledger: Ledger,
        deadline: float,
        broke: Callable[[UpstreamError], None],
    ) -> None:
        self._call = call
        self._held = deque(held)
        self._rest = rest
        self._ledger = ledger
        self._deadline = deadline
        self._broke = broke
        self._written = sum(size(_written(chunk)) for chunk in held)
        self._outcome = ABANDONED
        self._usage: Usage | None = None
        self._served_by: str | None = None
        self._service_tier: str | None = None
        self._recorded = False

    @property
    def wordless(self) -> End | None:
        """Its end, where there was nothing before it that a client would see."""
        last = self._held[-1] if self._held else None
        return last if isinstance(last, End) else None

    def __aiter__(self) -> MeteredStream:
        return self

    async def __anext__(self) -> Chunk:
        if self._held:
            chunk = self._held.popleft()
        else:
            chunk = await self._read()
            while isinstance(chunk, UsageSoFar):
                self._call.so_far = chunk.usage
                chunk = await self._read()
            self._written += size(_written(chunk))
        if isinstance(chunk, End):
            self._outcome = "ok"
            self._usage = chunk.usage or self._estimate()
            self._served_by, self._service_tier = chunk.served_by, chunk.service_tier
            chunk = replace(chunk, usage=self._usage)
        return chunk

    async def _read(self) -> Chunk:
        left = self._deadline - self._ledger.clock()
        idle = self._call.target.idle_timeout
        try:
            async with asyncio.timeout(min(left, idle)):
                return await anext(self._rest)
        except StopAsyncIteration:
            if self._outcome == "ok":
                self._record("ok")
                raise
            raise self._failed(UpstreamKind.BAD_RESPONSE, "The model's stream broke off.") from None
        except TimeoutError:
            words = "The model fell silent." if idle <= left else "The model did not finish in time."
            raise self._failed(UpstreamKind.TIMEOUT, words, ill=idle <= left) from None
        except UpstreamError as error:
            self._record(error.kind)
            self._broke(error)
            raise

    def _failed(self, kind: UpstreamKind, message: str, *, ill: bool = True) -> UpstreamError:
        self._record(kind)
        error = UpstreamError(kind, message)
        if ill:
            self._broke(error)
        return error

    def _record(self, outcome: str) -> None:
        if not self._recorded:
            self._recorded = True
            usage = self._usage or self._estimate()
            self._ledger.record_answer(self._call, str(outcome), usage, self._served_by, self._service_tier)

    def _estimate(self) -> Usage:
        return self._ledger.estimate(self._call, self._written)

    async def aclose(self) -> None:
        """Let the model go. A stream that was not read to its end is charged for what was written so far."""
        self._record(self._outcome)
        await let_go(self._rest)


async def let_go(chunks: AsyncIterator[Chunk]) -> None:
    if isinstance(chunks, AsyncGenerator):
        await chunks.aclose()


def _visible(chunk: Chunk) -> bool:
    match chunk:
        case TextDelta(text):
            return bool(text)
        case ThinkingDelta(text, signature, redacted):
            return bool(text or signature or redacted)
        case Choice(chunk=inner):
            return not isinstance(inner, End) and _visible(inner)
    return isinstance(chunk, ToolCallDelta | End)


def _written(chunk: Chunk) -> str:
    match chunk:
        case TextDelta(text) | ThinkingDelta(text):
            return text
        case ToolCallDelta(arguments=arguments):
            return arguments
        case Choice(chunk=inner):
            return _written(inner)
    return ""

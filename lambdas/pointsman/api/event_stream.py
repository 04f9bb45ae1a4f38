"""A streamed answer as it leaves, and how much a host that gives answers whole can give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from pointsman.api.attend import withdraw
from pointsman.domain import Target
from pointsman.errors import AnswerTooLarge, PointsmanError
from pointsman.exchange import Exchange
from pointsman.invoke import MeteredStream
from pointsman.invoke.ledger import ABANDONED
from pointsman.wire.dialect import EventWriter
from pointsman.wire.sse import KEEP_ALIVE

Finding: TypeAlias = asyncio.Task[tuple[Target, MeteredStream]]
"""What finds the model that answers, and gives its stream once that has begun."""
Close = Callable[[Exchange, int, str], Awaitable[None]]


async def within(
    largest: int, events: AsyncIterator[bytes], writer: Callable[[], EventWriter], exchange: Exchange
) -> AsyncIterator[bytes]:
    """The events, or an error's in place of the first that would be too much."""
    given = 0
    async for event in events:
        given += quoted(event)
        if given > largest:
            error = AnswerTooLarge()
            exchange.cut = error.code
            yield writer().failure(error)
            return
        yield event


def quoted(body: bytes) -> int:
    """What it takes as a string of JSON, which is how Lambda hands on a body."""
    return len(json.dumps(body.decode()))


async def let_go(found: tuple[Target, MeteredStream]) -> None:
    await found[1].aclose()


class EventStream(StreamingResponse):
    """A streamed answer. However it ends, a client that left included, the model is let go and the request is closed:
    before the last byte where there is one, as a container may be frozen after it.

    After each `silence`, in seconds, a comment tells the client that someone is there.
    """

    def __init__(
        self,
        events: AsyncIterator[bytes],
        finding: Finding,
        exchange: Exchange,
        close: Close,
        silence: float | None,
    ) -> None:
        headers = exchange.headers() | {"cache-control": "no-store"}
        super().__init__(self._closing(events), headers=headers, media_type="text/event-stream")
        self._finding = finding
        self._exchange = exchange
        self._close = close
        self._silence = silence
        self._spoke = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._end()

    async def stream_response(self, send: Send) -> None:
        if self._silence is None:
            await super().stream_response(send)
            return
        now = asyncio.get_running_loop().time
        comments = asyncio.ensure_future(self._keep_alive(self._silence, now, send))

        async def speak(message: Message) -> None:
            if message.get("more_body") is False:
                comments.cancel()
            self._spoke = now()
            await send(message)

        try:
            await super().stream_response(speak)
        finally:
            comments.cancel()

    async def _keep_alive(self, silence: float, now: Callable[[], float], send: Send) -> None:
        """A task of its own, which wakes once a silence: a chunk costs nothing more for it."""
        self._spoke = now()
        with suppress(OSError):
            while True:
                await asyncio.sleep(self._spoke + silence - now())
                if now() >= self._spoke + silence:
                    self._spoke = now()
                    await send({"type": "http.response.body", "body": KEEP_ALIVE, "more_body": True})

    async def _closing(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for event in events:
            yield event
        await self._end()

    async def _end(self) -> None:
        await withdraw(self._finding, let_go)
        outcome = self._exchange.cut or self._outcome()
        await self._close(self._exchange, 499 if outcome == ABANDONED else 200, outcome)

    def _outcome(self) -> str:
        ledger = self._exchange.ledger
        if ledger and ledger.answer:
            return ledger.answer.outcome
        failure = None if self._finding.cancelled() else self._finding.exception()
        if isinstance(failure, PointsmanError):
            return failure.code
        return type(failure).__name__ if failure else ABANDONED

"""A streamed answer as it leaves, and how much a host that gives answers whole can give."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pointsman.errors import AnswerTooLarge
from pointsman.exchange import Exchange
from pointsman.invoke import Ledger, MeteredStream
from pointsman.invoke.ledger import ABANDONED
from pointsman.wire.dialect import EventWriter


async def within(
    largest: int, events: AsyncIterator[bytes], writer: EventWriter, exchange: Exchange
) -> AsyncIterator[bytes]:
    """The events, or an error's in place of the first that would be too much."""
    given = 0
    async for event in events:
        given += quoted(event)
        if given > largest:
            error = AnswerTooLarge()
            exchange.cut = error.code
            yield writer.failure(error)
            return
        yield event


def quoted(body: bytes) -> int:
    """What it takes as a string of JSON, which is how Lambda hands on a body."""
    return len(json.dumps(body.decode()))


Close = Callable[[Exchange, int, str], Awaitable[None]]


class EventStream(StreamingResponse):
    """A streamed answer. However it ends, a client that left included, the model is let go and the request is closed:
    before the last byte where there is one, as a container may be frozen after it."""

    def __init__(
        self, events: AsyncIterator[bytes], chunks: MeteredStream, exchange: Exchange, ledger: Ledger, close: Close
    ) -> None:
        headers = exchange.headers() | {"cache-control": "no-store"}
        super().__init__(self._closing(events), headers=headers, media_type="text/event-stream")
        self._chunks = chunks
        self._exchange = exchange
        self._ledger = ledger
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._end()

    async def _closing(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for event in events:
            yield event
        await self._end()

    async def _end(self) -> None:
        await self._chunks.aclose()
        answered = self._ledger.answer.outcome if self._ledger.answer else ABANDONED
        outcome = self._exchange.cut or answered
        await self._close(self._exchange, 499 if outcome == ABANDONED else 200, outcome)

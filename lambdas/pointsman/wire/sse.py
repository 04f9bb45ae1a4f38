"""Chunks → server-sent events, whatever the dialect: failures, silences and the cost trailer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from pointsman.domain import Chunk, End, Json
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.wire.dialect import EventWriter

KEEP_ALIVE = b": keep-alive\n\n"

_encode = json.JSONEncoder(separators=(",", ":")).encode


def event(body: Json, name: str | None = None) -> bytes:
    """One event. JSON has no raw line break and its non-ASCII is escaped: it is always one `data` line."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {_encode(body)}\n\n".encode()


async def stream_events(
    chunks: AsyncIterator[Chunk], writer: EventWriter, *, trailer: Callable[[], str], keep_alive: float
) -> AsyncIterator[bytes]:
    """The first event comes with the first chunk; `keep_alive` is how many seconds of silence are let pass.

    `trailer` is called once the chunks have ended. A failure ends the stream with the dialect's error event alone.
    """
    end: End | None = None
    try:
        start = writer.start()
        async for chunk in _with_silences(chunks, keep_alive):
            if isinstance(chunk, End):
                end = chunk
            elif chunk is None:
                yield start or writer.keep_alive
                start = b""
            elif events := start + writer.write(chunk):
                yield events
                start = b""
        if end is None:
            raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model's stream broke off.")
    except PointsmanError as error:
        yield start + writer.failure(error)
        return
    yield start + writer.end(end, f": pointsman {trailer()}\n\n".encode())


async def _with_silences(chunks: AsyncIterator[Chunk], longest: float) -> AsyncIterator[Chunk | None]:
    """The chunks, and `None` each time that none came for `longest` seconds."""

    async def following() -> Chunk | None:
        return await anext(chunks, None)

    while True:
        task = asyncio.ensure_future(following())
        try:
            while not (await asyncio.wait((task,), timeout=longest))[0]:
                yield None
        finally:
            if task.cancel():
                await asyncio.wait((task,))
        if (chunk := task.result()) is None:
            return
        yield chunk

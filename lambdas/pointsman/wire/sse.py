"""Chunks → server-sent events, whatever the dialect: failures and the cost trailer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

from pointsman.domain import Chunk, End, Json
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.wire.dialect import EventWriter

KEEP_ALIVE = b": keep-alive\n\n"
"""A comment, which every reader of events skips."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


def event(body: Json, name: str | None = None) -> bytes:
    """One event. JSON has no raw line break and its non-ASCII is escaped: it is always one `data` line."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {_encode(body)}\n\n".encode()


async def stream_events(
    chunks: AsyncIterator[Chunk], writer: Callable[[], EventWriter], *, trailer: Callable[[], str]
) -> AsyncIterator[bytes]:
    """The first event comes with the first chunk, and what tells of the model, `writer`, is asked then.

    `trailer` is called once the chunks have ended. A failure ends the stream with the dialect's error event alone.
    """
    start = b""
    begun: EventWriter | None = None
    end: End | None = None
    try:
        async for chunk in chunks:
            if begun is None:
                begun = writer()
                start = begun.start()
            if isinstance(chunk, End):
                end = chunk
            elif events := start + begun.write(chunk):
                yield events
                start = b""
        if begun is None or end is None:
            raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model's stream broke off.")
    except PointsmanError as error:
        yield start + _comment(trailer()) + (begun or writer()).failure(error)
        return
    for events in begun.end(end, _comment(trailer())):
        yield start + events
        start = b""


def _comment(said: str) -> bytes:
    return f": pointsman {said}\n\n".encode()

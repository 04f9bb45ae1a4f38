"""What the tests of the providers share: a turn in one line, and a vendor over HTTP that gives one reply."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

from pointsman.domain import ChatRequest, Chunk, Completion, Message, Model, Part, Text
from pointsman.providers.base import Provider
from tests.fakes import chat

Handler = Callable[[httpx.Request], httpx.Response]
Vendor = Callable[[Handler], Provider]
"""The provider, its vendor played by the handler."""


def said(role: Any, *parts: Part | str) -> Message:
    return Message(role, tuple(Text(part) if isinstance(part, str) else part for part in parts))


async def sent(
    vendor: Vendor, reply: httpx.Response, model: Model, request: ChatRequest, *, stream: bool
) -> httpx.Request:
    """What the vendor was sent."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply

    if stream:
        assert [chunk async for chunk in vendor(handler).stream(model, request, 5)]
    else:
        await vendor(handler).complete(model, request, 5)
    return seen[0]


async def completed(vendor: Vendor, model: Model, body: Any, **response: Any) -> Completion:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = httpx.Response(content=content, **{"status_code": 200} | response)
    return await vendor(lambda _: reply).complete(model, chat(), 5)


async def collected(vendor: Vendor, model: Model, body: bytes) -> list[Chunk]:
    """The chunks of a stream that comes byte by byte."""

    async def bytewise() -> AsyncIterator[bytes]:
        for i in range(len(body)):
            yield body[i : i + 1]

    return [chunk async for chunk in vendor(lambda _: httpx.Response(200, content=bytewise())).stream(model, chat(), 5)]

"""Anthropic's own Messages API, whole and streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import httpx

from pointsman.domain import ChatRequest, Chunk, Completion, Model
from pointsman.providers.anthropic_answer import StreamReader, read_completion
from pointsman.providers.anthropic_request import request_body
from pointsman.providers.http import Line
from pointsman.providers.registry import ANTHROPIC


class Anthropic:
    def __init__(self, http: httpx.AsyncClient, key: Callable[[str], str]) -> None:
        self._line = Line(ANTHROPIC, http, key)

    def check(self, model: Model, request: ChatRequest) -> None:
        request_body(model, request, stream=request.stream)

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        body = request_body(model, request, stream=False)
        with self._line.failures():
            return read_completion(await self._line.post(model, body, timeout))

    async def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        body = request_body(model, request, stream=True)
        reader = StreamReader()
        with self._line.failures():
            async with aclosing(self._line.events(model, body, timeout)) as events:
                async for data in events:
                    for chunk in reader.read(data):
                        yield chunk
            yield reader.end()

"""Any vendor of `registry.py` that speaks OpenAI's chat completions, whole and streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import httpx

from pointsman.domain import ChatRequest, Chunk, Completion, Model
from pointsman.providers.http import Line
from pointsman.providers.openai_answer import StreamReader, read_completion
from pointsman.providers.openai_request import request_body
from pointsman.providers.registry import Vendor


class OpenAICompatible:
    def __init__(self, vendor: Vendor, http: httpx.AsyncClient, key: Callable[[str], str]) -> None:
        self._vendor = vendor
        self._line = Line(vendor, http, key)

    def check(self, model: Model, request: ChatRequest) -> None:
        request_body(self._vendor, model, request, stream=request.stream)

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        body = request_body(self._vendor, model, request, stream=False)
        with self._line.failures():
            return read_completion(self._vendor, await self._line.post(model, body, timeout), request.n)

    async def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        body = request_body(self._vendor, model, request, stream=True)
        reader = StreamReader(self._vendor, request.n)
        with self._line.failures():
            async with aclosing(self._line.events(model, body, timeout)) as events:
                async for data in events:
                    if data == "[DONE]":
                        break
                    for chunk in reader.read(data):
                        yield chunk
            for chunk in reader.end():
                yield chunk

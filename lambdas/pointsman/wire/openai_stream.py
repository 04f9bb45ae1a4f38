"""A stream of chunks → server-sent events of OpenAI's shape."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

from pointsman.domain import Chunk, End, Json, TextDelta, ToolCallDelta, Usage
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.wire.openai_response import error_body, usage_body

DONE = b"data: [DONE]\n\n"

_encode = json.JSONEncoder(separators=(",", ":")).encode


async def stream_events(
    chunks: AsyncIterator[Chunk],
    *,
    id: str,
    model: str,
    created: int,
    include_usage: bool,
    trailer: Callable[[], str],
    usage: Callable[[], Usage | None] = lambda: None,
) -> AsyncIterator[bytes]:
    """One event a chunk; then the usage if asked for, a comment with `trailer()`, and `[DONE]`.

    `trailer` and `usage`, which stands in where the provider reported none, are called once the chunks have ended. A
    failure ends the stream with an error event, which OpenAI's SDKs raise, and neither comment nor `[DONE]`.
    """
    envelope = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
    unset = {"usage": None} if include_usage else {}

    def event(delta: dict[str, Json], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event(envelope | {"choices": [choice]} | unset)

    end: End | None = None
    yield event({"role": "assistant", "content": "", "refusal": None})
    try:
        async for chunk in chunks:
            match chunk:
                case TextDelta(text):
                    yield event({"content": text})
                case ToolCallDelta():
                    yield event({"tool_calls": [_tool_call(chunk)]})
                case End():
                    end = chunk
                    yield event({}, chunk.finish.value)
        if end is None:
            raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model's stream broke off.")
    except PointsmanError as error:
        yield _event(error_body(error))
        return
    if include_usage:
        yield _event(envelope | {"choices": [], "usage": usage_body(end.usage or usage())})
    yield f": pointsman {trailer()}\n\n".encode()
    yield DONE


def _event(body: dict[str, Json]) -> bytes:
    return f"data: {_encode(body)}\n\n".encode()


def _tool_call(delta: ToolCallDelta) -> dict[str, Json]:
    function = {"arguments": delta.arguments}
    if delta.name is not None:
        function = {"name": delta.name} | function
    first = {"id": delta.id, "type": "function"} if delta.id is not None else {}
    return {"index": delta.index, **first, "function": function}

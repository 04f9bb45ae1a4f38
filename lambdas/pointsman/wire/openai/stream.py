"""A stream of chunks → server-sent events of OpenAI's shape."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.domain import Chunk, End, Json, TextDelta, Thinking, ThinkingDelta, ToolCallDelta
from pointsman.errors import PointsmanError
from pointsman.wire.calls import wire_id
from pointsman.wire.dialect import Envelope
from pointsman.wire.openai.answer import error_body, logprobs_body, thinking_block, usage_body
from pointsman.wire.sse import event

DONE = b"data: [DONE]\n\n"


class EventWriter:
    """One `chat.completion.chunk` a chunk; then the usage if asked for, and `[DONE]`."""

    def __init__(self, envelope: Envelope) -> None:
        self._include_usage = envelope.request.include_usage
        self._thinking = ""
        self._head: dict[str, Json] = {
            "id": envelope.id,
            "object": "chat.completion.chunk",
            "created": envelope.created,
            "model": envelope.model,
        }

    def start(self) -> bytes:
        return self._choice({"role": "assistant", "content": "", "refusal": None})

    def write(self, chunk: Chunk) -> bytes:
        match chunk:
            case TextDelta(text, logprobs):
                return self._choice({"content": text}, logprobs=logprobs)
            case ThinkingDelta():
                return self._choice(self._thought(chunk))
            case ToolCallDelta():
                return self._choice({"tool_calls": [_tool_call(chunk)]})
        return b""

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        usage = event(self._head | {"choices": [], "usage": usage_body(end.usage)}) if self._include_usage else b""
        yield self._choice({}, end.finish.value) + usage + trailer + DONE

    def failure(self, error: PointsmanError) -> bytes:
        return event(error_body(error))

    def _thought(self, delta: ThinkingDelta) -> dict[str, Json]:
        """Its text as it comes, and the whole block once it is signed."""
        self._thinking += delta.text
        said: dict[str, Json] = {"reasoning_content": delta.text} if delta.text else {}
        if block := thinking_block(Thinking(self._thinking, delta.signature, delta.redacted)):
            self._thinking = ""
            said["thinking_blocks"] = [block]
        return said

    def _choice(
        self, delta: dict[str, Json], finish: str | None = None, logprobs: tuple[Json, ...] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs_body(logprobs), "finish_reason": finish}
        return event(self._head | {"choices": [choice]} | ({"usage": None} if self._include_usage else {}))


def _tool_call(delta: ToolCallDelta) -> dict[str, Json]:
    function = {"arguments": delta.arguments}
    if delta.name is not None:
        function = {"name": delta.name} | function
    first = {"id": wire_id(delta), "type": "function"} if delta.id is not None else {}
    return {"index": delta.index, **first, "function": function}

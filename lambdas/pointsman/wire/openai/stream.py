"""A stream of chunks → server-sent events of OpenAI's shape."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.domain import Choice, Chunk, End, Json, TextDelta, Thinking, ThinkingDelta, ToolCallDelta
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
        self._choices = range(envelope.request.n)
        self._thinking = [""] * envelope.request.n
        self._head: dict[str, Json] = {
            "id": envelope.id,
            "object": "chat.completion.chunk",
            "created": envelope.created,
            "model": envelope.model,
        }

    def start(self) -> bytes:
        return b"".join(self._choice(i, {"role": "assistant", "content": "", "refusal": None}) for i in self._choices)

    def write(self, chunk: Chunk) -> bytes:
        index = 0
        if isinstance(chunk, Choice):
            index, chunk = chunk.index, chunk.chunk
        match chunk:
            case TextDelta(text, logprobs):
                return self._choice(index, {"content": text}, logprobs=logprobs)
            case ThinkingDelta():
                return self._choice(index, self._thought(index, chunk))
            case ToolCallDelta():
                return self._choice(index, {"tool_calls": [_tool_call(chunk)]})
            case End(finish):
                return self._choice(index, {}, finish.value)
        return b""

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        usage = event(self._head | {"choices": [], "usage": usage_body(end.usage)}) if self._include_usage else b""
        yield self.write(end) + usage + trailer + DONE

    def failure(self, error: PointsmanError) -> bytes:
        return event(error_body(error))

    def _thought(self, index: int, delta: ThinkingDelta) -> dict[str, Json]:
        """Its text as it comes, and the whole block once it is signed."""
        self._thinking[index] += delta.text
        said: dict[str, Json] = {"reasoning_content": delta.text} if delta.text else {}
        if block := thinking_block(Thinking(self._thinking[index], delta.signature, delta.redacted)):
            self._thinking[index] = ""
            said["thinking_blocks"] = [block]
        return said

    def _choice(
        self, index: int, delta: dict[str, Json], finish: str | None = None, logprobs: tuple[Json, ...] | None = None
    ) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": logprobs_body(logprobs), "finish_reason": finish}
        return event(self._head | {"choices": [choice]} | ({"usage": None} if self._include_usage else {}))


def _tool_call(delta: ToolCallDelta) -> dict[str, Json]:
    function = {"arguments": delta.arguments}
    if delta.name is not None:
        function = {"name": delta.name} | function
    first = {"id": wire_id(delta), "type": "function"} if delta.id is not None else {}
    return {"index": delta.index, **first, "function": function}

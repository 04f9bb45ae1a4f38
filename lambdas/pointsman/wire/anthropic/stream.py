"""A stream of chunks → server-sent events of Anthropic's shape."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.domain import Chunk, End, Json, TextDelta, ThinkingDelta, ToolCallDelta
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.wire.anthropic.answer import error_body, message_body, stop, usage_body
from pointsman.wire.calls import wire_id
from pointsman.wire.dialect import Envelope
from pointsman.wire.sse import event

PING = event({"type": "ping"}, "ping")


class EventWriter:
    """`message_start`; each block's start, deltas and stop; `message_delta`, `message_stop`. Blocks follow each other:
    SDKs take the last one begun for the one that stops."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._index = -1
        self._open: str | None = None
        """The kind of the block being written, a tool call's with its index."""

    def start(self) -> bytes:
        return _event("message_start", message=message_body(self._envelope)) + PING

    def write(self, chunk: Chunk) -> bytes:
        match chunk:
            case TextDelta(text) if text:
                head = self._begin("text", {"type": "text", "text": "", "citations": None})
                return head + self._delta("text_delta", text=text)
            case ThinkingDelta(redacted=str(data)):
                return self._close() + self._begin("redacted", {"type": "redacted_thinking", "data": data})
            case ThinkingDelta(text, signature):
                head = self._begin("thinking", {"type": "thinking", "thinking": "", "signature": ""})
                thought = self._delta("thinking_delta", thinking=text) if text else b""
                return head + thought + (self._sign(signature) if signature else b"")
            case ToolCallDelta():
                return self._call(chunk)
        return b""

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        last = _event("message_delta", delta=stop(end.finish, end.stop_sequence), usage=usage_body(end.usage))
        yield self._close() + last + trailer + _event("message_stop")

    def failure(self, error: PointsmanError) -> bytes:
        return event(error_body(error, self._envelope.id), "error")

    def _sign(self, signature: str) -> bytes:
        return self._delta("signature_delta", signature=signature) + self._close()

    def _call(self, delta: ToolCallDelta) -> bytes:
        kind, head = f"call {delta.index}", b""
        if delta.id is not None:
            block: dict[str, Json] = {"type": "tool_use", "id": wire_id(delta), "name": delta.name, "input": {}}
            head = self._begin(kind, block)
        elif self._open != kind:
            raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model went on with a tool call that it had ended.")
        return head + (self._delta("input_json_delta", partial_json=delta.arguments) if delta.arguments else b"")

    def _begin(self, kind: str, block: dict[str, Json]) -> bytes:
        if self._open == kind:
            return b""
        ended = self._close()
        self._open = kind
        self._index += 1
        return ended + _event("content_block_start", index=self._index, content_block=block)

    def _delta(self, kind: str, **piece: Json) -> bytes:
        return _event("content_block_delta", index=self._index, delta={"type": kind, **piece})

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        return _event("content_block_stop", index=self._index)


def _event(kind: str, **fields: Json) -> bytes:
    return event({"type": kind, **fields}, kind)

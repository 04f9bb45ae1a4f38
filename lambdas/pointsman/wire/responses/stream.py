"""A stream of chunks → the typed events of the Responses API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pointsman.domain import (
    Chunk,
    End,
    Json,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
)
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.wire.dialect import Envelope
from pointsman.wire.openai.answer import error_body
from pointsman.wire.responses.answer import ended_body, item, item_id, response_body, text_part
from pointsman.wire.sse import event

_KEPT = "surrogatepass"
"""Half a surrogate pair is no UTF-8, but may well be in a piece of JSON."""


@dataclass
class _Open:
    """The item being written. `part` is as it began; its text, or arguments, is `said`, as UTF-8: the item is told
    whole at its end, and pieces of a few letters each would take many times the room."""

    part: Text | Thinking | ToolCall
    id: str
    call: int | None = None
    said: bytearray = field(default_factory=bytearray)
    logprobs: list[Json] = field(default_factory=list)

    def whole(self) -> Text | Thinking | ToolCall:
        said = self.said.decode(errors=_KEPT)
        return replace(self.part, arguments=said) if isinstance(self.part, ToolCall) else replace(self.part, text=said)


class EventWriter:
    """`response.created` and `.in_progress`; each item from `output_item.added` to `.done`, one after the other; the
    whole response at the end."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._sequence = 0
        self._written: list[dict[str, Json]] = []
        self._open: _Open | None = None

    def start(self) -> bytes:
        response = response_body(self._envelope)
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def write(self, chunk: Chunk) -> bytes:
        match chunk:
            case TextDelta(text, logprobs) if text:
                return self._text(text, logprobs or ())
            case ThinkingDelta(redacted=str(data)):
                return self._close() + self._begin(Thinking(redacted=data)) + self._close()
            case ThinkingDelta(text, signature):
                return self._think(text, signature)
            case ToolCallDelta():
                return self._call(chunk)
        return b""

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        yield from self._closing()
        yield trailer
        body = ended_body(self._envelope, self._written, end)
        yield self._event(f"response.{body['status']}", response=body)

    def failure(self, error: PointsmanError) -> bytes:
        """SDKs raise what stands in `error`; other clients read the fields beside it."""
        body = error_body(error)
        told = {name: body["error"][name] for name in ("code", "message", "param")}
        return self._event("error", **told, **body)

    def _text(self, text: str, logprobs: tuple[Json, ...]) -> bytes:
        head = b""
        if self._open is None or not isinstance(self._open.part, Text):
            head = self._close() + self._begin(Text(""))
            head += self._piece("response.content_part.added", content_index=0, part=text_part(""))
        self._add(text, logprobs)
        return head + self._piece("response.output_text.delta", content_index=0, delta=text, logprobs=list(logprobs))

    def _think(self, text: str, signature: str | None) -> bytes:
        said = b""
        if self._open is None or not isinstance(self._open.part, Thinking):
            said = self._close() + self._begin(Thinking())
        assert self._open
        if text:
            if not self._open.said:
                said += self._summary("part.added", part={"type": "summary_text", "text": ""})
            self._add(text)
            said += self._summary("text.delta", delta=text)
        if signature:
            self._open.part = Thinking(signature=signature)
            said += self._close()
        return said

    def _call(self, delta: ToolCallDelta) -> bytes:
        head = b""
        if delta.id is not None:
            part = ToolCall(delta.id, delta.name or "", "", delta.signature)
            head = self._close() + self._begin(part, delta.index)
        elif self._open is None or self._open.call != delta.index:
            raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model went on with a tool call that it had ended.")
        if not delta.arguments:
            return head
        self._add(delta.arguments)
        return head + self._piece("response.function_call_arguments.delta", delta=delta.arguments)

    def _begin(self, part: Text | Thinking | ToolCall, call: int | None = None) -> bytes:
        self._open = _Open(part, item_id(part, self._envelope, len(self._written)), call)
        return self._item("response.output_item.added", item(part, self._open.id, done=False))

    def _add(self, piece: str, logprobs: tuple[Json, ...] = ()) -> None:
        assert self._open
        self._open.said += piece.encode(errors=_KEPT)
        self._open.logprobs += logprobs

    def _close(self) -> bytes:
        return b"".join(self._closing())

    def _closing(self) -> Iterator[bytes]:
        if self._open is None:
            return
        part, id, logprobs = self._open.whole(), self._open.id, tuple(self._open.logprobs)
        self._open.said.clear()
        match part:
            case Text(text):
                yield self._piece("response.output_text.done", content_index=0, text=text, logprobs=list(logprobs))
                yield self._piece("response.content_part.done", content_index=0, part=text_part(text, logprobs))
            case Thinking(text) if text:
                yield self._summary("text.done", text=text)
                yield self._summary("part.done", part={"type": "summary_text", "text": text})
            case ToolCall():
                yield self._piece("response.function_call_arguments.done", arguments=part.arguments, name=part.name)
        closed = item(part, id, logprobs=logprobs)
        yield self._item("response.output_item.done", closed)
        self._written.append(closed)
        self._open = None

    def _summary(self, kind: str, **fields: Json) -> bytes:
        return self._piece(f"response.reasoning_summary_{kind}", summary_index=0, **fields)

    def _piece(self, kind: str, **fields: Json) -> bytes:
        assert self._open
        return self._event(kind, item_id=self._open.id, output_index=len(self._written), **fields)

    def _item(self, kind: str, item: dict[str, Json]) -> bytes:
        return self._event(kind, output_index=len(self._written), item=item)

    def _event(self, kind: str, **fields: Json) -> bytes:
        number, self._sequence = self._sequence, self._sequence + 1
        return event({"type": kind, "sequence_number": number, **fields}, kind)

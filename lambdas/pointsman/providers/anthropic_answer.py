"""Anthropic's messages and stream events to the domain's types."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import BaseModel, Field, NonNegativeInt

from pointsman.domain import (
    Chunk,
    Completion,
    End,
    Finish,
    Json,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
    UsageSoFar,
)
from pointsman.providers.http import StreamedError

_FINISH = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "pause_turn": Finish.STOP,
    "tool_use": Finish.TOOL_CALLS,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.CONTENT_FILTER,
}


class _CacheCreation(BaseModel):
    five_minutes: NonNegativeInt = Field(0, alias="ephemeral_5m_input_tokens")
    hour: NonNegativeInt = Field(0, alias="ephemeral_1h_input_tokens")


class _OutputDetails(BaseModel):
    thinking_tokens: NonNegativeInt | None = None


class _Usage(BaseModel):
    input_tokens: NonNegativeInt | None = None
    output_tokens: NonNegativeInt | None = None
    cache_read_input_tokens: NonNegativeInt | None = None
    cache_creation_input_tokens: NonNegativeInt | None = None
    cache_creation: _CacheCreation | None = None
    output_tokens_details: _OutputDetails | None = None
    service_tier: str | None = None

    def after(self, earlier: _Usage) -> _Usage:
        """The counts are cumulative, and a later event may leave out those that have not changed."""
        told = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}
        return earlier.model_copy(update=told)

    def counted(self) -> Usage | None:
        """What no TTL is told of was written for five minutes."""
        if self.input_tokens is None:
            return None
        short, hour = self.cache_creation_input_tokens, None
        if self.cache_creation:
            hour = self.cache_creation.hour
            short = self.cache_creation.five_minutes if short is None else max(0, short - hour)
        details = self.output_tokens_details
        return Usage(
            self.input_tokens,
            self.output_tokens or 0,
            cache_read=self.cache_read_input_tokens,
            cache_write_5m=short,
            cache_write_1h=hour,
            reasoning=details.thinking_tokens if details else None,
        )


class _Block(BaseModel):
    type: str
    text: str = ""
    thinking: str = ""
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, Json] = Field(default_factory=dict)


class _Message(BaseModel):
    content: list[_Block]
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: _Usage = Field(default_factory=_Usage)


class _Delta(BaseModel):
    type: str = ""
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None


class _Event(BaseModel):
    type: str
    index: int = 0
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta = Field(default_factory=_Delta)
    usage: _Usage = Field(default_factory=_Usage)
    error: Json = None


def read_completion(body: bytes) -> Completion:
    """Raises `ValueError` where the body is no message."""
    answer = _Message.model_validate_json(body)
    return Completion(
        tuple(part for block in answer.content for part in _parts(block)),
        _finish(answer.stop_reason),
        answer.usage.counted(),
        stop_sequence=answer.stop_sequence,
        service_tier=answer.usage.service_tier,
    )


def _parts(block: _Block) -> Iterator[Text | Thinking | ToolCall]:
    match block.type:
        case "text" if block.text:
            yield Text(block.text)
        case "thinking":
            yield Thinking(block.thinking, signature=block.signature)
        case "redacted_thinking":
            yield Thinking(redacted=block.data or "")
        case "tool_use":
            id, name = _called(block)
            yield ToolCall(id, name, json.dumps(block.input, ensure_ascii=False))


class StreamReader:
    """Reads one stream's events. Tool calls are counted anew, as Anthropic counts all blocks alike."""

    def __init__(self) -> None:
        self._finish: str | None = None
        self._stop_sequence: str | None = None
        self._usage = _Usage()
        self._calls: dict[int, int] = {}
        self._wordless: set[int] = set()

    def read(self, data: str) -> Iterator[Chunk]:
        """Raises `ValueError` where an event cannot be read, `StreamedError` where it tells of a failure."""
        event = _Event.model_validate_json(data)
        match event.type:
            case "message_start" if event.message:
                self._usage = event.message.usage
                if usage := self._usage.counted():
                    yield UsageSoFar(usage)
            case "content_block_start" if event.content_block:
                yield from self._start(event.index, event.content_block)
            case "content_block_delta":
                yield from self._delta(event.index, event.delta)
            case "content_block_stop" if event.index in self._wordless:
                # A call without arguments must still end up as JSON.
                self._wordless.discard(event.index)
                yield ToolCallDelta(self._calls[event.index], "{}")
            case "message_delta":
                self._usage = event.usage.after(self._usage)
                self._finish = event.delta.stop_reason or self._finish
                self._stop_sequence = event.delta.stop_sequence or self._stop_sequence
            case "error":
                raise StreamedError(event.error)

    def end(self) -> End:
        return End(
            _finish(self._finish),
            self._usage.counted(),
            stop_sequence=self._stop_sequence,
            service_tier=self._usage.service_tier,
        )

    def _start(self, index: int, block: _Block) -> Iterator[Chunk]:
        match block.type:
            case "text" if block.text:
                yield TextDelta(block.text)
            case "thinking" if block.thinking or block.signature:
                yield ThinkingDelta(block.thinking, signature=block.signature or None)
            case "redacted_thinking":
                yield ThinkingDelta(redacted=block.data or "")
            case "tool_use":
                id, name = _called(block)
                self._calls[index] = place = len(self._calls)
                given = json.dumps(block.input, ensure_ascii=False) if block.input else ""
                if not given:
                    self._wordless.add(index)
                yield ToolCallDelta(place, given, id, name)

    def _delta(self, index: int, delta: _Delta) -> Iterator[Chunk]:
        match delta.type:
            case "text_delta" if delta.text:
                yield TextDelta(delta.text)
            case "thinking_delta" if delta.thinking:
                yield ThinkingDelta(delta.thinking)
            case "signature_delta":
                yield ThinkingDelta(signature=delta.signature)
            case "input_json_delta" if delta.partial_json and index in self._calls:
                self._wordless.discard(index)
                yield ToolCallDelta(self._calls[index], delta.partial_json)


def _called(block: _Block) -> tuple[str, str]:
    if not block.id or not block.name:
        raise ValueError("a tool call without an id or a name")
    return block.id, block.name


def _finish(reason: str | None) -> Finish:
    """A reason not known yet is a `stop`: it must not cost the answer. None at all means there is no end."""
    if reason is None:
        raise ValueError("the answer broke off")
    return _FINISH.get(reason, Finish.STOP)

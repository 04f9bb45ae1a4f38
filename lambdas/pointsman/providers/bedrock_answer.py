"""What Converse and ConverseStream give back, as botocore parsed it, to the domain's types.

botocore checks no answer, so every reader here raises `ValueError`, `TypeError`, `LookupError` or `AttributeError`
where one is not what it should be.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field, NonNegativeInt

from pointsman.domain import (
    Chunk,
    Completion,
    End,
    Finish,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

_FINISH = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "tool_use": Finish.TOOL_CALLS,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "guardrail_intervened": Finish.CONTENT_FILTER,
    "content_filtered": Finish.CONTENT_FILTER,
}
"""The others, `malformed_…`, say that there is no answer to speak of."""


class _CacheDetail(BaseModel):
    ttl: str
    tokens: NonNegativeInt = Field(alias="inputTokens")


class _Usage(BaseModel):
    input: NonNegativeInt = Field(alias="inputTokens")
    output: NonNegativeInt = Field(alias="outputTokens")
    cache_read: NonNegativeInt | None = Field(None, alias="cacheReadInputTokens")
    cache_write: NonNegativeInt | None = Field(None, alias="cacheWriteInputTokens")
    cache_details: list[_CacheDetail] = Field(default_factory=list, alias="cacheDetails")


def read_completion(response: Mapping[str, Any]) -> Completion:
    parts: list[Text | Thinking | ToolCall] = []
    for block in response["output"]["message"]["content"]:
        if "toolUse" in block:
            call = block["toolUse"]
            parts.append(ToolCall(call["toolUseId"], call["name"], json.dumps(call["input"], ensure_ascii=False)))
        elif "reasoningContent" in block:
            parts.append(_thinking(block["reasoningContent"]))
        elif text := block.get("text") or _cited(block):
            parts.append(Text(text))
    return Completion(
        tuple(parts),
        _finish(response["stopReason"]),
        read_usage(response.get("usage")),
        stop_sequence=_stop_sequence(response),
        served_by=_served_by(response),
        service_tier=_service_tier(response),
    )


def _thinking(content: Mapping[str, Any]) -> Thinking:
    if "redactedContent" in content:
        return Thinking(redacted=b64encode(content["redactedContent"]).decode())
    said = content["reasoningText"]
    return Thinking(said["text"], signature=said.get("signature"))


def _stop_sequence(told: Mapping[str, Any]) -> str | None:
    """Converse tells it only among the model's own fields, which `converse_parameters` asks for."""
    found = (told.get("additionalModelResponseFields") or {}).get("stop_sequence")
    return str(found) if found else None


def _served_by(told: Mapping[str, Any]) -> str | None:
    """The id, without its ARN, of the model that a prompt router chose."""
    invoked = told.get("trace", {}).get("promptRouter", {}).get("invokedModelId")
    return invoked and str(invoked).rpartition("/")[2]


def _service_tier(told: Mapping[str, Any]) -> str | None:
    found = told.get("serviceTier", {}).get("type")
    return found and str(found)


def _cited(block: Mapping[str, Any]) -> str:
    return "".join(part["text"] for part in block.get("citationsContent", {}).get("content", ()))


def read_usage(reported: Mapping[str, Any] | None) -> Usage | None:
    """`inputTokens` is without the cached ones already. What no TTL is told of was written for five minutes."""
    if not reported:
        return None
    usage = _Usage.model_validate(reported)
    hour = sum(detail.tokens for detail in usage.cache_details if detail.ttl == "1h") if usage.cache_details else None
    short = None if usage.cache_write is None else max(0, usage.cache_write - (hour or 0))
    return Usage(usage.input, usage.output, cache_read=usage.cache_read, cache_write_5m=short, cache_write_1h=hour)


class StreamReader:
    """Reads one stream's events. Tool calls are counted anew, as Bedrock counts text blocks among them."""

    def __init__(self) -> None:
        self._finish: str | None = None
        self._stop_sequence: str | None = None
        self._metadata: Mapping[str, Any] = {}
        self._calls: dict[int, int] = {}
        self._wordless: set[int] = set()

    def read(self, event: Mapping[str, Any]) -> Iterator[Chunk]:
        if "contentBlockDelta" in event:
            yield from self._delta(event["contentBlockDelta"])
        elif "contentBlockStart" in event:
            yield from self._start(event["contentBlockStart"])
        elif "contentBlockStop" in event:
            block = event["contentBlockStop"]["contentBlockIndex"]
            if block in self._wordless:
                # A call without arguments must still end up as JSON.
                self._wordless.discard(block)
                yield ToolCallDelta(self._calls[block], "{}")
        elif "messageStop" in event:
            self._finish = event["messageStop"]["stopReason"]
            self._stop_sequence = _stop_sequence(event["messageStop"])
        elif "metadata" in event:
            self._metadata = event["metadata"]

    def end(self) -> End:
        if self._finish is None:
            raise ValueError("the stream broke off")
        return End(
            _finish(self._finish),
            read_usage(self._metadata.get("usage")),
            stop_sequence=self._stop_sequence,
            served_by=_served_by(self._metadata),
            service_tier=_service_tier(self._metadata),
        )

    def _start(self, start: Mapping[str, Any]) -> Iterator[Chunk]:
        call = start["start"].get("toolUse")
        if call:
            index, block = len(self._calls), start["contentBlockIndex"]
            self._calls[block] = index
            self._wordless.add(block)
            yield ToolCallDelta(index, "", call["toolUseId"], call["name"])

    def _delta(self, piece: Mapping[str, Any]) -> Iterator[Chunk]:
        delta, block = piece["delta"], piece["contentBlockIndex"]
        if text := delta.get("text"):
            yield TextDelta(text)
        elif thought := delta.get("reasoningContent"):
            redacted = thought.get("redactedContent")
            yield ThinkingDelta(
                thought.get("text", ""), thought.get("signature"), redacted and b64encode(redacted).decode()
            )
        elif arguments := delta.get("toolUse", {}).get("input"):
            self._wordless.discard(block)
            yield ToolCallDelta(self._calls[block], arguments)


def _finish(reason: str) -> Finish:
    return _FINISH[reason]

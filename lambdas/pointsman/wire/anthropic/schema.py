"""The shape of a Messages request: types, ranges and known fields. What they mean is `request.py`'s.

Flat on purpose: one model for every content block, so that an error's place is a plain path; `BLOCKS` says which fields
a type has. Checked against `anthropic.types` of the anthropic package, 2.13.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from pointsman.wire.fields import CacheControl, CallId, Name, Strict, text_or

BLOCKS = {
    "text": ({"text"}, {"citations"}),
    "image": ({"source"}, {"transformations"}),
    "document": ({"source"}, {"title", "context", "citations"}),
    "thinking": ({"thinking", "signature"}, set[str]()),
    "redacted_thinking": ({"data"}, set[str]()),
    "tool_use": ({"id", "name", "input"}, {"caller", "toolset_name"}),
    "tool_result": ({"tool_use_id"}, {"content", "is_error", "toolset_name"}),
}
"""The fields that a block of a type must have and may have; `cache_control` may stand in any but thoughts."""


class Source(Strict):
    type: str
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    content: Any = None


class Caller(Strict):
    type: Literal["direct"]


class CitationsConfig(Strict):
    enabled: Literal[False] | None = None


NoCitations = Annotated[list[Any], Field(max_length=0)] | CitationsConfig | None


class Block(Strict):
    """Only empty citations, contexts and transformations fit: no other vendor has their like."""

    type: str
    cache_control: CacheControl | None = None
    text: str | None = None
    citations: NoCitations = None
    source: Source | None = None
    transformations: Annotated[dict[str, Any], Field(max_length=0)] | None = None
    title: str | None = None
    context: None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: CallId | None = None
    name: Name | None = None
    input: dict[str, Any] | None = None
    caller: Caller | None = None
    toolset_name: None = None
    tool_use_id: CallId | None = None
    content: Annotated[list[Block] | None, text_or("blocks", "text")] = None
    is_error: bool | None = None


Blocks = Annotated[list[Block], text_or("blocks", "text")]


class WireMessage(Strict):
    role: Literal["user", "assistant", "system"]
    content: Blocks


class WireTool(Strict):
    """Anthropic's own tools have another `type`; the fields that are `None` here ask for what only it can do.
    `eager_input_streaming` is a hint on the size of a stream's pieces: nothing depends on it."""

    name: Name
    type: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    strict: bool | None = None
    cache_control: CacheControl | None = None
    allowed_callers: list[Literal["direct"]] | None = None
    defer_loading: Literal[False] | None = None
    eager_input_streaming: bool | None = None
    input_examples: Annotated[list[Any], Field(max_length=0)] | None = None


class WireToolChoice(Strict):
    type: Literal["auto", "any", "tool", "none"]
    name: Name | None = None
    disable_parallel_tool_use: bool | None = None


class Thinking(Strict):
    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: Annotated[int, Field(gt=0)] | None = None
    display: Literal["summarized", "omitted"] | None = None


class OutputFormat(Strict):
    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class OutputConfig(Strict):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: OutputFormat | None = None


class Metadata(Strict):
    user_id: str | None = None


class CountRequest(Strict):
    """What `count_tokens` takes. Fields that are not here are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    model: Name
    messages: list[WireMessage] = Field(min_length=1)
    system: Annotated[list[Block] | None, text_or("blocks", "text")] = None
    tools: list[WireTool] | None = None
    tool_choice: WireToolChoice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    cache_control: CacheControl | None = None


class WireRequest(CountRequest):
    max_tokens: Annotated[int, Field(gt=0)]
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    stop_sequences: list[Annotated[str, Field(min_length=1)]] | None = None
    stream: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None

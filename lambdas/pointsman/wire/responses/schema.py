"""The shape of a Responses request: types, ranges and known fields. What they mean is `request.py`'s.

Flat on purpose: one model for every item and one for every content part, so that an error's place is a plain path;
`ITEMS` and `PARTS` say which fields a type has. Checked against `openai.types.responses` of the openai package, 3.54.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from pointsman.wire.fields import CacheControl, CallId, Name, Strict, text_or, word_or_choice
from pointsman.wire.media import Detail

ITEMS: dict[str, tuple[set[str], set[str]]] = {
    "message": ({"role", "content"}, {"phase"}),
    "function_call": ({"call_id", "name", "arguments"}, {"caller", "namespace"}),
    "function_call_output": ({"call_id", "output"}, {"caller", "name", "namespace"}),
    "reasoning": (set(), {"summary", "content", "encrypted_content"}),
}
"""The fields that an item of a type must have and may have; `id` and `status`, which say nothing to a model, too."""
PARTS: dict[str, tuple[set[str], set[str]]] = {
    "input_text": ({"text"}, set()),
    "output_text": ({"text"}, {"annotations", "logprobs"}),
    "summary_text": ({"text"}, set()),
    "reasoning_text": ({"text"}, set()),
    "refusal": ({"refusal"}, set()),
    "input_image": (set(), {"image_url", "file_id", "detail"}),
    "input_file": (set(), {"file_data", "file_url", "file_id", "filename", "detail"}),
}


class Part(Strict):
    type: str
    text: str | None = None
    refusal: str | None = None
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None
    logprobs: list[Any] | None = None
    image_url: str | None = None
    detail: Detail | None = None
    file_data: str | None = None
    file_url: str | None = None
    file_id: None = None
    filename: str | None = None
    cache_control: CacheControl | None = None


Content = Annotated[list[Part] | None, text_or("parts", "input_text")]


class Caller(Strict):
    type: Literal["direct"]


class Item(Strict):
    """A message may go without its type."""

    type: str = "message"
    id: str | None = None
    status: str | None = None
    role: Literal["user", "assistant", "system", "developer"] | None = None
    content: Content = None
    phase: str | None = None
    call_id: CallId | None = None
    name: Name | None = None
    arguments: str | None = None
    output: Content = None
    caller: Caller | None = None
    namespace: None = None
    summary: list[Part] | None = None
    encrypted_content: str | None = None


def _as_items(given: object) -> object:
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if isinstance(given, list):
        return given
    raise PydanticCustomError("input_type", "Must be a string or a list of items")


class WireTool(Strict):
    """OpenAI's hosted tools have another `type`."""

    type: str
    name: Name | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    allowed_callers: list[Literal["direct"]] | None = None
    defer_loading: Literal[False] | None = None
    output_schema: None = None
    cache_control: CacheControl | None = None


class NamedTool(Strict):
    type: Literal["function"]
    name: Name


class WireToolChoice(Strict):
    type: Literal["auto", "none", "required", "function", "allowed_tools"]
    name: Name | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[NamedTool] | None = None


class TextFormat(Strict):
    type: Literal["text", "json_object", "json_schema"]
    name: Name | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: str | None = None


class TextConfig(Strict):
    format: TextFormat | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class WireReasoning(Strict):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None
    context: Literal["auto"] | None = None
    mode: Literal["standard"] | None = None


class StreamOptions(Strict):
    include_obfuscation: Literal[False] | None = None


class WireRequest(Strict):
    """Fields that are not here are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    model: Name
    input: Annotated[list[Item], BeforeValidator(_as_items)] = Field(min_length=1)
    instructions: str | None = None
    include: list[Literal["reasoning.encrypted_content", "message.output_text.logprobs"]] | None = None
    max_output_tokens: Annotated[int, Field(gt=0)] | None = None
    metadata: dict[str, str] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: WireReasoning | None = None
    safety_identifier: str | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority"] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    text: TextConfig | None = None
    tool_choice: Annotated[WireToolChoice | None, word_or_choice] = None
    tools: list[WireTool] | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    user: str | None = None

"""The shape of a Chat Completions request: types, ranges and known fields. What they mean is `openai_request.py`'s.

Flat on purpose: one model for every message and one for every content part, so that an error's place is a plain path.
Checked against `openai.types.chat` of the openai package, 3.54.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from pointsman.wire.fields import CacheControl, CallId, Name, Strict, text_or, word_or_choice
from pointsman.wire.media import Detail


class ImageUrl(Strict):
    url: str
    detail: Detail | None = None


class File(Strict):
    """Files are not stored here, so none has an id."""

    file_data: str | None = None
    filename: str | None = None
    file_id: None = None


class Part(Strict):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: ImageUrl | None = None
    input_audio: Any = None
    file: File | None = None
    cache_control: CacheControl | None = None


Content = Annotated[list[Part] | None, text_or("parts", "text")]


class CalledFunction(Strict):
    """`parsed_arguments` is what OpenAI's SDK has made of the arguments."""

    name: Name
    arguments: str
    parsed_arguments: Any = None


class Call(Strict):
    """`index` is left of a stream."""

    index: int | None = None
    id: CallId
    type: Literal["function"]
    function: CalledFunction


class ThinkingBlock(Strict):
    """A thought as LiteLLM writes it, which is Anthropic's way."""

    type: Literal["thinking", "redacted_thinking"]
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None


class WireMessage(Strict):
    """`audio`, `function_call` and `annotations` stand in answers that callers send back; only empty ones fit.
    `provider_specific_fields` is what LiteLLM repeats of the fields beside it, `parsed` what OpenAI's SDK has made of
    the content."""

    role: str
    content: Content = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None
    tool_call_id: CallId | None = None
    reasoning_content: str | None = None
    thinking_blocks: list[ThinkingBlock] | None = None
    provider_specific_fields: dict[str, Any] | None = None
    parsed: Any = None
    cache_control: CacheControl | None = None
    audio: None = None
    function_call: None = None
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None


class Function(Strict):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    cache_control: CacheControl | None = None


class WireTool(Strict):
    type: Literal["function"]
    function: Function
    cache_control: CacheControl | None = None


class NamedFunction(Strict):
    name: Name


class AllowedTool(Strict):
    type: Literal["function"]
    function: NamedFunction


class AllowedTools(Strict):
    mode: Literal["auto", "required"]
    tools: list[AllowedTool] = Field(min_length=1)


class WireToolChoice(Strict):
    type: Literal["auto", "none", "required", "function", "allowed_tools"]
    function: NamedFunction | None = None
    allowed_tools: AllowedTools | None = None


class JsonSchema(Strict):
    name: Name
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: str | None = None


class WireResponseFormat(Strict):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StreamOptions(Strict):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


def _as_list(stop: object) -> object:
    if isinstance(stop, str):
        return [stop]
    if stop is None or isinstance(stop, list):
        return stop
    raise PydanticCustomError("stop", "Must be a string or a list of strings")


class Thinking(Strict):
    """Anthropic's way to ask for thoughts, which clients of LiteLLM use here too."""

    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: Annotated[int, Field(gt=0)] | None = None


class WireRequest(Strict):
    """Fields that are not here are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    model: Name
    messages: list[WireMessage] = Field(min_length=1)
    tools: list[WireTool] | None = None
    tool_choice: Annotated[WireToolChoice | None, word_or_choice] = None
    parallel_tool_calls: bool | None = None
    response_format: WireResponseFormat | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    max_completion_tokens: Annotated[int, Field(gt=0)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    stop: Annotated[list[Annotated[str, Field(min_length=1)]] | None, BeforeValidator(_as_list)] = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    seed: int | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    thinking: Thinking | None = None
    service_tier: str | None = None
    user: str | None = None
    safety_identifier: str | None = None
    metadata: dict[str, str] | None = None

"""One request, freed of its caller's dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from pointsman.domain.content import CacheTtl, Json, Message, Text

DialectName: TypeAlias = Literal["openai", "responses", "anthropic"]


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str | None
    parameters: Mapping[str, Json]
    strict: bool | None = None
    cache: CacheTtl | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which tool must be called: `auto`, `none`, `required`, or the one called `name`."""

    mode: Literal["auto", "none", "required", "named"]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    kind: Literal["json_object", "json_schema"]
    name: str | None = None
    schema: Mapping[str, Json] | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """How much a model should think: by `effort` (a word of the dialect's), by `budget` tokens, or as it sees fit
    where neither is set; `off` says not at all. `visible` asks for its thoughts, or a summary of them. `adaptive` says
    outright that the model decides: to Anthropic an effort alone is none to think."""

    effort: str | None = None
    budget: int | None = None
    off: bool = False
    visible: bool | None = None
    adaptive: bool = False


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`model` is what the caller wrote: `auto`, `tier:<name>` or an alias. `extras` holds the dialect's fields that
    have no counterpart here: a provider of the same dialect gets them as they are, any other refuses them by name.

    `n` is how many answers to give, the choices; `logprobs` how many alternatives to tell for each token, 0 for the
    chosen one alone. `tags` are the router's own words on who asks, for the vendor's bill to be told apart by; no
    caller writes them.
    """

    model: str
    messages: tuple[Message, ...]
    dialect: DialectName = "openai"
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    n: int = 1
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    logprobs: int | None = None
    reasoning: Reasoning | None = None
    service_tier: str | None = None
    user: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    stop: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Json] = field(default_factory=dict)


def request_of(text: str) -> ChatRequest:
    """A user's one text, to be routed."""
    return ChatRequest("auto", (Message("user", (Text(text),)),))


class Capability(StrEnum):
    """What a request may need and a model may offer."""

    TOOLS = "tools"
    VISION = "vision"
    JSON_SCHEMA = "json_schema"
    STREAMING = "streaming"
    REASONING = "reasoning"
    CHOICES = "choices"

"""The frozen types that pass between two stages; everything else is local to its stage.

    ChatRequest ─► classify ─► Classification ─► decide ─► Decision ─► invoke ─► Completion | Chunk… ─► CostEvent

Units: money is integer nano-dollars (1e-9 USD), time is seconds as float unless the name says `_ms`, tokens are
integers, and `None` always means "not reported", never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
"""A value that `json.loads` can return."""

# ── what a caller asks ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image, either by `url` or as `data`; exactly one of the two is set."""

    media_type: str | None = None
    data: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a function. `arguments` is the JSON text exactly as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    parts: tuple[Text | Image, ...]
    is_error: bool = False


Part: TypeAlias = Text | Image | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Tool calls stand in `assistant` messages, tool results in `tool` messages."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The message's text parts, joined by new lines."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str | None
    parameters: Mapping[str, Json]
    strict: bool | None = None


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
class ChatRequest:
    """One request, freed of its caller's dialect.

    `model` is what the caller wrote: `auto`, `tier:<name>` or an alias. `extras` holds the dialect's fields that have
    no counterpart here: a provider of the same dialect gets them as they are, any other refuses them by name.
    """

    model: str
    messages: tuple[Message, ...]
    dialect: Literal["openai"] = "openai"
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    extras: Mapping[str, Json] = field(default_factory=dict)


class Capability(StrEnum):
    """What a request may need and a model may offer."""

    TOOLS = "tools"
    VISION = "vision"
    JSON_SCHEMA = "json_schema"
    STREAMING = "streaming"
    REASONING = "reasoning"


# ── what we make of it ───────────────────────────────────────────────────────────────────────────────────────────


class Task(StrEnum):
    CODING = "coding"
    MATH = "math"
    REASONING = "reasoning"
    EXTRACTION = "extraction"
    CLASSIFICATION = "classification"
    SUMMARISATION = "summarisation"
    TRANSLATION = "translation"
    REWRITING = "rewriting"
    QUESTION_ANSWERING = "question_answering"
    CREATIVE_WRITING = "creative_writing"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason for a classification: a feature's name and its signed weight in the complexity."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Classification:
    """`complexity` and `confidence` lie in 0–1; `task` is a `Task` value or a custom task's name."""

    task: str
    complexity: float
    confidence: float
    signals: tuple[Signal, ...] = ()


# ── the tier map, as the router reads it ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Prices:
    """Integer nano-dollars per million tokens (USD per million × 1e9). `None`: the model has no such price."""

    input: int
    output: int
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    batch_input: int | None = None
    batch_output: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model under its alias. `provider` names an entry of `providers/registry.py`; `secret` an entry of Secrets
    Manager that holds its API key; `endpoint` a base URL that replaces the provider's own."""

    alias: str
    provider: str
    model_id: str
    prices: Prices
    context_window: int
    max_output: int
    capabilities: frozenset[Capability] = frozenset()
    endpoint: str | None = None
    secret: str | None = None
    region: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model of a tier. Weights share out who is tried first; 0, the default, leaves it to the order alone."""

    model: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """Candidates in order of preference. Where some have a weight, the first to be tried is drawn among those by
    weight; the others follow in order. `escalate_to` is tried when no candidate here can serve. `timeout`: seconds."""

    name: str
    candidates: tuple[Candidate, ...]
    timeout: float
    attempts: int
    escalate_to: str | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of complexity: from the band before it up to, not including, `below`."""

    name: str
    below: float


@dataclass(frozen=True, slots=True)
class Route:
    """Which tier serves a task, by the name of the complexity band."""

    task: str
    tiers: Mapping[str, str]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """`bands` ascend and the last ends above 1. Below `min_confidence` a request goes one band up."""

    bands: tuple[Band, ...]
    baseline_model: str
    ttl: float = 30.0
    min_confidence: float = 0.0
    deadline: float = 120.0


@dataclass(frozen=True, slots=True)
class TierMap:
    """One published, immutable snapshot. `routes` always holds `*`, the default."""

    version: int
    author: str
    published_at: str
    hash: str
    models: Mapping[str, Model]
    tiers: Mapping[str, Tier]
    routes: Mapping[str, Route]
    settings: Settings
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class MapView:
    """A tier map as it was read, and whether it may be out of date. `source` is `live`, `last-known-good` or
    `packaged`; anything but `live` is stale."""

    map: TierMap
    source: Literal["live", "last-known-good", "packaged"]

    @property
    def stale(self) -> bool:
        return self.source != "live"


# ── where it goes ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Target:
    """One model to try, and the tier it stands in for."""

    model: Model
    tier: str
    timeout: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Decision:
    """`targets` is never empty: the first is the choice, the rest are the fallbacks in order."""

    targets: tuple[Target, ...]
    task: str
    complexity: float
    confidence: float
    band: str
    reason: str
    map_version: int
    baseline: Model
    signals: tuple[Signal, ...] = ()


# ── what comes back ──────────────────────────────────────────────────────────────────────────────────────────────


class Finish(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class Usage:
    """Disjoint token counts: `input` is without cache reads and writes, `output` includes `reasoning`.

    `estimated` says that the provider reported nothing and the counts are ours.
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    estimated: bool = False

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, cached or not."""
        return self.input + (self.cache_read or 0) + (self.cache_write_5m or 0) + (self.cache_write_1h or 0)


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. `usage` is `None` where the provider reported none."""

    parts: tuple[Text | ToolCall, ...]
    finish: Finish
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of the `index`-th tool call; `id` and `name` come with its first piece."""

    index: int
    arguments: str = ""
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last chunk of every stream that ended well."""

    finish: Finish
    usage: Usage | None


Chunk: TypeAlias = TextDelta | ToolCallDelta | End


# ── what it cost ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model. `outcome` is `ok`, `abandoned` (the client left) or an `UpstreamKind` value."""

    model: Model
    tier: str
    outcome: str
    latency_ms: int
    usage: Usage | None
    cost_nano: int


@dataclass(frozen=True, slots=True)
class CostEvent:
    """What one request cost, whatever became of it. Carries no word of the prompt or the answer."""

    request_id: str
    timestamp_ms: int
    status: int
    outcome: str
    stream: bool
    key_id: str | None = None
    team: str | None = None
    requested_model: str | None = None
    task: str | None = None
    complexity: float | None = None
    confidence: float | None = None
    band: str | None = None
    tier: str | None = None
    model: str | None = None
    provider: str | None = None
    reason: str | None = None
    map_version: int | None = None
    map_source: str | None = None
    usage: Usage | None = None
    cost_nano: int = 0
    baseline_model: str | None = None
    baseline_nano: int = 0
    saved_nano: int = 0
    latency_ms: int = 0
    overhead_ms: int = 0
    first_chunk_ms: int | None = None
    attempts: tuple[Attempt, ...] = ()


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Account:
    """The holder of a key. `key_id` is public; the key itself is never kept."""

    key_id: str
    team: str

"""The tier map, as the router reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pointsman.domain.request import Capability

SIGNING_FAMILIES = ("claude", "gemini")


@dataclass(frozen=True, slots=True)
class Prices:
    """Integer nano-dollars per million tokens (USD per million × 1e9). `None`: the model has no such price.

    `image` and `reasoning` are for tokens that are charged apart from plain input and output. `service_tiers` holds the
    prices of tiers other than the standard one, as `flex`, `priority` or `batch`.
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    image: int | None = None
    reasoning: int | None = None
    long_context: LongContext | None = None
    service_tiers: Mapping[str, Prices] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LongContext:
    """The prices of a whole request whose prompt has more than `above` tokens."""

    above: int
    prices: Prices


@dataclass(frozen=True, slots=True)
class Model:
    """A model under its alias. `provider` names an entry of `providers/registry.py`; `secret` an entry of Secrets
    Manager that holds its API key; `endpoint` a base URL that replaces the provider's own.

    `profiles` are Bedrock's application inference profiles by team: what is called in place of `model_id` for a key of
    that team, so that AWS's bill knows whose call it was. `base_model` says which model stands behind an id that does
    not (an ARN, a deployment's name). `guardrail` is `<id or ARN>:<version>`; `service_tier` the one its prices are
    for; `latency` is `optimized` where that is paid for; `price_version` tells its prices from any it had before.
    """

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
    base_model: str | None = None
    guardrail: str | None = None
    service_tier: str | None = None
    latency: str | None = None
    price_version: str | None = None
    profiles: Mapping[str, str] = field(default_factory=dict)

    @property
    def signs(self) -> str | None:
        """The family of models, those of one vendor, that sign their thoughts and take back what another of them
        signed; `None` for a model that signs nothing."""
        known = self.base_model or self.model_id
        return next((family for family in SIGNING_FAMILIES if family in known), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model of a tier. Weights share out who is tried first; 0, the default, leaves it to the order alone."""

    model: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """Candidates in order of preference. Where some have a weight, the first to be tried is drawn among those by
    weight; the others follow in order. `escalate_to` is tried when no candidate here can serve. Seconds: `timeout` for
    one attempt to answer, or to begin its stream; `idle_timeout` for a stream's silence once it has begun;
    `hedge_after` until the next candidate is asked as well, where that is wanted."""

    name: str
    candidates: tuple[Candidate, ...]
    timeout: float
    attempts: int
    escalate_to: str | None = None
    idle_timeout: float = 30.0
    hedge_after: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of complexity: from the band before it up to, not including, `below`. `forms`: where it ends
    for the prompts of a form, where that is elsewhere."""

    name: str
    below: float
    forms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Which tier serves a task, by the name of the complexity band. `verify`: an answer with a flaw that can be seen
    is asked for again one tier up."""

    task: str
    tiers: Mapping[str, str]
    verify: bool = False


@dataclass(frozen=True, slots=True)
class CustomTask:
    """A task known by example utterances. `vectors`: one a line, int8 in base64, of the encoder that compiled them.
    A prompt has to be as near to them as `threshold`, 0–1."""

    name: str
    threshold: float
    examples: tuple[str, ...]
    vectors: str = ""


@dataclass(frozen=True, slots=True)
class CustomTasks:
    """`encoder` is whose vectors these are; a router with another encoder makes its own from the examples."""

    encoder: str = ""
    tasks: tuple[CustomTask, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondStage:
    """The model that classifies what the first look gave a confidence below `below`, within `timeout` seconds.
    `TIER` is what stands as the tier in its attempts."""

    TIER: ClassVar[str] = "second_stage"

    model: str
    below: float
    timeout: float = 0.4


@dataclass(frozen=True, slots=True)
class Settings:
    """`bands` ascend and the last ends above 1. Below `min_confidence` a request goes to the next band that leads to
    another tier. A conversation goes down a tier only after `sticky_turns` easy turns in a row; 0 routes each turn by
    itself. `quality` is the dial that the bands were derived from, `None` where they were written. `synonyms`
    are names that clients ask for, each with what it means: `auto`, `tier:<name>` or a model's alias."""

    bands: tuple[Band, ...]
    baseline_model: str
    ttl: float = 30.0
    min_confidence: float = 0.0
    deadline: float = 120.0
    sticky_turns: int = 3
    quality: float | None = None
    second_stage: SecondStage | None = None
    synonyms: Mapping[str, str] = field(default_factory=dict)


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
    custom: CustomTasks = CustomTasks()
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """A second map for `percent` (0–100) of the traffic; `salt` draws which part of it that is."""

    map: TierMap
    percent: float
    salt: str


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published at one time. The `canary` routes its share of conversations; the `shadow` only says, for its
    share of requests, where it would have sent them."""

    stable: TierMap
    canary: Trial | None = None
    shadow: Trial | None = None


@dataclass(frozen=True, slots=True)
class MapView:
    """A tier map as it was read, and whether it may be out of date. `source` is `live`, `last-known-good` or
    `packaged`; anything but `live` is stale. While a canary runs, `channel` says which of the two maps `map` is."""

    map: TierMap
    source: Literal["live", "last-known-good", "packaged"]
    channel: Literal["stable", "canary"] | None = None
    canary: Trial | None = None
    shadow: Trial | None = None

    @property
    def stale(self) -> bool:
        return self.source != "live"

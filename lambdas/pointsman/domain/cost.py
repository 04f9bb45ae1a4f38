"""What a request cost."""

from __future__ import annotations

from dataclasses import dataclass

from pointsman.domain.answer import Usage
from pointsman.domain.tiermap import Model


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model. `outcome` is `ok`, `abandoned` (let go before its end), an `UpstreamKind` value, or the
    flaw of an answer that was asked for again. `unpriced`: some of its tokens were charged at a price that stands in
    for one that the model should have. `begun_ms` counts from when the request came."""

    model: Model
    tier: str
    outcome: str
    latency_ms: int
    usage: Usage | None
    cost_nano: int
    service_tier: str | None = None
    unpriced: bool = False
    begun_ms: int = 0


@dataclass(frozen=True, slots=True)
class ShadowCost:
    """Where a second map would have sent a request, and what the answer's tokens cost there. `map_version` 0 is a map
    that was never published: a draft, known by its hash. `outcome` is `ok` or the code of that map's refusal."""

    map_version: int
    map_hash: str
    outcome: str
    model: str | None = None
    tier: str | None = None
    cost_nano: int | None = None


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
    channel: str | None = None
    usage: Usage | None = None
    cost_nano: int = 0
    baseline_model: str | None = None
    baseline_nano: int = 0
    saved_nano: int = 0
    price_version: str | None = None
    baseline_price_version: str | None = None
    latency_ms: int = 0
    overhead_ms: int = 0
    first_chunk_ms: int | None = None
    breaker_open: int = 0
    attempts: tuple[Attempt, ...] = ()
    shadow: ShadowCost | None = None

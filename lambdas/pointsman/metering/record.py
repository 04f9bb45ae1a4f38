"""The cost event as it is written down: one flat line of JSON. docs/cost-event.schema.json is made from these classes.

A field that is not known is not there, which never means zero. `otel` names the attribute of OpenTelemetry's GenAI
conventions that says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pointsman.domain import Attempt, CostEvent, Usage
from pointsman.metering import names

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning or goes; a new field that readers may ignore does not raise it."""

CALLERS_LIMITS = frozenset({"insufficient_quota", "rate_limit_exceeded"})
"""Outcomes where a key's own budget or rate was used up: refused as it should be, and no failure of the router's."""
CLIENT_LEFT = 499


def _known(description: str, otel: str | None = None, **more: Any) -> Any:
    """A field that is always there."""
    return Field(description=description, json_schema_extra={"otel": otel} if otel else None, **more)


def _perhaps(description: str, otel: str | None = None) -> Any:
    """A field that is left out where it is not known."""
    return _known(description, otel, default=None)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tokens(_Record):
    """Each token counted once, under the kind that it is charged as; `reasoning` and `image` are parts of others."""

    input: int = _known("prompt tokens at the input price; cached ones are not among them")
    output: int = _known("tokens of the answer", "gen_ai.usage.output_tokens")
    cache_read: int | None = _perhaps(
        "prompt tokens read from the provider's cache", "gen_ai.usage.cache_read.input_tokens"
    )
    cache_write_5m: int | None = _perhaps(
        "prompt tokens written to it for five minutes", "gen_ai.usage.cache_creation.input_tokens"
    )
    cache_write_1h: int | None = _perhaps("prompt tokens written to it for an hour")
    image: int | None = _perhaps("the part of `input` that was images", "gen_ai.usage.image.input_tokens")
    reasoning: int | None = _perhaps("the part of `output` spent on thinking", "gen_ai.usage.reasoning.output_tokens")
    estimated: bool = _known("whether the provider did not report the counts, so that they are the router's estimate")


class AttemptRecord(_Record):
    """One call of a model."""

    model: str = _known("the model's alias in the tier map")
    provider: str = _known("who was called", "gen_ai.provider.name")
    tier: str = _known("the tier that it stood in for")
    outcome: str = _known("`ok`, `abandoned` (let go before its end), or what went wrong", "error.type")
    latency_ms: int = _known("how long the call took")
    cost_nano: int = _known("what it cost")
    tokens: Tokens | None = _perhaps("what it used; none where it was refused")
    service_tier: str | None = _perhaps("the provider's service tier that it was charged in")
    price_version: str | None = _perhaps("which prices it was charged at: date and hash")


class ShadowRecord(_Record):
    """What a second map made of the same request. It was not called."""

    map_version: int = _known("the map that was asked as well; 0 is a draft")
    map_hash: str = _known("the hash of what it says")
    outcome: str = _known("`ok`, or the code of its refusal")
    model: str | None = _perhaps("the alias of the model that it would have asked")
    tier: str | None = _perhaps("that model's tier")
    cost_nano: int | None = _perhaps("the answer's tokens at that model's prices")


class CostRecord(_Record):
    """What one chat request cost, whatever became of it, without a word of the prompt or the answer. Money is integer
    nano-dollars (1e-9 USD)."""

    message: Literal["cost_event"] = _known("tells this line from the log's others")
    schema_version: Literal[1] = _known("of this schema")
    stage: str = _known("the deployment's stage")
    request_id: str = _known("the answer's `id` and its `x-router-request-id`", "gen_ai.response.id")
    timestamp_ms: int = _known("when the request came, since the epoch")
    status: int = _known("HTTP status; 499 where the client left before the end", "http.response.status_code")
    outcome: str = _known("`ok`, `abandoned` (the client left), or the code of what went wrong", "error.type")
    failed: Literal[0, 1] = _known("1 where there was no whole answer through no fault or limit of the caller's")
    stream: bool = _known("whether a stream was asked for", "gen_ai.request.stream")
    key_id: str | None = _perhaps("whose key it was; the key itself is nowhere")
    team: str | None = _perhaps("the key's team")
    requested_model: str | None = _perhaps("`auto`, `tier:<name>` or an alias", "gen_ai.request.model")
    task: str | None = _perhaps("what the classifier took the prompt for")
    complexity: float | None = _perhaps("how hard it found it, 0 to 1")
    confidence: float | None = _perhaps("how sure it was, 0 to 1")
    band: str | None = _perhaps("the tier map's name for that complexity; in doubt, of the band that it was taken for")
    tier: str | None = _perhaps("the tier that answered")
    model: str | None = _perhaps("the alias of the model that answered", "gen_ai.response.model")
    provider: str | None = _perhaps("whose model that is", "gen_ai.provider.name")
    reason: str | None = _perhaps("why it went there, as in `x-router-reason`")
    map_version: int | None = _perhaps("the tier map that decided")
    map_source: str | None = _perhaps("`live`, `last-known-good` or `packaged`")
    channel: str | None = _perhaps("while a canary runs: whether it or the `stable` map decided")
    tokens: Tokens | None = _perhaps("what the answer used, by kind")
    cost_nano: int = _known("all attempts together, failed ones too")
    baseline_model: str | None = _perhaps("the model that savings are measured against")
    baseline_nano: int = _known("the answer's tokens at the baseline model's prices; 0 without an answer")
    saved_nano: int = _known("`baseline_nano` less `cost_nano`; below zero where the way taken was the dearer one")
    price_version: str | None = _perhaps("the prices of the model that answered: date and hash")
    baseline_price_version: str | None = _perhaps("the prices of the baseline model")
    latency_ms: int = _known("from the request to the end of the answer")
    overhead_ms: int = _known("what of it no attempt accounts for: the router itself, and pauses between attempts")
    first_chunk_ms: int | None = _perhaps(
        "from the request to the first chunk of a stream", "gen_ai.response.time_to_first_chunk"
    )
    fallbacks: int = _known("attempts that failed before the last one")
    breaker_open: int = _known("models passed over because they had been failing")
    stale_map: Literal[0, 1] = _known("1 where the tier map may have been out of date")
    budget_refused: Literal[0, 1] = _known("1 where a budget refused the request")
    rate_limited: Literal[0, 1] = _known("1 where a rate limit of the key or a provider ended the request")
    estimated: Literal[0, 1] = _known("1 where an attempt's tokens are an estimate")
    unpriced: Literal[0, 1] = _known("1 where tokens were charged at a price that stands in for a missing one")
    attempts: list[AttemptRecord] = _known("each call of a model, in order")
    shadow: ShadowRecord | None = _perhaps("what a second map would have done, where one was asked")


def record(event: CostEvent, stage: str) -> CostRecord:
    """The event as it is written down."""
    same = {
        name: _short(getattr(event, name)) for name in event.__slots__ if name not in {"usage", "attempts", "shadow"}
    }
    outcomes = [attempt.outcome for attempt in event.attempts]
    return CostRecord(
        message=names.LOG_MESSAGE,
        schema_version=SCHEMA_VERSION,
        stage=stage,
        **same,
        tokens=_tokens(event.usage),
        failed=_flag(_failed(event)),
        fallbacks=sum(outcome != "ok" for outcome in outcomes[:-1]),
        stale_map=_flag(event.map_source not in {None, "live"}),
        budget_refused=_flag(event.outcome == "insufficient_quota"),
        rate_limited=_flag(event.outcome in {"rate_limit_exceeded", "upstream_rate_limited"}),
        estimated=_flag(any(attempt.usage and attempt.usage.estimated for attempt in event.attempts)),
        unpriced=_flag(any(attempt.unpriced for attempt in event.attempts)),
        attempts=[_attempt(attempt) for attempt in event.attempts],
        shadow=ShadowRecord(**asdict(event.shadow)) if event.shadow else None,
    )


def metrics(line: CostRecord, by: Sequence[str] = ()) -> list[tuple[list[list[str]], list[str]]]:
    """Which fields are metrics: sets of dimensions, each with the fields kept by it. Cost is broken down `by` these
    dimensions as well; a request that failed before it had one counts for its stage alone."""
    faults = [name for name in names.FAULTS if getattr(line, name)]
    channel = [[names.STAGE, names.CHANNEL]] if line.channel else []
    broken_down = [[names.STAGE, name] for name in by if getattr(line, name)]
    kept = [
        ([[names.STAGE]], [*names.METRICS, *faults]),
        (channel, [names.FAILED]),
        (broken_down, [names.COST_NANO]),
    ]
    return [(dimensions, fields) for dimensions, fields in kept if dimensions]


def _failed(event: CostEvent) -> bool:
    """No whole answer. A stream that broke has status 200 and another outcome."""
    callers_fault = 400 <= event.status < 429 or event.status == CLIENT_LEFT
    return event.outcome != "ok" and not callers_fault and event.outcome not in CALLERS_LIMITS


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _flag(condition: object) -> Literal[0, 1]:
    return 1 if condition else 0


def _attempt(attempt: Attempt) -> AttemptRecord:
    return AttemptRecord(
        model=attempt.model.alias,
        provider=attempt.model.provider,
        tier=attempt.tier,
        outcome=attempt.outcome,
        latency_ms=attempt.latency_ms,
        cost_nano=attempt.cost_nano,
        tokens=_tokens(attempt.usage),
        service_tier=attempt.service_tier,
        price_version=attempt.model.price_version,
    )


def _tokens(usage: Usage | None) -> Tokens | None:
    return Tokens.model_validate({name: getattr(usage, name) for name in Tokens.model_fields}) if usage else None

"""Builds the records of what a request cost. Pure, and blind to prompts: nothing here is given a word of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointsman.domain import (
    Account,
    Attempt,
    CostEvent,
    Decision,
    MapView,
    Model,
    Prices,
    Shadow,
    ShadowCost,
    Target,
    Usage,
)
from pointsman.metering.prices import cost, unpriced


def attempt(
    target: Target,
    outcome: str,
    latency_ms: int,
    usage: Usage | None,
    prices: Prices | None = None,
    service_tier: str | None = None,
) -> Attempt:
    """One call of a model, priced: at `prices` where another model answered in its place, in the `service_tier` that
    the provider names. Without usage (a refused call) it cost nothing."""
    at = prices or target.model.prices
    tier = None if service_tier == target.model.service_tier else service_tier
    return Attempt(
        model=target.model,
        tier=target.tier,
        outcome=outcome,
        latency_ms=latency_ms,
        usage=usage,
        cost_nano=cost(usage, at, tier) if usage else 0,
        service_tier=service_tier,
        unpriced=bool(usage and unpriced(usage, at, tier)),
    )


@dataclass(frozen=True, slots=True)
class Bill:
    """In nano-dollars. `cost`: all attempts, failed ones too; `baseline`: the answer's tokens at the baseline model."""

    cost: int
    baseline: int

    @property
    def saved(self) -> int:
        """Below zero where the way taken was the dearer one."""
        return self.baseline - self.cost


def bill(attempts: Sequence[Attempt], usage: Usage | None, baseline: Model | None) -> Bill:
    """`usage` is that of the attempt that answered; a request without an answer has no baseline."""
    return Bill(
        cost=sum(attempt.cost_nano for attempt in attempts),
        baseline=cost(usage, baseline.prices) if usage and baseline else 0,
    )


def cost_event(
    *,
    request_id: str,
    timestamp_ms: int,
    status: int,
    outcome: str,
    latency_ms: int,
    stream: bool = False,
    requested_model: str | None = None,
    account: Account | None = None,
    view: MapView | None = None,
    decision: Decision | None = None,
    served: Target | None = None,
    attempts: Sequence[Attempt] = (),
    answer: Attempt | None = None,
    first_chunk_ms: int | None = None,
    breaker_open: int = 0,
    shadow: Shadow | None = None,
) -> CostEvent:
    """The event of a request that came as far as the arguments given.

    `requested_model` is kept only once there is a decision: until then it is the caller's free text. The usage is that
    of `answer`, the attempt whose words the caller got. The overhead is the time that no attempt accounts for.
    """
    usage = answer.usage if answer else None
    total = bill(attempts, usage, decision.baseline if decision else None)
    return CostEvent(
        request_id=request_id,
        timestamp_ms=timestamp_ms,
        status=status,
        outcome=outcome,
        stream=stream,
        key_id=account.key_id if account else None,
        team=account.team if account else None,
        requested_model=requested_model if decision else None,
        task=decision.task if decision else None,
        complexity=decision.complexity if decision else None,
        confidence=decision.confidence if decision else None,
        band=decision.band if decision else None,
        tier=served.tier if served else None,
        model=served.model.alias if served else None,
        provider=served.model.provider if served else None,
        reason=decision.reason if decision else None,
        map_version=view.map.version if view else None,
        map_source=view.source if view else None,
        channel=view.channel if view else None,
        usage=usage,
        cost_nano=total.cost,
        baseline_model=decision.baseline.alias if decision else None,
        baseline_nano=total.baseline,
        saved_nano=total.saved,
        price_version=served.model.price_version if served else None,
        baseline_price_version=decision.baseline.price_version if decision else None,
        latency_ms=latency_ms,
        overhead_ms=max(0, latency_ms - sum(attempt.latency_ms for attempt in attempts)),
        first_chunk_ms=first_chunk_ms,
        breaker_open=breaker_open,
        attempts=tuple(attempts),
        shadow=_shadow(shadow, usage) if shadow else None,
    )


def _shadow(shadow: Shadow, usage: Usage | None) -> ShadowCost:
    target = shadow.target
    return ShadowCost(
        map_version=shadow.map_version,
        map_hash=shadow.map_hash,
        outcome=shadow.outcome,
        model=target.model.alias if target else None,
        tier=target.tier if target else None,
        cost_nano=cost(usage, target.model.prices) if target and usage else None,
    )

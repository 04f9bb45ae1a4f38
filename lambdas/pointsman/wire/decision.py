"""The answer of `POST /v1/route`: where a request would go, and why. The same in every dialect."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pointsman.domain import Decision, Json, Kind, MapView, Signal, Target

DECIMALS = 4
"""Of a signal's weight."""


def decision_body(decision: Decision, view: MapView, second_stage: str | None = None) -> dict[str, Json]:
    """The decision as JSON: the choice, its reason and signals, the fallbacks in order. What its signals of
    complexity say adds up to the log-odds of the complexity, but for rounding. `second_stage` is the model that a
    request to be answered would be classified by, which was not asked for this."""
    first, *rest = decision.targets
    return {
        "object": "router.decision",
        **_target(first),
        "task": decision.task,
        "complexity": decision.complexity,
        "confidence": decision.confidence,
        "band": decision.band,
        "reason": decision.reason,
        "signals": _signals(decision.signals),
        "fallbacks": [_target(target) for target in rest],
        "verified": bool(decision.net),
        "second_stage": second_stage,
        "baseline_model": decision.baseline.alias,
        "map_version": decision.map_version,
        "map_source": view.source,
    }


def _signals(signals: Iterable[Signal]) -> list[Json]:
    """The task's in the order given, then the complexity's, weightiest first; none that is rounded to nothing."""
    rounded = ({"kind": kind, "name": name, "weight": round(weight, DECIMALS)} for name, weight, kind in signals)
    told = [signal for signal in rounded if signal["weight"]]
    return sorted(told, key=lambda it: -abs(it["weight"]) if it["kind"] == Kind.COMPLEXITY else -math.inf)


def _target(target: Target) -> dict[str, Json]:
    return {"model": target.model.alias, "provider": target.model.provider, "tier": target.tier}

"""The answer of `POST /v1/route`: where a request would go, and why. The same in every dialect."""

from __future__ import annotations

from pointsman.domain import Decision, Json, MapView, Target


def decision_body(decision: Decision, view: MapView, second_stage: str | None = None) -> dict[str, Json]:
    """The decision as JSON: the choice, its reason and signals, the fallbacks in order. `second_stage` is the model
    that a request to be answered would be classified by, which was not asked for this."""
    first, *rest = decision.targets
    return {
        "object": "router.decision",
        **_target(first),
        "task": decision.task,
        "complexity": decision.complexity,
        "confidence": decision.confidence,
        "band": decision.band,
        "reason": decision.reason,
        "signals": [{"name": signal.name, "weight": signal.weight} for signal in decision.signals],
        "fallbacks": [_target(target) for target in rest],
        "verified": bool(decision.net),
        "second_stage": second_stage,
        "baseline_model": decision.baseline.alias,
        "map_version": decision.map_version,
        "map_source": view.source,
    }


def _target(target: Target) -> dict[str, Json]:
    return {"model": target.model.alias, "provider": target.model.provider, "tier": target.tier}

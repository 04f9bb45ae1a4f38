"""Where a request goes, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pointsman.domain.classification import Signal
from pointsman.domain.tiermap import Model


@dataclass(frozen=True, slots=True)
class Target:
    """One model to try, and the tier it stands in for."""

    model: Model
    tier: str
    timeout: float
    attempts: int
    idle_timeout: float = 30.0
    hedge_after: float | None = None


@dataclass(frozen=True, slots=True)
class Shadow:
    """What a second map made of the same request: the model it would have asked, or the code of its refusal."""

    map_version: int
    map_hash: str
    target: Target | None
    outcome: str = "ok"


@dataclass(frozen=True, slots=True)
class Decision:
    """`targets` is never empty: the first is the choice, the rest are the fallbacks in order. `net`: where the route
    verifies its answers, the tiers from the first upwards; a flawed answer goes on to the next of them."""

    targets: tuple[Target, ...]
    task: str
    complexity: float
    confidence: float
    band: str
    reason: str
    map_version: int
    baseline: Model
    signals: tuple[Signal, ...] = ()
    net: tuple[str, ...] = ()

"""The breakers of this container, one for each model in its region."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pointsman.domain import Model, Target
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.invoke.breaker import Breaker, Permit, Verdict
from pointsman.invoke.ledger import Call

PATIENCE = 10.0
"""Seconds. A call that was given less than this, and less than its tier's timeout, was cut short by the request's
deadline: that it failed to answer or to connect in time says nothing about the model."""

_CALLERS_FAULT = {UpstreamKind.BAD_REQUEST, UpstreamKind.CONTEXT_TOO_LONG, UpstreamKind.CONTENT_FILTERED}
_SLOW = {UpstreamKind.TIMEOUT, UpstreamKind.UNAVAILABLE}


def verdict(error: PointsmanError, call: Call) -> Verdict:
    """What a failed call says about its model."""
    if not isinstance(error, UpstreamError):
        return Verdict.NEUTRAL
    if error.kind in _CALLERS_FAULT:
        return Verdict.WELL
    cut_short = call.timeout < min(call.target.timeout, PATIENCE)
    return Verdict.NEUTRAL if cut_short and error.kind in _SLOW else Verdict.ILL


class Breakers:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[str, Breaker] = {}

    def of(self, model: Model) -> Breaker:
        name = _name(model)
        if name not in self._known:
            self._known[name] = Breaker(self._clock)
        return self._known[name]

    def admit(self, model: Model) -> Permit | None:
        return self.of(model).admit()

    def settle(self, model: Model, permit: Permit, verdict: Verdict, retry_after: float | None = None) -> None:
        self.of(model).settle(permit, verdict, retry_after)

    def least_bad(self, targets: Sequence[Target]) -> Target:
        """The one whose breaker opens the soonest."""
        return min(targets, key=lambda target: self.of(target.model).until or 0.0)


def _name(model: Model) -> str:
    return f"{model.provider}/{model.model_id}@{model.endpoint or model.region or 'default'}"

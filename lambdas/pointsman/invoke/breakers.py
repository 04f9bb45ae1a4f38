"""The breakers of this container, one for each model in its region, and what other containers found."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pointsman.domain import Model, Target
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.invoke.board import TTL
from pointsman.invoke.breaker import Breaker, Permit, Verdict
from pointsman.invoke.ledger import Call

PATIENCE = 10.0
"""Seconds. A call that was given less than this, and less than its tier's timeout, was cut short by the request's
deadline: that it failed to answer or to connect in time says nothing about the model."""
SPREAD = 2.0
"""Seconds over which containers spread their first probes of a model that another found ill."""

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


class Bulletin(Protocol):
    """What the containers tell each other; both calls return at once."""

    def seen(self) -> Mapping[str, float]: ...

    def post(self, name: str, until: float | None) -> None: ...


class Breakers:
    """`clock` counts seconds and never goes back, `now` is seconds since the epoch."""

    def __init__(
        self,
        clock: Callable[[], float],
        board: Bulletin | None = None,
        *,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._board = board
        self._now = now
        self._jitter = jitter
        self._known: dict[str, Breaker] = {}
        self._told: Mapping[str, float] = {}
        self._ours: dict[str, float] = {}
        """What the board said when last looked at, and what this container posted there."""

    def of(self, model: Model) -> Breaker:
        return self._named(_name(model))

    def admit(self, model: Model) -> Permit | None:
        return self.of(model).admit()

    def settle(self, model: Model, permit: Permit, verdict: Verdict, retry_after: float | None = None) -> None:
        breaker = self.of(model)
        before = breaker.until
        breaker.settle(permit, verdict, retry_after)
        if self._board and breaker.until != before:
            self._tell(self._board, _name(model), breaker.until)

    def least_bad(self, targets: Sequence[Target]) -> Target:
        """The one whose breaker opens the soonest."""
        return min(targets, key=lambda target: self.of(target.model).until or 0.0)

    def rest(self, targets: Sequence[Target]) -> float | None:
        """Seconds until the first of them may be asked again; nothing where one may be now."""
        untils = [self.of(target.model).until for target in targets]
        left = min((until or 0.0) - self._clock() for until in untils)
        return left if left > 0 else None

    def listen(self) -> None:
        """Take over what other containers found since the last time."""
        if not self._board:
            return
        seen = self._board.seen()
        for name, until in seen.items():
            left = until - self._now()
            if left > 0 and until not in (self._told.get(name), self._ours.get(name)):
                breaker = self._named(name)
                when = self._clock() + left + SPREAD * self._jitter()
                breaker.open_until(max(when, breaker.until or 0.0))
        for name in self._told.keys() - seen.keys():
            self._named(name).try_now()
        self._told = seen

    def _tell(self, board: Bulletin, name: str, until: float | None) -> None:
        """Only of an outage long enough for others to hear of it, and of its end."""
        left = 0.0 if until is None else until - self._clock()
        if left >= TTL:
            self._ours[name] = float(round(self._now() + left))
            board.post(name, self._ours[name])
        elif until is None and (name in self._told or name in self._ours):
            board.post(name, None)

    def _named(self, name: str) -> Breaker:
        if name not in self._known:
            self._known[name] = Breaker(self._clock)
        return self._known[name]


def _name(model: Model) -> str:
    return f"{model.provider}/{model.model_id}@{model.endpoint or model.region or 'default'}"

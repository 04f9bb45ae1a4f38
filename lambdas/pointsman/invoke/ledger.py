"""What became of each call of one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pointsman.domain import Attempt, ChatRequest, Model, Prices, Target, Usage
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.metering.event import attempt
from pointsman.metering.prices import prices_of
from pointsman.metering.usage import estimate, tokens

ABANDONED = "abandoned"


@dataclass
class Call:
    """One call of one model. `timeout` is in seconds, `started` a time of the clock, `so_far` what the provider has
    counted of it."""

    target: Target
    timeout: float
    started: float
    so_far: Usage | None = None


@dataclass
class Ledger:
    """The attempts of one request, which came at the time `began`, in the order in which they ended; `answer` is the
    one whose words the client gets, `skipped` are the aliases that were passed over, their breakers being open.
    `models` are the map's: a provider that chose among several is charged at the price of the one that it says has
    answered."""

    request: ChatRequest
    clock: Callable[[], float] = time.monotonic
    began: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)
    answer: Attempt | None = None
    skipped: list[str] = field(default_factory=list)
    models: Mapping[str, Model] = field(default_factory=dict)

    def record_answer(
        self, call: Call, outcome: str, usage: Usage, served_by: str | None, service_tier: str | None = None
    ) -> None:
        """The call whose words the client got, all or some of them. One that another model answered, of unknown price,
        is charged as the target would be, and says so."""
        prices = prices_of(served_by, self.models.values()) if served_by else None
        made = self._attempt(call, outcome, usage, prices, service_tier)
        self.answer = replace(made, unpriced=True) if served_by and prices is None else made
        self.attempts.append(self.answer)

    def fault(self, outcome: str) -> None:
        """The answer was found wanting; it was paid for all the same."""
        assert self.answer
        faulty = replace(self.answer, outcome=outcome)
        self.attempts = [faulty if attempt is self.answer else attempt for attempt in self.attempts]
        self.answer = faulty

    def record_failure(self, call: Call, error: PointsmanError) -> None:
        """A call that timed out or broke off in the midst of its answer may have been billed, so its prompt is charged
        as an estimate unless its tokens were told; a refused one was not."""
        billed = isinstance(error, UpstreamError) and (error.begun or error.kind is UpstreamKind.TIMEOUT)
        usage = call.so_far or (estimate(self.request, "") if billed else None)
        self.attempts.append(self._attempt(call, outcome_of(error), usage))

    def record_abandoned(self, call: Call) -> None:
        """A call that was let go before it answered: its prompt may have been billed."""
        usage = call.so_far or estimate(self.request, "")
        self.attempts.append(self._attempt(call, ABANDONED, usage))

    def estimate(self, call: Call, written: int) -> Usage:
        """What the provider told of the call; what it did not tell, by the bytes that it wrote."""
        rough = replace(estimate(self.request, ""), output=tokens(written))
        told = call.so_far
        return rough if told is None else replace(told, output=max(told.output, rough.output), estimated=True)

    def _attempt(
        self,
        call: Call,
        outcome: str,
        usage: Usage | None,
        prices: Prices | None = None,
        service_tier: str | None = None,
    ) -> Attempt:
        latency = round((self.clock() - call.started) * 1000)
        made = attempt(call.target, outcome, latency, usage, prices, service_tier)
        return replace(made, begun_ms=round((call.started - self.began) * 1000))


def outcome_of(error: PointsmanError) -> str:
    """What an attempt that ended so is called."""
    return str(error.kind if isinstance(error, UpstreamError) else error.code)

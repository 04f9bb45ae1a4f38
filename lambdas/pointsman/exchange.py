"""One request on its way through the app: what is known of it so far, and so what its headers and cost event say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from pointsman.accounts.holds import Hold, Rate
from pointsman.domain import Account, ChatRequest, Chunk, CostEvent, Decision, MapView, Shadow, Target, Usage
from pointsman.errors import RateLimited
from pointsman.invoke import Ledger
from pointsman.invoke.flaws import FLAWS
from pointsman.metering.event import Bill, bill, cost_event
from pointsman.wire.dialect import Envelope

NANO = 1_000_000_000
ANSWERED = {"ok", *FLAWS}


class Exchange:
    """Filled in stage by stage. `finish` sends the cost event, once."""

    def __init__(
        self,
        id: str,
        clock: Callable[[], float],
        now: Callable[[], float],
        emit: Callable[[CostEvent], None] | None,
        stage: str | None = None,
    ) -> None:
        self.id = id
        self.started = clock()
        self._timestamp_ms = round(now() * 1000)
        self._clock = clock
        self._emit = emit
        self._stage = stage
        self._first_chunk_ms: int | None = None
        self.account: Account | None = None
        self.chat: ChatRequest | None = None
        self.view: MapView | None = None
        self.decision: Decision | None = None
        self.hold = Hold()
        self.shadow: Shadow | None = None
        self.target: Target | None = None
        self.ledger: Ledger | None = None
        self.cut: str | None = None
        """Why the host cut its stream short."""
        self.head_went_first = False

    def accept(self, chat: ChatRequest) -> Ledger:
        """The request as it was understood; its attempts will stand in the ledger returned."""
        self.chat = chat
        tags = {"team": self.account.team, "key_id": self.account.key_id} if self.account else {}
        tags |= {"stage": self._stage} if self._stage else {}
        self.ledger = Ledger(replace(chat, tags=tags), self._clock, self.started)
        return self.ledger

    def refused(self, error: RateLimited) -> None:
        """By a rate, which the headers tell."""
        rate = {error.unit: Rate(error.limit, error.remaining)}
        self.hold = Hold(reset=error.retry_after, requests=rate.get("requests"), tokens=rate.get("tokens"))

    @property
    def usage(self) -> Usage | None:
        """What the answer used, as reported or estimated; nothing before there is one."""
        return self.ledger.answer.usage if self.ledger and self.ledger.answer else None

    @property
    def envelope(self) -> Envelope:
        """What the answer says of itself; before a model has answered, of what was asked for."""
        assert self.chat
        model = self.target.model.alias if self.target else self.chat.model
        return Envelope(self.id, model, self._timestamp_ms // 1000, self.chat)

    @property
    def bill(self) -> Bill:
        """What it has cost so far, and what it would have cost at the baseline model."""
        attempts = self.ledger.attempts if self.ledger else []
        return bill(attempts, self.usage, self.decision.baseline if self.decision else None)

    @property
    def reason(self) -> str | None:
        """Why it went where it went, the attempts that failed on the way and the models passed over included."""
        if self.decision is None:
            return None
        attempts = self.ledger.attempts if self.ledger else []
        failed = [f"{each.model.alias} {each.outcome}" for each in attempts if each.outcome not in ANSWERED]
        flawed = [f"{each.model.alias}'s answer {FLAWS[each.outcome]}" for each in attempts if each.outcome in FLAWS]
        skipped = self.ledger.skipped if self.ledger else []
        reason = self.decision.reason
        reason += f"; after {', '.join(failed)}" if failed else ""
        reason += f"; verified: {', '.join(flawed)}" if flawed else ""
        return reason + (f"; passed over for failing lately: {', '.join(skipped)}" if skipped else "")

    def headers(self) -> dict[str, str]:
        """The `x-router-*` headers, as far as the request came. Costs only where the answer is whole."""
        found: dict[str, object] = {"request-id": self.id}
        if self.view:
            found["map-version"] = self.view.map.version
            if self.view.channel:
                found["map-channel"] = self.view.channel
            if self.view.stale:
                found["map-stale"] = self.view.source
        if self.decision:
            found |= {
                "task": self.decision.task,
                "complexity": f"{self.decision.complexity:.3f}",
                "confidence": f"{self.decision.confidence:.3f}",
                "reason": _ascii(self.reason or ""),
            }
        if self.target:
            found |= {"model": self.target.model.alias, "tier": self.target.tier}
        if self.target and self.usage:
            found |= {"cost-usd": usd(self.bill.cost), "baseline-cost-usd": usd(self.bill.baseline)}
        if self.hold.soft:
            found["budget"] = "soft"
        return {f"x-router-{name}": str(value) for name, value in found.items()} | self._rates()

    def _rates(self) -> dict[str, str]:
        """The headers that OpenAI's clients read: the tightest rates, where there are any."""
        rates = {"requests": self.hold.requests, "tokens": self.hold.tokens}
        return {
            f"x-ratelimit-{what}-{unit}": value
            for unit, rate in rates.items()
            if rate
            for what, value in (
                ("limit", str(rate.limit)),
                ("remaining", str(rate.remaining)),
                ("reset", f"{self.hold.reset:.0f}s"),
            )
        }

    def trailer(self) -> str:
        """What a stream says at its end: what its headers could not know."""
        said = f"cost-usd={usd(self.bill.cost)} baseline-cost-usd={usd(self.bill.baseline)} request-id={self.id}"
        if self.head_went_first:
            said += f" model={self.target.model.alias} tier={self.target.tier}" if self.target else ""
            said += f' reason="{_ascii(self.reason or "")}"'
        return said

    async def timed(self, find: Callable[[], Awaitable[tuple[Target, AsyncIterator[Chunk]]]]) -> AsyncIterator[Chunk]:
        """The chunks of the model that is found, as they come, noting when the first did."""
        self.target, chunks = await find()
        async for chunk in chunks:
            if self._first_chunk_ms is None:
                self._first_chunk_ms = self._elapsed_ms()
            yield chunk

    def finish(self, status: int, outcome: str) -> None:
        """Send the cost event; a second call does nothing."""
        emit, self._emit = self._emit, None
        if emit is None:
            return
        emit(
            cost_event(
                request_id=self.id,
                timestamp_ms=self._timestamp_ms,
                status=status,
                outcome=outcome,
                latency_ms=self._elapsed_ms(),
                stream=bool(self.chat and self.chat.stream),
                requested_model=self.chat.model if self.chat else None,
                account=self.account,
                view=self.view,
                decision=self.decision and replace(self.decision, reason=self.reason or ""),
                served=self.target,
                attempts=self.ledger.attempts if self.ledger else (),
                answer=self.ledger.answer if self.ledger else None,
                first_chunk_ms=self._first_chunk_ms,
                breaker_open=len(self.ledger.skipped) if self.ledger else 0,
                shadow=self.shadow,
            )
        )

    def _elapsed_ms(self) -> int:
        return round((self._clock() - self.started) * 1000)


def usd(nano: int) -> str:
    """Nano-dollars as dollars, all nine places: no figure is rounded away."""
    sign = "-" if nano < 0 else ""
    return f"{sign}{abs(nano) // NANO}.{abs(nano) % NANO:09d}"


def _ascii(text: str) -> str:
    """Fit for a header, whatever people named their tiers."""
    return text.encode("ascii", "replace").decode()

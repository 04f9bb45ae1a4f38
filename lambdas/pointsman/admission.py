"""Whether a request may be sent where it was decided to go: what it may cost is reserved, or it is refused."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from heapq import nlargest

from pointsman.accounts.holds import Hold
from pointsman.accounts.quotas import Quotas
from pointsman.domain import Account, Attempt, ChatRequest, Decision, Model, SecondStage, Usage
from pointsman.errors import LimitsUnavailable, QuotaExceeded
from pointsman.metering.prices import cost
from pointsman.metering.usage import estimate

PROMPT_MARGIN = 2
"""A prompt is reserved at twice its estimate, so at two bytes a token: few texts have shorter ones."""
FIRST_OUTPUT = 1_000
"""Tokens taken for an answer of a model that has not answered yet."""
REMEMBERED = 200
PAST_SOFT = "budget past its soft limit"
NO_ROOM = "budget without room for a dearer answer"
"""Why a request that was not pinned went to the cheapest tier."""
USUAL = 0.95
"""Of the last answers of a model, so many were no longer than what is reserved for the next."""


class Expectations:
    """How long each model's answers are, learnt from its last ones; for requests that set no `max_tokens`."""

    def __init__(self) -> None:
        self._outputs: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def learn(self, model: Model, output: int) -> None:
        self._outputs[model.alias].append(output)

    def output(self, model: Model, max_tokens: int | None) -> int:
        """Tokens to reserve for an answer."""
        known = sorted(self._outputs[model.alias])
        usual = known[int(USUAL * (len(known) - 1))] if known else FIRST_OUTPUT
        return min(model.max_output, usual if max_tokens is None else max_tokens)


class Admission:
    """Reserves on a request's key and team, and settles. Without `quotas` it refuses whoever has limits."""

    def __init__(self, quotas: Quotas | None = None) -> None:
        self._quotas = quotas
        self._expected = Expectations()

    async def admit(
        self, account: Account, chat: ChatRequest, decide: Callable[[str | None], Decision]
    ) -> tuple[Decision, Hold]:
        """The decision to follow, and what is reserved for it. `decide`, given a reason to save, makes the frugal
        one, taken where a budget is past its soft limit, or has room for no other. Raises what `Quotas.reserve`
        does."""
        decision = decide(None)
        if not (account.limits.any or account.team_limits.any):
            return decision, Hold()
        if account.limits.soft is None and account.team_limits.soft is None:
            return decision, await self._reserve(account, chat, decision)
        frugal = decide(PAST_SOFT)
        try:
            hold = await self._reserve(account, chat, decision, frugal)
        except QuotaExceeded:
            frugal = decide(NO_ROOM)
            hold = await self._reserve(account, chat, frugal)
            hold.soft = True
        return (frugal if hold.soft else decision), hold

    async def settle(self, hold: Hold, attempts: Sequence[Attempt], n: int = 1) -> None:
        """Put what all attempts, at `n` answers each, used in place of what was reserved."""
        for attempt in attempts:
            if attempt.usage and attempt.outcome == "ok" and attempt.tier != SecondStage.TIER:
                self._expected.learn(attempt.model, attempt.usage.output // n)
        if self._quotas:
            nano = sum(attempt.cost_nano for attempt in attempts)
            used = (attempt.usage for attempt in attempts if attempt.usage)
            await self._quotas.settle(hold, nano, sum(usage.prompt + usage.output for usage in used))

    async def _reserve(self, account: Account, chat: ChatRequest, *decisions: Decision) -> Hold:
        """As many whole answers as may be paid for, of the dearest models that a fallback may lead to."""
        if self._quotas is None:
            raise LimitsUnavailable("This router keeps no limits.")
        prompt = estimate(chat, "").input * PROMPT_MARGIN
        models = {target.model.alias: target.model for decision in decisions for target in decision.targets}
        outputs = {alias: chat.n * self._expected.output(model, chat.max_tokens) for alias, model in models.items()}
        costs = [
            cost(Usage(prompt, outputs[alias]), model.prices, chat.service_tier) for alias, model in models.items()
        ]
        answers = min(len(models), max(map(_answers, decisions)))
        tokens = answers * (prompt // PROMPT_MARGIN) + sum(nlargest(answers, outputs.values()))
        return await self._quotas.reserve(account, sum(nlargest(answers, costs)), tokens)


def _answers(decision: Decision) -> int:
    """How many whole answers a request may get: a hedge asks a second model, and the quality net does it all again."""
    hedged = any(target.hedge_after is not None for target in decision.targets)
    return (2 if hedged else 1) * (2 if len(decision.net) > 1 else 1)

"""The same prompts, decided by two maps: where each goes, and about what it costs. No model is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pointsman.domain import ChatRequest, Decision, Json, Model, TierMap, request_of
from pointsman.errors import RequestError, Unsupported
from pointsman.metering.prices import cost
from pointsman.metering.usage import BYTES_PER_TOKEN, estimate
from pointsman.policy.stickiness import EXPECTED_OUTPUT

MOST_PROMPTS = 200
MOST_CHARACTERS = 20_000
"""Of one prompt."""

Route = Callable[[ChatRequest, TierMap, str], Decision]


def read_prompts(body: Mapping[str, Json]) -> list[str]:
    """Raises `RequestError`."""
    prompts = body.get("prompts")
    if not isinstance(prompts, list) or not all(isinstance(prompt, str) for prompt in prompts):
        raise RequestError("Must be a list of texts.", param="prompts")
    if not 0 < len(prompts) <= MOST_PROMPTS:
        raise RequestError(f"Must hold 1 to {MOST_PROMPTS} prompts.", param="prompts")
    for index, prompt in enumerate(prompts):
        if not 0 < len(prompt) <= MOST_CHARACTERS:
            raise RequestError(f"Must have 1 to {MOST_CHARACTERS:,} characters.", param=f"prompts[{index}]")
    return prompts


def simulate(prompts: Sequence[str], now: TierMap, then: TierMap, route: Route) -> dict[str, Json]:
    """Each prompt under both maps, and what it is expected to cost at the first choice of each."""
    rows = []
    for prompt in prompts:
        request = request_of(prompt)
        rows.append({"now": _decided(request, now, route), "then": _decided(request, then, route)})
    totals = {side: sum(row[side]["cost_nano"] for row in rows) for side in ("now", "then")}
    moved = sum(row["now"]["model"] != row["then"]["model"] for row in rows)
    return {"rows": rows, "moved": moved, "cost_nano": totals, "output_tokens": EXPECTED_OUTPUT}


def _decided(request: ChatRequest, tier_map: TierMap, route: Route) -> dict[str, Json]:
    try:
        decision = route(request, tier_map, "simulate")
    except Unsupported as error:
        return {"model": None, "tier": None, "task": None, "complexity": None, "cost_nano": 0, "problem": error.message}
    first = decision.targets[0]
    return {
        "model": first.model.alias,
        "tier": first.tier,
        "task": decision.task,
        "complexity": decision.complexity,
        "cost_nano": expected_cost(request, first.model),
    }


def expected_cost(request: ChatRequest, model: Model) -> int:
    """Nano-dollars for the estimated tokens of a request that was not sent and an answer of `EXPECTED_OUTPUT`."""
    return cost(estimate(request, "x" * BYTES_PER_TOKEN * EXPECTED_OUTPUT), model.prices)

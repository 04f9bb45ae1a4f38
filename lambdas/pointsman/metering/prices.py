"""Tokens × prices, in whole nano-dollars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pointsman.domain import Model, Prices, Usage

PER = 1_000_000
"""Prices are for so many tokens."""

STANDARD = frozenset({None, "default", "standard", "auto", "on_demand"})
"""What vendors call the service tier of their list prices."""


def cost(usage: Usage, prices: Prices, service_tier: str | None = None) -> int:
    """What `usage` costs at `prices`, in nano-dollars, rounded half up once.

    A kind of token for which the model has no price of its own is charged as the plain input or output that it is, a
    service tier without prices at the list prices: `unpriced` tells.
    """
    at = _applicable(usage, prices, service_tier)
    total = sum(tokens * (plain if price is None else price) for tokens, price, plain in _kinds(usage, at))
    return (total + PER // 2) // PER


def unpriced(usage: Usage, prices: Prices, service_tier: str | None = None) -> bool:
    """Whether `cost` had to let another price stand in: for cached tokens, or for a whole service tier."""
    at = _applicable(usage, prices, service_tier)
    cached = ((usage.cache_read, at.cache_read), *_writes(usage, at))
    unknown_tier = service_tier not in STANDARD and service_tier not in prices.service_tiers
    return unknown_tier or any(tokens and price is None for tokens, price in cached)


def prices_of(served_by: str, models: Iterable[Model]) -> Prices | None:
    """The prices of the model with this id, where one of `models` has it: as it stands, or through any geography's
    inference profile (`us.` + id), the whole ids first."""
    known = {model.model_id: model.prices for model in reversed([*models])}
    behind = {id.partition(".")[2]: prices for id, prices in known.items()} | known
    return behind.get(served_by) or behind.get(served_by.partition(".")[2])


def _applicable(usage: Usage, prices: Prices, service_tier: str | None) -> Prices:
    """The prices of the service tier and, for a prompt above the limit, of its long-context step: they are for the
    whole request then, not for the tokens above."""
    chosen = prices.service_tiers.get(service_tier, prices) if service_tier else prices
    long = chosen.long_context
    return long.prices if long and usage.prompt > long.above else chosen


def _kinds(usage: Usage, at: Prices) -> Iterator[tuple[int, int | None, int]]:
    """Tokens, their own price, and the one that stands in for it."""
    image, reasoning = min(usage.image or 0, usage.input), min(usage.reasoning or 0, usage.output)
    yield usage.input - image, at.input, at.input
    yield image, at.image, at.input
    yield usage.output - reasoning, at.output, at.output
    yield reasoning, at.reasoning, at.output
    yield usage.cache_read or 0, at.cache_read, at.input
    for tokens, price in _writes(usage, at):
        yield tokens or 0, price, at.input


def _writes(usage: Usage, at: Prices) -> tuple[tuple[int | None, int | None], ...]:
    return (usage.cache_write_5m, at.cache_write_5m), (usage.cache_write_1h, at.cache_write_1h)

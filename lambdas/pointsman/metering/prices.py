"""Tokens × prices, in whole nano-dollars."""

from __future__ import annotations

from collections.abc import Iterable

from pointsman.domain import Model, Prices, Usage

PER = 1_000_000
"""Prices are for so many tokens."""


def cost(usage: Usage, prices: Prices) -> int:
    """What `usage` costs at `prices`, in nano-dollars, rounded half up once.

    A kind of cached token for which the model has no price of its own is charged as plain input. Reasoning tokens are
    already part of the output.
    """
    total = usage.input * prices.input + usage.output * prices.output
    for tokens, price in (
        (usage.cache_read, prices.cache_read),
        (usage.cache_write_5m, prices.cache_write_5m),
        (usage.cache_write_1h, prices.cache_write_1h),
    ):
        total += (tokens or 0) * (prices.input if price is None else price)
    return (total + PER // 2) // PER


def prices_of(served_by: str, models: Iterable[Model]) -> Prices | None:
    """The prices of the model with this id, where one of `models` has it: as it stands, or through any geography's
    inference profile (`us.` + id), the whole ids first."""
    known = {model.model_id: model.prices for model in reversed([*models])}
    behind = {id.partition(".")[2]: prices for id, prices in known.items()} | known
    return behind.get(served_by) or behind.get(served_by.partition(".")[2])

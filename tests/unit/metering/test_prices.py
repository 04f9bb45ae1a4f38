"""Costs are exact, additive and monotone."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import LongContext, Prices, Usage
from pointsman.metering.prices import STANDARD, cost, prices_of, unpriced
from tests.fakes import model

counts = st.integers(0, 10**9)
nano = st.integers(0, 10**12)
usages = st.builds(Usage, counts, counts, *[st.none() | counts] * 4)
prices = st.builds(Prices, nano, nano, *[st.none() | nano] * 3)
LONG = LongContext(200_000, Prices(2 * 10**9, 20 * 10**9, cache_read=2 * 10**8))
STEPPED = Prices(
    10**9,
    10 * 10**9,
    cache_read=10**8,
    image=3 * 10**9,
    reasoning=4 * 10**9,
    long_context=LONG,
    service_tiers={"flex": Prices(5 * 10**8, 5 * 10**9)},
)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(0, 0), 0),
        (Usage(1_000, 100), 4_500_000),
        (Usage(0, 0, cache_read=1_000), 300_000),
        (Usage(0, 0, cache_write_5m=1_000), 3_750_000),
        (Usage(0, 0, cache_write_1h=1_000), 3_000_000),
        (Usage(1_000, 100, cache_read=1_000, reasoning=90), 4_800_000),
    ],
    ids=["nothing", "plain", "read", "write", "write-without-price", "all"],
)
def test_each_kind_has_its_price(usage: Usage, expected: int) -> None:
    """Sonnet's list prices: 3, 15, 0.30 and 3.75 USD per million; a write for an hour is without a price here."""
    assert cost(usage, Prices(3 * 10**9, 15 * 10**9, cache_read=3 * 10**8, cache_write_5m=3_750_000_000)) == expected


@pytest.mark.parametrize(("tokens", "expected"), [(1, 0), (2, 1), (3, 1), (5, 1), (6, 2)])
def test_a_cost_is_rounded_half_up_once(tokens: int, expected: int) -> None:
    assert cost(Usage(tokens, 0), Prices(250_000, 0)) == expected


@given(usages, prices)
def test_a_cost_is_what_decimals_say(usage: Usage, price: Prices) -> None:
    kinds = [
        (usage.input, price.input),
        (usage.output, price.output),
        (usage.cache_read, price.cache_read),
        (usage.cache_write_5m, price.cache_write_5m),
        (usage.cache_write_1h, price.cache_write_1h),
    ]
    exact = sum(
        (Decimal(tokens or 0) * Decimal(price.input if rate is None else rate) for tokens, rate in kinds), Decimal(0)
    )
    assert cost(usage, price) == int((exact / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))


@given(usages, usages, prices)
def test_costs_add_up_to_within_a_rounding(a: Usage, b: Usage, price: Prices) -> None:
    both = Usage(
        a.input + b.input,
        a.output + b.output,
        (a.cache_read or 0) + (b.cache_read or 0),
        (a.cache_write_5m or 0) + (b.cache_write_5m or 0),
        (a.cache_write_1h or 0) + (b.cache_write_1h or 0),
    )
    assert abs(cost(both, price) - cost(a, price) - cost(b, price)) <= 1


@given(usages, prices, st.sampled_from(["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"]), counts)
def test_more_tokens_never_cost_less(usage: Usage, price: Prices, kind: str, more: int) -> None:
    changes: Any = {kind: (getattr(usage, kind) or 0) + more}
    grown = replace(usage, **changes)
    assert cost(grown, price) >= cost(usage, price) >= 0


@given(usages, prices, counts)
def test_reasoning_is_not_charged_twice(usage: Usage, price: Prices, reasoning: int) -> None:
    assert cost(replace(usage, reasoning=reasoning), price) == cost(usage, price)


@pytest.mark.parametrize(
    ("usage", "tier", "expected"),
    [
        (Usage(200_000, 0), None, 200_000_000),
        (Usage(200_001, 0), None, 400_002_000),
        (Usage(150_000, 1_000, cache_read=60_000), None, 300_000_000 + 20_000_000 + 12_000_000),
        (Usage(1_000, 1_000), "flex", 500_000 + 5_000_000),
        (Usage(1_000, 1_000), "default", 1_000_000 + 10_000_000),
        (Usage(1_000, 1_000), "priority", 1_000_000 + 10_000_000),
        (Usage(300_000, 0), "flex", 150_000_000),
        (Usage(1_000, 0, image=400), None, 600_000 + 1_200_000),
        (Usage(0, 1_000, reasoning=400), None, 6_000_000 + 1_600_000),
        (Usage(0, 1_000, reasoning=4_000), None, 4_000_000),
    ],
    ids=["at", "above", "cached", "flex", "default", "unknown-tier", "long-flex", "image", "reasoning", "too-much"],
)
def test_steps_tiers_and_kinds_charged_apart(usage: Usage, tier: str | None, expected: int) -> None:
    assert cost(usage, STEPPED, tier) == expected


@given(usages, st.sampled_from(["input", "output", "cache_read", "cache_write_1h"]), counts)
def test_more_tokens_never_cost_less_across_a_step(usage: Usage, kind: str, more: int) -> None:
    """Where, as in every list, the step above is the dearer one, and thinking is not the cheaper kind of output."""
    steps = replace(STEPPED, reasoning=None)
    changes: Any = {kind: (getattr(usage, kind) or 0) + more}
    assert cost(replace(usage, **changes), steps) >= cost(usage, steps)


@pytest.mark.parametrize(
    ("usage", "tier", "expected"),
    [
        (Usage(9, 9, cache_read=9), None, False),
        (Usage(9, 9, cache_write_5m=0), None, False),
        (Usage(9, 9, cache_write_5m=9), None, True),
        (Usage(9, 9, cache_write_1h=9), None, True),
        (Usage(9, 9), "priority", True),
        (Usage(9, 9), "flex", False),
        (Usage(9, 9, cache_read=9), "flex", True),
    ],
)
def test_a_price_that_stands_in_for_another_is_told(usage: Usage, tier: str | None, expected: bool) -> None:
    assert unpriced(usage, STEPPED, tier) is expected


def test_the_list_prices_tier_has_many_names() -> None:
    assert not any(unpriced(Usage(9, 9), STEPPED, name) for name in STANDARD)


def test_a_model_that_answered_in_anothers_place_is_found_by_its_id_or_its_profiles() -> None:
    known = [model("a"), replace(model("b", usd_in=7), model_id="us.anthropic.claude-haiku-4-5")]
    assert prices_of("vendor.a", known) == known[0].prices
    assert prices_of("us.anthropic.claude-haiku-4-5", known) == known[1].prices
    assert prices_of("eu.anthropic.claude-haiku-4-5", known) == known[1].prices
    assert prices_of("anthropic.claude-haiku-4-5", known) == known[1].prices
    assert prices_of("anthropic.claude-opus-4-7", known) is None

"""Every list price says where it is from; a service tier or a step is never cheaper than its vendor's rules allow."""

from __future__ import annotations

from datetime import date

import pytest

from pointsman.providers.registry import PROVIDERS
from pointsman.tiermap.catalogue import Listing, catalogue, listing
from pointsman.tiermap.compile import compile_map
from tests.unit.tiermap.conftest import Items

LISTINGS = list(catalogue().values())


@pytest.mark.parametrize("entry", LISTINGS, ids=lambda entry: f"{entry.provider} {entry.model_id}")
def test_a_listing_is_dated_and_sourced_and_its_prices_make_sense(entry: Listing) -> None:
    assert entry.provider in PROVIDERS
    assert date.fromisoformat(entry.date) <= date(2026, 11, 25)
    assert entry.source
    prices = entry.prices
    assert 0 < prices.input < prices.output
    assert prices.cache_read is None or prices.cache_read < prices.input
    for name, tier in prices.service_tiers.items():
        assert (tier.input < prices.input) == (name in {"batch", "flex"})
    if prices.long_context:
        assert prices.long_context.input >= prices.input
        assert prices.long_context.output >= prices.output


def test_scopes_have_their_own_prices() -> None:
    found = [listing("bedrock", f"{scope}.anthropic.claude-sonnet-4-6") for scope in ("global", "eu")]
    assert [entry.prices.input * 10 for entry in found if entry] == [30, 33]
    assert listing("bedrock", "global.anthropic.claude-sonnet-4-6", "eu-west-1") == found[0]
    assert listing("openai", "global.anthropic.claude-sonnet-4-6") is None


def test_an_item_may_override_the_catalogue(seed: Items) -> None:
    seed["MODEL#nova-lite"]["prices"] = {"input": 0.05, "output": 0.2}
    tier_map = compile_map(list(seed.values()), version=1, author="", published_at="")
    assert tier_map.models["nova-lite"].prices.input == 50_000_000
    assert tier_map.models["nova-micro"].prices.input == 35_000_000
    assert (tier_map.models["nova-micro"].price_version or "").startswith("2026-11-25.")

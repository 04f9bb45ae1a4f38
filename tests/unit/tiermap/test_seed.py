from __future__ import annotations

import pytest

from pointsman.domain import Task
from pointsman.providers.registry import PROVIDERS, VENDORS
from pointsman.tiermap.compile import compile_map
from pointsman.tiermap.seed import packaged_map, seed_items


def test_the_packaged_map_is_version_0_and_only_bedrock_is_enabled() -> None:
    tier_map = packaged_map()
    assert tier_map.version == 0
    for model in tier_map.models.values():
        assert model.enabled == (model.provider == "bedrock")
        assert model.enabled or model.secret == f"{model.provider}-api-key"


def test_every_provider_is_one_that_the_router_knows() -> None:
    compile_map(seed_items(), version=0, author="", published_at="", providers=PROVIDERS)
    assert {model.provider for model in packaged_map().models.values()} <= {"bedrock", *VENDORS}


@pytest.mark.parametrize(
    ("alias", "usd_in", "usd_out"),
    [
        ("haiku-4.5", 1, 5),
        ("sonnet-4.6", 3, 15),
        ("opus-4.7", 5, 25),
        ("nova-lite", 0.06, 0.24),
        ("gpt-5.4", 2.5, 15),
        ("gpt-5.4-mini", 0.75, 4.5),
        ("gpt-5.4-nano", 0.2, 1.25),
    ],
)
def test_prices_are_the_list_prices(alias: str, usd_in: float, usd_out: float) -> None:
    prices = packaged_map().models[alias].prices
    assert (prices.input, prices.output) == (round(usd_in * 10**9), round(usd_out * 10**9))


def test_anthropics_cache_prices_follow_its_multipliers() -> None:
    for alias in ("haiku-4.5", "sonnet-4.6", "opus-4.7"):
        prices = packaged_map().models[alias].prices
        assert prices.cache_read == prices.input // 10
        assert prices.cache_write_5m == prices.input * 5 // 4
        assert prices.cache_write_1h == prices.input * 2


def test_no_price_is_written_twice() -> None:
    models = [item for item in seed_items() if item["sk"].startswith("MODEL#")]
    assert models
    assert not any("prices" in item for item in models)


def test_a_harder_band_never_goes_to_a_lower_tier() -> None:
    tier_map = packaged_map()
    order = ["economy", "standard", "premium"]
    assert set(tier_map.routes) <= {"*", *Task}
    for route in tier_map.routes.values():
        ranks = [order.index(route.tiers[band.name]) for band in tier_map.settings.bands]
        assert ranks == sorted(ranks), route.task

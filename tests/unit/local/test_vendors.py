"""A vendor whose key is at hand takes part, first in its tiers; without keys the map is the seed's."""

from __future__ import annotations

import pytest

from local.vendors import LOCAL_ALIAS, with_local_model, with_real_models
from pointsman.domain import TierMap
from pointsman.providers.registry import PROVIDERS
from pointsman.tiermap.compile import compile_map
from pointsman.tiermap.seed import seed_items


def compiled(items: list[dict[str, object]]) -> TierMap:
    return compile_map(items, version=1, author="", published_at="", providers=PROVIDERS)


def test_without_keys_nothing_changes() -> None:
    assert with_real_models(seed_items(), {"OPENAI_API_KEY": ""}) == (seed_items(), {})


@pytest.mark.parametrize(
    ("variable", "first"),
    [
        ("OPENAI_API_KEY", {"economy": "gpt-5.4-nano", "standard": "gpt-5.4-mini", "premium": "gpt-5.4"}),
        ("GEMINI_API_KEY", {"economy": "gemini-flash-lite", "standard": "gemini-flash", "premium": "gemini-pro"}),
        ("ANTHROPIC_API_KEY", {"economy": "nova-lite", "standard": "haiku-4.5", "premium": "sonnet-4.6"}),
    ],
)
def test_a_key_puts_its_vendor_first(variable: str, first: dict[str, str]) -> None:
    items, secrets = with_real_models(seed_items(), {variable: "the-key"})
    tier_map = compiled(items)
    assert {name: tier.candidates[0].model for name, tier in tier_map.tiers.items()} == first
    chosen = tier_map.models[first["standard"]]
    assert chosen.enabled
    assert chosen.secret
    assert secrets == {chosen.secret: "the-key"}


def test_claude_is_asked_at_anthropics_own_address() -> None:
    items, _ = with_real_models(seed_items(), {"ANTHROPIC_API_KEY": "k"})
    models = compiled(items).models
    assert {models[alias].model_id for alias in ("haiku-4.5", "sonnet-4.6", "opus-4.7")} == {
        "claude-haiku-4-5",
        "claude-sonnet-4-6",
        "claude-opus-4-7",
    }
    assert {models[alias].provider for alias in ("haiku-4.5", "sonnet-4.6", "opus-4.7")} == {"anthropic"}


def test_the_model_on_this_machine_leads_the_economy_tier() -> None:
    tier_map = compiled(with_local_model(seed_items(), "http://127.0.0.1:1/v1"))
    assert tier_map.tiers["economy"].candidates[0].model == LOCAL_ALIAS
    assert tier_map.models[LOCAL_ALIAS].endpoint == "http://127.0.0.1:1/v1"

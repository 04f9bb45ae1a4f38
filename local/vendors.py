"""Real models in the demonstration's map: those of the vendors whose keys are at hand, and one on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pointsman.domain import Json

Item = dict[str, Json]

LOCAL_ALIAS = "gemma3-270m-local"
LOCAL_OUTPUT = 256
"""Tokens that it writes in a few seconds on two cores; it knows of no end and would go on for ever."""


@dataclass(frozen=True)
class Vendor:
    """An external vendor that takes part where its key is in the environment. `secret` holds the key in AWS;
    `adapt` makes one of its models of an item of the seed, or gives nothing where the item is no model of its."""

    variable: str
    secret: str
    adapt: Callable[[Item], Item | None]


def _of(provider: str) -> Callable[[Item], Item | None]:
    return lambda item: item if item.get("provider") == provider else None


def _claude(item: Item) -> Item | None:
    """The seed's Claude on Bedrock, asked at Anthropic itself."""
    found = re.search(r"anthropic\.(claude-[a-z]+-\d-\d)", str(item.get("model_id", "")))
    if not found:
        return None
    return item | {"provider": "anthropic", "secret": "anthropic-api-key", "model_id": found[1]}


VENDORS = (
    Vendor("OPENAI_API_KEY", "openai-api-key", _of("openai")),
    Vendor("GEMINI_API_KEY", "gemini-api-key", _of("gemini")),
    Vendor("ANTHROPIC_API_KEY", "anthropic-api-key", _claude),
)


def with_real_models(items: list[Item], environment: Mapping[str, str]) -> tuple[list[Item], dict[str, str]]:
    """The items with the vendors' models enabled and first in their tiers, and the secrets that these need."""
    secrets = {}
    for vendor in VENDORS:
        if key := environment.get(vendor.variable):
            secrets[vendor.secret] = key
            items = _preferring(items, vendor.adapt)
    return items, secrets


def with_local_model(items: list[Item], endpoint: str) -> list[Item]:
    """The items with the model that is served on this machine, first in the economy tier."""
    model: Item = {
        "pk": "DRAFT",
        "sk": f"MODEL#{LOCAL_ALIAS}",
        "provider": "llama_cpp",
        "model_id": LOCAL_ALIAS,
        "endpoint": endpoint,
        "context_window": 8_192,
        "max_output": LOCAL_OUTPUT,
        "capabilities": ["streaming"],
        "prices": {"input": Decimal(0), "output": Decimal(0)},
        "price_source": "runs on this machine",
    }
    economy = next(item for item in items if item["sk"] == "TIER#economy")
    first = economy | {"candidates": [LOCAL_ALIAS, *economy["candidates"]]}
    return [first if item is economy else item for item in items] + [model]


def _preferring(items: list[Item], adapt: Callable[[Item], Item | None]) -> list[Item]:
    adapted = {item["sk"]: made | {"enabled": True} for item in items if (made := adapt(item))}
    aliases = {key.removeprefix("MODEL#") for key in adapted}
    return [_first(aliases, adapted.get(item["sk"], item)) for item in items]


def _first(aliases: set[str], item: Item) -> Item:
    """A tier with these models moved to its front; any other item as it is."""
    if not item["sk"].startswith("TIER#"):
        return item
    return item | {"candidates": sorted(item["candidates"], key=lambda alias: alias not in aliases)}

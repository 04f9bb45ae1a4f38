"""The names that a request may ask for."""

from __future__ import annotations

from pointsman.domain import TierMap


def names(tier_map: TierMap) -> dict[str, str]:
    """`auto`, the tiers, and the aliases of enabled models; each with who owns it."""
    found = {"auto": "pointsman"}
    found |= {f"tier:{name}": "pointsman" for name in tier_map.tiers}
    return found | {model.alias: model.provider for model in tier_map.models.values() if model.enabled}

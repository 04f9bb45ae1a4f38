"""The names that a request may ask for."""

from __future__ import annotations

from pointsman.domain import TierMap


def names(tier_map: TierMap) -> dict[str, str]:
    """`auto`, the tiers, the aliases of enabled models, and the synonyms of all these; each with who owns it."""
    found = {"auto": "pointsman"}
    found |= {f"tier:{name}": "pointsman" for name in tier_map.tiers}
    found |= {model.alias: model.provider for model in tier_map.models.values() if model.enabled}
    return found | {name: found.get(meant, "pointsman") for name, meant in tier_map.settings.synonyms.items()}

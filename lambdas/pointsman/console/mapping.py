"""A tier map as the console shows it and takes it back: all that routes and prices, no address and no secret's name."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pointsman.domain import Json, TierMap
from pointsman.errors import MapError, RequestError
from pointsman.tiermap import snapshot

HIDDEN = ("endpoint", "secret", "guardrail", "profiles")
"""Fields of a model that say where, by which secret and on whose account it is asked."""


def shown(tier_map: TierMap) -> dict[str, Json]:
    """The snapshot as JSON, without what is hidden."""
    content: dict[str, Json] = json.loads(snapshot.dump(tier_map))
    for model in content["models"].values():
        for name in HIDDEN:
            del model[name]
    return content


def edited(content: Mapping[str, Json]) -> TierMap:
    """The map that somebody made of one that was shown. Raises `RequestError` naming what is wrong with it."""
    try:
        tier_map = snapshot.load(json.dumps(content))
    except MapError as error:
        raise RequestError(error.message, param="map") from None
    for path, name, known in _references(tier_map):
        if name not in known:
            raise RequestError(f"{path}: there is no {name[:64]!r}.", param="map")
    for name in tier_map.tiers:
        _check_escalation(name, tier_map)
    return tier_map


def _references(tier_map: TierMap) -> list[tuple[str, str, Mapping[str, object]]]:
    """Each name that must lead somewhere: where it stands, the name, and what there is."""
    models, tiers, settings = tier_map.models, tier_map.tiers, tier_map.settings
    bands = {band.name: band for band in settings.bands}
    default = tier_map.routes["*"].tiers if "*" in tier_map.routes else {}
    found = [("settings.baseline_model", settings.baseline_model, models), ("routes", "*", tier_map.routes)]
    found += [(f"routes.*.tiers.{band}", band, default) for band in bands]
    for name, tier in tier_map.tiers.items():
        found += [(f"tiers.{name}.candidates", candidate.model, models) for candidate in tier.candidates]
        found += [(f"tiers.{name}.escalate_to", tier.escalate_to, tiers)] if tier.escalate_to else []
    for task, route in tier_map.routes.items():
        found += [(f"routes.{task}.tiers", band, bands) for band in route.tiers]
        found += [(f"routes.{task}.tiers.{band}", tier, tiers) for band, tier in route.tiers.items()]
    return found


def _check_escalation(name: str, tier_map: TierMap) -> None:
    passed: list[str] = []
    step: str | None = name
    while step is not None:
        if step in passed:
            raise RequestError(f"tiers.{name}.escalate_to: leads in a circle.", param="map")
        passed.append(step)
        step = tier_map.tiers[step].escalate_to
    if not any(tier_map.models[one.model].enabled for at in passed for one in tier_map.tiers[at].candidates):
        raise RequestError(f"tiers.{name}.candidates: none is enabled, here or above.", param="map")

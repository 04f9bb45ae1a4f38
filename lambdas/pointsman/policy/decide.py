"""The models to try for a request, best first, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pointsman.domain import (
    Band,
    Candidate,
    Capability,
    ChatRequest,
    Classification,
    Decision,
    Model,
    Route,
    Target,
    Tier,
    TierMap,
)
from pointsman.errors import UnknownModel
from pointsman.policy.needs import needs, obstacle, prompt_tokens, refusal, signer
from pointsman.policy.stickiness import escalation, hold, turns

AUTO = "auto"
TIER_PREFIX = "tier:"
DEFAULT_TASK = "*"
PINNED = "pinned"
"""The tier of a pinned model that is in none."""


def decide(
    request: ChatRequest,
    classification: Classification,
    tier_map: TierMap,
    *,
    seed: str,
    earlier: Sequence[Classification] = (),
    frugal: str | None = None,
) -> Decision:
    """Choose the models to try for a request, best first.

    `seed`, the conversation's id, draws among weighted candidates. `earlier` holds what the classifier says of the
    user's turns before the last (`to_classify`). `frugal`, the reason to save, takes what is not pinned to the
    cheapest tier that can serve it. Raises `UnknownModel` where `request.model` names nothing in the map,
    `Unsupported` where nothing that it names can serve the request.
    """
    request = meant(request, tier_map)
    _, band = _bands(classification, tier_map)
    tiers, reason = _tiers(request, [*earlier, classification], tier_map, seed)
    if frugal and request.model == AUTO:
        tiers, reason = cheapest_first(tier_map), f"{reason}; {frugal}: cheapest tier"
    way_up = tuple(tier.name for tier in tiers)
    required, tokens, family = needs(request), prompt_tokens(request), signer(request)
    if (family or Capability.CHOICES in required) and request.model == AUTO:
        tiers += [tier for tier in tier_map.tiers.values() if tier not in tiers]  # better a lower one than none
    capable: list[Target] = []
    obstacles: list[str] = []
    for tier, model in _models(tiers, tier_map, seed):
        hindrance = obstacle(model, required, tokens, request.max_tokens, family)
        if hindrance:
            obstacles.append(f"{model.alias} {hindrance}")
        elif all(target.model.alias != model.alias for target in capable):
            capable.append(_target(model, tier))
    if not capable:
        raise refusal(request, [model for _, model in _models(tiers, tier_map, seed)], required, family)
    if frugal and request.model == AUTO:
        capable = [target for target in capable if target.tier == capable[0].tier]
    if family and obstacles:
        reason += f"; stays with {family}, which signed thoughts in this conversation"
    elif capable[0].tier != tiers[0].name:
        reason += f"; escalated: {obstacles[0]}"
    return Decision(
        targets=tuple(capable),
        task=classification.task,
        complexity=classification.complexity,
        confidence=classification.confidence,
        band=band.name,
        reason=reason,
        map_version=tier_map.version,
        baseline=tier_map.models[tier_map.settings.baseline_model],
        signals=classification.signals,
        net=way_up if request.model == AUTO and _route(classification, tier_map).verify else (),
    )


def meant(request: ChatRequest, tier_map: TierMap) -> ChatRequest:
    """The request by the name that the map knows: a synonym is what it means."""
    return replace(request, model=tier_map.settings.synonyms.get(request.model, request.model))


def to_classify(request: ChatRequest, tier_map: TierMap) -> list[ChatRequest]:
    """The user's turns whose classifications the decision needs, each as the request that it was, the last one last."""
    found = [turn.request for turn in turns(request)]
    return found if meant(request, tier_map).model == AUTO and tier_map.settings.sticky_turns else found[-1:]


def _target(model: Model, tier: Tier) -> Target:
    return Target(model, tier.name, tier.timeout, tier.attempts, tier.idle_timeout, tier.hedge_after)


def _bands(classification: Classification, tier_map: TierMap) -> tuple[Band, Band]:
    """The band of the complexity, and the one to decide by: in doubt the next that leads to another tier, if any."""
    bands = tier_map.settings.bands
    ends = [band.forms.get(classification.form, band.below) for band in bands]
    index = next((i for i, end in enumerate(ends) if classification.complexity < end), len(bands) - 1)
    found = bands[index]
    if classification.confidence >= tier_map.settings.min_confidence:
        return found, found
    tier = _tier(found, classification, tier_map)
    others = (band for band in bands[index + 1 :] if _tier(band, classification, tier_map) != tier)
    return found, next(others, found)


def _tiers(
    request: ChatRequest, classifications: Sequence[Classification], tier_map: TierMap, seed: str
) -> tuple[list[Tier], str]:
    """The tiers to go through in order, and why. A pinned model is a tier of its own."""
    name = request.model
    if name == AUTO:
        wanted = [_wanted(classification, tier_map) for classification in classifications]
        recent = turns(request)[-len(wanted) :]
        held, note = hold(recent, wanted, tier_map, lambda tier: next(_models([tier], tier_map, seed))[1])
        return list(escalation(held, tier_map)), _why(classifications[-1], tier_map) + note
    if name.startswith(TIER_PREFIX) and (tier := tier_map.tiers.get(name.removeprefix(TIER_PREFIX))):
        return list(escalation(tier, tier_map)), f"pinned to tier {tier.name}"
    if (model := tier_map.models.get(name)) and model.enabled:
        home = next((t for t in tier_map.tiers.values() if any(c.model == name for c in t.candidates)), None)
        timeout, attempts = (home.timeout, home.attempts) if home else (tier_map.settings.deadline, 1)
        tier_name = home.name if home else PINNED
        return [Tier(tier_name, (Candidate(name),), timeout, attempts)], f"pinned to model {name}"
    what = "is disabled in the tier map" if model else "does not exist"
    raise UnknownModel(
        f"The model '{name}' {what}. Use 'auto', 'tier:<name>' or a name listed by GET /v1/models.", param="model"
    )


def cheapest_first(tier_map: TierMap) -> list[Tier]:
    """The tiers by the output price of the model that each prefers."""
    return sorted(tier_map.tiers.values(), key=lambda tier: tier_map.models[tier.candidates[0].model].prices.output)


def _route(classification: Classification, tier_map: TierMap) -> Route:
    return tier_map.routes.get(classification.task, tier_map.routes[DEFAULT_TASK])


def _wanted(classification: Classification, tier_map: TierMap) -> Tier:
    """The tier of a turn taken by itself."""
    _, band = _bands(classification, tier_map)
    return tier_map.tiers[_tier(band, classification, tier_map)]


def _tier(band: Band, classification: Classification, tier_map: TierMap) -> str:
    route = _route(classification, tier_map)
    return route.tiers.get(band.name) or tier_map.routes[DEFAULT_TASK].tiers[band.name]


def _why(classification: Classification, tier_map: TierMap) -> str:
    route, (found, band) = _route(classification, tier_map), _bands(classification, tier_map)
    doubt = f", taken for {band.name}: confidence {classification.confidence:.2f}" if band != found else ""
    return f"route {route.task}: complexity {classification.complexity:.2f} is {found.name}{doubt}"


def _models(tiers: list[Tier], tier_map: TierMap, seed: str) -> Iterator[tuple[Tier, Model]]:
    for tier in tiers:
        for candidate in _in_order(tier, seed):
            model = tier_map.models[candidate.model]
            if model.enabled:
                yield tier, model


def _in_order(tier: Tier, seed: str) -> list[Candidate]:
    """The candidates, with the one drawn by weight in front."""
    total = sum(candidate.weight for candidate in tier.candidates)
    if not total:
        return list(tier.candidates)
    draw = int.from_bytes(hashlib.sha256(f"{seed}/{tier.name}".encode()).digest()[:8]) % total
    for candidate in tier.candidates:
        if draw < candidate.weight:
            return [candidate, *(other for other in tier.candidates if other is not candidate)]
        draw -= candidate.weight
    raise AssertionError("a draw below the sum of the weights always falls to a candidate")

"""Classification × tier map × the request's needs → Decision. Pure: the same inputs always give the same decision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pointsman.domain import (
    Band,
    Candidate,
    Capability,
    ChatRequest,
    Classification,
    Decision,
    Image,
    Message,
    Model,
    Route,
    Target,
    Tier,
    TierMap,
    ToolCall,
    ToolResult,
)
from pointsman.errors import UnknownModel, Unsupported

AUTO = "auto"
TIER_PREFIX = "tier:"
DEFAULT_TASK = "*"
CHARACTERS_PER_TOKEN = 3
"""Low on purpose: a prompt taken for longer than it is costs a larger model, one taken for shorter an error."""


def decide(request: ChatRequest, classification: Classification, tier_map: TierMap, *, seed: str) -> Decision:
    """Choose the models to try for a request, best first.

    `seed` (the request's id) draws among weighted candidates. Raises `UnknownModel` where `request.model` names nothing
    in the map, `Unsupported` where nothing that it names can serve the request.
    """
    band = _band(classification, tier_map)
    tiers, reason = _tiers(request, classification, band, tier_map)
    required, tokens = needs(request), prompt_tokens(request)
    capable: list[Target] = []
    obstacles: list[str] = []
    for tier, model in _models(tiers, tier_map, seed):
        obstacle = _obstacle(model, required, tokens, request.max_tokens)
        if obstacle:
            obstacles.append(f"{model.alias} {obstacle}")
        elif all(target.model.alias != model.alias for target in capable):
            capable.append(Target(model, tier.name, tier.timeout, tier.attempts))
    if not capable:
        raise Unsupported(
            f"No model can serve this request: {'; '.join(obstacles) or 'none is enabled'}.", param="model"
        )
    if capable[0].tier != tiers[0].name:
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
    )


def needs(request: ChatRequest) -> frozenset[Capability]:
    """What a model must be able to do to serve this request."""
    parts = [part for message in request.messages for part in message.parts]
    images = any(isinstance(part, Image) for part in parts) or any(
        isinstance(inner, Image) for part in parts if isinstance(part, ToolResult) for inner in part.parts
    )
    found = {
        Capability.TOOLS: bool(request.tools) or any(isinstance(part, ToolCall | ToolResult) for part in parts),
        Capability.VISION: images,
        Capability.JSON_SCHEMA: request.response_format is not None,
        Capability.STREAMING: request.stream,
    }
    return frozenset(capability for capability, needed in found.items() if needed)


def prompt_tokens(request: ChatRequest) -> int:
    """The prompt's tokens, estimated high from its characters; images and tool schemas are not counted."""
    return sum(_characters(message) for message in request.messages) // CHARACTERS_PER_TOKEN


def _characters(message: Message) -> int:
    total = len(message.text)
    for part in message.parts:
        if isinstance(part, ToolCall):
            total += len(part.arguments)
        elif isinstance(part, ToolResult):
            total += sum(len(getattr(inner, "text", "")) for inner in part.parts)
    return total


def _band(classification: Classification, tier_map: TierMap) -> Band:
    bands = tier_map.settings.bands
    index = next((i for i, band in enumerate(bands) if classification.complexity < band.below), len(bands) - 1)
    if classification.confidence < tier_map.settings.min_confidence:
        index = min(index + 1, len(bands) - 1)
    return bands[index]


def _tiers(
    request: ChatRequest, classification: Classification, band: Band, tier_map: TierMap
) -> tuple[list[Tier], str]:
    """The tiers to go through in order, and why. A pinned model is a tier of its own."""
    name = request.model
    if name == AUTO:
        route = tier_map.routes.get(classification.task, tier_map.routes[DEFAULT_TASK])
        chosen = route.tiers.get(band.name) or tier_map.routes[DEFAULT_TASK].tiers[band.name]
        return list(_escalation(tier_map.tiers[chosen], tier_map)), _why(classification, band, route, tier_map)
    if name.startswith(TIER_PREFIX) and (tier := tier_map.tiers.get(name.removeprefix(TIER_PREFIX))):
        return list(_escalation(tier, tier_map)), f"pinned to tier {tier.name}"
    if (model := tier_map.models.get(name)) and model.enabled:
        home = next((t for t in tier_map.tiers.values() if any(c.model == name for c in t.candidates)), None)
        timeout, attempts = (home.timeout, home.attempts) if home else (tier_map.settings.deadline, 1)
        tier_name = home.name if home else "pinned"
        return [Tier(tier_name, (Candidate(name),), timeout, attempts)], f"pinned to model {name}"
    raise UnknownModel(
        "The model does not exist. Use 'auto', 'tier:<name>' or an alias listed by GET /v1/models.", param="model"
    )


def _why(classification: Classification, band: Band, route: Route, tier_map: TierMap) -> str:
    doubt = classification.confidence < tier_map.settings.min_confidence
    note = f" (one band up: confidence {classification.confidence:.2f})" if doubt else ""
    return f"route {route.task}: complexity {classification.complexity:.2f} is {band.name}{note}"


def _escalation(tier: Tier, tier_map: TierMap) -> Iterator[Tier]:
    """The tier and those above it. The publisher has refused cycles."""
    yield tier
    while tier.escalate_to:
        tier = tier_map.tiers[tier.escalate_to]
        yield tier


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


def _obstacle(model: Model, required: frozenset[Capability], tokens: int, max_tokens: int | None) -> str | None:
    """Why this model cannot serve the request, or nothing."""
    if missing := required - model.capabilities:
        return f"lacks {', '.join(sorted(missing))}"
    if tokens + (max_tokens or 0) > model.context_window:
        return f"holds {model.context_window} tokens, the request needs about {tokens + (max_tokens or 0)}"
    if max_tokens and max_tokens > model.max_output:
        return f"writes at most {model.max_output} tokens, {max_tokens} were asked for"
    return None

"""A request's map, what the classifier says of it, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman.api.services import Services
from pointsman.conversation import conversation_id
from pointsman.domain import ChatRequest, Classification, Decision, MapView, TierMap
from pointsman.exchange import Exchange
from pointsman.policy import decide, to_classify
from pointsman.rollout import assign


def classified(services: Services, chat: ChatRequest, tier_map: TierMap) -> list[Classification]:
    return [services.classify(turn, tier_map.custom) for turn in to_classify(chat, tier_map)]


def route(services: Services, chat: ChatRequest, tier_map: TierMap, seed: str) -> Decision:
    return _decided(chat, classified(services, chat, tier_map), tier_map, seed)


def route_too(
    services: Services, chat: ChatRequest, second: TierMap, seed: str, first: TierMap, found: Sequence[Classification]
) -> Decision:
    """The decision by a second map, with what was found by the first where both look at the same."""
    same = _looked_at(second) == _looked_at(first)
    return _decided(chat, found if same else classified(services, chat, second), second, seed)


def _looked_at(tier_map: TierMap) -> tuple[object, ...]:
    """What of a map says which turns are classified, and by what tasks."""
    return tier_map.custom, bool(tier_map.settings.sticky_turns), tier_map.settings.synonyms


def _decided(chat: ChatRequest, found: Sequence[Classification], tier_map: TierMap, seed: str) -> Decision:
    *earlier, latest = found
    return decide(chat, latest, tier_map, seed=seed, earlier=earlier)


def view_for(services: Services, chat: ChatRequest, exchange: Exchange) -> tuple[MapView, str]:
    """The map that routes this conversation, and the conversation's id, by which weighted candidates are drawn: a
    conversation keeps its model, and with it its prompt cache."""
    assert exchange.account is not None
    conversation = conversation_id(chat, exchange.account.key_id)
    return assign(services.tier_map(), conversation), conversation

"""A request's map, what the classifier says of it, and where it goes."""

from __future__ import annotations

from pointsman.api.services import Services
from pointsman.conversation import conversation_id
from pointsman.domain import ChatRequest, Classification, Decision, MapView, TierMap
from pointsman.exchange import Exchange
from pointsman.policy import decide, to_classify
from pointsman.rollout import assign


def classified(services: Services, chat: ChatRequest, tier_map: TierMap) -> list[Classification]:
    return [services.classify(turn, tier_map.custom) for turn in to_classify(chat, tier_map)]


def route(services: Services, chat: ChatRequest, tier_map: TierMap, seed: str) -> Decision:
    *earlier, latest = classified(services, chat, tier_map)
    return decide(chat, latest, tier_map, seed=seed, earlier=earlier)


def view_for(services: Services, chat: ChatRequest, exchange: Exchange) -> tuple[MapView, str]:
    """The map that routes this conversation, and the conversation's id, by which weighted candidates are drawn: a
    conversation keeps its model, and with it its prompt cache."""
    assert exchange.account is not None
    conversation = conversation_id(chat, exchange.account.key_id)
    return assign(services.tier_map(), conversation), conversation

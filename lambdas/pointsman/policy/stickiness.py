"""The tier that a conversation holds: it goes up at once, and down only after several easy turns and if that pays.

Nothing is stored. The messages tell every earlier user turn, a classifier without memory gives each the same answer
as it did then, and so replaying them gives the tier that the conversation has now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pointsman.domain import ChatRequest, Model, Text, Tier, TierMap
from pointsman.policy.needs import tokens

MOST_TURNS = 12
"""User turns that are looked at, the latest ones: what was hard longer ago holds nothing any more."""
EXPECTED_OUTPUT = 300
"""Tokens of an answer where the conversation has none yet to go by."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A user's turn. Tokens: `before`, of all that stands before it, which a prompt cache may hold; `fresh`, its own;
    `output`, what an answer here has been long."""

    request: ChatRequest
    before: int
    fresh: int
    output: int


def turns(request: ChatRequest) -> list[Turn]:
    """The user's latest turns, each as the request that it was then, the last one included.

    Tool results are no turns: a request that ends with some is answered as the user's turn before them.
    """
    messages = request.messages
    found: list[tuple[int, int, int, int]] = []
    before, written, answers = 0, 0, 0
    for index, message in enumerate(messages):
        size = tokens([message])
        if message.role == "user":
            if found and found[-1][0] == index:
                found.pop()  # messages of the user that follow each other are one turn
            found.append((index + 1, before, size, written // answers if answers else EXPECTED_OUTPUT))
        elif message.role == "assistant":
            written, answers = written + size, answers + 1
        before += size
    if not found:
        return [Turn(request, 0, before, EXPECTED_OUTPUT)]
    return [Turn(replace(request, messages=messages[:end]), *figures) for end, *figures in found[-MOST_TURNS:]]


def hold(
    turns: Sequence[Turn],
    wanted: Sequence[Tier],
    tier_map: TierMap,
    model: Callable[[Tier], Model],
) -> tuple[Tier, str]:
    """The tier for the last of the turns, and why where it is not the one wanted.

    `wanted` is the tier that each turn would have by itself, `model` the one that a tier asks first.
    """
    patience = tier_map.settings.sticky_turns
    held, easy, note = wanted[0], 0, ""
    for index, (turn, tier) in enumerate(zip(turns[1:], wanted[1:], strict=True), 1):
        note = ""
        if tier.name == held.name:
            easy = 0
        elif not _above(held, tier, tier_map):
            held, easy = tier, 0
        else:
            easy += 1
            lower = _highest(wanted[index + 1 - easy : index + 1], tier_map)
            if easy < patience:
                note = f"; held at {held.name}, easy turn {easy} of {patience}"
            elif not _pays(turn, model(held), model(lower)):
                note = f"; held at {held.name}, its prompt cache is worth more than the switch to {lower.name}"
            else:
                held, easy = lower, 0
    return held, note


def _above(higher: Tier, lower: Tier, tier_map: TierMap) -> bool:
    """Whether the lower tier escalates, in one step or several, to the higher one."""
    return higher.name in (tier.name for tier in escalation(lower, tier_map)) and higher.name != lower.name


def _highest(tiers: Sequence[Tier], tier_map: TierMap) -> Tier:
    highest = tiers[0]
    for tier in tiers[1:]:
        if _above(tier, highest, tier_map):
            highest = tier
    return highest


def escalation(tier: Tier, tier_map: TierMap) -> Iterator[Tier]:
    """The tier and those above it. The publisher has refused cycles."""
    yield tier
    while tier.escalate_to:
        tier = tier_map.tiers[tier.escalate_to]
        yield tier


def from_the_bottom(tier_map: TierMap) -> list[Tier]:
    """All tiers, those first that escalate through the most others: the order in which people think of them."""
    return sorted(tier_map.tiers.values(), key=lambda tier: (-sum(1 for _ in escalation(tier, tier_map)), tier.name))


def _pays(turn: Turn, now: Model, then: Model) -> bool:
    """Whether the turn costs less with the model `then`, which has none of the conversation in its prompt cache."""
    marked = any(part.cache for message in turn.request.messages for part in message.parts if isinstance(part, Text))
    return _cost(turn, then, marked, warm=False) < _cost(turn, now, marked, warm=True)


def _cost(turn: Turn, model: Model, marked: bool, *, warm: bool) -> int:
    """In nano-dollars times a million. A model without a price for cache writes caches by itself, any other only what
    is marked."""
    prices = model.prices
    fresh = prices.input if prices.cache_write_5m is None or not marked else prices.cache_write_5m
    cached = warm and prices.cache_read is not None and (marked or prices.cache_write_5m is None)
    before = prices.cache_read if cached and prices.cache_read is not None else fresh
    return turn.before * before + turn.fresh * fresh + turn.output * prices.output

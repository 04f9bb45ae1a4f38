"""What is sound in a draft and yet doubtful. The draft must have been checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise

from pointsman.domain import Json
from pointsman.tiermap.catalogue import listing
from pointsman.tiermap.check import present
from pointsman.tiermap.draft import ModelItem, Parser, TierItem
from pointsman.tiermap.items import MODEL, TIER, Draft, sort_items
from pointsman.tiermap.problems import Problem, problem

OLD_PRICES = 90
"""Days."""


def lint(items: Iterable[Mapping[str, Json]], today: date) -> list[Problem]:
    """Every doubt: a model dearer than the tier above, a fallback that fails together with what it stands in for, old
    prices, entries that nothing leads to, a team whose calls only some models' bills would know."""
    draft = sort_items(items, Parser())
    return [*_strong(draft), *_together(draft), *_old(draft, today), *_unused(draft), *_untagged(draft)]


def _strong(draft: Draft) -> Iterator[Problem]:
    for name, tier in present(draft.tiers):
        above = draft.tiers.get(tier.escalate_to) if tier.escalate_to else None
        dearest = max((_price(model) for _, model in _enabled(draft, above)), default=None) if above else None
        for alias, model in _enabled(draft, tier):
            if dearest is not None and _price(model) > dearest:
                reason = f"{alias} costs more than every model of tier {tier.escalate_to} above"
                yield problem(f"{TIER}#{name}", "candidates", reason)


def _together(draft: Draft) -> Iterator[Problem]:
    for name, tier in present(draft.tiers):
        for (first, one), (second, other) in pairwise(_enabled(draft, tier)):
            if _domain(one) == _domain(other):
                reason = f"{second} is served where {first} is ({', '.join(_domain(one))}), so both fail together"
                yield problem(f"{TIER}#{name}", "candidates", reason)


def _old(draft: Draft, today: date) -> Iterator[Problem]:
    for alias, model in present(draft.models):
        if not model.enabled:
            continue
        listed = None if model.prices else listing(model.provider, model.model_id, model.region)
        stated = listed.date if listed else model.price_date
        item = f"{MODEL}#{alias}"
        if stated is None:
            yield problem(item, "price_date", "does not say of when its prices are")
            continue
        try:
            age = (today - date.fromisoformat(stated)).days
        except ValueError:
            yield problem(item, "price_date", "is no date as 2026-01-31")
            continue
        if age > OLD_PRICES:
            yield problem(item, "price_date", f"its prices are {age} days old")


def _unused(draft: Draft) -> Iterator[Problem]:
    named = {draft.settings.baseline_model, *draft.settings.synonyms.values()} if draft.settings else set()
    used = {candidate.model for _, tier in present(draft.tiers) for candidate in tier.candidates} | named
    for alias, _ in present(draft.models):
        if alias not in used:
            yield problem(f"{MODEL}#{alias}", "sk", "is in no tier: only for callers who pin it")
    led_to = {tier for _, route in present(draft.routes) for tier in route.tiers.values()}
    led_to |= {tier.escalate_to for _, tier in present(draft.tiers) if tier.escalate_to}
    for name, _ in present(draft.tiers):
        if name not in led_to and f"tier:{name}" not in named:
            yield problem(f"{TIER}#{name}", "sk", "no route and no tier leads here: only for callers who pin it")


def _untagged(draft: Draft) -> Iterator[Problem]:
    bedrock = {alias: model for alias, model in present(draft.models) if model.enabled and model.provider == "bedrock"}
    teams = sorted({team for model in bedrock.values() for team in model.profiles})
    for alias, model in bedrock.items():
        for team in teams:
            if team not in model.profiles:
                reason = f"has none for {team}, which others have: AWS's bill will not know these calls as that team's"
                yield problem(f"{MODEL}#{alias}", "profiles", reason)


def _enabled(draft: Draft, tier: TierItem) -> list[tuple[str, ModelItem]]:
    found = ((candidate.model, draft.models.get(candidate.model)) for candidate in tier.candidates)
    return [(alias, model) for alias, model in found if model and model.enabled]


def _domain(model: ModelItem) -> tuple[str, ...]:
    """What fails as one: a vendor's own service; on Bedrock a region or geography and the vendor behind it."""
    if model.provider != "bedrock":
        return (model.provider, model.endpoint or "its own endpoint")
    parts = model.model_id.split(".")
    geography, vendor = (parts[0], parts[1]) if len(parts) > 2 else ("", parts[0])
    return ("bedrock", model.region or geography or "the router's region", vendor)


def _price(model: ModelItem) -> float:
    listed = None if model.prices else listing(model.provider, model.model_id, model.region)
    prices = model.prices or (listed.prices if listed else None)
    return float(prices.input + prices.output) if prices else 0.0

"""Draft items → one checked `TierMap`, or every problem there is, at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Protocol

from pointsman.domain import (
    Band,
    Candidate,
    CustomTask,
    CustomTasks,
    Form,
    Json,
    LongContext,
    Model,
    Prices,
    Route,
    SecondStage,
    Settings,
    Tier,
    TierMap,
)
from pointsman.tiermap import dial
from pointsman.tiermap.catalogue import listing
from pointsman.tiermap.check import check, present
from pointsman.tiermap.draft import (
    ModelItem,
    Parser,
    PriceFields,
    Rates,
    RouteItem,
    ServiceTierFields,
    SettingsItem,
    TierItem,
)
from pointsman.tiermap.items import ROUTE, sort_items
from pointsman.tiermap.problems import InvalidMap, Problem, problem
from pointsman.tiermap.snapshot import content_hash

__all__ = ["InvalidMap", "Problem", "compile_map"]

TOP = 1.01
"""Where the last band ends: above the highest complexity, 1."""

NANO = 10**9

THRESHOLD = 0.5
"""How near a prompt must be to a custom task whose route does not say: see docs/tier-map.md."""


class Encoder(Protocol):
    """What turns example utterances into vectors. `pack` gives nothing for a text with no word that it knows."""

    name: str

    def pack(self, text: str) -> str | None: ...


def compile_map(
    items: Iterable[Mapping[str, Json]],
    *,
    version: int,
    author: str,
    published_at: str,
    providers: Iterable[str] | None = None,
    encoder: Encoder | None = None,
) -> TierMap:
    """Compile draft items, in any order. Raises `InvalidMap` with all their problems.

    `providers`, where given, are the names that a model's `provider` may have. Without an `encoder` the map holds the
    examples alone, and whoever reads it makes the vectors.
    """
    parser = Parser()
    draft = sort_items(items, parser)
    routes = dict(present(draft.routes))
    custom, unreadable = _custom(routes, encoder)
    problems = (*parser.problems, *check(draft, providers), *unreadable)
    if problems or draft.settings is None:
        raise InvalidMap(problems)
    tier_map = TierMap(
        version=version,
        author=author,
        published_at=published_at,
        hash="",
        models={alias: _model(alias, item) for alias, item in present(draft.models)},
        tiers={name: _tier(name, item) for name, item in present(draft.tiers)},
        routes={task: Route(task, dict(item.tiers), item.verify) for task, item in routes.items()},
        settings=_settings(draft.settings),
        custom=custom,
    )
    return replace(tier_map, hash=content_hash(tier_map))


def _model(alias: str, item: ModelItem) -> Model:
    prices, date = _priced(item)
    return Model(
        alias=alias,
        provider=item.provider,
        model_id=item.model_id,
        prices=prices,
        context_window=item.context_window,
        max_output=item.max_output,
        capabilities=frozenset(item.capabilities),
        endpoint=item.endpoint,
        secret=item.secret,
        region=item.region,
        enabled=item.enabled,
        base_model=item.base_model,
        guardrail=item.guardrail,
        service_tier=item.service_tier,
        latency=item.latency,
        price_version=_price_version(prices, date),
        profiles=dict(item.profiles),
    )


def _priced(item: ModelItem) -> tuple[Prices, str | None]:
    """The item's own prices and their date, or the catalogue's; that there are some was checked."""
    if item.prices:
        return _prices(item.prices), item.price_date
    listed = listing(item.provider, item.model_id, item.region)
    assert listed is not None
    return _prices(listed.prices), listed.date


def _prices(fields: Rates) -> Prices:
    def nano(usd: Decimal | None) -> int | None:
        return None if usd is None else int(usd * NANO)

    prices = Prices(
        input=int(fields.input * NANO),
        output=int(fields.output * NANO),
        cache_read=nano(fields.cache_read),
        cache_write_5m=nano(fields.cache_write_5m),
        cache_write_1h=nano(fields.cache_write_1h),
        image=nano(fields.image),
        reasoning=nano(fields.reasoning),
    )
    if isinstance(fields, ServiceTierFields) and (long := fields.long_context):
        prices = replace(prices, long_context=LongContext(long.above, _prices(long)))
    if isinstance(fields, PriceFields):
        tiers = {name: _prices(tier) for name, tier in sorted(fields.service_tiers.items())}
        prices = replace(prices, service_tiers=tiers)
    return prices


def _price_version(prices: Prices, date: str | None) -> str:
    """Which prices these are: of when, and a hash of them all."""
    digest = hashlib.sha256(json.dumps(asdict(prices), sort_keys=True).encode()).hexdigest()[:8]
    return f"{date}.{digest}" if date else digest


def _tier(name: str, item: TierItem) -> Tier:
    candidates = tuple(Candidate(candidate.model, candidate.weight) for candidate in item.candidates)
    return Tier(
        name,
        candidates,
        float(item.timeout),
        item.attempts,
        item.escalate_to,
        idle_timeout=float(item.idle_timeout),
        hedge_after=None if item.hedge_after is None else float(item.hedge_after),
    )


def _settings(item: SettingsItem) -> Settings:
    stage = item.second_stage
    return Settings(
        bands=_bands(item),
        quality=None if item.quality is None else float(item.quality),
        baseline_model=item.baseline_model,
        ttl=float(item.ttl),
        min_confidence=float(item.min_confidence),
        deadline=float(item.deadline),
        sticky_turns=item.sticky_turns,
        second_stage=SecondStage(stage.model, float(stage.below), float(stage.timeout)) if stage else None,
        synonyms=dict(item.synonyms),
    )


def _bands(item: SettingsItem) -> tuple[Band, ...]:
    """As they were written, or as the quality wished for sets them."""
    if item.quality is None:
        return tuple(Band(band.name, TOP if band.below is None else float(band.below)) for band in item.bands)
    quality = float(item.quality)
    limits = {form: [*dial.limits(quality, len(item.bands) - 1, form), TOP] for form in Form}
    return tuple(
        Band(band.name, limits[Form.OPEN][index], {form.value: limits[form][index] for form in Form})
        for index, band in enumerate(item.bands)
    )


def _custom(routes: Mapping[str, RouteItem], encoder: Encoder | None) -> tuple[CustomTasks, list[Problem]]:
    """The tasks that have examples, and the examples that the encoder cannot read."""
    tasks: list[CustomTask] = []
    unreadable: list[Problem] = []
    for name, item in routes.items():
        if not item.examples:
            continue
        packed = [encoder.pack(example) for example in item.examples] if encoder else []
        unreadable += [
            problem(f"{ROUTE}#{name}", f"examples[{index}]", "has no word that the encoder knows")
            for index, vector in enumerate(packed)
            if vector is None
        ]
        threshold = THRESHOLD if item.threshold is None else float(item.threshold)
        tasks.append(CustomTask(name, threshold, tuple(item.examples), "\n".join(filter(None, packed))))
    return CustomTasks(encoder.name if encoder and tasks else "", tuple(tasks)), unreadable

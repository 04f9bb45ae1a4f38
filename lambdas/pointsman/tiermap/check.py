"""What no single item can show: names that lead nowhere, tiers that cannot serve, circles, holes in the routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TypeVar

from pointsman.domain import Capability, Task
from pointsman.tiermap.catalogue import listing
from pointsman.tiermap.draft import BandFields
from pointsman.tiermap.items import DEFAULT, MODEL, RESERVED, ROUTE, SETTINGS, TIER, Draft
from pointsman.tiermap.problems import Problem, closest, problem

NEEDED = (Capability.TOOLS, Capability.VISION, Capability.JSON_SCHEMA, Capability.STREAMING)
"""What a request itself can call for (`policy.needs`)."""

T = TypeVar("T")


def check(draft: Draft, providers: Iterable[str] | None = None) -> list[Problem]:
    """Every problem between items. `providers`, where given, are the names a model's `provider` may have."""
    return [
        *_models(draft, None if providers is None else frozenset(providers)),
        *_tiers(draft),
        *_escalations(draft),
        *_capabilities(draft),
        *_routes(draft),
        *_settings(draft),
    ]


def _models(draft: Draft, providers: frozenset[str] | None) -> Iterator[Problem]:
    for alias, model in present(draft.models):
        if model.prices is None and listing(model.provider, model.model_id, model.region) is None:
            reason = f"is required: the catalogue has none for {model.model_id} of {model.provider}"
            yield problem(f"{MODEL}#{alias}", "prices", reason)
        if model.max_output > model.context_window:
            yield problem(f"{MODEL}#{alias}", "max_output", "must not exceed context_window")
        for team, arn in model.profiles.items():
            item, field, region = f"{MODEL}#{alias}", f"profiles.{team}", arn.split(":")[3]
            if model.provider != "bedrock":
                yield problem(item, field, "is of no use: only Bedrock has inference profiles")
            elif model.region not in {None, region}:
                yield problem(item, field, f"is of {region}, and the model is called in {model.region}")
        if providers is not None and model.provider not in providers:
            near = closest(model.provider, providers)
            yield problem(f"{MODEL}#{alias}", "provider", f"must be one of {', '.join(sorted(providers))}", near)


def _tiers(draft: Draft) -> Iterator[Problem]:
    for name, tier in present(draft.tiers):
        item = f"{TIER}#{name}"
        aliases = [candidate.model for candidate in tier.candidates]
        for index, alias in enumerate(aliases):
            if alias not in draft.models:
                yield _unknown(item, f"candidates[{index}].model", "model", alias, draft.models)
            elif alias in aliases[:index]:
                yield problem(item, f"candidates[{index}].model", f"{alias!r} stands there twice")
        if not aliases:
            yield problem(item, "candidates", "must name at least one model")
        elif all(_off(draft, alias) for alias in aliases):
            yield problem(item, "candidates", "must hold at least one model that is enabled")
        if tier.escalate_to is not None and tier.escalate_to not in draft.tiers:
            yield _unknown(item, "escalate_to", "tier", tier.escalate_to, draft.tiers)


def _off(draft: Draft, alias: str) -> bool:
    """Whether this model is known to be disabled; an unknown or wrong one has a problem of its own."""
    model = draft.models.get(alias)
    return model is not None and not model.enabled


def _escalations(draft: Draft) -> Iterator[Problem]:
    reported: set[frozenset[str]] = set()
    for name in draft.tiers:
        way = [name]
        while (up := _up(draft, way[-1])) is not None and up not in way:
            way.append(up)
        if up is not None:
            circle = way[way.index(up) :]
            if frozenset(circle) not in reported:
                reported.add(frozenset(circle))
                yield problem(f"{TIER}#{circle[0]}", "escalate_to", f"leads in a circle: {' → '.join([*circle, up])}")


def _up(draft: Draft, name: str) -> str | None:
    tier = draft.tiers.get(name)
    return tier.escalate_to if tier else None


def _capabilities(draft: Draft) -> Iterator[Problem]:
    """A tier must reach, itself or by escalation, whatever any tier can do: else a request that some tier could serve
    is refused by the way it happened to be routed."""
    reach = {name: _reach(draft, name) for name, _ in present(draft.tiers)}
    known = {name: found for name, found in reach.items() if found is not None}
    anywhere = frozenset[Capability]().union(*known.values())
    for name, found in known.items():
        for capability in NEEDED:
            if capability in anywhere - found:
                where = sorted(other for other, theirs in known.items() if capability in theirs)
                reason = f"no enabled candidate here or above offers {capability}, which tier {where[0]} does"
                yield problem(f"{TIER}#{name}", "escalate_to", reason)


def _reach(draft: Draft, name: str) -> frozenset[Capability] | None:
    """The capabilities of a tier's chain, or nothing where a problem elsewhere hides them."""
    found: set[Capability] = set()
    passed: set[str] = set()
    step: str | None = name
    while step is not None and step not in passed:
        passed.add(step)
        tier = draft.tiers.get(step)
        if tier is None:
            return None
        for candidate in tier.candidates:
            model = draft.models.get(candidate.model)
            if model is None:
                return None
            if model.enabled:
                found.update(model.capabilities)
        step = tier.escalate_to
    return frozenset(found)


def _routes(draft: Draft) -> Iterator[Problem]:
    bands = [band.name for band in draft.settings.bands] if draft.settings else None
    if DEFAULT not in draft.routes:
        yield problem(f"{ROUTE}#{DEFAULT}", "sk", "is missing: the route of every task without one of its own")
    for task, route in present(draft.routes):
        item = f"{ROUTE}#{task}"
        if task != DEFAULT and task not in set(Task) and not route.examples:
            reason = "is no known task, and a task of your own needs examples"
            yield problem(item, "examples", reason, closest(task, Task))
        if route.threshold is not None and not route.examples:
            yield problem(item, "threshold", "is of no use without examples")
        for band, tier in sorted(route.tiers.items()):
            if bands is not None and band not in bands:
                yield _unknown(item, f"tiers.{band}", "band", band, bands)
            if tier not in draft.tiers:
                yield _unknown(item, f"tiers.{band}", "tier", tier, draft.tiers)
        if task == DEFAULT:
            for band in bands or ():
                if band not in route.tiers:
                    yield problem(item, f"tiers.{band}", "is required: the default route must cover every band")


def _settings(draft: Draft) -> Iterator[Problem]:
    if not draft.has_settings:
        yield problem(SETTINGS, "sk", "is missing")
    if draft.settings is None:
        return
    yield from _bands(draft.settings.bands, by_quality=draft.settings.quality is not None)
    baseline = draft.settings.baseline_model
    if baseline not in draft.models:
        yield _unknown(SETTINGS, "baseline_model", "model", baseline, draft.models)
    stage = draft.settings.second_stage
    if stage and stage.model not in draft.models:
        yield _unknown(SETTINGS, "second_stage.model", "model", stage.model, draft.models)
    elif stage and _off(draft, stage.model):
        yield problem(SETTINGS, "second_stage.model", "must be a model that is enabled")
    yield from _synonyms(draft, draft.settings.synonyms)


def _synonyms(draft: Draft, synonyms: Mapping[str, str]) -> Iterator[Problem]:
    known = [*RESERVED, *(f"tier:{name}" for name in draft.tiers), *draft.models]
    for name, meant in synonyms.items():
        field = f"synonyms.{name}"
        if name in known:
            yield problem(SETTINGS, field, "means something already")
        if meant not in known:
            yield problem(SETTINGS, field, "must mean auto, tier:<name> or a model's alias", closest(meant, known))
        elif _off(draft, meant):
            yield problem(SETTINGS, field, "must mean a model that is enabled")


def _bands(bands: list[BandFields], *, by_quality: bool) -> Iterator[Problem]:
    names = [band.name for band in bands]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield problem(SETTINGS, f"bands[{index}].name", f"{name!r} stands there twice")
    if by_quality:
        for index, band in enumerate(bands):
            if band.below is not None:
                yield problem(SETTINGS, f"bands[{index}].below", "must be left out: quality sets the limits")
        return
    for index, band in enumerate(bands[:-1]):
        if band.below is None:
            yield problem(SETTINGS, f"bands[{index}].below", "is required: only the last band goes to the top")
    if bands[-1].below is not None:
        yield problem(SETTINGS, f"bands[{len(bands) - 1}].below", "must be left out: the last band goes to the top")
    ends = [(index, band.below) for index, band in enumerate(bands) if band.below is not None]
    for (_, lower), (index, upper) in pairwise(ends):
        if upper <= lower:
            yield problem(SETTINGS, f"bands[{index}].below", "must be above that of the band before it")


def _unknown(item: str, field: str, kind: str, name: str, known: Iterable[str]) -> Problem:
    return problem(item, field, f"there is no {kind} {name!r}", closest(name, known))


def present(items: Mapping[str, T | None]) -> Iterator[tuple[str, T]]:
    """The items that could be read."""
    return ((name, item) for name, item in items.items() if item is not None)

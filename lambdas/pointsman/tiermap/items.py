"""Sorts draft items into models, tiers, routes and settings by their sort keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pointsman.domain import Json
from pointsman.tiermap.draft import NAME, ChangeItem, Item, ModelItem, Parser, RouteItem, SettingsItem, TierItem
from pointsman.tiermap.problems import closest, problem

DRAFT = "DRAFT"
MODEL, TIER, ROUTE, SETTINGS, CHANGE = "MODEL", "TIER", "ROUTE", "SETTINGS", "CHANGE"
KINDS: dict[str, type[Item]] = {
    MODEL: ModelItem,
    TIER: TierItem,
    ROUTE: RouteItem,
    SETTINGS: SettingsItem,
    CHANGE: ChangeItem,
}
DEFAULT = "*"
"""The route of every task without one of its own."""

RESERVED = frozenset({"auto"})
"""What a caller may write as `model` and mean something else than an alias."""


@dataclass(slots=True)
class Draft:
    """What was read, by name. `None` stands where an item exists but is wrong: its name still counts as known."""

    models: dict[str, ModelItem | None] = field(default_factory=dict)
    tiers: dict[str, TierItem | None] = field(default_factory=dict)
    routes: dict[str, RouteItem | None] = field(default_factory=dict)
    settings: SettingsItem | None = None
    has_settings: bool = False


def sort_items(items: Iterable[Mapping[str, Json]], parser: Parser) -> Draft:
    """Read every item; what cannot be read is noted by the parser."""
    draft = Draft()
    by_key: dict[str, Mapping[str, Json]] = {}
    for position, item in enumerate(items):
        key = item.get("sk")
        if not isinstance(key, str):
            parser.problems.append(problem(f"item {position}", "sk", "must be the item's sort key, as in MODEL#haiku"))
        elif item.get("pk", DRAFT) != DRAFT:
            parser.problems.append(problem(key, "pk", f"must be {DRAFT}"))
        elif key in by_key:
            parser.problems.append(problem(key, "sk", "stands there twice"))
        else:
            by_key[key] = item
    for key, item in sorted(by_key.items()):
        _place(key, item, draft, parser)
    return draft


def _place(key: str, item: Mapping[str, Json], draft: Draft, parser: Parser) -> None:
    kind, mark, name = key.partition("#")
    if key == SETTINGS:
        draft.has_settings = True
        draft.settings = parser.read(SettingsItem, key, item)
    elif key == CHANGE:
        parser.read(ChangeItem, key, item)
    elif kind not in {MODEL, TIER, ROUTE} or not mark:
        kinds = [f"{MODEL}#", f"{TIER}#", f"{ROUTE}#", SETTINGS]
        near = closest(kind + mark, kinds)
        hint = near + name if near and near != SETTINGS else near
        parser.problems.append(problem(key, "sk", f"must be one of {', '.join(kinds)}", hint))
    elif not re.match(NAME, name) and (kind, name) != (ROUTE, DEFAULT):
        reason = "names must be at most 64 letters, digits, '.', '_' or '-', and start with a letter or a digit"
        parser.problems.append(problem(key, "sk", reason))
    elif kind == MODEL:
        if name in RESERVED:
            parser.problems.append(problem(key, "sk", f"{name!r} is reserved: callers write it to be routed"))
        draft.models[name] = parser.read(ModelItem, key, item)
    elif kind == TIER:
        draft.tiers[name] = parser.read(TierItem, key, item)
    else:
        draft.routes[name] = parser.read(RouteItem, key, item)

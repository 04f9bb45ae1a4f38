"""The JSON Schema of a map's file, made from the items' own classes. docs/tier-map.schema.json is a copy of it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict

from pointsman.tiermap.draft import Fields, Line, ModelItem, RouteItem, SettingsItem, TierItem


class MapDocument(Fields):
    """A whole tier map. `base` names the draft that it was exported from."""

    model_config = ConfigDict(title="Pointsman tier map")

    models: dict[str, ModelItem]
    tiers: dict[str, TierItem]
    routes: dict[str, RouteItem]
    settings: SettingsItem
    base: Line | None = None


def text() -> str:
    found = MapDocument.model_json_schema()
    candidate = found["$defs"]["TierItem"]["properties"]["candidates"]["items"]
    found["$defs"]["TierItem"]["properties"]["candidates"]["items"] = {"anyOf": [{"type": "string"}, candidate]}
    _numbers(found)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | found, indent=2, ensure_ascii=False) + "\n"


def _numbers(node: Any) -> None:
    """Decimals may be written as numbers alone, and need no title."""
    if isinstance(node, dict):
        if (kinds := node.get("anyOf")) and {"number"} < {kind.get("type") for kind in kinds}:
            node["anyOf"] = [kind for kind in kinds if "pattern" not in kind]
        for value in node.values():
            _numbers(value)
    elif isinstance(node, list):
        for value in node:
            _numbers(value)

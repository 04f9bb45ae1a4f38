"""A `TierMap` as JSON text and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from pydantic import TypeAdapter, ValidationError

from pointsman.domain import Json, TierMap
from pointsman.errors import MapError

SCHEMA_VERSION = 1
"""Raised where a field is renamed, removed or means something else, not where one is added: see docs/decisions."""

MIGRATIONS: Mapping[int, Callable[[dict[str, Json]], dict[str, Json]]] = {}
"""By schema, what makes a snapshot of it one of the next. A field that is new and has a default needs none."""

PUBLICATION = ("version", "author", "published_at", "hash")
"""What says how a map was published, not how it routes."""


def dump(tier_map: TierMap) -> str:
    """The map as JSON. Two equal maps always give the same text."""
    return _text(_plain(tier_map))


def load(text: str) -> TierMap:
    """The map that `dump` wrote, now or under an older schema. Raises `MapError` where the text is no map, or one that
    a newer publisher wrote: a schema or a field that this release does not know is never passed over."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise MapError("The tier map cannot be read: it is not JSON.") from error
    schema = raw.get("schema_version") if isinstance(raw, dict) else None
    if isinstance(schema, int) and schema > SCHEMA_VERSION:
        raise MapError(f"The tier map has schema {schema}; this release reads up to {SCHEMA_VERSION}.")
    for old in range(schema if isinstance(schema, int) else SCHEMA_VERSION, SCHEMA_VERSION):
        if old not in MIGRATIONS:
            raise MapError(f"The tier map has schema {schema}, which this release cannot read.")
        raw = MIGRATIONS[old](raw) | {"schema_version": old + 1}
    try:
        tier_map = _adapter().validate_python(raw)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, detail["loc"])) for detail in error.errors()})[:5])
        raise MapError(f"The tier map cannot be read: {fields or 'it is no map'}.") from None
    if unknown := sorted(_unknown(raw, _plain(tier_map))):
        raise MapError(f"The tier map is of a newer release: this one does not know {', '.join(unknown[:5])}.")
    return tier_map


def _unknown(raw: Json, kept: Json, path: str = "") -> Iterator[str]:
    """The fields of a snapshot that did not make it into the map."""
    if isinstance(raw, dict) and isinstance(kept, dict):
        for name, value in raw.items():
            inner = f"{path}.{name}".lstrip(".")
            if name in kept:
                yield from _unknown(value, kept[name], inner)
            else:
                yield inner
    elif isinstance(raw, list) and isinstance(kept, list):
        for index, (value, inner_kept) in enumerate(zip(raw, kept, strict=False)):
            yield from _unknown(value, inner_kept, f"{path}[{index}]")


def content_hash(tier_map: TierMap) -> str:
    """SHA-256 of how the map routes: equal for two maps that differ only in version, author or time."""
    content = {name: value for name, value in _plain(tier_map).items() if name not in PUBLICATION}
    return hashlib.sha256(_text(content).encode()).hexdigest()


def _plain(tier_map: TierMap) -> dict[str, Json]:
    raw: dict[str, Json] = _adapter().dump_python(tier_map, mode="json")
    for model in raw["models"].values():
        model["capabilities"].sort()
    return raw


def _text(content: Mapping[str, Json]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@cache
def _adapter() -> TypeAdapter[TierMap]:
    """Built at first use: it takes longer than everything else in this file."""
    return TypeAdapter(TierMap)

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.errors import MapError
from pointsman.tiermap import snapshot
from pointsman.tiermap.seed import packaged_map
from pointsman.tiermap.snapshot import SCHEMA_VERSION, content_hash, dump, load


def test_a_map_comes_back_equal() -> None:
    tier_map = packaged_map()
    assert load(dump(tier_map)) == tier_map
    assert dump(load(dump(tier_map))) == dump(tier_map)


def test_the_hash_leaves_out_how_it_was_published() -> None:
    tier_map = packaged_map()
    assert content_hash(replace(tier_map, version=8, author="x", published_at="y", hash="z")) == tier_map.hash


def test_a_newer_schema_is_refused_by_name() -> None:
    raw = json.loads(dump(packaged_map())) | {"schema_version": SCHEMA_VERSION + 1, "models": "of another kind"}
    with pytest.raises(MapError, match=f"schema {SCHEMA_VERSION + 1}; this release reads up to {SCHEMA_VERSION}"):
        load(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "{}", '"x"', "17", '{"schema_version": 1}'])
def test_what_is_no_map_is_refused(text: str) -> None:
    with pytest.raises(MapError):
        load(text)


@given(st.data())
def test_a_map_with_a_part_missing_is_refused(data: st.DataObject) -> None:
    raw: dict[str, Any] = json.loads(dump(packaged_map()))
    del raw[data.draw(st.sampled_from(sorted(raw.keys() - {"schema_version", "custom"})))]
    with pytest.raises(MapError, match="cannot be read"):
        load(json.dumps(raw))


RECORDED = Path(__file__).parents[2] / "fixtures" / "map" / "snapshot-schema-1.json"
"""As the first release published it, every kind of field in use. It is never recorded anew: it must stay readable."""


def recorded() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(RECORDED.read_text())
    return raw


def test_what_the_first_release_published_is_read_with_nothing_lost() -> None:
    kept = json.loads(dump(load(json.dumps(recorded()))))
    assert list(missing(recorded(), kept)) == []
    assert kept["models"]["nova-lite"]["prices"]["service_tiers"]["flex"]["input"] == 7 * 10**9


def missing(raw: Any, kept: Any, path: str = "") -> Iterator[str]:
    """What of a snapshot is not in another, or not the same."""
    if isinstance(raw, dict):
        for name, value in raw.items():
            yield from missing(value, kept.get(name, "absent"), f"{path}.{name}")
    elif isinstance(raw, list) and isinstance(kept, list) and len(raw) == len(kept):
        for index, (value, inner) in enumerate(zip(raw, kept, strict=True)):
            yield from missing(value, inner, f"{path}[{index}]")
    elif raw != kept:
        yield path


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a snapshot whose fields are fixed; not those that map names to things."""
    found = value if isinstance(value, list) else []
    if isinstance(value, dict):
        if not all(isinstance(inner, dict) for inner in value.values()) and "simple" not in value:
            yield value
        found = list(value.values())
    for inner in found:
        yield from objects(inner)


@given(st.data())
def test_a_field_that_this_release_does_not_know_is_refused_wherever_it_is(data: st.DataObject) -> None:
    raw = recorded()
    there = list(objects(raw))
    assert len(there) > 50
    there[data.draw(st.integers(0, len(there) - 1))]["carbon"] = 3
    with pytest.raises(MapError, match="carbon"):
        load(json.dumps(raw))


def test_an_older_schema_is_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def to_2(raw: dict[str, Any]) -> dict[str, Any]:
        raw["ways"] = raw.pop("routes")
        return raw

    def to_3(raw: dict[str, Any]) -> dict[str, Any]:
        assert raw["schema_version"] == 2
        raw["routes"] = raw.pop("ways")
        return raw

    monkeypatch.setattr(snapshot, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(snapshot, "MIGRATIONS", {1: to_2, 2: to_3})
    migrated = load(json.dumps(recorded()))
    assert migrated.schema_version == 3
    assert migrated.routes.keys() == recorded()["routes"].keys()


@pytest.mark.parametrize("schema", [0, -1])
def test_a_schema_without_a_migration_is_refused(schema: int) -> None:
    with pytest.raises(MapError, match="cannot read"):
        load(json.dumps(recorded() | {"schema_version": schema}))


def test_every_older_schema_has_its_migration_and_new_maps_have_the_present_one() -> None:
    assert set(snapshot.MIGRATIONS) == set(range(1, SCHEMA_VERSION))
    assert packaged_map().schema_version == SCHEMA_VERSION

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.errors import MapError
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

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pointsman.domain import CustomTask, CustomTasks, Publication, TierMap
from pointsman.errors import MapError
from pointsman.tiermap.problems import InvalidMap, Problem
from pointsman.tiermap.records import Live, NewVersion, Status, Version
from pointsman.tiermap.seed import packaged_map, seed_items
from pointsman.tiermap.shapes import MOST_PROBLEMS
from pointsman.tiermap.store import Conflict, MapStore
from tests.unit.tiermap.conftest import Items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def numbered(version: int) -> TierMap:
    return replace(packaged_map(), version=version)


def ok(revision: int, version: int = 1) -> Status:
    return Status("ok", version=version, at="now", revision=revision)


def publish(store: MapStore, tier_map: TierMap, *, after: int, status: Status) -> None:
    record = Version(tier_map.version, tier_map.hash, "ann", "t", "because", ("~ a",))
    source = {item["sk"]: item for item in seed_items()}
    live = Live(after, "", after)
    store.publish(Publication(tier_map), [NewVersion(record, tier_map, source)], after=live, status=status)


def with_examples(characters: str) -> TierMap:
    tier_map = numbered(1)
    return replace(tier_map, custom=CustomTasks("", (CustomTask("own", 0.5, (characters,)),)))


def test_an_empty_table_has_no_map_and_no_status(table: Table) -> None:
    store = MapStore(table)
    assert store.drafts() == []
    assert store.record() == Live()
    assert store.status() == Status("none")
    with pytest.raises(MapError, match="No tier map has been published"):
        store.live()


def test_drafts_come_back_as_they_were_put_and_go_when_deleted(store: MapStore, seed: Items) -> None:
    assert store.drafts() == [seed[key] for key in sorted(seed)]
    store.delete_draft("SETTINGS")
    store.delete_draft("SETTINGS")
    assert "SETTINGS" not in {item["sk"] for item in store.drafts()}


def test_drafts_are_read_over_pages(table: Table) -> None:
    store = MapStore(table)
    for n in range(6):
        store.put_draft({"sk": f"ROUTE#t{n}", "examples": ["x" * 300_000]})
    assert len(store.drafts()) == 6


def test_a_published_map_is_live_and_a_version(store: MapStore) -> None:
    publish(store, numbered(1), after=0, status=ok(1))
    publish(store, numbered(2), after=1, status=ok(2, version=2))
    assert store.live() == numbered(2)
    assert store.version(1) == numbered(1)
    assert (store.record().version, store.record().hash) == (2, packaged_map().hash)
    assert store.status() == ok(2, version=2)


@pytest.mark.parametrize(("after", "version", "revision"), [(0, 1, 2), (0, 2, 2), (5, 6, 2), (1, 2, 1), (1, 2, 9)])
def test_publishing_upon_an_outdated_read_changes_nothing(
    store: MapStore, after: int, version: int, revision: int
) -> None:
    publish(store, numbered(1), after=0, status=ok(1))
    with pytest.raises(Conflict):
        publish(store, numbered(version), after=after, status=ok(revision, version))
    assert store.live() == numbered(1)
    assert store.status() == ok(1)


def test_a_report_upon_an_outdated_read_is_refused(store: MapStore) -> None:
    store.report(ok(1))
    with pytest.raises(Conflict):
        store.report(ok(1))
    store.report(replace(ok(2), state="rejected", problems=(Problem("a", "b", "c"), Problem("a", "b", "c", "d"))))
    assert store.status().problems[1].suggestion == "d"


def test_a_status_holds_no_more_problems_than_fit(store: MapStore) -> None:
    many = tuple(Problem(f"ROUTE#{n}", "x" * 300, "y" * 300, "z" * 300) for n in range(1_000))
    store.report(replace(ok(1), state="rejected", problems=many))
    assert len(store.status().problems) == MOST_PROBLEMS


def test_a_large_map_is_compressed(store: MapStore, table: Table) -> None:
    large = with_examples("utterance " * 60_000)
    publish(store, large, after=0, status=ok(1))
    assert store.live() == large
    assert not isinstance(table.get_item(Key={"pk": "MAP", "sk": "LIVE"})["Item"]["snapshot"], str)


def test_a_map_too_large_even_so_is_refused_with_its_size(store: MapStore) -> None:
    with pytest.raises(InvalidMap, match=r"MAP snapshot: is [\d,]+ bytes compressed"):
        publish(store, with_examples(secrets.token_hex(500_000)), after=0, status=ok(1))
    assert store.record() == Live()


@pytest.mark.parametrize("snapshot", [b"no gzip", b"\x1f\x8b broken", "{", 17, None])
def test_a_corrupt_live_map_is_a_map_error(store: MapStore, table: Table, snapshot: object) -> None:
    table.put_item(Item={"pk": "MAP", "sk": "LIVE", "snapshot": snapshot})  # type: ignore[dict-item]
    with pytest.raises(MapError):
        store.live()

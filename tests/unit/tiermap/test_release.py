"""What the release item asks for comes about: canaries, promotions, rollbacks, shadows, the draft held meanwhile."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pointsman.tiermap.publish import Published, Rejected, Unchanged, publish
from pointsman.tiermap.release import RELEASE
from pointsman.tiermap.store import MapStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Items = dict[str, dict[str, Any]]
NOW = "2026-01-01T00:00:00+00:00"
CANARY = {"mode": "canary", "percent": 5, "salt": "s"}


def release(table: Table, **fields: Any) -> None:
    table.put_item(Item={"pk": RELEASE, "sk": RELEASE, **fields})


def edit(store: MapStore, seed: Items, timeout: int, **signed: str) -> None:
    store.put_draft(seed["TIER#economy"] | {"timeout": timeout, **signed})


def timeout(store: MapStore) -> float:
    return store.live().tiers["economy"].timeout


@pytest.fixture
def live(store: MapStore) -> MapStore:
    """The seed, live as version 1."""
    publish(store, NOW)
    return store


def test_a_canary_runs_beside_the_stable_map_and_is_promoted_under_its_own_number(
    live: MapStore, table: Table, seed: Items
) -> None:
    release(table, **CANARY)
    edit(live, seed, 7, updated_by="ann")
    assert publish(live, NOW) == Published(1, "ann", canary=2)
    found = live.publication()
    assert found.canary
    assert (found.stable.version, found.canary.map.version, found.canary.percent) == (1, 2, 5)
    assert found.canary.map.tiers["economy"].timeout == 7
    assert live.status().pending
    assert publish(live, NOW) == Unchanged(1)
    release(table, mode="live")
    assert publish(live, NOW) == Published(2, "ann")
    assert (live.live().version, live.publication().canary, timeout(live)) == (2, None, 7)
    assert [version.number for version in live.versions()] == [2, 1]


def test_more_conversations_or_another_edit_keep_the_salt(live: MapStore, table: Table, seed: Items) -> None:
    release(table, **CANARY)
    edit(live, seed, 7)
    publish(live, NOW)
    release(table, **CANARY | {"percent": Decimal("12.5")})
    assert publish(live, NOW) == Published(1, "unknown", canary=2)
    edit(live, seed, 8)
    assert publish(live, NOW) == Published(1, "unknown", canary=3)
    canary = live.publication().canary
    assert canary
    assert (canary.percent, canary.salt) == (12.5, "s")


def test_an_aborted_canary_leaves_the_stable_map_and_the_draft_held(live: MapStore, table: Table, seed: Items) -> None:
    release(table, **CANARY)
    edit(live, seed, 7)
    publish(live, NOW)
    release(table, mode="hold")
    assert publish(live, NOW) == Published(1, "unknown")
    edit(live, seed, 8)
    assert publish(live, NOW) == Unchanged(1)
    assert (timeout(live), live.publication().canary, live.status().pending, live.status().mode) == (
        seed["TIER#economy"].get("timeout", 60),
        None,
        True,
        "hold",
    )


def test_a_canary_that_says_what_is_live_is_none(live: MapStore, table: Table) -> None:
    release(table, **CANARY)
    assert publish(live, NOW) == Unchanged(1)


def test_an_old_version_comes_back_as_a_new_one_and_a_later_edit_does_not_undo_it(
    live: MapStore, table: Table, seed: Items
) -> None:
    before = timeout(live)
    edit(live, seed, 7)
    publish(live, NOW)
    release(table, mode="pin", version=1, updated_by="bob", why="too slow")
    assert publish(live, NOW) == Published(3, "bob")
    assert timeout(live) == before
    newest = live.versions()[0]
    assert (newest.number, newest.author, newest.why, newest.source) == (3, "bob", "too slow", 1)
    assert newest.changes == ("~ TIER#economy timeout: 7 → 30",)
    edit(live, seed, 8)
    assert publish(live, NOW) == Unchanged(3)
    assert timeout(live) == before
    release(table, mode="live")
    assert publish(live, NOW) == Published(4, "unknown")


def test_a_rollback_works_while_the_draft_is_broken(live: MapStore, table: Table, seed: Items) -> None:
    edit(live, seed, 7)
    publish(live, NOW)
    live.delete_draft("SETTINGS")
    release(table, mode="pin", version=1)
    outcome = publish(live, NOW)
    assert isinstance(outcome, Published)
    assert outcome.version == 3
    assert outcome.problems
    assert live.status().state == "rejected"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mode": "pin"}, "version"),
        ({"mode": "pin", "version": 9}, "version"),
        ({"mode": "canary", "percent": 101}, "percent"),
        ({"mode": "canray"}, "mode"),
        ({"mode": "live", "percentage": 5}, "percentage"),
        ({"mode": "canary", "version": 9, "percent": 5}, "version"),
        ({"shadow": {"percent": 5, "version": 9}}, "version"),
    ],
)
def test_a_release_that_cannot_be_followed_changes_nothing_and_is_named(
    live: MapStore, table: Table, fields: dict[str, Any], field: str
) -> None:
    before = live.publication()
    release(table, **fields)
    outcome = publish(live, NOW)
    assert isinstance(outcome, Rejected)
    assert [(problem.item, problem.field) for problem in outcome.problems] == [(RELEASE, field)]
    assert live.publication() == before


def test_a_shadow_is_the_draft_or_a_version(live: MapStore, table: Table, seed: Items) -> None:
    edit(live, seed, 7)
    release(table, mode="hold", shadow={"percent": 10})
    assert isinstance(publish(live, NOW), Published)
    shadow = live.publication().shadow
    assert shadow
    assert (shadow.map.version, shadow.map.tiers["economy"].timeout, shadow.percent) == (0, 7, 10)
    assert publish(live, NOW) == Unchanged(1)
    release(table, mode="hold", shadow={"percent": 10, "version": 1})
    publish(live, NOW)
    shadow = live.publication().shadow
    assert shadow
    assert shadow.map.version == 1
    release(table, mode="hold")
    publish(live, NOW)
    assert live.publication().shadow is None


def test_an_edit_in_several_steps_is_not_published_before_its_end(live: MapStore, seed: Items) -> None:
    live.put_draft({"sk": "CHANGE", "incomplete": True})
    edit(live, seed, 7, updated_at="2", updated_by="ann")
    assert publish(live, NOW) == Unchanged(1)
    live.put_draft({"sk": "CHANGE", "why": "quicker", "updated_at": "2", "updated_by": "ann"})
    assert publish(live, NOW) == Published(2, "ann")
    assert live.versions()[0].why == "quicker"


def test_a_version_that_is_no_longer_live_expires_and_one_that_is_does_not(
    live: MapStore, table: Table, seed: Items
) -> None:
    edit(live, seed, 7)
    publish(live, NOW, history_days=400)
    assert [(version.number, version.expires) for version in live.versions()] == [(2, None), (1, 1_801_785_600)]
    source = table.get_item(Key={"pk": "MAP", "sk": "SOURCE#000000001"})["Item"]
    assert source["expires"] == 1_801_785_600


def test_a_live_record_that_was_deleted_or_spoilt_is_made_again_under_a_new_number(
    live: MapStore, table: Table, seed: Items
) -> None:
    table.delete_item(Key={"pk": "MAP", "sk": "LIVE"})
    assert publish(live, NOW) == Published(2, "unknown")
    table.update_item(
        Key={"pk": "MAP", "sk": "LIVE"},
        UpdateExpression="SET #s = :x",
        ExpressionAttributeNames={"#s": "snapshot"},
        ExpressionAttributeValues={":x": "{"},
    )
    assert publish(live, NOW) == Published(3, "unknown")
    assert live.live().version == 3

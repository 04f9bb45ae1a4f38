"""An edit is written only upon the very items that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pointsman.tiermap import edit
from pointsman.tiermap.diff import by_key
from pointsman.tiermap.edit import Desired, steps
from pointsman.tiermap.items import KINDS
from pointsman.tiermap.store import Conflict, MapStore
from tests.unit.tiermap.conftest import SMALL, Items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NOTE = {"updated_by": "ann", "updated_at": "2026-01-01"}


def slower(store: MapStore, by: int = 1) -> tuple[Desired, Items]:
    """What is read, and the draft with another timeout."""
    read = store.desired()
    items = {key: dict(item) for key, item in by_key(read.items).items()}
    items["TIER#economy"]["timeout"] += by
    return read, items


def write(store: MapStore, read: Desired, after: Items) -> None:
    for step in steps(read, after, NOTE):
        store.edit(step)


def unset(draft: Items) -> list[tuple[str, str]]:
    """A field that is not set, for every field that any kind of item may have."""
    found = {}
    for key, item in draft.items():
        for name in KINDS[key.partition("#")[0]].model_fields.keys() - item.keys():
            found[key.partition("#")[0], name] = key
    return [(key, name) for (_, name), key in sorted(found.items())]


def test_a_field_added_by_hand_and_unsigned_is_noticed_wherever_it_is(small: MapStore, table: Table) -> None:
    draft = {item["sk"]: item for item in SMALL}
    added = unset(draft)
    assert len(added) > 15
    for key, name in added:
        read, after = slower(small)
        table.update_item(
            Key={"pk": "DRAFT", "sk": key},
            UpdateExpression="SET #f = :v",
            ExpressionAttributeNames={"#f": name},
            ExpressionAttributeValues={":v": "by hand"},
        )
        with pytest.raises(Conflict):
            write(small, read, after)
        small.put_draft(draft[key])


@pytest.mark.parametrize("key", ["TIER#economy", "TIER#premium"])
def test_an_item_deleted_or_changed_meanwhile_is_noticed_also_if_the_edit_leaves_it(
    store: MapStore, seed: Items, key: str
) -> None:
    read, after = slower(store)
    store.put_draft(seed[key] | {"timeout": 77})
    with pytest.raises(Conflict):
        write(store, read, after)
    store.delete_draft(key)
    with pytest.raises(Conflict):
        write(store, read, after)


def test_an_item_of_the_same_name_created_meanwhile_is_noticed(store: MapStore, seed: Items) -> None:
    read, after = slower(store)
    after["TIER#new"] = seed["TIER#economy"] | {"sk": "TIER#new"}
    store.put_draft({"sk": "TIER#new", "candidates": []})
    with pytest.raises(Conflict):
        write(store, read, after)


def test_of_two_edits_upon_one_read_the_second_is_refused_whatever_they_touch(store: MapStore) -> None:
    read, after = slower(store)
    other = {key: dict(item) for key, item in by_key(read.items).items()}
    other["TIER#premium"]["timeout"] = 99
    write(store, read, after)
    with pytest.raises(Conflict):
        write(store, read, other)


def test_an_edit_too_large_for_one_transaction_ends_as_one_that_is_not(
    store: MapStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit, "LARGEST_STEP", 4)
    read, after = slower(store)
    for item in after.values():
        item["updated_by"] = "ann"
    gone = next(key for key in sorted(after) if key.startswith("ROUTE#") and key != "ROUTE#*")
    del after[gone]
    assert len(steps(read, after, NOTE)) > 5
    write(store, read, after)
    assert by_key(store.desired().items) == after
    assert store.desired().change == NOTE | {"pk": "DRAFT", "sk": "CHANGE"}

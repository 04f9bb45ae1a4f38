"""Edits of the draft that no other edit can get lost in: each step is one transaction, guarded by what was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from pointsman.domain import Json
from pointsman.tiermap.diff import by_key, canonical
from pointsman.tiermap.draft import Item as DraftItem
from pointsman.tiermap.items import CHANGE, DRAFT, KINDS
from pointsman.tiermap.release import RELEASE, ReleaseItem

LARGEST_STEP = 100
"""Actions in one DynamoDB transaction."""

Item = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Desired:
    """What people want: the draft items, and the release item (empty where there is none)."""

    items: tuple[Item, ...]
    release: Item = field(default_factory=dict)

    @property
    def change(self) -> Item:
        """The note of the last edit that the CLI made; empty where there is none."""
        return next((item for item in self.items if item.get("sk") == CHANGE), {})

    @property
    def digest(self) -> str:
        """Names what the draft says: equal for two drafts that say the same."""
        said = {key: canonical(key, item) for key, item in by_key(self.items).items()}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Edit:
    """One step: what to put, what to delete and what must only be as it was, by sort key; `read` is what was there."""

    read: Desired
    puts: Mapping[str, Item] = field(default_factory=dict)
    deletes: frozenset[str] = frozenset()
    unchanged: frozenset[str] = frozenset()
    release: Item | None = None

    def actions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The transaction's actions, each guarded by the item that was read."""
        for key, item in self.puts.items():
            yield "Put", {"Item": {**item, "pk": DRAFT, "sk": key}, **self._guard(key)}
        for key in sorted(self.deletes):
            yield "Delete", {"Key": {"pk": DRAFT, "sk": key}, **self._guard(key)}
        for key in sorted(self.unchanged):
            yield "ConditionCheck", {"Key": {"pk": DRAFT, "sk": key}, **self._guard(key)}
        if self.release is not None:
            guard = same_as(self.read.release or None, ReleaseItem)
            yield "Put", {"Item": {**self.release, "pk": RELEASE, "sk": RELEASE}, **guard}

    def _guard(self, key: str) -> dict[str, Any]:
        read = next((item for item in self.read.items if item["sk"] == key), None)
        return same_as(read, KINDS.get(key.partition("#")[0], DraftItem))


def same_as(item: Item | None, kind: type[BaseModel]) -> dict[str, Any]:
    """The condition that an item is as it was, whole: every field that it had has the same value, and none that it
    could have besides was added, signed or not."""
    if item is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    fields = {name: value for name, value in item.items() if name not in {"pk", "sk"}}
    missing = sorted(kind.model_fields.keys() - fields.keys())
    clauses = [
        "attribute_exists(pk)",
        *(f"#{n} = :{n}" for n in range(len(fields))),
        *(f"attribute_not_exists(#{n})" for n in range(len(fields), len(fields) + len(missing))),
    ]
    found: dict[str, Any] = {
        "ConditionExpression": " AND ".join(clauses),
        "ExpressionAttributeNames": {f"#{n}": name for n, name in enumerate([*fields, *missing])},
    }
    if fields:
        found["ExpressionAttributeValues"] = {f":{n}": value for n, value in enumerate(fields.values())}
    return found


def steps(read: Desired, after: Mapping[str, Item], change: Item, release: Item | None = None) -> list[Edit]:
    """The edits that make the draft `after` (items by sort key), and write `change`, the note about them.

    One transaction where that holds it all, items that stay the same included: none of them may have changed either.
    Else several, and while they are under way the note says `incomplete`: the publisher then leaves the draft alone.
    """
    there = by_key(read.items)
    puts = {key: item for key, item in after.items() if dict(there.get(key, {})) != dict(item)}
    deletes = frozenset(there.keys() - after.keys())
    same = frozenset(there.keys() - puts.keys() - deletes)
    room = LARGEST_STEP - 1 - (release is not None)
    if len(puts) + len(deletes) + len(same) <= room:
        return [Edit(read, {**puts, CHANGE: change}, deletes, same, release)]
    if len(puts) + len(deletes) <= room:
        return [Edit(read, {**puts, CHANGE: change}, deletes, frozenset(), release)]
    begun = {**change, "incomplete": True}
    under_way = Desired((*by_key(read.items).values(), {**begun, "pk": DRAFT, "sk": CHANGE}), read.release)
    keys: Sequence[str] = [*puts, *sorted(deletes)]
    parts = [keys[start : start + LARGEST_STEP - 1] for start in range(0, len(keys), LARGEST_STEP - 1)]
    return [
        Edit(read, {CHANGE: begun}),
        *(
            Edit(
                under_way,
                {key: puts[key] for key in part if key in puts},
                deletes & frozenset(part),
                frozenset({CHANGE}),
            )
            for part in parts
        ),
        Edit(under_way, {CHANGE: change}, release=release),
    ]

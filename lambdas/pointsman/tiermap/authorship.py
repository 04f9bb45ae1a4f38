"""Who made a version of the draft, and why: told by the items that changed, and by nobody else's signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pointsman.domain import Json
from pointsman.tiermap.diff import Change

UNKNOWN = "unknown"

Item = Mapping[str, Json]


def authorship(
    before: Mapping[str, Item], after: Mapping[str, Item], found: Iterable[Change], note: Item, since: str
) -> tuple[str, str | None]:
    """The author, or all of several, and the reason that `note` gives: what the CLI's last edit said of itself.

    `found` is how the items (by sort key) differ; `before` was published at `since` (ISO 8601, or empty). The reason
    holds where the CLI made all the changes.
    """
    told = [
        _signature(before.get(key, {}), after[key], note) if key in after else _removal(note, since)
        for key in {change.item for change in found}
    ]
    authors = {author for author, _ in told}
    why = note.get("why") if told and all(noted for _, noted in told) else None
    return ", ".join(sorted(authors)) or UNKNOWN, None if why is None else str(why)


def _signature(old: Item, new: Item, note: Item) -> tuple[str, bool]:
    """Who changed an item, and whether the CLI did. An edit by other means may sign with `updated_by` alone, or not at
    all: whatever else it left there is of an earlier edit."""
    by, at = new.get("updated_by"), str(new.get("updated_at", ""))
    if not by or (at and (by, at) == (old.get("updated_by"), old.get("updated_at"))):
        return UNKNOWN, False
    last = str(note.get("updated_at", ""))
    noted = old.get("updated_at") != at <= last if at else False
    return str(by), noted and (at < last or by == note.get("updated_by"))


def _removal(note: Item, since: str) -> tuple[str, bool]:
    """Who removed an item, which leaves no signature: the CLI, if its last edit was not yet published."""
    noted = str(note.get("updated_at", "")) > since
    return str(note.get("updated_by") or UNKNOWN) if noted else UNKNOWN, noted

"""Ends a canary that does harm: told by an alarm, which may come twice, late or for a canary that is long gone."""

from __future__ import annotations

from datetime import datetime

from pointsman.tiermap.edit import Edit
from pointsman.tiermap.store import MapStore


def abort_canary(store: MapStore, *, raised_at: str, now: str, by: str, why: str) -> bool:
    """Hold what is live, unless no canary is running or it was started after the alarm was raised; whether it did.
    Times are ISO 8601. Raises `Conflict` where the draft or the release was being changed."""
    read = store.desired()
    release = read.release
    started = release.get("started_at")
    if release.get("mode") != "canary":
        return False
    if isinstance(started, str) and datetime.fromisoformat(raised_at) < datetime.fromisoformat(started):
        return False
    held = {**release, "mode": "hold", "updated_by": by, "updated_at": now, "why": why}
    store.edit(Edit(read, release=held))
    return True

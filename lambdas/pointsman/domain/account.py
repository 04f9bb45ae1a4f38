"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """The holder of a key. `key_id` is public; the key itself is never kept."""

    key_id: str
    team: str

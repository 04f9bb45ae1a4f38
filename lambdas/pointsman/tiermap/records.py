"""What the publisher keeps in the map table, as it reads it: the live record, one record a version, the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pointsman.domain import Json, Publication, TierMap
from pointsman.tiermap.problems import Problem

Mode = Literal["live", "hold", "canary", "pin"]


@dataclass(frozen=True, slots=True)
class Live:
    """What is published now, by the version and hash of its stable map; before the first, 0 and nothing. `latest` is
    the highest version number ever given. A record that cannot be read has its numbers, but no publication."""

    version: int = 0
    hash: str = ""
    latest: int = 0
    publication: Publication | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The record of one version: who, when, why, and what it changed. `source` is the version that it went back to."""

    number: int
    hash: str
    author: str
    published_at: str
    why: str | None = None
    changes: tuple[str, ...] = ()
    source: int | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version as it is published: its record, its map, and the draft items (by sort key) that it was made from."""

    record: Version
    map: TierMap
    source: Mapping[str, Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class Status:
    """What became of the last edit. `version` is the live map's (0: none yet), `mode` what `RELEASE` asked for,
    `pending` whether the draft differs from what is live; `revision` counts the reports."""

    state: Literal["none", "ok", "rejected"]
    version: int = 0
    at: str = ""
    problems: tuple[Problem, ...] = ()
    revision: int = 0
    mode: Mode = "live"
    pending: bool = False

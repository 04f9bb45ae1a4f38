"""What people want to be live. One item says so, and the publisher brings it about:

    live      the draft, at once (as long as there is no such item)
    hold      what is live stays; the draft is only checked
    canary    what is live stays, and the draft (or a version) routes `percent` of the conversations
    pin       the content of an old version, whatever the draft says: a rollback

pk RELEASE  sk RELEASE
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from pointsman.domain import Json
from pointsman.tiermap.draft import Fields, Item, Line, Number, Parser
from pointsman.tiermap.problems import problem

RELEASE = "RELEASE"

Percent = Annotated[Number, Field(ge=0, le=100)]
Version = Annotated[StrictInt, Field(ge=1)]


class ShadowFields(Fields):
    """A second map that only decides: a published version, or the draft where none is named."""

    percent: Percent
    version: Version | None = None
    salt: str = "shadow"


class ReleaseItem(Item):
    """The item. `version`: what `pin` and, if it is not to be the draft, `canary` take; `salt` draws the canary's
    conversations and stays the same as long as one canary runs; `started_at` is when that began."""

    mode: Literal["live", "hold", "canary", "pin"] = "live"
    version: Version | None = None
    percent: Percent = Decimal(0)
    salt: str = "canary"
    started_at: Line | None = None
    shadow: ShadowFields | None = None
    why: Line | None = None


def read_release(item: Mapping[str, Json], parser: Parser) -> ReleaseItem | None:
    """The item as it is obeyed, or nothing and its problems noted."""
    release = parser.read(ReleaseItem, RELEASE, item)
    if release and release.mode == "pin" and release.version is None:
        parser.problems.append(problem(RELEASE, "version", "is required to pin"))
        return None
    return release

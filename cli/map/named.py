"""A whole tier map by what a person calls it: packaged, live, draft, a version's number, or a file."""

from __future__ import annotations

from pathlib import Path

import typer

from cli.map import files
from cli.map.draft import check, store_of
from pointsman.domain import TierMap
from pointsman.tiermap.seed import packaged_map


def named_map(context: typer.Context, name: str) -> TierMap:
    """Raises `Failure` where there is none, or one that is not sound."""
    if name == "packaged":
        return packaged_map()
    if name == "live":
        return store_of(context).live()
    if name == "draft":
        return check(store_of(context).drafts())
    if name.isdigit():
        return store_of(context).version(int(name))
    return check(files.read(Path(name)).items.values())

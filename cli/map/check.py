"""Commands that judge: is a map sound, how do two differ, what in it is doubtful, what may be written in a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.counted import counted
from cli.failures import Failure
from cli.map import files
from cli.map.draft import check, store_of
from cli.map.schema import text
from pointsman.domain import Json
from pointsman.tiermap.diff import by_key, changes
from pointsman.tiermap.lint import lint as find_doubts
from pointsman.tiermap.store import MapStore

OptionalFile = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A whole map; else the draft.")]
Side = Annotated[str, typer.Argument(help="live, draft, a version's number, or a file.")]


def validate(context: typer.Context, file: OptionalFile = None) -> None:
    """Check a whole map, the draft if no file is named, and show every problem at once."""
    tier_map = check(_items(context, file))
    typer.echo(f"sound: {len(tier_map.models)} models, {len(tier_map.tiers)} tiers, {len(tier_map.routes)} routes")


def diff(context: typer.Context, before: Side = "live", after: Side = "draft") -> None:
    """Show how two maps differ: what is live and the draft, unless told otherwise."""
    found = changes(_side(context, before), _side(context, after))
    for change in found:
        typer.echo(str(change))
    if not found:
        typer.echo(f"{before} and {after} say the same")


def lint(
    context: typer.Context,
    file: OptionalFile = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if there is any doubt.")] = False,
) -> None:
    """Name what is sound but doubtful."""
    items = [*_items(context, file)]
    check(items)
    found = find_doubts(items, datetime.now(UTC).date())
    for doubt in found:
        typer.echo(str(doubt))
    typer.echo(counted(len(found), "doubt") if found else "nothing doubtful")
    if found and strict:
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of a map's file, for editors."""
    typer.echo(text(), nl=False)


def _items(context: typer.Context, file: Path | None) -> list[Mapping[str, Json]]:
    return [*files.read(file).items.values()] if file else [*store_of(context).drafts()]


def _side(context: typer.Context, name: str) -> Mapping[str, Mapping[str, Json]]:
    if name not in {"live", "draft"} and not name.isdigit():
        return files.read(Path(name)).items
    store = store_of(context)
    if name == "draft":
        return by_key(store.drafts())
    return _source(store, store.live().version if name == "live" else int(name))


def _source(store: MapStore, number: int) -> Mapping[str, Mapping[str, Json]]:
    if items := store.source(number):
        return items
    raise Failure(f"there is no version {number}: `pointsman map history` shows those that are kept")

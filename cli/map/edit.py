"""Commands that change the draft. Nobody's edit is lost: what was read must still stand when it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.counted import counted
from cli.failures import Failure
from cli.map import files
from cli.map.draft import check, signature, store_of
from cli.map.schema import text as schema_text
from cli.stage import Stage
from pointsman.domain import Json
from pointsman.tiermap.diff import by_key, changes
from pointsman.tiermap.edit import Desired, steps
from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import Conflict, MapStore

Why = Annotated[str | None, typer.Option("--why", help="The reason, kept with the version.")]
WholeFile = Annotated[Path, typer.Argument(metavar="FILE.yaml", help="A whole map.")]


def seed(context: typer.Context) -> None:
    """Write the packaged map's items as the draft. Items of the same name are replaced."""
    store = store_of(context)
    read = store.desired()
    _write(store, read, {**by_key(read.items), **by_key(seed_items())}, "seed")


def put(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A draft item or a list of them, JSON or YAML.")],
    why: Why = None,
) -> None:
    """Write single draft items. The publisher publishes the draft if all of it is sound."""
    store = store_of(context)
    read = store.desired()
    after = {**by_key(read.items), **files.read(file).items}
    check(after.values())
    _write(store, read, after, why)


def profiles(context: typer.Context, why: Why = None) -> None:
    """Make each Bedrock model's `profiles` in the draft those that were deployed for the teams of `-c teams=`."""
    stage: Stage = context.obj
    deployed = stage.team_profiles()
    if not deployed:
        raise Failure("no application inference profiles are deployed: cdk deploy -c teams=search,support")
    store = store_of(context)
    read = store.desired()
    after = {key: _profiled(item, deployed) for key, item in by_key(read.items).items()}
    check(after.values())
    _write(store, read, after, why)


def _profiled(item: Mapping[str, Json], deployed: Mapping[str, Mapping[str, str]]) -> Mapping[str, Json]:
    """A profile serves in its own region alone."""
    if item.get("provider") != "bedrock":
        return item
    own = deployed.get(str(item["model_id"]), {})
    here = {team: arn for team, arn in own.items() if item.get("region") in {None, arn.split(":")[3]}}
    others = {name: value for name, value in item.items() if name != "profiles"}
    return others | ({"profiles": here} if here else {})


def export(context: typer.Context, file: WholeFile) -> None:
    """Write the draft to a file, and beside it the schema that editors check it by. Where the file is there already,
    its comments stay."""
    read = store_of(context).desired()
    items = by_key(read.items)
    files.write(file, items, read.digest)
    file.with_name(files.SCHEMA).write_text(schema_text(), encoding="utf-8")
    typer.echo(f"{counted(len(items), 'item')} written to {file}")


def apply(
    context: typer.Context,
    file: WholeFile,
    why: Why = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even if the draft has changed since the export.")] = False,
) -> None:
    """Make the draft what a file says: shows what would change, asks, and writes all of it or nothing."""
    store = store_of(context)
    wanted = files.read(file)
    if not wanted.whole:
        raise Failure(f"{file} holds single items: `pointsman map put` writes those")
    read = store.desired()
    check(wanted.items.values())
    found = changes(by_key(read.items), wanted.items)
    if not found and not read.change.get("incomplete"):
        files.rebase(file, read.digest)
        typer.echo("the draft says so already")
        return
    for change in found:
        typer.echo(str(change))
    if wanted.base not in {None, read.digest} and not force:
        by = read.change.get("updated_by", "somebody")
        raise Failure(
            f"the draft has changed since {file} was exported, last by {by}: some of the lines above would undo that. "
            "Export again, or --force"
        )
    if not yes:
        typer.confirm(f"Write {counted(len(found), 'change')}?", abort=True)
    _write(store, read, wanted.items, why, whole=True)
    files.rebase(file, Desired(tuple(wanted.items.values())).digest)


def _write(
    store: MapStore, read: Desired, after: Mapping[str, Mapping[str, Json]], why: str | None, *, whole: bool = False
) -> None:
    """Write what differs, signed; items that say the same stay as they are. Only a `whole` map may follow an edit of
    several steps that was broken off: anything less would complete half of it."""
    if read.change.get("incomplete") and not whole:
        by = read.change.get("updated_by", "somebody")
        raise Failure(f"an edit by {by} is half written: wait for its end, or `pointsman map apply` a whole map")
    there, signed = by_key(read.items), signature()
    touched = {change.item for change in changes(there, after)}
    signed_items = {key: {**item, **signed} if key in touched else there[key] for key, item in after.items()}
    note = {**signed, **({"why": why} if why else {})}
    edits = steps(read, signed_items, note)
    for number, step in enumerate(edits):
        try:
            store.edit(step)
        except Conflict:
            raise Failure(_conflict(number, len(edits))) from None
    typer.echo(f"{counted(len(touched), 'draft item')} written; `pointsman map status` tells what became of them")
    if others := changes(after, by_key(store.desired().items)):
        typer.echo("meanwhile somebody else has written, beside your edit:", err=True)
        for change in others:
            typer.echo(f"  {change}", err=True)


def _conflict(done: int, steps: int) -> str:
    if done == 0:
        return "somebody else has edited the draft meanwhile: nothing was overwritten; try again"
    return (
        f"somebody else has edited the draft meanwhile: {done} of {steps} steps were written, and nothing is published "
        "before a whole map is: look at `pointsman map diff`, then `pointsman map apply --force`"
    )

"""`pointsman map`: the tier map, which decides where prompts go."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.failures import Failure
from cli.stage import Stage
from pointsman.classify import embedding
from pointsman.domain import Json, TierMap
from pointsman.providers.registry import PROVIDERS
from pointsman.tiermap.compile import InvalidMap, compile_map
from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import MapStore

app = typer.Typer(help="Show, check and edit the tier map.", no_args_is_help=True)

ItemsFile = Annotated[Path, typer.Argument(metavar="FILE.json", help="A draft item, or a list of them.")]


def _store(context: typer.Context) -> MapStore:
    stage: Stage = context.obj
    return MapStore(stage.map_table())


@app.command()
def show(context: typer.Context) -> None:
    """Show the live map: tiers with their models and prices, and where each task goes."""
    tier_map = _store(context).live()
    console = Console()
    console.print(
        f"version {tier_map.version}, published {tier_map.published_at} by {tier_map.author}", highlight=False
    )
    console.print(_tiers(tier_map))
    console.print(_routes(tier_map))


@app.command()
def seed(context: typer.Context) -> None:
    """Write the packaged map's items as the draft. Items of the same name are replaced."""
    _put(_store(context), seed_items())


@app.command()
def put(context: typer.Context, file: ItemsFile) -> None:
    """Write draft items. The publisher publishes the draft if all of it is sound."""
    items = read_items(file)
    store = _store(context)
    _check(_merged(store.drafts(), items))
    _put(store, items)


@app.command()
def validate(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.json]", help="A whole map; else the draft.")] = None,
) -> None:
    """Check a whole map, the draft if no file is named, and show every problem at once."""
    tier_map = _check(read_items(file) if file else _store(context).drafts())
    typer.echo(f"sound: {len(tier_map.models)} models, {len(tier_map.tiers)} tiers, {len(tier_map.routes)} routes")


@app.command()
def status(context: typer.Context) -> None:
    """Show what became of the last edit; exit code 1 if it was rejected."""
    found = _store(context).status()
    typer.echo(f"{found.state}; live version {found.version}{f', {found.at}' if found.at else ''}")
    for problem in found.problems:
        typer.echo(str(problem))
    if found.problems:
        raise typer.Exit(1)


def read_items(file: Path) -> list[dict[str, Json]]:
    """The draft items in a file: one, or a list. Raises `Failure`."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise Failure(f"{file} is not JSON: {error}") from None
    items = content if isinstance(content, list) else [content]
    if not items or not all(isinstance(item, dict) and isinstance(item.get("sk"), str) for item in items):
        raise Failure(f"{file}: every item must be an object with a sort key 'sk', such as \"MODEL#my-model\"")
    return items


def _merged(drafts: Iterable[dict[str, Json]], items: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
    return list(({item["sk"]: item for item in drafts} | {item["sk"]: item for item in items}).values())


def _check(items: Iterable[dict[str, Json]]) -> TierMap:
    whole = [item | {"pk": "DRAFT"} for item in items]
    try:
        return compile_map(whole, version=0, author="", published_at="", providers=PROVIDERS, encoder=embedding.load())
    except InvalidMap as error:
        raise Failure("the map is not sound:\n" + "\n".join(f"  {problem}" for problem in error.problems)) from None


def _put(store: MapStore, items: list[dict[str, Json]]) -> None:
    signature = {"updated_by": getpass.getuser(), "updated_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    for item in items:
        store.put_draft(item | signature)
    typer.echo(f"{len(items)} draft items written; `pointsman map status` tells what became of them")


def _tiers(tier_map: TierMap) -> Table:
    table = Table(box=None)
    for column in ("tier", "model"):
        table.add_column(column, no_wrap=True)
    table.add_column("model id", overflow="fold")
    for column in ("in $/M", "out $/M"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for tier in tier_map.tiers.values():
        name = tier.name
        for candidate in tier.candidates:
            model = tier_map.models[candidate.model]
            prices = (f"{Decimal(price) / 10**9:f}" for price in (model.prices.input, model.prices.output))
            table.add_row(name, model.alias, model.model_id, *prices, "" if model.enabled else "disabled")
            name = ""
    return table


def _routes(tier_map: TierMap) -> Table:
    bands = [band.name for band in tier_map.settings.bands]
    table = Table("task", *bands, box=None)
    for route in tier_map.routes.values():
        table.add_row(route.task, *(route.tiers.get(band, "") for band in bands))
    return table

"""Commands that show: the live map, what became of the last edit, what was published when and why."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.map.draft import store_of
from cli.tables import put
from pointsman.domain import Publication, TierMap
from pointsman.policy import from_the_bottom


def show(context: typer.Context) -> None:
    """Show the live map: tiers with their models and prices, and where each task goes."""
    publication = store_of(context).publication()
    tier_map = publication.stable
    console = Console()
    console.print(
        f"version {tier_map.version}, published {tier_map.published_at} by {escape(tier_map.author)}", highlight=False
    )
    for line in _trials(publication):
        console.print(line, highlight=False)
    put(_tiers(tier_map), console)
    put(_routes(tier_map), console)


def status(context: typer.Context) -> None:
    """Show what became of the last edit; exit code 1 if it was rejected."""
    store = store_of(context)
    found = store.status()
    typer.echo(f"{found.state}; live version {found.version}{f', {found.at}' if found.at else ''}")
    if found.mode != "live":
        typer.echo(f"the release is on {found.mode}")
    publication = store.record().publication
    if found.mode == "canary" and publication and publication.canary is None:
        share = store.desired().release.get("percent")
        typer.echo(f"canary: none yet; what you edit goes to {share} % of the conversations")
    for line in _trials(publication) if publication else ():
        typer.echo(line)
    if found.pending:
        typer.echo("the draft differs from what is live: see `pointsman map diff`")
    for problem in found.problems:
        typer.echo(str(problem))
    if found.problems:
        raise typer.Exit(1)


def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many versions, the newest first.", min=1)] = 20,
    full: Annotated[bool, typer.Option("--full", help="Show each change.")] = False,
) -> None:
    """Show who published what, when and why."""
    table = Table(box=None)
    for column in ("version", "published", "by"):
        table.add_column(column, no_wrap=True)
    table.add_column("why")
    table.add_column("changes")
    for version in store_of(context).versions()[:limit]:
        why = version.why or (f"rollback to {version.source}" if version.source else "")
        changes = "\n".join(version.changes) if full else f"{len(version.changes)}"
        until = f" (until {datetime.fromtimestamp(version.expires, UTC):%Y-%m-%d})" if version.expires else ""
        row = (f"{version.number}", f"{version.published_at[:19]}{until}", version.author, why, changes)
        table.add_row(*map(escape, row))
    put(table, folded=True)


def _trials(publication: Publication) -> list[str]:
    found = []
    if canary := publication.canary:
        found.append(f"canary: version {canary.map.version} for {canary.percent:g} % of the conversations")
    if shadow := publication.shadow:
        what = f"version {shadow.map.version}" if shadow.map.version else "the draft"
        found.append(f"shadow: {what} decides {shadow.percent:g} % of the requests as well")
    return found


def _tiers(tier_map: TierMap) -> Table:
    table = Table(box=None)
    for column in ("tier", "model"):
        table.add_column(column, no_wrap=True)
    table.add_column("model id")
    for column in ("in $/M", "out $/M"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for tier in from_the_bottom(tier_map):
        name = tier.name
        for candidate in tier.candidates:
            model = tier_map.models[candidate.model]
            prices = (f"{Decimal(price) / 10**9:f}" for price in (model.prices.input, model.prices.output))
            table.add_row(name, model.alias, escape(model.model_id), *prices, "" if model.enabled else "disabled")
            name = ""
    return table


def _routes(tier_map: TierMap) -> Table:
    bands = [band.name for band in tier_map.settings.bands]
    table = Table("task", *bands, box=None)
    for route in tier_map.routes.values():
        table.add_row(route.task, *(route.tiers.get(band, "") for band in bands))
    return table

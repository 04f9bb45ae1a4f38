"""`pointsman report`: what was spent, what routing saved, and whether AWS's bill says the same.

events      the cost events of a log, an export or the event lake, as one frame
summary     sums of them                       words   what they rest on
curve       quality against cost
table       in the terminal                    page    as one HTML file, drawn by svg
cur         AWS's Cost and Usage file          reconcile   events against it       differences   shown
replay      recorded requests under another map    prompts   prompts under two    outcome, simulated   what it comes to

Only the commands stand here: the data frame library is imported when one of them runs.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.failures import Failure
from cli.map.named import named_map
from cli.report.since import since_ms
from cli.stage import Stage

app = typer.Typer(help="Show what was spent and what routing saved.", invoke_without_command=True)

LOG_DAYS = "7d"


@app.callback()
def report(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option(help="30m, 12h, 7d or 2026-11-01. An export is read whole without it.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="An export, a file or a folder of them; else the deployment's log.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML file, too.")] = None,
    tier_map: Annotated[
        str, typer.Option("--map", help="For the quality/cost curve: packaged, live, a version or a file.")
    ] = "packaged",
) -> None:
    """Show what was spent, what the same tokens cost at the baseline model, and where it went."""
    if context.invoked_subcommand:
        return
    from cli.report import cloudwatch, events, page, summary, table

    now = time.time()
    if source:
        found = events.read(source, summary.FIELDS, since_ms(since, now) if since else None)
    else:
        stage: Stage = context.obj
        start = since_ms(since or LOG_DAYS, now)
        found = events.of_messages(cloudwatch.pages(stage.logs(), stage.router_log_group(), start), summary.FIELDS)
    if found.frame.is_empty():
        raise Failure(f"there are no cost events in {source or 'the log'} for that time")
    summed = summary.summarise(found, named_map(context, tier_map))
    table.show(summed, Console())
    if html:
        html.write_text(page.render(summed), encoding="utf-8")
        typer.echo(f"written: {html}")


@app.command()
def reconcile(
    context: typer.Context,
    export: Annotated[Path, typer.Argument(help="Cost events: a file or a folder of them.")],
    cur: Annotated[
        Path, typer.Argument(help="AWS's Cost and Usage file (CUR 2.0): CSV, Parquet, or a folder of them.")
    ],
    tolerance: Annotated[float, typer.Option(help="Per cent that a model may differ.", min=0)] = 1.0,
    tag: Annotated[str, typer.Option(help="The cost allocation tag that names the team.")] = "team",
    principal: Annotated[
        str | None, typer.Option(help="Only what callers with this in their ARN used, as the router's role.")
    ] = None,
    tier_map: Annotated[
        str, typer.Option("--map", help="Whose model ids the aliases have: packaged, live, a version or a file.")
    ] = "packaged",
) -> None:
    """Compare what the events say Bedrock cost with AWS's bill; exit code 1 where a model is further apart."""
    from cli.report import cur as bills
    from cli.report import differences, events
    from cli.report import reconcile as sides

    bill = bills.read(cur, tag, principal)
    found = sides.reconcile(events.read(export, sides.FIELDS).frame, bill, named_map(context, tier_map))
    differences.show(found, Console(), tolerance / 100)
    if not found.beyond(tolerance / 100).is_empty():
        raise typer.Exit(1)

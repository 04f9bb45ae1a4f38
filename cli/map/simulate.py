"""`pointsman map simulate`: what another map would have made of the traffic that there was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.map.named import named_map


def simulate(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="The map to try: a file, draft, live, packaged or a version's number.")],
    traffic: Annotated[
        Path, typer.Option(help="Cost events (a file or a folder of exports), or prompts, one JSON object a line.")
    ],
    against: Annotated[
        str, typer.Option(help="The map that is there now: it ranks the models, and decides prompts.")
    ] = "packaged",
    html: Annotated[Path | None, typer.Option(help="Write a picture of it as one HTML file, too.")] = None,
) -> None:
    """Replay traffic against another map: what moves, what it costs, what quality to expect. No model is called."""
    from cli.report import prompts, replay, simulated
    from cli.report.outcome import outcome

    now, then = named_map(context, against), named_map(context, file)
    moves = prompts.moves(traffic, now, then) if prompts.holds(traffic) else replay.moves(traffic, then)
    found = outcome(moves, now, then)
    simulated.show(found, Console())
    if html:
        html.write_text(simulated.render(found), encoding="utf-8")
        typer.echo(f"written: {html}")

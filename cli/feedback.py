"""`pointsman feedback`: what callers thought of their answers."""

from __future__ import annotations

import json
import time

import typer

from cli.counted import counted
from cli.stage import Stage
from pointsman.accounts.feedback import FeedbackStore

app = typer.Typer(help="What callers thought of their answers.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """A group, though there is one command so far."""


@app.command()
def export(context: typer.Context) -> None:
    """Write every verdict to stdout as JSON Lines, for `make train FEEDBACK=file`."""
    stage: Stage = context.obj
    records = sorted(FeedbackStore(stage.accounts_table(), time.time).all(), key=lambda one: (one["at"], one["key_id"]))
    for record in records:
        typer.echo(json.dumps(record, ensure_ascii=False, sort_keys=True))
    usable = [record for record in records if record.keys() & {"task", "tier", "answered_by"} and "prompt" in record]
    typer.echo(
        f"{counted(len(records), 'verdict')}; {len(usable)} with a prompt and a task or tier, which training uses",
        err=True,
    )

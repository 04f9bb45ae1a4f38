"""`pointsman keys`: who may call."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Stage
from pointsman.accounts.keys import CACHE_SECONDS, KeyStore

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


def _store(context: typer.Context) -> KeyStore:
    stage: Stage = context.obj
    return KeyStore(stage.accounts_table(), time.time)


@app.command()
def create(
    context: typer.Context,
    team: Annotated[str, typer.Option(help="Who pays: stands in every cost event.")],
    name: Annotated[str, typer.Option(help="What the key is for, so that you know it again.")],
) -> None:
    """Make a key. It is shown once: only its hash is stored."""
    made = _store(context).create(team, name)
    typer.echo(f"{made.key_id} of team {team}; this is the only time that you see the key:", err=True)
    typer.echo(made.key)


@app.command("list")
def list_keys(context: typer.Context) -> None:
    """Show every key by its id, revoked ones too."""
    table = Table("key id", "team", "name", "created", "revoked", box=None)
    for record in _store(context).list():
        table.add_row(record.key_id, record.team, record.name, record.created_at, record.revoked_at or "")
    Console().print(table)


@app.command()
def revoke(context: typer.Context, key_id: Annotated[str, typer.Argument(metavar="KEY_ID")]) -> None:
    """Refuse a key from now on."""
    record = _store(context).revoke(key_id)
    typer.echo(f"{record.key_id} revoked at {record.revoked_at}; it stops working within {CACHE_SECONDS:.0f} seconds")

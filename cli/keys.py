"""`pointsman keys`: who may call."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.table import Table

from cli.limits import Daily, Monthly, Rpm, Soft, Tpm, limits, usage_table
from cli.stage import Stage
from cli.tables import put
from cli.teams import check_name
from pointsman.accounts.counters import CounterTable
from pointsman.accounts.keys import CACHE_SECONDS, KeyStore
from pointsman.accounts.quotas import usage_pk
from pointsman.accounts.windows import Windows

app = typer.Typer(help="Make, limit, list and revoke API keys.", no_args_is_help=True)


def _store(context: typer.Context) -> KeyStore:
    stage: Stage = context.obj
    return KeyStore(stage.accounts_table(), time.time)


@app.command()
def create(
    context: typer.Context,
    team: Annotated[str, typer.Option(help="Who pays: stands in every cost event.")],
    name: Annotated[str, typer.Option(help="What the key is for, so that you know it again.")],
    daily: Daily = None,
    monthly: Monthly = None,
    soft: Soft = None,
    rpm: Rpm = None,
    tpm: Tpm = None,
) -> None:
    """Make a key. It is shown once: only its hash is stored."""
    check_name(team)
    made = _store(context).create(team, name, limits(daily, monthly, soft, rpm, tpm))
    typer.echo(f"{made.key_id} of team {team}; this is the only time that you see the key:", err=True)
    typer.echo(made.key)


@app.command("list")
def list_keys(context: typer.Context) -> None:
    """Show every key by its id, revoked ones too."""
    table = Table("key id", "team", "name", "created", "revoked", box=None)
    for record in _store(context).list():
        table.add_row(record.key_id, record.team, record.name, record.created_at, record.revoked_at or "")
    put(table)


@app.command()
def revoke(context: typer.Context, key_id: Annotated[str, typer.Argument(metavar="KEY_ID")]) -> None:
    """Refuse a key from now on."""
    record = _store(context).revoke(key_id)
    typer.echo(f"{record.key_id} revoked at {record.revoked_at}; it stops working within {CACHE_SECONDS:.0f} seconds")


@app.command("limits")
def set_limits(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID")],
    daily: Daily = None,
    monthly: Monthly = None,
    soft: Soft = None,
    rpm: Rpm = None,
    tpm: Tpm = None,
) -> None:
    """Replace a key's limits; without options it has none."""
    record = _store(context).limit(key_id, limits(daily, monthly, soft, rpm, tpm))
    typer.echo(f"limits of {record.key_id} replaced; they hold everywhere within {CACHE_SECONDS:.0f} seconds")


@app.command()
def usage(context: typer.Context, key_id: Annotated[str, typer.Argument(metavar="KEY_ID")]) -> None:
    """Show what a key has used of its limits, what is reserved for requests under way included."""
    stage: Stage = context.obj
    record, windows = _store(context).find(key_id), Windows(time.time())
    counters = CounterTable(stage.accounts_table()).read(usage_pk(key_id=key_id), windows.period)
    put(usage_table(f"key {key_id}", record.limits, counters, windows))

"""`pointsman teams`: what all keys of a team may use together."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from cli.failures import Failure
from cli.limits import Daily, Monthly, Rpm, Soft, Tpm, limits, usage_table
from cli.stage import Stage
from cli.tables import put
from pointsman.accounts.counters import CounterTable
from pointsman.accounts.keys import CACHE_SECONDS, KeyStore
from pointsman.accounts.quotas import usage_pk
from pointsman.accounts.windows import Windows
from pointsman.tiermap.draft import NAME

app = typer.Typer(help="Limit what a team may use.", no_args_is_help=True)

Team = Annotated[str, typer.Argument(metavar="TEAM")]


def check_name(team: str) -> None:
    """Raises `Failure` for what would be no name in the tier map either."""
    if not re.fullmatch(NAME, team):
        raise Failure(f"{team!r} is no team's name: letters, digits, '.', '_' and '-', 64 at most")


@app.command("limits")
def set_limits(
    context: typer.Context,
    team: Team,
    daily: Daily = None,
    monthly: Monthly = None,
    soft: Soft = None,
    rpm: Rpm = None,
    tpm: Tpm = None,
) -> None:
    """Replace a team's limits; without options it has none."""
    stage: Stage = context.obj
    store, found = KeyStore(stage.accounts_table(), time.time), limits(daily, monthly, soft, rpm, tpm)
    known = any(record.team == team for record in store.list())
    if not known:
        check_name(team)
    store.limit_team(team, found)
    typer.echo(f"limits of team {team} replaced; they hold everywhere within {CACHE_SECONDS:.0f} seconds")
    if not known:
        typer.echo(f"no key has the team {team} yet: is the name right?", err=True)


@app.command()
def usage(context: typer.Context, team: Team) -> None:
    """Show what a team has used of its limits, what is reserved for requests under way included."""
    stage: Stage = context.obj
    table, windows = stage.accounts_table(), Windows(time.time())
    counters = CounterTable(table).read(usage_pk(team=team), windows.period)
    put(usage_table(f"team {team}", KeyStore(table, time.time).team_limits(team), counters, windows))

"""What a key or a team may use, as options and as a table."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.table import Table

from cli.failures import Failure
from pointsman.accounts.refusals import dollars
from pointsman.accounts.windows import MONTH, Windows
from pointsman.domain import Limits

NANO = 10**9

Daily = Annotated[str | None, typer.Option("--budget-daily", metavar="USD", help="Dollars a UTC day.")]
Monthly = Annotated[str | None, typer.Option("--budget-monthly", metavar="USD", help="Dollars a UTC month.")]
Soft = Annotated[
    int | None,
    typer.Option("--soft", min=1, max=99, metavar="PERCENT", help="Of a budget; past it the cheapest tier serves."),
]
Rpm = Annotated[int | None, typer.Option("--rpm", min=1, help="Requests a minute.")]
Tpm = Annotated[int | None, typer.Option("--tpm", min=1, help="Tokens a minute.")]


def limits(daily: str | None, monthly: str | None, soft: int | None, rpm: int | None, tpm: int | None) -> Limits:
    """The options as limits. Raises `Failure`."""
    found = Limits(_nano("--budget-daily", daily), _nano("--budget-monthly", monthly), soft, rpm, tpm)
    if soft is not None and not found.budgeted:
        raise Failure("--soft is a share of a budget: give --budget-daily or --budget-monthly too")
    return found


def usage_table(holder: str, found: Limits, counters: dict[str, int], windows: Windows) -> Table:
    """What is spent or reserved, beside the limits. Only what has a limit is counted."""
    table = Table(holder, "used", "limit", box=None)
    money = (
        (f"day {windows.day.removeprefix('day')}", windows.day, found.daily),
        (windows.period, MONTH, found.monthly),
    )
    for name, counter, most in money:
        table.add_row(name, dollars(counters.get(counter, 0)), "" if most is None else dollars(most))
    rates = (("requests this minute", windows.requests, found.rpm), ("tokens this minute", windows.tokens, found.tpm))
    for name, counter, most in rates:
        table.add_row(name, str(counters.get(counter, 0)), "" if most is None else str(most))
    return table


def _nano(option: str, usd: str | None) -> int | None:
    if usd is None:
        return None
    try:
        nano = Decimal(usd.removeprefix("$")) * NANO
    except InvalidOperation:
        raise Failure(f"{option}: {usd!r} is no number of dollars") from None
    if not nano.is_finite() or nano < 0 or nano != nano.to_integral_value():
        raise Failure(f"{option}: {usd!r} must be zero or more, in whole nano-dollars")
    return int(nano)

"""What reconciling found, in the terminal."""

from __future__ import annotations

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.report.money import usd
from cli.report.reconcile import Reconciled
from cli.tables import put

ONE_SIDED = (("bill", "events without a line of the bill"), ("events", "lines of the bill without an event"))


def show(found: Reconciled, console: Console, tolerance: float) -> None:
    put(_rows(found), console)
    for side, title in ONE_SIDED:
        alone = found.rows.filter(pl.col(side).is_null())
        for day, model in alone.select("day", "model").iter_rows():
            console.print(f"{title}: {day} {escape(model)}", highlight=False)
    for name, nano in found.others.iter_rows():
        console.print(f"not of a model's tokens: {escape(name)} ${usd(nano)}", highlight=False)
    events, bill = (int(found.rows[side].sum()) for side in ("events", "bill"))
    console.print(f"events ${usd(events)}, bill ${usd(bill)}: {_apart(events, bill)}", highlight=False)
    beyond = found.beyond(tolerance)
    for model, ours, theirs in beyond.select("model", "events", "bill").iter_rows():
        told = f"{escape(model)} is more than {tolerance:.2%} apart: {_apart(ours or 0, theirs or 0)}"
        console.print(f"[red]{told}[/red]", highlight=False)
    if beyond.is_empty():
        console.print(f"every model is within {tolerance:.2%} of the bill", highlight=False)


def _rows(found: Reconciled) -> Table:
    table = Table("day", "model", *(["team"] if found.by_team else []), box=None)
    for column in ("events $", "bill $", "difference"):
        table.add_column(column, justify="right")
    columns = ["day", "model", *(["team"] if found.by_team else []), "events", "bill"]
    for *names, events, bill in found.rows.select(columns).iter_rows():
        sides = ("" if side is None else usd(side) for side in (events, bill))
        table.add_row(*(escape(name or "(none)") for name in names), *sides, _apart(events or 0, bill or 0))
    return table


def _apart(events: int, bill: int) -> str:
    """In dollars, and as a share of the bill."""
    share = f" ({(events - bill) / bill:+.2%})" if bill else ""
    return f"{usd(events - bill)}{share}"

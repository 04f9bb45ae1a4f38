"""A report in the terminal."""

from __future__ import annotations

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.report.money import percent, saved_share, usd
from cli.report.summary import Summary
from cli.report.words import headline, notes, period
from cli.tables import put

SHOWN = ("task", "tier", "model")


def show(summary: Summary, console: Console) -> None:
    console.print(f"[bold]{escape(headline(summary))}[/bold]", highlight=False)
    console.print(period(summary), highlight=False)
    for name in SHOWN:
        put(_groups(name, summary.groups[name]), console)
    put(_dearest(summary.dearest.head(5)), console)
    for note in notes(summary):
        console.print(escape(note), highlight=False)


def _groups(name: str, frame: pl.DataFrame) -> Table:
    table = Table(name, box=None)
    for column in ("requests", "spent $", "baseline $", "saved"):
        table.add_column(column, justify="right")
    for group, requests, cost, baseline in frame.select("name", "requests", "cost", "baseline").iter_rows():
        table.add_row(escape(group), f"{requests:,}", usd(cost), usd(baseline), percent(saved_share(cost, baseline)))
    return table


def _dearest(frame: pl.DataFrame) -> Table:
    table = Table(box=None)
    for column in ("dearest requests", "task", "model"):
        table.add_column(column)
    for column in ("tokens in", "out", "spent $"):
        table.add_column(column, justify="right")
    columns = ("request_id", "task", "model", "input", "output", "cost_nano")
    for request, task, model, given, written, cost in frame.select(columns).iter_rows():
        table.add_row(
            *map(escape, (request, task or "", model or "")), f"{given or 0:,}", f"{written or 0:,}", usd(cost)
        )
    return table

"""Tables in a terminal, or where there is none."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

WIDEST = 10_000
"""Columns, of which there are more than any table needs."""


def put(table: Table, console: Console | None = None, *, folded: bool = False) -> None:
    """Print a table as wide as what it holds, so that no figure is cut where the terminal is narrow or there is none.
    A `folded` one, which holds sentences, keeps to a terminal's width."""
    console = console or Console()
    if not (folded and console.is_terminal):
        table.width = console.measure(table, options=console.options.update(width=WIDEST)).maximum
    console.print(table, crop=False)

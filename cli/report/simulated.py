"""What a simulation found, in the terminal and as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape as html

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.counted import counted
from cli.report.money import percent, usd
from cli.report.outcome import Outcome, Part
from cli.report.page import document, section
from cli.report.page import table as html_table
from cli.report.svg import Row, bars
from cli.tables import put

HEAD = ("requests", "move", "now $", "then $", "cost", "quality", "change, 95 %")
ASSUMED = (
    "Expected quality: the share of answers that are good enough, where the complexity is the probability that the "
    "lowest tier's model is not, the highest tier's always is, and those between are in equal steps. Nobody has judged "
    "these answers: the interval holds chance alone, not an error of the classifier's or of this assumption."
)


def headline(found: Outcome) -> str:
    whole = found.whole
    return (
        f"{whole.moved:,} of {counted(whole.requests, 'request')} move: "
        f"${usd(whole.cost)} becomes ${usd(whole.new_cost)} ({_cheaper(whole)}), "
        f"expected quality {percent(whole.quality)} becomes {percent(whole.new_quality)}"
    )


def notes(found: Outcome) -> Iterator[str]:
    yield ASSUMED
    yield from found.notes
    if found.refused:
        yield f"{counted(found.refused, 'request')} would be refused: nothing in the map serves such. In no figure."
    if found.unranked:
        yield f"{counted(found.unranked, 'request')} went to a model that neither map ranks: of unknown quality."


def show(found: Outcome, console: Console) -> None:
    console.print(f"[bold]{escape(headline(found))}[/bold]", highlight=False)
    for name, parts in (("task", found.tasks), ("tier now", found.tiers)):
        table = Table(box=None)
        table.add_column(name)
        for column in HEAD:
            table.add_column(column, justify="right")
        for part in (*parts, found.whole):
            table.add_row(*map(escape, _cells(part)))
        put(table, console)
    ways = Table("from", "to", box=None)
    for column in ("requests", "cost now $", "then $"):
        ways.add_column(column, justify="right")
    for row in _ways(found):
        ways.add_row(*map(escape, row))
    put(ways, console)
    for note in notes(found):
        console.print(escape(note), highlight=False)


def render(found: Outcome) -> str:
    return document(
        "What the map would change",
        [
            f"<h1>{html(headline(found))}</h1>",
            *(
                section(f"By {name}", _drawn(parts) + html_table((name, *HEAD), map(_cells, (*parts, found.whole)), 7))
                for name, parts in (("task", found.tasks), ("tier now", found.tiers))
            ),
            section(
                "What moves where", html_table(("from", "to", "requests", "cost now $", "then $"), _ways(found), 3)
            ),
            "<footer>" + "".join(f"<p>{html(note)}</p>" for note in notes(found)) + "</footer>",
        ],
    )


def _drawn(parts: Sequence[Part]) -> str:
    rows = [
        Row(part.name, part.new_cost / 1e9, part.cost / 1e9, f"${usd(part.new_cost)} {_cheaper(part)}")
        for part in parts
    ]
    return bars(rows, ("then", "now"))


def _ways(found: Outcome) -> list[tuple[str, ...]]:
    columns = ("model", "new_model", "requests", "cost", "new_cost")
    return [
        (before, after, f"{requests:,}", usd(cost), usd(new_cost))
        for before, after, requests, cost, new_cost in found.ways.select(columns).iter_rows()
    ]


def _cells(part: Part) -> tuple[str, ...]:
    return (
        *(part.name, f"{part.requests:,}", f"{part.moved:,}", usd(part.cost), usd(part.new_cost), _cheaper(part)),
        *(_qualities(part), _change(part)),
    )


def _cheaper(part: Part) -> str:
    return f"{(part.new_cost - part.cost) / part.cost:+.1%}" if part.cost else ""


def _qualities(part: Part) -> str:
    return "" if part.quality is None else f"{percent(part.quality)} → {percent(part.new_quality)}"


def _change(part: Part) -> str:
    """In points of a hundred."""
    return "" if part.change is None or part.error is None else f"{100 * part.change:+.2f} ± {100 * part.error:.2f}"

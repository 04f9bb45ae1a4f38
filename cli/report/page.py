"""A report as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cli.report.curve import Curve
from cli.report.money import moment, percent, saved_share, usd
from cli.report.summary import DAY_MS, Summary
from cli.report.svg import Row, bars, lines
from cli.report.svg import curve as curve_svg
from cli.report.words import curve_notes, headline, notes, period

LEGEND = ("spent", "baseline")
MOST_BARS = 15
STYLE = """
:root{color-scheme:light dark;--first:#0b7285;--second:#adb5bd;--line:#8885}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}
svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}
.first{fill:var(--first)}.second{fill:var(--second)}
polyline.first,polyline.second{fill:none;stroke-width:2}polyline.first{stroke:var(--first)}polyline.second{stroke:var(--second)}
.grid{stroke:var(--line)}.point{fill:var(--first)}
table{border-collapse:collapse;width:100%;font-size:13px;display:block;overflow-x:auto}
td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid var(--line)}.number{text-align:right}
footer{margin-top:2rem;font-size:13px}
"""


def document(title: str, body: Iterable[str]) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> str:
    """The last `numbers` columns stand to the right."""
    first = len(head) - numbers

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=number' if index >= first else ''}>{escape(value)}</{tag}>"
            for index, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table>"


def render(summary: Summary) -> str:
    return document(
        "What routing saved",
        [
            f"<h1>{escape(headline(summary))}</h1><p>{escape(period(summary))}</p>",
            section(f"Spend against the baseline, by {_step(summary)}", _over_time(summary)),
            *([section("Expected quality against cost", _curve(summary.curve))] if summary.curve else []),
            *(section(f"By {name}", _by(summary, name)) for name in summary.groups),
            section("The dearest requests", _dearest(summary)),
            "<footer>" + "".join(f"<p>{escape(note)}</p>" for note in notes(summary)) + "</footer>",
        ],
    )


def _step(summary: Summary) -> str:
    return "day" if summary.step == DAY_MS else "hour"


def _over_time(summary: Summary) -> str:
    cut = slice(5, 10) if summary.step == DAY_MS else slice(5, 16)
    points = [
        Row(moment(at)[cut], cost / 1e9, baseline / 1e9)
        for at, cost, baseline in summary.series.select("at", "cost", "baseline").iter_rows()
    ]
    return lines(points, LEGEND, lambda dollars: f"${usd(round(dollars * 1e9))}")


def _curve(curve: Curve) -> str:
    points = [(point.cost, point.quality) for point in curve.points]
    legend = ("a limit of complexity between two models", "by chance", "today")
    drawn = curve_svg(points, (curve.today.cost, curve.today.quality), legend)
    return drawn + "".join(f"<p>{escape(note)}</p>" for note in curve_notes(curve))


def _by(summary: Summary, name: str) -> str:
    frame = summary.groups[name].select("name", "requests", "cost", "baseline")
    rows = [*frame.iter_rows()]
    drawn = [
        Row(group, cost / 1e9, baseline / 1e9, f"${usd(cost)} {_less(cost, baseline)}")
        for group, _, cost, baseline in rows[:MOST_BARS]
    ]
    figures = (
        (group, f"{requests:,}", usd(cost), usd(baseline), percent(saved_share(cost, baseline)))
        for group, requests, cost, baseline in rows
    )
    return bars(drawn, LEGEND) + table((name, "requests", "spent $", "baseline $", "saved"), figures, 4)


def _less(cost: int, baseline: int) -> str:
    share = saved_share(cost, baseline)
    return f"({-share:+.0%})" if share else ""


def _dearest(summary: Summary) -> str:
    columns = ("request_id", "timestamp_ms", "team", "task", "tier", "model", "input", "output", "cost_nano")
    rows = (
        (request, moment(at), *(name or "" for name in names), f"{given or 0:,}", f"{written or 0:,}", usd(cost))
        for request, at, *names, given, written, cost in summary.dearest.select(columns).iter_rows()
    )
    return table(("request", "when", "team", "task", "tier", "model", "tokens in", "out", "spent $"), rows, 3)

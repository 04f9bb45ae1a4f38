"""Charts as SVG text: no script, colours from the page's own style sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 720, 150, 110
BAR, GAP = 9, 14


@dataclass(frozen=True, slots=True)
class Row:
    """One name with its two values, the first against the second."""

    name: str
    first: float
    second: float
    label: str = ""


def bars(rows: Sequence[Row], legend: tuple[str, str]) -> str:
    """Two bars a row, from zero to the same scale."""
    height = len(rows) * (2 * BAR + GAP) + 30
    top = max((max(row.first, row.second) for row in rows), default=0) or 1
    room = WIDTH - LEFT - RIGHT
    parts = [_legend(legend)]
    for index, row in enumerate(rows):
        y = 26 + index * (2 * BAR + GAP)
        parts += [
            f'<text x="{LEFT - 8}" y="{y + BAR + 4}" text-anchor="end">{escape(row.name)}</text>',
            f'<rect class="first" x="{LEFT}" y="{y}" width="{room * row.first / top:.1f}" height="{BAR}"/>',
            f'<rect class="second" x="{LEFT}" y="{y + BAR}" width="{room * row.second / top:.1f}" height="{BAR}"/>',
            f'<text x="{LEFT + room * max(row.first, row.second) / top + 6:.1f}" y="{y + BAR + 4}">'
            f"{escape(row.label)}</text>",
        ]
    return _svg(height, parts)


def lines(points: Sequence[Row], legend: tuple[str, str], value: Callable[[float], str], height: int = 240) -> str:
    """Two lines over evenly spaced points, their names along the foot."""
    top = max((max(point.first, point.second) for point in points), default=0) or 1
    foot, left, room = height - 28, 80, WIDTH - 100
    step = room / max(1, len(points) - 1)

    def path(values: Sequence[float]) -> str:
        return " ".join(
            f"{left + index * step:.1f},{foot - (foot - 34) * each / top:.1f}" for index, each in enumerate(values)
        )

    parts = [_legend(legend)]
    for part in (0, 0.5, 1):
        y = foot - (foot - 34) * part
        parts.append(f'<line class="grid" x1="{left}" x2="{left + room}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(value(top * part))}</text>')
    parts.append(f'<polyline class="second" points="{path([point.second for point in points])}"/>')
    parts.append(f'<polyline class="first" points="{path([point.first for point in points])}"/>')
    if len(points) == 1:  # of which a line shows nothing
        for kind, each in (("second", points[0].second), ("first", points[0].first)):
            parts.append(f'<circle class="{kind}" cx="{left}" cy="{foot - (foot - 34) * each / top:.1f}" r="4"/>')
    every = max(1, len(points) // 6)
    for index, point in enumerate(points):
        if index % every == 0:
            x = left + index * step
            parts.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{escape(point.name)}</text>')
    return _svg(height, parts)


def _legend(names: tuple[str, str]) -> str:
    return "".join(
        f'<rect class="{kind}" x="{x}" y="6" width="10" height="10"/><text x="{x + 15}" y="15">{escape(name)}</text>'
        for kind, name, x in zip(("first", "second"), names, (LEFT, LEFT + 130), strict=True)
    )


def _svg(height: int, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'


def curve(points: Sequence[tuple[float, float]], mark: tuple[float, float], legend: tuple[str, str, str]) -> str:
    """A line of shares over shares up to 100 %, the straight way between its ends, and one point. The legend names
    them in this order."""
    height, left, foot = 300, 80, 262
    room, tall = WIDTH - 2 * left, foot - 34
    low = min(*(y for _, y in points), mark[1], 0.999)
    far = max(1.0, mark[0])

    def at(x: float, y: float) -> tuple[float, float]:
        return left + room * x / far, foot - tall * (y - low) / (1 - low)

    def path(through: Sequence[tuple[float, float]]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*at(*point)) for point in through)

    line, straight, point = map(escape, legend)
    x, y = at(*mark)
    parts = [
        f'<polyline class="second" points="{path([points[0], points[-1]])}"/>',
        f'<polyline class="first" points="{path(points)}"/>',
        f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="6"/><text x="{x + 10:.1f}" y="{y + 4:.1f}">{point}</text>',
        f'<text x="{left}" y="15">{line}; straight: {straight}</text>',
    ]
    for part in (0, 0.5, 1):
        _, level = at(0, low + (1 - low) * part)
        across, _ = at(far * part, low)
        parts += [
            f'<line class="grid" x1="{left}" x2="{left + room}" y1="{level:.1f}" y2="{level:.1f}"/>',
            f'<text x="{left - 8}" y="{level + 4:.1f}" text-anchor="end">{low + (1 - low) * part:.0%}</text>',
            f'<text x="{across:.1f}" y="{height - 20}" text-anchor="middle">{far * part:.0%}</text>',
        ]
    return _svg(height, parts)

"""Quality against cost on the traffic that there was: what each limit of complexity would give, and where today stands.

Two models: the cheapest tier's first below the limit, the baseline above it. Quality is expected, not measured, as in
`outcome`: a request of complexity c is good enough from the cheap model with probability 1 - c.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from cli.report.events import COUNTS
from cli.report.outcome import ranked
from pointsman.domain import TierMap, Usage
from pointsman.metering.prices import cost
from pointsman.policy import cheapest_first

STEPS = 100


@dataclass(frozen=True, slots=True)
class Point:
    """Cost as a share of the baseline's, quality as a share of answers that are good enough."""

    cost: float
    quality: float


@dataclass(frozen=True, slots=True)
class Curve:
    """From all cheap to all baseline. `today` counts the `requests` that were answered, have a baseline and a model
    that the map ranks."""

    points: tuple[Point, ...]
    today: Point
    cheap: str
    requests: int


def curve(frame: pl.DataFrame, tier_map: TierMap) -> Curve | None:
    """Nothing where no request can be placed on it."""
    ranks = ranked(tier_map, tier_map)
    rank = pl.col("model").replace_strict(ranks, default=None, return_dtype=pl.Float64)
    known = frame.lazy().with_columns(rank.alias("rank"))
    known = known.filter(pl.all_horizontal(pl.col("tokens", "baseline_model", "complexity", "rank").is_not_null()))
    steps = (
        known.group_by((pl.col("complexity") * STEPS).floor().alias("step"))
        .agg(
            pl.len().alias("requests"),
            pl.col("complexity").sum().alias("hard"),
            (pl.col("complexity") * (1 - pl.col("rank"))).sum().alias("missed"),
            pl.col("cost_nano", "baseline_nano").sum(),
            *(pl.col("tokens").struct.field(name).sum().alias(name) for name in COUNTS),
        )
        .sort("step")
        .collect(engine="streaming")
    )
    spent, baseline, requests, missed = steps.select(
        pl.col("cost_nano", "baseline_nano", "requests", "missed").sum()
    ).row(0)
    if not baseline:
        return None
    model = tier_map.models[cheapest_first(tier_map)[0].candidates[0].model]
    prices = replace(model.prices, long_context=None)  # sums of many requests are no long one
    below, hard, points = 0, 0.0, [Point(1.0, 1.0)]
    above = baseline
    for row in steps.iter_rows(named=True):
        below += cost(Usage(**{name: row[name] for name in COUNTS}), prices)
        above -= row["baseline_nano"]
        hard += row["hard"]
        points.append(Point((below + above) / baseline, 1 - hard / requests))
    today = Point(spent / baseline, 1 - missed / requests)
    return Curve(tuple(reversed(points)), today, model.alias, requests)

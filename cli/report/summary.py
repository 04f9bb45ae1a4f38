"""What the events say, summed: whole nano-dollars, so that the groups always come to the total."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cli.report.curve import Curve, curve
from cli.report.events import Events
from pointsman.domain import TierMap

FIELDS = (
    *("timestamp_ms", "failed", "team", "task", "tier", "model", "tokens", "complexity"),
    *("cost_nano", "baseline_model", "baseline_nano", "estimated", "unpriced"),
)
BY = ("task", "tier", "model", "team")
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
HOURLY_UP_TO = 3 * DAY_MS
NOT_KNOWN = "(none)"
DEAREST = 20


@dataclass(frozen=True, slots=True)
class Totals:
    """In nano-dollars. `cost` is all that was spent, on requests without a baseline (`alone`) too: they got no answer,
    or none was set, and their `alone_cost` is part of the cost that the saving has to make up for."""

    requests: int
    cost: int
    baseline: int
    failed: int
    estimated: int
    unpriced: int
    alone: int
    alone_cost: int

    @property
    def saved(self) -> int:
        return self.baseline - self.cost

    @property
    def share(self) -> float | None:
        return self.saved / self.baseline if self.baseline else None


@dataclass(frozen=True, slots=True)
class Summary:
    """Frames with the columns name (or `at`, in ms), requests, cost, baseline. `baselines`: the models compared with,
    `step`: how long a point of the series is."""

    totals: Totals
    groups: dict[str, pl.DataFrame]
    series: pl.DataFrame
    step: int
    dearest: pl.DataFrame
    baselines: tuple[str, ...]
    curve: Curve | None
    repeated: int
    first_ms: int
    last_ms: int


def summarise(events: Events, tier_map: TierMap) -> Summary:
    """There must be an event at least. The map's prices and tiers make the curve; all else is as it was recorded."""
    frame = events.frame
    first, last = frame.select(first=pl.col("timestamp_ms").min(), last=pl.col("timestamp_ms").max()).row(0)
    step = HOUR_MS if last - first <= HOURLY_UP_TO else DAY_MS
    return Summary(
        totals=totals(frame),
        groups={name: grouped(frame, name) for name in BY},
        series=_sums(frame, (pl.col("timestamp_ms") // step * step).alias("at")).sort("at"),
        step=step,
        dearest=_dearest(frame),
        baselines=tuple(frame["baseline_model"].drop_nulls().unique().sort()),
        curve=curve(frame, tier_map),
        repeated=events.repeated,
        first_ms=first,
        last_ms=last,
    )


def totals(frame: pl.DataFrame) -> Totals:
    alone = pl.col("baseline_model").is_null() | pl.col("tokens").is_null()
    return Totals(
        **frame.select(
            pl.len().alias("requests"),
            pl.col("cost_nano").sum().alias("cost"),
            pl.col("baseline_nano").sum().alias("baseline"),
            *(pl.col(name).sum() for name in ("failed", "estimated", "unpriced")),
            alone.sum().alias("alone"),
            pl.col("cost_nano").filter(alone).sum().alias("alone_cost"),
        ).row(0, named=True)
    )


def grouped(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The dearest group first; a request that has no such value is in a group of its own."""
    return _sums(frame, pl.col(name).fill_null(NOT_KNOWN).alias("name")).sort(
        ["cost", "baseline", "name"], descending=[True, True, False]
    )


def _sums(frame: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    sums = (pl.col("cost_nano").sum().alias("cost"), pl.col("baseline_nano").sum().alias("baseline"))
    return frame.group_by(key).agg(pl.len().alias("requests"), *sums)


def _dearest(frame: pl.DataFrame) -> pl.DataFrame:
    tokens = pl.col("tokens").struct
    columns = ("request_id", "timestamp_ms", "team", "task", "tier", "model", "cost_nano", "baseline_nano")
    return (
        frame.filter(pl.col("cost_nano") >= pl.col("cost_nano").top_k(DEAREST).min())
        .sort(["cost_nano", "request_id"], descending=[True, False])
        .head(DEAREST)
        .select(*columns, *(tokens.field(name).alias(name) for name in ("input", "output")))
    )

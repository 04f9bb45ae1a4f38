"""Cost events against AWS's bill, by day and model, and by team where the bill knows teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cli.report.cur import Bill, key_of
from pointsman.domain import TierMap

FIELDS = ("timestamp_ms", "team", "attempts")
LEAST = 10**7
"""Nano-dollars: differences below a cent are never held against anybody."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`rows`: day, model, team (none for those that the bill knows nothing of), events, bill (nano-dollars, nothing
    where that side has no line). `models`: model,
    events, bill over all days; `others`: what is Bedrock's on the bill and no model's tokens."""

    rows: pl.DataFrame
    models: pl.DataFrame
    others: pl.DataFrame
    by_team: bool

    def beyond(self, tolerance: float) -> pl.DataFrame:
        """The models whose difference is more than this share of the bill, all of it where one side has nothing. Days
        do not count: the bill's hour and the router's may fall on two."""
        events, bill = pl.col("events").fill_null(0), pl.col("bill").fill_null(0)
        apart = (events - bill).abs()
        return self.models.filter((apart >= LEAST) & (apart > tolerance * bill.abs()))


def reconcile(events: pl.DataFrame, bill: Bill, tier_map: TierMap) -> Reconciled:
    ours, billed = _ours(events, tier_map), _whose(bill.lines, tier_map)
    by_team = bool(billed["team"].count())
    keys = ["day", "key", "team"] if by_team else ["day", "key"]
    known = pl.col("team").is_in(billed["team"].drop_nulls().unique().to_list())
    ours = ours.with_columns(pl.when(known).then(pl.col("team")).alias("team"))
    left = ours.group_by(keys).agg(pl.col("nano").sum().alias("events"))
    right = billed.group_by(keys).agg(pl.col("nano").sum().alias("bill"))
    joined = left.join(right, on=keys, how="full", coalesce=True, nulls_equal=True)
    names = _names(ours)
    rows = joined.with_columns(pl.col("key").replace(names).alias("model"))
    sums = [pl.when(pl.col(side).count() > 0).then(pl.col(side).sum()).alias(side) for side in ("events", "bill")]
    return Reconciled(
        rows.sort([*keys], nulls_last=True),
        rows.group_by("model").agg(*sums).sort("model"),
        bill.others,
        by_team,
    )


def _ours(events: pl.DataFrame, tier_map: TierMap) -> pl.DataFrame:
    """Each call of a Bedrock model that cost something, failed and abandoned ones too: AWS charges for calls."""
    models = {alias: model.base_model or model.model_id for alias, model in tier_map.models.items()}
    calls = (
        events.select("timestamp_ms", "team", "attempts").explode("attempts", empty_as_null=False).unnest("attempts")
    )
    calls = calls.filter((pl.col("provider") == "bedrock") & (pl.col("cost_nano") > 0))
    aliases = calls["model"].unique()
    keys = {alias: key_of(models.get(alias, alias)) for alias in aliases}
    return calls.select(
        pl.from_epoch("timestamp_ms", time_unit="ms").dt.strftime("%Y-%m-%d").alias("day"),
        pl.col("model").replace_strict(keys, return_dtype=pl.String).alias("key"),
        "team",
        pl.col("cost_nano").alias("nano"),
        "model",
    )


def _whose(lines: pl.DataFrame, tier_map: TierMap) -> pl.DataFrame:
    """With the team of the map's inference profile where the bill has no tag: one holds only from its activation on."""
    teams = {arn: team for model in tier_map.models.values() for team, arn in model.profiles.items()}
    known = pl.col("resource").replace_strict(teams, default=None, return_dtype=pl.String)
    return lines.with_columns(pl.coalesce("team", known).alias("team"))


def _names(ours: pl.DataFrame) -> Mapping[str, str]:
    """What to call a model: the map's aliases for it."""
    found = ours.group_by("key").agg(pl.col("model").unique().sort().str.join(", "))
    return dict(found.iter_rows())

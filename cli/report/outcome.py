"""What the moves come to: requests, costs and the quality to expect, by task and by tier.

The complexity is the classifier's probability that the cheap model is not good enough. So a request of complexity c is
answered well enough by a model of the lowest tier with probability 1 - c, by one of the highest for certain (it is what
the others are measured by), and by one between in equal steps. A model's rank is its tier's in the map there is now.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from cli.report.replay import Moves
from pointsman.domain import TierMap
from pointsman.policy import cheapest_first

Z = 1.96
"""Of a standard normal: 95 % lie within."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the requests. Costs in nano-dollars; qualities are shares of answers that are good enough, nothing where
    no model's rank is known; `error` is how far the change in quality may be off, 95 times in 100."""

    name: str
    requests: int
    moved: int
    cost: int
    new_cost: int
    quality: float | None
    new_quality: float | None
    error: float | None

    @property
    def change(self) -> float | None:
        return None if self.quality is None or self.new_quality is None else self.new_quality - self.quality


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ways`: model, new_model, requests, cost, new_cost of those that move, the most requests first."""

    whole: Part
    tasks: tuple[Part, ...]
    tiers: tuple[Part, ...]
    ways: pl.DataFrame
    refused: int
    unranked: int
    notes: tuple[str, ...]


def outcome(moves: Moves, now: TierMap, then: TierMap) -> Outcome:
    """Requests that the new map refuses are counted and left out of both sides' costs and qualities."""
    served = moves.frame.filter(pl.col("new_model").is_not_null())
    ranks = ranked(now, then)
    covered = {
        name: pl.col(model).replace_strict(ranks, default=None, return_dtype=pl.Float64)
        for name, model in (("covered", "model"), ("new_covered", "new_model"))
    }
    frame = served.with_columns(**covered).with_columns(
        (1 - pl.col("complexity") * (1 - pl.col("covered"))).alias("quality"),
        (1 - pl.col("complexity") * (1 - pl.col("new_covered"))).alias("new_quality"),
        (pl.col("model") != pl.col("new_model")).alias("moves"),
    )
    left_out = (f"{moves.unanswered:,} requests are left out: they had no answer.",) if moves.unanswered else ()
    sums = (pl.len().alias("requests"), pl.col("cost").sum(), pl.col("new_cost").sum())
    return Outcome(
        whole=_part("all", frame),
        tasks=_parts(frame, "task"),
        tiers=_parts(frame, "tier"),
        ways=frame.filter("moves").group_by("model", "new_model").agg(*sums).sort("requests", "model", descending=True),
        refused=moves.frame.height - served.height,
        unranked=frame.filter(pl.col("quality").is_null() | pl.col("new_quality").is_null()).height,
        notes=(*moves.notes, *left_out),
    )


def ranked(now: TierMap, then: TierMap) -> dict[str, float]:
    """Each model's rank, 0 to 1: of the lowest tier that has it now, for a new one of that which will."""
    ranks: dict[str, float] = {}
    for tier_map in (now, then):
        tiers = cheapest_first(tier_map)
        found: dict[str, float] = {}
        for place, tier in enumerate(tiers):
            for candidate in tier.candidates:
                found.setdefault(candidate.model, place / (len(tiers) - 1) if len(tiers) > 1 else 1.0)
        ranks = found | ranks
    return ranks


def _parts(frame: pl.DataFrame, by: str) -> tuple[Part, ...]:
    named = frame.with_columns(pl.col(by).fill_null("(none)"))
    parts = (_part(str(name), part) for (name,), part in named.group_by(by))
    return tuple(sorted(parts, key=lambda part: (-part.cost, part.name)))


def _part(name: str, frame: pl.DataFrame) -> Part:
    known = frame.filter(pl.col("quality").is_not_null() & pl.col("new_quality").is_not_null())
    change = pl.col("new_quality") - pl.col("quality")
    before, after, apart, mean = known.select(
        pl.col("quality").mean(),
        pl.col("new_quality").mean(),
        change.abs().mean().alias("apart"),
        change.mean().alias("m"),
    ).row(0)
    return Part(
        name=name,
        requests=frame.height,
        moved=int(frame["moves"].sum()),
        cost=int(frame["cost"].sum()),
        new_cost=int(frame["new_cost"].sum()),
        quality=before,
        new_quality=after,
        error=None if mean is None else half_width(apart, mean, known.height),
    )


def half_width(apart: float, mean: float, count: int) -> float:
    """Of a 95 % interval of the change. One request's outcome changes by -1, 0 or 1, with a probability of change that
    is `apart` on average: the variance of such a draw is `apart` less the square of its mean."""
    return Z * math.sqrt(max(0.0, apart - mean**2) / count)

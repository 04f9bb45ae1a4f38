"""Recorded requests decided anew by another map, by the router's own policy and prices.

An event says task, complexity and confidence, not the prompt. Requests that agree in all that the policy looks at are
decided once, together. What something else than the route decided (a conversation that held its tier, a need that the
event does not name, a budget, a fallback) stays with its model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from cli.failures import Failure
from cli.report.events import COUNTS, read
from pointsman.domain import ChatRequest, Classification, TierMap, Usage
from pointsman.errors import PointsmanError
from pointsman.metering.prices import cost
from pointsman.policy import AUTO, TIER_PREFIX, decide

FIELDS = (
    *("requested_model", "task", "complexity", "confidence", "tier", "model", "reason", "tokens", "attempts"),
    *("fallbacks", "breaker_open"),
)
ELSE = ";"
"""In a reason, what follows is why the route alone did not decide."""
COLUMNS = ("task", "complexity", "tier", "model", "cost", "new_tier", "new_model", "new_cost")


@dataclass(frozen=True, slots=True)
class Moves:
    """A row a request: `COLUMNS`, costs in nano-dollars. `new_model` is nothing where the new map refuses the request.
    `notes` say on what the figures rest, `unanswered` how many requests are left out."""

    frame: pl.DataFrame
    unanswered: int
    notes: tuple[str, ...]


def moves(source: Path, then: TierMap) -> Moves:
    """Raises `Failure` where there is nothing to replay."""
    events = read(source, FIELDS).frame
    answered = events.filter(
        pl.col("tokens").is_not_null() & pl.col("model").is_not_null() & pl.col("complexity").is_not_null()
    )
    if answered.is_empty():
        raise Failure(f"{source} holds no answered requests")
    elsewhere = pl.col("reason").str.contains(ELSE, literal=True) | (pl.col("fallbacks") + pl.col("breaker_open") > 0)
    held = elsewhere.fill_null(value=False)
    frame = answered.with_columns(held.alias("held"), **_answering()).with_columns(
        pl.when("held").then(pl.col("model")).otherwise(pl.col("requested_model").fill_null(AUTO)).alias("asked")
    )
    decided = _decided(frame, then)
    prices = [_cost(row, then) for row in decided.select(*_PRICED).iter_rows(named=True)]
    whole = decided.with_columns(pl.Series("new_cost", prices, dtype=pl.Int64))
    kept = int(frame["held"].sum())
    notes = (
        "Tasks and complexities are those recorded; the same tokens are charged at the new map's prices.",
        f"{kept:,} requests that a conversation, a need, a budget or a fallback had placed stay with their model.",
    )
    return Moves(whole.select(COLUMNS), events.height - answered.height, notes)


_PRICED = ("model", "new_model", "service_tier", *COUNTS)


def _answering() -> dict[str, pl.Expr]:
    """What the answer alone cost, without the attempts before it; and its tokens, a column a kind."""
    call = pl.element().struct
    good = pl.col("attempts").list.eval(pl.element().filter(call.field("outcome") == "ok")).list.last()
    answer = pl.coalesce(good, pl.col("attempts").list.last()).struct
    tokens = {name: pl.col("tokens").struct.field(name) for name in COUNTS}
    return {"cost": answer.field("cost_nano"), "service_tier": answer.field("service_tier")} | tokens


def _decided(frame: pl.DataFrame, then: TierMap) -> pl.DataFrame:
    bands = [pl.col("complexity") >= band.below for band in then.settings.bands]
    weighted = any(candidate.weight for tier in then.tiers.values() for candidate in tier.candidates)
    keys = ["asked", "task", "band", "unsure", "tier", *(["request_id"] if weighted else [])]
    frame = frame.with_columns(
        pl.sum_horizontal(bands).alias("band"), (pl.col("confidence") < then.settings.min_confidence).alias("unsure")
    )
    kinds = frame.unique(keys, keep="first", maintain_order=True)
    found = [_decide(row, then) for row in kinds.iter_rows(named=True)]
    schema = {"new_tier": pl.String, "new_model": pl.String}
    decisions = pl.concat([kinds.select(keys), pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")
    return frame.join(decisions, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _decide(row: dict[str, Any], then: TierMap) -> tuple[str | None, str | None]:
    """Tier and model; a model that the new map has no more gives way to the first of its tier."""
    asked = Classification(row["task"] or "", row["complexity"], row["confidence"] or 0.0)
    for name in _names(row):
        try:
            target = decide(ChatRequest(name, ()), asked, then, seed=row["request_id"]).targets[0]
        except PointsmanError:
            continue
        return target.tier, target.model.alias
    return None, None


def _names(row: dict[str, Any]) -> Iterator[str]:
    yield row["asked"]
    if row["held"]:
        yield f"{TIER_PREFIX}{row['tier']}"


def _cost(row: dict[str, Any], then: TierMap) -> int | None:
    if row["new_model"] is None:
        return None
    usage = Usage(
        **{name: row[name] for name in COUNTS if name not in {"input", "output"}},
        input=row["input"] or 0,
        output=row["output"] or 0,
    )
    service_tier = row["service_tier"] if row["model"] == row["new_model"] else None
    return cost(usage, then.models[row["new_model"]].prices, service_tier)

"""The Bedrock lines of AWS's Cost and Usage file: CUR 2.0 from Data Exports, or the older report, CSV or Parquet.

The usage type names the model and the kind of token (`USE1-Claude4.6Sonnet-input-tokens`), but for models that are sold
through AWS Marketplace only the kind (`USW2-MP:USW2_InputTokenCount-Units`): there the product's name does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from cli.failures import Failure

DATE, USAGE, COST = "line_item_usage_start_date", "line_item_usage_type", "line_item_unblended_cost"
CODE, KIND, PRINCIPAL = "line_item_product_code", "line_item_line_item_type", "line_item_iam_principal"
RESOURCE = "line_item_resource_id"
NEEDED = (DATE, USAGE, COST, CODE)
BILLED = ("Usage", "DiscountedUsage")
"""Taxes, credits and refunds are no usage."""
OF_TOKENS = re.compile(
    r"^[A-Z0-9]+-(?:MP:[A-Z0-9]+_)?(?P<model>.*?)[-_]?(?:mantle-)?(?:text-)?(?:input|output|cache)[-_]?.*token", re.I
)


@dataclass(frozen=True, slots=True)
class Bill:
    """`lines`: day, key (of the model), team, resource (what was called, as an inference profile), nano. `others`:
    name, nano of what is Bedrock's and no model's tokens."""

    lines: pl.DataFrame
    others: pl.DataFrame


def read(source: Path, tag: str, principal: str | None = None) -> Bill:
    """`tag` names the team. With `principal`, only what callers with it in their ARN used. Raises `Failure`."""
    scanned = _scanned(source)
    has = scanned.collect_schema()
    if missing := [name for name in NEEDED if name not in has]:
        raise Failure(f"{source} is no Cost and Usage file: there is no column {missing[0]}")
    if principal and PRINCIPAL not in has:
        raise Failure(f"{source} has no column {PRINCIPAL}: export the bill with IAM principals, or leave them away")
    product = _value(has, ["product"], r"product_name", ["product_product_name"])
    name = f"(?:[A-Za-z]+[/:])?(?:user[_:])?{re.escape(tag)}"
    team = _value(has, ["resource_tags", "tags"], name, [f"resource_tags_user_{tag}", f"user_{tag}"])
    bedrock = pl.col(CODE).str.contains("Bedrock") | product.str.contains("Bedrock").fill_null(value=False)
    wanted = scanned.filter(bedrock)
    if KIND in has:
        wanted = wanted.filter(pl.col(KIND).is_in(BILLED))
    if principal:
        wanted = wanted.filter(pl.col(PRINCIPAL).str.contains(principal, literal=True))
    try:
        found = wanted.select(
            pl.col(DATE).cast(pl.String).str.slice(0, 10).alias("day"),
            pl.col(USAGE).fill_null("").alias("usage"),
            product.fill_null("").alias("product"),
            team.alias("team"),
            (pl.col(RESOURCE) if RESOURCE in has else pl.lit(None, pl.String)).alias("resource"),
            (pl.col(COST).cast(pl.Float64) * 1e9).round().cast(pl.Int64).alias("nano"),
        ).collect(engine="streaming")
    except PolarsError as error:
        raise Failure(f"{source} cannot be read: {str(error).splitlines()[0][:200]}") from None
    return _sorted_out(found)


def key_of(name: str) -> str:
    """A model's words and numbers in order of the alphabet, so that Bedrock's id, the bill's name and a product's title
    are one: `4 6 claude sonnet`."""
    name = re.sub(r"\(.*?\)", "", name.rpartition("/")[2])
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    name = re.sub(r"^(?:[a-z-]+\.)+", "", name)
    name = re.sub(r"-v?\d+:\d+.*$|-v\d+$", "", name)
    name = re.sub(r"-20\d{6}", "", name)
    return " ".join(sorted(part for part in re.findall(r"[a-z]+|\d+", name) if part != "0"))


def billed_model(usage: str, product: str) -> str | None:
    """The key of the model that a line is for, or nothing where it is for no tokens of one."""
    match = OF_TOKENS.match(usage)
    return (key_of(match["model"] or product) or None) if match else None


def _sorted_out(found: pl.DataFrame) -> Bill:
    kinds = found.select("usage", "product").unique()
    keys = [billed_model(usage, product) for usage, product in kinds.iter_rows()]
    keyed = found.join(kinds.with_columns(pl.Series("key", keys, dtype=pl.String)), on=["usage", "product"])
    others = keyed.filter(pl.col("key").is_null()).group_by(pl.col("usage").alias("name")).agg(pl.col("nano").sum())
    lines = keyed.filter(pl.col("key").is_not_null()).select("day", "key", "team", "resource", "nano")
    return Bill(lines, others.sort("nano", "name", descending=[True, False]))


def _scanned(source: Path) -> pl.LazyFrame:
    files = sorted(source.rglob("*")) if source.is_dir() else [source]
    parquet = [file for file in files if file.suffix == ".parquet"]
    tables = [file for file in files if file.name.endswith((".csv", ".csv.gz", ".csv.zst"))]
    if not source.exists() or not (parquet or tables):
        raise Failure(f"{source}: no Cost and Usage file, .csv, .csv.gz or .parquet")
    frames = [pl.scan_parquet(file, glob=False, hive_partitioning=False) for file in parquet]
    frames += [pl.scan_csv(file, glob=False, infer_schema=False) for file in tables]
    try:
        return pl.concat([_told_alike(frame) for frame in frames], how="diagonal")
    except (PolarsError, OSError) as error:
        raise Failure(f"{source} cannot be read: {str(error).splitlines()[0][:200]}") from None


def _told_alike(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Columns as CUR 2.0 names them, times and costs as text, so that files of all kinds stand below each other."""
    named = frame.rename(_snake)
    has = named.collect_schema()
    return named.with_columns(pl.col(name).cast(pl.String) for name in (DATE, COST) if name in has)


def _snake(name: str) -> str:
    """The older report's CSV says `lineItem/UsageStartDate` where all others say `line_item_usage_start_date`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[/:]", "_", name).lower() if "/" in name else name


def _value(has: pl.Schema, maps: Iterable[str], name: str, flat: Iterable[str]) -> pl.Expr:
    """The value under the first key that `name`, a regular expression, matches; else that of an old flat column."""
    found = [_within(pl.col(column), has[column], name) for column in maps if column in has]
    found += [pl.col(column) for column in flat if column in has]
    values = [value.replace("", None) for value in found]
    return pl.coalesce(values) if values else pl.lit(None, pl.String)


def _within(column: pl.Expr, kind: Any, name: str) -> pl.Expr:
    """CSV has a map as JSON text, Parquet as a list of pairs."""
    if kind == pl.String:
        return column.str.extract(rf'"{name}"\s*:\s*"([^"]*)"')
    pair = pl.element().struct
    key, value = (field.name for field in kind.inner.fields)
    return column.list.eval(pair.field(value).filter(pair.field(key).str.contains(f"^{name}$"))).list.first()

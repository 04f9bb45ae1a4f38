"""Cost events from wherever they were put, as one narrow frame: a column a field, a row a request.

Lines are read as CloudWatch has them (the event alone, or after a time as exports to S3 and `aws logs tail` write it),
plain or gz, without ever holding a whole file. What `aws logs filter-log-events` or a query prints is one document, and
is read as one. Parquet is the event lake's.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import ComputeError

from cli.failures import Failure
from pointsman.metering.names import LOG_MESSAGE
from pointsman.metering.record import SCHEMA_VERSION

COUNTS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "image", "reasoning")
TOKENS = pl.Struct(dict.fromkeys(COUNTS, pl.Int64))
ATTEMPTS = pl.List(
    pl.Struct(
        {
            **{"model": pl.String, "provider": pl.String, "outcome": pl.String},
            **{"cost_nano": pl.Int64, "service_tier": pl.String},
        }
    )
)
FIELDS: dict[str, Any] = {
    **{"schema_version": pl.Int64, "request_id": pl.String, "timestamp_ms": pl.Int64, "outcome": pl.String},
    **{"failed": pl.Int64, "stream": pl.Boolean, "team": pl.String, "requested_model": pl.String, "task": pl.String},
    **{"complexity": pl.Float64, "confidence": pl.Float64, "tier": pl.String, "model": pl.String},
    **{"reason": pl.String, "tokens": TOKENS, "cost_nano": pl.Int64, "baseline_model": pl.String},
    **{"baseline_nano": pl.Int64, "fallbacks": pl.Int64, "breaker_open": pl.Int64, "estimated": pl.Int64},
    **{"unpriced": pl.Int64, "attempts": ATTEMPTS},
}
"""What reports ask of an event; the rest of the line is not kept."""
NEEDED = ("schema_version", "request_id", "timestamp_ms")
MARK = rf'"message":\s*"{LOG_MESSAGE}"'
DOCUMENT = re.compile(rb'^\s*\{\s*"(events|results|searchedLogStreams)"')
ROWS_AT_ONCE = 5_000
"""A line has more than a kilobyte: the library's own 100,000 rows at once would take hundreds of megabytes."""
KINDS = (".parquet", ".gz", ".json", ".jsonl", ".ndjson", ".log", ".txt")


@dataclass(frozen=True, slots=True)
class Events:
    """`repeated`: lines that were there more than once, each counted once: deliveries repeat, and exports overlap."""

    frame: pl.DataFrame
    repeated: int


def read(source: Path, fields: Iterable[str], since_ms: int | None = None) -> Events:
    """The events of a file, or of all files below a folder. Raises `Failure` where there are none to read."""
    columns = _columns(fields)
    found = _files(source)
    parquet = [file for file in found if file.suffix == ".parquet"]
    documents = [file for file in found if file not in parquet and DOCUMENT.match(_head(file))]
    lines = [file for file in found if file not in parquet and file not in documents]
    frames = [_parquet(file, columns) for file in parquet]
    if lines:
        frames.append(_decoded(pl.scan_lines(lines, glob=False), columns))
    frames += [_decoded(_lines(_messages(file)), columns) for file in documents]
    return _collected(frames, since_ms, str(source))


def of_messages(pages: Iterable[list[str]], fields: Iterable[str]) -> Events:
    """The events of log messages that come in pages, each page narrowed before the next is asked for."""
    columns = _columns(fields)
    narrow = [_collected([_decoded(_lines(page), columns)], None, "the log").frame.lazy() for page in pages]
    return _collected(narrow or [pl.LazyFrame(schema=columns)], None, "the log")


def _columns(fields: Iterable[str]) -> dict[str, Any]:
    return {name: FIELDS[name] for name in dict.fromkeys([*NEEDED, *fields])}


def _lines(messages: list[str]) -> pl.LazyFrame:
    return pl.LazyFrame({"line": messages}, schema={"line": pl.String})


def _collected(frames: list[pl.LazyFrame], since_ms: int | None, source: str) -> Events:
    whole = pl.concat(frames)
    if since_ms is not None:
        whole = whole.filter(pl.col("timestamp_ms") >= since_ms)
    try:
        with pl.Config(streaming_chunk_size=ROWS_AT_ONCE):
            frame = whole.collect(engine="streaming")
    except ComputeError as error:
        raise Failure(f"{source} holds a cost event that is not whole: {str(error).splitlines()[0][:200]}") from None
    newer = frame["schema_version"].max()
    if isinstance(newer, int) and newer > SCHEMA_VERSION:
        raise Failure(f"{source} holds cost events of schema {newer}; this release reads up to {SCHEMA_VERSION}")
    if frame["request_id"].null_count():
        raise Failure(f"{source} holds cost events without a request_id")
    repeated = frame.height - frame["request_id"].n_unique()
    return Events(frame.unique("request_id", keep="first", maintain_order=True) if repeated else frame, repeated)


def _decoded(lines: pl.LazyFrame, columns: dict[str, Any]) -> pl.LazyFrame:
    """Whatever stands before the first brace is not the event's."""
    line = pl.col("line")
    event = line.str.slice(line.str.find("{", literal=True)).str.json_decode(pl.Struct(columns))
    return lines.filter(line.str.contains(MARK)).select(event.alias("event")).unnest("event")


def _parquet(file: Path, columns: dict[str, Any]) -> pl.LazyFrame:
    """A file written before a field was there has no column for it."""
    scanned = pl.scan_parquet(file, glob=False, hive_partitioning=False)
    has = scanned.collect_schema()
    if missing := [name for name in (*NEEDED, "cost_nano") if name not in has]:
        raise Failure(f"{file} holds no cost events: there is no column {missing[0]}")
    return scanned.select(_as_ours(name, kind, has.get(name)) for name, kind in columns.items())


def _as_ours(name: str, kind: Any, found: Any) -> pl.Expr:
    if found is None:
        return pl.lit(None, dtype=kind).alias(name)
    column = pl.col(name)
    if kind == TOKENS:
        return pl.when(column.is_not_null()).then(_struct(column, TOKENS, found)).alias(name)
    if kind == ATTEMPTS:
        return column.list.eval(_struct(pl.element(), ATTEMPTS.inner, found.inner)).alias(name)
    return column.cast(kind)


def _struct(value: pl.Expr, wanted: Any, found: Any) -> pl.Expr:
    """A struct with the fields of ours, whatever more or less it has."""
    there = {field.name for field in found.fields}
    return pl.struct(
        (value.struct.field(field.name).cast(field.dtype) if field.name in there else pl.lit(None, field.dtype)).alias(
            field.name
        )
        for field in wanted.fields
    )


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    found = sorted(file for file in source.rglob("*") if file.suffix in KINDS and file.is_file())
    if not found:
        reason = f"no file that ends in {', '.join(KINDS)}" if source.exists() else "there is no such file or folder"
        raise Failure(f"{source}: {reason}")
    return found


def _opened(file: Path) -> Any:
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")


def _head(file: Path) -> bytes:
    try:
        with _opened(file) as opened:
            return bytes(opened.read(200))
    except (OSError, EOFError) as error:
        raise Failure(f"{file} cannot be read: {error}") from None


def _messages(file: Path) -> list[str]:
    with _opened(file) as opened:
        try:
            document = json.load(opened)
        except ValueError as error:
            raise Failure(f"{file} is not JSON: {error}") from None
    return [*_texts(document)]


def _texts(document: dict[str, Any]) -> Iterator[str]:
    """`events` of filter-log-events and get-log-events, `results` of a Logs Insights query that has @message."""
    for event in document.get("events", []):
        yield event["message"]
    for row in document.get("results", []):
        yield from (cell["value"] for cell in row if cell.get("field") == "@message")

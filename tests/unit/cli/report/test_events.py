"""Cost events are read from every shape in which logs leave CloudWatch, and none is lost or counted twice."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from bench.make_events import events as made
from cli.failures import Failure
from cli.report.events import FIELDS, of_messages, read
from pointsman.metering.record import CostRecord

EVENTS = [*made(200, seed=3)]
LINES = [json.dumps(event, separators=(",", ":")) for event in EVENTS]
SPENT = sum(event["cost_nano"] for event in EVENTS)
COLUMNS = ("cost_nano", "tokens", "attempts", "team")
SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "cost-event.schema.json").read_text())


def as_exported(folder: Path) -> None:
    """As an export task writes them to S3: below the task's and the stream's name, a time before each line."""
    stream = folder / "0f1e" / "2026-11-24-[$LATEST]ab"
    stream.mkdir(parents=True)
    noise = "2026-11-24T00:00:00.000Z START RequestId: 1\n"
    text = noise + "".join(f"2026-11-24T00:00:00.000Z {line}\n" for line in LINES)
    (stream / "000000.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "aws-logs-write-test").write_text("Permission Check Successful")


def as_filtered(folder: Path) -> None:
    events = [{"timestamp": 1, "message": line, "eventId": "1"} for line in LINES]
    (folder / "filtered.json").write_text(json.dumps({"events": events, "searchedLogStreams": []}, indent=4))


def as_queried(folder: Path) -> None:
    rows = [[{"field": "@timestamp", "value": "1"}, {"field": "@message", "value": line}] for line in LINES]
    (folder / "query.json").write_text(json.dumps({"results": rows, "status": "Complete"}))


def as_tailed(folder: Path) -> None:
    text = "".join(f"2026-11-24T00:00:00 [$LATEST]ab {line}\n" for line in LINES)
    (folder / "tail.txt").write_text(text + "2026-11-24T00:00:00 [$LATEST]ab INIT_START\n")


def as_lines(folder: Path) -> None:
    (folder / "events.jsonl").write_text("\n".join(LINES))


def as_parquet(folder: Path) -> None:
    """As Firehose writes them: every column, structs whole, in a folder for each day."""
    day = folder / "day=2026-11-23"
    day.mkdir()
    plain = [{name: value for name, value in event.items() if name != "_aws"} for event in EVENTS]
    pl.DataFrame(plain, infer_schema_length=None).write_parquet(day / "part.parquet")


@pytest.mark.parametrize("shape", [as_exported, as_filtered, as_queried, as_tailed, as_lines, as_parquet])
def test_every_shape_holds_the_same_events(tmp_path: Path, shape: Any) -> None:
    shape(tmp_path)
    found = read(tmp_path, COLUMNS)
    assert found.frame.height == len(EVENTS)
    assert found.frame["cost_nano"].sum() == SPENT
    first = found.frame.row(by_predicate=pl.col("request_id") == EVENTS[0]["request_id"], named=True)
    assert first["team"] == EVENTS[0]["team"]
    assert first["tokens"]["input"] == EVENTS[0]["tokens"]["input"]
    assert first["attempts"][0]["cost_nano"] == EVENTS[0]["attempts"][0]["cost_nano"]


def test_a_missing_field_is_not_zero(tmp_path: Path) -> None:
    as_lines(tmp_path)
    frame = read(tmp_path, ("tokens",)).frame
    refused = [event["request_id"] for event in EVENTS if "tokens" not in event]
    assert refused
    assert {*frame.filter(pl.col("tokens").is_null())["request_id"]} == {*refused}


def test_overlapping_exports_count_once(tmp_path: Path) -> None:
    as_lines(tmp_path)
    as_parquet(tmp_path)
    found = read(tmp_path, COLUMNS)
    assert (found.frame.height, found.repeated) == (len(EVENTS), len(EVENTS))


def test_pages_of_a_log_are_joined() -> None:
    found = of_messages([LINES[:15], [], LINES[15:]], COLUMNS)
    assert found.frame["cost_nano"].sum() == SPENT
    assert of_messages([], COLUMNS).frame.is_empty()


def test_only_what_came_later_is_kept(tmp_path: Path) -> None:
    as_lines(tmp_path)
    middle = EVENTS[180]["timestamp_ms"]
    assert read(tmp_path, COLUMNS, middle).frame.height == 20


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"message":"cost_event","schema_version":1,"request_id":"a"', "not whole"),
        ('{"message":"cost_event","schema_version":2,"request_id":"a"}', "schema 2"),
        ('{"message":"cost_event","schema_version":1}', "without a request_id"),
        ('{"events": [', "not JSON"),
    ],
)
def test_what_cannot_be_counted_is_said(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "events.json").write_text(content)
    with pytest.raises(Failure, match=says):
        read(tmp_path, COLUMNS)


def test_a_folder_without_logs_and_other_parquet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no file that ends in"):
        read(tmp_path, COLUMNS)
    with pytest.raises(Failure, match="no such file"):
        read(tmp_path / "nowhere", COLUMNS)
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "other.parquet")
    with pytest.raises(Failure, match="no cost events"):
        read(tmp_path, COLUMNS)


def test_the_fields_and_the_made_events_are_the_schemas() -> None:
    assert FIELDS.keys() <= CostRecord.model_fields.keys()
    schema = jsonschema.Draft202012Validator(SCHEMA)
    for event in EVENTS:
        schema.validate({name: value for name, value in event.items() if name != "_aws"})

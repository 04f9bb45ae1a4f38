from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from aws_cdk.assertions import Match, Template

from cli.report import summary
from cli.report.events import read
from infra.columns import columns
from pointsman.domain import ShadowCost, Usage
from pointsman.metering import sinks
from pointsman.metering.record import CostRecord
from tests.infra.alarm_evaluator import Data, raised
from tests.infra.conftest import Synth, Templates, as_list, statements
from tests.infra.test_alarms import OPERATIONS, alarms, aws
from tests.unit.metering.test_sinks import refused, served


@pytest.fixture(scope="module")
def lake(synth: Synth) -> Template:
    return synth(events="s3")["observability"]


def test_it_is_there_only_when_asked_for(default: Templates) -> None:
    for kind in ("AWS::KinesisFirehose::DeliveryStream", "AWS::S3::Bucket", "AWS::Glue::Table"):
        default["observability"].resource_count_is(kind, 0)


def test_cost_events_alone_are_sent(lake: Template) -> None:
    lake.has_resource_properties("AWS::Logs::SubscriptionFilter", {"FilterPattern": '{ $.message = "cost_event" }'})


def test_events_are_unpacked_and_converted_to_parquet(lake: Template) -> None:
    conversion = {
        "Enabled": True,
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
        "SchemaConfiguration": Match.object_like({"RoleARN": Match.any_value()}),
    }
    lake.has_resource_properties(
        "AWS::KinesisFirehose::DeliveryStream",
        {
            "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"},
            "ExtendedS3DestinationConfiguration": Match.object_like(
                {
                    "Prefix": "events/day=!{timestamp:yyyy-MM-dd}/",
                    "BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64},
                    "DataFormatConversionConfiguration": conversion,
                    "ProcessingConfiguration": {
                        "Enabled": True,
                        "Processors": [
                            Match.object_like({"Type": "Decompression"}),
                            Match.object_like({"Type": "CloudWatchLogProcessing"}),
                        ],
                    },
                }
            ),
        },
    )


def test_the_table_has_every_field_of_the_event(lake: Template) -> None:
    (table,) = lake.find_resources("AWS::Glue::Table").values()
    made = table["Properties"]["TableInput"]
    kinds = {column["Name"]: column["Type"] for column in made["StorageDescriptor"]["Columns"]}
    assert list(kinds) == list(CostRecord.model_fields)
    assert (kinds["cost_nano"], kinds["complexity"], kinds["stream"], kinds["failed"]) == (
        "bigint",
        "double",
        "boolean",
        "bigint",
    )
    assert kinds["tokens"].startswith("struct<input:bigint,output:bigint,")
    assert kinds["attempts"].startswith("array<struct<model:string,")
    assert "tokens:struct<" in kinds["attempts"]
    assert made["Parameters"]["projection.enabled"] == "true"
    assert dict(columns(CostRecord)) == kinds


def test_firehose_may_write_to_its_bucket_and_read_its_table_alone(lake: Template) -> None:
    allowed = statements(lake, "EventLakeRole")
    actions = {action for statement in allowed for action in as_list(statement["Action"])}
    assert {action.split(":")[0] for action in actions} == {"s3", "glue", "logs"}
    assert not any(resource == "*" for statement in allowed for resource in as_list(statement["Resource"]))
    glue: list[dict[str, Any]] = [s for s in allowed if "glue:GetTable" in as_list(s["Action"])]
    assert all("cost_events" in json.dumps(s) for s in glue)


def test_the_bucket_is_closed_and_encrypted(lake: Template) -> None:
    lake.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketEncryption": Match.any_value(),
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        },
    )
    assert "aws:SecureTransport" in json.dumps(lake.find_resources("AWS::S3::BucketPolicy"))


def test_athena_keeps_to_the_workgroup(lake: Template) -> None:
    lake.has_resource_properties(
        "AWS::Athena::WorkGroup",
        {"Name": "pointsman-dev", "WorkGroupConfiguration": Match.object_like({"EnforceWorkGroupConfiguration": True})},
    )


def test_late_events_raise_an_alarm(lake: Template) -> None:
    alarm = alarms(lake)["LateEvents"]
    late = Data()
    for period in range(3):
        late.merge(aws(alarm, "DeliveryToS3.DataFreshness", 1801), period)
    assert raised(alarm, late)
    assert not raised(alarm, aws(alarm, "DeliveryToS3.DataFreshness", 1801))
    assert "## Late events" in OPERATIONS


PLAIN = {"bigint": pl.Int64, "string": pl.String, "boolean": pl.Boolean, "double": pl.Float64}
WHOLE = replace(
    served(Usage(9, 9, cache_read=4, reasoning=2, estimated=True)),
    request_id="2",
    team="search",
    complexity=0.25,
    channel="canary",
    first_chunk_ms=12,
    shadow=ShadowCost(0, "ab", "ok", "large", "premium", 7_500),
)
EVENTS = [json.loads(sinks.line(event, stage="prod")) for event in (replace(refused(), team="search"), WHOLE)]


def of_hive(kind: str) -> Any:
    """A Hive type as one of polars'."""
    if kind in PLAIN:
        return PLAIN[kind]
    outer, inner = re.fullmatch(r"(array|struct)<(.*)>", kind).groups()  # type: ignore[union-attr]
    if outer == "array":
        return pl.List(of_hive(inner))
    return pl.Struct({name: of_hive(rest) for name, rest in (field.split(":", 1) for field in at_top(inner))})


def at_top(fields: str) -> list[str]:
    """`a:bigint,b:struct<c:bigint,d:string>` as two."""
    found, depth = [""], 0
    for character in fields:
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found


def known(value: Any) -> Any:
    """Without what is null."""
    if isinstance(value, Mapping):
        return {name: known(inner) for name, inner in value.items() if inner is not None}
    return [known(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture
def stored(lake: Template, tmp_path: Path) -> Path:
    """The lake's folder, as Firehose would fill it: each line, read by the deployed table's own columns, in Parquet."""
    (table,) = lake.find_resources("AWS::Glue::Table").values()
    described = table["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    schema = pl.Struct({column["Name"]: of_hive(column["Type"]) for column in described})
    folder = tmp_path / "events" / f"day={datetime.now(UTC):%Y-%m-%d}"
    folder.mkdir(parents=True)
    lines = pl.DataFrame({"event": [json.dumps(event) for event in EVENTS]})
    lines.select(pl.col("event").str.json_decode(schema)).unnest("event").write_parquet(folder / "part.parquet")
    return tmp_path / "events"


def test_the_table_holds_all_that_a_line_says_but_its_metrics(stored: Path) -> None:
    rows = pl.read_parquet(stored, hive_partitioning=False).to_dicts()
    assert [known(row) for row in rows] == [
        {name: value for name, value in event.items() if name != "_aws"} for event in EVENTS
    ]


def test_the_documented_query_answers(stored: Path) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", OPERATIONS, re.DOTALL)
    table = pl.scan_parquet(stored, hive_schema={"day": pl.Date})
    tables = pl.SQLContext(cost_events=table)
    found = tables.execute(query.replace("pointsman_prod.cost_events", "cost_events"), eager=True)
    assert found.rows(named=True) == [
        {
            "team": "search",
            "usd": WHOLE.cost_nano / 1e9,
            "saved_usd": WHOLE.saved_nano / 1e9,
            "output_tokens": 9,
        }
    ]


def test_the_report_reads_the_lake_as_it_reads_the_log(stored: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(json.dumps(event) for event in EVENTS))
    assert read(stored, summary.FIELDS).frame.equals(read(log, summary.FIELDS).frame)

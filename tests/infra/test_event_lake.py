from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from infra.columns import columns
from pointsman.metering.record import CostRecord
from tests.infra.alarm_evaluator import Data, raised
from tests.infra.conftest import Synth, Templates, as_list, statements
from tests.infra.test_alarms import OPERATIONS, alarms, aws


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

from __future__ import annotations

from aws_cdk.assertions import Match

from tests.infra.conftest import Synth, Templates, as_list, statements


def test_tables_are_encrypted_and_recoverable(default: Templates) -> None:
    default["data"].all_resources_properties(
        "AWS::DynamoDB::Table",
        {
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": Match.any_value()},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "DeletionProtectionEnabled": False,
        },
    )
    default["data"].all_resources("AWS::DynamoDB::Table", {"DeletionPolicy": "Delete"})


def test_prod_keeps_its_data(synth: Synth) -> None:
    data = synth(stage="prod")["data"]
    data.all_resources_properties("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": True})
    for kept in ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Logs::LogGroup"):
        data.all_resources(kept, {"DeletionPolicy": "Retain"})


def test_only_edits_of_the_draft_wake_the_publisher(default: Templates) -> None:
    default["data"].has_resource_properties(
        "AWS::Lambda::EventSourceMapping",
        {
            "FilterCriteria": {"Filters": [{"Pattern": '{"dynamodb":{"Keys":{"pk":{"S":["DRAFT"]}}}}'}]},
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 3,
            "DestinationConfig": {"OnFailure": {"Destination": Match.any_value()}},
        },
    )


def test_the_publisher_reads_the_draft_and_writes_the_map(default: Templates) -> None:
    allowed = [
        (as_list(statement["Action"]), statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
        for statement in statements(default["data"], "PublishPublisherRole")
        if "ForAllValues:StringLike" in statement.get("Condition", {})
    ]
    assert allowed == [(["dynamodb:Query"], ["DRAFT"]), (["dynamodb:GetItem", "dynamodb:PutItem"], ["MAP"])]


def test_dead_letters_are_encrypted(default: Templates) -> None:
    default["data"].has_resource_properties("AWS::SQS::Queue", {"KmsMasterKeyId": Match.any_value()})

from __future__ import annotations

from aws_cdk.assertions import Match

from tests.infra.conftest import Synth, Templates, as_list, statements

WRITES = ("dynamodb:Put", "dynamodb:Update", "dynamodb:Delete", "dynamodb:BatchWrite", "dynamodb:*")


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
            "FilterCriteria": {"Filters": [{"Pattern": '{"dynamodb":{"Keys":{"pk":{"S":["DRAFT","RELEASE"]}}}}'}]},
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
    assert allowed == [
        (["dynamodb:Query"], ["DRAFT"]),
        (["dynamodb:GetItem", "dynamodb:PutItem"], ["RELEASE"]),
        (["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], ["MAP"]),
    ]


def test_nobody_but_the_publisher_may_write_what_routers_read(default: Templates) -> None:
    """The router, and each managed policy for people: which partitions of the map may they write?"""
    policies = default["data"].find_resources("AWS::IAM::ManagedPolicy")
    documents = {name: policy["Properties"]["PolicyDocument"]["Statement"] for name, policy in policies.items()}
    writable = {
        name.removeprefix("MapPolicies")[:-8]: sorted(
            partition
            for statement in statements_
            if any(action.startswith(WRITES) for action in as_list(statement["Action"]))
            for partition in statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
        )
        for name, statements_ in documents.items()
    }
    assert writable == {"Reader": [], "Editor": ["DRAFT"], "Publisher": ["DRAFT", "RELEASE"]}
    router = statements(default["api"], "RouteRouterRole")
    assert router
    for statement in router:
        for action in as_list(statement["Action"]):
            if action.startswith(WRITES):
                keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                assert not {"MAP", "DRAFT", "RELEASE", "*"} & set(as_list(keys)), action


def test_versions_that_are_no_longer_live_are_removed_by_dynamodb(default: Templates, synth: Synth) -> None:
    default["data"].has_resource_properties(
        "AWS::DynamoDB::Table", {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}}
    )
    days = {"Environment": {"Variables": Match.object_like({"MAP_HISTORY_DAYS": "30"})}}
    synth(map_history_days="30")["data"].has_resource_properties("AWS::Lambda::Function", days)


def test_dead_letters_are_encrypted(default: Templates) -> None:
    default["data"].has_resource_properties("AWS::SQS::Queue", {"KmsMasterKeyId": Match.any_value()})

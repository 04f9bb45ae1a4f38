"""Who may do what with the tier map: managed policies for people's roles. Only the publisher writes `MAP`."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.nag import acknowledge
from infra.table import KEY_READS, KEY_WRITES, PointsmanTable

READ = ["GetItem", "Query", "ConditionCheckItem"]
WRITE = ["PutItem", "UpdateItem", "DeleteItem"]
EVERYTHING = ["DRAFT", "RELEASE", "MAP"]
ROLES = {
    "Reader": ("Reads the tier map", []),
    "Editor": ("Reads the tier map and edits its draft", ["DRAFT"]),
    "Publisher": ("Reads the tier map, edits its draft and decides what is live", ["DRAFT", "RELEASE"]),
}
"""Name → what it is for, and the partitions that it may write."""


class MapPolicies(Construct):
    """Outputs `MapReaderPolicy`, `MapEditorPolicy` and `MapPublisherPolicy`."""

    def __init__(self, scope: Construct, id: str, *, table: PointsmanTable) -> None:
        super().__init__(scope, id)
        for name, (description, writable) in ROLES.items():
            policy = iam.ManagedPolicy(self, name, description=description)
            policy.add_statements(_items(table, READ, EVERYTHING), _key(table, KEY_READS))
            if writable:
                policy.add_statements(_items(table, WRITE, writable), _key(table, KEY_WRITES))
                encrypting = "Writing to an encrypted table needs these families of actions, on our own key alone."
                families = (action for action in KEY_WRITES if action.endswith("*"))
                acknowledge(policy, {f"IAM5[Action::{family}]": encrypting for family in families})
            CfnOutput(Stack.of(self), f"Map{name}Policy", value=policy.managed_policy_arn)


def _items(table: PointsmanTable, actions: list[str], partitions: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=[f"dynamodb:{action}" for action in actions],
        resources=[table.table.table_arn],
        conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": partitions}},
    )


def _key(table: PointsmanTable, actions: tuple[str, ...]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=[*actions],
        resources=[table.key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(table).region}.amazonaws.com"}},
    )

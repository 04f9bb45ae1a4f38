"""One DynamoDB table as both of Pointsman's are, and narrow grants on it: named actions on named partition keys."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.function import removal
from infra.settings import Settings

READS = frozenset({"GetItem", "Query"})
KEY_READS = ("kms:Decrypt", "kms:DescribeKey")
KEY_WRITES = ("kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""What DynamoDB does with a table's key in the name of whoever reads or writes it."""


class PointsmanTable(Construct):
    """`table`: on demand, under the customer's own key, with point-in-time recovery; kept for good in prod.
    `expiry` names the attribute that says when an item may be forgotten."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        key: kms.IKey,
        stream: dynamodb.StreamViewType | None = None,
        expiry: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.key = key
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=settings.production,
            removal_policy=removal(settings),
            stream=stream,
            time_to_live_attribute=expiry,
        )

    def allow(self, role: iam.IRole, actions: list[str], partition_keys: list[str]) -> None:
        """Lets a role do these DynamoDB actions, on items with these partition keys (`*` at an end matches any)."""
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for action in actions],
                resources=[self.table.table_arn],
                conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partition_keys}},
            )
        )
        writes = any(action not in READS for action in actions)
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[*KEY_READS, *(KEY_WRITES if writes else ())],
                resources=[self.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(self).region}.amazonaws.com"}},
            )
        )

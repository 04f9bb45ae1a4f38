"""What must outlive a deployment: the tier map with its publisher, and the accounts."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import removal
from infra.map_policies import MapPolicies
from infra.publisher import Publisher
from infra.settings import Settings
from infra.table import PointsmanTable


class DataStack(Stack):
    """Outputs `MapTableName` and `AccountsTableName`."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, publisher_code: lambda_.Code) -> None:
        super().__init__(scope, id, description="Pointsman: the tier map and the accounts")
        key = kms.Key(
            self,
            "Key",
            description=f"Pointsman {settings.stage}: tables and dead letters",
            enable_key_rotation=True,
            removal_policy=removal(settings),
        )
        self.map = PointsmanTable(
            self,
            "Map",
            settings=settings,
            key=key,
            stream=dynamodb.StreamViewType.KEYS_ONLY,
            expiry="expires",
        )
        self.accounts = PointsmanTable(self, "Accounts", settings=settings, key=key, expiry="expires_at")
        self.publisher = Publisher(self, "Publish", settings=settings, code=publisher_code, table=self.map, key=key)
        MapPolicies(self, "MapPolicies", table=self.map)
        CfnOutput(self, "MapTableName", value=self.map.table.table_name)
        CfnOutput(self, "AccountsTableName", value=self.accounts.table.table_name)
        CfnOutput(self, "PublisherLogGroup", value=self.publisher.log_group.log_group_name)

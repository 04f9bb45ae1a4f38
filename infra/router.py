"""The router: the function that answers, streaming through the Lambda Web Adapter or whole, and what it may touch."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import bedrock, web_adapter
from infra.function import PointsmanFunction
from infra.nag import acknowledge, wildcard
from infra.settings import Settings
from infra.table import PointsmanTable

STREAMING_TIMEOUT = Duration.minutes(15)
"""The most that both Lambda and a streaming API Gateway integration allow."""
BUFFERED_TIMEOUT = Duration.seconds(29)
"""The most that API Gateway waits for a whole answer without a quota increase."""


def timeout(settings: Settings) -> Duration:
    return STREAMING_TIMEOUT if settings.streaming else BUFFERED_TIMEOUT


class Router(Construct):
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        code: lambda_.Code,
        tier_map: PointsmanTable,
        accounts: PointsmanTable,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        unit = PointsmanFunction(
            self,
            "Router",
            settings=settings,
            code=code,
            handler="router/run.sh" if settings.streaming else "router.handler.handler",
            description="Routes each prompt to the cheapest model that is good enough",
            timeout=timeout(settings),
            memory_mb=settings.memory_mb,
            layers=[web_adapter.layer(stack, settings.lwa_version)] if settings.streaming else None,
            environment={
                "MAP_TABLE": tier_map.table.table_name,
                "ACCOUNTS_TABLE": accounts.table.table_name,
                "STAGE": settings.stage,
                "METRICS_BY": ",".join(settings.metrics_by),
                **(web_adapter.ENVIRONMENT if settings.streaming else {}),
            },
        )
        self.function, self.log_group = unit.function, unit.log_group
        unit.function.add_environment("LOG_GROUP", unit.log_group.log_group_name)
        tier_map.allow(unit.role, ["GetItem"], ["MAP"])
        accounts.allow(unit.role, ["GetItem"], ["KEY#*", "TEAM#*"])
        accounts.allow(unit.role, ["GetItem", "UpdateItem"], ["HEALTH"])
        accounts.allow(unit.role, ["UpdateItem"], ["USAGE#*"])
        accounts.allow(unit.role, ["PutItem", "UpdateItem", "DeleteItem"], ["IDEMPOTENCY#*"])
        accounts.allow(unit.role, ["PutItem"], ["FEEDBACK#*"])
        models = bedrock.statements(stack, bedrock.models(settings), settings.stage)
        secrets = (
            f"arn:{stack.partition}:secretsmanager:{stack.region}:{stack.account}:secret:pointsman/{settings.stage}/*"
        )
        for statement in (
            *models,
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secrets]),
            iam.PolicyStatement(actions=["logs:StartQuery"], resources=[unit.log_group.log_group_arn]),
            iam.PolicyStatement(actions=["logs:GetQueryResults"], resources=["*"]),
        ):
            unit.role.add_to_principal_policy(statement)
        wildcards = {resource for statement in models for resource in statement.resources if "*" in resource}
        acknowledge(
            unit.role,
            {
                **{
                    f"IAM5[Action::kms:{action}*]": "Writing to an encrypted table needs these families of actions, "
                    "on our own key alone."
                    for action in ("GenerateDataKey", "ReEncrypt")
                },
                "IAM5[Resource::*]": "The results of a query and X-Ray's two actions know no resources.",
                wildcard(stack, secrets): "The providers' API keys of this stage, one secret each.",
                **{
                    wildcard(stack, resource): "One model by its whole id; only the region is open: "
                    "the map names each model's region, and a profile chooses among several."
                    for resource in sorted(wildcards)
                },
                wildcard(stack, bedrock.teams_profiles(stack)): "Those that are tagged as this stage's.",
            },
        )

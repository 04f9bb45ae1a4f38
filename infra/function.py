"""One Lambda function as all of Pointsman's are: its own role with no managed policy, its own log group, X-Ray."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.bundle import PYTHON
from infra.nag import acknowledge
from infra.settings import Settings
from pointsman.metering.names import NAMESPACE


def retention(settings: Settings) -> logs.RetentionDays:
    return logs.RetentionDays.ONE_YEAR if settings.production else logs.RetentionDays.ONE_MONTH


def service(id: str, settings: Settings) -> str:
    """A function's name in logs, and a dimension of its own metrics; stages that share an account stay apart."""
    return f"{id.lower()}-{settings.stage}"


def removal(settings: Settings) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if settings.production else RemovalPolicy.DESTROY


class PointsmanFunction(Construct):
    """`function`, with its `role` and `log_group`; what it may do is granted by whoever makes it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        code: lambda_.Code,
        handler: str,
        description: str,
        timeout: Duration,
        environment: Mapping[str, str],
        memory_mb: int = 512,
        layers: list[lambda_.ILayerVersion] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(self, "Logs", retention=retention(settings), removal_policy=removal(settings))
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self.role)
        local = settings.target == "local"
        python = f"{sys.version_info.major}.{sys.version_info.minor}" if local else PYTHON
        arm = not local or platform.machine() in {"arm64", "aarch64"}
        self.function = lambda_.Function(
            self,
            "Function",
            code=code,
            handler=handler,
            description=description,
            runtime=lambda_.Runtime(f"python{python}", lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64,
            memory_size=memory_mb,
            timeout=timeout,
            role=self.role,
            log_group=self.log_group,
            tracing=lambda_.Tracing.ACTIVE,
            layers=layers,
            environment={
                "POWERTOOLS_SERVICE_NAME": service(id, settings),
                "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
                "LOG_LEVEL": "INFO",
                **environment,
            },
        )
        acknowledge(
            self.function,
            {"L1": "The runtime is pinned: the bundle holds wheels compiled for exactly this Python."},
        )
        acknowledge(
            self.role,
            {"IAM5[Resource::*]": "X-Ray's PutTraceSegments and PutTelemetryRecords know no resources."},
        )

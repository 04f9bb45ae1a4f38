"""What tells how it goes: alarms, a dashboard, saved queries and, if asked for, the events as Parquet."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.alarms import Alarms
from infra.api_stack import ApiStack
from infra.dashboard import Dashboard
from infra.data_stack import DataStack
from infra.event_lake import EventLake
from infra.queries import Queries
from infra.settings import Settings


class ObservabilityStack(Stack):
    """Output `AlarmTopicArn`, for whoever else wants to be told."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, id, description="Pointsman: alarms, dashboard and queries")
        router, log_group, letters = api.router.function, api.router.log_group, data.publisher.dead_letters
        Dashboard(self, "Dashboard", settings=settings, router=router, log_group=log_group, dead_letters=letters)
        if settings.target == "local":
            return  # the emulator knows neither metric math nor saved queries
        alarms = Alarms(
            self,
            "Alarms",
            settings=settings,
            router=router,
            dead_letters=letters,
            tables=[data.map.table, data.accounts.table],
        )
        Queries(self, "Queries", settings=settings, log_group=log_group)
        if settings.events == "s3":
            alarms.watch(EventLake(self, "EventLake", settings=settings, log_group=log_group).stream)
        CfnOutput(self, "AlarmTopicArn", value=alarms.topic.topic_arn)

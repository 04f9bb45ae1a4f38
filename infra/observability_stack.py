"""What tells how it goes: three alarms and one dashboard."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.api_stack import ApiStack
from infra.data_stack import DataStack
from infra.function import service
from infra.settings import Settings
from pointsman.metering import names
from pointsman.tiermap.names import INVALID_MAP

PERIOD = Duration.minutes(5)


class ObservabilityStack(Stack):
    def __init__(self, scope: Construct, id: str, *, settings: Settings, data: DataStack, api: ApiStack) -> None:
        super().__init__(scope, id, description="Pointsman: alarms and dashboard")
        router, letters = api.router.function, data.publisher.dead_letters
        errors = router.metric_errors(period=PERIOD)
        failed = letters.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum")
        invalid = cloudwatch.Metric(
            namespace=names.NAMESPACE,
            metric_name=INVALID_MAP,
            dimensions_map={"service": service("Publisher", settings)},
            period=PERIOD,
            statistic="Sum",
        )
        self._alarm("RouterErrors", errors, "The router fails, times out or is not started at all.")
        self._alarm("PublisherFailed", failed, "Edits of the tier map could not be handled; see the dead letters.")
        self._alarm("InvalidMap", invalid, "An edit of the tier map was rejected; the live map is unchanged.")
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"Pointsman-{settings.stage}",
            widgets=[
                [
                    _graph("Cost, nano-dollars", _total(names.COST_NANO, settings)),
                    _graph("Saved, nano-dollars", _total(names.SAVED_NANO, settings)),
                ],
                [
                    _graph("Errors", _total(names.FAILED, settings), errors),
                    _graph("Tier map", invalid, failed),
                ],
            ],
        )

    def _alarm(self, id: str, metric: cloudwatch.IMetric, description: str) -> None:
        cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )


def _total(name: str, settings: Settings) -> cloudwatch.IMetric:
    """A metric over all tiers, tasks and models: it is kept once by stage alone."""
    return cloudwatch.Metric(
        namespace=names.NAMESPACE,
        metric_name=name,
        dimensions_map={names.STAGE: settings.stage},
        period=PERIOD,
        statistic="Sum",
    )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=12)

"""The figures that alarms and dashboard share, as CloudWatch metrics of one stage."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.settings import Settings
from pointsman.metering import names

PERIOD = Duration.minutes(5)
NANO = "1000000000"


def of_stage(
    settings: Settings, name: str, statistic: str = "Sum", period: Duration = PERIOD, **dimensions: str
) -> cloudwatch.Metric:
    """A field of the cost event over the whole stage, or the part of it with these dimensions."""
    return cloudwatch.Metric(
        namespace=names.NAMESPACE,
        metric_name=name,
        dimensions_map={names.STAGE: settings.stage, **dimensions},
        period=period,
        statistic=statistic,
        label=" ".join([name, *dimensions.values()]),
    )


def spend_by(settings: Settings, dimension: str) -> cloudwatch.IMetric:
    """Dollars: one line for each value of a dimension, those that come later included."""
    search = (
        f'SEARCH(\'{{{names.NAMESPACE},{names.STAGE},{dimension}}} MetricName="{names.COST_NANO}" '
        f"{names.STAGE}=\"{settings.stage}\"', 'Sum', {PERIOD.to_seconds():.0f})"
    )
    return cloudwatch.MathExpression(expression=f"{search} / {NANO}", label="", period=PERIOD)

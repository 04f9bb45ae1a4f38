"""What ends a canary by itself: an alarm on its errors, and the rule that tells the publisher of it."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.metrics import of_stage
from infra.settings import Settings
from pointsman.metering import names

PERIOD = Duration.minutes(1)
FEWEST = 20
"""Requests of the canary in a minute below which a rate says nothing."""
MARGIN = 0.05
"""By how much its error rate may exceed the stable map's."""


class CanaryWatch(Construct):
    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, publisher: lambda_.IFunction, dead_letters: sqs.IQueue
    ) -> None:
        super().__init__(scope, id)

        def rate(channel: str, statistic: str) -> cloudwatch.IMetric:
            return of_stage(settings, names.FAILED, statistic, PERIOD, **{names.CHANNEL: channel})

        worse = cloudwatch.MathExpression(
            expression=f"IF(requests >= {FEWEST}, canary - FILL(stable, 0), 0)",
            using_metrics={
                "canary": rate("canary", "Average"),
                "stable": rate("stable", "Average"),
                "requests": rate("canary", "SampleCount"),
            },
            period=PERIOD,
            label="error rate above the stable map's",
        )
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            metric=worse,
            threshold=MARGIN,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description="The tier map's canary fails more often than the stable map; it is ended by itself.",
        )
        events.Rule(
            self,
            "Raised",
            description="Ends the tier map's canary when its alarm is raised",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                resources=[self.alarm.alarm_arn],
                detail={"state": {"value": ["ALARM"]}},
            ),
            targets=[targets.LambdaFunction(publisher, dead_letter_queue=dead_letters, retry_attempts=10)],
        )

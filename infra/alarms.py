"""What must wake somebody, each with its section in docs/operations.md, and the topic that tells them."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import removal, service
from infra.metrics import PERIOD, of_stage
from infra.settings import Settings
from pointsman.metering import names
from pointsman.tiermap.names import INVALID_MAP

HOUR = Duration.hours(1)
DAY = Duration.days(1)

OBJECTIVE = 0.995
"""The share of requests that should be answered."""
BURN_RATE = 14.4
"""At this multiple of the allowed failures, two per cent of a month's error budget go in an hour."""
FEWEST = 20
"""Requests in an hour below which a rate says nothing."""
DAYS = 30


class Alarms(Construct):
    """`topic` is told when an alarm is raised and when it is over."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        router: lambda_.IFunction,
        dead_letters: sqs.IQueue,
        tables: list[dynamodb.ITable],
    ) -> None:
        super().__init__(scope, id)
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=removal(settings))
        key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=["*"],
            )
        )
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        if settings.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        self._spend(settings)
        self._error_budget(settings)
        self._any(
            "RouterErrors", router.metric_errors(period=PERIOD), "The router crashes, times out or will not start."
        )
        self._any(
            "UnpricedModel",
            of_stage(settings, names.UNPRICED, period=HOUR),
            "Tokens were charged at a price that stands in for a missing one.",
        )
        self._any(
            "InvalidMap", invalid_map(settings), "An edit of the tier map was rejected; the live map is unchanged."
        )
        self._any(
            "DeadLetters",
            dead_letters.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            "Edits of the tier map could not be handled.",
        )
        self._any(
            "StaleMap",
            of_stage(settings, names.STALE_MAP),
            "Routers cannot read the tier map and go on with the last good one.",
            periods=3,
        )
        self._any("Throttles", throttles(router, tables), "AWS refuses calls of the router: a quota or a hot key.")

    def watch(self, stream: firehose.IDeliveryStream) -> None:
        """Tell when events do not reach S3."""
        waited = stream.metric("DeliveryToS3.DataFreshness", period=PERIOD, statistic="Maximum")
        text = "Cost events have waited for S3 for half an hour."
        self._alarm("LateEvents", waited, 1800, _description(text, "LateEvents"), periods=3)

    def _spend(self, settings: Settings) -> None:
        """Against the budget where one is given, else against what is usual at this hour."""
        text = "Spend runs above its budget." if settings.monthly_budget_usd else "Spend is far from what is usual."
        description = _description(text, "SpendAboveForecast")
        if settings.monthly_budget_usd:
            daily = settings.monthly_budget_usd * 10**9 / DAYS
            spend = of_stage(settings, names.COST_NANO, period=DAY)
            self._alarm("SpendAboveForecast", spend, daily, description)
            return
        alarm = cloudwatch.AnomalyDetectionAlarm(
            self,
            "SpendAboveForecast",
            metric=of_stage(settings, names.COST_NANO, period=HOUR),
            std_devs=3,
            evaluation_periods=2,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_UPPER_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        self._tell(alarm)

    def _error_budget(self, settings: Settings) -> None:
        rate = of_stage(settings, names.FAILED, "Average", HOUR)
        requests = of_stage(settings, names.FAILED, "SampleCount", HOUR)
        burning = cloudwatch.MathExpression(
            expression=f"IF(requests >= {FEWEST}, rate, 0)",
            using_metrics={"rate": rate, "requests": requests},
            period=HOUR,
            label="error rate",
        )
        text = f"More than {BURN_RATE * (1 - OBJECTIVE):.1%} of an hour's requests failed."
        self._alarm("ErrorBudget", burning, BURN_RATE * (1 - OBJECTIVE), _description(text, "ErrorBudget"))

    def _any(self, id: str, metric: cloudwatch.IMetric, text: str, *, periods: int = 1) -> None:
        """Raised by a single one in each of so many periods."""
        operator = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        self._alarm(id, metric, 1, _description(text, id), operator=operator, periods=periods)

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        *,
        operator: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        periods: int = 1,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=operator,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        self._tell(alarm)

    def _tell(self, alarm: cloudwatch.AlarmBase) -> None:
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)


def invalid_map(settings: Settings) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=names.NAMESPACE,
        metric_name=INVALID_MAP,
        dimensions_map={"service": service("Publisher", settings)},
        period=PERIOD,
        statistic="Sum",
    )


def throttles(router: lambda_.IFunction, tables: list[dynamodb.ITable]) -> cloudwatch.MathExpression:
    """Calls that Lambda or DynamoDB refused; a part without any has no data."""
    refused: dict[str, cloudwatch.IMetric] = {"router": router.metric_throttles(period=PERIOD)}
    for number, table in enumerate(tables):
        for direction in ("Read", "Write"):
            refused[f"{direction.lower()}{number}"] = table.metric(
                f"{direction}ThrottleEvents", period=PERIOD, statistic="Sum"
            )
    total = " + ".join(f"FILL({name}, 0)" for name in refused)
    return cloudwatch.MathExpression(expression=total, using_metrics=refused, period=PERIOD, label="throttled calls")


def _description(text: str, id: str) -> str:
    heading = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in id).removeprefix("-")
    return f"{text} What to do: docs/operations.md#{heading}"

"""One page that says what routing costs and saves, and how it fares.

Most of it is read from the cost events when somebody looks: a metric would be paid for all month.
"""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import queries
from infra.alarms import invalid_map, throttles
from infra.metrics import PERIOD, of_stage, spend_by
from infra.settings import Settings
from pointsman.metering import names

View = cloudwatch.LogQueryVisualizationType
ASKED = (
    ("Spent, at the baseline, saved: USD", queries.OVER_TIME, View.LINE),
    ("Spend and saving by tier", queries.BY_TIER, View.TABLE),
    ("Spend and saving by task", queries.BY_TASK, View.TABLE),
    ("Spend, saving and latency by model", queries.BY_MODEL, View.TABLE),
    ("Calls by tier: the share of the strong ones", queries.SHARES, View.PIE),
    ("Canary beside stable", queries.CHANNELS, View.TABLE),
    ("The router's own time, ms", queries.OVERHEAD, View.LINE),
    ("Fallbacks, breakers, stale map, refusals", queries.EXCEPTIONS, View.LINE),
)
"""What is read from the log: title, query and view."""


class Dashboard(Construct):
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        router: lambda_.IFunction,
        log_group: logs.ILogGroup,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id)
        waiting = dead_letters.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum")
        durations = [router.metric_duration(period=PERIOD, statistic=which) for which in ("p50", "p90", "p99")]
        widgets: list[cloudwatch.IWidget] = [
            *(_asked(log_group, *asked) for asked in ASKED),
            _graph("Whole answers, ms", *durations),
            _graph("Failed requests", of_stage(settings, names.FAILED), router.metric_errors(period=PERIOD)),
            _graph("Tier map: rejected edits, dead letters", invalid_map(settings), waiting),
            _graph("Throttled calls", throttles(router, [])),
            *(_graph(f"Spend by {name}, USD", spend_by(settings, name)) for name in settings.metrics_by),
        ]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"Pointsman-{settings.stage}",
            widgets=[widgets[start : start + 2] for start in range(0, len(widgets), 2)],
        )


def _asked(
    log_group: logs.ILogGroup, title: str, query: str, view: cloudwatch.LogQueryVisualizationType
) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title=title, log_group_names=[log_group.log_group_name], query_string=query, view=view, width=12
    )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=12)

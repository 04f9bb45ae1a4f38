"""One page that says what routing costs and saves, and how it fares."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import queries
from infra.alarms import invalid_map, throttles
from infra.metrics import PERIOD, by, of_stage, usd
from infra.settings import Settings
from pointsman.metering import names


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
        self._settings, self._log_group = settings, log_group
        counts = [of_stage(settings, name) for name in names.EXCEPTIONS]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"Pointsman-{settings.stage}",
            widgets=[
                [
                    _graph("Spend, USD", *self._money()),
                    self._by(names.TIER, names.COST_NANO, "Sum", "Spend by tier, USD"),
                ],
                [
                    self._table("Spend and saving by task", queries.BY_TASK),
                    self._table("Spend and saving by model", queries.BY_MODEL),
                ],
                [
                    self._by(names.TIER, names.COST_NANO, "SampleCount", "Calls by tier: the share of the strong ones"),
                    _graph("Failed requests", of_stage(settings, names.FAILED), router.metric_errors(period=PERIOD)),
                ],
                [
                    _graph("The router's own time, ms", *self._percentiles(names.OVERHEAD_MS)),
                    _graph("Whole answers, ms", *self._percentiles(names.LATENCY_MS)),
                ],
                [
                    self._table("Model latency, ms", queries.MODEL_LATENCY),
                    _graph("Fallbacks, breakers, stale map, refusals", *counts),
                ],
                [
                    _graph(
                        "Tier map: rejected edits, dead letters",
                        invalid_map(settings),
                        dead_letters.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
                    ),
                    _graph("Throttled calls", throttles(router, [])),
                ],
                [
                    self._by(names.CHANNEL, names.FAILED, "Average", "Canary beside stable: error rate"),
                    self._by(names.CHANNEL, names.COST_NANO, "Average", "Canary beside stable: nano-dollars a request"),
                    self._by(names.CHANNEL, names.LATENCY_MS, "p99", "Canary beside stable: p99, ms"),
                ],
            ],
        )

    def _money(self) -> list[cloudwatch.IMetric]:
        cost, saved = (of_stage(self._settings, name) for name in names.SPEND)
        return [
            usd("spent", "cost", cost=cost),
            usd("at the baseline model", "cost2 + saved2", cost2=cost, saved2=saved),
            usd("saved", "saved3", saved3=saved),
        ]

    def _percentiles(self, name: str) -> list[cloudwatch.IMetric]:
        return [of_stage(self._settings, name, statistic) for statistic in ("p50", "p90", "p99")]

    def _by(self, dimension: str, name: str, statistic: str, title: str) -> cloudwatch.IWidget:
        return _graph(title, by(self._settings, dimension, name, statistic, ""), width=8 if "Canary" in title else 12)

    def _table(self, title: str, query: str) -> cloudwatch.IWidget:
        """Read from the log when the page is looked at: no metric is paid for all month."""
        return cloudwatch.LogQueryWidget(
            title=title,
            log_group_names=[self._log_group.log_group_name],
            query_string=query,
            view=cloudwatch.LogQueryVisualizationType.TABLE,
            width=12,
        )


def _graph(title: str, *metrics: cloudwatch.IMetric, width: int = 12) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width)

"""CloudWatch Logs Insights: what is asked of the cost events, saved in the console and shown on the dashboard."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings import Settings
from pointsman.metering.names import LOG_MESSAGE

EVENTS: Final = f'filter message = "{LOG_MESSAGE}"'
MONEY: Final = "sum(cost_nano) / 1e9 as usd, sum(saved_nano) / 1e9 as saved_usd, count(*) as requests"
MODELS_TIME: Final = "latency_ms - overhead_ms"

BY_TIER: Final = f"{EVENTS} and ispresent(tier)\n| stats {MONEY} by tier\n| sort usd desc"
BY_TASK: Final = f"{EVENTS} and ispresent(task)\n| stats {MONEY} by task\n| sort usd desc"
BY_MODEL: Final = (
    f"{EVENTS} and ispresent(model)\n"
    f"| stats {MONEY}, pct({MODELS_TIME}, 50) as p50_ms, pct({MODELS_TIME}, 99) as p99_ms by model\n| sort usd desc"
)
SHARES: Final = f"{EVENTS} and ispresent(tier)\n| stats count(*) as requests by tier"
OVER_TIME: Final = (
    f"{EVENTS}\n| stats sum(cost_nano) / 1e9 as spent, sum(baseline_nano) / 1e9 as at_the_baseline, "
    "sum(saved_nano) / 1e9 as saved by bin(5m)"
)
OVERHEAD: Final = (
    f"{EVENTS}\n| stats pct(overhead_ms, 50) as p50, pct(overhead_ms, 90) as p90, pct(overhead_ms, 99) as p99 "
    "by bin(5m)"
)
EXCEPTIONS: Final = (
    f"{EVENTS}\n| stats sum(fallbacks) as fallback, sum(breaker_open) as open_breaker, sum(stale_map) as stale, "
    "sum(budget_refused) as budget, sum(rate_limited) as rate, sum(estimated) as estimate, "
    "sum(unpriced) as without_price by bin(5m)"
)
CHANNELS: Final = (
    f"{EVENTS} and ispresent(channel)\n| stats count(*) as requests, avg(failed) as error_rate, "
    "avg(cost_nano) / 1e9 as usd_a_request, pct(latency_ms, 50) as p50_ms, pct(latency_ms, 99) as p99_ms "
    "by channel, map_version"
)

SAVED: Final = {
    "Spend by team": f"{EVENTS}\n| stats {MONEY} by team\n| sort usd desc",
    "Spend by key": f"{EVENTS}\n| stats {MONEY} by team, key_id\n| sort usd desc",
    "Spend by model": BY_MODEL,
    "Savings by task": BY_TASK,
    "Dearest requests": (
        f"{EVENTS}\n| fields @timestamp, cost_nano / 1e9 as usd, team, task, tier, model, tokens.input, tokens.output, "
        "reason, request_id\n| sort cost_nano desc\n| limit 50"
    ),
    "Fallbacks": (
        f"{EVENTS} and (fallbacks > 0 or breaker_open > 0)\n"
        "| stats count(*) as requests, sum(fallbacks) as failed_attempts, sum(cost_nano) / 1e9 as usd "
        "by attempts.0.model, attempts.0.outcome, model\n| sort requests desc"
    ),
    "Estimated or unpriced usage": (
        f"{EVENTS} and (estimated = 1 or unpriced = 1)\n"
        "| stats count(*) as requests, sum(cost_nano) / 1e9 as usd by model, outcome, estimated, unpriced\n"
        "| sort usd desc"
    ),
    "Model latency": (
        f"{EVENTS} and ispresent(model)\n"
        f"| stats pct({MODELS_TIME}, 50) as p50_ms, pct({MODELS_TIME}, 99) as p99_ms by model"
    ),
    "Canary beside stable": CHANNELS,
    "Failures": (
        f"{EVENTS} and failed = 1\n| stats count(*) as requests by outcome, status, model\n| sort requests desc"
    ),
}
"""By the name under which each is found in the console."""


class Queries(Construct):
    def __init__(self, scope: Construct, id: str, *, settings: Settings, log_group: logs.ILogGroup) -> None:
        super().__init__(scope, id)
        for name, query in SAVED.items():
            logs.CfnQueryDefinition(
                self,
                name.title().replace(" ", ""),
                name=f"Pointsman-{settings.stage}/{name}",
                query_string=query,
                log_group_names=[log_group.log_group_name],
            )

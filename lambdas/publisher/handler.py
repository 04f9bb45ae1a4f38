"""The function on the map table's stream: wiring only.

What the records say does not matter, only that the draft was touched: the whole draft is published each time.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from pydantic import BaseModel

from pointsman.classify import embedding
from pointsman.metering.names import NAMESPACE
from pointsman.providers.registry import PROVIDERS
from pointsman.tiermap.abort import abort_canary
from pointsman.tiermap.names import INVALID_MAP, MAP_PUBLISHED
from pointsman.tiermap.publish import HISTORY_DAYS, Published, Rejected, publish
from pointsman.tiermap.store import MapStore

SERVICE = "publisher"
"""The one dimension of its metrics, by which the alarm finds them."""

PATIENT = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 4, "mode": "standard"})
"""A throttled or slow table is asked again, and all within the function's own time."""

ALARM = "CloudWatch Alarm State Change"
"""The `detail-type` of EventBridge's event."""

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


class Settings(BaseModel):
    """The publisher's environment variables."""

    MAP_TABLE: str
    MAP_HISTORY_DAYS: int = HISTORY_DAYS


@cache
def _settings() -> Settings:
    return Settings.model_validate(dict(os.environ))


@cache
def _store() -> MapStore:
    return MapStore(boto3.resource("dynamodb", config=PATIENT).Table(_settings().MAP_TABLE))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Publish the draft, after ending the canary where its alarm was raised. An error makes Lambda repeat the batch,
    and at last put it on the dead-letter queue."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    if event.get("detail-type") == ALARM:
        _abort(event, now)
    outcome = publish(_store(), now, PROVIDERS, embedding.load(), history_days=_settings().MAP_HISTORY_DAYS)
    records = len(event.get("Records", []))
    if isinstance(outcome, Rejected):
        _count(INVALID_MAP)
        problems = [asdict(problem) for problem in outcome.problems]
        logger.warning("map_rejected", records=records, live_version=outcome.version, problems=problems)
    elif isinstance(outcome, Published):
        _count(MAP_PUBLISHED)
        if outcome.problems:
            _count(INVALID_MAP)
        logger.info(
            "map_published",
            records=records,
            version=outcome.version,
            canary=outcome.canary,
            author=outcome.author,
            problems=[asdict(problem) for problem in outcome.problems],
        )
    else:
        logger.info("map_unchanged", records=records, version=outcome.version)


def _abort(event: dict[str, Any], now: str) -> None:
    detail = event["detail"]
    if detail["state"]["value"] != "ALARM":
        return
    name, why = str(detail["alarmName"]), str(detail["state"].get("reason", ""))[:500] or "the alarm was raised"
    aborted = abort_canary(_store(), raised_at=event["time"], now=now, by=f"alarm {name}"[:200], why=why)
    logger.warning("canary_aborted" if aborted else "no_canary_to_abort", alarm=name)


def _count(name: str) -> None:
    metrics.add_metric(name, MetricUnit.Count, 1)
    metrics.flush_metrics()

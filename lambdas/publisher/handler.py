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
from pydantic import BaseModel

from pointsman.classify import embedding
from pointsman.metering.names import NAMESPACE
from pointsman.providers.registry import PROVIDERS
from pointsman.tiermap.names import INVALID_MAP, MAP_PUBLISHED
from pointsman.tiermap.publish import Published, Rejected, publish
from pointsman.tiermap.store import MapStore

SERVICE = "publisher"
"""The one dimension of its metrics, by which the alarm finds them."""

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


class Settings(BaseModel):
    """The publisher's environment variables."""

    MAP_TABLE: str


@cache
def _store() -> MapStore:
    settings = Settings.model_validate(dict(os.environ))
    return MapStore(boto3.resource("dynamodb").Table(settings.MAP_TABLE))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Publish the draft. An error makes Lambda repeat the batch, and at last put it on the dead-letter queue."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    outcome = publish(_store(), now, PROVIDERS, embedding.load())
    records = len(event.get("Records", []))
    if isinstance(outcome, Rejected):
        _count(INVALID_MAP)
        problems = [asdict(problem) for problem in outcome.problems]
        logger.warning("map_rejected", records=records, live_version=outcome.version, problems=problems)
    elif isinstance(outcome, Published):
        _count(MAP_PUBLISHED)
        logger.info("map_published", records=records, version=outcome.version, author=outcome.author)
    else:
        logger.info("map_unchanged", records=records, version=outcome.version)


def _count(name: str) -> None:
    metrics.add_metric(name, MetricUnit.Count, 1)
    metrics.flush_metrics()

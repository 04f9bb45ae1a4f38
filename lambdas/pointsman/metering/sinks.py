"""Where a cost event goes: one blob of embedded metrics and one structured log line, both on standard output."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from pointsman.domain import Attempt, CostEvent, Usage
from pointsman.metering import names

NANO = 1_000_000_000
CLIENT_LEFT = 499

logger = Logger(service="pointsman-cost", level="INFO")
"""A logger of its own, at a level of its own: a quieter `LOG_LEVEL` must not lose the bill."""


def emit(event: CostEvent, *, stage: str) -> None:
    """Write the event's metrics, then its log line."""
    _metrics(event, stage).flush_metrics()
    logger.info(names.LOG_MESSAGE, extra={"stage": stage} | fields(event))


def fields(event: CostEvent) -> dict[str, Any]:
    """The event as the log line's fields; see docs/cost-event.md."""
    scalars = {name: getattr(event, name) for name in event.__slots__ if name not in {"usage", "attempts"}}
    return scalars | {"tokens": _tokens(event.usage), "attempts": [_attempt(attempt) for attempt in event.attempts]}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "model": attempt.model.alias,
        "provider": attempt.model.provider,
        "tier": attempt.tier,
        "outcome": attempt.outcome,
        "latency_ms": attempt.latency_ms,
        "tokens": _tokens(attempt.usage),
        "cost_nano": attempt.cost_nano,
    }


def _tokens(usage: Usage | None) -> dict[str, Any] | None:
    return asdict(usage) if usage else None


def _metrics(event: CostEvent, stage: str) -> AmazonCloudWatchEMFProvider:
    """A provider of its own for each event: concurrent requests share nothing. `service=""` because Powertools would
    make a dimension of it."""
    metrics = AmazonCloudWatchEMFProvider(namespace=names.NAMESPACE, service="")
    known = {names.STAGE: stage, names.TIER: event.tier, names.TASK: event.task, names.MODEL: event.model}
    dimensions = {name: value for name, value in known.items() if value}
    metrics.add_dimension(names.STAGE, stage)
    for names_of_set in names.DIMENSION_SETS[1:]:
        if all(name in dimensions for name in names_of_set):
            metrics.add_dimensions(**{name: dimensions[name] for name in names_of_set})
    for name, unit, value in _figures(event):
        metrics.add_metric(name, unit, value)
    return metrics


def _figures(event: CostEvent) -> list[tuple[str, MetricUnit, float]]:
    usage = event.usage
    return [
        (names.REQUESTS, MetricUnit.Count, 1),
        (names.ERRORS, MetricUnit.Count, int(_failed(event))),
        (names.COST_USD, MetricUnit.NoUnit, event.cost_nano / NANO),
        (names.BASELINE_USD, MetricUnit.NoUnit, event.baseline_nano / NANO),
        (names.SAVED_USD, MetricUnit.NoUnit, event.saved_nano / NANO),
        (names.INPUT_TOKENS, MetricUnit.Count, usage.prompt if usage else 0),
        (names.OUTPUT_TOKENS, MetricUnit.Count, usage.output if usage else 0),
        (names.ESTIMATED_USAGE, MetricUnit.Count, int(bool(usage and usage.estimated))),
        (names.LATENCY_MS, MetricUnit.Milliseconds, event.latency_ms),
        (names.OVERHEAD_MS, MetricUnit.Milliseconds, event.overhead_ms),
    ]


def _failed(event: CostEvent) -> bool:
    """No whole answer, through no fault of the caller's. A stream that broke has status 200 and another outcome."""
    callers_fault = 400 <= event.status < 429 or event.status == CLIENT_LEFT
    return event.outcome != "ok" and not callers_fault

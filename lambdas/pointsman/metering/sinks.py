"""Where a cost event goes: one line of JSON on standard output, from which CloudWatch takes its metrics as well.

The line is in the embedded metric format: `_aws` says which of the event's own fields are metrics, so the log's record
and the metrics are one and the same, and its bytes are paid for once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pointsman.domain import CostEvent
from pointsman.metering import names
from pointsman.metering.record import metrics, record


def emit(event: CostEvent, *, stage: str, by: Sequence[str] = ()) -> None:
    """Write the event's line, whatever `LOG_LEVEL` says: a quieter log must not lose the bill."""
    print(line(event, stage=stage, by=by), flush=True)


def line(event: CostEvent, *, stage: str, by: Sequence[str] = ()) -> str:
    """The event's line. Spend is a metric by stage, and by each dimension of `by`."""
    written = record(event, stage)
    directives = [_directive(dimensions, fields) for dimensions, fields in metrics(written, by)]
    envelope = {"_aws": {"Timestamp": event.timestamp_ms, "CloudWatchMetrics": directives}}
    return json.dumps(envelope | written.model_dump(exclude_none=True), separators=(",", ":"))


def _directive(dimensions: list[list[str]], fields: list[str]) -> dict[str, Any]:
    return {
        "Namespace": names.NAMESPACE,
        "Dimensions": dimensions,
        "Metrics": [{"Name": name} for name in fields],
    }

"""Each attempt as a subsegment of an X-Ray trace. Pure, and as blind to prompts as the cost event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pointsman.domain import Attempt, CostEvent

UNHARMED = frozenset({"ok", "abandoned"})


def subsegments(event: CostEvent, header: str, new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """The documents, below the segment that the host has opened; none where the trace is not sampled. `header` is in
    the form of `X-Amzn-Trace-Id`, `new_id` gives 16 hexadecimal digits."""
    told = dict(field.split("=", 1) for field in header.split(";") if "=" in field)
    if told.get("Sampled") != "1" or not (told.get("Root") and told.get("Parent")):
        return []
    parent = {"type": "subsegment", "trace_id": told["Root"], "parent_id": told["Parent"]}
    return [parent | {"id": new_id()} | _subsegment(event, attempt) for attempt in event.attempts]


def _subsegment(event: CostEvent, attempt: Attempt) -> dict[str, Any]:
    begun = (event.timestamp_ms + attempt.begun_ms) / 1000
    usage = attempt.usage
    counts = {"input_tokens": usage.prompt, "output_tokens": usage.output} if usage else {}
    return {
        "name": attempt.model.alias,
        "namespace": "remote",
        "start_time": begun,
        "end_time": begun + attempt.latency_ms / 1000,
        "fault": attempt.outcome not in UNHARMED,
        "throttle": attempt.outcome == "rate_limited",
        "annotations": {
            "request_id": event.request_id,
            "model": attempt.model.alias,
            "provider": attempt.model.provider,
            "tier": attempt.tier,
            "outcome": attempt.outcome,
            "cost_nano": attempt.cost_nano,
            **counts,
        },
    }

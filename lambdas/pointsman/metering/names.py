"""The names under which figures reach CloudWatch; the dashboard, the alarms and the queries import them from here.

A metric is a field of the cost event's own line, under its own name: nothing is written twice.
"""

from typing import Final

NAMESPACE: Final = "Pointsman"

STAGE: Final = "stage"
TIER: Final = "tier"
TASK: Final = "task"
MODEL: Final = "model"
CHANNEL: Final = "channel"

BREAKDOWNS: Final = (TIER, TASK, MODEL)
"""By which spend may be kept as a metric beside the whole stage's; each of its values costs as much as the whole."""

COST_NANO: Final = "cost_nano"
SAVED_NANO: Final = "saved_nano"
FAILED: Final = "failed"
"""0 or 1, so its average is the error rate and its sample count the number of requests."""
STALE_MAP: Final = "stale_map"
UNPRICED: Final = "unpriced"

SPEND: Final = (COST_NANO, SAVED_NANO)
METRICS: Final = (COST_NANO, FAILED)
"""What alarms watch all the time. Whatever else people look at is read from the log when they do."""
FAULTS: Final = (STALE_MAP, UNPRICED)
"""Metrics only of a request in which they are not 0: CloudWatch charges a metric by the hours in which it is sent."""

LOG_MESSAGE: Final = "cost_event"
"""The `message` of the line that each request leaves."""

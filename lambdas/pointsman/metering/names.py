"""The names under which figures reach CloudWatch; the dashboard, the alarms and the queries import them from here.

A metric is a field of the cost event's own line, under its own name and unit: nothing is written twice.
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
LATENCY_MS: Final = "latency_ms"
OVERHEAD_MS: Final = "overhead_ms"

FALLBACKS: Final = "fallbacks"
BREAKER_OPEN: Final = "breaker_open"
STALE_MAP: Final = "stale_map"
BUDGET_REFUSED: Final = "budget_refused"
RATE_LIMITED: Final = "rate_limited"
ESTIMATED: Final = "estimated"
UNPRICED: Final = "unpriced"

SPEND: Final = (COST_NANO, SAVED_NANO)
HEALTH: Final = (FAILED, LATENCY_MS, OVERHEAD_MS)
EXCEPTIONS: Final = (FALLBACKS, BREAKER_OPEN, STALE_MAP, BUDGET_REFUSED, RATE_LIMITED, ESTIMATED, UNPRICED)
"""Sent only by a request in which they are not 0: CloudWatch charges a metric by the hours in which it is sent."""

UNITS: Final = {LATENCY_MS: "Milliseconds", OVERHEAD_MS: "Milliseconds"}
"""All others are sent without one: each would cost its bytes in every line."""

LOG_MESSAGE: Final = "cost_event"
"""The `message` of the line that each request leaves."""

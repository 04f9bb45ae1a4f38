"""The names under which figures reach CloudWatch; the dashboard and the alarms import them from here."""

from typing import Final

NAMESPACE: Final = "Pointsman"

STAGE: Final = "stage"
TIER: Final = "tier"
TASK: Final = "task"
MODEL: Final = "model"

DIMENSION_SETS: Final = ((STAGE,), (STAGE, TIER), (STAGE, TASK), (STAGE, MODEL))
"""Each metric is kept once for every set, so their number grows with the sum of tiers, tasks and models, not with the
product. A request that failed before its tier, task or model was known counts only in the sets that it has."""

COST_USD: Final = "CostUsd"
BASELINE_USD: Final = "BaselineUsd"
SAVED_USD: Final = "SavedUsd"
INPUT_TOKENS: Final = "InputTokens"
OUTPUT_TOKENS: Final = "OutputTokens"
LATENCY_MS: Final = "LatencyMs"
OVERHEAD_MS: Final = "OverheadMs"
REQUESTS: Final = "Requests"
ERRORS: Final = "Errors"
ESTIMATED_USAGE: Final = "EstimatedUsage"

LOG_MESSAGE: Final = "cost_event"
"""The `message` of the log line that each request leaves."""

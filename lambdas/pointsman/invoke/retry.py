"""Whether and when the same model is asked again."""

from __future__ import annotations

from pointsman.errors import PointsmanError, UpstreamError

BACKOFF_BASE = 0.1
"""Seconds; the n-th wait is drawn evenly from 0 to BACKOFF_BASE · 2ⁿ (full jitter)."""
LONGEST_WAIT = 2.0
"""Seconds. A provider that asks for a longer pause is left for the next target."""


class RetryBudget:
    """A token bucket, one a container. An answered call earns a tenth of a further call, a retry or a hedge spends one:
    they add a tenth to the load at most, and where everything fails nothing is earned and retries stop."""

    EARNED = 0.1
    AT_FIRST = 2.0
    """For the first faults of a fresh container."""
    MOST = 10.0

    def __init__(self) -> None:
        self._tokens = self.AT_FIRST

    def earn(self) -> None:
        self._tokens = min(self.MOST, self._tokens + self.EARNED)

    def spend(self) -> bool:
        """Whether a further call may be made; if so, it is paid for."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def pause(failure: PointsmanError, tried: int, jitter: float) -> float | None:
    """Seconds before the same model may be asked again after `tried` retries; nothing where it should not be."""
    if not isinstance(failure, UpstreamError) or not failure.retryable:
        return None
    if failure.retry_after is not None:
        return failure.retry_after if failure.retry_after <= LONGEST_WAIT else None
    return BACKOFF_BASE * float(2**tried) * jitter

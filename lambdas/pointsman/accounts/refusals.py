"""Says which limit refused a request, by how much, and when it starts anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from pointsman.accounts.windows import MONTH, Windows
from pointsman.domain import Limits
from pointsman.errors import LimitsUnavailable, PointsmanError, QuotaExceeded, RateLimited, RequestTooLarge


def refusal(
    name: str, limits: Limits, windows: Windows, counters: Mapping[str, int], nano: int, tokens: int
) -> PointsmanError:
    """The limit that lasts longest, of those that these counters leave no room in."""
    for period, most, used, end in (
        ("monthly", limits.monthly, counters.get(MONTH, 0), windows.month_end),
        ("daily", limits.daily, counters.get(windows.day, 0), windows.day_end),
    ):
        if most is not None and used + nano > most:
            return QuotaExceeded(
                f"The {period} budget of {name} has no room for this request: {dollars(used)} of {dollars(most)} are "
                f"spent or reserved, and it may cost up to {dollars(nano)}. It starts anew at {_time(end)}.",
                retry_after=end - windows.at,
            )
    if limits.tpm is not None and tokens > limits.tpm:
        return RequestTooLarge(
            f"The rate limit of {name} is {limits.tpm} tokens a minute, and this request alone may take {tokens}: it "
            "is never let through. Shorten it, or lower its max_tokens."
        )
    rates: tuple[tuple[Literal["requests", "tokens"], int | None, int, int], ...] = (
        ("requests", limits.rpm, counters.get(windows.requests, 0), 1),
        ("tokens", limits.tpm, counters.get(windows.tokens, 0), tokens),
    )
    for unit, most, used, wanted in rates:
        if most is not None and used + wanted > most:
            return RateLimited(
                f"The rate limit of {name} is reached: {most} {unit} a minute, of which {used} are used, and this "
                f"request takes {wanted}. The next minute starts at {_time(windows.minute_end)}.",
                retry_after=windows.minute_end - windows.at,
                unit=unit,
                limit=most,
                remaining=max(0, most - used),
            )
    return LimitsUnavailable("What this key may still use cannot be told just now.")


def dollars(nano: int) -> str:
    """Nano-dollars as dollars, to the last place that is not zero."""
    return f"${Decimal(nano).scaleb(-9).normalize():f}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

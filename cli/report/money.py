"""Nano-dollars and shares as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal


def usd(nano: int) -> str:
    """Four digits after the point below a hundred dollars, two above."""
    dollars = Decimal(nano) / 10**9
    return f"{dollars:,.2f}" if abs(dollars) >= 100 else f"{dollars:,.4f}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def saved_share(cost: int, baseline: int) -> float | None:
    return (baseline - cost) / baseline if baseline else None


def moment(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"

"""Nano-dollars and shares as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal


def usd(nano: int) -> str:
    """Two digits after the point from a hundred dollars on, else four, or as many as show three that are not zero."""
    dollars = Decimal(nano) / 10**9
    if abs(dollars) >= 100:
        return f"{dollars:,.2f}"
    return f"{dollars:,.{min(9, max(4, 2 - dollars.adjusted())) if dollars else 4}f}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def saved_share(cost: int, baseline: int) -> float | None:
    return (baseline - cost) / baseline if baseline else None


def moment(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"

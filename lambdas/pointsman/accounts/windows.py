"""Which counters an instant falls on. Budgets run by UTC days and months, rates by minutes, reservations by slots.

A holder has one item a month, and in it one counter a window: `month`, `day24`, `requests29925360`, `tokens29925360`
(minutes since the epoch), `held5985072` (slots since the epoch).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE = 60
SLOT = 300
"""Seconds. What was reserved in one slot is released together; a day holds a whole number of them."""
RATES_KEPT = 5
"""Minutes that a rate's counter stays, for containers whose clocks lag."""

MONTH = "month"
HELD, REQUESTS, TOKENS = "held", "requests", "tokens"


@dataclass(frozen=True, slots=True)
class Windows:
    """The names of the counters for `at`, seconds since the epoch."""

    at: float

    @property
    def period(self) -> str:
        """The month as the item's sort key: `2026-11`."""
        return f"{self._utc:%Y-%m}"

    @property
    def day(self) -> str:
        return f"day{self._utc:%d}"

    @property
    def held(self) -> str:
        return f"{HELD}{int(self.at // SLOT)}"

    @property
    def requests(self) -> str:
        return f"{REQUESTS}{int(self.at // MINUTE)}"

    @property
    def tokens(self) -> str:
        return f"{TOKENS}{int(self.at // MINUTE)}"

    @property
    def minute_end(self) -> float:
        return (self.at // MINUTE + 1) * MINUTE

    @property
    def day_end(self) -> float:
        return (self._utc.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)).timestamp()

    @property
    def month_end(self) -> float:
        first = self._utc.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first + timedelta(days=32)).replace(day=1).timestamp()

    def expired_slots(self, counters: Mapping[str, int], lifetime: float) -> dict[str, int]:
        """The slots whose every reservation is older than `lifetime`, with what nobody has settled."""
        numbers = {name: int(name.removeprefix(HELD)) for name in counters if name.startswith(HELD)}
        return {name: counters[name] for name, slot in numbers.items() if (slot + 1) * SLOT + lifetime <= self.at}

    def past_rates(self, counters: Mapping[str, int]) -> dict[str, int]:
        """The rates' counters of minutes long gone."""
        last = self.at // MINUTE - RATES_KEPT
        return {
            name: count
            for name, count in counters.items()
            for kind in (REQUESTS, TOKENS)
            if name.startswith(kind) and int(name.removeprefix(kind)) < last
        }

    @property
    def _utc(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def day_of(slot: str) -> str:
    """The day counter that a slot's reservations were made on."""
    return Windows(int(slot.removeprefix(HELD)) * SLOT).day

"""Who asks, and how much they may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key or a team may use; `None`: no such limit. `daily` and `monthly` are budgets in nano-dollars, by UTC
    days and months; `soft` is the percentage of either from which on only the cheapest tier serves. `rpm` and `tpm`
    are requests and tokens a minute."""

    daily: int | None = None
    monthly: int | None = None
    soft: int | None = None
    rpm: int | None = None
    tpm: int | None = None

    @property
    def budgeted(self) -> bool:
        return self.daily is not None or self.monthly is not None

    @property
    def any(self) -> bool:
        return self.budgeted or self.rpm is not None or self.tpm is not None


@dataclass(frozen=True, slots=True)
class Account:
    """The holder of a key. `key_id` is public; the key itself is never kept."""

    key_id: str
    team: str
    limits: Limits = Limits()
    team_limits: Limits = Limits()

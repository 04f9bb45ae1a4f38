"""What a request has reserved, and what is to take its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pointsman.accounts.counters import Change, Holder
from pointsman.accounts.windows import MONTH, Windows
from pointsman.domain import Limits


@dataclass(frozen=True, slots=True)
class Share:
    """What one holder has lent to a request."""

    holder: Holder
    limits: Limits
    windows: Windows
    nano: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to take the place of a share."""

    share: Share
    nano: int
    tokens: int
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit a minute, and what is left of it."""

    limit: int
    remaining: int


@dataclass(slots=True)
class Hold:
    """What a request has reserved. `soft` says that a budget is past its soft limit; `requests` and `tokens` are the
    tightest rates, which start anew in `reset` seconds."""

    shares: list[Share] = field(default_factory=list)
    soft: bool = False
    requests: Rate | None = None
    tokens: Rate | None = None
    reset: float = 0.0
    settled: bool = False

    def note(self, share: Share, counters: Mapping[str, int]) -> None:
        """What the counters say after the reservation of a share."""
        limits, windows = share.limits, share.windows
        if limits.soft is not None:
            budgets = ((limits.monthly, MONTH), (limits.daily, windows.day))
            self.soft |= any(most is not None and counters[name] * 100 > most * limits.soft for most, name in budgets)
        if limits.rpm is not None:
            self.requests = _tighter(self.requests, Rate(limits.rpm, limits.rpm - counters[windows.requests]))
        if limits.tpm is not None:
            self.tokens = _tighter(self.tokens, Rate(limits.tpm, limits.tpm - counters[windows.tokens]))


def reservation(share: Share) -> Change:
    limits, windows = share.limits, share.windows
    add: dict[str, int] = {}
    at_most: dict[str, int] = {}
    if limits.budgeted:
        add |= {MONTH: share.nano, windows.day: share.nano, windows.held: share.nano}
    if limits.monthly is not None:
        at_most[MONTH] = limits.monthly - share.nano
    if limits.daily is not None:
        at_most[windows.day] = limits.daily - share.nano
    if limits.rpm is not None:
        add[windows.requests] = 1
        at_most[windows.requests] = limits.rpm - 1
    if limits.tpm is not None:
        add[windows.tokens] = share.tokens
        at_most[windows.tokens] = limits.tpm - share.tokens
    return Change(add=add, at_most=at_most)


def _tighter(one: Rate | None, other: Rate) -> Rate:
    return other if one is None or other.remaining < one.remaining else one

"""Budgets and rates: reserved before a call, settled to what was really used, released by expiry if nobody settles.

Reserving is one conditional update for each holder, a key or a team, that has limits; settling is one more. Whoever has
none costs no write. What a container that died had reserved is taken back by the next request of the same holder, once
the slot that it stands in is older than any request can be.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress

from pointsman.accounts.counters import Change, Holder, Refused, Unavailable, Unreachable
from pointsman.accounts.holds import Hold, Settlement, Share, reservation
from pointsman.accounts.refusals import refusal
from pointsman.accounts.windows import MONTH, Windows, day_of
from pointsman.domain import Account, Limits
from pointsman.errors import LimitsUnavailable

TRIES = 5
"""How often a throttled update is tried; n pauses of up to `PAUSE` · 2ⁿ seconds, with full jitter, lie between."""
PAUSE = 0.05
MOST_OWED = 1_000
"""Settlements that failed and are remembered, to be made later."""
PAID_AT_ONCE = 10
"""So many of them are made after the settlement of another request."""
MOST_STALE = 16
"""Counters of past windows that an item may gather, where nothing is to be released, before they are removed."""
KEPT = 35 * 86_400
"""Seconds that the counters of a month outlive it."""

logger = logging.getLogger(__name__)


class Quotas:
    """`apply` is `CounterTable.apply`, off the event loop; `clock` gives seconds since the epoch; `lifetime` is how
    many seconds after its reservation a request cannot be under way any more."""

    def __init__(
        self,
        apply: Callable[[Holder, Change], Awaitable[Mapping[str, int]]],
        *,
        clock: Callable[[], float],
        lifetime: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._apply = apply
        self._clock = clock
        self._lifetime = lifetime
        self._sleep = sleep
        self._jitter = jitter
        self._owed: deque[Settlement] = deque(maxlen=MOST_OWED)

    async def reserve(self, account: Account, nano: int, tokens: int) -> Hold:
        """Set aside what a request may cost, on the key and on its team. Raises `QuotaExceeded`, `RateLimited`, or
        `LimitsUnavailable`, and then has reserved nothing."""
        windows = Windows(self._clock())
        hold = Hold(reset=windows.minute_end - windows.at)
        try:
            for name, pk, limits in _limited(account):
                holder = Holder(pk, windows.period, int(windows.month_end) + KEPT)
                share = Share(holder, limits, windows, nano if limits.budgeted else 0, tokens if limits.tpm else 0)
                counters = await self._take(name, share)
                hold.shares.append(share)
                hold.note(share, counters)
        except (Exception, asyncio.CancelledError):
            for share in hold.shares:
                await self._settle(Settlement(share, 0, 0, requests=0))
            raise
        return hold

    async def settle(self, hold: Hold, nano: int, tokens: int) -> None:
        """Replace what was reserved by what was used; a second call does nothing. Never raises: what cannot be settled
        now is settled after a later request, unless it may have been settled: then it is logged."""
        if hold.settled:
            return
        hold.settled = True
        done = [await self._settle(Settlement(share, nano, tokens)) for share in hold.shares]
        if all(done):
            for _ in range(PAID_AT_ONCE):
                if not self._owed or not await self._settle(self._owed.popleft(), tries=1):
                    break

    async def _take(self, name: str, share: Share) -> Mapping[str, int]:
        """Reserve one share; if it is refused, once more after what others left behind is released."""
        for tried in range(2):
            try:
                counters = await self._patiently(share.holder, reservation(share))
            except Refused as refused:
                if tried or not await self._clean(share, refused.counters):
                    raise refusal(
                        name, share.limits, share.windows, refused.counters, share.nano, share.tokens
                    ) from None
            except Unavailable as error:
                raise LimitsUnavailable("What this key may still use cannot be told just now.") from error
            else:
                await self._clean(share, counters)
                return counters
        raise AssertionError("the second refusal is raised")

    async def _settle(self, settlement: Settlement, tries: int = TRIES) -> bool:
        """Whether there was a table to settle it; if not, it is owed."""
        share, nano, windows = settlement.share, settlement.nano, settlement.share.windows
        change = {MONTH: nano - share.nano, windows.day: nano - share.nano, windows.held: -share.nano}
        if not share.limits.budgeted:
            change = {}
        if self._clock() < windows.minute_end:
            change[windows.tokens] = settlement.tokens - share.tokens if share.limits.tpm else 0
            change[windows.requests] = settlement.requests - 1 if share.limits.rpm else 0
        held = {windows.held: share.nano} if share.nano else {}
        try:
            try:
                await self._add(share.holder, change, at_least=held, tries=tries)
            except Refused:
                logger.warning("%s: settled after its reservation had expired", share.holder.pk)
                await self._add(share.holder, {MONTH: nano, windows.day: nano}, tries=tries)
        except Unavailable as error:
            if error.unchanged:
                self._owed.append(settlement)
            fate = "will be settled later" if error.unchanged else "may not have been settled"
            logger.error("%s: %d nano-dollars %s: %s", share.holder.pk, nano, fate, error)
            return False
        return True

    async def _clean(self, share: Share, counters: Mapping[str, int]) -> bool:
        """Release what expired slots still hold, and remove the counters of past windows. Whether there was any money
        to release, by whomever."""
        slots = share.windows.expired_slots(counters, self._lifetime)
        stale = slots | share.windows.past_rates(counters)
        left = sum(slots.values())
        if not left and len(stale) < MOST_STALE:
            return False
        change = {MONTH: -left}
        for slot, nano in slots.items():
            change[day_of(slot)] = change.get(day_of(slot), 0) - nano
        if left:
            logger.warning("%s: %d nano-dollars were reserved and never settled", share.holder.pk, left)
        with suppress(Refused, Unavailable):
            await self._add(share.holder, change, remove=stale)
        return bool(left)

    async def _add(
        self,
        holder: Holder,
        add: Mapping[str, int],
        *,
        at_least: Mapping[str, int] | None = None,
        remove: Mapping[str, int] | None = None,
        tries: int = TRIES,
    ) -> None:
        add = {counter: number for counter, number in add.items() if number}
        if add or remove:
            await self._patiently(holder, Change(add=add, at_least=at_least or {}, remove=remove or {}), tries)

    async def _patiently(self, holder: Holder, change: Change, tries: int = TRIES) -> Mapping[str, int]:
        """Try again only where the update surely did nothing."""
        for tried in range(1, tries):
            try:
                return await self._apply(holder, change)
            except Unreachable:
                raise
            except Unavailable as error:
                if not error.unchanged:
                    raise
            await self._sleep(PAUSE * 2**tried * self._jitter())
        return await self._apply(holder, change)


def _limited(account: Account) -> Iterator[tuple[str, str, Limits]]:
    """Whoever limits a request: the name in messages, the partition key, the limits. The key comes first: what it
    refuses never reaches the team's counters, which more requests share."""
    if account.limits.any:
        yield f"key {account.key_id}", usage_pk(key_id=account.key_id), account.limits
    if account.team_limits.any:
        yield f"team {account.team}", usage_pk(team=account.team), account.team_limits


def usage_pk(*, key_id: str | None = None, team: str | None = None) -> str:
    """The partition key of a key's or a team's counters."""
    return f"USAGE#KEY#{key_id}" if key_id is not None else f"USAGE#TEAM#{team}"

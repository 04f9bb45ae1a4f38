"""A breaker per model: what keeps failing is left alone for a while, then tried with one call at a time.

    closed ──too many of the last calls failed, or Retry-After──► open
      ▲                                                            │ the cooldown has passed
      └──a probe succeeded── half-open ◄───────────────────────────┘
                                 └──a probe failed: open again, for twice as long

No clock but the one passed in, no network. Every permit must be settled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

WINDOW = 10
"""Of so many last calls,"""
FAILURES = 5
"""so many failures open the breaker"""
MEMORY = 60.0
"""if they are not older than this, in seconds."""
COOLDOWN = 5.0
LONGEST_COOLDOWN = 60.0
LONGEST_REST = 300.0
"""Seconds. The most that a provider's `Retry-After` can ask for."""
PROBES = 1
"""Calls at once while half-open."""


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Verdict(Enum):
    """What a call said about its model. `NEUTRAL`: nothing, as where the client left."""

    WELL = "well"
    ILL = "ill"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to one call. What was begun before the breaker last turned says nothing any more."""

    turn: int
    probe: bool


class Breaker:
    """`clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._recent: deque[tuple[float, Verdict]] = deque(maxlen=WINDOW)
        self._until: float | None = None
        self._cooldown = COOLDOWN
        self._probes = 0
        self._turn = 0

    @property
    def state(self) -> State:
        if self._until is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._until else State.HALF_OPEN

    @property
    def until(self) -> float | None:
        """The time until which it stays open; `None` while closed."""
        return self._until

    @property
    def turn(self) -> int:
        """How often it has opened and closed."""
        return self._turn

    def admit(self) -> Permit | None:
        """A permit for one call, if one may be made now."""
        match self.state:
            case State.CLOSED:
                return Permit(self._turn, probe=False)
            case State.HALF_OPEN if self._probes < PROBES:
                self._probes += 1
                return Permit(self._turn, probe=True)
        return None

    def force(self) -> Permit:
        """A permit although none is due, for where the only other way is to refuse."""
        return self.admit() or Permit(self._turn, probe=False)

    def settle(self, permit: Permit, verdict: Verdict, retry_after: float | None = None) -> None:
        """What became of the call. `retry_after`: seconds for which the provider wants to be left alone."""
        if permit.turn != self._turn:
            return
        if permit.probe:
            self._probes -= 1
        match verdict, self._until:
            case Verdict.NEUTRAL, _:
                pass
            case _, None:
                self._recent.append((self._clock(), verdict))
                if self._failing():
                    self._trip(retry_after)
                elif verdict is Verdict.ILL and retry_after:
                    self.open_until(self._clock() + min(retry_after, LONGEST_REST))
            case Verdict.WELL, _:
                self.close()
            case Verdict.ILL, until:
                if permit.probe:
                    self._trip(retry_after)
                elif retry_after:
                    self._until = max(until, self._clock() + min(retry_after, LONGEST_REST))

    def open_until(self, when: float) -> None:
        """Open, or stay open, until then."""
        self._turn_to(when)

    def try_now(self) -> None:
        """Half-open at once, where it is open: others found the model well."""
        if self.state is State.OPEN:
            self._turn_to(self._clock())

    def close(self) -> None:
        self._recent.clear()
        self._cooldown = COOLDOWN
        self._turn_to(None)

    def _trip(self, retry_after: float | None) -> None:
        cooldown, self._cooldown = self._cooldown, min(LONGEST_COOLDOWN, 2 * self._cooldown)
        self.open_until(self._clock() + max(cooldown, min(retry_after or 0.0, LONGEST_REST)))

    def _turn_to(self, until: float | None) -> None:
        self._until = until
        self._probes = 0
        self._turn += 1

    def _failing(self) -> bool:
        since = self._clock() - MEMORY
        return sum(verdict is Verdict.ILL and at >= since for at, verdict in self._recent) >= FAILURES

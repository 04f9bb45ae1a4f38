"""Counters in memory whose updates happen when a test says so: two points where another request may go first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Generator, Mapping
from typing import Any, Generic, TypeVar

from pointsman.accounts.counters import Change, Holder, Refused

T = TypeVar("T")


class Pause:
    """Awaiting it gives control back to whoever drives the coroutine."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class FakeCounters:
    """The same rules as DynamoDB's, without DynamoDB; `faults` are raised by the next updates, in place of them."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, int]] = {}
        self.writes = 0
        self.faults: list[Exception] = []

    async def apply(self, holder: Holder, change: Change) -> Mapping[str, int]:
        await Pause()
        if self.faults:
            raise self.faults.pop(0)
        try:
            return self.apply_now(holder, change)
        finally:
            await Pause()

    def apply_now(self, holder: Holder, change: Change) -> dict[str, int]:
        self.writes += 1
        item = self.items.get((holder.pk, holder.period), {})
        allowed = (
            all(item.get(name, 0) <= most for name, most in change.at_most.items())
            and all(item.get(name, 0) >= least for name, least in change.at_least.items())
            and all(item.get(name) == value for name, value in change.remove.items())
        )
        if not allowed:
            raise Refused(dict(item))
        changed = {name: number for name, number in item.items() if name not in change.remove}
        for name, number in change.add.items():
            changed[name] = changed.get(name, 0) + number
        self.items[holder.pk, holder.period] = changed
        return dict(changed)

    def total(self, pk: str, prefix: str) -> Counter[str]:
        """By period, what the holder's counters of this name add up to."""
        return Counter(
            {
                period: sum(number for name, number in item.items() if name.startswith(prefix))
                for (owner, period), item in self.items.items()
                if owner == pk
            }
        )


class Task(Generic[T]):
    """A coroutine that moves one step at a time."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self.result: T | None = None
        self.error: BaseException | None = None
        self.done = False

    def step(self, interruption: BaseException | None = None) -> None:
        try:
            if interruption is None:
                self._coroutine.send(None)
            else:
                self._coroutine.throw(interruption)
        except StopIteration as end:
            self.result, self.done = end.value, True
        except BaseException as error:
            self.error, self.done = error, True

    def die(self) -> None:
        """It never moves again."""
        self._coroutine.close()
        self.done = True

    def finish(self) -> Task[T]:
        while not self.done:
            self.step()
        return self


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """To its end, alone."""
    task = Task(coroutine).finish()
    if task.error is not None:
        raise task.error
    return task.result  # type: ignore[return-value]

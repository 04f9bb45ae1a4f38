"""Runs several actors against one table, one call of DynamoDB at a time, in an order that hypothesis draws."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

WAIT = 20.0
"""Seconds after which an actor that does not come to its next call counts as stuck."""

Choose = Callable[[list[str]], str]


class Killed(BaseException):
    """Ends an actor in mid-way, as a time-out of its function would."""


class Actor:
    """A thread that makes one call of the table each time it is told to."""

    def __init__(self, name: str, table: Any, work: Callable[[Any], None], after_write: Callable[[], None]) -> None:
        self.name = name
        self.error: BaseException | None = None
        self.done = False
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self._fate: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(work, Turns(table, self.turn, after_write)), daemon=True
        )
        self._thread.start()
        self._paused.acquire(timeout=WAIT)

    def _run(self, work: Callable[[Any], None], table: Turns) -> None:
        try:
            work(table)
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.done = True
        self._paused.release()

    def turn(self, call: Callable[[], Any]) -> Any:
        """Make a call of DynamoDB when it is this actor's turn."""
        self._paused.release()
        assert self._go.acquire(timeout=WAIT)
        fate, self._fate = self._fate, None
        if fate is not None:
            raise fate
        return call()

    def step(self, fate: BaseException | None = None) -> None:
        """Let it make one call, or meet its fate in its place, and go on up to the next."""
        self._fate = fate
        self._go.release()
        assert self._paused.acquire(timeout=WAIT), f"{self.name} is stuck"


class Turns:
    """A table each of whose calls waits for its turn."""

    def __init__(self, table: Any, turn: Callable[[Callable[[], Any]], Any], after_write: Callable[[], None]) -> None:
        self._table, self._turn, self._after_write = table, turn, after_write
        self.name = table.name
        transact = self._in_turn(table.meta.client.transact_write_items, writes=True)
        self.meta = SimpleNamespace(client=SimpleNamespace(transact_write_items=transact))

    def __getattr__(self, name: str) -> Any:
        return self._in_turn(getattr(self._table, name), writes=name not in {"query", "get_item"})

    def _in_turn(self, method: Callable[..., Any], *, writes: bool) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            found = self._turn(lambda: method(**arguments))
            if writes:
                self._after_write()
            return found

        return call


def throttled() -> ClientError:
    code = "ProvisionedThroughputExceededException"
    return ClientError({"Error": {"Code": code, "Message": "too fast"}}, "Query")


def interleave(
    table: Any,
    work: Mapping[str, Callable[[Any], None]],
    choose: Choose,
    *,
    fate: Callable[[str], BaseException | None] = lambda name: None,
    after_write: Callable[[], None] = lambda: None,
) -> dict[str, BaseException | None]:
    """Run all actors to their ends; what each ended with. `choose` picks whose call is next; `fate` may have that call
    fail, or the actor end, in its stead; `after_write` looks at the table after each that writes."""
    actors = {name: Actor(name, table, task, after_write) for name, task in work.items()}
    while running := [name for name, actor in actors.items() if not actor.done]:
        name = choose(running)
        actors[name].step(fate(name))
    return {name: actor.error for name, actor in actors.items()}

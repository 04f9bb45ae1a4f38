"""What the containers of a stage tell each other: which models to leave alone, and until when.

One item of the accounts table, `HEALTH`/`MODELS`, with one attribute a model: seconds since the epoch. It is read at
most once per `TTL` and written only when a breaker turns, both in the background: no request waits for it, and where
the table cannot be reached each container goes by what it sees itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

logger = logging.getLogger(__name__)

TTL = 5.0
"""Seconds. An outage that is over sooner is nobody else's concern."""
KEY = {"pk": "HEALTH", "sk": "MODELS"}


def in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="health", daemon=True).start()


class Board:
    """`clock` counts seconds and never goes back. Safe to call from any thread."""

    def __init__(
        self,
        table: Table,
        clock: Callable[[], float],
        run: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        self._table = table
        self._clock = clock
        self._run = run
        self._lock = threading.Lock()
        self._seen: Mapping[str, float] = {}
        self._due = float("-inf")

    def seen(self) -> Mapping[str, float]:
        """The models to leave alone and until when, in seconds since the epoch, as last read."""
        with self._lock:
            due = self._clock() >= self._due
            if due:
                self._due = self._clock() + TTL
        if due:
            self._run(self._read)
        return self._seen

    def post(self, name: str, until: float | None) -> None:
        """Tell the others; `None`: the model is well again."""
        if until is None:
            update: dict[str, Any] = {"UpdateExpression": "REMOVE #name"}
        else:
            values = {":until": Decimal(round(until))}
            update = {"UpdateExpression": "SET #name = :until", "ExpressionAttributeValues": values}

        def write() -> None:
            try:
                self._table.update_item(Key=KEY, ExpressionAttributeNames={"#name": name}, **update)
            except Exception as error:  # whatever it is, it must not reach a request
                logger.warning("A model's health could not be shared: %s", type(error).__name__)

        self._run(write)

    def _read(self) -> None:
        try:
            item = self._table.get_item(Key=KEY).get("Item", {})
        except Exception as error:  # the same
            logger.warning("The models' health could not be read: %s", type(error).__name__)
            return
        self._seen = {name: float(until) for name, until in item.items() if isinstance(until, Decimal)}

"""Verdicts on answers, in the accounts table, one item for each key and request: a second verdict replaces the first.

A key can only speak for itself, so nobody overwrites what another said of the same request. Prompts are stored only as
the caller sent them here for that purpose; each item goes after `LIFETIME`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pointsman.domain import Account, Feedback, Json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PREFIX = "FEEDBACK#"
SORT_KEY = "FEEDBACK"
LIFETIME = 400 * 86_400
"""Seconds: a year, and a month to train in."""


class FeedbackStore:
    """`clock` gives seconds since the epoch."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock

    def put(self, account: Account, feedback: Feedback) -> None:
        now = self._clock()
        said = {name: value for name, value in asdict(feedback).items() if value is not None}
        if feedback.score is not None:
            said["score"] = Decimal(str(feedback.score))
        item: dict[str, Any] = {
            "pk": f"{PREFIX}{account.key_id}#{feedback.request_id}",
            "sk": SORT_KEY,
            "key_id": account.key_id,
            "team": account.team,
            "at": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            "expires_at": int(now) + LIFETIME,
        }
        self._table.put_item(Item=item | said)

    def all(self) -> Iterator[dict[str, Json]]:
        """Every verdict that is kept. Reads the whole table."""
        pages = self._table.meta.client.get_paginator("scan").paginate(
            TableName=self._table.name,
            FilterExpression="begins_with(pk, :prefix)",
            ExpressionAttributeValues={":prefix": PREFIX},
        )
        for item in (item for page in pages for item in page["Items"]):
            kept = {name: value for name, value in item.items() if name not in {"pk", "sk", "expires_at"}}
            yield {name: float(value) if isinstance(value, Decimal) else value for name, value in sorted(kept.items())}

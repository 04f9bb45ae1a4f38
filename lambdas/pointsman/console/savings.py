"""What was spent and saved: the cost events, added up by CloudWatch Logs Insights."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pointsman.domain import Json
from pointsman.errors import LogUnavailable
from pointsman.metering.names import LOG_MESSAGE, SPEND

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import ResultFieldTypeDef

MOST_HOURS = 24 * 14
HOUR = timedelta(hours=1)
QUERY = (
    f'filter message = "{LOG_MESSAGE}"\n'
    "| stats sum(cost_nano) as spent, sum(saved_nano) as saved by bin(1h) as hour, tier"
)
PAUSE, LONGEST = 0.5, 20.0
"""Seconds between two looks at a query, and until it is given up."""

Spend = tuple[datetime, str | None, int, int]
"""Hour, tier, `cost_nano` and `saved_nano`."""


class Savings:
    """`client` gives CloudWatch Logs', and is asked only when somebody looks; `log_group` is the router's."""

    def __init__(
        self,
        client: Callable[[], CloudWatchLogsClient],
        log_group: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._log_group = log_group
        self._sleep = sleep

    def read(self, hours: int, now: float, tiers: Sequence[str]) -> dict[str, Json]:
        """Nano-dollars by hour, up to the running one, and by tier. `now` is seconds since the epoch. Raises
        `LogUnavailable`."""
        end = _hour(datetime.fromtimestamp(now, UTC)) + HOUR
        by_hour: Counter[tuple[datetime, str]] = Counter()
        by_tier: Counter[tuple[str, str]] = Counter()
        for at, tier, *spend in self._spends(end - hours * HOUR, end):
            for side, nano in zip(SPEND, spend, strict=True):
                by_hour[at, side] += nano
                by_tier[tier or "", side] += nano
        return {
            "hours": [
                {"at": at.isoformat(), **{side: by_hour[at, side] for side in SPEND}}
                for at in sorted({at for at, _ in by_hour})
            ],
            "tiers": [{"tier": tier, **{side: by_tier[tier, side] for side in SPEND}} for tier in tiers],
        }

    def _spends(self, start: datetime, end: datetime) -> Iterator[Spend]:
        for row in self._rows(start, end):
            if "@message" in row:
                yield from _event(row["@message"])
            else:
                at = datetime.fromisoformat(row["hour"]).replace(tzinfo=UTC)
                yield at, row.get("tier"), round(float(row["spent"])), round(float(row["saved"]))

    def _rows(self, start: datetime, end: datetime) -> Iterable[Mapping[str, str]]:
        try:
            found = self._asked(start, end)
        except (BotoCoreError, ClientError) as error:
            raise LogUnavailable("The log could not be asked.") from error
        if found is None:
            raise LogUnavailable("The log did not answer; ask for fewer hours, or again.")
        return [{cell["field"]: cell["value"] for cell in row} for row in found]

    def _asked(self, start: datetime, end: datetime) -> list[list[ResultFieldTypeDef]] | None:
        client = self._client()
        started = client.start_query(
            logGroupName=self._log_group,
            startTime=int(start.timestamp()),
            endTime=int(end.timestamp()) - 1,
            queryString=QUERY,
        )
        for _ in range(int(LONGEST / PAUSE)):
            found = client.get_query_results(queryId=started["queryId"])
            if found["status"] == "Complete":
                return found["results"]
            if found["status"] not in {"Scheduled", "Running"}:
                break
            self._sleep(PAUSE)
        return None


def _event(line: str) -> Iterator[Spend]:
    """Of a log that does not add up, as an emulator's: it answers with its lines, whatever they are."""
    if f'"{LOG_MESSAGE}"' in line:
        event = json.loads(line)
        yield (
            _hour(datetime.fromtimestamp(event["timestamp_ms"] / 1000, UTC)),
            event.get("tier"),
            *(event[side] for side in SPEND),
        )


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)

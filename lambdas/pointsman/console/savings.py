"""What was spent and saved: the cost events' own metrics, read back from CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pointsman.domain import Json
from pointsman.metering import names

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MOST_HOURS = 24 * 14
HOUR = 3_600


class Savings:
    """`client` gives CloudWatch's, and is asked only when somebody looks; `stage` is the deployment's."""

    def __init__(self, client: Callable[[], CloudWatchClient], stage: str) -> None:
        self._client = client
        self._stage = stage

    def read(self, hours: int, now: float, tiers: Sequence[str]) -> dict[str, Json]:
        """Nano-dollars by hour, up to the running one, and by tier. `now` is seconds since the epoch."""
        end = datetime.fromtimestamp(now - now % HOUR + HOUR, UTC)
        start = end - timedelta(hours=hours)
        queries = [*self._queries("all", {}, HOUR)]
        for index, tier in enumerate(tiers):
            queries += self._queries(f"t{index}", {names.TIER: tier}, hours * HOUR)
        found = self._values(queries, start, end)
        moments = sorted({at for side in names.SPEND for at in found[f"all_{side}"]})
        return {
            "hours": [
                {"at": at.isoformat(), **{side: found[f"all_{side}"].get(at, 0) for side in names.SPEND}}
                for at in moments
            ],
            "tiers": [
                {"tier": tier, **{side: sum(found[f"t{index}_{side}"].values()) for side in names.SPEND}}
                for index, tier in enumerate(tiers)
            ],
        }

    def _queries(self, id: str, dimensions: dict[str, str], period: int) -> list[dict[str, Any]]:
        named = [{"Name": key, "Value": value} for key, value in ({names.STAGE: self._stage} | dimensions).items()]
        return [
            {
                "Id": f"{id}_{side}",
                "MetricStat": {
                    "Metric": {"Namespace": names.NAMESPACE, "MetricName": side, "Dimensions": named},
                    "Period": period,
                    "Stat": "Sum",
                },
            }
            for side in names.SPEND
        ]

    def _values(self, queries: Iterable[Any], start: datetime, end: datetime) -> dict[str, dict[datetime, int]]:
        found: dict[str, dict[datetime, int]] = {query["Id"]: {} for query in queries}
        pages = (
            self._client()
            .get_paginator("get_metric_data")
            .paginate(MetricDataQueries=list(queries), StartTime=start, EndTime=end)
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                values = zip(result["Timestamps"], result["Values"], strict=True)
                found[result["Id"]].update({at: round(value) for at, value in values})
        return found

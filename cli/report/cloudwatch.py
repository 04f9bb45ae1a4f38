"""Cost events of a deployment's own log, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pointsman.metering.names import LOG_MESSAGE

PATTERN = f'{{ $.message = "{LOG_MESSAGE}" }}'


def pages(logs: Any, log_group: str, since_ms: int) -> Iterator[list[str]]:
    """The messages of a CloudWatch Logs client's `filter_log_events`, all pages of them."""
    paginator = logs.get_paginator("filter_log_events")
    for page in paginator.paginate(logGroupName=log_group, filterPattern=PATTERN, startTime=since_ms):
        yield [event["message"] for event in page["events"]]

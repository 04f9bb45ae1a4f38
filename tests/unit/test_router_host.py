from __future__ import annotations

import json
from typing import Any

import pytest

from router.host import FAREWELL, time_left

NOW = 1_800_000_000.0


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 20_000


def web_adapter(lambda_context: Any, request_context: Any) -> dict[str, Any]:
    values = {b"x-amzn-lambda-context": lambda_context, b"x-amzn-request-context": request_context}
    return {"type": "http", "headers": [(name, json.dumps(value).encode()) for name, value in values.items()]}


def mangum(arrived: Any) -> dict[str, Any]:
    event = {"requestContext": {"requestTimeEpoch": arrived}}
    return {"type": "http", "headers": [], "aws.event": event, "aws.context": Context()}


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({"type": "http", "headers": []}, None),
        (web_adapter({"deadline": (NOW + 30) * 1000}, None), None),
        (web_adapter({"deadline": int(NOW + 30) * 1000}, None), 30 - FAREWELL),
        (web_adapter({"deadline": int(NOW + 30) * 1000}, {"requestTimeEpoch": int(NOW - 7) * 1000}), 20),
        (web_adapter("no", ["sense"]), None),
        (mangum(int(NOW) * 1000), 20 - FAREWELL),
        (mangum(int(NOW - 12) * 1000), 15),
        (mangum(int(NOW - 3_600) * 1000), 20 - FAREWELL),
        (mangum(int(NOW + 3_600) * 1000), 20 - FAREWELL),
        (mangum("never"), 20 - FAREWELL),
    ],
)
def test_what_the_host_tells(scope: dict[str, Any], left: float | None) -> None:
    assert time_left(scope, NOW, longest=27.0) == left

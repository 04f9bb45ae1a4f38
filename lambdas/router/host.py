"""How long Lambda and API Gateway still leave a request, as they tell the app that they host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

FAREWELL = 1.0
"""Seconds kept back from what Lambda leaves: for the last words of an answer and its cost event."""


def time_left(scope: Scope, now: float, longest: float) -> float | None:
    """Seconds, or nothing where the host tells nothing. `now` is seconds since the epoch, `longest` how many API
    Gateway gives a request, counted from when it arrived there: a cold start is part of it.

    What makes no sense, as an emulator's clock may, is passed over.
    """
    if "aws.event" in scope:
        remaining, arrived = _mangum(scope)
    else:
        remaining, arrived = _web_adapter(Headers(scope=scope), now)
    left = [] if remaining is None or remaining <= 0 else [remaining - FAREWELL]
    if arrived is not None and 0 <= now - arrived < longest:
        left.append(longest - (now - arrived))
    return min(left, default=None)


def _mangum(scope: Scope) -> tuple[float | None, float | None]:
    remaining = getattr(scope.get("aws.context"), "get_remaining_time_in_millis", None)
    context = scope["aws.event"].get("requestContext")
    return remaining() / 1000 if remaining else None, _seconds(context, "requestTimeEpoch")


def _web_adapter(headers: Headers, now: float) -> tuple[float | None, float | None]:
    deadline = _seconds(_json(headers.get("x-amzn-lambda-context")), "deadline")
    arrived = _seconds(_json(headers.get("x-amzn-request-context")), "requestTimeEpoch")
    return None if deadline is None else deadline - now, arrived


def _json(value: str | None) -> Any:
    try:
        return json.loads(value or "null")
    except ValueError:
        return None


def _seconds(context: Any, name: str) -> float | None:
    milliseconds = context.get(name) if isinstance(context, Mapping) else None
    return milliseconds / 1000 if isinstance(milliseconds, int) else None

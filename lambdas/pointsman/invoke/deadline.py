"""How long a request may take: the least of what everyone along the way allows."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from pointsman.errors import RequestError

TIMEOUT_HEADER = "x-router-timeout-ms"
"""The caller's own word, for whole answers and streams alike."""
SDK_HEADERS = ("x-stainless-read-timeout", "x-stainless-timeout")
"""Seconds after which OpenAI's and Anthropic's SDKs give up on a whole answer, and ask again. Of a stream they limit
the silence only, so there they say nothing about its length."""


def allowance(headers: Mapping[str, str], *, stream: bool, limits: tuple[float | None, ...]) -> float:
    """Seconds for the whole request: the caller's, or the least of `limits`. Raises `RequestError` where the caller's
    header is not a whole number of milliseconds above 0."""
    asked = [_milliseconds(headers.get(TIMEOUT_HEADER))]
    if not stream:
        asked += [_seconds(headers.get(name)) for name in SDK_HEADERS]
    return min(limit for limit in (*asked, *limits) if limit is not None)


def _milliseconds(value: str | None) -> float | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value)):
        raise RequestError(f"{TIMEOUT_HEADER} must be a whole number of milliseconds above 0.", param=TIMEOUT_HEADER)
    return int(value) / 1000


def _seconds(value: str | None) -> float | None:
    """What an SDK wrote; nothing where that is no positive number: the caller did not write it, so it is no error."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds > 0 else None

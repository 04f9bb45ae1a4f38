"""Images and files as the dialects write them: a URL, a data URL, or base64 beside its type."""

from __future__ import annotations

import base64
import binascii
import re

from pointsman.errors import RequestError

_DATA_URL = re.compile(r"data:([a-z0-9]+/[a-z0-9.+-]+)(?:;[a-z0-9=-]+)*;base64,", re.IGNORECASE)


def decode(data: str, path: str) -> bytes:
    """Raises `RequestError` where `data` is no base64 or says nothing."""
    try:
        found = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise RequestError("Must be base64, and not empty.", param=path)
    return found


def is_web(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def read_data_url(url: str, path: str) -> tuple[str, bytes] | None:
    """Media type and data; nothing where it is no data URL."""
    head = _DATA_URL.match(url)
    return (head[1].lower(), decode(url[head.end() :], path)) if head else None

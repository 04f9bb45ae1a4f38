"""What stands beside a request in Bedrock's invocation log, for costs to be told apart by."""

from __future__ import annotations

import re

from pointsman.domain import ChatRequest
from pointsman.errors import Unsupported

MOST = 16
_ALLOWED = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]*")


def request_metadata(request: ChatRequest) -> dict[str, str]:
    """The caller's metadata and user, and the router's tags under names that no caller's can be taken for. A user's id
    may be anything."""
    said = dict(request.metadata)
    for name, value in said.items():
        if name.startswith("pointsman:") or not (0 < len(name) <= 256 and _fits(name) and _fits(value)):
            raise Unsupported("Bedrock does not take this name or value of the metadata.", param=f"metadata.{name}")
    if request.user is not None:
        said.setdefault("user", _fitting(request.user))
    said |= {f"pointsman:{name}": _fitting(value) for name, value in request.tags.items()}
    if len(said) > MOST:
        raise Unsupported(f"Bedrock takes {MOST} metadata, those of the router included.", param="metadata")
    return said


def _fits(value: str) -> bool:
    return len(value) <= 256 and _ALLOWED.fullmatch(value) is not None


def _fitting(value: str) -> str:
    return "".join(char if _ALLOWED.fullmatch(char) else "_" for char in value)[:256]

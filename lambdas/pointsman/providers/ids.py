"""What of a tool call must fit the vendor it is told to: its id, and its arguments as an object."""

from __future__ import annotations

import hashlib
import json
import re

from pointsman.domain import Json, ToolCall
from pointsman.errors import Unsupported


def fitting_id(id: str, allowed: re.Pattern[str]) -> str:
    """The id, or where this vendor would refuse it a hash that names the same call in its call and its result."""
    if allowed.fullmatch(id):
        return id
    digest = hashlib.sha256(id.encode(errors="replace")).hexdigest()
    return next(made for made in (f"call_{digest[:32]}", digest[:9]) if allowed.fullmatch(made))


def arguments(call: ToolCall, vendor: str, where: str) -> dict[str, Json]:
    try:
        found = json.loads(call.arguments or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unsupported(f"{vendor} takes a tool call's arguments only as a JSON object.", param=where)
    return found

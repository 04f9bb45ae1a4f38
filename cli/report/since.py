"""`7d`, `12h`, `30m` or a date → a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import typer

SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


def since_ms(text: str, now: float) -> int:
    """Milliseconds since the epoch; `now` is in seconds. Dates are UTC unless they say otherwise."""
    if match := re.fullmatch(r"([0-9]{1,6})([mhd])", text):
        return int((now - int(match[1]) * SECONDS[match[2]]) * 1000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither like 7d, 12h or 30m nor a date", param_hint="--since") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

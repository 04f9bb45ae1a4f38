"""What a caller thought of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Feedback:
    """`verdict`, `score` (0–1) or both. `reason` is a code of the caller's own; `task` and `tier` what would have been
    right, `answered_by` the tier that answered. `prompt` is there only where the caller said that it may be stored."""

    request_id: str
    verdict: Literal["good", "bad"] | None = None
    score: float | None = None
    reason: str | None = None
    task: str | None = None
    tier: str | None = None
    prompt: str | None = None
    answered_by: str | None = None

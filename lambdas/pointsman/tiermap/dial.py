"""The dial between cost and quality: which complexity still goes to the cheap model, for a quality wished for.

`dial.json` is written by `make train`: for each form of prompts and each hundredth of quality, as a share of the strong
model's, the highest limit that gave it on prompts held out from training.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from pointsman.domain import Form

STORED = Path(__file__).with_name("dial.json")


def limits(quality: float, count: int, form: Form) -> list[float]:
    """So many limits of bands, ascending: the first is the dial's, the others share out evenly what lies above it."""
    stored = _stored()[form]
    first = stored[round(quality * (len(stored) - 1))]
    return [first + (1 - first) * number / count for number in range(count)]


@cache
def _stored() -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads(STORED.read_text(encoding="utf-8"))
    return found

"""The dial between cost and quality: which complexity still goes to the cheap model, for a quality wished for.

`dial.json` is written by `make train`: for each hundredth of quality, as a share of the strong model's, the highest
limit that gave it on prompts held out from training.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

STORED = Path(__file__).with_name("dial.json")


def limits(quality: float, count: int) -> list[float]:
    """So many limits of bands, ascending: the first is the dial's, the others share out evenly what lies above it."""
    first = _stored()[round(quality * (len(_stored()) - 1))]
    return [first + (1 - first) * number / count for number in range(count)]


@cache
def _stored() -> list[float]:
    found: list[float] = json.loads(STORED.read_text(encoding="utf-8"))["limits"]
    return found

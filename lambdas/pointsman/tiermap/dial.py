"""The dial between cost and quality: which complexity still goes to the cheap model, for a quality wished for.

`dial.json` is written by `make train` from prompts held out from training: for each form of prompts the highest limit
that gave each hundredth of quality, as a share of the strong model's, and the hundredths of their complexity.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import cache
from pathlib import Path

from pointsman.domain import Form

STORED = Path(__file__).with_name("dial.json")


def limits(quality: float, count: int, form: Form) -> list[float]:
    """So many limits of bands, ascending: the first is the dial's, the others share out evenly the prompts above it."""
    stored = _stored()[form]
    first, hundredths = stored["limits"][round(100 * quality)], stored["hundredths"]
    below = bisect_left(hundredths, first)
    shares = (below + (100 - below) * number / count for number in range(1, count))
    return [first, *(max(first, hundredths[min(100, round(share))]) for share in shares)]


@cache
def _stored() -> dict[str, dict[str, list[float]]]:
    found: dict[str, dict[str, list[float]]] = json.loads(STORED.read_text(encoding="utf-8"))
    return found

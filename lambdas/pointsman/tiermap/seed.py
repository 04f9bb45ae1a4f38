"""The map that a new deployment starts with: real models with their list prices, and a route for every task."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from pointsman.domain import Json, TierMap
from pointsman.tiermap.compile import compile_map

SEED = Path(__file__).with_name("seed.json")


def seed_items() -> list[dict[str, Json]]:
    """The draft items with their keys, ready for `put_item`: fractions are Decimals."""
    items: list[dict[str, Json]] = json.loads(SEED.read_text(encoding="utf-8"), parse_float=Decimal)
    return items


def packaged_map() -> TierMap:
    """The seed compiled, as version 0: what a router serves that could never read the table."""
    return compile_map(seed_items(), version=0, author="packaged", published_at="")

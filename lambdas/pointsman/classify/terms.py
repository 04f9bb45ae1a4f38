"""A text → its words and pairs of neighbours, each with the bucket it falls into. The text has been cut to size."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from itertools import pairwise

BUCKETS = 1 << 18
_STEP = 0x9E3779B1
"""Mixes a pair's first hash with its second, so that two words in the other order fall elsewhere."""
_TOKEN = re.compile(r"[^\W\d_]{1,40}|\d+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Terms:
    """`places`: bucket → where its term begins in `tokens`, for a pair counted below zero (`~place`). Of two terms in
    one bucket one is kept."""

    tokens: list[str]
    places: dict[int, int]

    def name(self, place: int) -> str:
        return self.tokens[place] if place >= 0 else f"{self.tokens[~place]} {self.tokens[~place + 1]}"


def read(text: str) -> Terms:
    """Numbers of as many digits are alike; a mark is no term by itself but may be half of a pair."""
    tokens = ["0" * min(len(token), 5) if token.isdigit() else token for token in _TOKEN.findall(text.lower())]
    hashes = [zlib.crc32(token.encode()) for token in tokens]
    places = {hash_ % BUCKETS: place for place, hash_ in enumerate(hashes) if tokens[place].isalnum()}
    for place, (first, second) in enumerate(pairwise(hashes)):
        places[(first * _STEP + second) % BUCKETS] = ~place
    return Terms(tokens, places)

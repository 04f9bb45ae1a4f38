"""A text → its words and pairs of neighbours, each with the bucket it falls into. The text has been cut to size."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import count, pairwise

from pointsman.classify.finder import finder

BUCKETS = 1 << 18
_STEP = 0x9E3779B1 % BUCKETS
"""Mixes a pair's first hash with its second, so that two words in the other order fall elsewhere."""
_tokens = finder(r"[^\W\d_]{1,40}|\d+|[^\w\s]")


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
    tokens = ["0" * min(len(token), 5) if token.isdigit() else token for token in _tokens(text.lower())]
    hashes = [hash_ % BUCKETS for hash_ in map(zlib.crc32, map(str.encode, tokens))]
    places = {hash_: place for place, hash_ in enumerate(hashes) if tokens[place].isalnum()}
    pairs = [(first * _STEP + second) % BUCKETS for first, second in pairwise(hashes)]
    places.update(zip(pairs, count(-1, -1), strict=False))
    return Terms(tokens, places)

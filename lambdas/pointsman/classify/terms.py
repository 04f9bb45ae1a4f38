"""A text → its words and pairs of neighbours, each with the bucket it falls into. The text has been cut to size."""

from __future__ import annotations

import re
import zlib
from itertools import pairwise

BUCKETS = 1 << 18
_TOKEN = re.compile(r"[^\W\d_]{1,40}|\d+|[^\w\s]")


def read(text: str) -> dict[int, str]:
    """Bucket → the term in it. Numbers of as many digits are alike; of two terms in one bucket one is kept."""
    tokens = ["0" * min(len(token), 5) if token.isdigit() else token for token in _TOKEN.findall(text.lower())]
    terms = [token for token in tokens if token.isalnum()]
    terms += [f"{first} {second}" for first, second in pairwise(tokens)]
    return {zlib.crc32(term.encode()) % BUCKETS: term for term in terms}

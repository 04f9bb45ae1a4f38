"""Text → a unit vector that stands for its topic: the mean of static token vectors, so encoding is a look-up.

The vectors are distilled from a sentence encoder (`eval/embedding.py`), rare tokens weighted up, and stored in bytes
with a weight each. Tokens are BERT's uncased word pieces; punctuation has none. English is what the encoder knows; in
another language texts are near each other that share words.
"""

from __future__ import annotations

import base64
import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from operator import mul

from pointsman.classify import artefact

LONGEST_WORD = 40
"""A longer run of letters is no word of a language: it has no pieces, and cutting it up would not be linear."""
ZERO = 128
"""The byte that stands for 0 in a stored vector."""
HEAVIEST = 4095
MOST_TOKENS = 4096
"""Tokens of a text that count, the first ones: so many of the heaviest have a sum of 32 bits."""

Vector = tuple[float, ...]

_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_words = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+").findall
_ascii_words = re.compile("[a-z0-9]+").findall


class Encoder:
    """`name` tells encoders apart: vectors of two encoders cannot be compared. `tokens`: each with its place, the
    commoner ones first."""

    def __init__(self, source: artefact.Artefact) -> None:
        self.name = str(source.metadata["name"])
        tokens = source.arrays["tokens"].tobytes().decode().split("\n")
        self.tokens = {token: position for position, token in enumerate(tokens)}
        self._vectors, self._weights = source.arrays["vectors"], source.arrays["weights"]
        self._centre = source.arrays["centre"]
        self._every_fourth = int.from_bytes(b"\xff\0\0\0" * (self.dimensions // 4), "little")

    @property
    def dimensions(self) -> int:
        return len(self._centre)

    def __call__(self, text: str) -> Vector:
        """The text's vector, of length 1; of length 0 where the text has no token that is known."""
        return self.vector(self.counts(text))

    def counts(self, text: str) -> Counter[int]:
        """The places of the text's tokens, and how often each stands there."""
        return Counter(islice(self._pieces(words(text)), MOST_TOKENS))

    def weigh(self, places: Iterable[int]) -> dict[int, int]:
        """How much each of these tokens counts, to `HEAVIEST`: rare ones more."""
        return {place: self._weights[place] for place in places}

    def vector(self, counts: Mapping[int, int]) -> Vector:
        """That of a text by its `counts`."""
        if not counts:
            return (0.0,) * self.dimensions
        mean = unit(self._sum(counts))
        return unit([value - centre for value, centre in zip(mean, self._centre, strict=True)])

    def _sum(self, counts: Mapping[int, int]) -> list[int]:
        """The tokens' vectors, weighted. Each is one large number, of which every fourth byte is taken at a time: that
        leaves 32 bits for a sum, and one multiplication weighs a quarter of the vector."""
        size, heavy, sums = self.dimensions, 0, [0, 0, 0, 0]
        for place, count in counts.items():
            vector = int.from_bytes(self._vectors[size * place : size * (place + 1)], "little")
            weight = count * self._weights[place]
            heavy += weight
            for byte in range(4):
                sums[byte] += (vector >> 8 * byte & self._every_fourth) * weight
        columns = [array("I", each.to_bytes(size, "little")) for each in sums]
        return [value - ZERO * heavy for row in zip(*columns, strict=True) for value in row]

    def pack(self, text: str) -> str | None:
        """The text's vector as int8 in base64, for a snapshot; nothing where it has none."""
        vector = self(text)
        return base64.b64encode(quantise(vector).tobytes()).decode() if any(vector) else None

    def _pieces(self, found: Iterable[str]) -> Iterator[int]:
        """Each word's token, or the longest pieces it can be cut into; a word with a part that is none is left out."""
        known = self.tokens
        for word in found:
            if (whole := known.get(word)) is not None:
                yield whole
            elif len(word) <= LONGEST_WORD:
                yield from _cut(word, known)


def words(text: str) -> list[str]:
    """Lower-case words without accents; a Chinese character is one by itself."""
    plain = text.lower()
    if plain.isascii():
        return _ascii_words(plain)
    return _words(_ACCENTS.sub("", unicodedata.normalize("NFD", plain)))


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    total: float = sum(map(mul, one, other))
    return total


def unit(vector: Sequence[float]) -> Vector:
    length = math.sqrt(dot(vector, vector))
    return tuple(value / length for value in vector) if length > 1e-6 else (0.0,) * len(vector)


def quantise(vector: Vector) -> array[int]:
    largest = max(map(abs, vector))
    return array("b", [round(value * 127 / largest) for value in vector])


def unpack(packed: str) -> Vector:
    """What `pack` wrote, of length 1 again."""
    return unit(array("b", base64.b64decode(packed)))


@cache
def load() -> Encoder:
    """The encoder packaged with this release: read once."""
    return Encoder(artefact.load("embedding"))


def _cut(word: str, known: dict[str, int]) -> list[int]:
    pieces: list[int] = []
    start = 0
    while start < len(word):
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            if (piece := known.get(prefix + word[start:end])) is not None:
                pieces.append(piece)
                start = end
                break
        else:
            return []
    return pieces

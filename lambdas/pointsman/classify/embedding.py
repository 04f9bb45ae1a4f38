"""Text → a unit vector that stands for its topic: the mean of static token vectors, so encoding is a look-up.

The vectors are distilled from a sentence encoder (`eval/embedding.py`), rare tokens weighted up, and stored as int8
with a scale each. Tokens are BERT's uncased word pieces; punctuation has none. English is what the encoder knows; in
another language texts are near each other that share words.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pointsman.classify import artefact

LONGEST_WORD = 40
"""A longer run of letters is no word of a language: it has no pieces, and cutting it up would not be linear."""

Vector = NDArray[np.float32]

_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")


class Encoder:
    """`name` tells encoders apart: vectors of two encoders cannot be compared."""

    def __init__(self, source: artefact.Artefact) -> None:
        self.name = str(source.metadata["name"])
        tokens = source.arrays["tokens"].tobytes().decode().split("\n")
        self._ids = {token: position for position, token in enumerate(tokens)}
        self._vectors = source.arrays["vectors"]
        self._scales = source.arrays["scales"]
        self._centre = source.arrays["centre"]

    @property
    def dimensions(self) -> int:
        return int(self._vectors.shape[1])

    def __call__(self, text: str) -> Vector:
        """The text's vector, of length 1; of length 0 where the text has no token that is known."""
        ids = list(self._pieces(words(text)))
        if not ids:
            return np.zeros(self.dimensions, np.float32)
        mean: Vector = self._scales[ids] @ self._vectors[ids]
        return unit(unit(mean) - self._centre)

    def known(self, text: str) -> float:
        """The share of a text's words that are tokens whole."""
        found = words(text)
        return sum(word in self._ids for word in found) / max(1, len(found))

    def pack(self, text: str) -> str | None:
        """The text's vector as int8 in base64, for a snapshot; nothing where it has none."""
        vector = self(text)
        return base64.b64encode(quantise(vector).tobytes()).decode() if vector.any() else None

    def _pieces(self, found: Iterable[str]) -> Iterator[int]:
        """Each word's token, or the longest pieces it can be cut into; a word with a part that is none is left out."""
        known = self._ids
        for word in found:
            if (whole := known.get(word)) is not None:
                yield whole
            elif len(word) <= LONGEST_WORD:
                yield from _cut(word, known)


def words(text: str) -> list[str]:
    """Lower-case words without accents; a Chinese character is one by itself."""
    plain = text.lower()
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFD", plain))
    return _WORD.findall(plain)


def unit(vector: Vector) -> Vector:
    length = float(np.sqrt(vector @ vector))
    return vector / np.float32(length) if length > 1e-6 else np.zeros_like(vector)


def quantise(vector: Vector) -> NDArray[np.int8]:
    whole: NDArray[np.int8] = np.round(vector * (127 / np.abs(vector).max())).astype(np.int8)
    return whole


def unpack(packed: str) -> Vector:
    """What `pack` wrote, of length 1 again."""
    return unit(np.frombuffer(base64.b64decode(packed), np.int8).astype(np.float32))


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

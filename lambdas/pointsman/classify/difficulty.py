"""What was learned from the outcomes of weak and strong models: how probable it is that the cheap one is not enough.

Linear in the traits and terms of the text, then calibrated, apart for questions with options and without.
`eval/complexity.py` trains it; `docs/decisions` says on what and how well it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pointsman.classify import terms, traits
from pointsman.classify.artefact import FOLDER, Array, load

READ = 1_200
"""Characters read at each end of a text."""
CLIP = 3.0
"""Spreads from the mean beyond which a trait counts no more."""
TOP_TERMS = 3


@dataclass(frozen=True, slots=True)
class Difficulty:
    """`log_odds` that a strong model is right where the cheap one is not; `topic`: the part of
    that which comes from terms. `parts`: what each trait and the weightiest terms add. `known`: the share of
    terms that stood in the training data. `options`: whether it is a question with options to choose from."""

    log_odds: float
    topic: float
    parts: dict[str, float]
    known: float
    options: bool


class Head:
    def __init__(self, folder: Path = FOLDER) -> None:
        stored = load("complexity", folder)
        self.metadata = stored.metadata
        self._mean, self._spread, self._traits = (_as_float(stored.arrays[n]) for n in ("mean", "spread", "traits"))
        self._terms, self._rarity = stored.arrays["terms"], stored.arrays["rarity"]
        self._term_scale, self._rarity_scale = (float(stored.arrays[name]) for name in ("term_scale", "rarity_scale"))
        self._slope, self._offset = (_as_float(stored.arrays[name]) for name in ("slope", "offset"))

    def judge(self, text: str) -> Difficulty:
        text = excerpt(text)
        found = traits.read(text)
        form = int(found["options"] > 1)
        slope = float(self._slope[form])
        scaled = np.clip((np.fromiter(found.values(), np.float64) - self._mean) / self._spread, -CLIP, CLIP)
        parts = dict(zip(found, (slope * scaled * self._traits[form]).tolist(), strict=True))
        of_terms, known = self._of_terms(terms.read(text), slope)
        topic = sum(of_terms.values())
        log_odds = float(self._offset[form]) + sum(parts.values()) + topic
        weightiest = sorted(of_terms, key=lambda term: (-abs(of_terms[term]), term))[:TOP_TERMS]
        parts |= {f"“{term}”": of_terms[term] for term in weightiest}
        return Difficulty(log_odds, topic, parts, known, bool(form))

    def _of_terms(self, buckets: dict[int, str], slope: float) -> tuple[dict[str, float], float]:
        if not buckets:
            return {}, 0.0
        places = np.fromiter(buckets, np.int64)
        rarity = self._rarity[places] * self._rarity_scale
        length = math.sqrt(float(rarity @ rarity)) or 1.0
        added = slope * self._term_scale * self._terms[places] * rarity / length
        return dict(zip(buckets.values(), added.tolist(), strict=True)), float(np.count_nonzero(rarity)) / len(places)


@lru_cache(maxsize=1)
def head() -> Head:
    """The packaged one."""
    return Head()


def excerpt(text: str) -> str:
    return text if len(text) <= 2 * READ else f"{text[:READ]}\n{text[-READ:]}"


def _as_float(array: Array) -> Array:
    return array.astype(np.float64)

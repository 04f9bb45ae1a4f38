"""What was learned from the outcomes of weak and strong models: how probable it is that the cheap one is not enough.

Linear in the traits and terms of the text, then calibrated, apart for questions with options and without.
`eval/complexity.py` trains it; `docs/decisions` says on what and how well it does.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pointsman.classify import terms, traits
from pointsman.classify.artefact import FOLDER, Array, load
from pointsman.classify.terms import Terms

READ = 500
"""Characters read at each end of a text."""
OPEN = 2
"""Where the calibration of open prompts stands, after those of prompts without options and with."""
CLIP = 3.0
"""Spreads from the mean beyond which a trait counts no more."""
TOP_TERMS = 3
_WISH = re.compile(r"\b(?:cheap|small|fast|weak)(?:er|est)? model\b", re.I)
_CLAUSE = re.compile(r"[^.:!?\n]*(?:[.:!?\n]+\s*|$)")


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
        topic, known, weightiest = self._of_terms(terms.read(text), slope)
        log_odds = float(self._offset[form]) + sum(parts.values()) + topic
        return Difficulty(log_odds, topic, parts | weightiest, known, bool(form))

    @property
    def open(self) -> tuple[float, float]:
        """Slope and offset that make of what is held of an open prompt, in log-odds, what outcomes of such say."""
        return float(self._slope[OPEN]), float(self._offset[OPEN])

    def _of_terms(self, found: Terms, slope: float) -> tuple[float, float, dict[str, float]]:
        """What all terms add, the share that is known, and what each of the weightiest adds."""
        if not found.places:
            return 0.0, 0.0, {}
        buckets, places = np.fromiter(found.places, np.int64), list(found.places.values())
        rarity = self._rarity[buckets] * self._rarity_scale
        length = math.sqrt(float(rarity @ rarity)) or 1.0
        added = self._terms[buckets] * rarity * (slope * self._term_scale / length)
        top = np.argsort(-np.abs(added), kind="stable")[:TOP_TERMS].tolist()
        known = float(np.count_nonzero(rarity)) / len(places)
        return float(added.sum()), known, {f"“{found.name(places[each])}”": float(added[each]) for each in top}


@lru_cache(maxsize=1)
def head() -> Head:
    """The packaged one."""
    return Head()


def excerpt(text: str) -> str:
    """Both ends, without a clause that says which model to use: it is no part of the question."""
    short = text if len(text) <= 2 * READ else f"{text[:READ]}\n{text[-READ:]}"
    if not _WISH.search(short):
        return short
    return "".join(clause for clause in _CLAUSE.findall(short) if not _WISH.search(clause))


def _as_float(array: Array) -> Array:
    return array.astype(np.float64)

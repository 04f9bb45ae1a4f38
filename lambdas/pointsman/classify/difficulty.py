"""What was learned from the outcomes of weak and strong models: how probable it is that the cheap one is not enough.

Linear in the traits and terms of the text, then calibrated, apart for questions with options and without.
`eval/complexity.py` trains it; `docs/decisions` says on what and how well it does.
"""

from __future__ import annotations

import heapq
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from pathlib import Path

from pointsman.classify import terms, traits
from pointsman.classify.artefact import FOLDER, load
from pointsman.classify.features import ends
from pointsman.classify.terms import Terms
from pointsman.domain import Task

READ = 500
"""Characters read at each end of a text."""
OPEN = 2
"""Where open prompts stand, after prompts without options and with."""
CLIP = 3.0
"""Spreads from the mean beyond which a trait counts no more."""
TOP_TERMS = 3
_WISH = re.compile(r"\b(?:cheap|small|fast|weak)(?:er|est)? model\b", re.I)
_CLAUSE = re.compile(r"[^.:!?\n]*(?:[.:!?\n]+\s*|$)")


@dataclass(frozen=True, slots=True)
class Difficulty:
    """`log_odds` that a strong model is right where the cheap one is not. `parts` add up to them: the offset, each
    trait, the weightiest terms and the others as one. `known`: the share of terms that stood in the training data."""

    log_odds: float
    parts: dict[str, float]
    known: float


class Head:
    def __init__(self, folder: Path = FOLDER) -> None:
        stored = load("complexity", folder)
        self.metadata = stored.metadata
        arrays = stored.arrays
        self._mean, self._spread, self._rarity = arrays["mean"], arrays["spread"], arrays["rarity"]
        count = len(self._mean)
        self._traits = arrays["traits"][:count], arrays["traits"][count:]
        self._terms, self._term_scale = arrays["terms"], arrays["term_scale"]
        self._slope, self._offset = arrays["slope"], arrays["offset"]
        self._tasks = dict(zip(Task, arrays["tasks"], strict=True))

    def judge(self, text: str) -> Difficulty:
        text = excerpt(text)
        found = traits.read(text)
        form = int(found["options"] > 1)
        slope = self._slope[form]
        scales = zip(found.items(), self._mean, self._spread, self._traits[form], strict=True)
        parts = {
            name: slope * weight * max(-CLIP, min(CLIP, (value - mean) / spread))
            for (name, value), mean, spread, weight in scales
        }
        topic, known, weightiest = self._of_terms(terms.read(text), form)
        log_odds = self._offset[form] + sum(parts.values()) + topic
        return Difficulty(log_odds, {"offset": self._offset[form]} | parts | weightiest, known)

    def open(self, task: Task) -> tuple[float, float]:
        """Slope and offset that make of what is held of an open prompt, in log-odds, what outcomes of such say."""
        return self._slope[OPEN], self._offset[OPEN] + self._tasks[task]

    def of_open(self, text: str) -> Difficulty:
        """What the terms of an open prompt add. Nothing, until one's own verdicts have taught them."""
        added, known, weightiest = self._of_terms(terms.read(excerpt(text)), OPEN)
        return Difficulty(added, weightiest, known)

    def _of_terms(self, found: Terms, form: int) -> tuple[float, float, dict[str, float]]:
        """What all terms add, the share that is known, and what of it the weightiest add, and the others. A text's
        terms are scaled to a length of one, so the scale of their rarity falls out; the sums are of whole numbers."""
        rarity = list(map(self._rarity.__getitem__, found.places))
        known = (len(rarity) - rarity.count(0)) / max(1, len(rarity))
        if not known or not self._term_scale[form]:
            return 0.0, known, {}
        scale = self._term_scale[form] / math.sqrt(sum(map(mul, rarity, rarity)))
        start = form * terms.BUCKETS
        added = [self._terms[start + bucket] * rare for bucket, rare in zip(found.places, rarity, strict=True)]
        top = heapq.nlargest(TOP_TERMS, zip(added, found.places.values(), strict=True), key=_size)
        parts = {f"“{found.name(place)}”": scale * each for each, place in top}
        total = scale * sum(added)
        parts["other terms"] = total - sum(parts.values())
        return total, known, parts


@lru_cache(maxsize=1)
def head() -> Head:
    """The packaged one."""
    return Head()


def excerpt(text: str) -> str:
    """Both ends, without a clause that says which model to use: it is no part of the question."""
    short = ends(text, READ)
    if " model" not in short.lower() or not _WISH.search(short):
        return short
    return "".join(clause for clause in _CLAUSE.findall(short) if not _WISH.search(clause))


def _size(term: tuple[int, int]) -> int:
    return abs(term[0])

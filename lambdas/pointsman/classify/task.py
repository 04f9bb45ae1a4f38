"""The task head: what kind of work a prompt asks for. A log-linear model, trained by `eval/task.py`.

It sees two things: the words and pairs of words at both ends of a prompt, each hashed to a row of weights, and the cues
and numbers of `features.py`, which carry what it learned from English and Chinese over to the other languages.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pointsman.classify import artefact, embedding
from pointsman.classify.cues import NOTIONS
from pointsman.classify.features import Features
from pointsman.domain import Signal, Task

BUCKETS = 1 << 15
LABELS = frozenset({*map(str, Task), *NOTIONS})
"""Which features are cues; the others are numbers."""
STRONGEST = 1.5
"""What the logarithm of a cue's strength is cut off at."""
TOP_SIGNALS = 2

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TaskGuess:
    """`margin`, 0–1: how far `task` leads. `evidence`, 0–1: how much of the prompt was recognised at all."""

    task: Task
    margin: float
    evidence: float
    signals: tuple[Signal, ...] = ()


class Head:
    def __init__(self, source: artefact.Artefact) -> None:
        self._tasks = [Task(name) for name in source.metadata["tasks"]]
        self._words = source.arrays["words"]
        self._scale = float(source.metadata["scale"])
        self._dense = source.arrays["dense"]
        self._bias = source.arrays["bias"]
        self._names: list[str] = source.metadata["features"]

    def __call__(self, found: Features) -> TaskGuess:
        """The likeliest task of these features."""
        values = dense(found, self._names)
        words = sum((share * self._of_words(text) for share, text in found.said), np.zeros(len(Task), np.float32))
        logits = self._bias + words + values @ self._dense
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best, second = np.argsort(-shares)[:2]
        return TaskGuess(
            task=self._tasks[best],
            margin=float(shares[best] - shares[second]),
            evidence=_evidence(found),
            signals=self._signals(int(best), values, words),
        )

    def _of_words(self, text: str) -> Floats:
        hashed = buckets(text)
        total: Floats = self._words[hashed].sum(0, dtype=np.float32)
        return total * np.float32(self._scale / max(1, len(hashed)) ** 0.5)

    def _signals(self, best: int, values: Floats, words: Floats) -> tuple[Signal, ...]:
        """What spoke most for the task: features by name, the words all as one."""
        spoke = dict(zip(self._names, values * self._dense[:, best], strict=True)) | {"words": words[best]}
        top = sorted(spoke, key=lambda name: (-spoke[name], name))[:TOP_SIGNALS]
        return tuple(
            Signal(f"{self._tasks[best]}<{name}", round(float(spoke[name]), 3)) for name in top if spoke[name] > 0
        )


def guess(found: Features) -> TaskGuess:
    return load()(found)


@cache
def load() -> Head:
    """The head packaged with this release: read once."""
    return Head(artefact.load("task"))


def dense(found: Features, names: Sequence[str]) -> Floats:
    """The cues and numbers of these names as one vector."""
    values = [
        min(STRONGEST, math.log1p(found.cues.get(name, 0.0))) if name in LABELS else found.numbers.get(name, 0.0)
        for name in names
    ]
    return np.array(values, np.float32)


def buckets(text: str) -> list[int]:
    """The rows of a text's words, pairs of words, and first one to three words; each once."""
    found = embedding.words(text)
    grams = {*found, *map(" ".join, pairwise(found))}
    grams |= {"^" + " ".join(found[:count]) for count in (1, 2, 3)}
    return sorted({zlib.crc32(gram.encode()) % BUCKETS for gram in grams})


def _evidence(found: Features) -> float:
    """By cues, or by the share of words that are known: a text of neither is unlike anything seen."""
    cues = sum(found.cues.get(task, 0.0) for task in Task) / 3
    return min(1.0, max(cues, embedding.load().known(found.said[0][1]) if found.said else 0.0))

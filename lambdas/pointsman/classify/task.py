"""The task head: what kind of work a prompt asks for. A log-linear model, trained by `eval/task.py`.

It sees two things: the words and pairs of words at both ends of a prompt and where it starts to ask, each hashed to a
row of weights, and the cues and numbers of `features.py`, which carry what it learned from English and Chinese over to
the other languages.
"""

from __future__ import annotations

import heapq
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import itemgetter, mul, sub

from pointsman.classify import artefact, embedding
from pointsman.classify.cues import NOTIONS
from pointsman.classify.features import Features
from pointsman.domain import Task

BUCKETS = 1 << 17
LABELS = frozenset({*map(str, Task), *NOTIONS})
"""Which features are cues; the others are numbers."""
STRONGEST = 1.5
"""What the logarithm of a cue's strength is cut off at."""
TOP_PARTS = 2

Said = Sequence[tuple[float, Sequence[str]]]
"""Words, and the share that they count."""


@dataclass(frozen=True, slots=True)
class TaskGuess:
    """`margin`, 0–1: how far `task` leads. `evidence`, 0–1: how much of the prompt was recognised at all. `parts`: what
    speaks most for the task and against the runner-up, in log-odds of the one to the other. `likely`: how probable each
    task is, 1 in all."""

    task: Task
    margin: float
    evidence: float
    parts: dict[str, float]
    likely: dict[Task, float]


class Head:
    def __init__(self, source: artefact.Artefact) -> None:
        self._tasks = [Task(name) for name in source.metadata["tasks"]]
        self._names: list[str] = source.metadata["features"]
        self._bias, (self._scale,) = source.arrays["bias"], source.arrays["scale"]
        words, features = source.arrays["words"], source.arrays["dense"]
        count = len(self._names)
        self._words = [words[at : at + BUCKETS] for at in range(0, len(words), BUCKETS)]
        self._dense = [features[at : at + count] for at in range(0, len(features), count)]
        self._seen = frozenset(source.arrays["seen"].tobytes().decode().split("\n"))

    def __call__(self, found: Features) -> TaskGuess:
        """The likeliest task of these features."""
        values = dense(found, self._names)
        said = [(share, embedding.words(text)) for share, text in found.said]
        words = self._of_words(said)
        features = [sum(map(mul, values, weights)) for weights in self._dense]
        logits = list(map(sum, zip(self._bias, words, features, strict=True)))
        best, second = sorted(range(len(logits)), key=logits.__getitem__, reverse=True)[:2]
        shares = [math.exp(logit - logits[best]) for logit in logits]
        total = sum(shares)
        return TaskGuess(
            task=self._tasks[best],
            margin=(1 - math.exp(logits[second] - logits[best])) / total,
            evidence=self._evidence(found.cues, said),
            parts=self._parts(best, second, values, words),
            likely={task: share / total for task, share in zip(self._tasks, shares, strict=True)},
        )

    def _of_words(self, said: Said) -> list[float]:
        """What the words add to each task."""
        totals = [0.0] * len(self._tasks)
        for share, words in said:
            rows = buckets(words)
            weight = share * self._scale / math.sqrt(len(rows))
            pick = itemgetter(*rows, slice(0, 0))  # an item too many: of one alone it would give no tuple
            for task, weights in enumerate(self._words):
                totals[task] += weight * sum(pick(weights)[:-1])
        return totals

    def _parts(self, best: int, second: int, values: Sequence[float], words: Sequence[float]) -> dict[str, float]:
        """What adds most to the lead of one task over another: features by name, the words and their share as one, and
        the offset, which is the lead before anything is read."""
        weights = map(sub, self._dense[best], self._dense[second])
        lead = dict(zip(self._names, map(mul, values, weights), strict=True))
        lead["words"] += words[best] - words[second]
        lead["offset"] = self._bias[best] - self._bias[second]
        top = heapq.nlargest(TOP_PARTS, lead, key=lead.__getitem__)
        return {f"{self._tasks[best]}>{self._tasks[second]}:{name}": lead[name] for name in top if lead[name] > 0}

    def _evidence(self, cues: Mapping[str, float], said: Said) -> float:
        """By cues, or by the share of words that are known: a text of neither is unlike anything seen."""
        by_cues = sum(cues.get(task, 0.0) for task in Task) / 3
        words = next((words for _, words in said if words), ())
        tokens = embedding.load().tokens
        strange = [word for word in words if word not in tokens and word not in self._seen]
        return min(1.0, max(by_cues, 1 - len(strange) / len(words) if words else 0.0))


def guess(found: Features) -> TaskGuess:
    return load()(found)


@cache
def load() -> Head:
    """The head packaged with this release: read once."""
    return Head(artefact.load("task"))


def dense(found: Features, names: Sequence[str]) -> list[float]:
    """The cues and numbers of these names in order."""
    return [
        min(STRONGEST, math.log1p(found.cues.get(name, 0.0))) if name in LABELS else found.numbers.get(name, 0.0)
        for name in names
    ]


def buckets(words: Sequence[str]) -> set[int]:
    """The rows of these words, of pairs of them, and of the first one to three."""
    grams = {*words, *map(" ".join, pairwise(words)), *("^" + " ".join(words[:count]) for count in (1, 2, 3))}
    return {hashed % BUCKETS for hashed in map(zlib.crc32, map(str.encode, grams))}

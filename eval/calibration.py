"""From a score to a probability, and from a wish for quality to a threshold of that probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

STEPS = 101
"""Entries of the dial: a quality of 0, 0.01, … 1."""
_NEWTON = 30
_JITTER = 1e-6
"""Keeps a step solvable; where the steps end is not moved by it."""


def logistic(log_odds: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


@dataclass(frozen=True, slots=True)
class Logistic:
    slope: float
    offset: float

    def __call__(self, score: Vector) -> Vector:
        return logistic(self.slope * score + self.offset)


def fit(score: Vector, happened: Vector, weight: Vector | None = None) -> Logistic:
    """Platt's: the logistic under which what happened was most likely. What happened may be a probability itself."""
    columns = np.stack([score, np.ones_like(score)], 1)
    weight = np.ones_like(score) if weight is None else weight
    found = np.zeros(2)
    for _ in range(_NEWTON):
        probability = logistic(columns @ found)
        curvature = columns.T @ (columns * (weight * probability * (1 - probability))[:, None]) + _JITTER * np.eye(2)
        found = found + np.linalg.solve(curvature, columns.T @ (weight * (happened - probability)))
    return Logistic(float(found[0]), float(found[1]))


def quality(probability: Vector, weak: Vector, strong: Vector, threshold: float) -> float:
    """What share of the strong model's right answers is kept where it only gets prompts from this threshold up."""
    return float(np.where(probability >= threshold, strong, weak).sum() / strong.sum())


def dial(benchmarks: list[tuple[Vector, Vector, Vector]]) -> Vector:
    """For each step of quality the highest threshold that gives it over benchmarks of (probability, weak, strong): on
    average less its standard error, as the next set of prompts is none of these."""
    thresholds = np.linspace(0, 1, 401)
    found = np.array([[quality(*each, threshold) for each in benchmarks] for threshold in thresholds])
    kept = found.mean(1) - (found.std(1, ddof=1) / np.sqrt(len(benchmarks)) if len(benchmarks) > 1 else 0)
    return np.array([thresholds[kept >= wanted].max(initial=0.0) for wanted in np.linspace(0, 1, STEPS)])

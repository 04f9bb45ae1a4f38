"""From a score to a probability, and from a wish for quality to a threshold of that probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

STEPS = 101
"""Entries of the dial: a quality of 0, 0.01, … 1."""
_NEWTON = 30


@dataclass(frozen=True, slots=True)
class Logistic:
    slope: float
    offset: float

    def __call__(self, score: Vector) -> Vector:
        return np.asarray(1 / (1 + np.exp(-(self.slope * score + self.offset))))


def fit(score: Vector, happened: Vector, weight: Vector | None = None) -> Logistic:
    """Platt's: the logistic under which what happened was most likely. What happened may be a probability itself."""
    columns = np.stack([score, np.ones_like(score)], 1)
    weight = np.ones_like(score) if weight is None else weight
    found = np.zeros(2)
    for _ in range(_NEWTON):
        probability = 1 / (1 + np.exp(-columns @ found))
        curvature = columns.T @ (columns * (weight * probability * (1 - probability))[:, None]) + 1e-6 * np.eye(2)
        found = found + np.linalg.solve(curvature, columns.T @ (weight * (happened - probability)))
    return Logistic(float(found[0]), float(found[1]))


def quality(probability: Vector, weak: Vector, strong: Vector, threshold: float) -> float:
    """What share of the strong model's right answers is kept where it only gets prompts from this threshold up."""
    return float(np.where(probability >= threshold, strong, weak).sum() / strong.sum())


def dial(benchmarks: list[tuple[Vector, Vector, Vector]]) -> Vector:
    """For each step of quality the highest threshold that gives it, on average over benchmarks of (probability, weak,
    strong)."""
    thresholds = np.linspace(0, 1, 401)
    kept = np.array([np.mean([quality(*each, threshold) for each in benchmarks]) for threshold in thresholds])
    return np.array([thresholds[kept >= wanted].max(initial=0.0) for wanted in np.linspace(0, 1, STEPS)])
